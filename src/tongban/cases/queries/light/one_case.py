"""What a case kept of its light handling, and why a rule decided as it did."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.access import reads_in_full
from tongban.cases.actions.instant import INSTANT
from tongban.cases.models import (
    Case,
    CaseFetch,
    CaseLight,
    MachineDecision,
)
from tongban.cases.queries.light.guidance import CommitmentView, PersonalList, list_view
from tongban.cases.queries.one_case import readable_case
from tongban.cases.replaying import replay_decision, table_of
from tongban.cases.requirements import form_of, light_handling
from tongban.foundation.decisions import Value
from tongban.foundation.errors import NotFoundError
from tongban.foundation.forms.messages import worded
from tongban.foundation.masking import masked
from tongban.identity.actor import Actor
from tongban.items.light import NOT_ASKED, Input, Question
from tongban.items.models import ServiceVersion


@dataclass(frozen=True)
class FetchRow:
    material: str
    source: str
    consented_at: datetime


@dataclass(frozen=True)
class CaseLightView:
    """What light handling made of a case; every part empty where it has none."""

    personal_list: PersonalList | None = None
    way: str = ""
    undertaking: CommitmentView | None = None
    undertaken_materials: Sequence[str] = ()
    fetched: Sequence[FetchRow] = ()
    decided_by_rule: bool = False

    @property
    def is_any(self) -> bool:
        return bool(self.personal_list or self.undertaken_materials)


def case_light(actor: Actor, case_id: uuid.UUID) -> CaseLightView:
    """The light handling of a case the actor may see: at most four queries beside the case's own."""
    return light_of_case(readable_case(actor, case_id, "light"), own=not actor.is_officer or actor.at_desk is not None)


def light_of_case(case: Case, *, own: bool = True) -> CaseLightView:
    """As `case_light`, of a case that may be read; in the words for who applies (`own`) or for an officer."""
    row = CaseLight.objects.filter(case=case).first()
    if row is None:
        return CaseLightView()
    names = {m.position: m.text("name") for m in case.version.materials.all()}
    undertaking = row.undertaking
    return CaseLightView(
        list_view(row.personal_list, own=own) if row.personal_list else None,
        row.way,
        CommitmentView(
            undertaking["version"],
            worded(undertaking["conditions"]),
            worded(undertaking["duties"]),
            worded(undertaking["liability"]),
            undertaking["check_within_days"],
        )
        if undertaking
        else None,
        [names.get(position, str(position)) for position in row.undertaken_materials],
        [
            FetchRow(names.get(each.position, ""), worded(each.source), timezone.localtime(each.consented_at))
            for each in (CaseFetch.objects.filter(case=case) if row.fetched else ())
        ],
        MachineDecision.objects.filter(case=case).exists(),
    )


@dataclass(frozen=True)
class FactRow:
    """An input of a decision: what it is, its value, and where it came from."""

    label: str
    value: str
    source: str


@dataclass(frozen=True)
class RuleExplanation:
    """Why a rule decided as it did (个人信息保护法 art 24), and its replay from what is stored."""

    table: str
    version: int
    digest: str
    decided_at: datetime
    outcome: str
    outcome_label: str
    rule: int
    because: str
    facts: Sequence[FactRow]
    agrees: bool


def rule_explanations(actor: Actor, case_id: uuid.UUID) -> tuple[Case, list[RuleExplanation]]:
    """Every decision by rule of a case the actor may see, explained and replayed.

    Raises:
        NotFoundError: no rule was asked in this case.
    """
    case = readable_case(actor, case_id, "light")
    in_full = reads_in_full(actor, case.pk, None)
    found = [_explained(decision, case, in_full=in_full) for decision in MachineDecision.objects.filter(case=case)]
    if not found:
        raise NotFoundError(_("No rule decided in this case."))
    return case, found


def _explained(decision: MachineDecision, case: Case, *, in_full: bool) -> RuleExplanation:
    table, _may_refuse = table_of(decision)
    replayed = replay_decision(decision, case.number)
    return RuleExplanation(
        decision.table,
        decision.table_version,
        decision.digest,
        timezone.localtime(decision.decided_at),
        decision.outcome,
        outcome_label(decision.outcome, decision.table),
        decision.rule,
        worded(decision.because),
        [
            FactRow(
                worded(each.label),
                _value(replayed.inputs.get(each.name), each, case, in_full=in_full),
                source_label(each.source),
            )
            for each in table.inputs.values()
        ],
        replayed.agrees,
    )


def _value(value: Value | None, each: Input, case: Case, *, in_full: bool) -> str:
    """As `value_label`; an answer that stands masked on the officer's page of the case stands so here."""
    scope, _dot, name = each.source.partition(".")
    field = form_of(case.version).fields.get(name) if scope == "answer" else None
    label = value_label(value, each, case.version)
    return masked(label, field.personal) if field and field.personal and not in_full else label


def fact_row(each: Input, value: Value | None, version: ServiceVersion) -> FactRow:
    return FactRow(worded(each.label), value_label(value, each, version), source_label(each.source))


def outcome_label(outcome: str, table: str = INSTANT) -> str:
    """What a table answered."""
    if table != INSTANT and outcome == "offer":
        return _("granted as offered")
    return {
        "grant": _("granted"),
        "deny": _("denied"),
        "officer": _("passed to an officer"),
        "offer": _("offered"),
        "none": _("not offered"),
        "needed": _("needed"),
        "not_needed": _("not needed"),
    }.get(outcome, outcome)


def source_label(source: str) -> str:
    """Where a value came from."""
    scope = source.partition(".")[0]
    return {
        "answer": _("your answer in the form"),
        "guidance": _("your answer to the guidance"),
        "applicant": _("your identity as it is registered"),
        "granted": _("decisions on this platform"),
        "pending": _("open cases on this platform"),
        "credit": _("credit records on this platform"),
    }[scope]


def value_label(value: Value | None, each: Input, version: ServiceVersion) -> str:
    """A value in words: choices as the form or the guidance names them."""
    if value is None:
        return _("not known")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str):
        return choice_label(value, each, version)
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else f"{value:,}"


def choice_label(value: str, each: Input, version: ServiceVersion) -> str:
    """A choice as the form or the guidance of the version names it."""
    scope, _dot, name = each.source.partition(".")
    words = {"person": _("a person"), "organisation": _("an organisation"), NOT_ASKED: _("not asked")}
    if scope == "answer" and name in form_of(version).fields:
        words |= {str(option.value): worded(option.label) for option in form_of(version).fields[name].options}
    asked = question_of(each, version)
    words |= {option.value: worded(option.label) for option in asked.options} if asked else {}
    return words.get(value, value)


def question_of(each: Input, version: ServiceVersion) -> Question | None:
    """The question of the version's guidance whose answer an input is."""
    scope, _dot, name = each.source.partition(".")
    guidance = light_handling(version).guidance if scope == "guidance" else None
    return next((q for q in guidance.questions if q.id == name), None) if guidance else None
