"""What every page of the workbench needs: the officer, and the pages their post has."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from tongban.cases.queries import may_offer_across, serves_counter
from tongban.foundation.errors import NotAllowedError, SignInNeededError
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may
from tongban.identity.middleware import actor_of
from tongban.identity.provider.queries import keeps_applications
from tongban.identity.register import keeps_register
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


@dataclass(frozen=True)
class Tabs:
    """The workbench's navigation: groups of pages, and the pages of the group one is in, where it has several.

    Attributes:
        groups: (label, address, `True` for a single page that is this one, `"group"` for the group one is in).
        pages: (label, address, whether it is this one).
        label: of the group one is in.
    """

    groups: Sequence[tuple[str, str, bool | str]]
    pages: Sequence[tuple[str, str, bool]]
    label: str


def tabs_of(actor: Actor, here: str) -> Tabs:
    """The pages this post has, in groups; `here` is the page one is on, empty within a case."""
    # At the counter too it is the officer's own post that has pages.
    groups = [(label, pages) for label, pages in _pages_of(actor.themselves()) if pages]
    current = next((label for label, pages in groups if here in {name for name, _label, _url in pages}), "")
    if not current and groups:
        current = groups[0][0]  # a case belongs to the work
    drawn: list[tuple[str, str, bool | str]] = []
    below: list[tuple[str, str, bool]] = []
    for label, pages in groups:
        if len(pages) == 1:
            drawn.append((pages[0][1], pages[0][2], pages[0][0] == here))
            continue
        drawn.append((label, pages[0][2], "group" if label == current else False))
        if label == current:
            below = [(text, url, name == here) for name, text, url in pages]
    return Tabs(drawn, below, current)


Pages = list[tuple[str, str, str]]


def _pages_of(actor: Actor) -> list[tuple[str, Pages]]:
    """Every page this post has, by group: (name, label, address)."""
    handles, arranges = handles_cases(actor), may(actor, "arrange", "desk", {Relation.OWN_AGENCY})
    supervises = may(actor, "see_progress", "case", {Relation.OWN_REGION, Relation.OWN_LINE})
    opens = may(actor, "break_glass", "case", {Relation.OWN_LINE, Relation.OWN_REGION})
    audits = may(actor, "read", "break_glass", {Relation.OWN_REGION})
    hears = handles or supervises or audits
    unread = unread_messages(actor) if hears else 0
    keeps_words = may(actor, "maintain", "notice_template", {Relation.OWN_AGENCY})
    keeps_rules = may(actor, "maintain", "procedure")

    def those(*pages: tuple[bool, str, str]) -> Pages:
        return [(name, label, resolve_url(f"workbench:{name}")) for has, name, label in pages if has]

    groups = [
        (
            _("Work"),
            those(
                (handles, "inbox", _("Inbox")),
                (handles, "tasks", _("Tasks")),
                (handles, "led_bundles", _("One thing at once")),
                (supervises, "progress", _("Progress of agencies")),
            ),
        ),
        (
            _("Messages"),
            those((hears, "messages", f"{_('Messages')} ({unread})" if unread else _("Messages"))),
        ),
        (
            _("Windows"),
            those(
                (handles, "hall", _("The hall")),
                (handles and serves_counter(actor), "counter", _("The counter")),
                (handles, "across", _("Across regions")),
            ),
        ),
        (
            _("Our agency"),
            those(
                (handles, "absences", _("Absences")),
                (handles or keeps_words, "templates", _("Templates")),
                (arranges, "arrangement", _("Division of work")),
                (may(actor, "read_drafts", "service", {Relation.OWN_AGENCY}), "services", _("Our services")),
                (may_offer_across(actor), "offers", _("What we offer elsewhere")),
                (keeps_register(actor), "people", _("People and organisations")),
                (may(actor, "answer", "correction_request"), "corrections", _("Corrections")),
                (keeps_applications(actor), "applications", _("Directory of applications")),
            ),
        ),
        (
            _("Rules"),
            those(
                (keeps_rules, "procedures", _("Procedures")),
                (keeps_rules, "tables", _("Decision tables")),
                (may(actor, "maintain", "bundle"), "bundle_versions", _("Bundles")),
                (keeps_rules, "local_rules", _("Local rules of time")),
            ),
        ),
        (
            _("Oversight"),
            those(
                (opens or audits, "emergencies", _("Emergency access")),
                (may(actor, "read", "ledger"), "ledger", _("Ledger")),
                (may(actor, "read", "post"), "posts", _("Posts")),
                (may(actor, "read", "security"), "security", _("State of security")),
                (may(actor, "approve", "retention"), "retention", _("Retention")),
            ),
        ),
    ]
    if may(actor, "maintain", "government"):
        groups.append((_("Reference data"), [("admin", _("Reference data"), resolve_url("admin:index"))]))
    return groups


def posted_document(request: HttpRequest) -> str:
    """The text that was typed, or the file that was given instead; no more of it than is ever kept."""
    given = request.FILES.get("file")
    posted = given.read(MAX_DOCUMENT).decode("utf-8", "replace") if given else request.POST.get("document", "")
    return posted.replace("\r\n", "\n").replace("\x00", "")[:MAX_DOCUMENT]
