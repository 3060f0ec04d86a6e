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
    ASKED_AGENCY = "asked_agency"  # the handling agency asked it for help, or for its part of a joint handling
    COUNTER = "counter"  # the officer's post serves the one-window counter
    HOLDER = "holder"  # the officer holds it, or stands in for who does
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

# The officers' own arrangements: who handles what, what they tell each other, whom they ask (ADR 0013).
_DESK = (
    # Who handles a case that nobody has, or passes on their own; the head of the agency moves anybody's.
    *(Right(r, Relation.OWN_AGENCY, "case", "take_on", "the agency divides its work") for r in _CASE_OFFICERS),
    *(Right(r, Relation.HOLDER, "case", "reassign", "who holds a case passes it on") for r in _CASE_OFFICERS),
    Right(Role.HEAD_OF_AGENCY, Relation.OWN_AGENCY, "case", "reassign", "the head of the agency divides its work"),
    *(Right(r, Relation.OWN_AGENCY, "case", "note", "internal matters of the agency") for r in _CASE_OFFICERS),
    *(Right(r, Relation.OWN_AGENCY, "case", "ask_cooperation", "行政许可法 art 45, 26") for r in _CASE_OFFICERS),
    *(
        Right(r, Relation.ASKED_AGENCY, "cooperation", deed, "it was asked, and sees what was shared")
        for r in _CASE_OFFICERS
        for deed in ("read", "answer")
    ),
    *(
        Right(r, Relation.OWN_AGENCY, "cooperation", deed, "it asked")
        for r in _CASE_OFFICERS
        for deed in ("read", "remind")
    ),
    *(Right(r, Relation.OWN, "absence", "enter", "everybody enters their own absence") for r in _CASE_OFFICERS),
    Right(Role.HEAD_OF_AGENCY, Relation.OWN_AGENCY, "absence", "enter", "the head arranges who stands in"),
    *(
        Right(r, Relation.OWN_AGENCY, "desk", "arrange", "the head of the agency divides its work")
        for r in (Role.HEAD_OF_AGENCY, Role.ADMINISTRATOR)
    ),
    *(
        Right(r, Relation.OWN_AGENCY, "notice_template", "maintain", "the agency's own words")
        for r in (Role.REVIEWING_OFFICER, Role.HEAD_OF_AGENCY, Role.ADMINISTRATOR)
    ),
    *(Right(r, Relation.OWN_AGENCY, "queue", "keep", "the agency's hall") for r in _CASE_OFFICERS),
    *(Right(r, Relation.ANY, "queue", "book", "anyone may come to a window") for r in _APPLICANTS),
    Right(Role.WINDOW_OFFICER, Relation.COUNTER, "counter", "serve", "国办发〔2022〕32号: one window for all"),
    # An officer at the counter with somebody at the desk: the deeds of an applicant, and no others.
    Right("counter", Relation.ANY, "case", "apply", "行政许可法 art 29: who comes to the window applies there"),
    Right("counter", Relation.OWN, "case", "read", "the receipt is printed at the counter"),
)

RIGHTS: tuple[Right, ...] = (
    *_DESK,
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
    Right("platform", Relation.ANY, "case", "decide_by_rule", "个人信息保护法 art 24: by published rules, reviewable"),
    Right("platform", Relation.ANY, "offer", "make", "安阳市政务服务条例 art 33: benefits without application"),
    *(
        Right(r, Relation.OWN, "offer", "answer", "an offer is the recipient's to confirm or decline")
        for r in _APPLICANTS
    ),
    Right(Role.HEAD_OF_AGENCY, Relation.OWN_AGENCY, "credit", "repair", "国办发〔2020〕49号: credit is repaired"),
    Right(Role.REVIEWING_OFFICER, Relation.OWN_AGENCY, "credit", "repair", "国办发〔2020〕49号: credit is repaired"),
    *(
        Right(r, Relation.ANY, "procedure", "maintain", "procedures and rules of time are the operator's data")
        for r in (Role.ADMINISTRATOR, "platform")
    ),
    *(
        Right(r, Relation.ANY, "bundle", "maintain", "what is done at once is the operator's data")
        for r in (Role.ADMINISTRATOR, "platform")
    ),
    *(
        Right(r, Relation.OWN, "bundle", deed, "an application is the applicant's own")
        for r in _APPLICANTS
        for deed in ("read", "withdraw")
    ),
    *(Right(r, Relation.LEAD_AGENCY, "bundle", "read", "the leading agency answers for it") for r in _CASE_OFFICERS),
    Right("platform", Relation.ANY, "bundle", "advance", "what follows from how the parts stand"),
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
