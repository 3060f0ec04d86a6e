"""Answers laid out for reading: before sending, and on the officer's page."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tongban.foundation.masking import masked


@dataclass(frozen=True)
class SummaryRow:
    """A question and its answer.

    Attributes:
        value: One string a line, none where nothing was answered.
        sealed: Whether the form says it is personal data.
        personal: How it is masked (``masking.masked``); empty where it need not be.
        hidden: Whether it stands masked.
    """

    field: str
    label: str
    value: list[str]
    sealed: bool
    file: dict[str, str] | None
    personal: str = ""
    hidden: bool = False


@dataclass(frozen=True)
class SummaryGroup:
    """The rows of one group."""

    id: str
    title: str
    rows: list[SummaryRow]


def masked_groups(groups: Sequence[SummaryGroup]) -> list[SummaryGroup]:
    """The same answers with personal data masked."""
    return [replace(group, rows=masked_rows(group.rows)) for group in groups]


def masked_rows(rows: Sequence[SummaryRow]) -> list[SummaryRow]:
    """The same for rows of no group."""
    return [_masked(row) for row in rows]


def _masked(row: SummaryRow) -> SummaryRow:
    if not row.personal or not row.value:
        return row
    return replace(row, value=[masked(line, row.personal) for line in row.value], hidden=True)
