"""What an index study asks for, read from its file (`kind = "index"`).

docs/observatory-index.md explains every key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

from tongban.observatory.indices.levels import INCLUSIVE, Inclusive, Levels, default_names
from tongban.observatory.study.common import Format, VariableNote, check_kind, read_head, read_output, read_variables
from tongban.observatory.study.language import Language, Text, pick
from tongban.observatory.study.schema import Section, read_study

Rule = Literal["first-last", "lowest-later-highest", "any-path"]
RULES: tuple[Rule, ...] = ("first-last", "lowest-later-highest", "any-path")

NotSurveyed = Literal["lowest", "leave_out"]
NOT_SURVEYED: tuple[NotSurveyed, ...] = ("lowest", "leave_out")

Checked = Literal["levels", "transitions", "entities", "values", "facts"]
CHECKED: tuple[Checked, ...] = ("levels", "transitions", "entities", "values", "facts")

MOST_BOUNDS = 60
"""A set of levels is one whole number where ways up are counted."""

LEADERS = "leaders"
"""Peers who never left the top level."""

Weights = Mapping[int, float]
"""By period: what values are multiplied by before their level is taken."""


@dataclass(frozen=True)
class SampleRule:
    """Which entities are studied, and what a report without them means."""

    file: Path | None
    column: str | None
    """The column of the sample file that marks members with 1; none: it has one, or lists members only."""
    missing: float | None
    """The value that stands for "not surveyed"."""
    empty_is_missing: bool
    balanced: bool
    balanced_on: tuple[str, ...]
    not_surveyed: NotSurveyed


@dataclass(frozen=True)
class Composite:
    """The index that is a weighted mean of its parts; some reports may weigh otherwise."""

    index: str
    parts: tuple[str, ...]
    weights: tuple[float, ...]
    weights_in: Mapping[int, tuple[float, ...]]

    def weights_of(self, period: int) -> tuple[float, ...]:
        return self.weights_in.get(period, self.weights)


@dataclass(frozen=True)
class LevelTableRequest:
    """Counts of levels for one variable in every period."""

    index: str
    levels: Levels
    weights: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class TransitionRequest:
    """Moves between levels from one report to another."""

    index: str
    first: int | None
    last: int | None
    rule: Rule


@dataclass(frozen=True)
class BenchmarkRequest:
    """One entity against named peers, or against those that never left the top level."""

    entity: str
    peers: tuple[str, ...] | None
    indices: tuple[str, ...]
    first: int | None
    last: int | None
    components: tuple[Path, ...]


@dataclass(frozen=True)
class ConvergenceRequest:
    indices: tuple[str, ...]
    first: int | None
    last: int | None


@dataclass(frozen=True)
class StageRequest:
    """Where the count of the highest levels jumps, a new stage begins."""

    counts: LevelTableRequest
    top: int
    """How many levels from the top are counted together."""
    cuts: int | None
    """The number of largest jumps that cut, or none when a threshold decides."""
    threshold: float | None
    expected: tuple[int, ...]
    first: int | None
    last: int | None


@dataclass(frozen=True)
class PublishedRequest:
    """A published table to be held against the data, item by item."""

    what: Checked
    file: Path
    title: Text
    note: Text | None
    index: str | None
    first: int | None
    last: int | None
    rule: Rule
    rows_sum_to: float | None
    sum_columns: tuple[str, ...]
    explain: Mapping[int, Mapping[str, float]]
    """By period and index: weights that may explain printed counts which the data do not give."""


@dataclass(frozen=True)
class IndexStudy:
    """An index study as its file states it, every default filled in."""

    path: Path
    title: Text
    notice: Text | None
    finding: Text | None
    language: Language
    data_file: Path
    sheet: str | None
    entity: str
    period: str
    indices: tuple[str, ...]
    label_column: str | None
    names_file: Path | None
    periods: tuple[int, ...] | None
    sample: SampleRule
    levels: Levels
    composite: Composite | None
    level_tables: tuple[LevelTableRequest, ...]
    transitions: tuple[TransitionRequest, ...]
    benchmarks: tuple[BenchmarkRequest, ...]
    convergence: ConvergenceRequest | None
    stages: tuple[StageRequest, ...]
    published: tuple[PublishedRequest, ...]
    variables: Mapping[str, VariableNote]
    formats: tuple[Format, ...]
    png: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of numbers that is read: the indices, and shares that level tables or stages count."""
        more = [table.index for table in self.level_tables] + [stage.counts.index for stage in self.stages]
        return tuple(dict.fromkeys([*self.indices, *more]))

    def label(self, column: str, language: Language) -> str:
        """The name of an index for people, or the column's own."""
        note = self.variables.get(column)
        return pick(note.label, language) if note else column


