"""Drafts, uploads and applications."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Router, UploadedFile
from pydantic import Field

from tongban.cases import actions, queries
from tongban.cases.api.common import (
    JSON,
    CaseStatusOut,
    Chosen,
    Uploads,
    choice_in,
    place_in_application,
    positions,
    standing,
)
from tongban.cases.models import Case, Upload
from tongban.foundation.rest.operations import Access, operation
from tongban.foundation.rest.schemas import (
    Flag,
    Id,
    Incoming,
    Json,
    Outgoing,
    Position,
)
from tongban.identity.middleware import actor_of
from tongban.identity.models import WrittenPower

MULTIPART = "multipart/form-data"

router = Router(tags=["Applying"])


class DraftStart(Incoming):
    service: Id


class AnswersIn(Incoming):
    answers: Annotated[Json, Field(description="Field name -> value, or null to remove the answer.")]


class AttachIn(Incoming):
    upload: Id


class ApplicationIn(Chosen):
    """An application in one step."""

    service: Id
    answers: Annotated[Json, Field(description="Field name -> value, as the form's JSON Schema says.")]
    uploads: Uploads = Field(default_factory=dict)


class UploadOut(Outgoing):
    id: UUID
    name: str
    media_type: str
    size: Annotated[int, Field(description="Bytes.")]


class DraftRowOut(Outgoing):
    id: UUID
    service: str
    agency: str
    saved_at: datetime


class DraftListOut(Outgoing):
    items: list[DraftRowOut]


class DraftUploadOut(Outgoing):
    id: UUID
    name: str
    size: int


class DraftMaterialOut(Outgoing):
    position: int
    name: str
    necessity: str
    uploads: list[DraftUploadOut]


class DraftOut(Outgoing):
    """A draft with its form (JSON Schema 2020-12), answers and materials."""

    id: UUID
    service_id: Annotated[UUID | None, Field(description="None where several things are applied for at once.")]
    bundle: Annotated[str, Field(description="The bundle's code, where several things are applied for at once.")]
    service: str
    agency: str
    saved_at: datetime
    form: Json
    answers: Json
    situation: Annotated[dict[str, str], Field(description="Question of the guidance -> answer, as far as answered.")]
    next_question: Annotated[str | None, Field(description="Of the guidance; it is to be answered before sending.")]
    way: Annotated[str, Field(description="commitment, officer, or empty for the ordinary way.")]
    materials: list[DraftMaterialOut]


def opened(request: HttpRequest, case: Case) -> HttpResponse:
    return HttpResponse(
        standing(request, case).model_dump_json().encode(),
        status=201,
        content_type=JSON,
        headers={"Location": f"/api/v1/cases/{case.pk}"},
    )


def uploaded(kept: Upload | WrittenPower) -> UploadOut:
    return UploadOut(id=kept.pk, name=kept.file_name, media_type=kept.media_type, size=kept.size)


def _draft_out(view: queries.DraftView) -> DraftOut:
    guidance = view.light.guidance
    return DraftOut(
        id=view.id,
        service_id=view.service_id,
        bundle=view.bundle,
        service=view.service,
        agency=view.agency,
        saved_at=view.saved_at,
        form=view.form.schema,
        answers=view.answers,
        situation=dict(guidance.answers) if guidance else {},
        next_question=guidance.next.id if guidance and guidance.next else None,
        way=view.light.way,
        materials=[
            DraftMaterialOut(
                position=task.material.position,
                name=task.material.text("name"),
                necessity=task.material.necessity,
                uploads=[DraftUploadOut.model_validate(upload) for upload in task.uploads],
            )
            for task in view.materials
        ],
    )


@operation(
    router,
    "GET",
    "/drafts",
    access=Access.SIGNED_IN,
    decided_by=queries.my_drafts,
    summary="Applications I began",
    answer=DraftListOut,
)
def list_drafts(request: HttpRequest) -> DraftListOut:
    """The applications begun in this hat, last saved first; at most 50."""
    return DraftListOut.model_validate({"items": queries.my_drafts(actor_of(request))})


@operation(
    router,
    "POST",
    "/drafts",
    access=Access.SIGNED_IN,
    decided_by=actions.start_draft,
    summary="Begin an application",
    answer=DraftOut,
    status=201,
    refusals=(404,),
    body=JSON,
)
def start_draft(request: HttpRequest, body: DraftStart) -> DraftOut:
    """The draft for this service: the one left unfinished in this hat, or a new one."""
    actor = actor_of(request)
    draft = actions.start_draft(actor, body.service, timezone.now())
    return _draft_out(queries.draft_view(actor, draft.pk))


@operation(
    router,
    "GET",
    "/drafts/{draft_id}",
    access=Access.SIGNED_IN,
    decided_by=queries.draft_view,
    summary="One draft, with its form",
    answer=DraftOut,
    refusals=(404,),
)
def read_draft(request: HttpRequest, draft_id: Id) -> DraftOut:
    return _draft_out(queries.draft_view(actor_of(request), draft_id))


@operation(
    router,
    "PATCH",
    "/drafts/{draft_id}/answers",
    access=Access.SIGNED_IN,
    decided_by=actions.save_draft,
    summary="Save answers",
    status=204,
    refusals=(404,),
    body=JSON,
    place=place_in_application,
)
def save_answers(request: HttpRequest, draft_id: Id, body: AnswersIn) -> None:
    """Add these answers to the draft. They are judged when it is submitted; only names are checked here."""
    actions.save_draft(actor_of(request), draft_id, body.answers)


@operation(
    router,
    "POST",
    "/drafts/{draft_id}/materials/{position}",
    access=Access.SIGNED_IN,
    decided_by=actions.attach,
    summary="Hand in an upload as a material",
    status=204,
    refusals=(404,),
    body=JSON,
    place=lambda name: {"parameter": "position"} if name.startswith("materials.") else {"pointer": f"#/{name}"},
)
def attach_upload(request: HttpRequest, draft_id: Id, position: Position, body: AttachIn) -> None:
    actions.attach(actor_of(request), draft_id, position, body.upload)


@operation(
    router,
    "DELETE",
    "/drafts/{draft_id}/materials/{position}/{upload_id}",
    access=Access.SIGNED_IN,
    decided_by=actions.detach,
    summary="Take an upload out of a draft",
    status=204,
    refusals=(404,),
)
def detach_upload(request: HttpRequest, draft_id: Id, position: Position, upload_id: Id) -> None:
    actions.detach(actor_of(request), draft_id, position, upload_id)


@operation(
    router,
    "POST",
    "/drafts/{draft_id}/submit",
    access=Access.SIGNED_IN,
    decided_by=actions.submit_draft,
    summary="Submit a draft",
    answer=CaseStatusOut,
    status=201,
    refusals=(404, 409),
    place=place_in_application,
    located=True,
)
def submit_draft(
    request: HttpRequest,
    draft_id: Id,
    undertaken: Flag = False,  # noqa: FBT002 - a query parameter
    materials_follow: Flag = False,  # noqa: FBT002 - a query parameter
) -> HttpResponse:
    """Make the draft a case. Submitting it again gives the same case.

    `undertaken`: the text of the commitment chosen is known and undertaken. `materials_follow`: what may follow will be
    handed in by the day the agency tells.
    """
    case = actions.submit_draft(
        actor_of(request), draft_id, timezone.now(), undertaken=undertaken, materials_follow=materials_follow
    )
    return opened(request, case)


@operation(
    router,
    "DELETE",
    "/drafts/{draft_id}",
    access=Access.SIGNED_IN,
    decided_by=actions.discard_draft,
    summary="Throw a draft away",
    status=204,
    refusals=(404,),
)
def discard_draft(request: HttpRequest, draft_id: Id) -> None:
    actions.discard_draft(actor_of(request), draft_id)


@operation(
    router,
    "POST",
    "/uploads",
    access=Access.SIGNED_IN,
    decided_by=actions.upload,
    summary="Upload a file",
    answer=UploadOut,
    status=201,
    body=MULTIPART,
)
def upload_file(request: HttpRequest, file: Annotated[UploadedFile, File()]) -> UploadOut:
    """Keep a file (PDF, PNG, JPEG, DOCX, XLSX or OFD, at most 10 MB) to hand it in with an application.

    What it is, is told from its content.
    """
    kept = actions.upload(actor_of(request), file.name or "", file.read())
    return uploaded(kept)


@operation(
    router,
    "POST",
    "/applications",
    access=Access.SIGNED_IN,
    decided_by=actions.submit_application,
    summary="Apply in one step",
    answer=CaseStatusOut,
    status=201,
    refusals=(404,),
    body=JSON,
    place=place_in_application,
    located=True,
)
def apply(request: HttpRequest, body: ApplicationIn) -> HttpResponse:
    """Submit an application without a draft. Send an Idempotency-Key, so that a repetition is one case."""
    case = actions.submit_application(
        actor_of(request),
        body.service,
        body.answers,
        positions(body.uploads),
        timezone.now(),
        choice_in(body),
    )
    return opened(request, case)
