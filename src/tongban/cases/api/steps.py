"""The steps of a case."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from tongban.cases import actions
from tongban.cases.api.common import (
    JSON,
    CaseStatusOut,
    Uploads,
    place_in_supplement,
    positions,
    standing,
)
from tongban.cases.intake import Findings, Found, take_in
from tongban.cases.models import Case, Outcome
from tongban.cases.particulars import Particulars
from tongban.foundation.rest.operations import Access, Place, View, operation
from tongban.foundation.rest.schemas import (
    Id,
    Incoming,
    Json,
    Line,
    OptionalSlug,
    Paragraphs,
    Revision,
    Slug,
)
from tongban.identity.middleware import actor_of

router = Router(tags=["Steps of a case"])


# Something that is neither blank nor NUL.
STATED = r"^[^\u0000]*[^\s\u0000][^\u0000]*$"


class StepIn(Incoming):
    revision: Revision


class StepWithReasonIn(StepIn):
    reason: Annotated[Paragraphs, Field(min_length=1, pattern=STATED)]


_COMPETENT_ORGAN = "Who is competent where this agency is not; printed on the notice."


class RefusalIn(StepWithReasonIn):
    competent_organ: Annotated[Line, Field(description=_COMPETENT_ORGAN)] = ""


class StepMaybeReasonIn(StepIn):
    reason: Paragraphs = ""


_DENIAL_NEEDS_REASON: JsonDict = {
    "if": {"properties": {"outcome": {"const": Outcome.DENIED.value}}},
    "then": {"required": ["reason"], "properties": {"reason": {"pattern": STATED}}},
}


class DecisionIn(StepIn):
    model_config = ConfigDict(json_schema_extra=_DENIAL_NEEDS_REASON)

    outcome: Outcome
    reason: Annotated[Paragraphs, Field(description="Needed for a denial.")] = ""


class SupplementIn(StepIn):
    answers: Json = Field(default_factory=dict)
    uploads: Uploads = Field(default_factory=dict)


_INCOMPETENT_NAMES_WHO_IS: JsonDict = {
    "if": {"properties": {"needed": {"const": True}, "competent": {"const": False}}},
    "then": {"required": ["competent_organ"], "properties": {"competent_organ": {"pattern": STATED}}},
}


class FindingsIn(StepMaybeReasonIn):
    """What the check of an application found (行政许可法 art 32)."""

    model_config = ConfigDict(json_schema_extra=_INCOMPETENT_NAMES_WHO_IS)

    needed: Annotated[bool, Field(strict=True, description="By law something has to be applied for here.")]
    competent: Annotated[bool, Field(strict=True, description="It is for this agency to decide.")]
    found: Found
    competent_organ: Annotated[Line, Field(description=f"{_COMPETENT_ORGAN} Needed there.")] = ""


class ParticularsIn(StepMaybeReasonIn):
    """What a step of a procedure asks for; which of it stands in the procedure."""

    until: Annotated[date | None, Field(description="The day until which something lasts or must be done.")] = None
    pause: Annotated[OptionalSlug, Field(description="The special procedure of art 45.")] = ""
    hearing_on: date | None = None
    lower_agency: Id | None = None
    officers: Annotated[list[Id], Field(max_length=20, description="Posts of the inspectors, two at least.")] = Field(
        default_factory=list
    )
    uploads: Uploads = Field(default_factory=dict)
    competent_organ: Annotated[Line, Field(description=f"For a refusal of acceptance. {_COMPETENT_ORGAN}")] = ""


def _step(name: str, action: Callable[..., Case], summary: str, place: Place | None = None) -> Callable[[View], View]:
    return operation(
        router,
        "POST",
        f"/cases/{{case_id}}/{name}",
        access=Access.SIGNED_IN,
        decided_by=action,
        summary=summary,
        answer=CaseStatusOut,
        refusals=(404, 409),
        body=JSON,
        place=place,
    )


@_step("receive", actions.receive, "Receive (收件)")
def receive(request: HttpRequest, case_id: Id, body: StepIn) -> CaseStatusOut:
    """An officer takes the application in hand. It is not yet accepted."""
    return standing(request, actions.receive(actor_of(request), case_id, body.revision, timezone.now()))


@_step("accept", actions.accept, "Accept (受理)")
def accept(request: HttpRequest, case_id: Id, body: StepIn) -> CaseStatusOut:
    """Complete and in lawful form: the clock of the decision starts (行政许可法 art 32(5), 42)."""
    return standing(request, actions.accept(actor_of(request), case_id, body.revision, timezone.now()))


@_step("refuse-acceptance", actions.refuse_acceptance, "Refuse acceptance (不予受理)")
def refuse_acceptance(request: HttpRequest, case_id: Id, body: RefusalIn) -> CaseStatusOut:
    """Not competent, or nothing that needs a licence; with the reason, and where to apply instead (art 32(1)(2))."""
    actor, now = actor_of(request), timezone.now()
    return standing(
        request, actions.refuse_acceptance(actor, case_id, body.revision, now, body.reason, body.competent_organ)
    )


@_step("return-for-correction", actions.return_for_correction, "Return for correction (补正)")
def return_for_correction(request: HttpRequest, case_id: Id, body: StepWithReasonIn) -> CaseStatusOut:
    """Tell once everything that must be supplemented (art 32(4)); only before acceptance."""
    return standing(
        request, actions.return_for_correction(actor_of(request), case_id, body.revision, timezone.now(), body.reason)
    )


@_step("decide", actions.decide, "Decide (决定)")
def decide(request: HttpRequest, case_id: Id, body: DecisionIn) -> CaseStatusOut:
    """Grant or deny. A denial states its reason (art 38)."""
    return standing(
        request, actions.decide(actor_of(request), case_id, body.revision, timezone.now(), body.outcome, body.reason)
    )


@_step("deliver", actions.deliver, "Deliver and close (送达、办结)")
def deliver(request: HttpRequest, case_id: Id, body: StepIn) -> CaseStatusOut:
    """The result has reached the applicant (art 44)."""
    return standing(request, actions.deliver(actor_of(request), case_id, body.revision, timezone.now()))


@_step("supplement", actions.supplement, "Send the correction", place=place_in_supplement)
def supplement(request: HttpRequest, case_id: Id, body: SupplementIn) -> CaseStatusOut:
    """The applicant's corrected answers and further files; the five days of art 32(4) start again."""
    uploads = positions(body.uploads)
    return standing(
        request, actions.supplement(actor_of(request), case_id, body.revision, timezone.now(), body.answers, uploads)
    )


