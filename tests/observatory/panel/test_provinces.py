"""The two studies of real provinces, on the reference data beside the checkout."""

import csv
import shutil
from pathlib import Path

import pytest

from tongban.observatory.panel.run import run_study

STUDIES = Path(__file__).resolve().parents[3] / "benchmarks"

pytestmark = pytest.mark.reference


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_spending_of_provinces_is_a_complete_panel(reference: Path, tmp_path: Path) -> None:
    rows = [row for row in rows_of(reference / "province" / "panel_2010_2020.csv") if row["year"] >= "2016"]
    write(tmp_path / "provinces_2016_2020.csv", rows)
    study = Path(shutil.copy(STUDIES / "province_spending.toml", tmp_path))
    run = run_study(study)
    analysis, found = run.analysis, run.result["outputs"]
    assert "no replication" in run.result["notice"]["en"]
    assert (analysis.table.rows, len(analysis.table.entities)) == (155, 31)
    # The first year has no year before: 31 rows less for the peers, none for anything else.
    assert found["missing"]["peer_rd"] == {"2016": 31, "2017": 0, "2018": 0, "2019": 0, "2020": 0}
    assert sum(found["missing"]["ln_rd"].values()) == 0
    assert [item["nobs"] for item in found["estimates"]] == [124] * 4
    assert {item.group: item.entities for item in analysis.groups} == {"东部": 10, "中部": 6, "西部": 12, "东北": 3}
    assert any(item.change == "municipalities" and item.nobs == 108 for item in analysis.variations)
    assert 0.5 < found["estimates"][0]["coefficients"]["ln_gdp"]["estimate"] < 2


def test_capability_in_2019_is_a_cross_section(reference: Path, tmp_path: Path) -> None:
    folder = reference / "province"
    index = {row["province_code"]: row for row in rows_of(folder / "service_capability_index_2019_provinces.csv")}
    rows = [row for row in rows_of(folder / "panel_2010_2020.csv") if row["year"] == "2019"]
    write(
        tmp_path / "capability_2019.csv",
        [row | {"index_2019": index[row["province_code"]]["index_2019"]} for row in rows],
    )
    study = Path(shutil.copy(STUDIES / "province_capability.toml", tmp_path))
    found = run_study(study).result["outputs"]["estimates"]
    assert [item["nobs"] for item in found] == [31, 31]
    assert found[0]["coefficients"]["ln_gdp"]["estimate"] == found[1]["coefficients"]["ln_gdp"]["estimate"]
