"""Published textbook data must come out as R's QCA package gives them, key by key (shared/reference/qca)."""

import csv
import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tongban.cli.observe import observe

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = Path(os.environ.get("TONGBAN_REFERENCE", ROOT.parent / "shared" / "reference")) / "qca"
NAMES = ("LC_crisp", "LF_fuzzy", "LR_calibrated_idm095", "LR_calibrated_logodds3")

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif(not REFERENCE.is_dir(), reason="shared/reference/qca is not here"),
]

Json = dict[str, Any]


def study_text(reference: Json) -> str:
    """The study file that asks for what a reference file holds."""
    lines = [
        'kind = "qca"',
        "[data]",
        'file = "data.csv"',
        'cases = "case"',
        f"outcome = {json.dumps(reference['outcome'])}",
        f"conditions = {json.dumps(reference['conditions'])}",
    ]
    if reference["calibration"]:
        lines += ["[calibration]", f"idm = {reference['calibration'][0]['idm']!r}", "[calibration.anchors]"]
        for column in reference["calibration"]:
            at = column["thresholds"]
            lines.append(
                f"{column['column']} = {{ exclusion = {at['e']}, crossover = {at['c']}, inclusion = {at['i']} }}"
            )
    for table in reference["truth_tables"]:
        outcome = ("~" if table["outcome_negated"] else "") + reference["outcome"]
        lines += ["[[truth_table]]", f'outcome = "{outcome}"']
        lines += [f"{key} = {table[key]}" for key in ("incl_cut", "pri_cut", "n_cut")]
    return "\n".join([*lines, "[expectations]", 'default = "present"', ""])


@pytest.fixture(scope="module", params=NAMES)
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Json, Json]:
    """(outputs of the command, outputs of the reference)."""
    reference = json.loads((REFERENCE / f"{request.param}.json").read_text(encoding="utf-8"))
    folder = tmp_path_factory.mktemp(request.param)
    with (folder / "data.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["case", *reference["raw"]])
        for at, case in enumerate(reference["cases"]):
            writer.writerow([case, *(repr(values[at]) for values in reference["raw"].values())])
    (folder / "study.toml").write_text(study_text(reference), encoding="utf-8")
    answer = CliRunner().invoke(observe, ["qca", str(folder / "study.toml"), "--json"])
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)["outputs"], reference["outputs"]


def same_numbers(ours: Json, theirs: Json, keys: tuple[str, ...], tolerance: float = 1e-9) -> None:
    for key in keys:
        if theirs[key] is None:
            assert ours[key] is None
        else:
            assert math.isclose(ours[key], theirs[key], rel_tol=0, abs_tol=tolerance), key


def term(text: str) -> frozenset[str]:
    return frozenset(text.split("*"))


def model(terms: list[str]) -> frozenset[frozenset[str]]:
    return frozenset(map(term, terms))


def same_models(ours: list[Json], theirs: list[Json]) -> None:
    mine = {model([item["term"] for item in found["terms"]]): found for found in ours}
    expected = {model([item["term"] for item in found["terms"]]): found for found in theirs}
    assert set(mine) == set(expected)
    for key, found in expected.items():
        same_numbers(mine[key]["solution"], found["solution"], ("inclS", "PRI", "covS"))
        terms = {term(item["term"]): item for item in mine[key]["terms"]}
        for item in found["terms"]:
            same_numbers(terms[term(item["term"])], item, ("inclS", "PRI", "covS", "covU"))
            assert terms[term(item["term"])]["essential"] == item["essential"]
            assert set(terms[term(item["term"])]["cases_over_half"]) == set(item["cases_over_half"])


def test_calibrated_and_analysed_data(both: tuple[Json, Json]) -> None:
    ours, theirs = both
    for part in ("calibrated", "data"):
        for column, values in theirs.get(part, {}).items():
            assert ours[part][column] == pytest.approx(values, rel=0, abs=1e-12)


def test_fit_of_single_conditions(both: tuple[Json, Json]) -> None:
    ours, theirs = both
    mine = {(item["outcome"], item["condition"]): item for item in ours["single_condition_fit"]}
    assert set(mine) == {(item["outcome"], item["condition"]) for item in theirs["single_condition_fit"]}
    for item in theirs["single_condition_fit"]:
        found = mine[item["outcome"], item["condition"]]
        same_numbers(found["necessity"], item["necessity"], ("inclN", "RoN", "covN"))
        same_numbers(found["sufficiency"], item["sufficiency"], ("inclS", "PRI", "covS"))


