"""Intake by decision table: what the check of an application found leads to one of the five exits of art 32."""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Literal

from tongban.cases.actions import take_step
from tongban.cases.models import Case
from tongban.cases.particulars import Particulars
from tongban.foundation.decisions import Decision, DecisionTable, load_table
from tongban.foundation.yamltext import read_yaml
from tongban.identity.actor import Actor

Found = Literal["complete", "errors_to_correct_here", "incomplete"]


@dataclass(frozen=True)
class Findings:
    """What the officer found.

    Attributes:
        needed: by law something has to be applied for here.
        competent: it is for this agency to decide.
        found: what the check of the materials found.
    """

    needed: bool
    competent: bool
    found: Found


@cache
def intake_table() -> DecisionTable:
    """The table that ships, checked."""
    text = (files("tongban.cases") / "tables" / "intake.yaml").read_text(encoding="utf-8")
    return load_table(read_yaml(text))


def exit_for(findings: Findings) -> Decision:
    """The exit these findings lead to: the action to take, with the rule and its law.

    Raises:
        ValueError: `found` is none of the three.
    """
    return intake_table().decide(asdict(findings))


def take_in(
    actor: Actor,
    case_id: uuid.UUID,
    revision: int,
    now: datetime,
    findings: Findings,
    reason: str = "",
    competent_organ: str = "",
) -> Case:
    """Decide on intake by the table. The event keeps table, version, rule and findings, so that it can be replayed.

    Args:
        actor: an officer who may do so.
        case_id: the case.
        revision: the one the officer saw.
        now: the moment.
        findings: what the check found.
        reason: every point to be corrected, one a line; or why it is refused. Not needed for a complete application.
        competent_organ: needed where it is not for this agency to decide: who is competent (art 32(2)).
    """
    decision = exit_for(findings)
    table = {"table": decision.table, "version": decision.version, "rule": decision.rule, **asdict(findings)}
    stated = Particulars(reason=reason, decision=table, competent_organ=competent_organ)
    return take_step(actor, case_id, revision, now, decision.outcome, stated)
