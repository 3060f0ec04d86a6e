"""What can be done from where: open to everybody; and what an agency offers, for who keeps it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from tongban.cases.labels import english
from tongban.cases.models import ClockStart, Mode, RegionOffer
from tongban.cases.queries.rows import PAGE_SIZE
from tongban.cases.reach import LEVELS, offered_on, reached_from, reaches
from tongban.foundation.errors import NotAllowedError, NotFoundError
from tongban.government.models import Agency, Region
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may, require
from tongban.items.models import ServiceVersion
from tongban.items.queries import in_force_on


@dataclass(frozen=True)
class Way:
    """One way to do a service from elsewhere.

    Attributes:
        mode, label: the mode and its name.
        place: from where; empty where the area says it (`area`).
        area: the version's 通办范围, for what is done online.
        window, window_id, address, hours, phone: who receives there; empty where nobody does.
        clock_start: from when the limits run, in words; empty where that is the usual.
        basis: what the offer rests on.
    """

    mode: str
    label: str
    place: str = ""
    area: str = ""
    window: str = ""
    window_id: uuid.UUID | None = None
    address: str = ""
    hours: str = ""
    phone: str = ""
    clock_start: str = ""
    basis: str = ""


@dataclass(frozen=True)
class ZoneRow:
    """A service that can be done from the chosen place, and how."""

    service_id: uuid.UUID
    name: str
    agency: str
    region: str
    decides: str
    ways: Sequence[Way]


@dataclass(frozen=True)
class Zone:
    rows: Sequence[ZoneRow]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class ZoneFilter:
    """What is looked for.

    Attributes:
        here: lineage of the region where one is.
        there: code of the region where the matter belongs; empty for any.
        mode: one mode; empty for any.
        words: part of the service's name.
    """

    here: Sequence[str]
    there: str = ""
    mode: str = ""
    words: str = ""


def zone(_actor: Actor, wanted: ZoneFilter, day: date, page: int = 1, size: int = PAGE_SIZE) -> Zone:
    """Services that can be done from here without going where they belong, by name: those of other regions, and where
    "here" is a wide region, those of a region within it. Open to everybody; three queries.
    """
    offers = RegionOffer.objects.filter(offered_on(day), region__in=wanted.here)
    here = offers.filter(service=OuterRef("service"))
    versions = in_force_on(day).filter(is_applicable=True, service__platform__run_by_us=True)
    versions = versions.exclude(service__agency__region__in=wanted.here)
    online = reached_from(wanted.here) | Exists(here.filter(mode=Mode.ONLINE))
    by_mode = {
        Mode.ONLINE: online,
        Mode.COLLECT: Exists(here.filter(mode=Mode.COLLECT)),
        Mode.JOINT: Exists(here.filter(mode=Mode.JOINT)),
    }
    chosen = by_mode.get(Mode(wanted.mode)) if wanted.mode in Mode.values else online | Exists(here)
    versions = versions.filter(chosen)
    if wanted.there:
        versions = versions.filter(service__agency__region__lineage__contains=[wanted.there])
    if wanted.words:
        versions = versions.filter(Q(name__icontains=wanted.words) | Q(english__name__icontains=wanted.words))
    total = versions.count()
    pages = max(1, -(-total // size))
    page = min(max(1, page), pages)
    found = list(
        versions.annotate(is_online=Exists(here.filter(mode=Mode.ONLINE)))
        .select_related("service__agency__region")
        .order_by("name", "service__agency__region_id", "id")[(page - 1) * size : page * size]
    )
    ways = _ways(offers.filter(service__in=[version.service_id for version in found]))
    rows = [
        ZoneRow(
            version.service_id,
            version.text("name"),
            version.service.agency.label,
            version.service.agency.region.label,
            version.service.agency.label,
            [*_online(version, wanted.here), *ways.get(version.service_id, ())],
        )
        for version in found
    ]
    return Zone(rows, total, page, pages)


def ways_of(_actor: Actor, service_id: uuid.UUID, day: date) -> list[Way]:
    """Every way in which a service can be done from elsewhere, for its guide. Two queries."""
    version = (
        in_force_on(day)
        .filter(service=service_id, is_applicable=True, service__platform__run_by_us=True)
        .select_related("service__agency__region")
        .first()
    )
    if version is None:
        return []
    ways = _ways(RegionOffer.objects.filter(offered_on(day), service=service_id))
    return [*_online(version, None), *ways.get(service_id, ())]


def zone_regions(_actor: Actor, day: date) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Regions to choose from: where one may be (every province, and what is offered from), and where a matter may
    belong (what has something to apply for). Code and name, from the nation down. Two queries.
    """
    offered = RegionOffer.objects.filter(offered_on(day), region=OuterRef("pk"))
    with_windows = Region.objects.filter(Q(level=1) | Exists(offered), valid_to=None).order_by("code")
    services = in_force_on(day).filter(is_applicable=True, service__platform__run_by_us=True)
    matters = Region.objects.filter(pk__in=services.values("service__agency__region"), valid_to=None).order_by("code")
    return [(r.code, r.label) for r in with_windows], [(r.code, r.label) for r in matters]


