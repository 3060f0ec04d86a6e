"""What officers see of a case beside its own record: who has it, notes, requests for cooperation; and their desk."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.cases import rules
from tongban.cases.access import MATERIALS, Shown, note_case, reads_in_full
from tongban.cases.actions.internal import cooperation_relations
from tongban.cases.models import (
    OPEN_STATES,
    Absence,
    Assignment,
    AssignmentMethod,
    AssignmentSetting,
    CaseNote,
    Cooperation,
)
from tongban.cases.queries.one_case import MaterialRow, material_rows, readable_case
from tongban.cases.queries.papers import FileView
from tongban.cases.queries.rows import PAGE_SIZE
from tongban.cases.relations import handles_own_case, relations_to
from tongban.cases.requirements import form_of, published_version
from tongban.cases.rules import Light, written
from tongban.cases.teams import Colleague, colleagues, own_posts, specialists_of, stand_ins
from tongban.foundation import content
from tongban.foundation.calendars import calendar_in_force
from tongban.foundation.errors import NotAllowedError, NotFoundError
from tongban.foundation.forms import SummaryGroup
from tongban.foundation.forms.summary import masked_groups
from tongban.foundation.statements import Reading
from tongban.government.models import Agency, Region
from tongban.identity.access_records import Purpose
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may, require
from tongban.identity.models import Post
from tongban.items.queries import in_force_on


@dataclass(frozen=True)
class NoteRow:
    id: int
    at: datetime
    author: str
    text: str


@dataclass(frozen=True)
class AssignmentRow:
    at: datetime
    label: str
    to: str
    by: str
    reason: str
    meant_for: str


@dataclass(frozen=True)
class RequestRow:
    """A request for cooperation as a line: due date and light are the asked agency's own."""

    id: uuid.UUID
    case_id: uuid.UUID
    case_number: str
    service: str
    asking: str
    asked: str
    state: str
    state_label: str
    asked_at: datetime
    due_on: date
    due_provisional: bool
    light: Light | None
    reminded_at: datetime | None
    asked_of_us: bool


@dataclass(frozen=True)
class CaseDesk:
    """The agency's own side of a case.

    Attributes:
        officer_id: the post that has it; None where nobody has.
        officer: their name.
        may_assign: whether the actor may give it to somebody or pass it on.
    """

    officer_id: uuid.UUID | None
    officer: str
    may_assign: bool
    may_ask: bool
    assignments: Sequence[AssignmentRow]
    notes: Sequence[NoteRow]
    requests: Sequence[RequestRow]


def case_desk(actor: Actor, case_id: uuid.UUID, today: date) -> CaseDesk | None:
    """Notes, requests and assignments of a case; None for officers whose agency does not handle it.

    Raises:
        NotFoundError: the case is not the actor's to see.
    """
    case = readable_case(actor, case_id)
    relations = relations_to(actor, case)
    if not may(actor, "note", "case", relations) or handles_own_case(actor, case):
        return None
    away = stand_ins(case.agency_id, today)
    holds = {Relation.HOLDER} if case.officer_id in own_posts(actor, away) else set()
    officer = Post.objects.select_related("person").filter(pk=case.officer_id).first() if case.officer_id else None
    deed = "reassign" if officer else "take_on"
    return CaseDesk(
        officer_id=case.officer_id,
        officer=officer.person.name if officer else "",
        may_assign=may(actor, deed, "case", {*relations, *holds}) and case.state in OPEN_STATES,
        may_ask=may(actor, "ask_cooperation", "case", relations) and case.state in OPEN_STATES,
        assignments=[
            AssignmentRow(
                row.at,
                row.get_how_display(),
                row.post.person.name,
                row.by_name or _("The platform"),
                row.reason or "",
                row.meant_for.person.name if row.meant_for else "",
            )
            for row in Assignment.objects.filter(case=case)
            .select_related("post__person", "meant_for__person")
            .order_by("id")
        ],
        notes=case_notes(actor, case_id),
        requests=[_request_row(actor, row, today) for row in _requests().filter(case=case).order_by("id")],
    )


def case_notes(actor: Actor, case_id: uuid.UUID) -> list[NoteRow]:
    """The internal notes on a case that the actor's agency handles, oldest first.

    Raises:
        NotFoundError, NotAllowedError: the case, or its notes, are not the actor's to see.
    """
    case = readable_case(actor, case_id)
    require(actor, "note", "case", relations_to(actor, case))
    if handles_own_case(actor, case):
        raise NotAllowedError(_("Nobody handles their own case."))
    return [NoteRow(note.pk, note.at, note.author, note.text) for note in CaseNote.objects.filter(case=case)]


# --- colleagues -----------------------------------------------------------------------------------------------------


