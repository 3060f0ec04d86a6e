"""What every page of the workbench needs: the officer, and the pages their post has."""

import uuid

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from tongban.cases.queries import serves_counter
from tongban.foundation.errors import NotAllowedError, SignInNeededError
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may
from tongban.identity.middleware import actor_of
from tongban.userspace.queries import unread_messages

# Of a document that an administrator enters, in characters.
MAX_DOCUMENT = 200_000


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
    # At the counter too it is the officer's own post that has pages.
    actor = actor.themselves()
    handles, arranges = handles_cases(actor), may(actor, "arrange", "desk", {Relation.OWN_AGENCY})
    supervises = may(actor, "see_progress", "case", {Relation.OWN_REGION})
    unread = unread_messages(actor) if handles or supervises else 0
    keeps_words = may(actor, "maintain", "notice_template", {Relation.OWN_AGENCY})
    possible = (
        (handles, "inbox", _("Inbox")),
        (handles, "tasks", _("Tasks")),
        (handles, "across", _("Across regions")),
        (handles or supervises, "messages", f"{_('Messages')} ({unread})" if unread else _("Messages")),
        (handles, "led_bundles", _("One thing at once")),
        (handles, "hall", _("The hall")),
        (handles and serves_counter(actor), "counter", _("The counter")),
        (handles, "absences", _("Absences")),
        (handles or keeps_words, "templates", _("Templates")),
        (arranges, "arrangement", _("Division of work")),
        (supervises, "progress", _("Progress of agencies")),
        (may(actor, "read_drafts", "service", {Relation.OWN_AGENCY}), "services", _("Our services")),
        (may(actor, "maintain", "procedure"), "procedures", _("Procedures")),
        (may(actor, "maintain", "procedure"), "tables", _("Decision tables")),
        (may(actor, "maintain", "bundle"), "bundle_versions", _("Bundles")),
    )
    pages = [(name, label) for has, name, label in possible if has]
    tabs = [(label, resolve_url(f"workbench:{name}"), name == here) for name, label in pages]
    if may(actor, "maintain", "government"):
        tabs.append((_("Reference data"), resolve_url("admin:index"), False))
    return tabs


def posted_document(request: HttpRequest) -> str:
    """The text that was typed, or the file that was given instead; no more of it than is ever kept."""
    given = request.FILES.get("file")
    posted = given.read(MAX_DOCUMENT).decode("utf-8", "replace") if given else request.POST.get("document", "")
    return posted.replace("\r\n", "\n").replace("\x00", "")[:MAX_DOCUMENT]