@_step("withdraw", actions.withdraw, "Withdraw (撤回)")
def withdraw(request: HttpRequest, case_id: Id, body: StepMaybeReasonIn) -> CaseStatusOut:
    """The applicant takes the application back before a decision."""
    return standing(request, actions.withdraw(actor_of(request), case_id, body.revision, timezone.now(), body.reason))


@_step("intake", take_in, "Decide on intake (art 32)")
def decide_on_intake(request: HttpRequest, case_id: Id, body: FindingsIn) -> CaseStatusOut:
    """By decision table: what the check found leads to one of the five exits, each a dated document."""
    findings = Findings(body.needed, body.competent, body.found)
    actor, now = actor_of(request), timezone.now()
    return standing(request, take_in(actor, case_id, body.revision, now, findings, body.reason, body.competent_organ))


@_step("steps/{action}", actions.take_step, "Any step of the procedure", place=place_in_supplement)
def take_step(request: HttpRequest, case_id: Id, action: Slug, body: ParticularsIn) -> CaseStatusOut:
    """One of the steps that stand under `actions` of the case, with what its procedure asks for it."""
    particulars = Particulars(
        reason=body.reason,
        until=body.until,
        pause=body.pause,
        hearing_on=body.hearing_on,
        lower_agency=body.lower_agency,
        officers=tuple(body.officers),
        uploads=positions(body.uploads),
        competent_organ=body.competent_organ,
    )
    return standing(
        request, actions.take_step(actor_of(request), case_id, body.revision, timezone.now(), action, particulars)
    )
