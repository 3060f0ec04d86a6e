"""What study files of all kinds say in the same words: output formats and the data dictionary."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict

from tongban.observatory.study.language import LANGUAGES, Language, Text
from tongban.observatory.study.schema import Section

Format = Literal["csv", "markdown", "latex", "xlsx", "docx"]
FORMATS: tuple[Format, ...] = ("csv", "markdown", "latex", "xlsx", "docx")

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many parts are done, and how many there are."""


def no_progress(what: str, done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class VariableNote:
    """A line of the data dictionary."""

    label: Text
    definition: Text = ("", "")
    source: Text = ("", "")
    missing: Text = ("", "")
    dimension: Text = ("", "")


def read_variables(section: Section, columns: Iterable[str]) -> dict[str, VariableNote]:
    """The data dictionary, `[variables.<column>]`, of the columns a study uses."""
    notes = {}
    for column in columns:
        if column not in section:
            section.known([column])
            continue
        own = section.section(column)
        nothing = ("", "")
        notes[column] = VariableNote(
            label=own.bilingual("label", (column, column)),
            definition=own.bilingual("definition", nothing),
            source=own.bilingual("source", nothing),
            missing=own.bilingual("missing", nothing),
            dimension=own.bilingual("dimension", nothing),
        )
        own.close()
    section.close()
    return notes


def read_output(section: Section) -> tuple[tuple[Format, ...], bool]:
    """The formats of tables, and whether figures are written as PNG beside SVG, `[output]`."""
    asked = section.texts("formats", FORMATS)
    for item in asked:
        if item not in FORMATS:
            raise section.error(f"formats: “{item}” is none of {', '.join(FORMATS)}")
    png = section.flag("png", default=True)
    section.close()
    return tuple(item for item in FORMATS if item in asked), png


Kind = Literal["qca", "index", "panel"]
KINDS: tuple[Kind, ...] = ("qca", "index", "panel")


def check_kind(top: Section, kind: Kind) -> None:
    """Refuse a study that is of another kind than the command it was given to."""
    if top.raw("kind") != kind and top.raw("kind") in KINDS:
        raise top.error(f"kind = {top.raw('kind')!r} is for the command: tongban observe {top.raw('kind')}")
    only: tuple[Kind, ...] = (kind,)
    top.choice("kind", only)


class Head(TypedDict):
    """What every study file says first: title and notices, the report's language, and where the data are."""

    path: Path
    title: Text
    notice: Text | None
    finding: Text | None
    language: Language
    data_file: Path
    sheet: str | None


def read_head(path: Path, top: Section, data: Section) -> Head:
    """The head of the study file at `path`: its top level and its [data]."""
    data.known(["sheet"])
    return {
        "path": path,
        "title": top.bilingual("title", (path.stem, path.stem)),
        "notice": top.bilingual("notice") if "notice" in top else None,
        "finding": top.bilingual("published_finding") if "published_finding" in top else None,
        "language": top.choice("language", LANGUAGES, "zh"),
        "data_file": path.parent / data.text("file"),
        "sheet": data.text("sheet") if "sheet" in data else None,
    }
