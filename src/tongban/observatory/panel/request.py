"""What a panel study asks for, read from its file (`kind = "panel"`). docs/observatory-panel.md explains every key."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from tongban.observatory.panel.covariance import CONVENTIONS, Convention
from tongban.observatory.panel.diagnostics import DEFAULT_EFFECTS, TESTS, TestName
from tongban.observatory.panel.estimators import COMPONENTS, CONSTANT, EFFECTS, Components, Effects
from tongban.observatory.panel.wild import WEIGHTS, Draws
from tongban.observatory.study.common import Format, VariableNote, check_kind, read_head, read_output, read_variables
from tongban.observatory.study.language import Language, Text, pick
from tongban.observatory.study.schema import Section, read_study

Operation = Literal["log", "log1p", "square", "standardise", "lag", "difference", "winsorise", "interaction", "peer"]
OPERATIONS: tuple[Operation, ...] = (
    "log", "log1p", "square", "standardise", "lag", "difference", "winsorise", "interaction", "peer",
)  # fmt: skip
PeerOf = Literal["neighbours", "region", "distance", "all"]
PEERS: tuple[PeerOf, ...] = ("neighbours", "region", "distance", "all")
Expected = Literal["positive", "negative", "none"]
EXPECTED: tuple[Expected, ...] = ("positive", "negative", "none")
Reported = Literal["significant", "not significant"]
REPORTED: tuple[Reported, ...] = ("significant", "not significant")
Singletons = Literal["keep", "drop"]
SINGLETONS: tuple[Singletons, ...] = ("keep", "drop")
CHINA = "china"
"""In place of a file or column: neighbours and regions of the provinces of China, which ship."""


@dataclass(frozen=True)
class Join:
    """A second file, with columns that the data lack."""

    file: Path
    on: str
    """A column of both: each of its values stands once in the second file."""


@dataclass(frozen=True)
class Derived:
    """A variable made from others."""

    name: str
    operation: Operation
    columns: tuple[str, ...]
    lag: int = 0
    limits: tuple[float, float] = (1.0, 99.0)
    centre: bool = True
    of: PeerOf = "neighbours"
    file: Path | None = None
    """Of neighbours or distances; nothing for the provinces of China."""
    power: float = 1.0


@dataclass(frozen=True)
class EstimateRequest:
    """One column of the regression table."""

    name: Text
    effects: Effects
    se: Convention
    outcome: str
    regressors: tuple[str, ...]
    cluster: str
    """`entity`, `period`, or a column that every entity or row belongs to."""
    lags: int | None
    intercept: bool
    components: Components
    draws: Draws


@dataclass(frozen=True)
class TestRequest:
    name: TestName
    effects: Effects


@dataclass(frozen=True)
class Hypothesis:
    """What theory expects of a variable, and what a published study reported."""

    variable: str
    expected: Expected
    name: Text
    reported: Reported | None


@dataclass(frozen=True)
class RobustnessRequest:
    """What is varied about the main estimate, each on its own."""

    outcomes: tuple[str, ...]
    lag: int
    without: Mapping[str, tuple[str, ...]]
    leave_one_out: bool
    periods: tuple[tuple[str, str], ...]
    winsorise: tuple[float, float] | None
    conventions: tuple[Convention, ...]


@dataclass(frozen=True)
class PanelStudy:
    """A panel study as its file states it, every default filled in."""

    path: Path
    title: Text
    notice: Text | None
    finding: Text | None
    language: Language
    data_file: Path
    sheet: str | None
    entity: str
    period: str
    group: str | None
    missing: tuple[str, ...]
    periods: tuple[str, ...] | None
    """Only these; nothing: all there are."""
    join: Join | None
    outcome: str
    regressors: tuple[str, ...]
    singletons: Singletons
    confidence: float
    main: int
    """The estimate that hypotheses and robustness are about, from 1."""
    derived: tuple[Derived, ...]
    estimates: tuple[EstimateRequest, ...]
    tests: tuple[TestRequest, ...]
    hypotheses: tuple[Hypothesis, ...]
    robustness: RobustnessRequest | None
    heterogeneity: str | None
    groups: Mapping[str, Text]
    """Names for people of the values of the group column."""
    breaks: Mapping[str, Text]
    """Periods from which a series is measured differently, and how."""
    variables: Mapping[str, VariableNote]
    formats: tuple[Format, ...]
    png: bool

    def label(self, column: str, language: Language) -> str:
        """The name of a variable for people, or the column's own."""
        note = self.variables.get(column)
        return pick(note.label, language) if note else column

    def group_label(self, group: str, language: Language) -> str:
        """The name of a group for people, or the column's own."""
        return pick(self.groups.get(group, (group, group)), language)

    @property
    def used(self) -> tuple[str, ...]:
        """Every variable of a model, derived ones included, in order of first use."""
        found: dict[str, None] = {}
        for estimate in self.estimates:
            found |= dict.fromkeys((estimate.outcome, *estimate.regressors))
        for name in self.robustness.outcomes if self.robustness else ():
            found[name] = None
        return tuple(found)


