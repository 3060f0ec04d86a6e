"""The guide (办事指南): everything a page, a printed sheet or the API tells of one service, formatted once, here."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongban.foundation.clock import Unit
from tongban.government.models import Agency, RegionLevel
from tongban.identity.actor import Actor
from tongban.items.models import Audience, Fee, Material, Question, ServiceVersion, Theme
from tongban.items.queries import published_service
from tongban.items.records import stored_view
from tongban.items.rules import DEPTH_WORDING, is_instant, online_depth, steps_of

Channel = ServiceVersion.Channel


@dataclass(frozen=True)
class GuideMaterial:
    """A material as it is told; `fetched` says that government can get it itself, so that nobody need bring it."""

    name: str
    necessity: str
    is_required: bool
    is_deferrable: bool
    kind: str
    form: str
    copies: str
    source: str
    note: str
    basis: str
    blank_form: str
    sample: str
    acceptance_standard: str
    resource_code: str
    fetched: bool


@dataclass(frozen=True)
class GuideFee:
    name: str
    standard: str
    basis: str
    reducible: str


@dataclass(frozen=True)
class GuideQuestion:
    question: str
    answer: str


@dataclass(frozen=True)
class ServiceGuide:
    """A guide in the reader's language; Chinese where no English is known. Empty means: not stated.

    Attributes:
        is_applicable: whether it can be applied for here; otherwise it is only listed.
        is_foreign: it is another platform's, shown as theirs (`platform`, `source_url`, `source_note`).
        is_reconstructed: its title or values were not found in a source but worked out.
        legal_limit, promised_limit: as sentences; `decided_on_the_spot` where nothing has to be waited for.
        visits: as a sentence, with `visits_count` for who counts.
        refused, late: what to do then; law, not the service's own text.
        offline: the way without the internet.
    """

    service_id: uuid.UUID
    version_id: uuid.UUID
    version_number: int
    version_label: str
    name: str
    name_zh: str
    summary: str
    code: str
    item_type: str
    themes: Sequence[str]
    theme_codes: Sequence[str]
    audiences: Sequence[str]
    agency_id: uuid.UUID
    agency: str
    department: str
    department_code: str
    region: str
    region_code: str
    platform: str
    platform_code: str
    is_foreign: bool
    is_applicable: bool
    is_reconstructed: bool
    source_url: str
    source_note: str
    effective_from: date
    effective_to: date | None
    level: str
    joint_agencies: str
    conditions: str
    steps: Sequence[str]
    special_procedures: str
    decided_on_the_spot: bool
    handling_kind: str
    legal_limit: str
    legal_limit_note: str
    promised_limit: str
    promised_limit_note: str
    visits: str
    visits_count: int | None
    visits_reason: str
    declared_list: str
    channels: Sequence[str]
    channel_codes: Sequence[str]
    online_depth: str
    online_depth_meaning: str
    address: str
    opening_hours: str
    consultation: str
    complaint: str
    appointment: str
    delivery: str
    online_payment: str
    charged: str
    is_charged: bool | None
    fees: Sequence[GuideFee]
    materials: Sequence[GuideMaterial]
    result_type: str
    result_name: str
    result_sample: str
    quantity_limit: str
    handling_area: str
    intermediary_services: str
    legal_basis: str
    questions: Sequence[GuideQuestion]
    assurance_level: int
    result_validity: str
    refused: str
    late: str
    offline: str


def service_guide(actor: Actor, service_id: uuid.UUID, day: date) -> ServiceGuide:
    """The guide of a service as it stands on a day.

    Raises:
        NotFoundError: there is no such service, or it is not in force on that day.
    """
    return guide_of(published_service(actor, service_id, day))


def limit_text(limit: int | None, unit: str) -> str:
    """A limit as words: 5 working days, 24 hours, 2 months, on the spot (0); empty where none is stated."""
    if limit is None:
        return ""
    if limit == 0 or unit == Unit.IMMEDIATE:
        return _("on the spot")
    words = {
        Unit.MINUTE: ngettext("%(n)d minute", "%(n)d minutes", limit),
        Unit.HOUR: ngettext("%(n)d hour", "%(n)d hours", limit),
        Unit.DAY: ngettext("%(n)d day", "%(n)d days", limit),
        Unit.MONTH: ngettext("%(n)d month", "%(n)d months", limit),
        Unit.YEAR: ngettext("%(n)d year", "%(n)d years", limit),
    }
    usual = ngettext("%(n)d working day", "%(n)d working days", limit)
    return (words.get(Unit(unit), usual) if unit else usual) % {"n": limit}


def visits_text(visits: int | None) -> str:
    """How often one has to come, as words; empty where it is not stated."""
    if visits is None:
        return ""
    if visits == 0:
        return _("no visit needed")
    return ngettext("%(n)d visit", "%(n)d visits", visits) % {"n": visits}


def _yes_no(value: bool | None) -> str:  # noqa: FBT001 - the value to show
    return "" if value is None else (_("yes") if value else _("no"))


def guide_of(version: ServiceVersion) -> ServiceGuide:
    """The guide of a version loaded with everything (`queries.with_everything`)."""
    service = version.service
    agency = service.agency
    depth = version.stated_online_depth or online_depth(version.online_capabilities, version.visits)
    themes = {t.slug: t.label for t in Theme.objects.filter(slug__in=version.themes)} if version.themes else {}
    address = version.text("address") or agency.address
    hours = version.text("opening_hours") or agency.opening_hours
    consultation = version.text("consultation_contact") or agency.phone
    complaint = _complaint(version, agency)
    level = version.exercise_level
    return ServiceGuide(
        service_id=service.pk,
        version_id=version.pk,
        version_number=version.number,
        version_label=version.version_label,
        name=version.text("name"),
        name_zh=version.name,
        summary=version.text("summary"),
        code=service.implementation_code or service.foreign_code or "",
        item_type=version.get_item_type_display(),
        themes=[themes.get(slug, slug) for slug in version.themes],
        theme_codes=version.themes,
        audiences=[str(Audience(a).label) for a in version.audiences],
        agency_id=agency.pk,
        agency=agency.label,
        department=agency.department.label,
        department_code=agency.department.code,
        region=agency.region.label,
        region_code=agency.region_id,
        platform=service.platform.label,
        platform_code=service.platform.code,
        is_foreign=not service.platform.run_by_us,
        is_applicable=version.is_applicable,
        is_reconstructed=service.reconstructed,
        source_url=service.source_url,
        source_note=version.text("source_note"),
        effective_from=version.effective_from,
        effective_to=version.effective_to,
        level="" if level is None else str(RegionLevel(level).label),
        joint_agencies=version.text("joint_agencies"),
        conditions=version.text("acceptance_conditions"),
        steps=steps_of(version.text("handling_steps")),
        special_procedures=version.text("special_procedures"),
        decided_on_the_spot=is_instant(stored_view(version)),
        handling_kind=version.get_handling_kind_display(),
        legal_limit=limit_text(version.legal_limit, version.legal_limit_unit),
        legal_limit_note=version.text("legal_limit_note"),
        promised_limit=limit_text(version.promised_limit, version.promised_limit_unit),
        promised_limit_note=version.text("promised_limit_note"),
        visits=visits_text(version.visits),
        visits_count=version.visits,
        visits_reason=version.text("visits_reason"),
        declared_list=version.get_declared_list_display(),
        channels=[str(Channel(c).label) for c in version.channels],
        channel_codes=version.channels,
        online_depth=depth,
        online_depth_meaning=str(DEPTH_WORDING.get(depth, "")),
        address=address,
        opening_hours=hours,
        consultation=consultation,
        complaint=complaint,
        appointment=_yes_no(version.appointment),
        delivery=_yes_no(version.delivery),
        online_payment=_yes_no(version.online_payment),
        charged=_yes_no(version.is_charged),
        is_charged=version.is_charged,
        fees=[_fee(fee) for fee in version.fees.all()],
        materials=[guide_material(material) for material in version.materials.all()],
        result_type=version.get_result_type_display(),
        result_name=version.text("result_name"),
        result_sample=version.text("result_sample"),
        quantity_limit=version.text("quantity_limit"),
        handling_area=version.get_handling_area_display(),
        intermediary_services=version.text("intermediary_services"),
        legal_basis=version.text("legal_basis"),
        questions=[_question(question) for question in version.questions.all()],
        assurance_level=version.assurance_level,
        result_validity=limit_text(version.result_validity, Unit.MONTH) if version.result_validity else "",
        refused=_refused(),
        late=late_words(version, agency),
        offline=_offline(version, address, hours),
    )


def guide_material(material: Material) -> GuideMaterial:
    """A material as the guide names it to this reader."""
    return GuideMaterial(
        name=material.text("name"),
        necessity=material.get_necessity_display(),
        is_required=material.necessity in {"", "1"},
        is_deferrable=material.necessity == "3",
        kind=material.get_kind_display(),
        form=material.get_form_display(),
        copies="" if material.copies is None else str(material.copies),
        source=material.text("source_note") or material.get_source_display(),
        note=material.text("filling_note"),
        basis=material.text("basis"),
        blank_form=material.text("blank_form"),
        sample=material.text("sample"),
        acceptance_standard=material.text("acceptance_standard"),
        resource_code=material.resource_code,
        fetched=bool(material.resource_code),
    )


def _fee(fee: Fee) -> GuideFee:
    return GuideFee(fee.text("name"), fee.text("standard"), fee.text("basis"), _yes_no(fee.reducible))


def _question(question: Question) -> GuideQuestion:
    return GuideQuestion(question.text("question"), question.text("answer"))


def _refused() -> str:
    """行政许可法 art 38 (reasons in writing, remedies told); 行政复议法 art 20; 行政诉讼法 art 46."""
    return _(
        "A refusal comes in writing and gives its reasons. You may ask for administrative reconsideration within "
        "60 days of learning of it, or bring an action within six months."
    )


def _complaint(version: ServiceVersion, agency: Agency) -> str:
    return version.text("complaint_contact") or agency.complaint_phone


def late_words(version: ServiceVersion, agency: Agency) -> str:
    """What to do where the agency is late, and whom to tell."""
    complaint = _complaint(version, agency)
    if complaint:
        return _("If the promised day passes without an answer, complain: %(contact)s") % {"contact": complaint}
    return _("If the promised day passes without an answer, call 12345.")


def _offline(version: ServiceVersion, address: str, hours: str) -> str:
    """Nobody may be forced into one channel (优化营商环境条例 art 37)."""
    if not address:
        return ""
    where = _("You may also come to: %(address)s") % {"address": address}
    when = _("Open: %(hours)s") % {"hours": hours} if hours else ""
    mail = _("Applications by post are accepted.") if Channel.MAIL in version.channels else ""
    return "\n".join(part for part in (where, when, mail) if part)
