"""Licences that run out, and finding one's own things. Pure: rows, days and calendars are arguments."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from tongban.foundation.calendar import WorkingCalendar
from tongban.foundation.clock import deadline, months_away
from tongban.foundation.clockrules import limit_of_rule

# How long before the last day to ask for renewal its holder is told, and the renewal is offered.
AHEAD = timedelta(days=30)


class Standing(StrEnum):
    """How a licence stands towards its end."""

    VALID = "valid"
    RENEW_NOW = "renew_now"  # the last day to ask comes near
    ASK_LATE = "ask_late"  # it has passed: nothing is deemed renewed any more, but one may still ask
    RENEWING = "renewing"  # a renewal was asked for
    RENEWED = "renewed"  # and granted: the new one stands beside it until this one ends
    EXPIRED = "expired"


@dataclass(frozen=True)
class Term:
    """Until when a licence is valid, and the last day on which to ask for its renewal."""

    expires_on: date
    ask_by: date
    provisional: bool


def term_of(granted_on: date, months: int, calendar: WorkingCalendar, renewed_from: date | None = None) -> Term:
    """The term of what was granted.

    Args:
        granted_on: the day of the decision.
        months: how long it is valid.
        calendar: of working days.
        renewed_from: where it renewed another, the day that one expired: the new term runs from there.

    行政许可法 art 50: the renewal is asked for 30 working days before the licence expires.
    """
    expires_on = months_away(max(granted_on, renewed_from) if renewed_from else granted_on, months)
    latest = deadline(expires_on, limit_of_rule("LIC-RENEW-ASK"), calendar, direction="before")
    return Term(expires_on, latest.due, latest.provisional)


def standing(term: Term, today: date, asked_on: date | None = None, *, granted: bool = False) -> Standing:
    """How a licence stands on the day; `asked_on` is when its renewal was last asked for, `granted` whether it came."""
    asked = asked_on is not None and asked_on >= window_opens(term)
    if asked and not granted:
        return Standing.RENEWING
    if today > term.expires_on:
        return Standing.EXPIRED
    if asked:
        return Standing.RENEWED
    if today > term.ask_by:
        return Standing.ASK_LATE
    return Standing.RENEW_NOW if today >= window_opens(term) else Standing.VALID


def window_opens(term: Term) -> date:
    """From when its holder is reminded."""
    return term.ask_by - AHEAD


def reminder(term: Term, today: date, asked_on: date | None = None) -> str:
    """Which reminder is due on the day (a key of `notices.OF_LICENCES`); empty for none."""
    return {Standing.RENEW_NOW: "renew_now", Standing.ASK_LATE: "ask_late"}.get(standing(term, today, asked_on), "")


# --- finding ----------------------------------------------------------------------------------------------------------


class Findable(Protocol):
    """Something of one's own: a title, other text it is found by, and the Chinese that is found by its pinyin."""

    @property
    def title(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def spelt(self) -> str: ...


F = TypeVar("F", bound=Findable)
_LONGEST, _MOST_WORDS, _FEWEST_LETTERS = 100, 6, 2
_LATIN = re.compile(r"[0-9a-z]+")
_JOINERS = re.compile(r"[\s\-'’]+")


def find(things: Iterable[F], query: str, pinyin: Callable[[str], str]) -> list[F]:
    """Those in which every word of the query is found, titles before texts, else in the order given.

    Args:
        things: one's own.
        query: what was typed; beyond 100 characters or six words the rest is left away. Numbers may be written with or
            without their hyphens.
        pinyin: from Chinese to its pinyin, in full and by initials.
    """
    words = _words(query)
    if not words:
        return []
    found: list[tuple[bool, F]] = []
    for thing in things:
        title = _folded(thing.title)
        by_title = [word in title or _spelt(word, thing.spelt, pinyin) for word in words]
        text = "" if all(by_title) else _folded(thing.text)
        if all(hit or word in text for hit, word in zip(by_title, words, strict=True)):
            found.append((all(by_title), thing))
    return [thing for _rank, thing in sorted(found, key=lambda pair: not pair[0])]


def _words(query: str) -> Sequence[str]:
    words = [_folded(word) for word in query.replace("\x00", " ")[:_LONGEST].split()]
    return [word for word in words if word][:_MOST_WORDS]


def _folded(text: str) -> str:
    return _JOINERS.sub("", text.casefold())


def _spelt(word: str, chinese: str, pinyin: Callable[[str], str]) -> bool:
    return len(word) >= _FEWEST_LETTERS and bool(_LATIN.fullmatch(word)) and word in pinyin(chinese)
