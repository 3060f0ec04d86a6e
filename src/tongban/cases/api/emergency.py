"""Uses of emergency access, for the auditors who review them and for who opened them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from tongban.cases.queries import emergency as queries
from tongban.foundation.rest.operations import Access, operation
from tongban.foundation.rest.schemas import Id, Outgoing
from tongban.identity.middleware import actor_of

router = Router(tags=["Emergency access"])


class EmergencyOut(Outgoing):
    """One use. It names who opened it and which case, never the applicant."""

    id: UUID
    case_number: str
    agency: str
    officer: str
    post: str
    reason: str
    opened_at: datetime
    ends_at: datetime
    state: Annotated[str, Field(description="open, ended (early) or over")]
    tell_at: Annotated[datetime, Field(description="By when the person concerned is told.")]
    told_at: datetime | None
    delay_reason: str
    readings: int
    finding: Annotated[str, Field(description="justified, unjustified, or empty before the review")]
    remark: str
    reviewed_at: datetime | None


class EmergencyListOut(Outgoing):
    items: list[EmergencyOut]


class EmergencyReadingOut(Outgoing):
    at: datetime
    what: Annotated[str, Field(description="case, bundle, light, document:<id> or material:<id>")]
    entry: Annotated[int, Field(description="The entry of the ledger that proves it.")]


class EmergencyUseOut(Outgoing):
    use: EmergencyOut
    readings: list[EmergencyReadingOut]


@operation(
    router,
    "GET",
    "/emergency-accesses",
    access=Access.SIGNED_IN,
    decided_by=queries.emergency_accesses,
    summary="Uses of emergency access in the auditor's region",
    answer=EmergencyListOut,
)
def list_emergency_accesses(
    request: HttpRequest,
    unreviewed: bool = False,  # noqa: FBT001, FBT002 - a parameter of the address
    before: Annotated[UUID | None, Field(description="The last id of the page before.")] = None,
) -> EmergencyListOut:
    """For auditors, newest first."""
    found = queries.emergency_accesses(actor_of(request), unreviewed=unreviewed, before=before)
    return EmergencyListOut.model_validate({"items": found})


@operation(
    router,
    "GET",
    "/emergency-accesses/{access_id}",
    access=Access.SIGNED_IN,
    decided_by=queries.emergency_access,
    summary="One use of emergency access with every reading",
    answer=EmergencyUseOut,
    refusals=(404,),
)
def read_emergency_access(request: HttpRequest, access_id: Id) -> EmergencyUseOut:
    """For auditors, and for the post that opened it."""
    view = queries.emergency_access(actor_of(request), access_id)
    return EmergencyUseOut.model_validate({"use": view.row, "readings": view.readings})
