"""What a study of configurations asks for, read from its file (`kind = "qca"`).

docs/observatory.md explains every key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tongban.observatory.qca.calibrate import (
    DEFAULT_IDM,
    HALVES,
    METHODS,
    Anchors,
    CalibrationError,
    Half,
    Method,
    log_odds_of,
)
from tongban.observatory.qca.minimise import Effort, Expectations
from tongban.observatory.qca.truthtable import Cuts, Edit, Out
from tongban.observatory.study.common import Format, VariableNote, check_kind, read_head, read_output, read_variables
from tongban.observatory.study.language import Language, Text, pick
from tongban.observatory.study.schema import Section, read_study

EXPECTED = {"present": frozenset({1}), "absent": frozenset({0}), "either": None}


@dataclass(frozen=True)
class ColumnCalibration:
    """How one column becomes a set. Anchors are values, or percentiles of the column."""

    column: str
    method: Method
    anchors: tuple[float, ...]
    percentiles: bool
    log_odds: float
    idm: float | None
    half: Half


@dataclass(frozen=True)
class TableRequest:
    """One truth table: which outcome, which cut-offs, what theory expects, what was decided by hand."""

    outcome: str
    negated: bool
    cuts: Cuts
    expectations: Expectations
    edits: tuple[Edit, ...] = ()
    pri_cut_given: bool = True

    @property
    def label(self) -> str:
        return f"~{self.outcome}" if self.negated else self.outcome


@dataclass(frozen=True)
class NecessityRequest:
    incl_cut: float = 0.9
    ron_cut: float = 0.5
    depth: int = 2


@dataclass(frozen=True)
class SubsetRequest:
    incl_cut: float = 0.8
    pri_cut: float = 0.5
    depth: int = 3


@dataclass(frozen=True)
class NcaRequest:
    conditions: tuple[str, ...]
    permutations: int = 1000
    seed: int = 1
    levels: tuple[float, ...] = tuple(range(0, 101, 10))


@dataclass(frozen=True)
class PanelRequest:
    """Columns that make cases into a panel: the unit (a region), the time, and groups of units to compare."""

    unit: str
    time: str
    group: str | None = None


@dataclass(frozen=True)
class RobustnessRequest:
    """What is varied, each on its own, and how often cases are drawn at random."""

    incl_cuts: tuple[float, ...]
    pri_cuts: tuple[float, ...]
    n_cuts: tuple[float, ...]
    percentiles: tuple[tuple[float, float, float], ...]
    shifts: tuple[float, ...]
    drop_cases: bool
    drop_conditions: bool
    anchor_ranges: bool
    subsamples: int
    share: float
    seed: int
    solution: Literal["intermediate", "parsimonious", "complex"]
    workers: int


@dataclass(frozen=True)
class EnhancedRequest:
    """What is held against remainders: necessary literals for each outcome, and combinations that cannot exist."""

    necessary: Mapping[str, tuple[str, ...]]
    impossible: tuple[str, ...]


@dataclass(frozen=True)
class PathType:
    """A type of paths as the researcher names it: its name and the terms that belong to it."""

    name: Text
    outcome: str
    terms: tuple[str, ...]


@dataclass(frozen=True)
class QcaStudy:
    """A study of configurations as its file states it, every default filled in."""

    path: Path
    title: Text
    notice: Text | None
    finding: Text | None
    language: Language
    data_file: Path
    sheet: str | None
    cases: str
    outcome: str
    conditions: tuple[str, ...]
    calibration: tuple[ColumnCalibration, ...]
    half: Half
    tables: tuple[TableRequest, ...]
    effort: Effort
    necessity: NecessityRequest
    subset: SubsetRequest
    nca: NcaRequest | None
    panel: PanelRequest | None
    enhanced: EnhancedRequest | None
    robustness: RobustnessRequest | None
    types: tuple[PathType, ...]
    variables: Mapping[str, VariableNote]
    formats: tuple[Format, ...]
    png: bool

    def label(self, column: str, language: Language) -> str:
        """The name of a variable for people, or the column's own."""
        note = self.variables.get(column)
        return pick(note.label, language) if note else column


