"""Several things at once: what is offered where, one's own, one with every part and the clock of the whole."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tongban.cases.actions.bundle_parts import composition_behind
from tongban.cases.adoption import adopted_limits
from tongban.cases.bundle_store import (
    BUNDLES,
    PartOffer,
    bundle_of,
    composition,
    latest_bundle,
    missing_parts,
    offers_in,
    parts_in,
    pins_of,
)
from tongban.cases.bundles.clock import JointCase, JointClock, JointLimits, PartTime, Path, critical_path, joint_clock
from tongban.cases.bundles.definition import Bundle, BundleError, Part, form_of_properties
from tongban.cases.bundles.merging import Composition
from tongban.cases.bundles.progress import PartState
from tongban.cases.clocks import day_of, happenings_of, limits_of_version, times_of
from tongban.cases.draft_subjects import as_material
from tongban.cases.drawing import EdgeRow, draw_bundle, edge_rows
from tongban.cases.history import LEGAL, PROMISED
from tongban.cases.labels import english, stage_label
from tongban.cases.models import BundleCase, BundlePart, Case, Outcome, Upload
from tongban.cases.procedure_store import procedure_of
from tongban.cases.queries.one_case import readable_case
from tongban.cases.queries.rows import PAGE_SIZE
from tongban.cases.reckoning import Reckoning, reckoning
from tongban.cases.relations import applicant
from tongban.cases.requirements import published_version
from tongban.cases.rules import Light, light, written
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.clock import Limit, Unit
from tongban.foundation.clockrules import limit_of_rule
from tongban.foundation.errors import NotAllowedError, NotFoundError, SignInNeededError
from tongban.foundation.forms import FormDefinition, SummaryGroup
from tongban.government.models import Region
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may, require
from tongban.items.models import Material, ServiceVersion

# --- what is offered --------------------------------------------------------------------------------------------------


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
class BundleOffer:
    """A bundle in a place: its parts, what is to be handed in, how they hang together.

    Attributes:
        days: working days the longest way takes, if everything is asked for; 0 where something is not offered.
        fields, single_fields: questions of the merged form, and of the parts' forms together.
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
    edges = edge_rows(bundle)
    row = OfferRow(
        bundle.code,
        bundle.label(english=english()),
        bundle.about(english=english()),
        bundle.audience,
        bundle.themes,
        [part.label(english=english()) for part in bundle.parts.values()],
        [part.label(english=english()) for part in missing],
    )
    versions = {name: published_version(offer.version_id) for name, offer in offers.items()}
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
        edges=edges,
        picture=draw_bundle(bundle, edges),
        form=merged.form if merged else None,
        joint=bundle.handling == "joint",
        days=_expected(bundle, versions, day),
        fields=len(merged.form.fields) if merged else 0,
        single_fields=sum(len(form.fields) for form in merged.forms.values()) if merged else 0,
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
    times = {name: PartTime(_limits(versions[name], {}), _waits(bundle, name, bundle.parts)) for name in bundle.parts}
    calendar = calendar_in_force()
    return calendar.working_days_between(day, critical_path(times, day, calendar).due)


def _agency(offer: PartOffer) -> str:
    return (offer.agency_en if english() else "") or offer.agency


def _preview(bundle: Bundle, part: Part, offer: PartOffer, version: ServiceVersion) -> PartPreview:
    when = part.when
    question = ""
    if when:
        hints = bundle.questions[when.question]["x-tongban"]
        question = hints["label"]["en" if english() else "zh"]
    return PartPreview(
        name=part.name,
        title=part.label(english=english()),
        service_id=offer.service_id,
        service=version.text("name"),
        agency=_agency(offer),
        region=(offer.region_en if english() else "") or offer.region,
        limit=_limit_words(version),
        only_if=question,
        waits_for=[bundle.parts[edge.source].label(english=english()) for edge in bundle.into(part.name) if edge.waits],
        result=version.text("result_name"),
    )


def _limit_words(version: ServiceVersion) -> str:
    if version.handling_kind == ServiceVersion.HandlingKind.ON_THE_SPOT:
        return _("on the spot")
    amount = version.promised_limit if version.promised_limit is not None else version.legal_limit
    unit = version.promised_limit_unit if version.promised_limit is not None else version.legal_limit_unit
    if amount is None:
        return ""
    if unit == Unit.DAY:
        return _("%(number)d days") % {"number": amount}
    if unit == Unit.MONTH:
        return _("%(number)d months") % {"number": amount}
    return _("%(number)d working days") % {"number": amount}