def read_panel_study(path: Path) -> PanelStudy:
    """The study in this file.

    Raises:
        StudyError: Something in it is missing, unknown or impossible; the message says what and where.
    """
    top = read_study(path)
    check_kind(top, "panel")
    data, model = top.section("data"), top.section("model")
    derived = _derived(top.section("derive"), path.parent)
    outcome, regressors = model.text("outcome"), model.texts("regressors")
    _check_regressors(model, outcome, regressors)
    base = (outcome, regressors)
    estimates = tuple(_estimate(section, *base) for section in top.sections("estimate"))
    if not estimates:
        raise top.error('there is no [[estimate]]; ask for one, for example effects = "twoways", se = "fixest"')
    main = model.integer("main", 1, low=1, high=len(estimates))
    formats, png = read_output(top.section("output"))
    study = PanelStudy(
        **read_head(path, top, data),
        entity=data.text("entity"),
        period=data.text("period"),
        group=data.text("group") if "group" in data else None,
        missing=data.texts("missing", ()),
        periods=_only(data) if "periods" in data else None,
        join=_join(data.section("join"), path.parent) if "join" in data else None,
        outcome=outcome,
        regressors=regressors,
        singletons=model.choice("singletons", SINGLETONS, "keep"),
        confidence=model.number("confidence", 0.95, low=0.5, high=0.9999),
        main=main,
        derived=derived,
        estimates=estimates,
        tests=tuple(_test(section) for section in top.sections("test")),
        hypotheses=tuple(
            _hypothesis(section, estimates[main - 1].regressors) for section in top.sections("hypothesis")
        ),
        robustness=_robustness(top.section("robustness")) if "robustness" in top else None,
        heterogeneity=_heterogeneity(top.section("heterogeneity")) if "heterogeneity" in top else None,
        groups=_texts(top.section("groups")),
        breaks=_texts(top.section("breaks")),
        variables={},
        formats=formats,
        png=png,
    )
    known = (
        study.entity,
        study.period,
        *study.used,
        *(column for item in derived for column in item.columns),
        *(item.name for item in derived),
    )
    study = replace(study, variables=read_variables(top.section("variables"), dict.fromkeys(known)))
    data.known(["sheet", "group", "periods", "join"])
    data.close()
    model.close()
    top.known(["notice", "published_finding", "robustness", "heterogeneity"])
    top.close()
    return study


def _only(data: Section) -> tuple[str, ...]:
    """The periods a study is limited to: whole numbers or texts."""
    periods = data.raw("periods")
    whole = isinstance(periods, list) and all(isinstance(item, int | str) and item is not True for item in periods)
    if not whole or not periods:
        raise data.error("periods must be a list of periods, for example [2016, 2018]")
    return tuple(dict.fromkeys(str(item) for item in periods))


def _join(section: Section, folder: Path) -> Join:
    join = Join(folder / section.text("file"), section.text("on"))
    section.close()
    return join


def _check_regressors(section: Section, outcome: str, regressors: tuple[str, ...]) -> None:
    if not regressors:
        raise section.error("regressors is empty; name at least one variable")
    if CONSTANT in (outcome, *regressors):
        raise section.error(f"“{CONSTANT}” is the name of the constant; give the column another one")
    if outcome in regressors:
        raise section.error(f"the outcome “{outcome}” is named among the regressors too")


def _derived(section: Section, folder: Path) -> tuple[Derived, ...]:
    found = []
    for name in section.keys:
        own = section.section(name)
        # The lag of peers is a setting of theirs, not an operation of its own.
        asked: list[Operation] = [item for item in OPERATIONS if item in own and not (item == "lag" and "peer" in own)]
        if len(asked) != 1:
            own.known(OPERATIONS)
            own.close()
            raise own.error(f"exactly one of {', '.join(OPERATIONS)} must say how “{name}” is made")
        found.append(_operation(own, name, asked[0], folder))
        own.close()
    section.close()
    return tuple(found)


