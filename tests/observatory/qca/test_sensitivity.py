"""Ranges of single calibration anchors, on Lipset's raw data: the ends are what they are said to be."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tongban.observatory.qca.run import run_study
from tongban.observatory.qca.sensitivity import ANCHORS, RESOLUTION, anchor_ranges

LIPSET = """\
case,DEV,URB,LIT,IND,STB,SURV
AU,720,33.4,98,33.4,10,-9
BE,1098,60.5,94.4,48.9,4,10
CZ,586,69,95.9,37.4,6,7
EE,468,28.5,95,14,6,-6
FI,590,22,99.1,22,9,4
FR,983,21.2,96.2,34.8,5,10
DE,795,56.5,98,40.4,11,-9
GR,390,31.1,59.2,28.1,10,-8
HU,424,36.3,85,21.6,13,-1
IE,662,25,95,14.5,5,8
IT,517,31.4,72.1,29.6,9,-9
NL,1008,78.8,99.9,39.3,2,10
PL,350,37,76.9,11.2,21,-6
PT,320,15.3,38,23.1,19,-9
RO,331,21.9,61.8,12.2,7,-4
ES,367,43,55.6,25.5,12,-8
SE,897,34,99.9,32.3,6,10
UK,1038,74,99.9,49.9,4,10
"""
CHOSEN = {
    "DEV": (400.0, 550.0, 900.0),
    "URB": (25.0, 50.0, 65.0),
    "LIT": (50.0, 75.0, 90.0),
    "IND": (20.0, 30.0, 40.0),
    "STB": (15.0, 9.5, 5.0),  # falling: few governments are stability
    "SURV": (-9.0, 0.0, 10.0),
}
STUDY = """\
kind = "qca"
[data]
file = "data.csv"
cases = "case"
outcome = "SURV"
conditions = ["DEV", "URB", "LIT", "IND", "STB"]
[calibration]
method = "direct"
[calibration.anchors]
{anchors}
[[truth_table]]
outcome = "{outcome}"
incl_cut = 0.8
{more}
"""
QUICK = """\
[robustness]
incl_cuts = [0.8]
pri_cuts = [0.0]
n_cuts = [1]
percentiles = [[5, 50, 95]]
shifts = [0.1]
drop_cases = false
drop_conditions = false
subsamples = {subsamples}
workers = {workers}
"""


def run(
    write_study: Callable[..., Path], anchors: Mapping[str, tuple[float, ...]], outcome: str, more: str = ""
) -> dict[str, Any]:
    lines = [
        f"{name} = {{ exclusion = {a!r}, crossover = {b!r}, inclusion = {c!r} }}" for name, (a, b, c) in anchors.items()
    ]
    path = write_study(STUDY.format(anchors="\n".join(lines), outcome=outcome, more=more), LIPSET)
    found: dict[str, Any] = run_study(path).result["outputs"]
    return found


def paths(found: dict[str, Any]) -> set[str]:
    shown = found["result_tables"][0]
    return {path["term"] for path in shown["paths"]} if shown else set()


@pytest.mark.parametrize("outcome", ["SURV", "~SURV"])
def test_the_solution_stays_inside_and_changes_just_beyond(write_study: Callable[..., Path], outcome: str) -> None:
    found = run(write_study, CHOSEN, outcome, QUICK.format(workers=1, subsamples=0))
    initial, ranges = paths(found), found["robustness"][0]["anchor_ranges"]
    assert [(one["column"], one["anchor"]) for one in ranges] == [
        (name, anchor) for name in CHOSEN for anchor in ANCHORS
    ]
    met = set()
    for one in ranges:
        at = ANCHORS.index(one["anchor"])
        assert one["low"]["inside"] <= one["chosen"] == CHOSEN[one["column"]][at] <= one["high"]["inside"]
        for end in (one["low"], one["high"]):
            met.add(end["limit"])
            assert (end["beyond"] is None) == (end["limit"] != "solution")
            for value, same in ((end["inside"], True), (end["beyond"], False)):
                if value is not None:
                    moved = list(CHOSEN[one["column"]])
                    moved[at] = value
                    again = paths(run(write_study, CHOSEN | {one["column"]: tuple(moved)}, outcome))
                    assert (again == initial) is same, (one, value)
            if end["beyond"] is not None:
                assert abs(end["beyond"] - end["inside"]) <= one["resolution"]
    assert met == {"solution", "anchor", "data"}


def test_processes_make_no_difference(write_study: Callable[..., Path]) -> None:
    one, two = (run(write_study, CHOSEN, "SURV", QUICK.format(workers=count, subsamples=12)) for count in (1, 2))
    assert len(one["robustness"][0]["tests"]) > 12
    assert json.dumps(one["robustness"]) == json.dumps(two["robustness"])


def test_ranges_can_be_left_out(write_study: Callable[..., Path]) -> None:
    found = run(write_study, CHOSEN, "SURV", QUICK.format(workers=1, subsamples=0) + "anchor_ranges = false\n")
    assert found["robustness"][0]["anchor_ranges"] == []


def test_a_crossover_ends_exactly_at_the_figure_where_a_case_changes_its_row() -> None:
    raw = np.array([0.0, 2.0, 4.0, 6.0, 10.0])
    _, crossover, _ = anchor_ranges("A", (1.0, 5.0, 9.0), raw, lambda anchors: 2.0 < anchors[1] <= 6.0)
    assert crossover.low.beyond == 2.0
    assert crossover.low.inside == pytest.approx(2.0, abs=1e-5)
    assert crossover.high.inside == 6.0
    assert crossover.high.beyond == pytest.approx(6.0, abs=1e-5)


def test_a_limit_between_figures_is_known_to_the_resolution() -> None:
    raw = np.array([0.0, 10.0])
    exclusion, crossover, inclusion = anchor_ranges("A", (8.0, 5.0, 2.0), raw, lambda anchors: anchors[0] < 9.0)
    assert exclusion.high.beyond is not None
    assert exclusion.high.inside < 9.0 <= exclusion.high.beyond <= exclusion.high.inside + 10 * RESOLUTION
    assert (exclusion.low.limit, exclusion.low.inside) == ("anchor", 5.0 + 10 * RESOLUTION)
    assert (inclusion.low.limit, inclusion.low.inside) == ("data", 0.0)
    assert {crossover.low.limit, crossover.high.limit} == {"anchor"}


def test_an_anchor_outside_the_data_moves_only_inwards() -> None:
    exclusion, _, _ = anchor_ranges("A", (-5.0, 5.0, 9.0), np.array([0.0, 3.0, 10.0]), lambda _: True)
    assert (exclusion.low.inside, exclusion.low.limit) == (-5.0, "data")
    assert exclusion.high.inside == pytest.approx(5.0 - 10 * RESOLUTION)