# --- one of one's own -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BundleRow:
    """A line of "my applications for several things"."""

    id: uuid.UUID
    number: str
    name: str
    region: str
    applicant: str
    submitted_at: datetime
    done: int
    total: int
    held: int
    is_over: bool


@dataclass(frozen=True)
class PartView:
    """A part with how it stands now. `case_id` is None until its agency has it."""

    name: str
    title: str
    state: PartState
    state_label: str
    kind: str
    agency: str
    region: str
    case_id: uuid.UUID | None
    case_number: str
    stage_label: str
    due_on: date | None
    due_provisional: bool
    light: Light | None
    note: str
    waits_for: Sequence[str]
    is_lead: bool
    is_critical: bool
    expected_on: date | None
    results: Sequence[tuple[str, str]]
    can_give_up: bool
    can_try_again: bool


@dataclass(frozen=True)
class LegView:
    """A part on the longest way, for the explanation."""

    title: str
    begins: date
    ends: date
    is_over: bool
    reckonings: Sequence[Reckoning]


@dataclass(frozen=True)
class WholeClock:
    """When the whole is done, by which rule, and why that one.

    Attributes:
        joint: whether it is the joint limit of art 42, else the longest way through the parts.
        is_estimate: whether something it hangs on has not begun yet.
        reckonings: of the joint clock, day by day: until acceptance where that is still to come, then 45 + extension.
        legs: of the critical path, in order.
    """

    joint: bool
    due: date
    provisional: bool
    is_estimate: bool
    why: str
    extension: int
    reckonings: Sequence[Reckoning]
    legs: Sequence[LegView]


@dataclass(frozen=True)
class BundleView:
    """Everything on one application for several things."""

    row: BundleRow
    code: str
    version: int
    lead_agency: str
    lead_agency_id: uuid.UUID
    joint: bool
    parts: Sequence[PartView]
    clock: WholeClock | None
    edges: Sequence[EdgeRow]
    picture: str
    summary: Sequence[SummaryGroup]
    materials: Sequence[tuple[str, Sequence[str]]]
    can_withdraw: bool

    @property
    def wanted(self) -> list[PartView]:
        """The parts the answers asked for."""
        return [part for part in self.parts if part.state is not PartState.UNNEEDED]


def my_bundles(actor: Actor, size: int = PAGE_SIZE) -> list[BundleRow]:
    """The applicant's own in the present hat, newest first. Two queries whatever their number."""
    require(actor, "read", "bundle", {Relation.OWN})
    whose = applicant(actor)
    own = (
        BundleCase.objects.filter(organisation=whose.organisation_id)
        if whose.organisation_id
        else BundleCase.objects.filter(whose.own)
    )
    return _rows(own, size)


def led_bundles(actor: Actor, size: int = PAGE_SIZE) -> list[BundleRow]:
    """What the officer's agency leads, under way first and newest first. Two queries whatever their number."""
    require(actor, "read", "bundle", {Relation.LEAD_AGENCY})
    if actor.post is None:
        raise NotAllowedError
    return sorted(_rows(BundleCase.objects.filter(lead_agency=actor.post.agency_id), size), key=lambda row: row.is_over)


def _rows(bundles: QuerySet[BundleCase], size: int) -> list[BundleRow]:
    listed = bundles.select_related("region").defer("answers", "uploads").prefetch_related("parts")
    return [_row(bundle, list(bundle.parts.all())) for bundle in listed.order_by("-submitted_at", "-id")[:size]]


def _row(bundle: BundleCase, parts: Sequence[BundlePart]) -> BundleRow:
    wanted = [part for part in parts if part.state != PartState.UNNEEDED]
    return BundleRow(
        id=bundle.pk,
        number=written(bundle.number),
        name=bundle_of(bundle.code, bundle.version).label(english=english()),
        region=bundle.region.label,
        applicant=bundle.applicant_name,
        submitted_at=bundle.submitted_at,
        done=sum(PartState(part.state).is_over for part in wanted),
        total=len(wanted),
        held=sum(part.state == PartState.SUSPENDED for part in wanted),
        is_over=bundle.closed_at is not None,
    )


