"""Every read of cases. Takes the actor, returns only what that actor may see, formatted for pages and the API."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tongban.cases import rules
from tongban.cases.clocks import happenings_of, running_limit, times_of
from tongban.cases.history import CaseTimes
from tongban.cases.labels import action_label, stage_label
from tongban.cases.models import (
    OPEN_STATES,
    WORKING_STATES,
    Case,
    CaseDocument,
    CaseEvent,
    CaseMaterial,
    CaseState,
    Draft,
    Upload,
)
from tongban.cases.particulars import lower_agencies
from tongban.cases.procedure import Procedure
from tongban.cases.procedure_store import procedure_of
from tongban.cases.relations import applicant, handles_own_case, parties_of, relations_to
from tongban.cases.requirements import asked_of_applicant, form_of, published_version
from tongban.cases.rules import Light, read_case_number, written
from tongban.foundation import content
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.clock import Deadline, working_days_left
from tongban.foundation.errors import NotAllowedError, NotFoundError, SignInNeededError
from tongban.foundation.forms import FormDefinition, SummaryGroup
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may, require
from tongban.items.models import Material

PAGE_SIZE = 50


def _english() -> bool:
    return (get_language() or "").startswith("en")


# --- lists ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CaseRow:
    """A line of the inbox or of "my cases", every value ready to print."""

    id: uuid.UUID
    number: str
    service: str
    applicant: str
    agency: str
    state: str
    state_label: str
    submitted_at: datetime
    due_on: date | None
    due_provisional: bool
    light: Light | None
    working_days_left: int | None
    outcome: str
    what_next: str

    @property
    def working_days_late(self) -> int:
        """Working days since the due date; 0 while it is not over."""
        return max(0, -(self.working_days_left or 0))


@dataclass(frozen=True)
class Cursor:
    """Where a page of a list ends: the due date and id of its last row; the next page starts after it."""

    due_on: date | None
    id: uuid.UUID

    def __str__(self) -> str:
        return f"{self.due_on or ''}_{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """The cursor a client sent back; None when it is not one."""
        day, _separator, key = text.partition("_")
        try:
            return cls(date.fromisoformat(day) if day else None, uuid.UUID(key))
        except ValueError:
            return None


@dataclass(frozen=True)
class CasePage:
    rows: Sequence[CaseRow]
    next: Cursor | None


@dataclass(frozen=True)
class InboxFilter:
    """What the officer narrows the inbox to.

    Attributes:
        state: one state, or empty for all open ones.
        late: only what is late today.
        due_today: only what is due today or late.
        text: a case number, or the beginning of an applicant's name.
    """

    state: str = ""
    late: bool = False
    due_today: bool = False
    text: str = ""


def inbox(
    actor: Actor, today: date, wanted: InboxFilter | None = None, after: Cursor | None = None, size: int = PAGE_SIZE
) -> CasePage:
    """Open cases of the officer's agency, what is due first on top; those waiting for the applicant come last.

    Two queries whatever the size: the rows, with service and agency joined.
    """
    wanted = wanted or InboxFilter()
    cases = _agency_cases(actor)
    cases = cases.filter(state=wanted.state) if wanted.state else cases.filter(state__in=OPEN_STATES)
    if wanted.late:
        cases = cases.filter(due_on__lt=today)
    if wanted.due_today:
        cases = cases.filter(due_on__lte=today)
    if wanted.text:
        number = read_case_number(wanted.text)
        cases = cases.filter(number=number) if number else cases.filter(applicant_name__startswith=wanted.text.strip())
    if after and after.due_on:
        later = Q(due_on__gt=after.due_on) | Q(due_on=None)
        cases = cases.filter(Q(due_on__gte=after.due_on) | Q(due_on=None)).filter(
            later | Q(due_on=after.due_on, id__gt=after.id)
        )
    elif after:
        cases = cases.filter(due_on=None, id__gt=after.id)
    found = list(cases.order_by("due_on", "id")[: size + 1])
    return _page(found, size, today)


def entrusted_cases(actor: Actor, today: date, size: int = PAGE_SIZE) -> list[CaseRow]:
    """Cases of agencies above that the officer's agency was asked to examine first (art 43), due first on top."""
    require(actor, "read", "case", {Relation.LOWER_AGENCY})
    if actor.post is None:
        raise NotAllowedError
    cases = _listed(Case.objects.filter(lower_agency_id=actor.post.agency_id, finer_stage="preliminary"))
    return [_row(case, today) for case in cases.order_by("due_on", "id")[:size]]