def read_qca_study(path: Path) -> QcaStudy:
    """The study in this file.

    Raises:
        StudyError: Something in it is missing, unknown or impossible; the message says what and where.
    """
    top = read_study(path)
    check_kind(top, "qca")
    data = top.section("data")
    outcome = data.text("outcome")
    conditions = data.texts("conditions")
    if not conditions:
        raise data.error("conditions is empty; name at least one column")
    if outcome in conditions:
        raise data.error(f"the outcome “{outcome}” is named among the conditions too")
    for name in (outcome, *conditions):
        if any(sign in name for sign in "*+~[]"):
            raise data.error(f"the column name “{name}” holds one of * + ~ [ ], which expressions use")
    columns = (*conditions, outcome)
    calibration, half = _calibration(top.section("calibration"), columns)
    expectations = _expectations(top.section("expectations"), conditions)
    tables = tuple(_table(section, outcome, conditions, expectations) for section in top.sections("truth_table"))
    solve = top.section("solve")
    formats, png = read_output(top.section("output"))
    study = QcaStudy(
        **read_head(path, top, data),
        cases=data.text("cases"),
        outcome=outcome,
        conditions=conditions,
        calibration=calibration,
        half=half,
        tables=tables or (TableRequest(outcome, False, Cuts(), expectations),),
        effort=Effort(
            time_limit=solve.number("time_limit", 60, low=0.001),
            models=solve.integer("max_models", 10_000, low=1),
            pairs=solve.integer("max_pairs", 500, low=1),
            irredundant=solve.flag("irredundant", default=True),
            steps=solve.integer("max_steps", 20_000, low=1),
        ),
        necessity=_necessity(top.section("necessity")),
        subset=_subset(top.section("subset")),
        nca=_nca(top.section("nca"), conditions) if "nca" in top else None,
        panel=_panel(top.section("panel")) if "panel" in top else None,
        enhanced=_enhanced(top.section("enhanced"), outcome) if "enhanced" in top else None,
        robustness=_robustness(top.section("robustness")) if "robustness" in top else None,
        types=tuple(_type(section, outcome, conditions) for section in top.sections("type")),
        variables=read_variables(top.section("variables"), columns),
        formats=formats,
        png=png,
    )
    solve.close()
    data.close()
    top.known(["enhanced", "nca", "panel", "robustness", "notice", "published_finding"])
    top.close()
    return study


def _calibration(section: Section, columns: tuple[str, ...]) -> tuple[tuple[ColumnCalibration, ...], Half]:
    method = section.choice("method", METHODS, "direct")
    half = section.choice("half", HALVES, "keep")
    idm, log_odds = _log_odds(section, DEFAULT_IDM, None)
    anchors = section.section("anchors")
    found = []
    for column in anchors.keys:
        if column not in columns:
            anchors.known(columns)
            anchors.close()
        own = anchors.section(column)
        own_idm, own_log_odds = _log_odds(own, idm, log_odds)
        values, percentiles, chosen = _anchors(own, own.choice("method", METHODS, method))
        found.append(
            ColumnCalibration(
                column=column,
                method=chosen,
                anchors=values,
                percentiles=percentiles,
                log_odds=own_log_odds,
                idm=own_idm,
                half=own.choice("half", HALVES, half),
            )
        )
        own.close()
    section.close()
    return tuple(found), half


def _log_odds(section: Section, idm: float | None, log_odds: float | None) -> tuple[float | None, float]:
    """The convention of this section, else the one given: idm (or nothing when log odds are stated), and log odds."""
    if "idm" in section and "log_odds" in section:
        raise section.error("idm and log_odds say the same thing two ways; give one of them")
    if "log_odds" in section:
        return None, section.number("log_odds", low=0.01, high=100)
    section.known(["log_odds"])
    if "idm" not in section and log_odds is not None:
        section.known(["idm"])
        return idm, log_odds
    stated = section.number("idm", idm if idm is not None else DEFAULT_IDM)
    try:
        return stated, log_odds_of(stated)
    except CalibrationError as error:
        raise section.error(str(error)) from None


