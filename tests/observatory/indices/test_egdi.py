"""The founding study of the EGDI recomputed: shared/reference/egdi and what seeds/README.md says of Tables 1 to 3."""

import csv
import json
import shutil
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import tongban.observatory.indices
from tongban.cli.observe import observe

TEMPLATE = Path(tongban.observatory.indices.__file__).parent / "templates" / "egdi"
NAMES = {"VH": "very_high", "H": "high", "M": "middle", "L": "low"}
PAPER = (2003, 2004, 2005, 2008, 2010, 2012, 2014, 2016, 2018)

pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def egdi(reference: Path) -> Path:
    return reference / "egdi"


def run(study: Path, *arguments: str) -> dict[str, Any]:
    answer = CliRunner().invoke(observe, ["index", str(study), "--json", *arguments])
    assert answer.exit_code == 0, answer.output
    found: dict[str, Any] = json.loads(answer.stdout)["outputs"]
    return found


@pytest.fixture(scope="module")
def template(egdi: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the template of the founding study gives."""
    folder = tmp_path_factory.mktemp("egdi") / "study"
    shutil.copytree(TEMPLATE, folder)
    shutil.copy(egdi / "egdi_2003_2024.csv", folder)
    return run(folder / "study.toml")


SETS = {
    "all193": "",
    "egdi_positive_163": "missing_value = 0\n",
    "all_subindices_positive_157": 'missing_value = 0\nbalanced_on = ["egdi", "osi", "tii", "hci"]\n'
    "periods = [{paper}]\n",
    "fitted_150_restricted": 'missing_value = 0\nsample = "{egdi}/fitted_150_countries.csv"\n',
    "fitted_150_free": 'sample = "{egdi}/fitted_150_countries.csv"\nsample_column = "fit_free"\n',
}
BOUNDS = {"ge": '"lower"', "gt": '["lower", "lower", "upper"]'}
"""How the recomputed files read the bounds: 0.75 in very high, or (as the report prints it) in high."""

Contract = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def contract(egdi: Path, tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """A study as the contract writes it, on the data where they lie, for one of the sets of countries."""

    @cache
    def of(chosen: str) -> dict[str, Any]:
        data = SETS[chosen].format(egdi=egdi, paper=", ".join(map(str, PAPER)))
        tables = "".join(
            f'[[level_table]]\nindex = "{index}"\ninclusive = {inclusive}\n'
            for inclusive in BOUNDS.values()
            for index in ("egdi", "osi", "tii", "hci")
        )
        moves = "".join(
            f'[[transitions]]\nindex = "egdi"\nfrom = 2003\nto = 2018\nrule = "{rule}"\n'
            for rule in ("first-last", "lowest-later-highest")
        )
        study = tmp_path_factory.mktemp("contract") / "study.toml"
        study.write_text(
            f'kind = "index"\n[data]\nfile = "{egdi / "egdi_2003_2024.csv"}"\nentity = "iso3"\nperiod = "year"\n'
            f'indices = ["egdi", "osi", "tii", "hci"]\n{data}{tables}{moves}',
            encoding="utf-8",
        )
        return run(study)

    return of


@pytest.mark.parametrize("bounds", BOUNDS)
@pytest.mark.parametrize("chosen", SETS)
def test_counts_are_those_recomputed(egdi: Path, contract: Contract, chosen: str, bounds: str) -> None:
    found = contract(chosen)
    tables = found["level_tables"][:4] if bounds == "ge" else found["level_tables"][4:]
    counts = {(row["period"], row["index"].upper()): row for table in tables for row in table["rows"]}
    with (egdi / "recompute_table3.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["multiplier"] == "1"]
    wanted = [row for row in rows if (row["country_set"], row["bound_rule"]) == (chosen, bounds)]
    assert len(wanted) == 36
    for row in wanted:
        own = counts[int(row["year"]), row["index"]]
        assert [str(own[name]) for name in ("very_high", "high", "middle", "low")] == [
            row[name] for name in ("very_high", "high", "middle", "low")
        ], row
        assert str(found["sample"]["entities"]) == row["n_countries"]


@pytest.mark.parametrize(
    ("chosen", "column"), [("all193", "all193"), ("egdi_positive_163",) * 2, ("fitted_150_restricted", "fitted_150")]
)
def test_moves_are_those_recomputed(egdi: Path, contract: Contract, chosen: str, column: str) -> None:
    with (egdi / "recompute_table1_2.csv").open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["from"] != "total"]
    rules = ("first_to_last", "trough_to_later_peak")
    for moves, rule in zip(contract(chosen)["transitions"], rules, strict=True):
        own = {(row["from"], row["to"]): row["count"] for row in moves["rows"]}
        wanted = {(NAMES[row["from"]], NAMES[row["to"]]): int(row[f"{column}_{rule}"]) for row in rows}
        assert own == {move: count for move, count in wanted.items() if count}


def test_paths_of_all_countries_are_those_recomputed(egdi: Path, contract: Contract) -> None:
    found = contract("all193")
    first, dip = ({who: row for row in moves["rows"] for who in row["entities"]} for moves in found["transitions"])
    with (egdi / "recompute_transitions_2003_2018.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            who = row["iso3"]
            assert (first[who]["from"], first[who]["to"]) == (NAMES[row["level_2003"]], NAMES[row["level_2018"]])
            assert (dip[who]["from"], dip[who]["to"]) == (NAMES[row["trough_level"]], NAMES[row["later_peak_level"]])


def test_tables_1_and_2_differ_by_mexico_and_solomon_islands_only(template: dict[str, Any]) -> None:
    moves = template["published"][0]
    off = {
        tuple(item["key"]): (item["printed"][0], item["computed"][0])
        for item in moves["items"]
        if item["verdict"] != "equal"
    }
    assert off == {
        ("high", "high"): ("10", "11"),
        ("middle", "low"): ("1", "0"),
        ("low", "high"): ("4", "3"),
        ("low", "middle"): ("25", "26"),
    }
    named = template["published"][1]
    wrong = {item["key"][0]: item["computed"] for item in named["items"] if item["verdict"] != "equal"}
    assert set(wrong) == {"MEX", "PAK", "SLB"}
    assert wrong["MEX"] == ["high > high", "high"]
    assert wrong["PAK"] == ["low > middle", "low > middle"]
    assert wrong["SLB"] == ["low > middle", "middle > low > middle"]
    cyprus = next(item for item in named["items"] if item["key"][0] == "CYP")
    assert (cyprus["verdict"], cyprus["computed"][1]) == ("equal", "middle > high > very_high")


def test_table_3_is_equal_but_for_19_cells_and_what_cannot_be_right(template: dict[str, Any]) -> None:
    table = template["published"][2]
    assert (table["cells"], table["cells_equal"], table["cells_one_off"]) == (108, 89, 19)
    assert table["sums_of_differences"] == [{"top_level": "≥ 0.75", "sum": 19}, {"top_level": "> 0.75", "sum": 41}]
    verdicts = Counter(item["verdict"] for item in table["items"])
    assert (verdicts["impossible"], verdicts["explained"], verdicts["differs"]) == (1, 3, 0)
    lost = next(item for item in table["items"] if item["verdict"] == "impossible")
    assert (lost["key"], lost["computed"]) == (["tii", "2018"], ["19", "49", "49", "33"])
    weighted = {item["key"][0]: item["computed"] for item in table["items"] if item["verdict"] == "explained"}
    assert weighted == {
        "osi": ["6", "21", "66", "57"],
        "tii": ["3", "26", "37", "84"],
        "hci": ["115", "25", "10", "0"],
    }


def test_quoted_values_and_table_4(template: dict[str, Any]) -> None:
    values, stage_counts = template["published"][3:]
    assert [item["key"] for item in values["items"] if item["verdict"] == "differs"] == [["CHN", "2016", "hci"]]
    assert {item["verdict"] for item in stage_counts["items"]} == {"not_checkable"}


def test_gaps_of_china_are_those_of_section_5(template: dict[str, Any]) -> None:
    gaps = {(gap["period"], gap["index"]): round(gap["gap"], 3) for gap in template["benchmarks"][0]["gaps"]}
    assert [gaps[2018, index] for index in ("osi", "hci", "tii", "egdi")] == [-0.106, -0.212, -0.27, -0.196]
    assert [gaps[2016, index] for index in ("osi", "hci", "tii")] == [-0.197, -0.234, -0.375]
    ranks = {gap["period"]: gap["rank_all"] for gap in template["benchmarks"][0]["gaps"] if gap["index"] == "egdi"}
    assert (ranks[2018], ranks[2020], ranks[2022], ranks[2024]) == (65, 45, 43, 35)
    assert template["benchmarks"][1]["peers"] == ["AUS", "CAN", "DNK", "GBR", "NOR", "USA"]
    assert len(template["benchmarks"][0]["components"]) == 18


def test_2012_follows_from_a_rule_by_jumps_and_2016_does_not(template: dict[str, Any]) -> None:
    online, wires, people, *_ = template["stages"]
    for found in (online, wires):
        assert found["cuts"] == [2012, 2018]
        assert found["expected"] == [{"period": 2012, "follows": True}, {"period": 2016, "follows": False}]
        assert found["thresholds_for_expected_alone"] is None
        assert 2018 in found["cut_as_well"]
    assert [item["follows"] for item in people["expected"]] == [False, False]


def test_every_table_goes_on_to_2024(template: dict[str, Any]) -> None:
    assert [row["period"] for row in template["level_tables"][0]["rows"]] == [*PAPER, 2020, 2022, 2024]
    last = next(moves for moves in template["transitions"] if moves["to"] == 2024)
    assert sum(row["count"] for row in last["rows"]) == 150
    assert [item["period"] for item in template["composite"] if item["largest_difference"] > 0.001] == [2008]
