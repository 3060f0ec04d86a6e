"""`tongban observe panel` as people use it: results, errors, templates."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from tests.observatory.panel.conftest import WriteStudy, made_up
from tongban.cli.observe import observe
from tongban.observatory.panel import analysis
from tongban.observatory.panel.template_model import template_data, template_neighbours


def run(*arguments: object) -> Result:
    return CliRunner().invoke(observe, ["panel", *map(str, arguments)])


def outputs(study: Path) -> dict[str, Any]:
    answer = run(study, "--json")
    assert answer.exit_code == 0, answer.output
    found: dict[str, Any] = json.loads(answer.stdout)["outputs"]
    return found


def test_the_contract_of_the_study_file(write_panel: WriteStudy) -> None:
    study = write_panel('[[estimate]]\neffects = "random"\nse = "plm-HC1"\n[[test]]\nname = "hausman"\n')
    found = outputs(study)
    assert [item["effects"] for item in found["estimates"]] == ["twoways", "random"]
    first = found["estimates"][0]
    assert set(first["coefficients"]["x"]) == {"estimate", "std_error", "t", "p", "low", "high"}
    assert (first["nobs"], first["df_residual"], first["se_convention"]) == (40, 40 - 8 - 5 + 1 - 1, "fixest")
    assert first["dropped"] == [{"name": "w", "reason": "absorbed by the two-way effects"}]
    assert 0 < first["r2"]["within"] < first["r2"]["total"] < 1
    test = found["tests"][0]
    assert {"statistic", "df", "p", "note"} <= set(test)
    assert sorted(path.name for path in study.parent.iterdir()) == ["data.csv", "study.toml"]


FULL = """\
[[estimate]]
effects = "entity"
se = "CRV3"
[[estimate]]
effects = "random"
se = "classical"
components = "harmonic"
[[test]]
name = "wooldridge"
[[hypothesis]]
variable = "x"
expected = "positive"
reported = "significant"
[[hypothesis]]
variable = "w"
[robustness]
lag_regressors = 1
periods = [["2017", "2020"]]
winsorise = [5, 95]
conventions = ["classical", "fixest"]
[robustness.without]
two = ["u1", "u2"]
[heterogeneity]
by = "group"
[output]
formats = ["csv", "markdown", "latex", "xlsx"]
png = false
"""


def test_writes_the_folder_and_the_same_numbers_twice(write_panel: WriteStudy, tmp_path: Path) -> None:
    study = write_panel(FULL)
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        assert run(study, "--out", folder, "--language", "en").exit_code == 0
    for path in sorted(one.rglob("*")):
        if path.is_file() and path.suffix != ".xlsx":
            assert path.read_bytes() == (two / path.relative_to(one)).read_bytes(), path.name
    assert {"regression", "hypotheses", "robustness_all", "groups"} <= set(
        openpyxl.load_workbook(one / "tables.xlsx").sheetnames
    )
    table = (one / "tables" / "regression.md").read_text(encoding="utf-8")
    assert "Standard errors in brackets. fixest: clustered by unit" in table
    assert "w (1): absorbed by the two-way effects" in table
    verdicts = (one / "tables" / "hypotheses.csv").read_text(encoding="utf-8-sig").splitlines()
    assert ",supported,significant,yes" in verdicts[1]
    assert "not estimated" in verdicts[2]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_report_is_one_page_without_script(write_panel: WriteStudy, language: str) -> None:
    study = write_panel(FULL.replace('formats = ["csv", "markdown", "latex", "xlsx"]', 'formats = ["csv"]'))
    assert run(study, "--language", language, "--out", study.parent / "out").exit_code == 0
    page = (study.parent / "out" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.search(r'(src|href)="http', page)
    drawings = re.findall(r"<svg[^>]*role=\"img\".*?</svg>", page, flags=re.DOTALL)
    assert drawings
    components = {"zh": "方差分量（调和平均）", "en": "variance components (harmonic mean)"}
    assert components[language] in page
    assert all("<desc>" in drawing for drawing in drawings)
    text = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert bool(re.search("[\u4e00-\u9fff]", text)) == (language == "zh")


DATA = made_up()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (DATA.replace("u1,2017", "u1,2016"), "row 3: u1 in 2016 stands in row 2 already"),
        (DATA.replace("u1,2016,south", ",2016,south"), "column “unit”, row 2: a name is missing"),
        (re.sub(r"(u1,2018,south),[^,]*", r"\1,high", DATA), "column “y”, row 4: “high” is not a number"),
        (re.sub(r"(u1,2018,south),[^,]*", r"\1,inf", DATA), "column “y”, row 4: “inf” is not a finite number"),
        (re.sub(r"(u1,2018,south),[^,]*", r"\1,1e200", DATA), "column “y”, row 4: “1e200” is too large"),
        (re.sub(r"(,north|,south),[^,]*", r"\1,3", DATA), "the outcome “y” is 3 in every row"),
        (re.sub(r"u(.),(.*h),[^,]*", r"u\1,\2,\1", DATA), "the effects explain all of the outcome “y”"),
        (
            DATA.replace("u1,2018,south", "u1,2018,north"),
            "column “region”, row 4: u1 is in “north” here and in “south”",
        ),
        (DATA.replace(",x,", ",z,"), "there is no column “x”"),
        ("\n".join(DATA.splitlines()[:3]), "left to estimate: “x” is absorbed by the two-way effects; “w” is absorbed"),
        (
            "\n".join(DATA.splitlines()[:3] + DATA.splitlines()[6:8]),
            "4 rows do not suffice for 1 coefficients and 3 effects",
        ),
        ("unit,year,region,y,x,w\n", "there is a header but no case"),
    ],
)
def test_bad_data_get_one_sentence_and_exit_code_2(write_panel: WriteStudy, data: str, sentence: str) -> None:
    answer = run(write_panel(data=data))
    assert answer.exit_code == 2
    assert sentence in answer.output
    assert len(answer.output.strip().splitlines()) == 1


PEERS = '[derive.p]\npeer = "y"\nof = "{of}"\n'


@pytest.mark.parametrize(
    ("more", "changes", "sentence"),
    [
        ("", [('"twoways"', '"towways"')], "must be one of none, entity, time, twoways"),
        ("", [('"fixest"', '"fixst"')], "did you mean “fixest”?"),
        ("", [("[[estimate]]", "[[estimat]]")], "there is no [[estimate]]"),
        ("", [('"panel"', '"index"')], "kind = 'index' is for the command: tongban observe index"),
        ("cluter = 1\n", [], "unknown key “cluter”; did you mean “cluster”?"),
        ("", [('"x", "w"', '"x", "y"')], "the outcome “y” is named among the regressors too"),
        ('[derive.l]\nlog = "y"\nlag = "y"\n', [], "exactly one of log,"),
        ('[derive.l]\nlog = "x"\n', [('"x", "w"', '"l", "w"')], "has no logarithm"),
        (PEERS.format(of="all"), [('"x", "w"', '"p"')], "an exact function of the own outcome"),
        (
            PEERS.format(of="all") + '[derive.s]\nstandardise = "p"\n',
            [('"x", "w"', '"s"')],
            "function of the own outcome",
        ),
        (
            PEERS.format(of="region").replace('"y"', '"x"'),
            [('"x", "w"', '"x", "p"'), ('group = "region"', 'group = "all"')],
            "the regressor “p” is the plain mean of all other units",
        ),
        (PEERS.format(of="neighbours"), [('"x", "w"', '"p"')], "“u1” is no province of China"),
        ("", [('"x", "w"', '"const"')], "“const” is the name of the constant"),
        ('[derive.l]\nlag = "x"\nperiods = 9\n', [('"x", "w"', '"l"')], "“l” is missing in 40 of 40 rows"),
        ('[[test]]\nname = "hausmann"\n', [], "did you mean “hausman”?"),
        ('[[test]]\nname = "f-effects"\neffects = "random"\n', [], "[[test]] 1: test f-effects"),
        ('[[hypothesis]]\nvariable = "q"\n', [], "must be one of x, w"),
        ('[robustness.without]\nsome = ["u99"]\n', [], "there is no entity “u99”"),
        ('[breaks]\n2030 = "x"\n', [], "there is no period “2030”"),
        ("", [('period = "year"', 'period = "year"\nperiods = [2016, 2030]')], "periods: there is no year 2030"),
        ("", [('period = "year"', 'period = "year"\nperiods = 2016')], "periods must be a list of periods"),
    ],
)
def test_mistakes_in_the_study_are_named(
    write_panel: WriteStudy, more: str, changes: list[tuple[str, str]], sentence: str
) -> None:
    data = "\n".join(f"{line},{'one' if at else 'all'}" for at, line in enumerate(DATA.splitlines()))
    answer = run(write_panel(more, *changes, data=data))
    assert answer.exit_code == 2
    assert sentence in answer.output
    assert len(answer.output.strip().splitlines()) == 1


def test_leaving_out_very_many_one_by_one_is_refused(write_panel: WriteStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "ONE_BY_ONE", 8 * 40 - 1)
    assert "write leave_one_out = false" in run(write_panel("[robustness]\n")).output
    assert run(write_panel("[robustness]\nleave_one_out = false\n"), "--json").exit_code == 0


def test_missing_values_are_left_out_and_counted(write_panel: WriteStudy) -> None:
    data = re.sub(r"(u1,2018,south,[^,]*),[^,]*", r"\1,NA", DATA).replace("u2,2020,", "u2,2021,")
    study = write_panel("", ('period = "year"', 'period = "year"\nmissing = ["NA"]'), data=data)
    found = outputs(study)
    assert found["estimates"][0]["nobs"] == 39
    assert found["estimates"][0]["rows_left_out"] == 1
    assert found["missing"]["x"] == {"2016": 0, "2017": 0, "2018": 1, "2019": 0, "2020": 1, "2021": 7}


def test_chosen_periods_and_a_second_file(write_panel: WriteStudy) -> None:
    """A study of some periods, with a column from another file, is one of the data that hold just that."""
    columns = [(line.split(",")[0], line.rpartition(",")) for line in DATA.splitlines()]
    study = write_panel(
        "",
        ('period = "year"', 'period = "year"\nperiods = [2017, 2018, 2020]\njoin = { file = "w.csv", on = "unit" }'),
        ('effects = "twoways"', 'effects = "none"'),
        data="\n".join(rest for _, (rest, _, _) in columns),
    )
    second = {unit: w for unit, (_, _, w) in columns}
    (study.parent / "w.csv").write_text("\n".join(f"{unit},{w}" for unit, w in second.items()), encoding="utf-8")
    found = outputs(study)
    assert found["sample"]["periods"] == ["2017", "2018", "2020"]
    some = "\n".join(line for line in DATA.splitlines() if ",2016," not in line and ",2019," not in line)
    alike = write_panel("", ('effects = "twoways"', 'effects = "none"'), data=some)
    assert found == outputs(alike)
    (study.parent / "w.csv").write_text("unit,w\nu1,1\nu1,2\n", encoding="utf-8")
    joined = ('period = "year"', 'period = "year"\njoin = { file = "w.csv", on = "unit" }')
    assert "w.csv: column “unit”, row 3: case “u1” stands in row 2 already" in run(write_panel("", joined)).output
    (study.parent / "w.csv").write_text("unit,w\nq1,1\n", encoding="utf-8")
    assert "w.csv: column “unit” has no name of column “unit” in data.csv" in run(write_panel("", joined)).output


def test_rows_are_counted_as_the_file_has_them(write_panel: WriteStudy) -> None:
    """Also where some periods are left out."""
    data = re.sub(r"(u1,2018,south,[^,]*),[^,]*", r"\1,-1", DATA)
    chosen = ('period = "year"', 'period = "year"\nperiods = [2018, 2019]')
    logs = '[derive.l]\nlog = "x"\n'
    assert (
        "column “x”, row 4: -1 has no logarithm"
        in run(write_panel(logs, ('"x", "w"', '"l"'), chosen, data=data)).output
    )
    twice = DATA + DATA.splitlines()[3]
    assert "row 42: u1 in 2018 stands in row 4 already" in run(write_panel("", chosen, data=twice)).output


def test_parquet_gives_the_numbers_of_csv(write_panel: WriteStudy) -> None:
    duckdb = pytest.importorskip("duckdb")
    study = write_panel()
    source = study.parent / "data.csv"
    duckdb.sql(f"copy (select * from read_csv('{source}')) to '{source.with_suffix('.parquet')}' (format parquet)")
    by_rows = outputs(study)
    study.write_text(study.read_text(encoding="utf-8").replace("data.csv", "data.parquet"), encoding="utf-8")
    assert outputs(study) == by_rows


def test_singletons_are_a_stated_choice(write_panel: WriteStudy) -> None:
    data = "\n".join(line for line in DATA.splitlines() if not line.startswith("u3,") or ",2017," in line)
    kept = outputs(write_panel(data=data))["estimates"][0]
    assert (kept["nobs"], kept["singletons"]) == (36, ["u3"])
    drop = ('outcome = "y"', 'outcome = "y"\nsingletons = "drop"')
    dropped = outputs(write_panel("", drop, data=data))["estimates"][0]
    assert (dropped["nobs"], dropped["singletons"]) == (35, ["u3"])
    assert dropped["coefficients"]["x"]["estimate"] == pytest.approx(kept["coefficients"]["x"]["estimate"])
    assert any("dropped because they have one row: u3" in text for text in dropped["warnings"])


def test_warnings_name_what_a_referee_would_ask(write_panel: WriteStudy) -> None:
    derived = '[derive.before]\nlag = "y"\n' + PEERS.format(of="region") + '[breaks]\n2018 = "five dimensions"\n'
    answer = run(write_panel(derived, ('"x", "w"', '"x", "before", "p"')), "--json")
    warnings = " ".join(json.loads(answer.stdout)["warnings"])
    for expected in ("only 8 clusters", "Nickell's bias", "simultaneity", "the series changes from 2018"):
        assert expected in warnings


def columns_made_outside(data: str) -> str:
    """The data with what a user may have worked out beforehand: the mean of the others' y, and lags."""
    header, *lines = data.splitlines()
    rows = [line.split(",") for line in lines]
    y = {(row[0], int(row[1])): float(row[3]) for row in rows}
    found = [f"{header},others,others_before,y_before"]
    for unit, year, *rest in rows:
        now, before = (
            sum(value for (who, when), value in y.items() if when == at and who != unit) / 7
            for at in (int(year), int(year) - 1)
        )
        first = int(year) == min(when for _, when in y)
        lags = ["", ""] if first else [f"{before:.6f}", f"{y[unit, int(year) - 1]:.5f}"]
        found.append(",".join([unit, year, *rest, f"{now:.6f}", *lags]))
    return "\n".join(found) + "\n"