def test_necessary_combinations(both: tuple[Json, Json]) -> None:
    ours, theirs = both
    mine = {row["expression"]: row for row in ours["supersubset_necessity"]["rows"]}
    assert set(mine) == {row["expression"] for row in theirs["supersubset_necessity"]["rows"]}
    for row in theirs["supersubset_necessity"]["rows"]:
        same_numbers(mine[row["expression"]], row, ("inclN", "RoN", "covN"))


def test_truth_tables(both: tuple[Json, Json]) -> None:
    for ours, theirs in zip(both[0]["truth_tables"], both[1]["truth_tables"], strict=True):
        for key in ("n_positive", "n_negative", "n_observed_rows_below_ncut", "n_remainders"):
            assert ours[key] == theirs[key], key
        for mine, row in zip(ours["rows"], theirs["rows"], strict=True):
            for key in ("row", "config", "OUT", "n", "cases", "deviant_cases_consistency"):
                assert mine[key] == row[key], key
            same_numbers(mine, row, ("incl", "PRI"))


@pytest.mark.parametrize("kind", ["complex", "parsimonious"])
def test_complex_and_parsimonious_solutions(both: tuple[Json, Json], kind: str) -> None:
    for ours, theirs in zip(both[0]["truth_tables"], both[1]["truth_tables"], strict=True):
        mine, expected = ours[kind], theirs[kind]
        assert model(mine["prime_implicants"]) == model(expected["prime_implicants"])
        assert {term(key): rows for key, rows in mine["pi_chart"].items()} == {
            term(key): rows for key, rows in expected["pi_chart"].items()
        }
        assert model(mine["essential"]) == model(expected["essential"])
        assert mine["n_models"] == expected["n_models"]
        assert mine["complete"]
        assert mine["proven"]
        same_models(mine["models"], expected["models"])
        for found in (mine, expected):
            found["by_model"] = {
                model([item["term"] for item in one["terms"]]): set(rows)
                for one, rows in zip(found["models"], found["simplifying_assumptions"], strict=True)
            }
        assert mine["by_model"] == expected["by_model"]
        assert {model(found) for found in ours["all_irredundant_models"][kind]["models"]} == {
            model(found) for found in theirs["all_irredundant_models"][kind]["models"]
        }


def test_intermediate_solutions(both: tuple[Json, Json]) -> None:
    for ours, theirs in zip(both[0]["truth_tables"], both[1]["truth_tables"], strict=True):
        pairs: list[dict[tuple[Any, Any], Json]] = [
            {(model(pair["complex_model"]), model(pair["parsimonious_model"])): pair for pair in found["pairs"]}
            for found in (ours["intermediate"], theirs["intermediate"])
        ]
        assert set(pairs[0]) == set(pairs[1])
        for key, expected in pairs[1].items():
            mine = pairs[0][key]
            for part in ("easy_counterfactuals", "difficult_counterfactuals", "n_models"):
                assert mine[part] == expected[part], part
            assert model(mine["prime_implicants"]) == model(expected["prime_implicants"])
            assert model(mine["essential"]) == model(expected["essential"])
            same_models(mine["models"], expected["models"])


def test_multi_value_sets(tmp_path: Path) -> None:
    reference = json.loads((REFERENCE / "LM_multivalue.json").read_text(encoding="utf-8"))
    (tmp_path / "data.csv").write_text((REFERENCE / "LM.csv").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "study.toml").write_text(
        'kind = "qca"\n[data]\nfile = "data.csv"\ncases = "case"\noutcome = "SURV"\n'
        'conditions = ["DEV", "URB", "LIT", "IND"]\n[[truth_table]]\n[[truth_table]]\noutcome = "~SURV"\n',
        encoding="utf-8",
    )
    answer = CliRunner().invoke(observe, ["qca", str(tmp_path / "study.toml"), "--json"])
    assert answer.exit_code == 0, answer.output
    for ours, outcome in zip(json.loads(answer.stdout)["outputs"]["truth_tables"], ("SURV", "~SURV"), strict=True):
        theirs = reference[outcome]
        for mine, row in zip(ours["rows"], theirs["rows"], strict=True):
            for key in ("row", "config", "OUT", "n", "cases", "incl", "PRI"):
                assert mine[key] == row[key], key
        for kind in ("complex", "parsimonious"):
            assert {model([item["term"] for item in found["terms"]]) for found in ours[kind]["models"]} == {
                model(found) for found in theirs[kind]["models"]
            }
