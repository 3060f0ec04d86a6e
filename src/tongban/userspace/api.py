"""Messages of one's own, over HTTP: translate, call one action or query, translate."""

import uuid
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from tongban.foundation.rest.operations import Access, operation
from tongban.foundation.rest.pages import USUAL, CursorText, Limit, decode_cursor, page_answer
from tongban.foundation.rest.schemas import Id, Outgoing, PageOf
from tongban.identity.middleware import actor_of
from tongban.userspace import actions, queries

router = Router(tags=["Messages"])


class MessageOut(Outgoing):
    """A message in the reader's language."""

    id: UUID
    title: str
    text: str
    case_id: UUID
    case_number: str
    created_at: datetime
    unread: bool


MessagePageOut = PageOf[MessageOut]


@operation(
    router,
    "GET",
    "/messages",
    access=Access.SIGNED_IN,
    decided_by=queries.my_messages,
    summary="My messages",
    answer=MessagePageOut,
)
def list_messages(request: HttpRequest, cursor: CursorText = "", limit: Limit = USUAL) -> HttpResponse:
    """The messages of the present hat (one's own, the organisation's, the post's), newest first."""
    before = decode_cursor(cursor, uuid.UUID)
    page = queries.my_messages(actor_of(request), before, limit)
    return page_answer(request, MessagePageOut, page.rows, page.next)


@operation(
    router,
    "GET",
    "/messages/{message_id}",
    access=Access.SIGNED_IN,
    decided_by=queries.my_message,
    summary="One message",
    answer=MessageOut,
    refusals=(404,),
)
def read_message(request: HttpRequest, message_id: Id) -> MessageOut:
    """Reading it here does not mark it as read."""
    return MessageOut.model_validate(queries.my_message(actor_of(request), message_id))


@operation(
    router,
    "POST",
    "/messages/{message_id}/read",
    access=Access.SIGNED_IN,
    decided_by=actions.mark_read,
    summary="Mark a message as read",
    status=204,
    refusals=(404,),
)
def mark_message_read(request: HttpRequest, message_id: Id) -> None:
    """Marking it twice is once."""
    actions.mark_read(actor_of(request), message_id, timezone.now())
