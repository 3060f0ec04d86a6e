"""The rules of time: 41 limits with their source, as data (`data/clocks.csv`).

National rules read in the text of the law (flag V, scope nation) act as law everywhere. Local rules, and those seen
only in secondary sources (flag S), are settings: they hold in a region from the day it adopted them, nowhere else.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from tongban.foundation.calendar import WorkingCalendar
from tongban.foundation.citations import citation
from tongban.foundation.clock import Deadline, Direction, Limit, Pause, Unit, deadline

# 行政许可法 art 82 speaks of the limits of the organ; whether those of a party are working days is a setting.
UNIT_IS_A_SETTING = frozenset({"LIC-HEARING-ASK", "LIC-RENEW-ASK"})
_WITHOUT_LIMIT = frozenset({"excluded", "rule"})
_YES_NO = {"V": True, "S": False}
_SCOPES = frozenset({"nation", "local"})


@dataclass(frozen=True)
class ClockRule:
    """One limit of law.

    Attributes:
        id: as in the table, for example LIC-DECIDE.
        name, name_zh: what must happen within the limit.
        limit: None for what is no limit (time that does not count, the rule about units).
        starts_at: the event it runs from, in words.
        consequence: what follows, or a remark.
        source, article: where it stands.
        verified: read in the text of the law.
        national: holds in the whole country.
    """

    id: str
    domain: str
    name: str
    name_zh: str
    limit: Limit | None
    starts_at: str
    consequence: str
    source: str
    article: str
    verified: bool
    national: bool

    @property
    def is_law(self) -> bool:
        """Whether it acts without being adopted."""
        return self.verified and self.national

    @property
    def direction(self) -> Direction:
        """Counted back from what it precedes, or on from what it follows."""
        return "before" if self.starts_at.startswith("before ") else "after"

    def label(self, *, english: bool) -> str:
        return self.name if english else self.name_zh

    def cited(self, *, english: bool) -> str:
        """Where it stands, as people cite it."""
        return citation(self.source, self.article, english=english)


def load_rules(rows: Iterable[Mapping[str, str]]) -> dict[str, ClockRule]:
    """Rules by id.

    Raises:
        ValueError: a row is malformed or an id stands twice; the message names line and column.
    """
    found: dict[str, ClockRule] = {}
    for line, row in enumerate(rows, start=2):
        rule = _rule(line, row)
        if rule.id in found:
            raise ValueError(f"line {line}, id: {rule.id} stands twice")
        found[rule.id] = rule
    return found


def _rule(line: int, row: Mapping[str, str]) -> ClockRule:
    for column, allowed in (("flag", _YES_NO), ("scope", _SCOPES)):
        if row.get(column) not in allowed:
            raise ValueError(f"line {line}, {column}: {row.get(column)!r} is none of {', '.join(sorted(allowed))}")
    try:
        return ClockRule(
            id=row["id"],
            domain=row["domain"],
            name=row["rule"],
            name_zh=row["rule_zh"],
            limit=_limit(line, row["limit"], row["unit"]),
            starts_at=row["starts_at"],
            consequence=row["consequence_or_note"],
            source=row["source"],
            article=row["article"],
            verified=_YES_NO[row["flag"]],
            national=row["scope"] == "nation",
        )
    except KeyError as missing:
        raise ValueError(f"line {line}: the column {missing} is missing") from missing


def _limit(line: int, amount: str, unit: str) -> Limit | None:
    if unit in _WITHOUT_LIMIT and not amount:
        return None
    if not amount.isdecimal():
        raise ValueError(f"line {line}, limit: {amount!r} is not a whole number")
    try:
        return Limit(int(amount), Unit(unit))
    except ValueError:
        raise ValueError(f"line {line}, unit: {unit!r} is none of {', '.join(Unit)}") from None


@cache
def clock_rules() -> Mapping[str, ClockRule]:
    """The rules that ship, by id."""
    text = (files("tongban.foundation") / "data" / "clocks.csv").read_text(encoding="utf-8")
    return load_rules(csv.DictReader(text.splitlines()))


def limit_of_rule(rule_id: str) -> Limit:
    """The limit of a rule that has one.

    Raises:
        KeyError: there is no such rule, or it states no limit.
    """
    rule = clock_rules()[rule_id]
    if rule.limit is None:
        raise KeyError(f"{rule_id} states no limit")
    return rule.limit


def due_by(
    rule: ClockRule,
    start: date,
    calendar: WorkingCalendar,
    *,
    pauses: Iterable[Pause] = (),
    extension: int = 0,
) -> Deadline:
    """The deadline of a rule whose event is on `start`, in the rule's own unit and direction.

    Raises:
        ValueError: the rule states no limit.
    """
    if rule.limit is None:
        raise ValueError(f"{rule.id} states no limit")
    return deadline(start, rule.limit, calendar, pauses=pauses, extension=extension, direction=rule.direction)
