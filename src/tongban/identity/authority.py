"""May this actor do this to that? One table that a lawyer can read, and one question asked of it.

A right says: who has this *role*, standing in this *relation* to an object of this *kind*, may do this *deed*, and
because of what. What is not in the table is not allowed.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import NotAllowedError, SignInNeededError
from tongban.identity.models import Role

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
    ASKED_AGENCY = "asked_agency"  # it was asked for its part of a joint handling across regions
    OWN_REGION = "own_region"  # it lies in the region of the officer's agency, or below
    ANY = "any"  # everybody stands in this relation to everything


class Right(NamedTuple):
    role: str
    relation: Relation
    kind: str
    deed: str
    because: str


_APPLICANTS = ("citizen", "agent")
_CASE_OFFICERS = (Role.WINDOW_OFFICER, Role.REVIEWING_OFFICER, Role.HEAD_OF_AGENCY)
# Officers of other agencies who have a part in a case, and why.
_PARTS = (
    *((r, Relation.LEAD_AGENCY, "行政许可法 art 26: joint handling") for r in _CASE_OFFICERS),
    *((r, Relation.LOWER_AGENCY, "行政许可法 art 43: the lower organ examines first") for r in _CASE_OFFICERS),
    (Role.HEAD_OF_AGENCY, Relation.SUPERIOR_AGENCY, "行政许可法 art 60: the superior organ supervises"),
    (Role.HEAD_OF_GOVERNMENT, Relation.GOVERNMENT, "行政许可法 art 42: extension of joint handling"),
    *((r, Relation.ACCEPTING_AGENCY, "国办发〔2020〕35号: one place accepts for all") for r in _CASE_OFFICERS),
)
_ACROSS = "国办发〔2020〕35号: receiving and handling are separate, duties are traced"

RIGHTS: tuple[Right, ...] = (
    *(Right(r, Relation.ANY, "case", "apply", "行政许可法 art 29: anyone may apply") for r in _APPLICANTS),
    *(Right(r, Relation.OWN, "case", "read", "行政许可法 art 33: the applicant follows the case") for r in _APPLICANTS),
    *(Right(r, Relation.OWN, "case", "supplement", "行政许可法 art 32(4)") for r in _APPLICANTS),
    *(Right(r, Relation.OWN, "case", "withdraw", "an application is the applicant's own") for r in _APPLICANTS),
    *(Right(r, Relation.OWN, "case", "rate", "国办发〔2019〕51号: rated by who used the service") for r in _APPLICANTS),
    *(Right(r, Relation.OWN_AGENCY, "case", "read", "行政许可法 art 34: the organ examines") for r in _CASE_OFFICERS),
    # Which step each of them may take stands in the procedure the case follows.
    *(Right(r, Relation.OWN_AGENCY, "case", "handle", "行政许可法 art 32-44") for r in _CASE_OFFICERS),
    *(Right(r, relation, "case", deed, why) for r, relation, why in _PARTS for deed in ("read", "handle")),
    *(Right(r, Relation.ANY, "case", "take_in_elsewhere", _ACROSS) for r in _CASE_OFFICERS),
    *(
        Right(r, Relation.RECEIVING_AGENCY, "case", deed, _ACROSS)
        for r in _CASE_OFFICERS
        for deed in ("read", "forward", "return_originals", "ask_place")
    ),
    *(
        Right(r, Relation.OWN_AGENCY, "case", deed, _ACROSS)
        for r in _CASE_OFFICERS
        for deed in ("acknowledge", "return_originals", "ask_place")
    ),
    *(
        Right(r, Relation.ASKED_AGENCY, "case", deed, _ACROSS)
        for r in _CASE_OFFICERS
        for deed in ("read", "answer_place")
    ),
    *(Right(r, Relation.OWN, "case", "take_part", "行政许可法 art 7: heard and defended") for r in _APPLICANTS),
    *(Right("platform", Relation.ANY, "case", deed, "what the law ties to a lapse") for deed in ("read", "run_clock")),
    *(
        Right(r, Relation.ANY, "procedure", "maintain", "procedures and rules of time are the operator's data")
        for r in (Role.ADMINISTRATOR, "platform")
    ),
    Right(Role.SUPERVISOR, Relation.OWN_REGION, "case", "see_progress", "行政许可法 art 60: figures without names"),
    *(
        Right(r, Relation.OWN_AGENCY, "service", deed, "the implementing organ keeps its list")
        for r in (Role.ADMINISTRATOR, Role.DATA_STEWARD)
        for deed in ("maintain", "read_drafts")
    ),
    Right(Role.ADMINISTRATOR, Relation.OWN_REGION, "service", "read_drafts", "maintenance of the register"),
    Right(Role.ADMINISTRATOR, Relation.ANY, "government", "maintain", "platforms, regions, agencies, docking"),
    *(
        Right("platform", Relation.ANY, kind, "maintain", "imports run by the operator")
        for kind in ("service", "government", "identity")
    ),
    Right("platform", Relation.ANY, "service", "read_drafts", "imports run by the operator"),
)

_TABLE = frozenset((r.role, r.relation, r.kind, r.deed) for r in RIGHTS)


def may(actor: "Actor", deed: str, kind: str, relations: Iterable[Relation] = ()) -> bool:
    """Whether the table allows it, given every relation in which the actor stands to the object."""
    return any((actor.role, relation, kind, deed) in _TABLE for relation in {*relations, Relation.ANY})


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
