"""How officers arrange their work: one act on several cases, absences with stand-ins, words for notices."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from pydantic import Field, StringConstraints

from tongban.cases import queries
from tongban.cases.actions import assigning, bulk, templates
from tongban.cases.api.common import JSON
from tongban.cases.api.desk import ColleagueOut
from tongban.cases.api.steps import STATED
from tongban.cases.models import AssignmentMethod
from tongban.foundation.ids import uuid7
from tongban.foundation.rest.operations import Access, by_parameter, operation
from tongban.foundation.rest.schemas import Day, Id, Incoming, Line, Outgoing, Paragraphs, Revision
from tongban.identity.actor import Actor
from tongban.identity.middleware import actor_of

router = Router(tags=["Desk"])

Act = Annotated[str, Field(pattern=f"^({'|'.join(bulk.BULK_ACTS)})$")]
TemplateStep = Annotated[str, Field(pattern=f"^({'|'.join(templates.TEMPLATE_STEPS)})$")]
TemplateName = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=STATED)]


class SeenIn(Incoming):
    """A case as one saw it."""

    case: Id
    revision: Revision
    holder: Annotated[Id | None, Field(description="The post that had it, for assigning.")] = None


class BulkIn(Incoming):
    act: Act
    cases: Annotated[list[SeenIn], Field(min_length=1, max_length=bulk.MAX_CASES)]
    reason: Annotated[Paragraphs, Field(description="One for all; needed where the act asks for it.")] = ""
    post: Annotated[Id | None, Field(description="Who gets them, where they are assigned.")] = None


class ResultOut(Outgoing):
    case_id: UUID
    number: str
    done: bool
    message: str


class RunOut(Outgoing):
    """What became of each case; one that is not the officer's to see does not appear."""

    id: UUID
    act: str
    at: datetime
    done: list[ResultOut]
    not_done: list[ResultOut]


class AbsenceIn(Incoming):
    post: Annotated[Id, Field(description="Who is away: one's own post, or for the head any of the agency.")]
    stand_in: Id
    first_day: Day
    last_day: Day
    reason: Paragraphs = ""


class AbsenceOut(Outgoing):
    id: UUID
    name: str
    stand_in: str
    first_day: date
    last_day: date
    reason: str


class AbsenceListOut(Outgoing):
    items: list[AbsenceOut]


class MethodIn(Incoming):
    method: AssignmentMethod


class SpecialistsIn(Incoming):
    posts: Annotated[
        list[Id], Field(max_length=100, description="They get its cases by rule; none for all who review.")
    ]


class ArrangedServiceOut(Outgoing):
    id: UUID
    name: str
    posts: list[UUID]


class ArrangementOut(Outgoing):
    """How new cases find their officer: the method, each service with the posts that alone get its cases."""

    method: AssignmentMethod
    services: list[ArrangedServiceOut]
    posts: list[ColleagueOut]


class TemplateIn(Incoming):
    name: TemplateName
    step: Annotated[TemplateStep, Field(description="Empty for every step that asks for words.")] = ""
    text: Annotated[str, StringConstraints(min_length=1, max_length=templates.MAX_TEXT, pattern=STATED)]


class TemplateOut(Outgoing):
    id: UUID
    name: str
    version: int
    step: str
    text: str
    entered_at: datetime
    entered_by: str


class TemplateListOut(Outgoing):
    items: list[TemplateOut]


class WordsOut(Outgoing):
    text: str


@operation(
    router,
    "POST",
    "/bulk-runs",
    access=Access.SIGNED_IN,
    decided_by=bulk.act_on_several,
    summary="One act on several cases",
    answer=RunOut,
    status=201,
    body=JSON,
)
def act_on_several(request: HttpRequest, body: BulkIn) -> RunOut:
    """What fails for one case stops no other. Send an Idempotency-Key: a repetition is then the same run."""
    actor = actor_of(request)
    cases = {seen.case: bulk.Seen(seen.revision, seen.holder) for seen in body.cases}
    run = bulk.act_on_several(actor, uuid7(), bulk.Order(body.act, cases, body.reason, body.post), timezone.now())
    return RunOut.model_validate(queries.bulk_run(actor, run.pk))


@operation(
    router,
    "GET",
    "/bulk-runs/{run_id}",
    access=Access.SIGNED_IN,
    decided_by=queries.bulk_run,
    summary="What became of each case of a run",
    answer=RunOut,
    refusals=(404,),
)
def read_bulk_run(request: HttpRequest, run_id: Id) -> RunOut:
    return RunOut.model_validate(queries.bulk_run(actor_of(request), run_id))


@operation(
    router,
    "GET",
    "/absences",
    access=Access.SIGNED_IN,
    decided_by=queries.absences,
    summary="Who is or will be away, and who stands in",
    answer=AbsenceListOut,
)
def list_absences(request: HttpRequest) -> AbsenceListOut:
    """Of one's agency. The reason is told of one's own, and to the head."""
    return AbsenceListOut.model_validate({"items": queries.absences(actor_of(request), timezone.localdate())})


