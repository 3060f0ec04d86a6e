"""Several things applied for at once: one's own, and those one's agency leads."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.cases.access import Shown, note_bundle, reads_in_full
from tongban.cases.actions.bundle_parts import composition_behind
from tongban.cases.bundle_store import (
    bundle_of,
)
from tongban.cases.bundles.clock import Path
from tongban.cases.bundles.definition import Bundle, Part, form_of_properties
from tongban.cases.bundles.merging import Composition
from tongban.cases.bundles.progress import PartState
from tongban.cases.draft_subjects import as_material
from tongban.cases.drawing import EdgeRow, draw_bundle
from tongban.cases.labels import english, stage_label
from tongban.cases.models import BundleCase, BundlePart, Case, Outcome, Upload
from tongban.cases.procedure_store import procedure_of
from tongban.cases.queries.bundles.clock import WholeClock, whole_clock
from tongban.cases.queries.rows import PAGE_SIZE
from tongban.cases.relations import applicant, relations_to_bundle
from tongban.cases.requirements import published_version
from tongban.cases.rules import Light, light, read_case_number, written
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.errors import NotAllowedError, NotFoundError, SignInNeededError
from tongban.foundation.forms import FormDefinition, SummaryGroup
from tongban.foundation.forms.summary import SummaryRow, masked_groups, masked_rows
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may, require
from tongban.identity.mandates import Deed


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
    results: Sequence[SummaryRow]
    can_give_up: bool
    can_try_again: bool


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
    def hides_personal_data(self) -> bool:
        """Whether something on it stands masked."""
        return any(row.hidden for group in self.summary for row in group.rows) or any(
            row.hidden for part in self.parts for row in part.results
        )

    @property
    def wanted(self) -> list[PartView]:
        """The parts the answers asked for."""
        return [part for part in self.parts if part.state is not PartState.UNNEEDED]


def my_bundles(actor: Actor, size: int = PAGE_SIZE) -> list[BundleRow]:
    """The applicant's own in the present hat, newest first. Two queries whatever their number."""
    require(actor, "read", "bundle", {Relation.OWN})
    whose = applicant(actor)
    if not actor.covers_all(Deed.READ):
        return []
    own = (
        BundleCase.objects.filter(organisation=whose.organisation_id)
        if whose.organisation_id
        else BundleCase.objects.filter(whose.whole)
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


def bundle_by_number(actor: Actor, text: str) -> uuid.UUID | None:
    """The bundle whose number somebody typed, if it is theirs to see; None where no bundle has this number.

    Raises:
        NotFoundError: it has, and is not theirs.
    """
    number = read_case_number(text)
    found = BundleCase.objects.filter(number=number).values_list("pk", flat=True).first() if number else None
    return readable_bundle(actor, found).pk if found else None


def bundle_view(actor: Actor, bundle_id: uuid.UUID, today: date, shown: Shown | None = None) -> BundleView:
    """One application with every part and the clock of the whole. Officers see numbers, telephones and addresses
    masked, unless it was `shown` (`actions.show_bundle_data`).

    Raises:
        NotFoundError: there is none, or it is not this actor's to see.
    """
    bundle = readable_bundle(actor, bundle_id)
    rows = list(bundle.parts.select_related("case", "service__agency__region").order_by("position"))
    merged = composition_behind(bundle, rows)
    clock, path = whole_clock(bundle, rows, merged)
    own = Relation.OWN in relations_to_bundle(actor, bundle)
    drawing = draw_bundle(
        merged.bundle,
        {row.name: published_version(row.service_version_id) for row in rows},
        {row.name: row.service.agency.label for row in rows},
        for_applicant=own,
    )
    note_bundle(actor, bundle)
    in_full = own or reads_in_full(actor, bundle.pk, shown)
    summary = merged.form.summary(bundle.answers, get_language() or "zh-hans")
    parts = [_part_view(bundle, row, merged, rows, path, today, own=own) for row in rows]
    if not in_full:
        parts = [replace(part, results=masked_rows(part.results)) for part in parts]
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
        edges=drawing.edges,
        picture=drawing.picture,
        summary=summary if in_full else masked_groups(summary),
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
        stage_label=stage_label(case.stage, procedure_of(case.procedure, case.procedure_version), own=own)
        if case
        else "",
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


def _results(part: Part, row: BundlePart) -> list[SummaryRow]:
    if row.results is None:
        return []
    language = get_language() or "zh-hans"
    groups = FormDefinition.load(form_of_properties(part.outputs)).summary(row.results, language)
    return [line for group in groups for line in group.rows]


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
    if row.state == PartState.OPEN and other:
        return _(
            "To be cancelled because “%(part)s” was refused or taken back, as stated when you applied. Its agency "
            "cannot end it at this stage; it will not be granted, and ends as soon as the stage is over."
        ) % {"part": other}
    if row.state == PartState.OPEN and case and case.outcome == Outcome.GRANTED:
        return _("Granted; the agency has yet to tell the others what they need of it.")
    return ""
