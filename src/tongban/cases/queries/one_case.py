"""One case with everything on it that the actor may see, and what they may do with it now."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.cases import rules
from tongban.cases.access import Shown, note_case, purpose_for, reads_in_full
from tongban.cases.clocks import happening_of, running_limit, times_of
from tongban.cases.emergency import read_in_emergency
from tongban.cases.history import CaseTimes
from tongban.cases.labels import hand_in_label, reason_of, stage_label
from tongban.cases.left_out import left_out_of
from tongban.cases.models import (
    Case,
    CaseDocument,
    CaseEvent,
    CaseMaterial,
)
from tongban.cases.particulars import awaits_explanation, lower_agencies
from tongban.cases.procedure import EXPLAIN_OVERRUN, Procedure
from tongban.cases.procedure_store import procedure_of
from tongban.cases.queries.across import AcrossView, DutyRow, across_of
from tongban.cases.queries.rows import CaseRow, ListedCase, row_of, what_next
from tongban.cases.reading import read_whole_case
from tongban.cases.relations import handles_own_case, parties_of, reaches, relations_to
from tongban.cases.requirements import form_of, published_version
from tongban.cases.rules import read_case_number
from tongban.foundation.clock import Deadline
from tongban.foundation.errors import NotFoundError, SignInNeededError
from tongban.foundation.forms import SummaryGroup
from tongban.foundation.forms.summary import masked_groups
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may
from tongban.identity.labels import basis_label
from tongban.identity.mandates import Basis
from tongban.items.guides import late_words
from tongban.items.models import ServiceVersion


@dataclass(frozen=True)
class EventRow:
    action: str
    label: str
    state_label: str
    at: datetime
    who: str
    reason: str
    document: str
    duty: DutyRow | None = None


@dataclass(frozen=True)
class DocumentRow:
    id: uuid.UUID
    kind: str
    label: str
    number: str
    issued_at: datetime


@dataclass(frozen=True)
class MaterialRow:
    id: int
    position: int
    name: str
    file_name: str
    size: int
    media_type: str
    added_at: datetime


@dataclass(frozen=True)
class CaseView:
    """Everything on a case that this actor may see, and what they may do with it now.

    Attributes:
        overrun_unexplained: whether the legal limit is over and nobody said why yet.
        awaiting_explanation: of `actions`, those that are refused until then.
    """

    row: CaseRow
    revision: int
    service_id: uuid.UUID
    agency_id: uuid.UUID
    region: str
    accepted_at: datetime | None
    decided_at: datetime | None
    legal_due_on: date | None
    legal_due_provisional: bool
    due: rules.Due | None
    summary: Sequence[SummaryGroup]
    events: Sequence[EventRow]
    documents: Sequence[DocumentRow]
    materials: Sequence[MaterialRow]
    actions: Sequence[str]
    procedure: Procedure
    stage: str
    times: CaseTimes
    overrun_unexplained: bool
    awaiting_explanation: Sequence[str]
    what_next: str
    has_light: bool
    # How the actor stands to the case.
    relations: frozenset[Relation]
    across: AcrossView | None = None
    # What the applicant can do while the agency is late; empty where it is not.
    late: str = ""
    # Who applied for the applicant, and by what; empty where that was the applicant.
    applied_by: str = ""

    @property
    def hides_personal_data(self) -> bool:
        """Whether something on it stands masked."""
        return any(row.hidden for group in self.summary for row in group.rows)

    @property
    def clock(self) -> Deadline | None:
        """The promised deadline that runs, with its days."""
        return self.due.promised if self.due else None

    @property
    def is_provisional(self) -> bool:
        """Whether a day that runs may still move, because the holidays of that year are not announced yet."""
        return self.due is not None and (self.due.promised.provisional or self.due.legal.provisional)

    @property
    def decision(self) -> DocumentRow | None:
        """The decision or refusal that ends the case."""
        ends = {CaseDocument.Kind.GRANT, CaseDocument.Kind.DENIAL, CaseDocument.Kind.ACCEPTANCE_REFUSAL}
        return next((d for d in self.documents if d.kind in ends), None)


def case_view(actor: Actor, case_id: uuid.UUID, today: date, shown: Shown | None = None) -> CaseView:
    """One case with everything on it. Officers see numbers, telephones and addresses masked, unless it was `shown`.

    `shown` is the officer's recorded request to see them (`actions.show_personal_data`).

    Raises:
        NotFoundError: there is none, or it is not this actor's to see (which of the two is not said).
    """
    case = readable_case(actor, case_id)
    procedure = procedure_of(case.procedure, case.procedure_version)
    events = list(case.events.select_related("agency"))
    times = times_of(case, procedure, [happening_of(event) for event in events])
    overrun = case.is_overrun(today)
    version = case.version
    relations = relations_to(actor, case)
    across = across_of(actor, case, events, relations, today)
    actions = [name for name in _available(actor, case, relations) if name != EXPLAIN_OVERRUN or overrun]
    waiting = [name for name in actions if awaits_explanation(actor, case, procedure, procedure.actions[name])]
    summary = form_of(version, left_out_of(case).fields).summary(case.answers, get_language() or "zh-hans")
    row = row_of(ListedCase.of(case), today, own=actor.is_applicant)
    return CaseView(
        row=row,
        revision=case.revision,
        service_id=case.service_id,
        agency_id=case.agency_id,
        region=case.region.label,
        accepted_at=case.accepted_at,
        decided_at=case.decided_at,
        legal_due_on=case.legal_due_on,
        legal_due_provisional=case.legal_due_provisional,
        due=running_limit(case.stage, procedure, times),
        summary=summary if reads_in_full(actor, case.pk, shown) else masked_groups(summary),
        events=[_event_row(event, case, procedure, across, own=actor.is_applicant) for event in events],
        documents=[_document_row(document) for document in case.documents.all()],
        materials=material_rows(version, case.materials.all()),
        actions=actions,
        overrun_unexplained=overrun and not case.overrun_explained,
        awaiting_explanation=waiting if overrun else [],
        procedure=procedure,
        stage=case.stage,
        times=times,
        what_next=across.stands if across and across.in_transit else what_next(row),
        has_light=bool(version.light) or procedure.defers,
        relations=relations,
        across=across,
        late=late_words(version, case.agency) if row.light is rules.Light.RED else "",
        applied_by=next((acting_for(event, case) for event in events), ""),
    )


def deferred_materials(actor: Actor, case_id: uuid.UUID) -> list[tuple[int, str]]:
    """What is still to follow a case that was accepted without it: position and name."""
    case = readable_case(actor, case_id)
    last = case.events.filter(data__has_key="deferred").order_by("-sequence").values_list("data", flat=True).first()
    wanted = set(last["deferred"]) if last else set()
    return [(m.position, m.text("name")) for m in case.version.materials.all() if m.position in wanted]


def agencies_to_examine(actor: Actor, case_id: uuid.UUID) -> dict[str, str]:
    """Agencies below that may be asked to examine a case first, by id."""
    return {str(agency.pk): agency.label for agency in lower_agencies(readable_case(actor, case_id))}


def correction_told(actor: Actor, case_id: uuid.UUID) -> str:
    """What the first notice of correction of a case named; a later one may only repeat it. Empty before the first."""
    case = readable_case(actor, case_id)
    first = case.events.filter(action="return_for_correction").order_by("sequence").first()
    return (first.reason or "") if first else ""


def case_by_number(actor: Actor, text: str, today: date) -> CaseView:
    """The case whose number somebody typed, if it is theirs to see."""
    return case_view(actor, id_of_number(text), today)


def id_of_number(text: str) -> uuid.UUID:
    """The case of a number as somebody types it; whose it is is asked when it is read.

    Raises:
        NotFoundError: there is none, in the words in which a case of somebody else's is refused.
    """
    number = read_case_number(text)
    found = Case.objects.filter(number=number).values_list("pk", flat=True).first() if number else None
    if found is None:
        raise NotFoundError(_("There is no such case, or it is not yours to see."))
    return found


def available_actions(actor: Actor, case: Case) -> list[str]:
    """What the actor may do with the case now, by procedure and authority."""
    return _available(actor, case, relations_to(actor, case))


def _available(actor: Actor, case: Case, relations: Collection[Relation]) -> list[str]:
    procedure = procedure_of(case.procedure, case.procedure_version)
    if actor.at_desk:
        steps = procedure.available(case.stage, parties_of(actor, relations))
        return [step for step in steps if may(actor, step, "case", relations)]
    if actor.is_officer and (not may(actor, "handle", "case", relations) or handles_own_case(actor, case)):
        return []
    if actor.is_applicant and (Relation.OWN not in relations or not reaches(actor, "take_part", case)):
        return []
    return procedure.available(case.stage, parties_of(actor, relations))


def readable_case(actor: Actor, case_id: uuid.UUID, what: str = "case") -> Case:
    """The row of a case the actor may see, with its published version.

    That an officer reads it is recorded (`cases.access`); an emergency access, in its own record too.

    Args:
        actor: who reads.
        case_id: the case.
        what: which part of it is about to be read: `case`, `light`, `bundle`, `document:<id>`, `material:<id>`.

    Raises:
        SignInNeededError, NotFoundError: the case is not this actor's to see, or there is none.
    """
    if not actor.is_signed_in and not actor.process:
        raise SignInNeededError
    case = read_whole_case(case_id)
    relations = relations_to(actor, case) if case else frozenset()
    if case is None or not (may(actor, "read", "case", relations) or read_in_emergency(actor, case, what)):
        raise NotFoundError(_("There is no such case, or it is not yours to see."))
    note_case(actor, case, purpose_for(actor, relations), what)
    case.version = published_version(case.version_id)
    return case


def acting_for(event: CaseEvent, case: Case) -> str:
    """Who acted for whom and by what, in words; empty where the applicant acted, or an officer."""
    mandate = event.data.get("by_mandate")
    if not mandate:
        return ""
    return _("%(agent)s for %(principal)s (%(basis)s)") % {
        "agent": mandate.get("agent") or event.actor_name,
        "principal": case.applicant_name,
        "basis": basis_label(Basis(mandate["basis"])),
    }


def _event_row(event: CaseEvent, case: Case, procedure: Procedure, across: AcrossView | None, *, own: bool) -> EventRow:
    # The applicant sees which post acted, not the officer's name; the name stays in the record.
    acting = across.agencies.get(event.agency_id) if across and event.agency_id else None
    who = (acting or _("The agency")) if own and event.post_id else event.actor_name or _("The platform")
    agent = acting_for(event, case)
    # Where an officer took it in, who came and for whom stands beside who took it in.
    who = f"{who} · {agent}" if agent and event.post_id else agent or who
    if event.actor_role == "counter":
        agency = event.agency.label if event.agency else ""
        who = (
            _("At the counter of %(agency)s, for the applicant") % {"agency": agency}
            if own
            else _("%(officer)s at the counter of %(agency)s, for the applicant")
            % {"officer": event.actor_name, "agency": agency}
        )
        who = f"{who} · {agent}" if agent else who
    return EventRow(
        action=event.action,
        label=hand_in_label(event.action, event.data, procedure),
        state_label=stage_label(event.data.get("stage") or event.state, procedure, own=own),
        at=event.at,
        who=who,
        reason=reason_of(event.reason),
        document=event.data.get("document", ""),
        duty=next((duty for duty in across.duties if duty.sequence == event.sequence), None) if across else None,
    )


def _document_row(document: CaseDocument) -> DocumentRow:
    return DocumentRow(document.pk, document.kind, document.get_kind_display(), document.number, document.issued_at)


def material_rows(version: ServiceVersion, handed_in: Iterable[CaseMaterial]) -> list[MaterialRow]:
    """What was handed in, each named as the guide of the case's version names it to this reader."""
    names = {material.position: material.text("name") for material in version.materials.all()}
    return [
        MaterialRow(
            material.pk,
            material.position,
            names.get(material.position, material.name),
            material.file_name,
            material.size,
            material.media_type,
            material.added_at,
        )
        for material in handed_in
    ]