@dataclass(frozen=True)
class InboxCounts:
    """Open cases of the officer's agency by what they need."""

    open: int
    late: int
    due_today: int
    waiting_for_applicant: int
    by_state: dict[str, int]


def inbox_counts(actor: Actor, today: date) -> InboxCounts:
    """The counts above the inbox, in one query."""
    rows = (
        _agency_cases(actor)
        .filter(state__in=OPEN_STATES)
        .order_by()
        .values("state")
        .annotate(
            all=Count("id"),
            late=Count("id", filter=Q(due_on__lt=today)),
            today=Count("id", filter=Q(due_on=today)),
        )
    )
    by_state = {row["state"]: row["all"] for row in rows}
    return InboxCounts(
        open=sum(by_state.values()),
        late=sum(row["late"] for row in rows),
        due_today=sum(row["today"] for row in rows),
        waiting_for_applicant=by_state.get(CaseState.CORRECTING, 0),
        by_state=by_state,
    )


def my_cases(actor: Actor, today: date, after: Cursor | None = None, size: int = PAGE_SIZE) -> CasePage:
    """The applicant's own cases in the present hat, newest first."""
    cases = _own_cases(actor)
    if after:
        last = Subquery(Case.objects.filter(pk=after.id).values("submitted_at"))
        cases = cases.filter(Q(submitted_at__lt=last) | Q(submitted_at=last, id__lt=after.id))
    found = list(cases.order_by("-submitted_at", "-id")[: size + 1])
    return _page(found, size, today)


def _agency_cases(actor: Actor) -> QuerySet[Case]:
    require(actor, "read", "case", {Relation.OWN_AGENCY})
    if actor.post is None:
        raise NotAllowedError
    return _listed(Case.objects.filter(agency_id=actor.post.agency_id))


def _own_cases(actor: Actor) -> QuerySet[Case]:
    require(actor, "read", "case", {Relation.OWN})
    whose = applicant(actor)
    if whose.organisation_id:
        return _listed(Case.objects.filter(organisation_id=whose.organisation_id))
    return _listed(Case.objects.filter(whose.own))


