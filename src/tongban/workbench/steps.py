"""The steps an officer may take on a case: their words, what each asks for, and the particulars a page sends.

What may be done, by whom and with which particulars stands in the procedure; a step without words here is asked for in
the procedure's own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongban.cases.labels import action_label, pause_label
from tongban.cases.models import CaseDocument
from tongban.cases.particulars import Particulars
from tongban.cases.procedure import PAUSE_REASONS, Action, Procedure
from tongban.foundation.pages.posted import read_day, read_uuid

MAX_REASON = 2000
MAX_ORGAN = 200
# Asked for by the applicant's own pages, or worked out by the platform.
_NOT_TYPED = frozenset({"materials"})


@dataclass(frozen=True)
class Step:
    """How a step is asked for.

    Attributes:
        question: heading of the page that asks for it.
        consequence: what it does, before it is done.
        done: what is said afterwards.
        reason: label of the reason, where the step asks for one.
        weight: kind of the button.
    """

    question: str | Promise
    consequence: str | Promise
    done: str | Promise
    reason: str | Promise = ""
    weight: str = ""


@dataclass(frozen=True)
class Ask:
    """One thing a step asks for: the name of its field, its label and, where it is chosen, the choices."""

    name: str
    kind: str
    label: str
    hint: str = ""
    optional: bool = False
    choices: tuple[tuple[str, str], ...] = ()


def step_of(name: str, procedure: Procedure) -> Step | None:
    """The words of a step of this procedure; None where it has no such action."""
    action = procedure.actions.get(name)
    if action is None:
        return None
    if name in STEPS:
        return STEPS[name]
    label = action_label(name, procedure)
    return Step(
        question=gettext("%(step)s?") % {"step": label},
        consequence=_consequence(action, procedure),
        done=gettext("Done: %(step)s.") % {"step": label},
        reason=gettext("Reason, in words for the applicant") if "reason" in action.asks else gettext("Remarks"),
        weight="danger" if action.outcome == "denied" or action.bars else "secondary",
    )


def _consequence(action: Action, procedure: Procedure) -> str:
    target = procedure.states.get(action.target or "")
    if action.extends:
        return gettext("The decision is due later, once and by as much as the law allows; the applicant is told why.")
    if target and target.pause:
        return gettext(
            "The days it takes do not count against the decision; the applicant gets a notice with the time needed."
        )
    if action.document:
        return gettext("A numbered document is written and kept with the case.")
    return gettext("It is kept in the history of the case.")


@dataclass(frozen=True)
class Choices:
    """What can be chosen on the page: agencies that may examine first, officers of the agency; label by id."""

    agencies: Mapping[str, str]
    officers: Mapping[str, str]


def asks_of(action: Action, procedure: Procedure, stage: str, choices: Choices, step: Step) -> Iterator[Ask]:
    """The fields of the page, in order."""
    target = procedure.states[action.leads_to(stage)]
    reasons = tuple((reason, pause_label(reason)) for reason in PAUSE_REASONS if reason in target.pause)
    known = {
        "lower_agency": Ask(
            "lower_agency", "select", gettext("Agency that examines first"), choices=tuple(choices.agencies.items())
        ),
        "officers": Ask(
            "officers",
            "checkboxes",
            gettext("Officers"),
            gettext("At least two, of your agency."),
            choices=tuple(choices.officers.items()),
        ),
        "pause": Ask("pause", "radios", gettext("Special procedure"), choices=reasons),
        "hearing_on": Ask(
            "hearing_on", "date", gettext("Day of the hearing"), gettext("Told at least 7 working days before.")
        ),
        "until": Ask("until", "date", gettext("Until when")),
        "reason": Ask("reason", "textarea", str(step.reason)),
        "remark": Ask("reason", "textarea", str(step.reason), optional=True),
    }
    yield from (ask for name, ask in known.items() if name in action.asks and name not in _NOT_TYPED)
    if action.document == CaseDocument.Kind.ACCEPTANCE_REFUSAL:
        yield Ask(
            "competent_organ",
            "text",
            gettext("Competent organ, where it is not yours"),
            gettext("The notice tells the applicant to apply there (art 32)."),
            optional=True,
        )


def particulars_from(post: QueryDict) -> Particulars:
    """What the page sent; a day that is none, or an agency that is none, counts as not stated."""
    text = post.get("lower_agency", "")
    return Particulars(
        reason=clean(post.get("reason", "")),
        until=read_day(post, "until"),
        pause=post.get("pause", "")[:40],
        hearing_on=read_day(post, "hearing_on"),
        lower_agency=read_uuid(text),
        officers=tuple(chosen for text in post.getlist("officers")[:20] if (chosen := read_uuid(text))),
        competent_organ=" ".join(clean(post.get("competent_organ", "")).split())[:MAX_ORGAN],
    )


def clean(text: str) -> str:
    """A text somebody typed, as it is kept."""
    return text.replace("\r\n", "\n").replace("\x00", "")[:MAX_REASON]


# The questions of intake and their answers, as the decision table takes them.
_YES_NO = (("yes", _("Yes")), ("no", _("No")))
INTAKE: Mapping[str, tuple[tuple[str, str | Promise], ...]] = {
    "needed": _YES_NO,
    "competent": _YES_NO,
    "found": (
        ("complete", _("Everything is there and in lawful form")),
        ("errors_to_correct_here", _("There are errors the applicant can correct on the spot")),
        ("incomplete", _("Something is missing or not in lawful form")),
    ),
}

STEPS: dict[str, Step] = {
    "receive": Step(
        question=_("Take this application in hand?"),
        consequence=_("You take it in hand. It is not accepted yet, and the five days of art 32 go on."),
        done=_("The application is in hand."),
    ),
    "return_for_correction": Step(
        question=_("What must be corrected?"),
        consequence=_("Name everything now: the law wants the applicant to be told once, and completely (art 32)."),
        done=_("The notice went to the applicant."),
        reason=_("Everything that must be corrected, one point a line"),
        weight="secondary",
    ),
    "accept": Step(
        question=_("Accept this application?"),
        consequence=_("The applicant gets a notice of acceptance, and the clock of the decision starts today."),
        done=_("The application is accepted."),
    ),
    "refuse_acceptance": Step(
        question=_("Refuse to accept this application?"),
        consequence=_("The applicant gets a written refusal with your reason and the remedies. This ends the case."),
        done=_("The refusal went to the applicant."),
        reason=_("Reason of the refusal"),
        weight="danger",
    ),
    "grant": Step(
        question=_("Grant this application?"),
        consequence=_("The decision gets a number and goes to the applicant. It cannot be undone here."),
        done=_("The application is granted."),
        reason=_("Remarks in the decision (optional)"),
    ),
    "deny": Step(
        question=_("Deny this application?"),
        consequence=_("The decision states your reason and the remedies, gets a number and goes to the applicant."),
        done=_("The application is denied."),
        reason=_("Reason of the denial"),
        weight="danger",
    ),
    "deliver": Step(
        question=_("Has the result reached the applicant?"),
        consequence=_("The case is closed, and the applicant is asked how it went."),
        done=_("The result is delivered and the case closed."),
    ),
}