def read_index_study(path: Path) -> IndexStudy:
    """The study in this file.

    Raises:
        StudyError: Something in it is missing, unknown or impossible; the message says what and where.
    """
    top = read_study(path)
    check_kind(top, "index")
    data = top.section("data")
    indices = data.texts("indices")
    if not indices:
        raise data.error("indices is empty; name at least one column")
    entity, period = data.text("entity"), data.text("period")
    for name in (entity, period):
        if name in indices:
            raise data.error(f"“{name}” is named among the indices too")
    levels = _levels(top.section("levels"), None)
    formats, png = read_output(top.section("output"))
    level_tables = tuple(_level_table(section, levels) for section in top.sections("level_table"))
    if "level_table" not in top:
        level_tables = tuple(LevelTableRequest(index, levels) for index in indices)
    study = IndexStudy(
        **read_head(path, top, data),
        entity=entity,
        period=period,
        indices=indices,
        label_column=_optional_text(data, "label"),
        names_file=path.parent / data.text("names") if "names" in data else None,
        periods=_periods(data, "periods"),
        sample=_sample(data, indices, path.parent),
        levels=levels,
        composite=_composite(top.section("composite"), indices) if len(indices) > 1 or "composite" in top else None,
        level_tables=level_tables,
        transitions=tuple(_transitions(section, indices) for section in top.sections("transitions")),
        benchmarks=tuple(_benchmark(section, indices, path.parent) for section in top.sections("benchmark")),
        convergence=_convergence(top.section("convergence"), indices) if "convergence" in top else None,
        stages=tuple(_stages(section, levels) for section in top.sections("stages")),
        published=tuple(_published(section, indices, path.parent) for section in top.sections("published")),
        variables={},
        formats=formats,
        png=png,
    )
    study = replace(study, variables=read_variables(top.section("variables"), study.columns))
    data.known(["sheet", "label", "names", "periods"])
    data.close()
    top.known(["notice", "published_finding", "composite", "convergence"])
    top.close()
    return study


def _optional_text(section: Section, key: str) -> str | None:
    section.known([key])
    return section.text(key) if key in section else None


def _periods(section: Section, key: str) -> tuple[int, ...] | None:
    section.known([key])
    if key not in section:
        return None
    found = section.numbers(key)
    if any(not value.is_integer() for value in found):
        raise section.error(f"{key} must be a list of whole numbers such as [2003, 2018]")
    if len(set(found)) < len(found):
        raise section.error(f"{key} names a period twice")
    return tuple(sorted(int(value) for value in found))


def _period(section: Section, key: str) -> int | None:
    section.known([key])
    return section.integer(key, low=-(10**6)) if key in section else None


def _window(section: Section) -> tuple[int | None, int | None]:
    first, last = _period(section, "from"), _period(section, "to")
    if first is not None and last is not None and first >= last:
        raise section.error(f"from = {first} must come before to = {last}")
    return first, last


def _sample(section: Section, indices: Sequence[str], folder: Path) -> SampleRule:
    missing, empty = None, False
    section.known(["missing_value", "sample", "sample_column"])
    if "missing_value" in section:
        empty = section.raw("missing_value") == ""
        missing = None if empty else section.number("missing_value")
    file = folder / section.text("sample") if "sample" in section else None
    column = _optional_text(section, "sample_column")
    if column is not None and file is None:
        raise section.error("sample_column belongs to a sample file; name it as sample")
    balanced_on = section.texts("balanced_on", (indices[0],))
    for name in balanced_on:
        _one_of(section, name, indices)
    return SampleRule(
        file=file,
        column=column,
        missing=missing,
        empty_is_missing=empty,
        # A stated list is the sample; without one, "not surveyed" only has a meaning for a balanced panel.
        balanced=section.flag("balanced", default=file is None and (missing is not None or empty)),
        balanced_on=balanced_on,
        not_surveyed=section.choice("not_surveyed", NOT_SURVEYED, "leave_out" if file is None else "lowest"),
    )


def _one_of(section: Section, name: str, indices: Sequence[str]) -> str:
    if name not in indices:
        raise section.error(f"“{name}” is not an index of this study; indices are {', '.join(indices)}")
    return name


def _levels(section: Section, given: Levels | None) -> Levels:
    """The levels of this section, its missing keys taken from those given."""
    bounds = section.numbers("bounds", given.bounds if given else (0.25, 0.5, 0.75))
    if any(low >= high for low, high in pairwise(bounds)):
        raise section.error(f"bounds = {list(bounds)} must rise")
    if len(bounds) > MOST_BOUNDS:
        raise section.error(f"{len(bounds)} bounds are too many; there may be {MOST_BOUNDS}")
    same = given is not None and len(given.bounds) == len(bounds)
    inclusive = _inclusive(section, len(bounds), given.inclusive if given is not None and same else None)
    names = section.texts("names", given.names if given is not None and same else default_names(len(bounds) + 1))
    if len(names) != len(bounds) + 1:
        raise section.error(f"names has {len(names)} levels; {len(bounds)} bounds make {len(bounds) + 1}")
    if given is None:
        section.close()
    return Levels(bounds, inclusive, names)


