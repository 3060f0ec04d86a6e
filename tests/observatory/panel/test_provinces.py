"""The two studies of real provinces, on the reference data beside the checkout."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tongban.cli.observe import observe
from tongban.observatory.panel.run import Run, run_study

pytestmark = pytest.mark.reference


def template(name: str, reference: Path, folder: Path) -> Run:
    """The template, run on the reference data where they lie."""
    made = CliRunner().invoke(observe, ["new", "panel", str(folder / "mine"), "--template", name])
    assert made.exit_code == 0
    study = folder / "mine" / "study.toml"
    text = study.read_text(encoding="utf-8")
    for file in ("panel_2010_2020.csv", "service_capability_index_2019_provinces.csv"):
        text = text.replace(f'"{file}"', f'"{reference / "province" / file}"')
    study.write_text(text, encoding="utf-8")
    return run_study(study)


def test_spending_of_provinces_is_a_complete_panel(reference: Path, tmp_path: Path) -> None:
    run = template("province-spending", reference, tmp_path)
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
    run = template("province-capability", reference, tmp_path)
    found: list[dict[str, Any]] = run.result["outputs"]["estimates"]
    assert "A study of our own" in run.result["notice"]["en"]
    assert "service_capability_index_2019_provinces.csv" in run.result["provenance"]["sha256"]
    assert [item["nobs"] for item in found] == [31, 31]
    assert found[0]["coefficients"]["ln_gdp"]["estimate"] == found[1]["coefficients"]["ln_gdp"]["estimate"]