def _anchors(section: Section, method: Method) -> tuple[tuple[float, ...], bool, Method]:
    """Anchors as values or percentiles, and the method they imply."""
    if method in {"crisp", "indirect"}:
        return section.numbers("thresholds"), False, method
    if "bell" in section or method == "bell":
        values = section.numbers("bell")
        if len(values) != 6:  # noqa: PLR2004
            raise section.error(
                "bell needs six values: exclusion, crossover, inclusion, inclusion, crossover, exclusion"
            )
        return values, False, "bell"
    if "percentiles" in section:
        values = section.numbers("percentiles")
        if len(values) != 3 or any(not 0 <= value <= 100 for value in values):  # noqa: PLR2004
            raise section.error("percentiles needs three values between 0 and 100: exclusion, crossover, inclusion")
    else:
        values = (section.number("exclusion"), section.number("crossover"), section.number("inclusion"))
    section.known(["percentiles", "bell", "exclusion", "crossover", "inclusion"])
    try:
        Anchors(*values)
    except CalibrationError as error:
        raise section.error(str(error)) from None
    return values, "percentiles" in section, method


def _expectations(section: Section, conditions: tuple[str, ...], inherited: Expectations | None = None) -> Expectations:
    """What theory expects of each condition; a table's own expectations fall back on the study's."""
    words = tuple(EXPECTED)
    default = section.choice("default", words, "either") if "default" in section or inherited is None else None
    found: dict[str, frozenset[int] | None] = {}
    for condition in conditions:
        if condition not in section:
            section.known([condition])
            found[condition] = EXPECTED[default] if default is not None else (inherited or {})[condition]
            continue
        value = section.raw(condition)
        if isinstance(value, list) and value and all(isinstance(item, int) for item in value):
            found[condition] = frozenset(value)  # values of a multi-value set
        else:
            found[condition] = EXPECTED[section.choice(condition, words)]
    section.known(["default"])
    section.close()
    return found


def _table(section: Section, outcome: str, conditions: tuple[str, ...], expectations: Expectations) -> TableRequest:
    stated = section.text("outcome", outcome)
    name = stated.removeprefix("~").strip()
    if name != outcome:
        raise section.error(f"outcome = “{stated}” must be “{outcome}” or “~{outcome}”")
    cuts = Cuts(
        consistency=section.number("incl_cut", 0.8, low=0, high=1),
        pri=section.number("pri_cut", 0, low=0, high=1),
        frequency=section.integer("n_cut", 1, low=1),
    )
    edits = tuple(_edit(edit) for edit in section.sections("edit"))
    twice = {edit.row for edit in edits if sum(other.row == edit.row for other in edits) > 1}
    if twice:
        raise section.error(f"two edits decide about row {min(twice)}")
    own = _expectations(section.section("expectations"), conditions, expectations)
    request = TableRequest(name, stated.startswith("~"), cuts, own, edits, "pri_cut" in section)
    section.close()
    return request


def _edit(section: Section) -> Edit:
    outs: tuple[Out, ...] = ("0", "1", "?")
    edit = Edit(section.integer("row", low=1), section.choice("out", outs), section.text("reason"))
    section.close()
    return edit


def _necessity(section: Section) -> NecessityRequest:
    request = NecessityRequest(
        incl_cut=section.number("incl_cut", 0.9, low=0, high=1),
        ron_cut=section.number("ron_cut", 0.5, low=0, high=1),
        depth=section.integer("depth", 2, low=1, high=6),
    )
    section.close()
    return request


def _subset(section: Section) -> SubsetRequest:
    request = SubsetRequest(
        incl_cut=section.number("incl_cut", 0.8, low=0, high=1),
        pri_cut=section.number("pri_cut", 0.5, low=0, high=1),
        depth=section.integer("depth", 3, low=1, high=6),
    )
    section.close()
    return request


