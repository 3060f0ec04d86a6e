"""Who received, who decides, who is liable, for every step of a case that crosses regions. Pure.

国办发〔2020〕35号 parts receiving from handling (收受分离) and wants duties traceable: the receiving place answers for
the check of form and identity and for what it holds until the competent agency has acknowledged it; the competent
agency decides always, and answers for everything else; in a joint handling the accepting place answers until
acceptance, and a place that is asked answers for its own answer.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from tongban.cases.models.regions import Mode

# Acts of the hand-over, beside the steps of the procedure.
FORWARD, ACKNOWLEDGE, RETURN_ORIGINALS = "forward", "acknowledge", "return_originals"
ASK_PLACE, ANSWER_PLACE = "ask_place", "answer_place"
DEEDS = (FORWARD, ACKNOWLEDGE, RETURN_ORIGINALS, ASK_PLACE, ANSWER_PLACE)


@dataclass(frozen=True)
class Places:
    """The agencies of a case: who is competent, and who received it elsewhere (nobody where it came online)."""

    mode: Mode
    competent: uuid.UUID
    receiving: uuid.UUID | None = None


@dataclass(frozen=True)
class Act:
    """A step as responsibility sees it: which, by an officer of which agency (None: applicant or clock), and whether
    the case was accepted with it.
    """

    action: str
    agency: uuid.UUID | None = None
    accepted: bool = False


@dataclass(frozen=True)
class Duty:
    """Agencies: who received the application, who decides it, who is liable for this step."""

    received: uuid.UUID
    decides: uuid.UUID
    liable: uuid.UUID


def duties(places: Places, acts: Iterable[Act]) -> list[Duty]:
    """One duty for each act, in order."""
    received = places.receiving or places.competent
    found, holds = [], received
    for act in acts:
        liable = holds
        if act.action == ACKNOWLEDGE:
            # From the acknowledgement on, and for what it says.
            holds = liable = places.competent
        elif act.action in {ANSWER_PLACE, RETURN_ORIGINALS} and act.agency:
            liable = act.agency
        elif act.accepted and places.mode is Mode.JOINT and holds != places.competent:
            # The acceptance itself is the accepting place's; what follows is the competent agency's.
            liable, holds = act.agency or holds, places.competent
        found.append(Duty(received, places.competent, liable))
    return found