def my_colleagues(actor: Actor, today: date) -> list[Colleague]:
    """The posts of the officer's agency that handle cases today."""
    if actor.post is None:
        raise NotAllowedError
    require(actor, "note", "case", {Relation.OWN_AGENCY})
    return colleagues(actor.post.agency_id, today)


@dataclass(frozen=True)
class AbsenceRow:
    id: uuid.UUID
    name: str
    stand_in: str
    first_day: date
    last_day: date
    reason: str
    is_mine: bool


def absences(actor: Actor, today: date) -> list[AbsenceRow]:
    """Who of the officer's agency is or will be away, and who stands in; the reason of one's own, or for the head."""
    if actor.post is None:
        raise NotAllowedError
    require(actor, "note", "case", {Relation.OWN_AGENCY})
    all_reasons = may(actor, "enter", "absence", {Relation.OWN_AGENCY})
    found = Absence.objects.filter(agency_id=actor.post.agency_id, cancelled_at=None, last_day__gte=today)
    return [
        AbsenceRow(
            row.pk,
            row.post.person.name,
            row.stand_in.person.name,
            row.first_day,
            row.last_day,
            (row.reason or "") if all_reasons or row.post_id == actor.post.id else "",
            row.post_id == actor.post.id,
        )
        for row in found.select_related("post__person", "stand_in__person").order_by("first_day", "id")
    ]


@dataclass(frozen=True)
class Arrangement:
    """How an agency assigns new cases: the method, its services with the posts that get their cases, and its posts."""

    method: str
    posts: Sequence[Colleague]
    services: Sequence[tuple[uuid.UUID, str, Sequence[uuid.UUID]]]


def arrangement(actor: Actor, today: date) -> Arrangement:
    """The assignment rule of the officer's agency, for its head."""
    require(actor, "arrange", "desk", {Relation.OWN_AGENCY} if actor.post else ())
    if actor.post is None:
        raise NotAllowedError
    setting = AssignmentSetting.objects.filter(pk=actor.post.agency_id).first()
    in_force = in_force_on(today).filter(service__agency=actor.post.agency_id, is_applicable=True).defer("form")
    names = {version.service_id: version.text("name") for version in in_force}
    posts = specialists_of(names)
    rows = [(service_id, name, tuple(posts.get(service_id, ()))) for service_id, name in names.items()]
    return Arrangement(
        method=setting.method if setting else AssignmentMethod.BY_HAND,
        posts=colleagues(actor.post.agency_id, today),
        services=sorted(rows, key=lambda row: row[1]),
    )


# --- cooperation ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ActRow:
    kind: str
    label: str
    at: datetime
    author: str
    text: str


@dataclass(frozen=True)
class RequestView:
    """A request with what was said, and what of the case it shares.

    Attributes:
        applicant: the name, or empty where it is not shared.
        summary: the shared answers.
        materials: the shared materials.
        may_answer, may_remind: what the actor may do with it now.
    """

    row: RequestRow
    limit: int
    acts: Sequence[ActRow]
    applicant: str
    summary: Sequence[SummaryGroup]
    materials: Sequence[MaterialRow]
    may_answer: bool
    may_remind: bool

    @property
    def hides_personal_data(self) -> bool:
        """Whether something on it stands masked."""
        return any(row.hidden for group in self.summary for row in group.rows)


def agencies_to_ask(actor: Actor, text: str, size: int = PAGE_SIZE) -> list[tuple[uuid.UUID, str]]:
    """Agencies on this platform that may be asked for help: by a part of their name; without one those of the own
    region and the regions above.
    """
    if actor.post is None:
        raise NotAllowedError
    require(actor, "ask_cooperation", "case", {Relation.OWN_AGENCY})
    found = Agency.objects.filter(platform__run_by_us=True).exclude(pk=actor.post.agency_id)
    if text.strip():
        found = found.filter(Q(name__icontains=text.strip()) | Q(name_en__icontains=text.strip()))
    else:
        lineage = Region.objects.filter(pk=actor.post.region_code).values_list("lineage", flat=True).first()
        found = found.filter(region__in=lineage or [])
    return [(agency.pk, agency.label) for agency in found.order_by("-region__level", "name")[:size]]


def cooperation_asked(actor: Actor, case_id: uuid.UUID) -> uuid.UUID | None:
    """The request by which another agency asked the officer's own for help with a case, the last where there are
    several: an agency that was asked sees the request, not the case.
    """
    if actor.post is None:
        return None
    found = Cooperation.objects.filter(case=case_id, asked=actor.post.agency_id).order_by("-asked_at", "-id").first()
    return found.pk if found and may(actor, "read", "cooperation", {Relation.ASKED_AGENCY}) else None