@pytest.mark.parametrize("column", ["others", "others_before"])
def test_the_plain_mean_of_the_others_is_refused_as_a_column_too(write_panel: WriteStudy, column: str) -> None:
    study = write_panel("", ('"x", "w"', f'"x", "{column}"'), data=columns_made_outside(DATA))
    answer = run(study)
    assert answer.exit_code == 2
    assert f"the regressor “{column}” is the plain mean of all other units" in answer.output
    study.write_text(study.read_text(encoding="utf-8").replace('"twoways"', '"entity"'), encoding="utf-8")
    assert run(study, "--json").exit_code == 0


@pytest.mark.parametrize("regressor", ["y_before", "cut"])
def test_a_lagged_outcome_is_known_however_it_was_made(write_panel: WriteStudy, regressor: str) -> None:
    derived = '[derive.l]\nlag = "y"\n[derive.cut]\nwinsorise = "l"\n'
    study = write_panel(derived, ('"x", "w"', f'"x", "{regressor}"'), data=columns_made_outside(DATA))
    assert f"“{regressor}” is a lag of the outcome" in " ".join(json.loads(run(study, "--json").stdout)["warnings"])


def test_an_outcome_made_from_its_regressors_is_said(write_panel: WriteStudy) -> None:
    header, *lines = DATA.splitlines()
    doubled = [f"{line},{2 * float(line.split(',')[3])}" for line in lines]
    study = write_panel("", ('"x", "w"', '"x", "d"'), data="\n".join([f"{header},d", *doubled]))
    assert any("without any error" in text for text in outputs(study)["estimates"][0]["warnings"])


