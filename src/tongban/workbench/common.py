"""What every page of the workbench needs: the officer, and the pages their post has."""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from tongban.cases.queries import may_offer_across, serves_counter
from tongban.foundation.errors import InvalidError, NotAllowedError, SignInNeededError
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may
from tongban.identity.middleware import actor_of
from tongban.identity.provider.queries import keeps_applications, keeps_trust
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


def tabs_of(actor: Actor, here: str, *, unread: int | None = None) -> Tabs:
    """The pages this post has, in groups; `here` is the page one is on, empty within a case.

    `unread` is how many messages of the post were not read, where that is known already.
    """
    # At the counter too it is the officer's own post that has pages.
    themselves = actor.themselves()
    groups = [
        (label, pages)
        for label, all_pages in _written(get_language(), get_script_prefix())
        if (pages := [(name, text, url) for name, text, url, has in all_pages if has(themselves)])
    ]
    current = next((label for label, pages in groups if here in {name for name, _text, _url in pages}), "")
    if not current and groups:
        current = groups[0][0]  # a case belongs to the work
    drawn: list[tuple[str, str, bool | str]] = []
    below: list[tuple[str, str, bool]] = []
    for label, pages in groups:
        if len(pages) > 1:
            drawn.append((label, pages[0][2], "group" if label == current else False))
            if label == current:
                below = [(text, url, name == here) for name, text, url in pages]
        else:
            name, text, url = pages[0]
            if name == "messages":
                number = unread_messages(themselves) if unread is None else unread
                text = f"{text} ({number})" if number else text
            drawn.append((text, url, name == here))
    return Tabs(drawn, below, current)


# Where somebody who does not handle a case has it listed, by how they stand to it.
_LISTED: Sequence[tuple[frozenset[Relation], str, Promise]] = (
    (
        frozenset({Relation.RECEIVING_AGENCY, Relation.ACCEPTING_AGENCY, Relation.ASKED_AGENCY}),
        "across",
        gettext_lazy("Across regions"),
    ),
    (frozenset({Relation.LEAD_AGENCY}), "led_bundles", gettext_lazy("One thing at once")),
)


def _list_with(relations: Collection[Relation]) -> tuple[str, str]:
    """Name and label of the list in which an officer who stands so to a case finds it."""
    if not {Relation.OWN_AGENCY, Relation.LOWER_AGENCY} & set(relations):
        for those, name, label in _LISTED:
            if those & set(relations):
                return name, str(label)
    return "inbox", _("Inbox")


def listed_at(relations: Collection[Relation]) -> tuple[str, str]:
    """Label and address of that list."""
    name, label = _list_with(relations)
    return label, reverse(f"workbench:{name}")


def within_case(
    actor: Actor, relations: Collection[Relation], case_id: uuid.UUID | None = None, number: str = ""
) -> dict[str, object]:
    """`tabs` and `trail` of a page within a case: the list in which this officer finds it, then the case itself where
    the page is not that.
    """
    name, _label = _list_with(relations)
    trail = [listed_at(relations)]
    if case_id:
        trail.append((number, reverse("workbench:case", args=[case_id])))
    return {"tabs": tabs_of(actor, "" if name == "inbox" else name), "trail": trail}


def _arranges(actor: Actor) -> bool:
    return may(actor, "arrange", "desk", {Relation.OWN_AGENCY})


def _supervises(actor: Actor) -> bool:
    return may(actor, "see_progress", "case", {Relation.OWN_REGION, Relation.OWN_LINE})


def _reviews_emergencies(actor: Actor) -> bool:
    return may(actor, "read", "break_glass", {Relation.OWN_REGION})


def _sees_emergencies(actor: Actor) -> bool:
    opens = may(actor, "break_glass", "case", {Relation.OWN_LINE, Relation.OWN_REGION})
    return opens or _reviews_emergencies(actor)


def _is_written_to(actor: Actor) -> bool:
    return handles_cases(actor) or _supervises(actor) or _reviews_emergencies(actor)


def _has_templates(actor: Actor) -> bool:
    return handles_cases(actor) or may(actor, "maintain", "notice_template", {Relation.OWN_AGENCY})


def _drafts_services(actor: Actor) -> bool:
    return may(actor, "read_drafts", "service", {Relation.OWN_AGENCY})


