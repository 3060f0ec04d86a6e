"""Reading across regions: what can be done from where, what a window hands over, who answers for which step."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from tongban.cases.labels import english
from tongban.cases.models import (
    OPEN_STATES,
    Case,
    CaseAcross,
    CaseEvent,
    CaseState,
    ClockStart,
    JointPart,
    Mode,
    RegionOffer,
)
from tongban.cases.queries.rows import PAGE_SIZE, CaseRow, ListedCase, listed, row_of
from tongban.cases.reach import LEVELS, offered_on, reached_from, reaches
from tongban.cases.responsibility import (
    ACKNOWLEDGE,
    ANSWER_PLACE,
    ASK_PLACE,
    FORWARD,
    RETURN_ORIGINALS,
    Act,
    Duty,
    Places,
    duties,
)
from tongban.foundation.errors import NotAllowedError
from tongban.government.models import Agency, Region
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may, require
from tongban.items.models import ServiceVersion
from tongban.items.queries import in_force_on

# --- what can be done from where ------------------------------------------------------------------------------------


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
    """Services of other regions that can be done from here, by name. Open to everybody; three queries."""
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


# --- one case -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DutyRow:
    """Who received, who decides and who is liable for a step, by name."""

    sequence: int
    received: str
    decides: str
    liable: str


@dataclass(frozen=True)
class PartRow:
    agency_id: uuid.UUID
    agency: str
    question: str
    asked_at: datetime
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True)
class AcrossView:
    """What crossing regions adds to a case.

    Attributes:
        duties: one for each event, in order.
        deeds: steps of the hand-over that this actor may take now.
        askable: places of the joint handling that may still be asked, by id.
        stands: in a sentence, where the application is.
        agencies: names of the agencies that have a part in it, by id.
    """

    mode: str
    mode_label: str
    place: str
    receiving: str
    competent: str
    received_at: datetime
    identity_document: str
    has_originals: bool
    forwarded_at: datetime | None
    dispatch: str
    acknowledged_at: datetime | None
    returned_at: datetime | None
    return_dispatch: str
    duties: Sequence[DutyRow]
    parts: Sequence[PartRow]
    deeds: Sequence[str]
    askable: Mapping[str, str]
    stands: str
    agencies: Mapping[uuid.UUID, str]

    @property
    def in_transit(self) -> bool:
        return self.mode == Mode.COLLECT and self.acknowledged_at is None


def across_of(
    actor: Actor, case: Case, events: Sequence[CaseEvent], relations: Iterable[Relation], today: date
) -> AcrossView | None:
    """The cross-region side of a case that was read already; None for what never left its region (one query)."""
    across = CaseAcross.objects.select_related("region", "agency").filter(case=case.pk).first()
    if across is None:
        return None
    parts = list(JointPart.objects.filter(case=case.pk).select_related("agency"))
    names = {case.agency_id: case.agency.label} | {part.agency_id: part.agency.label for part in parts}
    if across.agency:
        names[across.agency.pk] = across.agency.label
    places = Places(Mode(across.mode), case.agency_id, across.agency_id)
    found = duties(places, [_act(event) for event in events])
    askable = _askable(case, across, parts, today)
    return AcrossView(
        mode=across.mode,
        mode_label=across.get_mode_display(),
        place=across.region.label,
        receiving=across.agency.label if across.agency else case.agency.label,
        competent=case.agency.label,
        received_at=across.received_at,
        identity_document=across.identity_document,
        has_originals=across.has_originals,
        forwarded_at=across.forwarded_at,
        dispatch=across.dispatch,
        acknowledged_at=across.acknowledged_at,
        returned_at=across.returned_at,
        return_dispatch=across.return_dispatch,
        duties=[_duty_row(event, duty, names) for event, duty in zip(events, found, strict=True)],
        parts=[_part_row(part) for part in parts],
        deeds=[] if not actor.is_officer else list(_deeds(actor, case, across, parts, askable, relations)),
        askable={str(agency.pk): agency.label for agency in askable},
        stands=_stands(across),
        agencies=names,
    )


def _act(event: CaseEvent) -> Act:
    return Act(event.action, event.agency_id, accepted=event.state == CaseState.ACCEPTED)


def _duty_row(event: CaseEvent, duty: Duty, names: Mapping[uuid.UUID, str]) -> DutyRow:
    return DutyRow(event.sequence, *(names.get(each, "") for each in (duty.received, duty.decides, duty.liable)))


def _part_row(part: JointPart) -> PartRow:
    return PartRow(part.agency_id, part.agency.label, part.question, part.asked_at, part.answer or "", part.answered_at)


def _askable(case: Case, across: CaseAcross, parts: Sequence[JointPart], today: date) -> list[Agency]:
    if across.mode != Mode.JOINT:
        return []
    asked = {part.agency_id for part in parts} | {across.agency_id}
    offers = RegionOffer.objects.filter(offered_on(today), service=case.service_id, mode=Mode.JOINT)
    found = {o.agency.pk: o.agency for o in offers.select_related("agency") if o.agency and o.agency_id not in asked}
    return list(found.values())


def _deeds(
    actor: Actor,
    case: Case,
    across: CaseAcross,
    parts: Sequence[JointPart],
    askable: Sequence[Agency],
    relations: Iterable[Relation],
) -> Iterable[str]:
    is_open = case.state in OPEN_STATES
    mine = actor.post.agency_id if actor.post else None
    possible = {
        FORWARD: is_open and across.mode == Mode.COLLECT and not across.forwarded_at,
        ACKNOWLEDGE: is_open and bool(across.forwarded_at) and not across.acknowledged_at,
        ASK_PLACE: is_open and bool(askable),
        ANSWER_PLACE: is_open and any(p.agency_id == mine and p.answered_at is None for p in parts),
        RETURN_ORIGINALS: bool(across.agency_id) and not across.returned_at,
    }
    held = frozenset(relations)
    yield from (deed for deed, now in possible.items() if now and may(actor, deed, "case", held))


def _stands(across: CaseAcross) -> str:
    if across.mode == Mode.ONLINE:
        return _("It came online from another region; the competent agency handles it.")
    if across.mode == Mode.JOINT:
        return _("The applicant deals with the accepting place alone; it asks the other places.")
    if across.acknowledged_at:
        return _("What was collected has arrived at the competent agency, which handles it.")
    if across.forwarded_at:
        return _("What was collected is on its way to the competent agency.")
    return _("What was collected is still at the window that took it in.")


# --- lists of a window ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AcrossRow:
    """A line of the officer's page: the case, and how far its hand-over is."""

    case: CaseRow
    mode: str
    place: str
    dispatch: str
    state: str