def cooperation_view(actor: Actor, request_id: uuid.UUID, today: date, shown: Shown | None = None) -> RequestView:
    """One request. The asked agency sees of the case what the request shares, and nothing else; numbers, telephones
    and addresses masked, unless it was `shown` (`actions.show_shared_data`).

    Raises:
        NotFoundError: there is none, or it is not this actor's to see.
    """
    request = _readable_request(actor, request_id)
    case, shares = request.case, request.shares
    relations = cooperation_relations(actor, request)
    note_case(actor, case, _purpose(actor, request), "case")
    is_open = request.state == Cooperation.State.OPEN
    names = set(shares["answers"])
    groups = form_of(published_version(case.version_id)).summary(case.answers, get_language() or "zh-hans")
    shared = [replace(group, rows=rows) for group in groups if (rows := [r for r in group.rows if r.field in names])]
    return RequestView(
        row=_request_row(actor, request, today),
        limit=request.limit,
        acts=[
            ActRow(act.kind, act.get_kind_display(), act.at, act.author, act.text or "") for act in request.acts.all()
        ],
        applicant=case.applicant_name if shares["applicant"] else "",
        summary=shared if reads_in_full(actor, request.pk, shown) else masked_groups(shared),
        materials=material_rows(published_version(case.version_id), case.materials.filter(pk__in=shares["materials"])),
        may_answer=is_open and may(actor, "answer", "cooperation", relations),
        may_remind=is_open and may(actor, "remind", "cooperation", relations),
    )


def shared_file(actor: Actor, request_id: uuid.UUID, material_id: int) -> FileView:
    """The content of a material that a request shares."""
    request = _readable_request(actor, request_id)
    material = request.case.materials.filter(pk=material_id).first()
    if material is None or material.pk not in request.shares["materials"]:
        raise NotFoundError
    note_case(actor, request.case, _purpose(actor, request), MATERIALS)
    return FileView(material.file_name, material.media_type, content.read(material.digest))


def _purpose(actor: Actor, request: Cooperation) -> Purpose:
    asked = actor.post is not None and actor.post.agency_id == request.asked_id
    return Purpose.COOPERATION if asked else Purpose.HANDLING


def open_cooperations(actor: Actor, today: date, size: int = PAGE_SIZE) -> list[RequestRow]:
    """Open requests that the officer's agency was asked or asked itself, due first on top: one query, two if any."""
    if actor.post is None:
        raise NotAllowedError
    require(actor, "read", "cooperation", {Relation.OWN_AGENCY})
    return request_rows(actor, OPEN_REQUESTS(actor.post.agency_id, actor.person_id)[:size], today)


def request_rows(actor: Actor, keys: Sequence[tuple[uuid.UUID]], today: date) -> list[RequestRow]:
    """The lines of these requests, due first on top: one query, none where there are none."""
    if not keys:
        return []
    found = _requests().filter(pk__in=[key for (key,) in keys]).order_by("due_on", "id")
    return [_request_row(actor, row, today) for row in found]


# Most agencies have none, and every inbox asks. Nobody handles their own case; its own page would not open either.
OPEN_REQUESTS = Reading(
    lambda agency, person: (
        Cooperation.objects.filter(
            Q(asked=agency) | Q(asking=agency), ~Q(case__person=person), state=Cooperation.State.OPEN
        )
        .order_by("due_on", "id")
        .values_list("id")
    ),
    uuid.UUID(int=1),
    uuid.UUID(int=2),
)


def _readable_request(actor: Actor, request_id: uuid.UUID) -> Cooperation:
    request = Cooperation.objects.select_related("case__version", "asking", "asked").filter(pk=request_id).first()
    if (
        request is None
        or not may(actor, "read", "cooperation", cooperation_relations(actor, request))
        or handles_own_case(actor, request.case)
    ):
        raise NotFoundError(_("There is no such request, or it is not yours to see."))
    return request


def _requests() -> QuerySet[Cooperation]:
    """With what a line prints; nothing of the application is opened."""
    return Cooperation.objects.select_related("case__version", "asking", "asked").only(
        *(field.attname for field in Cooperation._meta.concrete_fields),  # noqa: SLF001 - Django's description of a table
        "case__number",
        "case__version__name",
        "case__version__english",
        *(f"{agency}__{name}" for agency in ("asking", "asked") for name in ("name", "name_en")),
    )


def _request_row(actor: Actor, request: Cooperation, today: date) -> RequestRow:
    is_open = request.state == Cooperation.State.OPEN
    return RequestRow(
        id=request.pk,
        case_id=request.case_id,
        case_number=written(request.case.number),
        service=request.case.version.text("name"),
        asking=request.asking.label,
        asked=request.asked.label,
        state=request.state,
        state_label=request.get_state_display(),
        asked_at=request.asked_at,
        due_on=request.due_on,
        due_provisional=request.due_provisional,
        light=rules.light(today, request.due_on, calendar_in_force()) if is_open else None,
        reminded_at=request.reminded_at,
        asked_of_us=bool(actor.post and actor.post.agency_id == request.asked_id),
    )
