"""May this actor do this to that? One table that a lawyer can read (`data/rights.yaml`), and one question asked of it.

A right says: who has this *role*, standing in this *relation* to an object of this *kind*, may do this *deed*, and
because of what. What is not in the table is not allowed.
"""

from collections.abc import Iterable
from enum import StrEnum
from importlib.resources import files
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import NotAllowedError, SignInNeededError
from tongban.identity.models import Role
from tongban.identity.rights_table import Right, RightsTable, load_rights

if TYPE_CHECKING:
    from tongban.identity.actor import Actor  # which asks this table


class Relation(StrEnum):
    """How an actor stands to an object."""

    OWN = "own"  # the applicant, or who acts for the applicant
    OWN_AGENCY = "own_agency"  # the officer's agency handles it
    LEAD_AGENCY = "lead_agency"  # the officer's agency leads the joint handling
    LOWER_AGENCY = "lower_agency"  # it was asked to examine first (art 43)
    SUPERIOR_AGENCY = "superior_agency"  # it is the same department's in a region above
    GOVERNMENT = "government"  # the officer heads the government of the region
    RECEIVING_AGENCY = "receiving_agency"  # it took the application in for an agency of another region
    ACCEPTING_AGENCY = "accepting_agency"  # it accepts for all places of a joint handling across regions
    ASKED_AGENCY = "asked_agency"  # the handling agency asked it for help, or for its part of a joint handling
    COUNTER = "counter"  # the officer's post serves the one-window counter
    HOLDER = "holder"  # the officer holds it, or stands in for who does
    OWN_REGION = "own_region"  # it lies in the region of the officer's agency, or below
    OWN_LINE = "own_line"  # its agency is the same department's in a region below
    BREAK_GLASS = "break_glass"  # the officer opened it in an emergency, and the time has not run out
    ANY = "any"  # everybody stands in this relation to everything


PLATFORM, COUNTER, CITIZEN, AGENT = "platform", "counter", "citizen", "agent"
FORMER_REPRESENTATIVE = "former_representative"

# Every role a hat can have: `Actor.role`. A visitor has none, and stands in no row.
ROLES = (CITIZEN, AGENT, FORMER_REPRESENTATIVE, COUNTER, *Role.values, PLATFORM)

TABLE: RightsTable = load_rights(
    (files("tongban.identity") / "data" / "rights.yaml").read_text(encoding="utf-8"), ROLES, [*Relation]
)
RIGHTS: tuple[Right, ...] = TABLE.rights

_TABLE = frozenset(right.key for right in RIGHTS)


def may(actor: "Actor", deed: str, kind: str, relations: Iterable[Relation] = ()) -> bool:
    """Whether the table allows it, given every relation in which the actor stands to the object; an agent only what
    the delegation names (in which matters, the packages that know matters look).
    """
    if actor.mandate and not actor.mandate.allows(kind, deed):
        return False
    role = actor.role
    for relation in relations:
        if (role, relation, kind, deed) in _TABLE:
            return True
    return (role, Relation.ANY, kind, deed) in _TABLE


def require(actor: "Actor", deed: str, kind: str, relations: Iterable[Relation] = ()) -> None:
    """Raises:
    SignInNeededError: nobody is signed in.
    NotAllowedError: the table does not allow it.
    """
    if may(actor, deed, kind, relations):
        return
    if not actor.is_signed_in and not actor.process:
        raise SignInNeededError
    raise NotAllowedError(_("Your present role does not allow this. You may have to act in another role."))
