"""`tongban observe index` as people use it: results, errors, templates."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.observatory.indices.conftest import DATA
from tongban.charts.png import png_problem
from tongban.cli.observe import observe
from tongban.observatory.indices.template_model import template_data

WriteStudy = Callable[..., Path]
MORE = """
[[level_table]]
index = "x"
[[transitions]]
index = "x"
[[benchmark]]
entity = "one"
peers = ["two"]
indices = ["x"]
[convergence]
[[stages]]
index = "x"
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(observe, ["index", *map(str, arguments)])


def test_writes_every_format_and_the_same_bytes_twice(write_study: WriteStudy, tmp_path: Path) -> None:
    study = write_study(MORE + "[output]\npng = false\n")
    for name in ("first", "second"):
        answer = run(study, "--out", tmp_path / name, "--language", "en")
        assert answer.exit_code == 0, answer.output
    files = [path for path in sorted((tmp_path / "first").rglob("*")) if path.is_file()]
    assert {"report.html", "result.json", "log.txt", "tables.xlsx", "tables.docx"} <= {path.name for path in files}
    assert {path.suffix for path in files} >= {".csv", ".md", ".tex", ".svg"}
    for path in files:
        if path.suffix not in {".xlsx", ".docx"}:
            assert path.read_bytes() == (tmp_path / "second" / path.relative_to(tmp_path / "first")).read_bytes()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_report_is_one_page_in_one_language(write_study: WriteStudy, language: str) -> None:
    study = write_study(MORE + "[output]\nformats = []\npng = false\n")
    assert run(study, "--language", language, "--out", study.parent / "out").exit_code == 0
    page = (study.parent / "out" / "report.html").read_text(encoding="utf-8")
    drawn = [path.read_text(encoding="utf-8") for path in (study.parent / "out" / "figures").glob("*.svg")]
    assert not any(map(png_problem, drawn))  # the font that ships has every sign
    assert "<script" not in page
    assert not re.search(r'(src|href)="http', page)
    drawings = re.findall(r"<svg[^>]*role=\"img\".*?</svg>", page, flags=re.DOTALL)
    assert len(drawings) > 5
    assert all("<desc>" in drawing for drawing in drawings)
    text = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    text = re.sub(r'font-family="[^"]*"', "", text)
    assert bool(re.search("[\u4e00-\u9fff]", text)) == (language == "zh")


