"""What stands on the first page of one's space. A package adds its own: `register(Entry(...))` in its `apps.ready`, or
where its pages are defined; an entry whose page the project lacks is left out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tongban.foundation.pages.links import optional_url
from tongban.identity.actor import Actor
from tongban.identity.delegating import giving_relations
from tongban.identity.own_data import may_copy

Text = str | Promise


@dataclass(frozen=True)
class Entry:
    """A way from the overview to one of one's own pages.

    Attributes:
        key: what it is known by; a number counted under the key (`queries.Overview.counts`) stands beside it.
        url_name: the page.
        label, hint: what the reader sees.
        position: lower ones first.
        is_for: whether the page is for whom the actor is in the present hat; it would refuse others.
    """

    key: str
    url_name: str
    label: Text
    hint: Text
    position: int
    is_for: Callable[[Actor], bool] = lambda _actor: True


@dataclass(frozen=True)
class Shown:
    """An entry with its address and number."""

    label: str
    hint: str
    url: str
    count: int


_entries: dict[str, Entry] = {}


def register(*entries: Entry) -> None:
    """Add entries; one that is known by the same key is replaced."""
    _entries.update({entry.key: entry for entry in entries})


def shown_entries(actor: Actor, counts: dict[str, int]) -> Sequence[Shown]:
    """The entries whose pages there are for the present hat, in order, with what was counted for them."""
    in_order = sorted(_entries.values(), key=lambda entry: (entry.position, entry.key))
    return [
        Shown(str(entry.label), str(entry.hint), url, counts.get(entry.key, 0))
        for entry in in_order
        if entry.is_for(actor) and (url := optional_url(entry.url_name))
    ]


register(
    Entry("messages", "portal:messages", _("Messages"), _("What happened, and what to do next"), 10),
    Entry("cases", "portal:my_cases", _("My cases"), _("How it stands, when it is due, what happens next"), 20),
    Entry("results", "portal:my_results", _("Results"), _("Decisions and notices you were given"), 30),
    Entry("certificates", "portal:certificates", _("Certificates"), _("Show and download what was issued to you"), 35),
    Entry("licences", "portal:my_licences", _("Expiring licences"), _("Until when, and how to renew"), 40),
    Entry("saved", "portal:my_saved", _("Saved matters"), _("What you put aside for later"), 50),
    Entry(
        "life",
        "portal:life",
        _("Stages of life"),
        _("Born, school, work, home, old age; a business from open to close"),
        60,
    ),
    Entry("offers", "portal:offers", _("Benefits without applying"), _("What you may have, without a form"), 70),
    Entry("appointments", "portal:appointments", _("Your appointments"), _("At which window, on which day"), 80),
    Entry("assurance", "portal:assurance", _("Proof of identity"), _("Your level, and how to raise it"), 90),
    Entry(
        "delegations",
        "portal:delegations",
        _("Who acts for whom"),
        _("Delegations you gave and were given"),
        100,
        lambda actor: bool(giving_relations(actor)),
    ),
    Entry(
        "sign_ins",
        "mfa_index",
        _("Sign-in and security"),
        _("Password, second factor, and where you are signed in"),
        110,
    ),
    Entry("readings", "portal:who_looked", _("Who looked at my data"), _("Who, for which case, and why"), 120),
    Entry(
        "data", "portal:own_data", _("Your data"), _("A copy of it, a correction, closing the account"), 122, may_copy
    ),
    Entry("applications", "portal:my_applications", _("My applications"), _("Which systems you signed in to"), 124),
    Entry(
        "suggestions", "portal:my_suggestions", _("Suggestions"), _("Why you see them, and how to switch them off"), 130
    ),
)
