"""How the value of an exchange field is read and written: text, number, yes/no, date, code, list, JSON.

Reading is tolerant of what real lists hold (full-width digits, trailing blanks, dates as Excel keeps them, the word
in place of the code); writing always gives the one canonical form, so that what was written reads back the same.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Native = str | int | bool | list[Any] | dict[str, Any] | None
"""What stands in a JSON file."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_BETWEEN = re.compile(r"[;；,，、^|\s]+")
_DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T]00:00(?::00(?:\.0+)?)?)?")
_LONGEST_NUMBER = 9


class UnreadableError(ValueError):
    """A value that a field cannot hold; `expected` says what it can."""

    def __init__(self, expected: str | Promise) -> None:
        self.expected = expected
        super().__init__(str(expected))


class Kind(Protocol):
    """A way to read a raw value (text of a cell, or what JSON holds) and to write the value again."""

    def read(self, raw: object) -> Any: ...  # noqa: ANN401 - each kind has its own type of value

    def write(self, value: Any) -> Native: ...  # noqa: ANN401 - the same


def clean(raw: object) -> str:
    """The text of a raw value: one kind of line end, no blanks around it.

    Raises:
        UnreadableError: it holds control characters, or is no text at all.
    """
    # Most cells are empty, and most others hold neither control characters nor unusual blanks.
    if raw is None or raw == "":
        return ""
    if isinstance(raw, str) and raw.isprintable():
        return raw.strip()
    if isinstance(raw, bool):
        return "1" if raw else "0"
    if isinstance(raw, datetime | date):
        return raw.isoformat()[:10]
    if not isinstance(raw, str | int):
        raise UnreadableError(_("text"))
    text = str(raw).replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL.search(text):
        raise UnreadableError(_("text without control characters"))
    return text.strip().strip("\ufeff\u200b").strip()


def plain(raw: object) -> str:
    """Like `clean`, and full-width digits, letters and signs become ordinary ones (NFKC): for codes and numbers."""
    text = clean(raw)
    return text if text.isascii() else unicodedata.normalize("NFKC", text).strip()


@dataclass(frozen=True)
class Text:
    """Text of at most `longest` characters; NULL in place of empty where the column says so."""

    longest: int | None = None
    null: bool = False
    code: bool = False
    pattern: str = ""
    expected: str | Promise = ""

    def read(self, raw: object) -> str | None:
        text = plain(raw) if self.code else clean(raw)
        if self.longest is not None and len(text) > self.longest:
            raise UnreadableError(
                _("at most %(longest)d characters, not %(given)d") % {"longest": self.longest, "given": len(text)}
            )
        if text and self.pattern and not re.fullmatch(self.pattern, text):
            raise UnreadableError(self.expected)
        return text or (None if self.null else "")

    def write(self, value: str | None) -> Native:
        if not value or value.isprintable():
            return (value or "").strip()
        return value.replace("\r\n", "\n").replace("\r", "\n").strip().strip("\ufeff\u200b").strip()


@dataclass(frozen=True)
class Number:
    """A whole number from 0 on; NULL where not stated."""

    largest: int = 2_147_483_647

    def read(self, raw: object) -> int | None:
        text = plain(raw)
        if not text:
            return None
        text = text.removesuffix(".0")
        if not (text.isascii() and text.isdigit()) or len(text) > _LONGEST_NUMBER or int(text) > self.largest:
            raise UnreadableError(_("a whole number from 0 to %(largest)d") % {"largest": self.largest})
        return int(text)

    def write(self, value: int | None) -> Native:
        return value


@dataclass(frozen=True)
class YesNo:
    """1 是 / 0 否; NULL where not stated."""

    null: bool = True
    words: Mapping[str, bool] = field(
        default_factory=lambda: {
            **dict.fromkeys(("1", "是", "有", "支持", "收费", "y", "yes", "true", "√"), True),
            **dict.fromkeys(("0", "否", "无", "不支持", "不收费", "n", "no", "false", "×"), False),
        },
        hash=False,
    )

    def read(self, raw: object) -> bool | None:
        text = plain(raw).lower()
        if not text:
            return None if self.null else False
        if text not in self.words:
            raise UnreadableError(_("1 是 or 0 否"))
        return self.words[text]

    def write(self, value: bool | None) -> Native:  # noqa: FBT001 - the value itself
        return value


