"""Robustness, enhanced analysis and panel through whole studies; how results are laid out for papers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tongban.observatory.qca.robustness import relation_of
from tongban.observatory.qca.run import run_study, write_results
from tongban.observatory.report.tables import result_tables
from tongban.observatory.study.language import LANGUAGES

STUDY = """\
kind = "qca"
[data]
file = "data.csv"
cases = "case"
outcome = "Y"
conditions = ["A", "B", "C"]
[[truth_table]]
incl_cut = 0.75
[[truth_table]]
outcome = "~Y"
incl_cut = 0.75
[expectations]
default = "present"
"""
DATA = """\
case,A,B,C,Y,unit,year
one,0.9,0.8,0.2,0.9,north,2020
two,0.8,0.9,0.7,0.8,north,2021
three,0.2,0.9,0.8,0.3,south,2020
four,0.1,0.2,0.9,0.1,south,2021
five,0.7,0.1,0.2,0.6,west,2020
six,0.3,0.4,0.1,0.2,west,2021
"""


def outputs(write_study: Callable[..., Path], more: str) -> dict[str, Any]:
    found: dict[str, Any] = run_study(write_study(STUDY + more, DATA)).result["outputs"]
    return found


def test_relation_of_a_path_to_a_test_solution() -> None:
    path = (1, 0, -1)
    assert relation_of(path, ((1, 0, -1), (0, -1, -1))) == "same"
    assert relation_of(path, ((1, -1, -1),)) == "superset"
    assert relation_of(path, ((1, 0, 1),)) == "subset"
    assert relation_of(path, ((0, 0, -1),)) == "absent"


def test_robustness_counts_every_test(write_study: Callable[..., Path]) -> None:
    more = "[robustness]\nincl_cuts = [0.7, 0.75, 0.8]\npri_cuts = [0.5]\nn_cuts = [1]\nsubsamples = 5\nworkers = 1\n"
    first, second = outputs(write_study, more)["robustness"]
    # two consistency cuts, one PRI cut, six cases and three conditions left out, five subsamples
    assert len(first["tests"]) == 2 + 1 + 6 + 3 + 5
    for report in (first, second):
        for path in report["paths"]:
            assert sum(path["counts"].values()) == len(report["tests"])
        assert 0 <= report["fit"]["rf_cov"] <= 1
        chosen = report["ranges"][0]
        assert chosen["low"] is None or chosen["low"] < chosen["chosen"]
        assert chosen["high"] is None or chosen["high"] >= chosen["chosen"]
    members = [case for kind in ("robust_typical", "shaky_typical") for case in first["cases"][kind]]
    assert set(members) == {"one", "two", "five"}


def test_no_assumption_is_made_for_both_outcomes_after_enhancement(write_study: Callable[..., Path]) -> None:
    found = outputs(write_study, '[enhanced]\nnecessary = { Y = ["A"] }\nimpossible = ["A*B*C"]\n')
    first, second = found["enhanced_standard_analysis"]
    assert first["contradictory_assumptions"] == second["contradictory_assumptions"]
    assert first["rows_positive_for_both"] == []
    assert set(first["impossible_remainders"]) <= {8}
    assert all("A" in term.split("*") for model in first["parsimonious"] for term in model)


def test_panel_has_every_path_and_the_whole(write_study: Callable[..., Path]) -> None:
    found = outputs(write_study, '[panel]\nunit = "unit"\ntime = "year"\n')
    for table, fits in zip(found["result_tables"], found["panel"], strict=True):
        assert len(fits) == len(table["paths"]) + 1
        assert list(fits[0]["between"]["parts"]) == ["2020", "2021"]
        assert list(fits[0]["within"]["parts"]) == ["north", "south", "west"]


def test_core_conditions_stand_in_the_parsimonious_solution(write_study: Callable[..., Path]) -> None:
    found = outputs(write_study, "")
    table, shown = found["truth_tables"][0], found["result_tables"][0]
    core_terms = [set(term["term"].split("*")) for term in table["parsimonious"]["models"][0]["terms"]]
    for path in shown["paths"]:
        literals = set(path["term"].split("*"))
        core = {literal for literal in literals if literal.removeprefix("~") in path["core"]}
        assert core == set().union(*(term for term in core_terms if term <= literals))
        assert set(path["typical_cases"]).isdisjoint(path["deviant_cases_consistency"])


def test_named_types_stand_in_the_result_table(write_study: Callable[..., Path]) -> None:
    first = outputs(write_study, "")["result_tables"][0]["paths"][0]["term"]
    shuffled = "*".join(reversed(first.split("*")))
    more = f'[[type]]\nname = {{ zh = "技术型", en = "technical" }}\noutcome = "Y"\nterms = ["{shuffled}"]\n'
    run = run_study(write_study(STUDY + more, DATA))
    named, *others = run.result["outputs"]["result_tables"][0]["paths"]
    assert named["types"] == [{"zh": "技术型", "en": "technical"}]
    assert not any(path["types"] for path in others)
    table = next(table for table in result_tables(run.analysis, run.extras, "zh") if table.name == "paths_1")
    assert table.rows[0][:2] == ("类型", "技术型")


def test_limited_diversity_is_said(write_study: Callable[..., Path]) -> None:
    found = outputs(write_study, "")["limited_diversity"][0]
    assert (found["rows"], found["observed"], found["remainders"]) == (8, 6, 2)
    assert found["more_rows_than_cases"]


@pytest.mark.parametrize(
    "data",
    [
        "case,A,B,C,Y\none,1,0,1,1\n",
        "case,A,B,C,Y\none,1,0,1,0\ntwo,0,1,1,0\n",
        "case,A,B,C,Y\none,0.5,0.5,0.5,0.5\ntwo,0.5,0.2,0.1,0.5\n",
        "case,A,B,C,Y\none,2,0,1,1\ntwo,0,1,1,0\nthree,1,1,0,1\n",
        "case,A,B,C,Y\none,1,1,1,1\ntwo,1,0,1,0\nthree,1,1,0,1\n",
    ],
    ids=["one case", "outcome never", "all at one half", "multi-value", "a constant condition"],
)
def test_extreme_data_have_a_whole_result(write_study: Callable[..., Path], data: str, tmp_path: Path) -> None:
    more = "[nca]\npermutations = 5\n[enhanced]\n[robustness]\nsubsamples = 2\nworkers = 1\n[output]\npng = false\n"
    run = run_study(write_study(STUDY + more, data))
    for language in LANGUAGES:
        assert write_results(run, tmp_path / language, language)[0].stat().st_size


@pytest.mark.parametrize("unit", ["[panel]\nunit = 'unit'\ntime = 'nowhere'\n"])
def test_a_panel_column_that_is_not_there_is_named(write_study: Callable[..., Path], unit: str) -> None:
    with pytest.raises(Exception, match="there is no column “nowhere”"):
        outputs(write_study, unit)
