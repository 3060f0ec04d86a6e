"""Light handling: guidance, ways, fetched materials, decisions by rule, offers."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router
from pydantic import Field

from tongban.cases import actions
from tongban.cases.api.applying import UploadOut, opened
from tongban.cases.api.common import JSON, CaseStatusOut, Situation, SituationChange
from tongban.cases.models import Case
from tongban.cases.queries import light as queries
from tongban.cases.rules import written
from tongban.foundation.rest.operations import Access, operation
from tongban.foundation.rest.schemas import Id, Incoming, Outgoing, Position
from tongban.identity.middleware import actor_of

router = Router(tags=["Light handling"])


class OptionOut(Outgoing):
    value: str
    label: str


class QuestionOut(Outgoing):
    id: str
    label: str
    hint: str
    options: list[OptionOut]


class ListedMaterialOut(Outgoing):
    position: int
    name: str
    how: Annotated[
        str, Field(description="hand_in, optional, deferrable, fetched, government, undertaken or not_needed.")
    ]
    because: str


class AskedOut(Outgoing):
    question: str
    answer: str


class PersonalListOut(Outgoing):
    """What was asked and answered, and what of materials and form remains."""

    guidance_version: int | None
    asked: list[AskedOut]
    materials: list[ListedMaterialOut]
    fields: list[str]


class GuidanceOut(Outgoing):
    """The questions asked given the answers so far, the next of them, and the list once all are answered."""

    version: int
    answers: dict[str, str]
    questions: list[QuestionOut]
    next: str | None
    list: PersonalListOut | None


class SituationSoFarIn(Incoming):
    answers: Situation = Field(default_factory=dict)


class SituationIn(Incoming):
    situation: SituationChange


class WayIn(Incoming):
    way: Annotated[str, Field(pattern=r"^(|commitment|officer)$", description="Empty for the ordinary way.")]


class FetchIn(Incoming):
    """Consent to take a material from where government holds it already."""

    service: Id
    position: Position
    consent: Annotated[bool, Field(strict=True)]


class FactOut(Outgoing):
    label: str
    value: str
    source: str


class RuleDecisionOut(Outgoing):
    """What a rule decided, why, by which version, and whether it comes out the same now."""

    table: str
    version: int
    digest: str
    decided_at: datetime
    outcome: str
    rule: int
    because: str
    facts: list[FactOut]
    agrees: bool


class RuleDecisionsOut(Outgoing):
    case: UUID
    number: str
    items: list[RuleDecisionOut]


class OfferOut(Outgoing):
    id: UUID
    service_id: UUID
    service: str
    agency: str
    title: str
    because: str
    state: str
    made_at: datetime
    open_until: date
    is_open: bool
    case_id: UUID | None
    facts: list[FactOut]


class OfferListOut(Outgoing):
    items: list[OfferOut]


def _question(view: queries.QuestionView) -> QuestionOut:
    options = [OptionOut(value=value, label=label) for value, label in view.options]
    return QuestionOut(id=view.id, label=view.label, hint=view.hint, options=options)


def _materials(lines: Sequence[queries.ListedMaterial]) -> list[ListedMaterialOut]:
    ordered = sorted(lines, key=lambda line: line.position)
    return [ListedMaterialOut.model_validate(line) for line in ordered]


def _list(view: queries.PersonalList) -> PersonalListOut:
    return PersonalListOut(
        guidance_version=view.guidance_version,
        asked=[AskedOut(question=question, answer=answer) for question, answer in view.asked],
        materials=_materials([*view.to_hand_in, *view.not_handed_in]),
        fields=list(view.fields),
    )


@operation(
    router,
    "POST",
    "/services/{service_id}/guidance",
    access=Access.PUBLIC,
    decided_by=queries.guidance_of,
    summary="What is needed in a situation",
    answer=GuidanceOut,
    refusals=(404,),
    body=JSON,
    idempotent=False,
)
def guide_applicant(request: HttpRequest, service_id: Id, body: SituationSoFarIn) -> GuidanceOut:
    """The guidance of a service in force: send the answers so far, get the questions and, at the end, the list.

    Nothing is kept. Answers that are no answers of the guidance are left out.
    """
    view = queries.guidance_of(actor_of(request), service_id, body.answers, timezone.localdate())
    return GuidanceOut(
        version=view.guidance_version,
        answers=dict(view.answers),
        questions=[_question(question) for question in view.asked],
        next=view.next.id if view.next else None,
        list=_list(view.list) if view.list else None,
    )


@operation(
    router,
    "PATCH",
    "/drafts/{draft_id}/situation",
    access=Access.SIGNED_IN,
    decided_by=actions.answer_guidance,
    summary="Answer the guidance in a draft",
    status=204,
    refusals=(404,),
    body=JSON,
    place=lambda name: {"pointer": f"#/{name.replace('.', '/')}"},
)
def answer_guidance(request: HttpRequest, draft_id: Id, body: SituationIn) -> None:
    """Later questions may fall away; the draft's form and materials follow."""
    actions.answer_guidance(actor_of(request), draft_id, body.situation)


