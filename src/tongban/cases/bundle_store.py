"""Which bundles there are: those that ship, and the versions an administrator entered; and what stands behind their
parts in a place.

A version never changes, so each is read once a process; the same holds for the form that is merged over published
versions of services.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from tongban.cases.bundle_items import item_of
from tongban.cases.bundles.definition import (
    SHIPPED_BUNDLES,
    Bundle,
    BundleError,
    Part,
)
from tongban.cases.bundles.merging import AskedMaterial, Composition, PartService, compose
from tongban.cases.models import BundleVersion
from tongban.cases.requirements import asked_of_applicant, published_version
from tongban.cases.versions import VersionStore
from tongban.foundation.errors import NotFoundError
from tongban.government.models import Region
from tongban.identity.actor import Actor
from tongban.items.models import Item, ServiceVersion
from tongban.items.queries import in_force_on

Pins = Mapping[str, uuid.UUID]
"""Part -> the version of its service."""

# Places whose services a newly entered version is tried on.
MOST_TRIED = 20
# Places that are named to somebody where not every part is offered.
MOST_PLACES = 12


BUNDLES = VersionStore("bundle", SHIPPED_BUNDLES, BundleVersion)


def latest_bundle(code: str) -> Bundle:
    """What a new application follows.

    Raises:
        NotFoundError: there is no bundle of this code.
    """
    try:
        return BUNDLES.latest(code)
    except BundleError as error:
        raise NotFoundError(_("There is no such bundle.")) from error


def bundle_of(code: str, version: int) -> Bundle:
    """One version.

    Raises:
        NotFoundError: there is none of this code and version.
    """
    try:
        return BUNDLES.of(code, version)
    except BundleError as error:
        raise NotFoundError(_("There is no such version of a bundle.")) from error


def enter_bundle(actor: Actor, text: str, now: datetime) -> Bundle:
    """Take in a bundle as the next version of its code.

    It is held against the catalogue and against the services in force wherever all its parts are offered.

    Raises:
        InvalidError: under `document`, every problem by name; nothing is kept.
    """
    return BUNDLES.enter(actor, text, now, lambda bundle: problems_of(bundle, now.date()))


def problems_of(bundle: Bundle, day: date) -> list[str]:
    """Items that are not in the catalogue, and what does not fit with the services in force, place by place."""
    known = set(Item.objects.filter(code__in=_items(bundle)).values_list("code", flat=True))
    problems = [
        f"parts.{part.name}.item: " + _("the catalogue has no item %(code)s") % {"code": item_of(bundle, part)}
        for part in bundle.parts.values()
        if item_of(bundle, part) not in known
    ]
    if problems:
        return problems
    offered = _in_force(bundle, day).values_list("service__agency__region_id", flat=True).distinct()
    tried: set[tuple[tuple[str, uuid.UUID], ...]] = set()
    for region in Region.objects.filter(pk__in=list(offered)).order_by("-level", "code"):
        found = parts_in(bundle, region, day)
        pins = tuple(sorted((name, one.version_id) for name, one in found.items()))
        if len(found) < len(bundle.parts) or pins in tried or len(tried) >= MOST_TRIED:
            continue
        tried.add(pins)
        try:
            compose(bundle, _services(dict(pins)))
        except BundleError as error:
            problems += [f"{region.label}: {problem}" for problem in error.problems]
    return list(dict.fromkeys(problems))


# --- what stands behind the parts -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PartOffer:
    """The service behind a part in a place."""

    version_id: uuid.UUID
    service_id: uuid.UUID
    agency_id: uuid.UUID
    agency: str
    agency_en: str
    region_code: str
    region: str
    region_en: str


def _items(bundle: Bundle) -> list[str]:
    return sorted({item_of(bundle, part) for part in bundle.parts.values()})


def _in_force(bundle: Bundle, day: date) -> QuerySet[ServiceVersion]:
    return in_force_on(day).filter(
        service__item__code__in=_items(bundle), is_applicable=True, service__platform__run_by_us=True
    )


def versions_somewhere(bundle: Bundle, day: date) -> dict[str, ServiceVersion]:
    """For each part a version in force anywhere: what its materials are called, where no place is chosen."""
    found = dict(_in_force(bundle, day).order_by("-service_id").values_list("service__item__code", "id"))
    codes = {part.name: item_of(bundle, part) for part in bundle.parts.values()}
    return {name: published_version(found[code]) for name, code in codes.items() if code in found}


def parts_in(bundle: Bundle, region: Region, day: date) -> dict[str, PartOffer]:
    """The services behind the parts for somebody of this region, as far as there are any, in one query.

    A part is handled by the region's own agency or that of a region above, at the first level the part names that has
    the service.
    """
    return offers_in([bundle], region, day)[bundle.code]


def offers_in(wanted: Sequence[Bundle], region: Region, day: date) -> dict[str, dict[str, PartOffer]]:
    """`parts_in` of several bundles, in one query."""
    items = {item for bundle in wanted for item in _items(bundle)}
    rows = (
        in_force_on(day)
        .filter(
            service__item__code__in=items,
            service__agency__region__in=region.lineage,
            is_applicable=True,
            service__platform__run_by_us=True,
        )
        .order_by("service_id")
        .values_list(
            "service__item__code",
            "service__agency__region__level",
            "id",
            "service_id",
            *(f"service__agency__{name}" for name in ("id", "name", "name_en")),
            *(f"service__agency__region__{name}" for name in ("code", "name", "name_en")),
        )
    )
    found: dict[tuple[str, int], PartOffer] = {}
    for item, level, *rest in rows:
        found.setdefault((item, level), PartOffer(*rest))
    return {
        bundle.code: {part.name: offer for part in bundle.parts.values() if (offer := _nearest(bundle, part, found))}
        for bundle in wanted
    }


def _nearest(bundle: Bundle, part: Part, found: Mapping[tuple[str, int], PartOffer]) -> PartOffer | None:
    item = item_of(bundle, part)
    return next((found[item, level] for level in part.levels if (item, level) in found), None)


def places_with_all(bundle: Bundle, region: Region, day: date) -> list[Region]:
    """The nearest places in which every part is offered, for somebody of a region where one is not, by code.

    Those within the region; where there is none, those within the next wider one, as far as the province. Of places
    that lie in each other the widest is named: below it all is offered, too. One query for each region that is tried.
    """
    for around in list(reversed(region.lineage[1:])) or [region.pk]:
        held: dict[str, set[tuple[str, int]]] = {}
        lineages: dict[str, Sequence[str]] = {}
        within = Q(service__agency__region__lineage__contains=[around]) | Q(service__agency__region__in=region.lineage)
        rows = _in_force(bundle, day).filter(within, service__agency__region__valid_to=None)
        for item, level, code, lineage in rows.values_list(
            "service__item__code", *(f"service__agency__region__{name}" for name in ("level", "code", "lineage"))
        ):
            held.setdefault(code, set()).add((item, level))
            lineages[code] = lineage
        whole = {code for code, lineage in lineages.items() if _has_all(bundle, lineage, held)}
        widest = [code for code in whole if not whole.intersection(lineages[code][:-1])]
        if widest:
            return list(Region.objects.filter(pk__in=widest).order_by("code")[:MOST_PLACES])
    return []


def _has_all(bundle: Bundle, lineage: Sequence[str], held: Mapping[str, Collection[tuple[str, int]]]) -> bool:
    found = {offer for code in lineage for offer in held.get(code, ())}
    return all(any((item_of(bundle, part), level) in found for level in part.levels) for part in bundle.parts.values())


def pins_of(offers: Mapping[str, PartOffer]) -> dict[str, uuid.UUID]:
    """The versions behind the parts."""
    return {name: offer.version_id for name, offer in offers.items()}


def composition(bundle: Bundle, pins: Pins) -> Composition:
    """The bundle merged over these versions, once a process.

    Raises:
        BundleError: they do not fit together.
    """
    database = str(connection.settings_dict["NAME"])
    return _composed(database, bundle.code, bundle.version, tuple(sorted(pins.items())))


@lru_cache(maxsize=256)
def _composed(_database: str, code: str, version: int, pins: tuple[tuple[str, uuid.UUID], ...]) -> Composition:
    return compose(bundle_of(code, version), _services(dict(pins)))


def _services(pins: Pins) -> dict[str, PartService]:
    return {name: _service(version_id) for name, version_id in pins.items()}


def _service(version_id: uuid.UUID) -> PartService:
    version = published_version(version_id)
    return PartService(
        form=version.form or {},
        item_type=version.item_type,
        materials=[
            AskedMaterial(
                material.position,
                material.name,
                material.necessity,
                fetched=not asked_of_applicant(material),
                english=material.english,
                filling_note=material.filling_note,
            )
            for material in version.materials.all()
        ],
    )


def missing_parts(bundle: Bundle, offers: Iterable[str]) -> list[Part]:
    """Parts nobody offers there."""
    offered = set(offers)
    return [part for name, part in bundle.parts.items() if name not in offered]