def _operation(own: Section, name: str, operation: Operation, folder: Path) -> Derived:
    if operation == "interaction":
        columns = own.texts("interaction")
        if len(columns) != 2:  # noqa: PLR2004 - a product of two
            raise own.error("interaction must name two variables")
        return Derived(name, operation, columns, centre=own.flag("centre", default=True))
    column = (own.text(operation),)
    if operation in {"lag", "difference"}:
        return Derived(name, operation, column, lag=own.integer("periods", 1, low=1))
    if operation == "winsorise":
        return Derived(name, operation, column, limits=_limits(own, "limits", (1.0, 99.0)))
    if operation == "peer":
        of = own.choice("of", PEERS)
        file = None
        if of in {"neighbours", "distance"}:
            key = "neighbours" if of == "neighbours" else "distances"
            given = own.text(key, CHINA if of == "neighbours" else None)
            file = None if given == CHINA and of == "neighbours" else folder / given
        power = own.number("power", 1.0, low=0.1, high=10) if of == "distance" else 1.0
        return Derived(name, operation, column, lag=own.integer("lag", 0), of=of, file=file, power=power)
    return Derived(name, operation, column)


def _limits(section: Section, key: str, default: tuple[float, float] | None) -> tuple[float, float]:
    limits = section.numbers(key, default)
    if len(limits) != 2 or not 0 <= limits[0] < limits[1] <= 100:  # noqa: PLR2004 - two percentiles
        raise section.error(f"{key} must be two percentiles, for example [1, 99]")
    return limits[0], limits[1]


def _estimate(section: Section, outcome: str, regressors: tuple[str, ...]) -> EstimateRequest:
    effects = section.choice("effects", EFFECTS)
    se = section.choice("se", CONVENTIONS)
    own_outcome = section.text("outcome", outcome)
    own = section.texts("regressors", regressors)
    _check_regressors(section, own_outcome, own)
    wild = se == "wild"
    request = EstimateRequest(
        name=section.bilingual("name", ("", "")),
        effects=effects,
        se=se,
        outcome=own_outcome,
        regressors=own,
        cluster=section.text("cluster", "entity"),
        lags=section.integer("lags") if "lags" in section else None,
        intercept=section.flag("intercept", default=False) if effects == "first_difference" else False,
        components=section.choice("components", COMPONENTS, "swamy-arora") if effects == "random" else "swamy-arora",
        draws=Draws(
            section.integer("replications", 9999, low=99, high=1_000_000),
            section.integer("seed", 1),
            section.choice("weights", WEIGHTS, "auto"),
        )
        if wild
        else Draws(),
    )
    section.known(["lags"])
    section.close()
    return request


def _test(section: Section) -> TestRequest:
    name = section.choice("name", TESTS)
    request = TestRequest(name, section.choice("effects", EFFECTS, DEFAULT_EFFECTS[name]))
    section.close()
    return request


def _hypothesis(section: Section, regressors: tuple[str, ...]) -> Hypothesis:
    variable = section.choice("variable", regressors)
    found = Hypothesis(
        variable,
        section.choice("expected", EXPECTED, "positive"),
        section.bilingual("name", (variable, variable)),
        section.choice("reported", REPORTED) if "reported" in section else None,
    )
    section.known(["reported"])
    section.close()
    return found


def _robustness(section: Section) -> RobustnessRequest:
    without = section.section("without")
    named = {name: without.texts(name) for name in without.keys}
    without.close()
    periods = section.raw("periods", [])
    if not isinstance(periods, list) or not all(isinstance(item, list) and len(item) == 2 for item in periods):  # noqa: PLR2004
        raise section.error("periods must be a list of first and last period, for example [[2016, 2018]]")
    conventions = section.texts("conventions", ())
    for item in conventions:
        if item not in CONVENTIONS:
            raise section.error(f"conventions: “{item}” is none of {', '.join(CONVENTIONS)}")
    found = RobustnessRequest(
        outcomes=section.texts("outcomes", ()),
        lag=section.integer("lag_regressors", 0),
        without=named,
        leave_one_out=section.flag("leave_one_out", default=True),
        periods=tuple((str(first), str(last)) for first, last in periods),
        winsorise=_limits(section, "winsorise", None) if "winsorise" in section else None,
        conventions=tuple(item for item in CONVENTIONS if item in conventions),
    )
    section.known(["winsorise"])
    section.close()
    return found


def _heterogeneity(section: Section) -> str:
    by = section.text("by", "group")
    section.close()
    return by


def _texts(section: Section) -> dict[str, Text]:
    found = {key: section.bilingual(key) for key in section.keys}
    section.close()
    return found