def test_json_prints_the_result_and_writes_nothing(write_study: WriteStudy) -> None:
    study = write_study(MORE)
    answer = run(study, "--json")
    assert answer.exit_code == 0
    found = json.loads(answer.stdout)
    assert [row["count"] for row in found["outputs"]["transitions"][0]["rows"]] == [1, 1, 1]
    assert set(found["provenance"]["sha256"]) == {"study.toml", "data.csv"}
    assert sorted(path.name for path in study.parent.iterdir()) == ["data.csv", "study.toml"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (DATA.replace("0.5,0.4", ",0.4"), "column “x”, row 3: the value is missing"),
        (DATA.replace("0.5,0.4", "0.5,n/a"), "column “a”, row 3: “n/a” is not a number"),
        (DATA.replace("0.5,0.4", "0.5,inf"), "column “a”, row 3: “inf” is not a finite number"),
        (DATA.replace("0.5,0.4", "0.5,-1e200"), "column “a”, row 3: “-1e200” is too large"),
        (DATA.replace("one,2010", ",2010"), "column “who”, row 3: the name of the entity is missing"),
        (DATA.replace("one,2010", "one,2010.5"), "column “year”, row 3: “2010.5” is not a whole number"),
        (DATA.replace("one,2010", "one,MMX"), "column “year”, row 3: “MMX” is not a whole number"),
        (DATA.replace("two,2020", "two,2010"), "column “who”, row 7: “two” stands in row 6 already for year 2010"),
        (DATA.replace("x,a,b", "x,a,c"), "there is no column “b”"),
        (DATA.replace("x,a,b", "x,a,a"), "the column name “a” stands twice in row 1"),
        (DATA.replace("one,2010,", "one,2010,1,1,"), "row 3 has 7 cells, the header has 5"),
        ("who,year,x,a,b\n", "there is a header but no"),
        ("", "the file is empty"),
    ],
)
def test_bad_data_get_one_sentence_and_exit_code_2(write_study: WriteStudy, data: str, sentence: str) -> None:
    answer = run(write_study(data=data))
    assert answer.exit_code == 2
    assert sentence in answer.output
    assert len(answer.output.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ("missing_valu = 0\n", "unknown key “missing_valu”; did you mean “missing_value”?"),
        ("[levels]\nbounds = [0.5, 0.5]\n", "bounds = [0.5, 0.5] must rise"),
        ('[levels]\ninclusive = "lwer"\n', "did you mean “lower”?"),
        ('[levels]\nnames = ["low", "high"]\n', "names has 2 levels; 3 bounds make 4"),
        ('[[transitions]]\nindex = "z"\n', "“z” is not an index of this study"),
        ("[[transitions]]\nfrom = 2010\nto = 2000\n", "from = 2010 must come before to = 2000"),
        ("[[transitions]]\nfrom = 2001\n", "there is no year 2001; there are 2000, 2010, 2020"),
        ('[[benchmark]]\nentity = "one"\npeers = ["on"]\n', "who “on” is not in data.csv"),
        ('[[benchmark]]\nentity = "one"\npeers = ["one"]\n', "“one” is compared with itself"),
        ('[[level_table]]\nindex = "z"\n', "there is no column “z”"),
        ("periods = [2000, 1999]\n", "the data have no year 1999"),
        ('sample = "none.csv"\n', "there is no such data file"),
        ('[[stages]]\nindex = "x"\ncuts = 1\nthreshold = 2\n', "cuts and threshold are two rules"),
        ("[composite]\nweights = [1]\n", "1 weights are given for 2 parts (a, b)"),
    ],
)
def test_mistakes_in_the_study_are_named(write_study: WriteStudy, more: str, sentence: str) -> None:
    answer = run(write_study(more))
    assert answer.exit_code == 2
    assert sentence in answer.output
    assert len(answer.output.strip().splitlines()) == 1


def test_convergence_of_one_entity_or_of_huge_values_is_refused(write_study: WriteStudy) -> None:
    alone = "\n".join(line for line in DATA.splitlines() if line[:3] in {"who", "one"})
    answer = run(write_study("[convergence]\n", alone))
    assert (answer.exit_code, "no year has two surveyed entities" in answer.output) == (2, True)
    answer = run(write_study("[convergence]\n", DATA.replace("0.5,0.4", "0.5,1e12")))
    assert (answer.exit_code, "values up to 1e+12 in 9 rows are too large" in answer.output) == (2, True)


def test_spark_that_is_not_installed_is_said(write_study: WriteStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pyspark", "pyspark.sql"):
        monkeypatch.setitem(sys.modules, name, None)
    answer = run(write_study(), "--engine", "pyspark")
    assert answer.exit_code == 2
    assert "pip install 'tongban[spark]'" in answer.output


def test_example_study_is_written_and_runs(tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(observe, ["new", "index", str(tmp_path / "mine")]).exit_code == 0
    assert (tmp_path / "mine" / "data.csv").read_text(encoding="utf-8") == template_data()
    study = tmp_path / "mine" / "study.toml"
    study.write_text(study.read_text(encoding="utf-8").replace("png = true", "png = false"), encoding="utf-8")
    answer = run(study, "--language", "en", "--out", tmp_path / "out")
    assert answer.exit_code == 0, answer.output
    for figure in (tmp_path / "out" / "figures").glob("*.svg"):
        assert "seeded model" in figure.read_text(encoding="utf-8"), figure.name


def test_other_kinds_do_not_load_ibis() -> None:
    code = (
        "import sys, tongban.cli.observe, tongban.observatory.qca.run, tongban.observatory.study.results; "
        "sys.exit('ibis' in sys.modules or 'duckdb' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
