"""Light handling as a service's version carries it: guidance, commitment, sources, rules, offers."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tongban.foundation.decisions import Decision, DecisionTable, FieldType, Value
from tongban.items.models import Necessity

Words = Mapping[str, str]
# A material that is handed in sooner or later.
NECESSARY = frozenset({Necessity.REQUIRED, Necessity.DEFERRABLE})
NEEDED, NOT_NEEDED = "needed", "not_needed"
NOT_ASKED = "not_asked"
GRANT, DENY, OFFICER = "grant", "deny", "officer"
OFFER, NONE = "offer", "none"
# Fields in which commitment is never possible (安阳市政务服务条例 art 25; 国办发〔2020〕42号).
EXCLUDED_FIELDS = (
    "national_security",
    "state_secrets",
    "public_safety",
    "finance",
    "environment",
    "life_and_health",
)


class LightError(ValueError):
    """A document that must not be used; `problems` says everything that is wrong with it."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(problems))


@dataclass(frozen=True)
class Judgement:
    """What a table answers, with the reason in both languages. `rule` is 0 where an input is missing or impossible:
    then a person decides.
    """

    outcome: str
    rule: int
    because: Words


@dataclass(frozen=True)
class Input:
    """A column of a table: what it is called, where its value comes from, and of which type it is."""

    name: str
    source: str
    label: Words
    type: FieldType


@dataclass(frozen=True)
class ReasonedTable:
    """A decision table whose rules give their reason in both languages."""

    table: DecisionTable
    reasons: Sequence[Words]
    inputs: Mapping[str, Input]
    digest: str

    @property
    def version(self) -> int:
        return self.table.version

    def judge(self, facts: Mapping[str, Value | None]) -> Judgement:
        """The rule these facts meet. What is missing, or outside the types of the table, is nobody's rule."""
        unfit = [n for n, kind in self.table.fields.items() if facts.get(n) is None or kind.problem(facts[n])]
        if unfit:
            named = {lang: [self.inputs[n].label.get(lang) or n for n in unfit] for lang in ("zh", "en")}
            because = {
                "zh": f"以下信息缺失或者超出规则范围：{'、'.join(named['zh'])}",
                "en": f"Missing or out of range: {', '.join(named['en'])}",
            }
            return Judgement("", 0, because)
        known = {name: value for name in self.table.fields if (value := facts[name]) is not None}
        found: Decision = self.table.decide(known)
        return Judgement(found.outcome, found.rule, self.reasons[found.rule - 1])


@dataclass(frozen=True)
class Option:
    value: str
    label: Words


@dataclass(frozen=True)
class Question:
    """A question of the guidance; asked only when earlier answers are among those of `ask_when`."""

    id: str
    label: Words
    hint: Words
    options: tuple[Option, ...]
    ask_when: Mapping[str, tuple[str, ...]]

    def wording(self, value: str) -> Words:
        """The words of an answer."""
        return next(option.label for option in self.options if option.value == value)


@dataclass(frozen=True)
class Situation:
    """What an applicant's answers lead to. `left_out` gives the reason by what falls away."""

    answers: Mapping[str, str]
    asked: tuple[Question, ...]
    left_out_materials: Mapping[int, Words]
    left_out_fields: frozenset[str]