def _listed(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Only the columns a list prints: nothing sealed is opened."""
    return cases.select_related("version", "agency").only(
        "number",
        "applicant_name",
        "state",
        "finer_stage",
        "procedure",
        "procedure_version",
        "submitted_at",
        "due_on",
        "due_provisional",
        "outcome",
        "version__name",
        "version__english",
        "agency__name",
        "agency__name_en",
    )


def _page(found: list[Case], size: int, today: date) -> CasePage:
    rows = [_row(case, today) for case in found[:size]]
    more = len(found) > size
    return CasePage(rows, Cursor(rows[-1].due_on, rows[-1].id) if more else None)


def _row(case: Case, today: date) -> CaseRow:
    calendar = calendar_in_force()
    return CaseRow(
        id=case.pk,
        number=written(case.number),
        service=case.version.text("name"),
        applicant=case.applicant_name,
        agency=case.agency.label,
        state=case.state,
        state_label=stage_label(case.stage, procedure_of(case.procedure, case.procedure_version)),
        submitted_at=case.submitted_at,
        due_on=case.due_on,
        due_provisional=case.due_provisional,
        light=rules.light(today, case.due_on, calendar),
        working_days_left=working_days_left(today, case.due_on, calendar) if case.due_on else None,
        outcome=case.outcome,
        what_next=_what_next(case),
    )


# --- one case -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EventRow:
    action: str
    label: str
    state_label: str
    at: datetime
    who: str
    reason: str
    document: str


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
    """Everything on a case that this actor may see, and what they may do with it now."""

    row: CaseRow
    revision: int
    service_id: uuid.UUID
    agency_id: uuid.UUID
    region: str
    accepted_at: datetime | None
    decided_at: datetime | None
    legal_due_on: date | None
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
    what_next: str

    @property
    def clock(self) -> Deadline | None:
        """The promised deadline that runs, with its days."""
        return self.due.promised if self.due else None

    @property
    def decision(self) -> DocumentRow | None:
        """The decision or refusal that ends the case."""
        ends = {CaseDocument.Kind.GRANT, CaseDocument.Kind.DENIAL, CaseDocument.Kind.ACCEPTANCE_REFUSAL}
        return next((d for d in self.documents if d.kind in ends), None)


def case_view(actor: Actor, case_id: uuid.UUID, today: date) -> CaseView:
    """One case with everything on it.

    Raises:
        NotFoundError: there is none, or it is not this actor's to see (which of the two is not said).
    """
    case = readable_case(actor, case_id)
    procedure = procedure_of(case.procedure, case.procedure_version)
    events = list(case.events.all())
    times = times_of(case, procedure, happenings_of(case))
    overrun = case.legal_due_on is not None and case.legal_due_on < today
    version = case.version
    return CaseView(
        row=_row(case, today),
        revision=case.revision,
        service_id=case.service_id,
        agency_id=case.agency_id,
        region=case.region.label,
        accepted_at=case.accepted_at,
        decided_at=case.decided_at,
        legal_due_on=case.legal_due_on,
        due=running_limit(case.stage, procedure, times),
        summary=form_of(version).summary(case.answers, get_language() or "zh-hans"),
        events=[_event_row(event, procedure, own=actor.is_applicant) for event in events],
        documents=[_document_row(document) for document in case.documents.all()],
        materials=[_material_row(material) for material in case.materials.all()],
        actions=[name for name in available_actions(actor, case) if name != "explain_overrun" or overrun],
        overrun_unexplained=overrun and not case.overrun_explained,
        procedure=procedure,
        stage=case.stage,
        times=times,
        what_next=_what_next(case),
    )


@dataclass(frozen=True)
class OverrunRow:
    """Why a legal limit was overrun; says nothing of the applicant."""

    explained_at: datetime
    agency: str
    service: str
    reason: str


def public_overruns(size: int = PAGE_SIZE) -> list[OverrunRow]:
    """The newest public explanations (优化营商环境条例 art 36); open to everybody."""
    documents = CaseDocument.objects.filter(kind=CaseDocument.Kind.OVERRUN_REASON).order_by("-issued_at")
    return [
        OverrunRow(document.issued_at, document.agency.label, document.case.version.text("name"), text["reason"])
        # Nothing of the application is opened for an open page.
        for document in documents.select_related("agency", "case__version").defer("case__answers")[:size]
        if (text := document.content["zh"])
    ]


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
    number = read_case_number(text)
    case = Case.objects.filter(number=number).only("id").first() if number else None
    if case is None:
        raise NotFoundError(_("There is no case with this number. Check it character by character."))
    return case_view(actor, case.pk, today)


def available_actions(actor: Actor, case: Case) -> list[str]:
    """What the actor may do with the case now, by procedure and authority."""
    relations = relations_to(actor, case)
    procedure = procedure_of(case.procedure, case.procedure_version)
    if actor.is_officer and (not may(actor, "handle", "case", relations) or handles_own_case(actor, case)):
        return []
    if actor.is_applicant and Relation.OWN not in relations:
        return []
    return procedure.available(case.stage, parties_of(actor, relations))


def readable_case(actor: Actor, case_id: uuid.UUID) -> Case:
    """The row of a case the actor may see, with its published version.

    Raises:
        SignInNeededError, NotFoundError: the case is not this actor's to see, or there is none.
    """
    if not actor.is_signed_in and not actor.process:
        raise SignInNeededError
    case = Case.objects.select_related("agency", "region").filter(pk=case_id).first()
    if case is None or not may(actor, "read", "case", relations_to(actor, case)):
        raise NotFoundError(_("There is no such case, or it is not yours to see."))
    case.version = published_version(case.version_id)
    return case


def _event_row(event: CaseEvent, procedure: Procedure, *, own: bool) -> EventRow:
    # The applicant sees which post acted, not the officer's name; the name stays in the record.
    who = _("The agency") if own and event.post_id else event.actor_name or _("The platform")
    return EventRow(
        action=event.action,
        label=action_label(event.action, procedure),
        state_label=stage_label(event.data.get("stage") or event.state, procedure),
        at=event.at,
        who=who,
        reason=event.reason or "",
        document=event.data.get("document", ""),
    )


def _document_row(document: CaseDocument) -> DocumentRow:
    return DocumentRow(document.pk, document.kind, document.get_kind_display(), document.number, document.issued_at)


def _material_row(material: CaseMaterial) -> MaterialRow:
    return MaterialRow(
        material.pk,
        material.position,
        material.name,
        material.file_name,
        material.size,
        material.media_type,
        material.added_at,
    )


def _what_next(case: Case) -> str:
    """One sentence for the applicant: what happens next."""
    if case.finer_stage in _NEXT_AT:
        return str(_NEXT_AT[case.finer_stage])
    return str(_NEXT[CaseState(case.state)])


_NEXT = {
    CaseState.SUBMITTED: gettext_lazy("The agency checks whether everything is there. You need do nothing now."),
    CaseState.RECEIVED: gettext_lazy("The agency checks whether everything is there. You need do nothing now."),
    CaseState.CORRECTING: gettext_lazy("It is your turn: correct what the notice names and send it."),
    CaseState.ACCEPTED: gettext_lazy("The agency examines your application and decides. You need do nothing now."),
    CaseState.DECIDED: gettext_lazy("The decision is made; the result is being delivered."),
    CaseState.CLOSED: gettext_lazy("Everything is done. You can say how it went."),
    CaseState.REFUSED: gettext_lazy("The application was not accepted; the notice says why and what you can do."),
    CaseState.WITHDRAWN: gettext_lazy("You withdrew this application. You may apply again at any time."),
}
_NEXT_AT = {
    "hearing_offered": gettext_lazy("You may ask for a hearing now; the notice says until when. It costs you nothing."),
    "hearing_requested": gettext_lazy(
        "You asked for a hearing. The agency tells you the day at least 7 working days before."
    ),
    "hearing_set": gettext_lazy("The hearing is set; the notice says when and where."),
    "special": gettext_lazy("A special procedure takes place. The notice says how long; that time does not count."),
    "deferred": gettext_lazy(
        "Your application is accepted. Hand in what the notice names by its day, or it counts as withdrawn."
    ),
    "preliminary": gettext_lazy("The lower agency examines your application first. You need do nothing now."),
    "checking": gettext_lazy("The decision is made on your commitment; the agency checks it later."),
    "rectifying": gettext_lazy("The check found something to put right; the order says what and by when."),
}


# --- documents and materials ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DocumentView:
    """A written act as it was issued: its texts in both languages."""

    id: uuid.UUID
    case_id: uuid.UUID
    case_number: str
    kind: str
    number: str
    issued_at: datetime
    texts: dict[str, dict[str, str]]

    @property
    def text(self) -> dict[str, str]:
        """The text in the reader's language."""
        return self.texts["en" if _english() else "zh"]


def document_view(actor: Actor, document_id: uuid.UUID) -> DocumentView:
    """One written act of a case the actor may see."""
    document = CaseDocument.objects.filter(pk=document_id).first()
    if document is None:
        if not actor.is_signed_in:
            raise SignInNeededError
        raise NotFoundError
    case = readable_case(actor, document.case_id)
    return DocumentView(
        document.pk, case.pk, written(case.number), document.kind, document.number, document.issued_at, document.content
    )


@dataclass(frozen=True)
class FileView:
    name: str
    media_type: str
    data: bytes


def material_file(actor: Actor, material_id: int) -> FileView:
    """The content of a material of a case the actor may see."""
    material = CaseMaterial.objects.filter(pk=material_id).first()
    if material is None:
        if not actor.is_signed_in:
            raise SignInNeededError
        raise NotFoundError
    readable_case(actor, material.case_id)
    return FileView(material.file_name, material.media_type, content.read(material.digest))


# --- drafts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DraftRow:
    id: uuid.UUID
    service: str
    agency: str
    saved_at: datetime


@dataclass(frozen=True)
class UploadRow:
    id: uuid.UUID
    name: str
    size: int


@dataclass(frozen=True)
class MaterialTask:
    """A material the guide asks the applicant for, and what was handed in for it so far."""

    material: Material
    uploads: Sequence[UploadRow]


@dataclass(frozen=True)
class DraftView:
    """A draft with its form and its materials."""

    id: uuid.UUID
    service_id: uuid.UUID
    service: str
    agency: str
    form: FormDefinition
    answers: dict[str, Any]
    materials: Sequence[MaterialTask]
    saved_at: datetime


def my_drafts(actor: Actor) -> list[DraftRow]:
    """Applications the actor began in the present hat, last saved first."""
    require(actor, "apply", "case")
    drafts = Draft.objects.filter(applicant(actor).own)
    return [
        DraftRow(draft.pk, draft.version.text("name"), draft.service.agency.label, timezone.localtime(draft.saved_at))
        for draft in drafts.select_related("version", "service__agency").order_by("-saved_at")[:PAGE_SIZE]
    ]


def draft_view(actor: Actor, draft_id: uuid.UUID) -> DraftView:
    """A draft of the actor's own."""
    require(actor, "apply", "case")
    draft = Draft.objects.select_related("version", "service__agency").filter(applicant(actor).own, pk=draft_id).first()
    if draft is None:
        raise NotFoundError(_("There is no such draft; it may have been submitted already."))
    ids = [u for uploads in draft.uploads.values() for u in uploads]
    kept = {str(u.pk): UploadRow(u.pk, u.file_name, u.size) for u in Upload.objects.filter(pk__in=ids)}
    return DraftView(
        id=draft.pk,
        service_id=draft.service_id,
        service=draft.version.text("name"),
        agency=draft.service.agency.label,
        form=form_of(draft.version),
        answers=draft.answers or {},
        materials=[
            MaterialTask(m, [kept[u] for u in draft.uploads.get(str(m.position), []) if u in kept])
            for m in draft.version.materials.all()
            if asked_of_applicant(m)
        ],
        saved_at=timezone.localtime(draft.saved_at),
    )


# --- figures --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AgencyProgress:
    agency_id: uuid.UUID
    agency: str
    open: int
    late: int
    escalated: int


def progress_by_agency(actor: Actor, today: date) -> list[AgencyProgress]:
    """For a supervisor: open and late cases of each agency of the own region, as figures without names; those whose
    legal limit is over are escalated to them (行政许可法 art 60).
    """
    require(actor, "see_progress", "case", {Relation.OWN_REGION})
    if actor.post is None:
        raise NotAllowedError
    rows = (
        Case.objects.filter(region__lineage__contains=[actor.post.region_code], state__in=WORKING_STATES)
        .values("agency_id", "agency__name", "agency__name_en")
        .annotate(
            open=Count("id"),
            late=Count("id", filter=Q(due_on__lt=today)),
            escalated=Count("id", filter=Q(legal_due_on__lt=today)),
        )
        .order_by("-escalated", "-late", "agency__name")
    )
    return [
        AgencyProgress(
            row["agency_id"],
            (row["agency__name_en"] if _english() else "") or row["agency__name"],
            row["open"],
            row["late"],
            row["escalated"],
        )
        for row in rows
    ]
