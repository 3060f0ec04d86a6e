"""Who is studied: the members a file lists, and what became of the rest."""

from dataclasses import dataclass
from pathlib import Path

from tongban.observatory.errors import StudyError
from tongban.observatory.indices.source import write_small
from tongban.observatory.study.data import DataTable, read_data


@dataclass(frozen=True)
class Sample:
    """Who is studied: how many entities the data and the sample have, and what the rule left out or read as lowest."""

    in_data: int
    entities: int
    names: tuple[str, ...] | None
    """None where they are too many to be named."""
    flag: str | None
    """The column of the sample file that was 1 for members."""
    flags: tuple[str, ...]
    """All columns of the sample file that hold 0 and 1 only."""
    not_in_data: tuple[str, ...]
    unbalanced: tuple[str, ...]
    """The first of those whom the balance rule left out."""
    unbalanced_count: int
    unsurveyed: tuple[tuple[str, tuple[int, ...]], ...]
    """Members with the periods in which they were not surveyed."""


@dataclass(frozen=True)
class Members:
    """What a sample file says: its members as a Parquet file for the engine, and how they were chosen."""

    parquet: Path
    flag: str | None
    """The column that was 1 for members."""
    flags: tuple[str, ...]
    names: tuple[str, ...]


def read_members(file: Path, entity: str, column: str | None, folder: Path) -> Members:
    """The members in a sample file: all it lists, or those with 1 in a column of 0 and 1 (the first if none is named).

    Raises:
        StudyError: It cannot be read, the column is none of 0 and 1, or there is no member.
    """
    table = read_data(file)
    names = table.unique_names(entity)
    flags = tuple(name for name in table.columns if name != entity and _is_flag(table, name))
    chosen = column or (flags[0] if flags else None)
    if chosen is not None:
        values = table.numbers(chosen)
        if chosen not in flags:
            raise StudyError(f"{table.file}: column “{chosen}” must hold 1 for members of the sample and 0 for others")
        names = tuple(name for name, value in zip(names, values, strict=True) if value == 1)
    if not names:
        raise StudyError(f"{table.file}: the sample has no member")
    parquet = write_small(folder / "members.parquet", {"e": "varchar"}, [[name] for name in names])
    return Members(parquet, chosen, flags, names)


def _is_flag(table: DataTable, column: str) -> bool:
    at = table.at(column)
    return all(str(row[at]).strip() in {"0", "1", "0.0", "1.0"} for row in table.rows)