def _inclusive(section: Section, count: int, given: tuple[Inclusive, ...] | None) -> tuple[Inclusive, ...]:
    """One side for all bounds, or a list with one for each."""
    section.known(["inclusive"])
    if "inclusive" not in section:
        return given or (INCLUSIVE[0],) * count
    if not isinstance(section.raw("inclusive"), list):
        return (section.choice("inclusive", INCLUSIVE),) * count
    stated = section.raw("inclusive")
    sides: list[Inclusive] = [side for name in stated for side in INCLUSIVE if side == name]
    if len(stated) != count or len(sides) != count:
        raise section.error(f"inclusive = {stated} must be lower or upper, or a list with one of them for each bound")
    return tuple(sides)


def _composite(section: Section, indices: Sequence[str]) -> Composite:
    index = _one_of(section, section.text("index", indices[0]), indices)
    parts = section.texts("parts", [name for name in indices if name != index])
    if not parts:
        raise section.error(f"“{index}” is the only index; a composite has parts")
    for name in parts:
        _one_of(section, name, indices)
    weights = section.numbers("weights", [1 / len(parts)] * len(parts))
    exceptions = section.section("weights_in")
    found = {}
    for key in exceptions.keys:
        found[_year(exceptions, key)] = exceptions.numbers(key)
    for given in (weights, *found.values()):
        if len(given) != len(parts):
            raise section.error(f"{len(given)} weights are given for {len(parts)} parts ({', '.join(parts)})")
    section.close()
    return Composite(index, parts, weights, found)


def _year(section: Section, key: str) -> int:
    try:
        return int(key)
    except ValueError:
        raise section.error(f"“{key}” is no period; a whole number such as 2010 is expected") from None


def _level_table(section: Section, levels: Levels) -> LevelTableRequest:
    weight = section.section("weight")
    weights = tuple(sorted((_year(weight, key), weight.number(key)) for key in weight.keys))
    request = LevelTableRequest(section.text("index"), _levels(section, levels), weights)
    section.close()
    return request


def _transitions(section: Section, indices: Sequence[str]) -> TransitionRequest:
    first, last = _window(section)
    request = TransitionRequest(
        index=_one_of(section, section.text("index", indices[0]), indices),
        first=first,
        last=last,
        rule=section.choice("rule", RULES, "first-last"),
    )
    section.close()
    return request


def _benchmark(section: Section, indices: Sequence[str], folder: Path) -> BenchmarkRequest:
    first, last = _window(section)
    peers = None if section.raw("peers", LEADERS) == LEADERS else section.texts("peers")
    entity = section.text("entity")
    if peers is not None and not peers:
        raise section.error(f'peers is empty; name at least one, or write peers = "{LEADERS}"')
    if peers is not None and entity in peers:
        raise section.error(f"“{entity}” is compared with itself; take it out of peers")
    chosen = section.texts("indices", indices)
    for name in chosen:
        _one_of(section, name, indices)
    components = tuple(folder / name for name in section.texts("components", ()))
    section.close()
    return BenchmarkRequest(entity, peers, chosen, first, last, components)


def _convergence(section: Section, indices: Sequence[str]) -> ConvergenceRequest:
    first, last = _window(section)
    chosen = section.texts("indices", indices)
    for name in chosen:
        _one_of(section, name, indices)
    section.close()
    return ConvergenceRequest(chosen, first, last)


def _stages(section: Section, levels: Levels) -> StageRequest:
    first, last = _window(section)
    weight = section.section("weight")
    weights = tuple(sorted((_year(weight, key), weight.number(key)) for key in weight.keys))
    if "cuts" in section and "threshold" in section:
        raise section.error("cuts and threshold are two rules; give one of them")
    section.known(["cuts", "threshold"])
    request = StageRequest(
        counts=LevelTableRequest(section.text("index"), levels, weights),
        top=section.integer("top", min(2, levels.top - 1), low=1, high=levels.top - 1),
        cuts=None if "threshold" in section else section.integer("cuts", 2, low=1),
        threshold=section.number("threshold") if "threshold" in section else None,
        expected=_periods(section, "expected") or (),
        first=first,
        last=last,
    )
    section.close()
    return request


def _published(section: Section, indices: Sequence[str], folder: Path) -> PublishedRequest:
    first, last = _window(section)
    explain = section.section("explain")
    found: dict[int, dict[str, float]] = {}
    for key in explain.keys:
        own = explain.section(key)
        found[_year(explain, key)] = {_one_of(own, name, indices): own.number(name) for name in own.keys}
    file = folder / section.text("file")
    section.known(["note", "rows_sum_to"])
    request = PublishedRequest(
        what=section.choice("what", CHECKED),
        file=file,
        title=section.bilingual("title", (file.stem, file.stem)),
        note=section.bilingual("note") if "note" in section else None,
        index=_one_of(section, section.text("index", indices[0]), indices),
        first=first,
        last=last,
        rule=section.choice("rule", RULES, "first-last"),
        rows_sum_to=section.number("rows_sum_to") if "rows_sum_to" in section else None,
        sum_columns=section.texts("sum_columns", ()),
        explain=found,
    )
    section.close()
    return request