def _serves(actor: Actor) -> bool:
    return handles_cases(actor) and serves_counter(actor)


Has = Callable[[Actor], bool]


def _may(deed: str, kind: str) -> Has:
    return lambda actor: may(actor, deed, kind)


# Every page of the workbench in its group: name of the address, label, who has it.
_GROUPS: Sequence[tuple[Promise, Sequence[tuple[str, Promise, Has]]]] = (
    (
        gettext_lazy("Work"),
        (
            ("inbox", gettext_lazy("Inbox"), handles_cases),
            ("tasks", gettext_lazy("Tasks"), handles_cases),
            ("led_bundles", gettext_lazy("One thing at once"), handles_cases),
            ("progress", gettext_lazy("Progress of agencies"), _supervises),
        ),
    ),
    (gettext_lazy("Messages"), (("messages", gettext_lazy("Messages"), _is_written_to),)),
    (
        gettext_lazy("Windows"),
        (
            ("hall", gettext_lazy("The hall"), handles_cases),
            ("counter", gettext_lazy("The counter"), _serves),
            ("across", gettext_lazy("Across regions"), handles_cases),
        ),
    ),
    (
        gettext_lazy("Our agency"),
        (
            ("absences", gettext_lazy("Absences"), handles_cases),
            ("templates", gettext_lazy("Templates"), _has_templates),
            ("arrangement", gettext_lazy("Division of work"), _arranges),
            ("services", gettext_lazy("Our services"), _drafts_services),
            ("offers", gettext_lazy("What we offer elsewhere"), may_offer_across),
            ("people", gettext_lazy("People and organisations"), keeps_register),
            ("corrections", gettext_lazy("Corrections"), _may("answer", "correction_request")),
            ("applications", gettext_lazy("Directory of applications"), keeps_applications),
        ),
    ),
    (
        gettext_lazy("Rules"),
        (
            ("procedures", gettext_lazy("Procedures"), _may("maintain", "procedure")),
            ("tables", gettext_lazy("Decision tables"), _may("maintain", "procedure")),
            ("bundle_versions", gettext_lazy("Bundles"), _may("maintain", "bundle")),
            ("local_rules", gettext_lazy("Local rules of time"), _may("maintain", "procedure")),
        ),
    ),
    (
        gettext_lazy("Oversight"),
        (
            ("emergencies", gettext_lazy("Emergency access"), _sees_emergencies),
            ("ledger", gettext_lazy("Ledger"), _may("read", "ledger")),
            ("posts", gettext_lazy("Posts"), _may("read", "post")),
            ("trusted", gettext_lazy("Sign-in of other platforms"), keeps_trust),
            ("security", gettext_lazy("State of security"), _may("read", "security")),
            ("retention", gettext_lazy("Retention"), _may("approve", "retention")),
        ),
    ),
    (gettext_lazy("Reference data"), (("admin", gettext_lazy("Reference data"), _may("maintain", "government")),)),
)


@lru_cache(maxsize=8)
def _written(_language: str | None, _prefix: str) -> Sequence[tuple[str, Sequence[tuple[str, str, str, Has]]]]:
    """The groups with their labels and addresses, which are the same for everybody; whose a page is, is asked anew."""
    return [
        (
            str(label),
            [
                (name, str(text), reverse("admin:index" if name == "admin" else f"workbench:{name}"), has)
                for name, text, has in pages
            ],
        )
        for label, pages in _GROUPS
    ]


def posted_document(request: HttpRequest) -> str:
    """The text that was typed, or the file that was given instead.

    Raises:
        InvalidError: it is longer than is ever kept, or the file is not UTF-8; half a document is none.
    """
    given = request.FILES.get("file")
    field = "file" if given else "document"
    try:
        posted = given.read(4 * MAX_DOCUMENT + 1).decode("utf-8-sig") if given else request.POST.get("document", "")
    except UnicodeDecodeError:
        raise InvalidError({field: [_("The file is not UTF-8 text.")]}) from None
    posted = posted.replace("\r\n", "\n").replace("\x00", "")
    if len(posted) > MAX_DOCUMENT:
        message = _("The text has more than %(most)d characters.") % {"most": MAX_DOCUMENT}
        raise InvalidError({field: [message]})
    return posted
