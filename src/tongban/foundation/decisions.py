"""Decision tables: rules over typed fields, as data. Every combination of values meets exactly one rule.

A table is checked when it is loaded: unknown fields and outcomes, values of a wrong type, combinations that no rule
covers (gap) and those that two cover (overlap) are refused, each by name. What a table answers carries its inputs, the
rule, and the table's version, so that the answer can be replayed.

Fields are `boolean`, a list of choices, or `{integer: [least, most]}`, `{number: [least, most]}` and
`{date: [first, last]}`. Conditions are a value, a list of choices, or for ordered fields text such as `>= 18`, `< 60`,
`18..60` (both included). A field that a rule does not name may have any value.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, product
from typing import Any

from django.utils.translation import gettext as _

Value = bool | int | float | str | date
# A value of an ordered field; the values of one field compare with each other.
Bound = Any
Check = Callable[[Value], bool]

# A table that needs more combinations than this is not one that people can read.
MAX_COMBINATIONS = 50_000
_COMPARISON = re.compile(r"(>=|<=|>|<|=)\s*(\S+)")
_RANGE = re.compile(r"(\S+?)\.\.(\S+)")


class TableError(ValueError):
    """A table that must not be used; `problems` says everything that is wrong with it."""

    def __init__(self, code: str, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__(f"table {code}: {'; '.join(problems)}")


@dataclass(frozen=True)
class FieldType:
    """What a field may hold. `choices` for a list of words; `least` and `most` for ordered types."""

    kind: str
    choices: tuple[str, ...] = ()
    least: Bound = None
    most: Bound = None

    @property
    def ordered(self) -> bool:
        return self.kind in {"integer", "number", "date"}

    def problem(self, value: object) -> str:
        """Why a value cannot stand in the field; empty when it can."""
        fits = {
            "boolean": isinstance(value, bool),
            "choice": isinstance(value, str) and value in self.choices,
            "integer": isinstance(value, int) and not isinstance(value, bool),
            "number": isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value),
            "date": isinstance(value, date),
        }[self.kind]
        if not fits:
            if self.choices:
                return _("%(value)s is none of %(known)s") % {"value": repr(value), "known": ", ".join(self.choices)}
            return _not_of_kind(value, self.kind)
        if self.ordered and not self.least <= value <= self.most:
            said = {"value": value, "least": self.least, "most": self.most}
            return _("%(value)s is not within %(least)s to %(most)s") % said
        return ""


def _not_of_kind(value: object, kind: str) -> str:
    return _("%(value)s is not of the type %(type)s") % {"value": repr(value), "type": kind}


@dataclass(frozen=True)
class Rule:
    """One row: the conditions by field, what follows, and the law behind it."""

    conditions: Mapping[str, object]
    outcome: str
    because: str
    checks: Mapping[str, Check]

    def meets(self, values: Mapping[str, Value]) -> bool:
        return all(check(values[name]) for name, check in self.checks.items())


@dataclass(frozen=True)
class Decision:
    """An answer that can be replayed: the same inputs to the same version meet the same rule."""

    table: str
    version: int
    rule: int
    outcome: str
    because: str
    inputs: Mapping[str, Value]


@dataclass(frozen=True)
class DecisionTable:
    code: str
    version: int
    fields: Mapping[str, FieldType]
    outcomes: tuple[str, ...]
    rules: tuple[Rule, ...]

    def decide(self, values: Mapping[str, Value]) -> Decision:
        """The one rule these values meet.

        Raises:
            ValueError: a field is missing, unknown, or holds what it cannot; the message names it.
        """
        wrong = [f"{name}: " + _("there is no such field") for name in values.keys() - self.fields.keys()]
        wrong += [f"{name}: " + _("it is missing") for name in self.fields.keys() - values.keys()]
        wrong += [
            f"{name}: {problem}"
            for name, kind in self.fields.items()
            if name in values and (problem := kind.problem(values[name]))
        ]
        if wrong:
            raise ValueError("; ".join(sorted(wrong)))
        number, rule = next((n, rule) for n, rule in enumerate(self.rules, start=1) if rule.meets(values))
        return Decision(self.code, self.version, number, rule.outcome, rule.because, dict(values))


def load_table(document: Mapping[str, Any]) -> DecisionTable:
    """The table a YAML document describes.

    Raises:
        TableError: with everything that is wrong.
    """
    code = str(document.get("code", "?"))
    missing = [
        _("missing key %(key)s") % {"key": repr(key)}
        for key in ("code", "version", "fields", "outcomes", "rules")
        if key not in document
    ]
    if missing:
        raise TableError(code, missing)
    problems: list[str] = []
    fields = {name: kind for name, body in document["fields"].items() if (kind := _field(name, body, problems))}
    outcomes = tuple(document["outcomes"])
    rules = tuple(
        rule
        for number, body in enumerate(document["rules"], start=1)
        if (rule := _rule(number, body, fields, outcomes, problems))
    )
    problems += [
        _("no rule leads to the outcome %(name)s") % {"name": repr(each)}
        for each in outcomes
        if each not in {r.outcome for r in rules}
    ]
    if not problems:
        problems += _gaps_and_overlaps(fields, rules)
    if problems:
        raise TableError(code, problems)
    return DecisionTable(code, int(document["version"]), fields, outcomes, rules)


def _field(name: str, body: object, problems: list[str]) -> FieldType | None:
    if body == "boolean":
        return FieldType("boolean")
    if isinstance(body, list) and body and all(isinstance(choice, str) for choice in body):
        return FieldType("choice", tuple(body))
    if isinstance(body, dict) and len(body) == 1:
        kind, bounds = next(iter(body.items()))
        if kind in {"integer", "number", "date"} and isinstance(bounds, list) and len(bounds) == 2:  # noqa: PLR2004 - least and most
            unbounded = FieldType(kind, (), *_extremes(kind))
            wrong = [problem for bound in bounds if (problem := unbounded.problem(bound))]
            if not wrong and bounds[0] <= bounds[1]:
                return FieldType(kind, (), *bounds)
    problems.append(f"fields.{name}: " + _("%(value)s is no type") % {"value": repr(body)})
    return None


def _extremes(kind: str) -> tuple[Bound, Bound]:
    return (date.min, date.max) if kind == "date" else (-math.inf, math.inf)


def _rule(
    number: int, body: object, fields: Mapping[str, FieldType], outcomes: Sequence[str], problems: list[str]
) -> Rule | None:
    if not isinstance(body, dict) or not body.keys() <= {"when", "then", "because"} or "then" not in body:
        problems.append(f"rules.{number}: " + _("it has when, then and because"))
        return None
    if body["then"] not in outcomes:
        problems.append(f"rules.{number}: " + _("%(value)s is no outcome") % {"value": repr(body["then"])})
    checks: dict[str, Check] = {}
    for name, condition in (body.get("when") or {}).items():
        kind = fields.get(name)
        if kind is None:
            problems.append(f"rules.{number}: " + _("there is no field %(name)s") % {"name": repr(name)})
            continue
        try:
            checks[name] = _check(kind, condition)
        except ValueError as error:
            problems.append(f"rules.{number}.{name}: {error}")
    return Rule(body.get("when") or {}, str(body["then"]), str(body.get("because", "")), checks)


def _check(kind: FieldType, condition: object) -> Check:
    """Raises:
    ValueError: the condition does not fit the field.
    """
    if isinstance(condition, list) and kind.kind == "choice":
        allowed = frozenset(_fitting(kind, each) for each in condition)
        return lambda value: value in allowed
    if isinstance(condition, str) and kind.ordered:
        low, high, strict = _interval(kind, condition)
        return lambda value: _between(value, low, high, strict)
    wanted = _fitting(kind, condition)
    return lambda value: value == wanted


def _fitting(kind: FieldType, value: object) -> Bound:
    if problem := kind.problem(value):
        raise ValueError(problem)
    return value


def _interval(kind: FieldType, text: str) -> tuple[Bound, Bound, str]:
    """Least, most, and which end is open (`<` or `>`; empty for none)."""
    if found := _COMPARISON.fullmatch(text.strip()):
        sign, bound = found[1], _fitting(kind, _read(kind, found[2]))
        low = bound if sign in {">", ">=", "="} else kind.least
        high = bound if sign in {"<", "<=", "="} else kind.most
        return low, high, sign if sign in {"<", ">"} else ""
    if found := _RANGE.fullmatch(text.strip()):
        low, high = (_fitting(kind, _read(kind, bound)) for bound in found.groups())
        if high < low:
            raise ValueError(_("%(range)s ends before it begins") % {"range": repr(text)})
        return low, high, ""
    bound = _fitting(kind, _read(kind, text.strip()))
    return bound, bound, ""


def _read(kind: FieldType, text: str) -> Bound:
    try:
        if kind.kind == "date":
            return date.fromisoformat(text)
        return int(text) if kind.kind == "integer" else float(text)
    except ValueError:
        raise ValueError(_not_of_kind(text, kind.kind)) from None


def _between(value: Bound, low: Bound, high: Bound, strict: str) -> bool:
    above = value > low if strict == ">" else value >= low
    return bool(above and (value < high if strict == "<" else value <= high))


def _gaps_and_overlaps(fields: Mapping[str, FieldType], rules: Sequence[Rule]) -> Iterator[str]:
    """Every field's values fall into cells within which no rule distinguishes; one value a cell stands for it."""
    cells = {
        name: _cells(kind, [r.conditions[name] for r in rules if name in r.conditions]) for name, kind in fields.items()
    }
    if math.prod(len(each) for each in cells.values()) > MAX_COMBINATIONS:
        yield _("more than %(most)s combinations: split the table") % {"most": MAX_COMBINATIONS}
        return
    told: set[tuple[int, ...]] = set()
    for combination in product(*cells.values()):
        values = dict(zip(cells, combination, strict=True))
        met = tuple(number for number, rule in enumerate(rules, start=1) if rule.meets(values))
        if len(met) != 1 and met not in told:
            told.add(met)
            where = ", ".join(f"{name} = {value}" for name, value in values.items())
            if met:
                said = {"rules": ", ".join(map(str, met)), "where": where}
                yield _("rules %(rules)s overlap where %(where)s") % said
            else:
                yield _("no rule covers %(where)s") % {"where": where}


def _cells(kind: FieldType, conditions: Sequence[object]) -> list[Value]:
    if kind.kind == "boolean":
        return [False, True]
    if kind.kind == "choice":
        return list(kind.choices)
    edges = {kind.least, kind.most}
    for condition in conditions:
        low, high, _strict = _interval(kind, condition) if isinstance(condition, str) else (condition, condition, "")
        edges |= {low, high}
    in_order = sorted(edges)
    between = (_between_edges(kind, a, b) for a, b in pairwise(in_order))
    return [*in_order, *(value for value in between if value is not None)]


def _between_edges(kind: FieldType, low: Bound, high: Bound) -> Bound:
    """A value strictly between; None where there is none."""
    if kind.kind == "date":
        return date.fromordinal(low.toordinal() + 1) if high.toordinal() - low.toordinal() > 1 else None
    if kind.kind == "integer":
        return low + 1 if high - low > 1 else None
    return (low + high) / 2
