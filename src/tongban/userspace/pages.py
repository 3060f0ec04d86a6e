"""What the pages of messages have in common: those of applicants and those of officers."""

import uuid
from typing import Any

from django.http import HttpRequest

from tongban.identity.actor import Actor
from tongban.userspace.queries import my_messages, unread_messages


def messages_context(request: HttpRequest, actor: Actor, case_page: str, bundle_page: str = "") -> dict[str, Any]:
    """What `userspace/messages.html` shows.

    Args:
        request: its query may say before which message the page begins (`before`); what is no id counts as none.
        actor: whose messages.
        case_page: name of the address of a case; empty where the hat opens no cases.
        bundle_page: the same of an application for several things at once.
    """
    try:
        before = uuid.UUID(request.GET.get("before", ""))
    except ValueError:
        before = None
    return {
        "messages_page": my_messages(actor, before),
        "is_first": before is None,
        "unread": unread_messages(actor),
        "case_page": case_page,
        "bundle_page": bundle_page,
    }