def readable_bundle(actor: Actor, bundle_id: uuid.UUID) -> BundleCase:
    """Raises:
    SignInNeededError, NotFoundError: there is none, or it is not this actor's to see.
    """
    if not actor.is_signed_in and not actor.process:
        raise SignInNeededError
    bundle = BundleCase.objects.select_related("region", "lead_agency").filter(pk=bundle_id).first()
    if bundle is None or not may(actor, "read", "bundle", relations_to_bundle(actor, bundle)):
        raise NotFoundError(_("There is no such application, or it is not yours to see."))
    return bundle


def relations_to_bundle(actor: Actor, bundle: BundleCase) -> frozenset[Relation]:
    """How the actor stands to the whole; officers of agencies that handle one part stand in no relation to it."""
    relations = set()
    if actor.is_applicant:
        own = actor.organisation_id or None
        if bundle.organisation_id == own and (own or bundle.person_id == actor.person_id):
            relations.add(Relation.OWN)
    if actor.post and actor.post.agency_id == bundle.lead_agency_id:
        relations.add(Relation.LEAD_AGENCY)
    return frozenset(relations)


def bundle_view(actor: Actor, bundle_id: uuid.UUID, today: date) -> BundleView:
    """One application with every part and the clock of the whole.

    Raises:
        NotFoundError: there is none, or it is not this actor's to see.
    """
    bundle = readable_bundle(actor, bundle_id)
    rows = list(bundle.parts.select_related("case", "service__agency__region").order_by("position"))
    merged = composition_behind(bundle, rows)
    clock, path = _clock(bundle, rows, merged)
    edges = edge_rows(merged.bundle)
    own = Relation.OWN in relations_to_bundle(actor, bundle)
    parts = [_part_view(bundle, row, merged, rows, path, today, own=own) for row in rows]
    uploads = _names_of_uploads(bundle)
    return BundleView(
        row=_row(bundle, rows),
        code=bundle.code,
        version=bundle.version,
        lead_agency=bundle.lead_agency.label,
        lead_agency_id=bundle.lead_agency_id,
        joint=bundle.joint,
        parts=parts,
        clock=clock,
        edges=edges,
        picture=draw_bundle(merged.bundle, edges),
        summary=merged.form.summary(bundle.answers, get_language() or "zh-hans"),
        materials=[
            (as_material(m).text("name"), [uploads[u] for u in bundle.uploads.get(str(m.position), ()) if u in uploads])
            for m in merged.materials_asked(bundle.answers)
        ],
        can_withdraw=own and any(not part.state.is_over for part in parts),
    )


def _names_of_uploads(bundle: BundleCase) -> dict[str, str]:
    ids = [u for ups in bundle.uploads.values() for u in ups]
    return {str(upload.pk): upload.file_name for upload in Upload.objects.filter(pk__in=ids)}


_KINDS = {
    PartState.WAITING: "waiting",
    PartState.SUSPENDED: "attention",
    PartState.OPEN: "active",
    PartState.DONE: "done",
    PartState.REFUSED: "refused",
    PartState.WITHDRAWN: "neutral",
    PartState.CANCELLED: "neutral",
    PartState.UNNEEDED: "neutral",
}


def _part_view(
    bundle: BundleCase,
    row: BundlePart,
    merged: Composition,
    rows: Sequence[BundlePart],
    path: Path | None,
    today: date,
    *,
    own: bool,
) -> PartView:
    definition, state = merged.bundle, PartState(row.state)
    part, case = definition.parts[row.name], row.case
    states = {each.name: PartState(each.state) for each in rows}
    leg = path.legs.get(row.name) if path else None
    waits = [e for e in definition.into(row.name) if e.waits and not states[e.source].is_over]
    holds = any(e.source == row.name and states[e.target] is PartState.SUSPENDED for e in definition.edges)
    over = state in {PartState.REFUSED, PartState.WITHDRAWN}
    return PartView(
        name=row.name,
        title=part.label(english=english()),
        state=state,
        state_label=str(BundlePart.State(row.state).label),
        kind=_KINDS[state],
        agency=row.service.agency.label,
        region=row.service.agency.region.label,
        case_id=case.pk if case else None,
        case_number=written(case.number) if case else "",
        stage_label=stage_label(case.stage, procedure_of(case.procedure, case.procedure_version)) if case else "",
        due_on=case.due_on if case else None,
        due_provisional=bool(case and case.due_provisional),
        light=light(today, case.due_on, calendar_in_force()) if case else None,
        note=_note(definition, row, case),
        waits_for=[definition.parts[e.source].label(english=english()) for e in waits],
        is_lead=row.name == definition.lead,
        is_critical=bool(path and row.name in path.critical),
        expected_on=leg.ends if leg and not leg.is_over and not bundle.joint else None,
        results=_results(part, row),
        can_give_up=own and case is None and state in {PartState.WAITING, PartState.SUSPENDED},
        # Worth while only where something is held for it.
        can_try_again=own and over and holds,
    )


