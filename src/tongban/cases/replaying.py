"""Replaying what a rule decided: the stored inputs to the stored version give the same answer, or it is told."""

from dataclasses import dataclass
from datetime import datetime

from tongban.cases.actions.instant import INSTANT, judged
from tongban.cases.models import MachineDecision
from tongban.cases.requirements import light_handling, published_version
from tongban.cases.rules import written
from tongban.foundation.decisions import Value
from tongban.identity.actor import Actor
from tongban.identity.authority import require
from tongban.items.light import Judgement, ReasonedTable, read_facts


@dataclass(frozen=True)
class Replayed:
    """A decision and its replay.

    Attributes:
        case_number: as people write it.
        table, version: which table, in which version of it.
        stored: what was decided.
        now: what the stored version answers to the stored inputs.
        same_rules: whether the table's text is the one that decided, by its SHA-256.
    """

    case_number: str
    table: str
    version: int
    decided_at: datetime
    inputs: dict[str, Value | None]
    stored: Judgement
    now: Judgement
    same_rules: bool

    @property
    def agrees(self) -> bool:
        return self.same_rules and (self.stored.outcome, self.stored.rule) == (self.now.outcome, self.now.rule)


def table_of(decision: MachineDecision) -> tuple[ReasonedTable, bool]:
    """The table a decision was made by, from the version it was made under; and whether it may refuse."""
    light = light_handling(published_version(decision.version_id))
    offered = light.offer.table if light.offer else None
    table = light.instant if decision.table == INSTANT else offered
    if table is None:
        raise LookupError(f"version {decision.version_id} has no table {decision.table}")
    return table, light.may_refuse


def replay_decision(decision: MachineDecision, case_number: str) -> Replayed:
    """Ask the stored version again with the stored inputs."""
    table, may_refuse = table_of(decision)
    facts = read_facts(table, decision.inputs)
    return Replayed(
        case_number=written(case_number),
        table=decision.table,
        version=decision.table_version,
        decided_at=decision.decided_at,
        inputs=facts,
        stored=Judgement(decision.outcome, decision.rule, decision.because),
        now=judged(table, facts, may_refuse=may_refuse),
        same_rules=table.digest == decision.digest and table.version == decision.table_version,
    )


def replay_case(actor: Actor, number: str) -> list[Replayed]:
    """Every decision by rule of a case, replayed; for the operator. Empty where no rule was asked."""
    require(actor, "read", "case")
    decisions = MachineDecision.objects.filter(case__number=number).order_by("decided_at", "id")
    return [replay_decision(decision, number) for decision in decisions]


def replay_all(actor: Actor) -> tuple[int, list[Replayed]]:
    """How many decisions there are, and those that do not come out the same."""
    require(actor, "read", "case")
    count, different = 0, []
    for decision in (
        MachineDecision.objects.select_related("case")
        .only(
            *("version_id", "table", "table_version", "digest", "inputs", "outcome", "rule", "because", "decided_at"),
            "case__number",
        )
        .iterator(chunk_size=500)
    ):
        count += 1
        found = replay_decision(decision, decision.case.number)
        if not found.agrees:
            different.append(found)
    return count, different