def test_the_example_is_written_and_runs(tmp_path: Path) -> None:
    assert CliRunner().invoke(observe, ["new", "panel", str(tmp_path / "mine")]).exit_code == 0
    found = outputs(tmp_path / "mine" / "study.toml")
    assert found["estimates"][1]["coefficients"]["value"]["estimate"] == pytest.approx(0.1101238, abs=1e-7)
    assert {item["verdict"] for item in found["hypotheses"]} == {"supported"}
    assert len(found["tests"]) == 5


def test_the_founding_template_is_labelled_everywhere(tmp_path: Path) -> None:
    made = CliRunner().invoke(observe, ["new", "panel", str(tmp_path / "oi"), "--template", "online-integration"])
    assert made.exit_code == 0
    folder = tmp_path / "oi"
    assert (folder / "data.csv").read_text(encoding="utf-8") == template_data()
    assert (folder / "neighbours.csv").read_text(encoding="utf-8") == template_neighbours()
    study = folder / "study.toml"
    text = study.read_text(encoding="utf-8").replace('se = "wild"\nseed = 1', 'se = "fixest"')
    study.write_text(text.replace("leave_one_out = true", "leave_one_out = false"), encoding="utf-8")
    with study.open("a", encoding="utf-8") as file:
        file.write('[output]\nformats = ["markdown"]\npng = false\n')
    answer = run(study, "--language", "en", "--out", folder / "out")
    assert answer.exit_code == 0, answer.output
    for path in [*(folder / "out" / "figures").glob("*.svg"), *(folder / "out" / "tables").glob("*.md")]:
        assert "seeded model" in path.read_text(encoding="utf-8"), path.name
    found = json.loads((folder / "out" / "result.json").read_text(encoding="utf-8"))
    assert [item["as_reported"] for item in found["outputs"]["hypotheses"]] == [True] * 6
    page = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert not re.search("[\u4e00-\u9fff]", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))


def test_a_study_loads_no_data_frames_and_no_statistics_package() -> None:
    code = (
        "import sys, tongban.observatory.panel.run; print({'pandas', 'scipy', 'duckdb', 'pyfixest'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_a_template_without_data_says_what_to_bring(tmp_path: Path) -> None:
    done = CliRunner().invoke(observe, ["new", "panel", "--template", "province-capability", str(tmp_path / "study")])
    assert done.exit_code == 0
    names = "panel_2010_2020.csv and service_capability_index_2019_provinces.csv"
    assert f"Its data are yours to bring: put {names} there;" in done.stdout
    assert "\nThen run it:  tongban observe panel " in done.stdout
