"""What the platform holds about a person, over all packages: to copy it, to move it, to erase it.

A package names its holding in its `personal.py`:

    register(Holding("cases", copy=..., move=..., erase=..., covers=frozenset({"cases.Draft.person"})))

`covers` names every column that points to a person or an account; a test compares them with the tables, so that no
package can hold something that a copy leaves out, or that stays behind when two entries of one human are merged.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.functional import Promise
from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True)
class Kept:
    """What is not erased: what it is, how many, by which duty."""

    what: str
    count: int
    why: str


@dataclass(frozen=True)
class Erasure:
    """What an erasure did: counts of what is gone, by kind; and what is kept, and why."""

    erased: Mapping[str, int] = field(default_factory=dict)
    kept: Sequence[Kept] = ()


@dataclass(frozen=True)
class Holding:
    """What one package holds.

    Attributes:
        name: of the package.
        label: in the words of pages.
        copy: everything held about the person, as JSON can say it.
        move: let everything of the second be the first's; the ids that moved, by table.
        erase: erase what no duty keeps.
        obstacles: what has to be done before an account is closed, in words.
        covers: columns that point to a person or an account, as `app.Model.field`.
    """

    name: str
    label: str | Promise
    copy: Callable[[uuid.UUID], Mapping[str, Any]]
    move: Callable[[uuid.UUID, uuid.UUID], Mapping[str, list[str]]]
    erase: Callable[[uuid.UUID, datetime], Erasure]
    obstacles: Callable[[uuid.UUID], Sequence[str]] = lambda _person_id: ()
    covers: frozenset[str] = frozenset()


_holdings: dict[str, Holding] = {}


def register(holding: Holding) -> None:
    """Let what a package holds take part. Its name identifies it."""
    _holdings[holding.name] = holding


def holdings() -> Sequence[Holding]:
    """What every installed package holds, by name."""
    autodiscover_modules("personal")
    return [_holdings[name] for name in sorted(_holdings)]


def move_rows(table: type[models.Model], column: str, kept: uuid.UUID, merged: uuid.UUID) -> list[str]:
    """Let every row of the second person be the first's; the ids. A row that the first has already stays behind."""
    moved = []
    for key in table._default_manager.filter(**{column: merged}).values_list("pk", flat=True):  # noqa: SLF001
        try:
            with transaction.atomic():
                table._default_manager.filter(pk=key).update(**{column: kept})  # noqa: SLF001 - any table's
        except IntegrityError:
            continue
        moved.append(str(key))
    return moved


def moves(kept: uuid.UUID, merged: uuid.UUID, *columns: tuple[type[models.Model], str]) -> dict[str, list[str]]:
    """`move_rows` of several columns, by `app.Model.field`; those without rows are left out."""
    found = {f"{table._meta.label}.{name}": move_rows(table, name, kept, merged) for table, name in columns}  # noqa: SLF001
    return {name: ids for name, ids in found.items() if ids}
