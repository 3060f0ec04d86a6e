"""What is offered as one thing, and where; public."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tongban.cases.bundle_store import (
    BUNDLES,
    PartOffer,
    composition,
    latest_bundle,
    missing_parts,
    offers_in,
    parts_in,
    pins_of,
    places_with_all,
)
from tongban.cases.bundles.clock import PartTime, critical_path
from tongban.cases.bundles.definition import Bundle, BundleError, Part
from tongban.cases.bundles.merging import Composition
from tongban.cases.draft_subjects import as_material
from tongban.cases.drawing import EdgeRow, draw_bundle
from tongban.cases.labels import english
from tongban.cases.queries.bundles.clock import limits_of_part, waits_for_among
from tongban.cases.requirements import published_version
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.forms import FormDefinition
from tongban.foundation.forms.messages import worded
from tongban.government.models import Region
from tongban.identity.actor import Actor
from tongban.items.guides import limit_text
from tongban.items.models import Material, ServiceVersion


@dataclass(frozen=True)
class OfferRow:
    """A bundle as a list shows it. `missing`: what nobody offers in the place; then it cannot be applied for there."""

    code: str
    name: str
    summary: str
    audience: str
    themes: tuple[str, ...]
    parts: Sequence[str]
    missing: Sequence[str]

    @property
    def is_offered(self) -> bool:
        return not self.missing


def offered_bundles(_actor: Actor, region: Region | None, day: date) -> list[OfferRow]:
    """Every bundle, those offered in the place first; public. One query whatever their number."""
    known = [latest_bundle(code) for code in BUNDLES.codes()]
    offers: Mapping[str, Mapping[str, PartOffer]] = offers_in(known, region, day) if region and known else {}
    rows = [
        OfferRow(
            bundle.code,
            bundle.label(english=english()),
            bundle.about(english=english()),
            bundle.audience,
            bundle.themes,
            [part.label(english=english()) for part in bundle.parts.values()],
            [p.label(english=english()) for p in missing_parts(bundle, offers.get(bundle.code, ()))],
        )
        for bundle in known
    ]
    return sorted(rows, key=lambda row: (not row.is_offered, row.code))


def bundles_with(_actor: Actor, service_id: uuid.UUID, region: Region | None, day: date) -> list[OfferRow]:
    """The bundles, offered in the place, of which a service is a part there; for the service's guide."""
    known = [latest_bundle(code) for code in BUNDLES.codes()]
    if region is None or not known:
        return []
    offers = offers_in(known, region, day)
    codes = {code for code, parts in offers.items() if any(offer.service_id == service_id for offer in parts.values())}
    return [row for row in offered_bundles(_actor, region, day) if row.code in codes and row.is_offered]


@dataclass(frozen=True)
class PartPreview:
    """A part before anything is applied for."""

    name: str
    title: str
    service_id: uuid.UUID
    service: str
    agency: str
    region: str
    limit: str
    only_if: str
    waits_for: Sequence[str]
    result: str


@dataclass(frozen=True)
class MaterialNeed:
    """A document of the merged set, in the reader's language."""

    position: int
    name: str
    necessity: str


@dataclass(frozen=True)
class Place:
    """A region, in the reader's language."""

    code: str
    name: str


@dataclass(frozen=True)
class BundleOffer:
    """A bundle in a place: its parts, what is to be handed in, how they hang together.

    Attributes:
        days: working days the longest way takes, if everything is asked for; 0 where something is not offered.
        fields, single_fields: questions of the merged form, and of the parts' forms together.
        places: where a part is missing, the nearest places that offer them all.
    """

    row: OfferRow
    version: int
    region: str
    region_code: str
    lead_agency: str
    parts: Sequence[PartPreview]
    materials: Sequence[MaterialNeed]
    edges: Sequence[EdgeRow]
    picture: str
    form: FormDefinition | None
    joint: bool
    days: int
    fields: int
    single_fields: int
    places: Sequence[Place]


def bundle_offer(_actor: Actor, code: str, region: Region, day: date) -> BundleOffer:
    """What there is to know before applying; public.

    Raises:
        NotFoundError: there is no such bundle.
    """
    bundle = latest_bundle(code)
    offers = parts_in(bundle, region, day)
    missing = missing_parts(bundle, offers)
    merged = None if missing else _composition(bundle, offers)
    lead = offers.get(bundle.lead)
    versions = {name: published_version(offer.version_id) for name, offer in offers.items()}
    drawing = draw_bundle(
        bundle, versions, {name: _agency(offer) for name, offer in offers.items()}, for_applicant=True
    )
    row = OfferRow(
        bundle.code,
        bundle.label(english=english()),
        bundle.about(english=english()),
        bundle.audience,
        bundle.themes,
        [part.label(english=english()) for part in bundle.parts.values()],
        [part.label(english=english()) for part in missing],
    )
    return BundleOffer(
        row=row,
        version=bundle.version,
        region=region.label,
        region_code=region.pk,
        lead_agency=_agency(lead) if lead else "",
        parts=[
            _preview(bundle, part, offers[part.name], versions[part.name])
            for part in bundle.parts.values()
            if part.name in offers
        ],
        materials=[_need(as_material(m)) for m in merged.materials] if merged else [],
        edges=drawing.edges,
        picture=drawing.picture,
        form=merged.form if merged else None,
        joint=bundle.handling == "joint",
        days=_expected(bundle, versions, day),
        fields=len(merged.form.fields) if merged else 0,
        single_fields=sum(len(form.fields) for form in merged.forms.values()) if merged else 0,
        places=[Place(place.pk, place.label) for place in places_with_all(bundle, region, day)] if missing else [],
    )


def _need(material: Material) -> MaterialNeed:
    return MaterialNeed(material.position, material.text("name"), str(material.get_necessity_display()))


def _composition(bundle: Bundle, offers: Mapping[str, PartOffer]) -> Composition | None:
    try:
        return composition(bundle, pins_of(offers))
    except BundleError:
        # The services of this place changed so that they no longer fit; the bundle is not offered until they do.
        return None


def _expected(bundle: Bundle, versions: Mapping[str, ServiceVersion], day: date) -> int:
    """Working days the longest way takes if everything is asked for; 0 where a part is missing."""
    if len(versions) < len(bundle.parts):
        return 0
    times = {
        name: PartTime(limits_of_part(versions[name], {}), waits_for_among(bundle, name, bundle.parts))
        for name in bundle.parts
    }
    calendar = calendar_in_force()
    return calendar.working_days_between(day, critical_path(times, day, calendar).due)


def _agency(offer: PartOffer) -> str:
    return (offer.agency_en if english() else "") or offer.agency


def _preview(bundle: Bundle, part: Part, offer: PartOffer, version: ServiceVersion) -> PartPreview:
    when = part.when
    question = ""
    if when:
        question = worded(bundle.questions[when.question]["x-tongban"]["label"])
    return PartPreview(
        name=part.name,
        title=part.label(english=english()),
        service_id=offer.service_id,
        service=version.text("name"),
        agency=_agency(offer),
        region=(offer.region_en if english() else "") or offer.region,
        limit=_limit(version),
        only_if=question,
        waits_for=[bundle.parts[edge.source].label(english=english()) for edge in bundle.into(part.name) if edge.waits],
        result=version.text("result_name"),
    )


def _limit(version: ServiceVersion) -> str:
    if version.handling_kind == ServiceVersion.HandlingKind.ON_THE_SPOT:
        return limit_text(0, "")
    if version.promised_limit is not None:
        return limit_text(version.promised_limit, version.promised_limit_unit)
    return limit_text(version.legal_limit, version.legal_limit_unit)
