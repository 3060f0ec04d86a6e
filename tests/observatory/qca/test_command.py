"""The command as people use it: results, errors, templates."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from tongban.cli.observe import observe
from tongban.observatory.qca.template_model import template_data

WriteStudy = Callable[..., Path]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(observe, ["qca", *map(str, arguments)])


def without_pictures(study: Path) -> Path:
    """The same study with tables of one format and figures as drawings alone, which takes a third of the time."""
    study.write_text(study.read_text(encoding="utf-8") + '[output]\nformats = ["csv"]\npng = false\n', encoding="utf-8")
    return study


def test_writes_every_format_and_the_same_numbers_twice(write_study: WriteStudy, tmp_path: Path) -> None:
    study = write_study()
    first = run(study, "--out", tmp_path / "one", "--language", "en")
    assert first.exit_code == 0, first.output
    assert run(study, "--out", tmp_path / "two", "--language", "en").exit_code == 0
    one, two = tmp_path / "one", tmp_path / "two"
    for path in sorted(one.rglob("*")):
        if path.is_file() and path.suffix not in {".xlsx", ".docx"}:  # which hold the time they were written
            assert path.read_bytes() == (two / path.relative_to(one)).read_bytes(), path.name
    assert run(study, "--json").stdout_bytes == (one / "result.json").read_bytes()
    for name in ("report.html", "log.txt", "tables.xlsx", "tables.docx", "tables/paths_1.tex", "tables/paths_1.md"):
        assert (one / name).stat().st_size, name
    assert "paths_1" in openpyxl.load_workbook(one / "tables.xlsx").sheetnames
    assert list((one / "figures").glob("*.png"))


def test_json_prints_the_result_and_writes_nothing(write_study: WriteStudy) -> None:
    study = write_study()
    answer = run(study, "--json")
    assert answer.exit_code == 0
    table = json.loads(answer.stdout)["outputs"]["truth_tables"][0]
    assert [row["row"] for row in table["rows"]] == [2, 4, 5, 7, 8]
    assert sorted(path.name for path in study.parent.iterdir()) == ["data.csv", "study.toml"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_report_is_one_page_without_script_and_with_alternatives(write_study: WriteStudy, language: str) -> None:
    study = without_pictures(write_study())
    assert run(study, "--language", language, "--out", study.parent / "out").exit_code == 0
    page = (study.parent / "out" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.search(r'(src|href)="http', page)
    drawings = re.findall(r"<svg[^>]*role=\"img\".*?</svg>", page, flags=re.DOTALL)
    assert drawings
    assert all("<desc>" in drawing or "aria-label" in drawing for drawing in drawings)
    chinese = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert bool(re.search("[\u4e00-\u9fff]", chinese)) == (language == "zh")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("case,A,B,C,Y\none,0.9,,0.2,0.9\n", "column “B”, row 2: the value is missing"),
        ("case,A,B,C,Y\none,0.9,high,0.2,0.9\n", "column “B”, row 2: “high” is not a number"),
        ("case,A,B,C,Y\none,0.9,1.2,0.2,0.9\n", "column “B”, row 2: 1.2 is no membership between 0 and 1"),
        ("case,A,B,C,Y\none,0.9,nan,0.2,0.9\n", "column “B”, row 2: “nan” is not a finite number"),
        ("case,A,B,C,Y\none,1,1,0,1\none,0,0,0,0\n", "row 3: case “one” stands in row 2 already"),
        ("case,A,C,Y\none,1,0,1\n", "there is no column “B”"),
        ("case,A,B,B,Y\n", "the column name “B” stands twice"),
        ("case,A,B,C,Y\none,1,1,0,1,9\n", "row 2 has 6 cells, the header has 5"),
        ("case,A,B,C,Y\none,0.9,0_9,0.2,0.9\n", "column “B”, row 2: “0_9” is not a number"),
        ("case,A,B,C,Y\no\x01ne,1,1,0,1\n", "column “case”, row 2: the name holds the control character U+0001"),
        ("case,A,B\x02,C,Y\none,1,1,0,1\n", "the name of column 3 holds the control character U+0002"),
        ("case,A,b,C,Y\none,1,1,0,1\n", "there is no column “B”; did you mean “b”? columns: case, A, b, C, Y"),
        ("case,A,B,C,Y\n", "there is a header but no case"),
        ("\ncase,A,B,C,Y\none,1,1,0,1\n", "row 1 is empty; a header row"),
        ("", "the file is empty"),
    ],
)
def test_bad_data_get_one_sentence_and_exit_code_2(write_study: WriteStudy, data: str, sentence: str) -> None:
    answer = run(write_study(data=data))
    assert answer.exit_code == 2
    assert sentence in answer.output
    assert len(answer.output.strip().splitlines()) == 1
    assert "Traceback" not in answer.output


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("incl_cut", "incl_cutt"), "unknown key “incl_cutt”; did you mean “incl_cut”?"),
        (("incl_cut = 0.8", "incl_cut = 8"), "incl_cut = 8 must lie between 0 and 1"),
        (('default = "present"', 'default = "presnt"'), "did you mean “present”?"),
        (('outcome = "Y"\nincl', 'outcome = "Z"\nincl'), "must be “Y” or “~Y”"),
        (('kind = "qca"', 'kind = "qcaa"'), "must be one of qca"),
        (("[expectations]", "[expectation]"), "unknown key “expectation”; did you mean “expectations”?"),
        (('cases = "case"\n', ""), "[data]: cases is missing"),
        (('cases = "case"\n', 'cases = "case"\nshet = "x"\n'), "unknown key “shet”; did you mean “sheet”?"),
        (("incl_cut = 0.8", "incl_cut = nan"), "incl_cut = nan must be a finite number"),
        (("[expectations]", "[[truth_table.edit]]\nrow = 5\nout = 1\n[expectations]"), 'out = "1"'),
        (("[expectations]", '[[type]]\nname = "x"\nterms = ["A*Q"]\n[expectations]'), "“Q” in “A*Q” is no condition"),
        (("[expectations]", '[[type]]\nname = "x\\u0001"\nterms = ["A"]\n[expectations]'), "control character U+0001"),
        (('kind = "qca"', "kind = qca"), "not valid TOML"),
    ],
)
def test_mistakes_in_the_study_are_named(write_study: WriteStudy, change: tuple[str, str], sentence: str) -> None:
    study = write_study()
    study.write_text(study.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    answer = run(study)
    assert answer.exit_code == 2
    assert sentence in answer.output


def test_anchors_must_be_in_order_and_exact_half_can_be_refused(write_study: WriteStudy) -> None:
    anchors = "[calibration.anchors]\nA = { exclusion = 0.5, crossover = 0.5, inclusion = 0.9 }\n"
    study = write_study()
    plain = study.read_text(encoding="utf-8")
    study.write_text(plain + anchors, encoding="utf-8")
    assert "must rise or fall strictly" in run(study).output
    study.write_text(plain + '[calibration]\nhalf = "refuse"\n', encoding="utf-8")
    data = study.parent / "data.csv"
    data.write_text(data.read_text(encoding="utf-8").replace("0.7,0.1", "0.5,0.1"), encoding="utf-8")
    answer = run(study)
    assert answer.exit_code == 2
    assert "column “A”, row 6: case “five”" in answer.output


def test_no_positive_row_is_a_result(write_study: WriteStudy) -> None:
    study = without_pictures(write_study())
    study.write_text(study.read_text(encoding="utf-8").replace("pri_cut = 0.5", "n_cut = 4"), encoding="utf-8")
    table = json.loads(run(study, "--json").stdout)["outputs"]["truth_tables"][0]
    assert table["status"] == "no row is positive"
    assert table["parsimonious"]["models"] == []
    assert run(study, "--out", study.parent / "out").exit_code == 0


def test_all_rows_positive_is_a_result(write_study: WriteStudy) -> None:
    study = without_pictures(write_study(data="case,A,B,C,Y\none,1,0,1,1\ntwo,0,1,1,1\n"))
    table = json.loads(run(study, "--json").stdout)["outputs"]["truth_tables"][0]
    assert [term["term"] for term in table["parsimonious"]["models"][0]["terms"]] == ["1"]
    assert run(study, "--out", study.parent / "out").exit_code == 0


def test_a_decision_about_a_row_is_recorded_and_replayed(write_study: WriteStudy) -> None:
    study = write_study()
    edit = '[[truth_table.edit]]\nrow = 5\nout = "0"\nreason = "case five is a measurement error"\n[expectations]'
    study.write_text(study.read_text(encoding="utf-8").replace("[expectations]", edit), encoding="utf-8")
    table = json.loads(run(study, "--json").stdout)["outputs"]["truth_tables"][0]
    row = next(row for row in table["rows"] if row["row"] == 5)
    assert (row["OUT"], row["edited"]) == ("0", "case five is a measurement error")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_reads_what_chinese_spreadsheets_write(write_study: WriteStudy, encoding: str) -> None:
    study = write_study(study=WITH_CHINESE_NAMES)
    text = "省份;人才;资金;结果\n北京;0.9;0.8;0.9\n上海;0.2;0.9;0.4\n"
    (study.parent / "data.csv").write_bytes(text.encode(encoding))
    found = json.loads(run(study, "--json").stdout)
    assert found["cases"] == ["北京", "上海"]


WITH_CHINESE_NAMES = (
    'kind = "qca"\n[data]\nfile = "data.csv"\ncases = "省份"\noutcome = "结果"\nconditions = ["人才", "资金"]\n'
)


def test_xlsx_and_parquet_give_the_same_numbers_as_csv(write_study: WriteStudy) -> None:
    duckdb = pytest.importorskip("duckdb")
    study = write_study()
    folder = study.parent
    lines = [line.split(",") for line in (folder / "data.csv").read_text(encoding="utf-8").split()]
    book = openpyxl.Workbook()
    book.worksheets[0].append(lines[0])
    for line in lines[1:]:
        book.worksheets[0].append([line[0], *map(float, line[1:])])
    book.save(folder / "data.xlsx")
    duckdb.sql(
        f"copy (select * from read_csv('{folder / 'data.csv'}')) to '{folder / 'data.parquet'}' (format parquet)"
    )
    plain = study.read_text(encoding="utf-8")
    answers = []
    for suffix in ("csv", "xlsx", "parquet"):
        study.write_text(plain.replace("data.csv", f"data.{suffix}"), encoding="utf-8")
        answers.append(json.loads(run(study, "--json").stdout)["outputs"])
    assert answers[0] == answers[1] == answers[2]


def test_example_study_is_written_and_runs(tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(observe, ["new", "qca", str(tmp_path / "mine")]).exit_code == 0
    again = runner.invoke(observe, ["new", "qca", str(tmp_path / "mine")])
    assert again.exit_code == 2
    assert "not an empty folder" in again.output
    answer = run(tmp_path / "mine" / "study.toml", "--json")
    assert answer.exit_code == 0, answer.output
    outputs = json.loads(answer.stdout)["outputs"]
    assert {"nca", "robustness", "enhanced_standard_analysis", "result_tables"} <= set(outputs)


def test_digital_government_template_is_labelled_everywhere(template: Callable[[str], Path]) -> None:
    study = template("digital-government")
    assert (study.parent / "data.csv").read_text(encoding="utf-8") == template_data()
    text = study.read_text(encoding="utf-8")
    start, end = text.index("[robustness]"), text.index("# Name the types")
    quick = '[output]\nformats = ["markdown"]\npng = false\n'  # robustness and the formats have tests of their own
    text = text[:start] + quick + text[end:]
    study.write_text(text.replace("permutations = 1000", "permutations = 10"), encoding="utf-8")
    answer = run(study, "--language", "en", "--out", study.parent / "out")
    assert answer.exit_code == 0, answer.output
    for figure in (study.parent / "out" / "figures").glob("*.svg"):
        assert "seeded model" in figure.read_text(encoding="utf-8"), figure.name
    for table in (study.parent / "out" / "tables").glob("*.md"):
        assert "seeded model" in table.read_text(encoding="utf-8"), table.name
    assert "seeded model" in (study.parent / "out" / "report.html").read_text(encoding="utf-8")
