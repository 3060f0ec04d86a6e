"""The result as papers print it: paths with core and peripheral conditions, their cases, and their groups.

A condition of an intermediate path is *core* when it is part of a parsimonious term that contains the path,
otherwise *peripheral* (Fiss 2011, "Building Better Causal Theories"). Paths with the same core are *neutral
permutations* of one another and are numbered 1a, 1b. Kinds of cases follow Schneider & Rohlfing (2013).
"""

import string
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tongban.observatory.qca.analysis import TableResult
from tongban.observatory.qca.evaluate import Model, TermFit
from tongban.observatory.qca.fit import Sufficiency
from tongban.observatory.qca.request import QcaStudy
from tongban.observatory.qca.sets import FREE
from tongban.observatory.study.language import Text

Role = Literal["core", "peripheral"]


@dataclass(frozen=True)
class Mark:
    """One condition of a path: the value it takes, whether it is core, and whether it is a multi-value set."""

    condition: str
    value: int
    role: Role
    multi_value: bool = False


@dataclass(frozen=True)
class Path:
    """One path to the outcome.

    Attributes:
        label: "1", or "1a", "1b" for neutral permutations.
        typical: Members of path and outcome (both above 0.5).
        deviant: Members of the path without the outcome.
        unique: Members of this path and no other.
    """

    label: str
    term: TermFit
    marks: tuple[Mark, ...]
    typical: tuple[int, ...]
    deviant: tuple[int, ...]
    unique: tuple[int, ...]


@dataclass(frozen=True)
class ResultTable:
    """A model as papers print it.

    Attributes:
        uncovered: Cases with the outcome in no path (deviant in coverage).
        alternatives: How many other models fit the truth table equally well.
    """

    outcome: str
    paths: tuple[Path, ...]
    fit: Sufficiency
    uncovered: tuple[int, ...]
    alternatives: int
    parsimonious: tuple[str, ...]


def type_names(study: QcaStudy, outcome: str, term: str) -> list[Text]:
    """The names of the researcher's types that a path to this outcome belongs to."""
    return [named.name for named in study.types if named.outcome == outcome and term in named.terms]


def result_table(result: TableResult) -> ResultTable | None:
    """The first intermediate model of the first pair of models; `None` when no row is positive."""
    if result.minimised is None or not result.intermediate_models:
        return None
    model = result.intermediate_models[0][0]  # the first pair is that of the models shown first
    pair = result.minimised.pairs[0]
    core_terms = result.minimised.parsimonious.terms(result.minimised.parsimonious.models[pair.parsimonious_model])
    union = {frozenset(term.term for term in other.terms) for models in result.intermediate_models for other in models}
    outcome = result.evaluator.outcome
    marked = [(_marks(result, term, core_terms.tolist()), term) for term in model.terms]
    return ResultTable(
        outcome=result.request.label,
        paths=_numbered(marked, model, outcome),
        fit=model.fit,
        uncovered=_uncovered(model, outcome),
        alternatives=len(union) - 1,
        parsimonious=tuple(result.evaluator.space.labels(core_terms)),
    )


def _marks(result: TableResult, term: TermFit, core_terms: list[list[int]]) -> tuple[Mark, ...]:
    core: set[int] = set()
    for other in core_terms:
        if all(value in (FREE, own) for value, own in zip(other, term.values, strict=True)):
            core.update(at for at, value in enumerate(other) if value != FREE)
    space = result.evaluator.space
    return tuple(
        Mark(space.conditions[at], value, "core" if at in core else "peripheral", multi_value=space.levels[at] > 2)  # noqa: PLR2004
        for at, value in enumerate(term.values)
        if value != FREE
    )


def _numbered(
    marked: list[tuple[tuple[Mark, ...], TermFit]], model: Model, outcome: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> tuple[Path, ...]:
    groups: dict[frozenset[tuple[str, int]], list[tuple[tuple[Mark, ...], TermFit]]] = {}
    for marks, term in marked:
        core = frozenset((mark.condition, mark.value) for mark in marks if mark.role == "core")
        groups.setdefault(core, []).append((marks, term))
    paths = []
    for number, group in enumerate(groups.values(), start=1):
        for at, (marks, term) in enumerate(group):
            letters = string.ascii_lowercase[at % 26] * (at // 26 + 1)
            elsewhere = {case for other in model.terms if other is not term for case in other.cases}
            paths.append(
                Path(
                    label=f"{number}{letters}" if len(group) > 1 else str(number),
                    term=term,
                    marks=marks,
                    typical=tuple(case for case in term.cases if outcome[case] > 0.5),  # noqa: PLR2004
                    deviant=tuple(case for case in term.cases if outcome[case] < 0.5),  # noqa: PLR2004
                    unique=tuple(case for case in term.cases if case not in elsewhere),
                )
            )
    return tuple(paths)


def _uncovered(model: Model, outcome: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[int, ...]:
    covered = {case for term in model.terms for case in term.cases}
    return tuple(int(case) for case in np.flatnonzero(outcome > 0.5) if case not in covered)  # noqa: PLR2004