def _results(part: Part, row: BundlePart) -> list[tuple[str, str]]:
    if row.results is None:
        return []
    language = get_language() or "zh-hans"
    groups = FormDefinition.load(form_of_properties(part.outputs)).summary(row.results, language)
    return [(line.label, "、".join(map(str, line.value))) for group in groups for line in group.rows]


def _note(definition: Bundle, row: BundlePart, case: Case | None) -> str:
    """One sentence for what cannot be seen from the state alone."""
    because = definition.parts.get(row.because)
    other = because.label(english=english()) if because else ""
    if row.state == PartState.SUSPENDED:
        return _("Held because “%(part)s” was refused or taken back. Apply for that again, or give this up.") % {
            "part": other
        }
    if row.state == PartState.CANCELLED:
        return _("Cancelled because “%(part)s” was refused or taken back, as stated when you applied.") % {
            "part": other
        }
    if row.state == PartState.OPEN and case and case.outcome == Outcome.GRANTED:
        return _("Granted; the agency has yet to tell the others what they need of it.")
    return ""


# --- the clock of the whole -------------------------------------------------------------------------------------------

WHY = {
    "joint": gettext_lazy(
        "Every part is an administrative licence and they are handled jointly, so the law's limit for the whole "
        "counts: 45 working days from acceptance, extended once by 15 at most (Licensing Law, art 26 and 42)."
    ),
    "separate": gettext_lazy(
        "Each agency handles its part by itself, so the law has no limit for the whole. What counts is the longest way "
        "through the parts' own limits."
    ),
    "waiting": gettext_lazy(
        "Some parts wait for the result of others, so they are not handled jointly. What counts is the longest way "
        "through the parts' own limits."
    ),
}


def _clock(
    bundle: BundleCase, rows: Sequence[BundlePart], merged: Composition
) -> tuple[WholeClock | None, Path | None]:
    running = [row for row in rows if row.state not in {PartState.UNNEEDED, PartState.CANCELLED}]
    if not running:
        return None, None
    path = _path(bundle, running, merged.bundle)
    if bundle.joint and (clock := _joint(bundle, running)):
        return (
            WholeClock(
                joint=True,
                due=clock.due,
                provisional=clock.provisional,
                is_estimate=clock.is_estimate,
                why=str(WHY["joint"]),
                extension=clock.extension,
                reckonings=[reckoning(d) for d in (clock.notice, clock.clock) if d],
                legs=[],
            ),
            path,
        )
    return (
        WholeClock(
            joint=False,
            due=path.due,
            provisional=path.provisional,
            is_estimate=any(not path.legs[name].is_over for name in path.critical),
            why=why_path(merged, bundle.answers),
            extension=0,
            reckonings=[],
            legs=[
                LegView(
                    merged.bundle.parts[name].label(english=english()),
                    path.legs[name].begins,
                    path.legs[name].ends,
                    path.legs[name].is_over,
                    [reckoning(each) for each in path.legs[name].deadlines],
                )
                for name in path.critical
            ],
        ),
        path,
    )


def why_path(merged: Composition, answers: Mapping[str, object]) -> str:
    """Why the longest way counts and not the joint limit."""
    reason, parts = merged.why_not_joint(answers)
    if reason != "no_licence":
        return str(WHY[reason])
    names = "、".join if not english() else ", ".join
    return _(
        "Not every part is an administrative licence (%(parts)s), so the joint limit of the Licensing Law does not "
        "apply. What counts is the longest way through the parts' own limits."
    ) % {"parts": names([merged.bundle.parts[name].label(english=english()) for name in parts])}


def _joint(bundle: BundleCase, rows: Sequence[BundlePart]) -> JointClock | None:
    cases = []
    for row in rows:
        if row.case is None or (PartState(row.state).is_over and row.case.accepted_at is None):
            continue
        row.case.version = published_version(row.case.version_id)
        procedure = procedure_of(row.case.procedure, row.case.procedure_version)
        times = times_of(row.case, procedure, happenings_of(row.case))
        cases.append(JointCase(times.accepted_on, times.pauses, times.extension))
    if not cases:
        return None
    day = timezone.localdate(bundle.submitted_at)
    limits = JointLimits(limit_of_rule("LIC-NOTICE"), limit_of_rule("LIC-JOINT"))
    return joint_clock(cases, day, limits, calendar_in_force())


