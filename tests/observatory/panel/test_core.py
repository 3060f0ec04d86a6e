"""The core against brute force: dummies in place of demeaning, every draw in place of cluster sums."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.observatory.errors import StudyError
from tongban.observatory.panel.absorb import TwoWay, groups_of
from tongban.observatory.panel.covariance import covariance
from tongban.observatory.panel.diagnostics import hausman, run_test
from tongban.observatory.panel.distributions import chi2_upper, f_upper, t_quantile, t_two_sided
from tongban.observatory.panel.estimators import Panel, absorber, fit
from tongban.observatory.panel.wild import Bootstrap, Draws


def unbalanced(seed: int, entities: int = 7, periods: int = 5, share: float = 0.8, columns: int = 2) -> Panel:
    generator = np.random.default_rng(seed)
    there = generator.random(entities * periods) < share
    entity, period = np.divmod(np.flatnonzero(there), periods)
    x = np.asfortranarray(generator.standard_normal((len(entity), columns)))
    y = x.sum(axis=1) + 0.5 * entity + 0.3 * period + generator.standard_normal(len(entity))
    return Panel(y, x, tuple(f"x{at}" for at in range(columns)), groups_of(entity), groups_of(period))


def dummies(panel: Panel) -> Any:
    return np.column_stack(
        [np.eye(panel.entity.size)[panel.entity.codes], np.eye(panel.period.size)[panel.period.codes]]
    )


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), share=st.floats(0.2, 1.0), periods=st.integers(1, 9))
def test_two_way_demeaning_is_the_residual_on_all_dummies(seed: int, share: float, periods: int) -> None:
    panel = unbalanced(seed, 9, periods, share)
    if not panel.rows:
        return
    takes = TwoWay(panel.entity, panel.period)
    all_dummies = dummies(panel)
    expected = panel.y - all_dummies @ np.linalg.lstsq(all_dummies, panel.y, rcond=None)[0]
    assert takes.residual(panel.y) == pytest.approx(expected, abs=1e-9)
    assert takes.parameters == np.linalg.matrix_rank(all_dummies)


def test_large_sides_are_solved_by_conjugate_gradients_to_the_same_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = unbalanced(3, 40, 30, 0.3)
    dense = TwoWay(panel.entity, panel.period).residual(panel.y)
    monkeypatch.setattr("tongban.observatory.panel.absorb.DENSE_SIDE", 0)
    assert TwoWay(panel.entity, panel.period).residual(panel.y) == pytest.approx(dense, abs=1e-12)


def test_a_disconnected_panel_loses_one_parameter_a_part() -> None:
    entity, period = np.array([0, 0, 1, 1, 2, 2, 3, 3]), np.array([0, 1, 0, 1, 2, 3, 2, 3])
    assert TwoWay(groups_of(entity), groups_of(period)).parameters == 4 + 4 - 2


def test_absorbed_and_collinear_regressors_are_told_apart() -> None:
    panel = unbalanced(1)
    x = np.asfortranarray(np.column_stack([panel.x, panel.entity.codes * 1e6, panel.x[:, 0] - 2 * panel.x[:, 1]]))
    found = fit(Panel(panel.y, x, ("a", "b", "level", "both"), panel.entity, panel.period), "twoways")
    assert found.names == ("a", "b")
    assert dict(found.dropped) == {"level": "absorbed by the two-way effects", "both": "collinear with the others"}


@pytest.mark.parametrize("effects", ["none", "random", "between", "first_difference"])
def test_a_column_far_from_zero_is_no_constant(effects: Any) -> None:
    """Slopes and errors are those of the column with its level taken off; a column that is one number is named."""
    generator = np.random.default_rng(3)
    entity, period = np.divmod(np.arange(120), 6)
    near = np.asfortranarray(generator.standard_normal((120, 2)))
    y = near.sum(axis=1) + generator.standard_normal(120)
    far = np.asfortranarray(np.column_stack([near[:, 0] * 10 + 1e8, near[:, 1], np.full(120, 5.3)]))
    groups = groups_of(entity), groups_of(period)
    found = fit(Panel(y, far, ("far", "x", "level"), *groups), effects, intercept=effects == "first_difference")
    plain = fit(Panel(y, near, ("far", "x"), *groups), effects, intercept=effects == "first_difference")
    assert found.names == plain.names == ("const", "far", "x")
    assert [name for name, _ in found.dropped] == ["level"]
    unit = np.array([10.0, 1.0])
    assert found.beta[1:] * unit == pytest.approx(plain.beta[1:], rel=1e-5)
    errors = [covariance(each, "classical", each.entity).errors[1:] for each in (found, plain)]
    assert errors[0] * unit == pytest.approx(errors[1], rel=1e-5)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
@pytest.mark.parametrize("effects", ["none", "entity", "twoways"])
def test_the_wild_bootstrap_equals_estimating_every_draw_anew(effects: Any, seed: int) -> None:
    panel = unbalanced(seed, 6, 5, 0.9)
    found = fit(panel, effects)
    clusters = found.entity
    matrix = covariance(found, "fixest", clusters).matrix
    at = found.names.index("x0")
    half = np.column_stack([clusters.sums(found.x[:, j] * found.residuals) for j in range(found.k)]) @ found.bread
    factor = float(matrix[at, at] / (half[:, at] @ half[:, at]))
    takes = absorber(panel, effects) if effects != "none" else None
    wild = Bootstrap(found, clusters, takes, Draws(99, 1, "rademacher"), factor).result(at, 0.95)
    assert wild.enumerated

    others = [np.ones((panel.rows, 1))] if effects == "none" else [np.eye(clusters.size)[clusters.codes]]
    if effects == "twoways":
        others.append(np.eye(panel.period.size)[panel.period.codes][:, 1:])
    null = np.column_stack([panel.x[:, 1:], *others])
    full = np.column_stack([panel.x, *others])
    bread = np.linalg.inv(full.T @ full)

    def t_of(y: Any) -> float:
        beta = bread @ full.T @ y
        u = y - full @ beta
        score = np.array([full[clusters.codes == g].T @ u[clusters.codes == g] for g in range(clusters.size)])
        return float(beta[0] / np.sqrt(factor * (bread @ score.T @ score @ bread)[0, 0]))

    fitted = null @ np.linalg.lstsq(null, panel.y, rcond=None)[0]
    observed = abs(t_of(panel.y))
    hits = [
        abs(t_of(fitted + np.array(signs)[clusters.codes] * (panel.y - fitted))) >= observed * (1 - 1e-9)
        for signs in product((-1.0, 1.0), repeat=clusters.size)
    ]
    assert wild.p == pytest.approx(np.mean(hits))
    assert wild.low < found.beta[at] < wild.high


def test_seeded_draws_repeat_and_few_clusters_take_webb() -> None:
    panel = unbalanced(5, 10, 6)
    found = fit(panel, "entity")
    results = [
        Bootstrap(found, found.entity, absorber(panel, "entity"), Draws(499, seed), 1.0).result(0, 0.95)
        for seed in (1, 1, 2)
    ]
    assert results[0] == results[1] != results[2]
    assert results[0].weights == "webb"


def test_one_cluster_or_too_many_for_the_bootstrap_are_refused() -> None:
    found = fit(unbalanced(1, 1, 8, 1.0), "none")
    with pytest.raises(StudyError, match="at least two clusters"):
        covariance(found, "fixest", found.entity)
    many = unbalanced(1, 2000, 5, 1.0)
    wide = fit(many, "entity")
    with pytest.raises(StudyError, match="2000 clusters and 10000 rows is too large"):
        Bootstrap(wide, wide.entity, absorber(many, "entity"), Draws(), 1.0)


def test_the_jackknife_of_first_differences_leaves_out_their_rows() -> None:
    panel = unbalanced(2, 9, 6, 1.0)
    found = fit(panel, "first_difference")
    matrix = covariance(found, "CRV3", found.entity).matrix
    y = np.diff(panel.y.reshape(9, 6), axis=1)
    x = np.diff(panel.x.reshape(9, 6, 2), axis=1)
    away = [
        np.linalg.lstsq(np.delete(x, g, 0).reshape(-1, 2), np.delete(y, g, 0).ravel(), rcond=None)[0] - found.beta
        for g in range(9)
    ]
    assert matrix == pytest.approx(8 / 9 * sum(np.outer(one, one) for one in away), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "effects", "sentence"),
    [
        ("f-effects", "time", "no two groups whose effects could differ"),
        ("f-effects", "entity", "left to estimate"),
        ("breusch-pagan", "entity", "no entity has two rows"),
        ("breusch-pagan", "twoways", "no entity has two rows"),
        ("hausman", "entity", "left to estimate"),
        ("wooldridge", "first_difference", "no entity has two periods that follow each other"),
        ("pesaran-cd", "none", "no two entities have two periods in common"),
    ],
)
def test_a_cross_section_has_no_tests_of_a_panel(name: Any, effects: Any, sentence: str) -> None:
    x = np.asfortranarray(np.random.default_rng(1).standard_normal((9, 2)))
    once = Panel(
        x @ [1.0, 2.0] + x[:, 0] ** 2, x, ("a", "b"), groups_of(np.arange(9)), groups_of(np.zeros(9, dtype=int))
    )
    with pytest.raises(StudyError, match=sentence):
        run_test(name, once, effects)


def test_hausman_says_when_it_takes_the_regression_form() -> None:
    forms = {hausman(unbalanced(seed, 8, 4), "entity").note[1].split("; ")[-1] for seed in range(30)}
    assert any("classic form" in form for form in forms)
    assert any("regression form" in form for form in forms)


def test_wooldridge_finds_serial_correlation_and_only_that() -> None:
    generator = np.random.default_rng(0)
    entity, period = np.divmod(np.arange(60 * 12), 12)
    noise = generator.standard_normal((60, 12))
    walk = noise.cumsum(axis=1).ravel()
    x = np.asfortranarray(generator.standard_normal((720, 1)))
    for errors, found in ((noise.ravel(), False), (walk, True)):
        panel = Panel(x[:, 0] + errors, x, ("x",), groups_of(entity), groups_of(period))
        assert (run_test("wooldridge", panel, "first_difference").p < 0.01) == found


def test_tails_are_those_of_the_tables() -> None:
    """The expected figures are R's qt, pt, pchisq and pf."""
    assert t_quantile(0.95, 10) == pytest.approx(2.228138851986274, rel=1e-13)
    assert t_quantile(0.95, 84) == pytest.approx(1.9886096669757085, rel=1e-13)
    assert t_two_sided(2.0, 5) == pytest.approx(0.10193947882985828, rel=1e-13)
    assert t_two_sided(8.0, 3) == pytest.approx(0.004076577587785467, rel=1e-13)
    assert chi2_upper(200.0, 150) == pytest.approx(0.003973185970821609, rel=1e-12)
    assert chi2_upper(1.5, 7) == pytest.approx(0.9823096598068504, rel=1e-13)
    assert f_upper(4.0, 2, 10) == pytest.approx(0.05292214940134465, rel=1e-13)