@operation(
    router,
    "PUT",
    "/drafts/{draft_id}/way",
    access=Access.SIGNED_IN,
    decided_by=actions.choose_way,
    summary="Choose by which way a draft goes",
    status=204,
    refusals=(404,),
    body=JSON,
    place=lambda name: {"pointer": f"#/{name}"},
)
def choose_way(request: HttpRequest, draft_id: Id, body: WayIn) -> None:
    """`commitment` where the service offers it; `officer` where no rule shall decide; empty for the ordinary way."""
    actions.choose_way(actor_of(request), draft_id, body.way)


@operation(
    router,
    "POST",
    "/fetches",
    access=Access.SIGNED_IN,
    decided_by=actions.fetch_material,
    summary="Fetch a material instead of handing it in",
    answer=UploadOut,
    status=201,
    refusals=(404,),
    body=JSON,
    place=lambda name: {"pointer": "#/position" if name.startswith("materials.") else f"#/{name}"},
)
def fetch_material(request: HttpRequest, body: FetchIn) -> UploadOut:
    """Take a material from a decision or material of an earlier case of the same applicant, with consent.

    Name the upload that is answered as this material of the application; the case keeps where it came from.
    """
    kept = actions.fetch_material(actor_of(request), body.service, body.position, timezone.now(), consent=body.consent)
    return UploadOut(id=kept.pk, name=kept.file_name, media_type=kept.media_type, size=kept.size)


@operation(
    router,
    "GET",
    "/cases/{case_id}/rule-decisions",
    access=Access.SIGNED_IN,
    decided_by=queries.rule_explanations,
    summary="What a rule decided in a case, and why",
    answer=RuleDecisionsOut,
    refusals=(404,),
)
def read_rule_decisions(request: HttpRequest, case_id: Id) -> RuleDecisionsOut:
    """The explanation everybody decided for has a right to (个人信息保护法 art 24), replayed from what is stored."""
    case, found = queries.rule_explanations(actor_of(request), case_id)
    return RuleDecisionsOut(
        case=case.pk, number=written(case.number), items=[RuleDecisionOut.model_validate(each) for each in found]
    )


@operation(
    router,
    "GET",
    "/offers",
    access=Access.SIGNED_IN,
    decided_by=queries.my_offers,
    summary="Benefits offered to me without applying",
    answer=OfferListOut,
)
def list_offers(request: HttpRequest) -> OfferListOut:
    """Those of the present hat, newest first; at most 50."""
    return OfferListOut.model_validate({"items": queries.my_offers(actor_of(request), timezone.localdate())})


@operation(
    router,
    "POST",
    "/offers/{offer_id}/confirm",
    access=Access.SIGNED_IN,
    decided_by=actions.confirm_offer,
    summary="Confirm an offer",
    answer=CaseStatusOut,
    status=201,
    refusals=(404, 409),
    located=True,
)
def confirm_offer(request: HttpRequest, offer_id: Id) -> HttpResponse:
    """The case is made and decided at once. Confirming again gives the same case."""
    case: Case = actions.confirm_offer(actor_of(request), offer_id, timezone.now())
    return opened(request, case)


@operation(
    router,
    "POST",
    "/offers/{offer_id}/decline",
    access=Access.SIGNED_IN,
    decided_by=actions.decline_offer,
    summary="Decline an offer",
    status=204,
    refusals=(404, 409),
)
def decline_offer(request: HttpRequest, offer_id: Id) -> None:
    """Nothing is lost by it: one may apply at any time. Declining again changes nothing."""
    actions.decline_offer(actor_of(request), offer_id, timezone.now())
