"""A service version laid out as the guide a reader understands in a minute."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from django.utils.translation import gettext as _

from tongban.cases.requirements import asked_of_applicant
from tongban.identity.actor import Actor
from tongban.items.models import Material, ServiceVersion
from tongban.items.rules import steps_of
from tongban.portal.wording import (
    audience_words,
    channel_words,
    fee_words,
    joined,
    legal_words,
    necessity_kind,
    promised_words,
    visits_words,
)


_NUMBERED = re.compile(r"^\s*(?:\d+\s*[.、．)）]|[（(]\s*[\d一二三四五六七八九十]+\s*[)）]|[一二三四五六七八九十]+、)\s*")


class Way(Enum):
    """How this service can be applied for."""

    HERE = "here"
    FOREIGN = "foreign"  # at another platform
    RECONSTRUCTED = "reconstructed"  # a record for the figures, nothing to apply for
    LISTED = "listed"  # at the window only, as far as we know


@dataclass(frozen=True)
class MaterialRow:
    """A material as the guide lists it."""

    position: int
    name: str
    necessity: str
    necessity_kind: str
    form: str
    source: str
    note: str
    standard: str
    is_fetched: bool


@dataclass(frozen=True)
class Fact:
    """A line of "at a glance", or a question with its answer."""

    label: str
    value: str


@dataclass(frozen=True)
class FeeRow:
    name: str
    standard: str
    basis: str


@dataclass(frozen=True)
class Guide:
    """Everything the page prints of a version, in the reader's language."""

    version: ServiceVersion
    name: str
    summary: str
    way: Way
    agency: str
    region: str
    platform: str
    platform_url: str
    at_a_glance: Sequence[Fact]
    who: str
    conditions: Sequence[str]
    materials: Sequence[MaterialRow]
    steps: Sequence[str]
    promised: str
    legal: str
    special_procedures: str
    visits: str
    visits_reason: str
    fees: Sequence[FeeRow]
    result: str
    result_sample: str
    legal_basis: Sequence[str]
    questions: Sequence[Fact]
    address: str
    opening_hours: str
    phone: str
    complaints: str
    channels: str

    @property
    def to_hand_in(self) -> list[MaterialRow]:
        return [row for row in self.materials if not row.is_fetched]

    @property
    def fetched(self) -> list[MaterialRow]:
        return [row for row in self.materials if row.is_fetched]


def guide_of(version: ServiceVersion) -> Guide:
    """The guide of a version that was loaded with everything (`items.queries.published_service`)."""
    service = version.service
    agency, platform = service.agency, service.platform
    english = agency.label == agency.name_en != ""
    return Guide(
        version=version,
        name=version.text("name"),
        summary=version.text("summary"),
        way=way_of(version),
        agency=agency.label,
        region=agency.region.label,
        platform=platform.label,
        platform_url=service.source_url or platform.url,
        at_a_glance=_at_a_glance(version),
        who=audience_words(version),
        conditions=_lines(version.text("acceptance_conditions")),
        materials=[_material_row(material) for material in version.materials.all()],
        steps=_lines(version.text("handling_steps")),
        promised=promised_words(version),
        legal=legal_words(version),
        special_procedures=version.text("special_procedures"),
        visits=visits_words(version.visits),
        visits_reason=version.text("visits_reason"),
        fees=[FeeRow(fee.text("name"), fee.text("standard"), fee.text("basis")) for fee in version.fees.all()],
        result=version.text("result_name"),
        result_sample=version.text("result_sample"),
        legal_basis=[line for line in version.text("legal_basis").splitlines() if line.strip()],
        questions=[Fact(each.text("question"), each.text("answer")) for each in version.questions.all()],
        address=version.text("address") or (english and agency.address_en) or agency.address,
        opening_hours=version.text("opening_hours")
        or (english and agency.opening_hours_en)
        or agency.opening_hours,
        phone=version.text("consultation_contact") or agency.phone,
        complaints=version.text("complaint_contact") or agency.complaint_phone,
        channels=channel_words(version),
    )


def way_of(version: ServiceVersion) -> Way:
    """How the version can be applied for; what is reconstructed or another platform's is never applied for here."""
    if version.service.reconstructed:
        return Way.RECONSTRUCTED
    if not version.service.platform.run_by_us:
        return Way.FOREIGN
    return Way.HERE if version.is_applicable else Way.LISTED


def mismatch(actor: Actor, version: ServiceVersion) -> str:
    """Why this actor, in the present hat, cannot apply for what others can; empty if they can, or nobody signed in."""
    if not actor.is_signed_in:
        return ""
    if actor.is_officer:
        return _("You act as an officer now. Applications are made as yourself or for an organisation.")
    audience = "organisation" if actor.organisation_id else "person"
    if version.audiences and audience not in version.audiences:
        if audience == "organisation":
            return _("This service is for people. You act for an organisation now.")
        return _("This service is for organisations. You act for yourself now.")
    if actor.assurance_level < version.assurance_level:
        return _(
            "This service needs an identity established at level L%(needed)d; yours is established at L%(yours)d. "
            "Have your identity checked at any service window, then sign in again."
        ) % {"needed": version.assurance_level, "yours": actor.assurance_level}
    return ""


def _lines(text: str) -> list[str]:
    """The steps or conditions of a text, without the numbers they came with: the page numbers them itself."""
    return [_NUMBERED.sub("", line).rstrip("；;") for line in steps_of(text)]


def _at_a_glance(version: ServiceVersion) -> list[Fact]:
    facts = [
        Fact(_("How long it takes"), promised_words(version)),
        Fact(_("At most, by law"), legal_words(version)),
        Fact(_("Visits"), visits_words(version.visits)),
        Fact(_("Cost"), fee_words(version)),
        Fact(_("You receive"), version.text("result_name")),
    ]
    return [fact for fact in facts if fact.value]


def _material_row(material: Material) -> MaterialRow:
    form = material.get_form_display() if material.form else ""
    if material.copies and material.form != Material.Form.ELECTRONIC:
        form = joined([form, _("%(number)d originals or copies") % {"number": material.copies}] if form else [])
    source = material.get_source_display() if material.source else ""
    return MaterialRow(
        position=material.position,
        name=material.text("name"),
        necessity=str(material.get_necessity_display()) if material.necessity else _("not stated"),
        necessity_kind=necessity_kind(material),
        form=form,
        source=joined(word for word in (source, material.text("source_note")) if word),
        note=material.text("filling_note"),
        standard=material.text("acceptance_standard"),
        is_fetched=not asked_of_applicant(material),
    )
