"""What the guide's page adds to the guide: how one can apply from here, and whether this reader can."""

import re
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from django.utils.translation import gettext as _

from tongban.government.queries import platforms
from tongban.identity.actor import Actor
from tongban.identity.models import AssuranceLevel
from tongban.items.guides import GuideMaterial, ServiceGuide
from tongban.items.models import Audience
from tongban.items.rules import steps_of

_NUMBER = re.compile(r"^\s*(?:\d+\s*[.、．)）]|[（(]\s*[\d一二三四五六七八九十]+\s*[)）]|[一二三四五六七八九十]+、)\s*")


class Way(Enum):
    """How a service can be applied for."""

    HERE = "here"
    FOREIGN = "foreign"  # at another platform
    RECONSTRUCTED = "reconstructed"  # a record for the figures, nothing to apply for
    LISTED = "listed"  # at the window only, as far as is known


def way_of(guide: ServiceGuide) -> Way:
    """What is reconstructed, or another platform's, is never applied for here."""
    if guide.is_reconstructed:
        return Way.RECONSTRUCTED
    if guide.is_foreign:
        return Way.FOREIGN
    return Way.HERE if guide.is_applicable else Way.LISTED


def mismatch(actor: Actor, guide: ServiceGuide) -> str:
    """Why this actor, in the present hat, cannot apply for what others can; empty if they can, or nobody signed in."""
    if not actor.is_signed_in:
        return ""
    if actor.is_officer:
        return _("You act as an officer now. Applications are made as yourself or for an organisation.")
    audience = Audience.ORGANISATION if actor.organisation_id else Audience.PERSON
    if guide.audiences and str(audience.label) not in guide.audiences:
        if audience is Audience.ORGANISATION:
            return _("This service is for people. You act for an organisation now.")
        return _("This service is for organisations. You act for yourself now.")
    return ""


def step_up_words(actor: Actor, guide: ServiceGuide) -> str:
    """What a reader whose level is too low is told; they can begin all the same. Empty where it is not, or unknown."""
    if not actor.is_applicant or actor.assurance_level >= guide.assurance_level:
        return ""
    return _(
        "To send it, your identity must be established at level L%(needed)d; yours is at L%(yours)d. You can raise it "
        "on the way, nothing you entered is lost."
    ) % {"needed": guide.assurance_level, "yours": actor.assurance_level}


class Fact(NamedTuple):
    """A line of "at a glance"."""

    label: str
    value: str


def at_a_glance(guide: ServiceGuide) -> list[Fact]:
    """The answers to what everybody asks first; what is not stated is left out."""
    promised = _("on the spot") if guide.decided_on_the_spot else guide.promised_limit
    cost = {True: _("A fee is charged"), False: _("Free of charge"), None: ""}[guide.is_charged]
    facts = [
        Fact(_("How long it takes"), promised),
        Fact(_("At most, by law"), guide.legal_limit),
        Fact(_("Visits"), guide.visits),
        Fact(_("Cost"), cost),
        Fact(_("You receive"), guide.result_name),
        Fact(_("It is valid for"), guide.result_validity),
        Fact(_("Proof of identity"), str(AssuranceLevel(guide.assurance_level).label) if guide.is_applicable else ""),
    ]
    return [fact for fact in facts if fact.value]


class Materials(NamedTuple):
    """The materials of a guide, parted by who brings them."""

    to_hand_in: Sequence[GuideMaterial]
    fetched: Sequence[GuideMaterial]


def materials_of(guide: ServiceGuide) -> Materials:
    """What the applicant hands in, and what government fetches itself."""
    return Materials([m for m in guide.materials if not m.fetched], [m for m in guide.materials if m.fetched])


def lines(text: str) -> list[str]:
    """The conditions or steps of a text, without the numbers they came with: the page numbers them itself."""
    return [unnumbered(line) for line in steps_of(text)]


def unnumbered(line: str) -> str:
    """A line without its number and without the semicolon that joined it to the next."""
    return _NUMBER.sub("", line).rstrip("；;")


def address_there(actor: Actor, guide: ServiceGuide) -> str:
    """Where another platform's service is applied for: its own page, or that platform's first page."""
    if guide.source_url:
        return guide.source_url
    return next((row.url for row in platforms(actor) if row.code == guide.platform_code), "")