@dataclass(frozen=True)
class Guidance:
    """Questions that reduce a guide to one applicant's case (情形引导)."""

    version: int
    questions: tuple[Question, ...]
    materials: Mapping[int, ReasonedTable]
    fields: Mapping[str, ReasonedTable]

    def asked(self, answers: Mapping[str, str]) -> list[Question]:
        """The questions that are asked given these answers, in order."""
        shown: dict[str, Question] = {}
        for question in self.questions:
            if all(name in shown and answers.get(name) in among for name, among in question.ask_when.items()):
                shown[question.id] = question
        return list(shown.values())

    def next_question(self, answers: Mapping[str, str]) -> Question | None:
        """The first question that is asked and has no answer yet."""
        return next((q for q in self.asked(answers) if answers.get(q.id) not in {o.value for o in q.options}), None)

    def problems(self, answers: Mapping[str, str]) -> dict[str, str]:
        """What is wrong with a set of answers, by question: `unknown`, `missing` or `choice`."""
        known = {q.id: q for q in self.questions}
        wrong = dict.fromkeys(answers.keys() - known.keys(), "unknown")
        for question in self.asked(answers):
            given = answers.get(question.id)
            if given is None:
                wrong[question.id] = "missing"
            elif given not in {o.value for o in question.options}:
                wrong[question.id] = "choice"
        return wrong

    def settle(self, answers: Mapping[str, str]) -> Situation:
        """What falls away. Answers to questions that are not asked are left out.

        Raises:
            ValueError: an answer is missing, unknown, or no choice; the message names the questions.
        """
        if wrong := self.problems(answers):
            raise ValueError("; ".join(f"{name}: {what}" for name, what in sorted(wrong.items())))
        asked = tuple(self.asked(answers))
        given = {question.id: answers[question.id] for question in asked}
        values = {q.id: given.get(q.id, NOT_ASKED) for q in self.questions}
        materials = {position: table.judge(values) for position, table in self.materials.items()}
        fields = {name: table.judge(values) for name, table in self.fields.items()}
        return Situation(
            given,
            asked,
            {position: found.because for position, found in materials.items() if found.outcome == NOT_NEEDED},
            frozenset(name for name, found in fields.items() if found.outcome == NOT_NEEDED),
        )


@dataclass(frozen=True)
class Commitment:
    """Notification and commitment (告知承诺): the text that is told, what it replaces, and by when it is checked."""

    version: int
    procedure: str
    conditions: Words
    duties: Words
    liability: Words
    replaces: frozenset[int]
    check_within_days: int


@dataclass(frozen=True)
class FetchSource:
    """Where a material may come from: the decision granted in an item, or a material of a case in it.

    Attributes:
        item: basic code.
        material: name of the material of that case; empty for the decision itself.
        valid_days: how old it may be; 0 for any age.
    """

    item: str
    material: str
    valid_days: int


@dataclass(frozen=True)
class OfferRule:
    """Who is offered a benefit without applying (免申即享), and with which answers the case is made.

    Attributes:
        again_after_days: after how many days somebody who was offered it may be offered it again; None for never.
    """

    table: ReasonedTable
    title: Words
    answers: Mapping[str, Mapping[str, Any]]
    without_fields: frozenset[str]
    without_materials: frozenset[int]
    open_for_days: int
    again_after_days: int | None = None


@dataclass(frozen=True)
class LightHandling:
    """Everything of a version. Parts that a service does not have are None or empty."""

    guidance: Guidance | None = None
    commitment: Commitment | None = None
    fetch: Mapping[int, tuple[FetchSource, ...]] | None = None
    instant: ReasonedTable | None = None
    may_refuse: bool = False
    offer: OfferRule | None = None

    def tables(self) -> Iterator[tuple[str, ReasonedTable]]:
        """Every decision table, with what it is for."""
        if self.guidance:
            yield from ((f"guidance.materials.{place}", table) for place, table in self.guidance.materials.items())
            yield from ((f"guidance.fields.{name}", table) for name, table in self.guidance.fields.items())
        if self.instant:
            yield "instant", self.instant
        if self.offer:
            yield "offer", self.offer.table


def digest_of(document: Mapping[str, Any]) -> str:
    """SHA-256 of a table's text, by which a stored decision proves the rules it was made by."""
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def written_facts(facts: Mapping[str, Value | None]) -> dict[str, Any]:
    """Facts as JSON."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in facts.items()}


def read_facts(table: ReasonedTable, stored: Mapping[str, Any]) -> dict[str, Value | None]:
    """Facts as they were given, from JSON and the table's types."""
    return {
        name: date.fromisoformat(value)
        if value is not None and name in table.inputs and table.inputs[name].type.kind == "date"
        else value
        for name, value in stored.items()
    }
