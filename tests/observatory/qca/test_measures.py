"""Calibration, fit, necessity, NCA and panel figures against numbers worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tongban.observatory.qca import calibrate as cal
from tongban.observatory.qca.fit import necessity, sufficiency
from tongban.observatory.qca.nca import nca
from tongban.observatory.qca.necessity import subsets, supersets
from tongban.observatory.qca.panel import panel_fit
from tongban.observatory.qca.sets import Space
from tongban.observatory.qca.tolerance import meets

memberships = arrays(np.float64, 12, elements=st.floats(0, 1))


def test_direct_calibration_meets_its_anchors() -> None:
    anchors = cal.Anchors(10, 20, 40)
    values = np.array([10.0, 20.0, 40.0])
    assert cal.direct(values, anchors, 3) == pytest.approx([1 / (1 + math.exp(3)), 0.5, 1 / (1 + math.exp(-3))])
    assert cal.direct(values, anchors, cal.log_odds_of(0.95)) == pytest.approx([0.05, 0.5, 0.95])


def test_falling_anchors_turn_the_set_round() -> None:
    rising = cal.direct(np.array([1.0, 4.0, 9.0]), cal.Anchors(2, 5, 8), 3)
    falling = cal.direct(np.array([1.0, 4.0, 9.0]), cal.Anchors(8, 5, 2), 3)
    assert falling == pytest.approx(1 - rising)


def test_linear_bell_and_crisp() -> None:
    values = np.array([0.0, 5.0, 10.0, 15.0, 30.0])
    assert cal.linear(values, cal.Anchors(0, 10, 20)).tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert cal.bell(values, [0, 5, 10, 15, 20, 30]).tolist() == [0, 0.5, 1, 1, 0]
    assert cal.bell(values, [10, 5, 0, 30, 20, 15]).tolist() == [1, 0.5, 0, 0, 1]
    assert cal.crisp(values, [5, 15]).tolist() == [0, 1, 1, 2, 2]


def test_indirect_calibration_smooths_the_groups() -> None:
    values = np.linspace(1, 30, 30)
    found = cal.indirect(values, [8, 15, 22])
    assert (np.diff(found) >= 0).all()
    assert found[0] < 0.1
    assert found[-1] > 0.9


@pytest.mark.parametrize("anchors", [(1, 1, 2), (1, 3, 2), (2, 1, 3)])
def test_equal_or_unordered_anchors_are_refused(anchors: tuple[float, float, float]) -> None:
    with pytest.raises(cal.CalibrationError, match="rise or fall strictly"):
        cal.Anchors(*anchors)


def test_exact_half_is_treated_as_chosen() -> None:
    values = np.array([0.5, 0.2])
    assert cal.treat_half(values, "keep").tolist() == [0.5, 0.2]
    assert cal.treat_half(values, "add0.001").tolist() == [0.501, 0.2]
    assert cal.treat_half(values, "subtract0.001").tolist() == [0.499, 0.2]
    with pytest.raises(cal.CalibrationError, match=r"exactly 0\.5"):
        cal.treat_half(values, "refuse")


def test_a_figure_meets_its_cut_within_the_tolerance() -> None:
    assert meets(0.8 - 1e-9, 0.8)
    assert not meets(0.8 - 1e-7, 0.8)
    assert not meets(float("nan"), 0)


def test_fit_by_hand() -> None:
    x, y = np.array([0.6, 0.2, 0.9]), np.array([0.8, 0.1, 0.7])
    found = sufficiency(x, y)
    assert found.consistency == pytest.approx((0.6 + 0.1 + 0.7) / 1.7)
    assert found.coverage == pytest.approx(1.4 / 1.6)
    assert found.pri == pytest.approx((1.4 - (0.2 + 0.1 + 0.3)) / (1.7 - (0.2 + 0.1 + 0.3)))
    other = necessity(x, y)
    assert (other.consistency, other.coverage) == pytest.approx((1.4 / 1.6, 1.4 / 1.7))
    assert other.relevance == pytest.approx((3 - 1.7) / (3 - 1.4))


@given(x=memberships, y=memberships)
def test_consistency_of_sufficiency_is_coverage_of_necessity(x: np.ndarray, y: np.ndarray) -> None:
    sufficient, necessary = sufficiency(x, y), necessity(x, y)
    assert sufficient.consistency == necessary.coverage or math.isnan(sufficient.consistency)
    assert sufficient.coverage == necessary.consistency or math.isnan(sufficient.coverage)
    assert math.isnan(sufficient.consistency) or 0 <= sufficient.consistency <= 1 + 1e-12


def test_a_disjunction_is_listed_only_when_no_part_of_it_is_necessary() -> None:
    space = Space(("A", "B"), (2, 2))
    data = np.array([[1, 0], [0, 1], [1, 0], [0, 0]], dtype=float)
    outcome = np.array([1, 1, 1, 0], dtype=float)
    found = supersets(space, data, outcome, consistency=0.9, relevance=0, depth=2)
    assert {item.expression for item in found} == {"A + B", "~A + ~B"}
    inside = subsets(space, data, outcome, consistency=0.9, pri=0, depth=2)
    assert [item.expression for item in inside] == ["A", "B"]


def test_combinations_are_the_same_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    data = np.random.default_rng(2).uniform(size=(12, 4))
    space, outcome = Space(("A", "B", "C", "D"), (2, 2, 2, 2)), data.mean(axis=1)
    found = supersets(space, data, outcome, consistency=0.8, relevance=0.3, depth=3)
    assert {"and", "or"} == {item.joined_by for item in found}
    for item in found:
        literals = [data[:, at] if value else 1 - data[:, at] for at, value in item.literals]
        member = np.minimum.reduce(literals) if item.joined_by == "and" else np.maximum.reduce(literals)
        assert item.fit == necessity(member, outcome)
    inside = subsets(space, data, outcome, consistency=0.8, pri=0.3, depth=3)
    assert inside
    monkeypatch.setattr("tongban.observatory.qca.necessity.AT_ONCE", 1)
    assert supersets(space, data, outcome, consistency=0.8, relevance=0.3, depth=3) == found
    assert subsets(space, data, outcome, consistency=0.8, pri=0.3, depth=3) == inside


def test_nca_effect_sizes_by_hand() -> None:
    x, y = np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.5, 1.0])
    found = nca("X", "Y", x, y, permutations=0, seed=1, levels=(0, 50, 100))
    step, line = found.ceilings
    assert step.effect == pytest.approx(0.5 * 1 + 0.5 * 0.5)
    assert line.effect == pytest.approx(0.5)
    assert list(line.line or ()) == pytest.approx([0, 1])
    assert list(step.required) == [None, 50, 100]
    assert step.p is None


def test_nca_permutations_are_seeded() -> None:
    generator = np.random.default_rng(3)
    x = generator.random(20)
    y = np.minimum(1, x + 0.2 * generator.random(20))
    one, two = (nca("X", "Y", x, y, permutations=200, seed=5, levels=(50,)) for _ in range(2))
    assert one == two
    assert one.ceilings[0].p is not None
    assert one.ceilings[0].p < 0.05


def test_panel_figures_by_hand() -> None:
    x, y = np.array([0.8, 0.4, 0.6, 0.2]), np.array([0.6, 0.6, 0.6, 0.1])
    found = panel_fit("X", x, y, units=["a", "a", "b", "b"], times=["1", "2", "1", "2"])
    assert found.pooled_consistency == pytest.approx((0.6 + 0.4 + 0.6 + 0.1) / 2.0)
    assert found.between.consistency == pytest.approx((1.2 / 1.4, 0.5 / 0.6))
    assert found.within.consistency == pytest.approx((1.0 / 1.2, 0.7 / 0.8))
    assert found.groups is None
    shares = np.array(found.within.consistency) / sum(found.within.consistency)
    assert found.within.consistency_distance == pytest.approx(math.dist(shares, (0.5, 0.5)))