@operation(
    router,
    "POST",
    "/absences",
    access=Access.SIGNED_IN,
    decided_by=assigning.enter_absence,
    summary="Enter an absence",
    answer=AbsenceOut,
    status=201,
    refusals=(404, 409),
    body=JSON,
)
def enter_absence(request: HttpRequest, body: AbsenceIn) -> AbsenceOut:
    """On those days the stand-in has the cases, and gets what would be assigned to who is away."""
    actor = actor_of(request)
    days = (body.first_day, body.last_day)
    entered = assigning.enter_absence(actor, body.post, body.stand_in, days, timezone.now(), body.reason)
    rows = queries.absences(actor, timezone.localdate())
    return AbsenceOut.model_validate(next(row for row in rows if row.id == entered.pk))


@operation(
    router,
    "DELETE",
    "/absences/{absence_id}",
    access=Access.SIGNED_IN,
    decided_by=assigning.end_absence,
    summary="End an absence",
    status=204,
    refusals=(404,),
)
def end_absence(request: HttpRequest, absence_id: Id) -> None:
    assigning.end_absence(actor_of(request), absence_id, timezone.now())


def _arrangement(actor: Actor) -> ArrangementOut:
    found = queries.arrangement(actor, timezone.localdate())
    services = [ArrangedServiceOut(id=key, name=name, posts=list(posts)) for key, name, posts in found.services]
    posts = [ColleagueOut.model_validate(post) for post in found.posts]
    return ArrangementOut(method=AssignmentMethod(found.method), services=services, posts=posts)


@operation(
    router,
    "GET",
    "/arrangement",
    access=Access.SIGNED_IN,
    decided_by=queries.arrangement,
    summary="How one's agency divides its work",
    answer=ArrangementOut,
)
def read_arrangement(request: HttpRequest) -> ArrangementOut:
    """For the head of the agency."""
    return _arrangement(actor_of(request))


@operation(
    router,
    "PUT",
    "/arrangement/method",
    access=Access.SIGNED_IN,
    decided_by=assigning.set_assignment_rule,
    summary="Say how new cases are assigned",
    answer=ArrangementOut,
    body=JSON,
)
def set_method(request: HttpRequest, body: MethodIn) -> ArrangementOut:
    """From now on; what is assigned stays."""
    actor = actor_of(request)
    assigning.set_assignment_rule(actor, body.method, timezone.now())
    return _arrangement(actor)


@operation(
    router,
    "PUT",
    "/arrangement/services/{service_id}",
    access=Access.SIGNED_IN,
    decided_by=assigning.set_specialists,
    summary="Say who gets the cases of a service",
    answer=ArrangementOut,
    body=JSON,
    place=lambda name: {"parameter": "service_id"} if name == "service" else {"pointer": f"#/{name}"},
)
def set_specialists(request: HttpRequest, service_id: Id, body: SpecialistsIn) -> ArrangementOut:
    actor = actor_of(request)
    assigning.set_specialists(actor, service_id, body.posts, timezone.now())
    return _arrangement(actor)


@operation(
    router,
    "GET",
    "/templates",
    access=Access.SIGNED_IN,
    decided_by=queries.notice_templates,
    summary="One's agency's words for notices",
    answer=TemplateListOut,
)
def list_templates(request: HttpRequest, step: TemplateStep = "") -> TemplateListOut:
    """The last version of each; `step` for those that are offered for a step."""
    return TemplateListOut.model_validate({"items": queries.notice_templates(actor_of(request), step)})


@operation(
    router,
    "POST",
    "/templates",
    access=Access.SIGNED_IN,
    decided_by=templates.save_template,
    summary="Keep words as the next version of a template",
    answer=TemplateOut,
    status=201,
    refusals=(409,),
    body=JSON,
)
def save_template(request: HttpRequest, body: TemplateIn) -> TemplateOut:
    """What stands in braces is filled in: applicant, service, case, agency, phone, due, today."""
    kept = templates.save_template(actor_of(request), body.name, body.step, body.text, timezone.now())
    return TemplateOut.model_validate(kept)


@operation(
    router,
    "DELETE",
    "/templates",
    access=Access.SIGNED_IN,
    decided_by=templates.retire_template,
    summary="Offer a template no more",
    status=204,
    refusals=(404,),
    place=by_parameter,
)
def retire_template(request: HttpRequest, name: Line) -> None:
    """Its versions stay."""
    templates.retire_template(actor_of(request), name, timezone.now())


@operation(
    router,
    "GET",
    "/cases/{case_id}/templates/{template_id}",
    access=Access.SIGNED_IN,
    decided_by=queries.filled_template,
    summary="The words of a template for a case",
    answer=WordsOut,
    refusals=(404,),
)
def read_filled_template(request: HttpRequest, case_id: Id, template_id: Id) -> WordsOut:
    actor = actor_of(request)
    return WordsOut(text=queries.filled_template(actor, case_id, template_id, timezone.localdate()))