def _nca(section: Section, conditions: tuple[str, ...]) -> NcaRequest:
    request = NcaRequest(
        conditions=section.texts("conditions", conditions),
        permutations=section.integer("permutations", 1000, low=0, high=1_000_000),
        seed=section.integer("seed", 1),
        levels=section.numbers("levels", tuple(range(0, 101, 10))),
    )
    for name in request.conditions:
        if name not in conditions:
            raise section.error(f"“{name}” is not a condition of this study; conditions are {', '.join(conditions)}")
    section.close()
    return request


def _panel(section: Section) -> PanelRequest:
    request = PanelRequest(
        unit=section.text("unit"),
        time=section.text("time"),
        group=section.text("group") if "group" in section else None,
    )
    section.known(["group"])
    section.close()
    return request


def _enhanced(section: Section, outcome: str) -> EnhancedRequest:
    own = section.section("necessary")
    necessary = {label: own.texts(label, ()) for label in (outcome, f"~{outcome}")}
    own.close()
    request = EnhancedRequest(necessary, section.texts("impossible", ()))
    section.close()
    return request


def _robustness(section: Section) -> RobustnessRequest:
    percentiles = section.raw("percentiles", [[5, 50, 95], [25, 50, 75]])
    triples = isinstance(percentiles, list) and all(
        isinstance(item, list)
        and len(item) == 3  # noqa: PLR2004
        and all(isinstance(value, int | float) and 0 <= value <= 100 for value in item)  # noqa: PLR2004
        for item in percentiles
    )
    if not triples:
        raise section.error("percentiles must be a list of triples such as [[5, 50, 95], [25, 50, 75]]")
    solutions: tuple[Literal["intermediate", "parsimonious", "complex"], ...] = (
        "intermediate",
        "parsimonious",
        "complex",
    )
    request = RobustnessRequest(
        incl_cuts=section.numbers("incl_cuts", (0.75, 0.8, 0.85, 0.9)),
        pri_cuts=section.numbers("pri_cuts", (0.5, 0.6, 0.7)),
        n_cuts=section.numbers("n_cuts", (1, 2)),
        percentiles=tuple((float(item[0]), float(item[1]), float(item[2])) for item in percentiles),
        shifts=section.numbers("shifts", (-0.1, 0.1)),
        drop_cases=section.flag("drop_cases", default=True),
        drop_conditions=section.flag("drop_conditions", default=True),
        anchor_ranges=section.flag("anchor_ranges", default=True),
        subsamples=section.integer("subsamples", 50, high=100_000),
        share=section.number("share", 0.9, low=0.1, high=1),
        seed=section.integer("seed", 1),
        solution=section.choice("solution", solutions, "intermediate"),
        workers=section.integer("workers", 0, high=256),
    )
    section.close()
    return request


def _type(section: Section, outcome: str, conditions: tuple[str, ...]) -> PathType:
    stated = section.text("outcome", outcome).strip()
    stated = f"~{stated[1:].strip()}" if stated.startswith("~") else stated
    if stated not in {outcome, f"~{outcome}"}:
        raise section.error(f"outcome = “{stated}” must be “{outcome}” or “~{outcome}”")
    terms = tuple(_ordered(section, term, conditions) for term in section.texts("terms"))
    request = PathType(section.bilingual("name"), stated, terms)
    section.close()
    return request


def _ordered(section: Section, term: str, conditions: tuple[str, ...]) -> str:
    """The term with its literals in the order of the conditions, as results write it."""
    literals = [literal.strip() for literal in term.split("*")]
    names = [literal.removeprefix("~").strip().split("[")[0] for literal in literals]
    for name in names:
        if name not in conditions:
            raise section.error(f"terms: “{name}” in “{term}” is no condition; conditions are {', '.join(conditions)}")
    places = sorted(range(len(names)), key=lambda at: conditions.index(names[at]))
    return "*".join(f"~{names[at]}" if literals[at].startswith("~") else literals[at] for at in places)
