"""What every page of the workbench needs: the officer, and the pages their post has."""

import uuid

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from tongban.foundation.errors import NotAllowedError, SignInNeededError
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may
from tongban.identity.middleware import actor_of
from tongban.userspace.queries import unread_messages


def officer(request: HttpRequest) -> Actor:
    """The signed-in officer in the hat of a post.

    Raises:
        SignInNeededError, NotAllowedError: it is none.
    """
    actor = actor_of(request)
    if not actor.is_signed_in:
        raise SignInNeededError
    if actor.post is None:
        raise NotAllowedError(_("The workbench is for officers. Choose your post under “Acting as”."))
    return actor


def own_agency(actor: Actor) -> uuid.UUID:
    """The agency of the post the officer acts in."""
    if actor.post is None:
        raise NotAllowedError
    return actor.post.agency_id


def handles_cases(actor: Actor) -> bool:
    """Whether the post handles cases of its agency."""
    return may(actor, "handle", "case", {Relation.OWN_AGENCY})


def tabs_of(actor: Actor, here: str) -> list[tuple[str, str, bool]]:
    """The pages this post has: (label, address, whether it is this one)."""
    pages = []
    if handles_cases(actor):
        pages.append(("inbox", _("Inbox")))
    if handles_cases(actor) or may(actor, "see_progress", "case", {Relation.OWN_REGION}):
        unread = unread_messages(actor)
        pages.append(("messages", f"{_('Messages')} ({unread})" if unread else _("Messages")))
    if may(actor, "see_progress", "case", {Relation.OWN_REGION}):
        pages.append(("progress", _("Progress of agencies")))
    if may(actor, "read_drafts", "service", {Relation.OWN_AGENCY}):
        pages.append(("services", _("Our services")))
    if may(actor, "maintain", "procedure"):
        pages.append(("procedures", _("Procedures")))
    tabs = [(label, resolve_url(f"workbench:{name}"), name == here) for name, label in pages]
    if may(actor, "maintain", "government"):
        tabs.append((_("Reference data"), resolve_url("admin:index"), False))
    return tabs
