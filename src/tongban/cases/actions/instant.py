"""Deciding by rule (秒批): the case is made, the table is asked, and where it grants the decision stands at once.

The machine never refuses alone unless the version says so (`may_refuse`), and whoever it decided for may have an
officer look at it (个人信息保护法 art 24): the case then goes on as an ordinary one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from tongban.cases.actions.handling import take_by_rule
from tongban.cases.actions.recording import Step
from tongban.cases.facts import Subject, facts_of
from tongban.cases.models import Case, MachineDecision, Way
from tongban.cases.procedure import Procedure
from tongban.cases.requirements import light_handling
from tongban.cases.ways import Settled
from tongban.foundation.decisions import Value
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor, platform_process
from tongban.items.light import DENY, GRANT, OFFER, OFFICER, Judgement, ReasonedTable, written_facts

RULES = platform_process("rules")
INSTANT, OFFERED = "instant", "offer"
_STEPS = {GRANT: "grant_instantly", DENY: "deny_instantly", OFFER: "grant_instantly"}


@dataclass(frozen=True)
class Decided:
    """What a rule decided before there was a case: an offer that is confirmed."""

    settled: Settled
    table: ReasonedTable
    facts: Mapping[str, Value | None]
    judgement: Judgement


def decide_by_rule(
    actor: Actor, case: Case, procedure: Procedure, done: Settled, now: datetime, decided: Decided | None
) -> None:
    """Ask the table of the case's version and do what it says; a case whose service has none is left alone."""
    light = light_handling(case.version)
    if decided:
        _keep(case, OFFERED, decided.table, decided.facts, decided.judgement, now)
        _decide(case, procedure, decided.judgement, now)
    elif light.instant and not done.way and "grant_instantly" in procedure.actions:
        subject = Subject(case.person_id, case.organisation_id)
        facts = facts_of(
            subject,
            light.instant.inputs.values(),
            timezone.localdate(now),
            answers=case.answers,
            situation=done.situation.answers if done.situation else None,
            leaving_out=case.pk,
        )
        judgement = judged(light.instant, facts, may_refuse=light.may_refuse)
        _keep(case, INSTANT, light.instant, facts, judgement, now)
        _decide(case, procedure, judgement, now)
    elif light.instant and done.way == Way.OFFICER:
        append(actor, "refuse_rule", "case", case.pk, {"table": light.instant.version})


def judged(table: ReasonedTable, facts: Mapping[str, Value | None], *, may_refuse: bool) -> Judgement:
    """What the table says of these facts. Whatever it does not cover, and a refusal it may not make, is for an officer:
    the machine never refuses alone unless it was told so.
    """
    found = table.judge(facts)
    if found.rule == 0 or (found.outcome == DENY and not may_refuse):
        return Judgement(OFFICER, found.rule, found.because)
    return found


def _keep(
    case: Case,
    table: str,
    rules: ReasonedTable,
    facts: Mapping[str, Value | None],
    judgement: Judgement,
    now: datetime,
) -> None:
    decision = MachineDecision.objects.create(
        case=case,
        version=case.version,
        table=table,
        table_version=rules.version,
        digest=rules.digest,
        inputs=written_facts(facts),
        outcome=judgement.outcome,
        rule=judgement.rule,
        because=dict(judgement.because),
        decided_at=now,
    )
    content = {"table": table, "version": rules.version, "digest": rules.digest, "inputs": decision.inputs}
    append(RULES, "judge", "case", case.pk, content | {"outcome": judgement.outcome, "rule": judgement.rule})


def _decide(case: Case, procedure: Procedure, judgement: Judgement, now: datetime) -> None:
    step = _STEPS.get(judgement.outcome)
    if step is None:
        return
    reasons = (judgement.because["zh"], judgement.because["en"]) if judgement.outcome == DENY else None
    told = Step(step, reasons=reasons, data={"rule": judgement.rule})
    take_by_rule(RULES, case, procedure, told, now)