@dataclass(frozen=True)
class AcrossDesk:
    """What an officer's agency has to do across regions."""

    to_take_in: Sequence[tuple[uuid.UUID, str, str, str]]
    taken_in: Sequence[AcrossRow]
    arriving: Sequence[AcrossRow]
    asked: Sequence[AcrossRow]


def across_desk(actor: Actor, today: date, size: int = PAGE_SIZE) -> AcrossDesk:
    """What the window offers to take in (service, name, competent agency, mode), what it took in, what is on its way to
    the agency, and what other places ask of it. A fixed number of queries, whatever the size.
    """
    require(actor, "take_in_elsewhere", "case")
    if actor.post is None:
        raise NotAllowedError
    agency_id = actor.post.agency_id
    offers = RegionOffer.objects.filter(offered_on(today), agency=agency_id).exclude(mode=Mode.ONLINE)
    versions = in_force_on(today).filter(service__in=offers.values("service"), is_applicable=True)
    modes = dict(offers.order_by("-mode").values_list("service_id", "mode"))
    across = CaseAcross.objects.select_related("region")
    received = across.filter(agency=agency_id).order_by("-received_at")[:size]
    coming = across.filter(
        case__agency=agency_id, mode=Mode.COLLECT, acknowledged_at=None, case__state__in=OPEN_STATES
    ).order_by("received_at")[:size]
    open_parts = JointPart.objects.filter(agency=agency_id, answered_at=None, case__state__in=OPEN_STATES)
    asked = across.filter(case__in=open_parts.values("case")).order_by("received_at")[:size]
    return AcrossDesk(
        to_take_in=[
            (v.service_id, v.text("name"), v.service.agency.label, str(Mode(modes[v.service_id]).label))
            for v in versions.select_related("service__agency").order_by("name", "id")
        ],
        taken_in=_rows(received, today),
        arriving=_rows(coming, today),
        asked=_rows(asked, today),
    )


def _rows(found: QuerySet[CaseAcross], today: date) -> list[AcrossRow]:
    across = {each.case_id: each for each in found}
    rows = map(ListedCase._make, listed(Case.objects.filter(pk__in=list(across))))
    cases = {case.id: case for case in rows}
    return [
        AcrossRow(
            row_of(cases[pk], today), each.get_mode_display(), each.region.label, each.dispatch, _hand_over_state(each)
        )
        for pk, each in across.items()
    ]


def _hand_over_state(across: CaseAcross) -> str:
    if across.mode == Mode.JOINT:
        return _("accepted and coordinated here")
    if across.returned_at:
        return _("given back")
    if across.acknowledged_at:
        return _("arrived at the competent agency")
    return _("on its way") if across.forwarded_at else _("to be sent on")
