"""Answers laid out for reading: before sending, and on the officer's page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SummaryRow:
    """A question and its answer: ``value`` holds one string a line, none where nothing was answered."""

    field: str
    label: str
    value: list[str]
    sealed: bool
    file: dict[str, str] | None


@dataclass(frozen=True)
class SummaryGroup:
    """The rows of one group."""

    id: str
    title: str
    rows: list[SummaryRow]