@dataclass(frozen=True)
class Day:
    """A date; ISO on writing, the usual Chinese and Excel forms on reading."""

    def read(self, raw: object) -> date | None:
        text = plain(raw)
        if not text:
            return None
        match = _DATE.fullmatch(text)
        try:
            return date(*map(int, match.groups())) if match else self._refuse()
        except ValueError:
            return self._refuse()

    @staticmethod
    def _refuse() -> date:
        raise UnreadableError(_("a date like 2019-10-01")) from None

    def write(self, value: date | None) -> Native:
        return value.isoformat() if value else None


def _words(values: Iterable[tuple[Any, Iterable[object]]]) -> dict[str, Any]:
    return {plain(str(word)).lower(): value for value, words in values for word in words}


@dataclass(frozen=True)
class Choice:
    """One value of several: `(code, value, words...)` each. The code is written; code, value and words are read."""

    pairs: tuple[tuple[Any, ...], ...]
    blank: Any = ""

    @cached_property
    def _by_word(self) -> dict[str, Any]:
        """Codes and words come before our own names of values: another list's 20 may be our 10."""
        return _words((pair[1], (pair[1],)) for pair in self.pairs) | self._codes_and_words()

    def _codes_and_words(self) -> dict[str, Any]:
        return _words((pair[1], (pair[0], *pair[2:])) for pair in self.pairs)

    @property
    def expected(self) -> str:
        return ", ".join(f"{pair[0]} {pair[2]}" if len(pair) > 2 else str(pair[0]) for pair in self.pairs)  # noqa: PLR2004 - the third entry is the first word

    def read(self, raw: object) -> Any:  # noqa: ANN401 - the values of the pairs
        text = plain(raw).lower()
        if not text:
            return self.blank
        words = self._by_word
        for form in (text, text.lstrip("0") or "0", text.zfill(2)):
            if form in words:
                return words[form]
        raise UnreadableError(_("one of: %(codes)s") % {"codes": self.expected})

    def write(self, value: Any) -> Native:  # noqa: ANN401 - the values of the pairs
        for pair in self.pairs:
            if pair[1] == value:
                return str(pair[0])
        return None if value in ("", None) else str(value)


@dataclass(frozen=True)
class Several:
    """A list of values of one kind; `;` between them in a cell, a list in JSON; none stands twice."""

    of: Kind

    def read(self, raw: object) -> list[Any]:
        parts = raw if isinstance(raw, list) else _BETWEEN.split(clean(raw))
        values = [self.of.read(part) for part in parts if part not in ("", None)]
        return list(dict.fromkeys(values))

    def write(self, value: list[Any]) -> Native:
        return list(dict.fromkeys(self.of.write(one) for one in value or []))


@dataclass(frozen=True)
class Json:
    """A JSON object (or nothing), itself in a JSON file, as its text in a cell."""

    null: bool = True

    def read(self, raw: object) -> dict[str, Any] | None:
        value = raw
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None if self.null else {}
        if isinstance(raw, str):
            value = read_json(raw)
        if not isinstance(value, dict):
            raise UnreadableError(_("a JSON object"))
        _refuse_control(value)
        return value

    def write(self, value: dict[str, Any] | None) -> Native:
        return value or None


def read_json(text: str) -> Any:  # noqa: ANN401 - anything JSON can hold
    """JSON in which no key stands twice and every number is one.

    Raises:
        UnreadableError: it is not.
    """
    try:
        return json.loads(text, object_pairs_hook=unique_keys, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        if isinstance(error, UnreadableError):
            raise
        raise UnreadableError(_("JSON (%(fault)s)") % {"fault": error}) from None


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of the pairs.

    Raises:
        UnreadableError: a key stands twice, so that one of the values would be lost.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise UnreadableError(_("JSON in which no key stands twice (%(key)s does)") % {"key": twice})
    return found


def _no_constant(name: str) -> float:
    raise UnreadableError(_("JSON without %(name)s") % {"name": name})


def _refuse_control(value: object) -> None:
    """PostgreSQL's jsonb refuses NUL and lone surrogates; say so before it does."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            stack.extend(one)
            stack.extend(one.values())
        elif isinstance(one, list):
            stack.extend(one)
        elif isinstance(one, str) and re.search(r"[\x00\ud800-\udfff]", one):
            raise UnreadableError(_("text without control characters"))


def cell_of(value: Native) -> str:
    """A native value as the text of a cell: lists of words with `;`, objects and lists of objects as JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list) and not any(isinstance(one, dict) for one in value):
        return ";".join(str(one) for one in value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)
