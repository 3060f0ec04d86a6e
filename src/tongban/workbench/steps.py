"""The steps an officer may take on a case: their words, whether they ask for a reason, and the action behind each."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tongban.cases import actions
from tongban.cases.models import Case, Outcome
from tongban.identity.actor import Actor

# (actor, case, revision, now, reason) -> the case after the step
Take = Callable[[Actor, uuid.UUID, int, datetime, str], Case]


@dataclass(frozen=True)
class Step:
    """How a step is asked for.

    Attributes:
        question: heading of the page that asks for it.
        consequence: what it does, before it is done.
        reason: label of the reason; empty where the step asks for none.
        reason_required: whether the law asks for it.
        done: what is said afterwards.
        weight: kind of the button.
    """

    take: Take
    question: str | Promise
    consequence: str | Promise
    done: str | Promise
    reason: str | Promise = ""
    reason_required: bool = False
    weight: str = ""


STEPS: dict[str, Step] = {
    "receive": Step(
        take=lambda actor, case, revision, now, _reason: actions.receive(actor, case, revision, now),
        question=_("Take this application in hand?"),
        consequence=_("You take it in hand. It is not accepted yet, and the five days of art 32 go on."),
        done=_("The application is in hand."),
    ),
    "return_for_correction": Step(
        take=actions.return_for_correction,
        question=_("What must be corrected?"),
        consequence=_("Name everything now: the law wants the applicant to be told once, and completely (art 32)."),
        done=_("The notice went to the applicant."),
        reason=_("Everything that must be corrected, one point a line"),
        reason_required=True,
        weight="secondary",
    ),
    "accept": Step(
        take=lambda actor, case, revision, now, _reason: actions.accept(actor, case, revision, now),
        question=_("Accept this application?"),
        consequence=_("The applicant gets a notice of acceptance, and the clock of the decision starts today."),
        done=_("The application is accepted."),
    ),
    "refuse_acceptance": Step(
        take=actions.refuse_acceptance,
        question=_("Refuse to accept this application?"),
        consequence=_("The applicant gets a written refusal with your reason and the remedies. This ends the case."),
        done=_("The refusal went to the applicant."),
        reason=_("Reason, and the competent agency where it is not yours"),
        reason_required=True,
        weight="danger",
    ),
    "grant": Step(
        take=lambda actor, case, revision, now, reason: actions.decide(
            actor, case, revision, now, Outcome.GRANTED, reason
        ),
        question=_("Grant this application?"),
        consequence=_("The decision gets a number and goes to the applicant. It cannot be undone here."),
        done=_("The application is granted."),
        reason=_("Remarks in the decision (optional)"),
    ),
    "deny": Step(
        take=lambda actor, case, revision, now, reason: actions.decide(
            actor, case, revision, now, Outcome.DENIED, reason
        ),
        question=_("Deny this application?"),
        consequence=_("The decision states your reason and the remedies, gets a number and goes to the applicant."),
        done=_("The application is denied."),
        reason=_("Reason of the denial"),
        reason_required=True,
        weight="danger",
    ),
    "deliver": Step(
        take=lambda actor, case, revision, now, _reason: actions.deliver(actor, case, revision, now),
        question=_("Has the result reached the applicant?"),
        consequence=_("The case is closed, and the applicant is asked how it went."),
        done=_("The result is delivered and the case closed."),
    ),
}