def _path(bundle: BundleCase, rows: Sequence[BundlePart], definition: Bundle) -> Path:
    names = {row.name for row in rows}
    return critical_path(
        {row.name: _part_time(row, _waits(definition, row.name, names)) for row in rows},
        timezone.localdate(bundle.submitted_at),
        calendar_in_force(),
    )


def _waits(definition: Bundle, name: str, among: object) -> tuple[str, ...]:
    return tuple(e.source for e in definition.into(name) if e.waits and e.source in among)  # type: ignore[operator]


def _part_time(row: BundlePart, waits_for: tuple[str, ...]) -> PartTime:
    version = published_version(row.service_version_id)
    case = row.case
    if PartState(row.state).is_over:
        ended = day_of(case.decided_at or case.closed_at) if case else None
        return PartTime(waits_for=waits_for, over_on=ended or timezone.localdate(row.changed_at))
    if case and case.decided_at:
        return PartTime(waits_for=waits_for, over_on=day_of(case.decided_at))
    if case and case.accepted_at and case.due_on:
        return PartTime(waits_for=waits_for, due=case.due_on, provisional=case.due_provisional)
    if case:
        # Not accepted yet: the agency's first limit comes before that of the decision.
        adopted = adopted_limits(case.region_id, timezone.localdate(case.submitted_at))
        return PartTime(_limits(version, adopted), waits_for)
    return PartTime(_limits(version, {}), waits_for)


def _limits(version: ServiceVersion, adopted: Mapping[str, Limit]) -> tuple[Limit, ...]:
    """A part's own limits one after the other: until acceptance (art 32), then until the decision, as promised or else
    by law. What is done on the spot is accepted and decided in one step (art 34).
    """
    own = limits_of_version(version)
    decision = own.get(PROMISED) or own.get(LEGAL) or limit_of_rule("LIC-DECIDE")
    if version.handling_kind == ServiceVersion.HandlingKind.ON_THE_SPOT:
        return (decision,)
    return (adopted.get("ONLINE-CHECK") or limit_of_rule("LIC-NOTICE"), decision)


# --- a case that is a part --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PartOfBundle:
    """What the page of a case says of the bundle it is a part of.

    Attributes:
        may_open: whether the actor may see the whole (the applicant, the leading agency).
        results_wanted: whether the case is granted and its agency has yet to tell the others what they need.
    """

    bundle_id: uuid.UUID
    number: str
    name: str
    part: str
    lead_agency: str
    may_open: bool
    results_wanted: bool
    given: Sequence[str]


def bundle_of_case(actor: Actor, case_id: uuid.UUID) -> PartOfBundle | None:
    """The bundle a case the actor may see is a part of; None where it is none."""
    part = BundlePart.objects.select_related("bundle__lead_agency", "case").filter(case=case_id).first()
    if part is None or part.case is None:
        return None
    bundle = part.bundle
    definition = bundle_of(bundle.code, bundle.version)
    own = definition.parts[part.name]
    handles = actor.post is not None and actor.post.agency_id == part.case.agency_id
    return PartOfBundle(
        bundle_id=bundle.pk,
        number=written(bundle.number),
        name=definition.label(english=english()),
        part=own.label(english=english()),
        lead_agency=bundle.lead_agency.label,
        may_open=may(actor, "read", "bundle", relations_to_bundle(actor, bundle)),
        results_wanted=bool(handles and own.outputs and part.results is None and part.case.outcome == Outcome.GRANTED),
        given=[
            definition.parts[edge.source].label(english=english())
            for edge in definition.into(part.name)
            if edge.feeds or edge.materials
        ],
    )


def results_form(actor: Actor, case_id: uuid.UUID) -> tuple[PartOfBundle, FormDefinition]:
    """What an agency is asked to state with its grant for the agencies of other parts.

    Raises:
        NotFoundError: the case is no part of a bundle, nothing is to be stated, or it is not the actor's to see.
    """
    readable_case(actor, case_id)
    part = bundle_of_case(actor, case_id)
    row = BundlePart.objects.select_related("bundle").filter(case=case_id).first()
    outputs = bundle_of(row.bundle.code, row.bundle.version).parts[row.name].outputs if row else {}
    if part is None or not outputs:
        raise NotFoundError(_("There is nothing to state for other agencies here."))
    return part, FormDefinition.load(form_of_properties(outputs))