def _online(version: ServiceVersion, here: Sequence[str] | None) -> list[Way]:
    """The way that the version's own 通办范围 opens, where it reaches the place (None: any other region)."""
    home = version.service.agency.region
    if not version.handling_area:
        return []
    if here is None:
        # A service of one county that is done "across the county" is not done from elsewhere.
        if not _reaches_beyond(version.handling_area, home.level):
            return []
    elif not reaches(version.handling_area, home.lineage, here):
        return []
    return [Way(Mode.ONLINE, str(Mode.ONLINE.label), area=version.get_handling_area_display())]


def _reaches_beyond(area: str, level: int) -> bool:
    return LEVELS[area] < level


def _ways(offers: QuerySet[RegionOffer]) -> dict[uuid.UUID, list[Way]]:
    found: dict[uuid.UUID, list[Way]] = {}
    for offer in offers.select_related("region", "agency").order_by("region", "mode"):
        found.setdefault(offer.service_id, []).append(_way(offer))
    return found


def _way(offer: RegionOffer) -> Way:
    window = offer.agency
    return Way(
        mode=offer.mode,
        label=offer.get_mode_display(),
        place=offer.region.label,
        window=window.label if window else "",
        window_id=window.pk if window else None,
        address=_either(window, "address"),
        hours=_either(window, "opening_hours"),
        phone=window.phone if window else "",
        clock_start=str(ClockStart(offer.clock_start).label) if offer.mode == Mode.COLLECT else "",
        basis=offer.basis,
    )


def _either(agency: Agency | None, name: str) -> str:
    if agency is None:
        return ""
    translated = str(getattr(agency, f"{name}_en")) if english() else ""
    return translated or str(getattr(agency, name))


# --- what an agency offers ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OfferedRow:
    """An offer of one's agency, as it was entered; `ends` is the first day without it."""

    id: uuid.UUID
    service_id: uuid.UUID
    service: str
    mode: str
    mode_label: str
    region: str
    region_code: str
    agency_id: uuid.UUID | None
    agency: str
    clock_start: str
    clock_label: str
    basis: str
    since: date
    ends: date | None
    has_begun: bool


def may_offer_across(actor: Actor) -> bool:
    """Whether the post keeps what its agency offers across regions."""
    return bool(actor.post) and may(actor, "maintain", "region_offer", {Relation.OWN_AGENCY})


def own_offers(actor: Actor, today: date) -> list[OfferedRow]:
    """What the actor's agency offers to people elsewhere, now or later, by service and region. Two queries."""
    agency_id = _own(actor)
    held = RegionOffer.objects.filter(Q(offered_to=None) | Q(offered_to__gt=today), service__agency=agency_id)
    offers = list(held.select_related("region", "agency").order_by("service", "region", "mode", "offered_from"))
    versions = in_force_on(today).filter(service__in=[offer.service_id for offer in offers]).defer("form")
    names = {version.service_id: version.text("name") for version in versions}
    rows = [_offered_row(offer, names.get(offer.service_id, ""), today) for offer in offers]
    return sorted(rows, key=lambda row: (row.service, row.region_code))


def own_offer(actor: Actor, offer_id: uuid.UUID, today: date) -> OfferedRow:
    """One of them that has no end yet.

    Raises:
        NotFoundError: there is none.
    """
    found = next((row for row in own_offers(actor, today) if row.id == offer_id and row.ends is None), None)
    if found is None:
        raise NotFoundError
    return found


def offerable_services(actor: Actor, today: date) -> list[tuple[str, str]]:
    """The actor's agency's services that can be applied for: id and name."""
    agency_id = _own(actor)
    versions = in_force_on(today).filter(service__agency=agency_id, is_applicable=True).defer("form")
    return [(str(version.service_id), version.text("name")) for version in versions.order_by("name", "id")]


def _own(actor: Actor) -> uuid.UUID:
    require(actor, "maintain", "region_offer", {Relation.OWN_AGENCY} if actor.post else ())
    if actor.post is None:
        raise NotAllowedError
    return actor.post.agency_id


def _offered_row(offer: RegionOffer, service: str, today: date) -> OfferedRow:
    return OfferedRow(
        id=offer.pk,
        service_id=offer.service_id,
        service=service,
        mode=offer.mode,
        mode_label=offer.get_mode_display(),
        region=offer.region.label,
        region_code=offer.region_id,
        agency_id=offer.agency_id,
        agency=offer.agency.label if offer.agency else "",
        clock_start=offer.clock_start,
        clock_label=str(ClockStart(offer.clock_start).label) if offer.mode == Mode.COLLECT else "",
        basis=offer.basis,
        since=offer.offered_from,
        ends=offer.offered_to,
        has_begun=offer.offered_from <= today,
    )
