"""`tongban import|check|export services`: what is printed, and how the command ends."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.items.files import DAY, FULL, GROUPS, IMPORTER, ROW, csv_file
from tongban.cli.services import check_command, export_command, feed_command, import_command
from tongban.cli.stats import docking_command
from tongban.government.models import Agency
from tongban.items.actions import draft_version, publish_version
from tongban.items.exporting import FORMATS
from tongban.items.models import Item, Service

pytestmark = pytest.mark.django_db
AS_OF = ["--as-of", DAY.isoformat()]


def run(command: Any, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_import_says_what_it_did(agency: Agency, tmp_path: Path) -> None:
    result = run(import_command, csv_file(tmp_path, ROW))
    assert result.exit_code == 0
    assert "1 rows read" in result.stdout
    assert Service.objects.count() == 1


def test_import_knows_the_platform_it_is_told(agency: Agency, tmp_path: Path) -> None:
    path = csv_file(tmp_path, ROW)
    refused = run(import_command, path, "--platform", "nowhere")
    assert (refused.exit_code, "nowhere" in refused.output, Service.objects.count()) == (2, True, 0)
    assert run(import_command, path, "--platform", "sichuan").exit_code == 0
    assert Service.objects.get().platform == agency.platform


def test_import_ends_with_2_and_loads_nothing(agency: Agency, tmp_path: Path) -> None:
    path = csv_file(tmp_path, ROW, {**ROW, "task_type": "99"})
    result = run(import_command, path)
    assert result.exit_code == 2
    assert "task_type" in result.stdout
    assert not Service.objects.exists()
    kept = run(import_command, path, "--keep-going", "--json")
    report = json.loads(kept.stdout)
    assert (kept.exit_code, report["loaded"], report["left_out"]) == (2, True, [3])


def test_one_sentence_for_a_file_that_cannot_be_read(agency: Agency, tmp_path: Path) -> None:
    for command, name in ((import_command, "missing.csv"), (feed_command, "missing.json")):
        result = run(command, tmp_path / name)
        assert result.exit_code == 2
        assert name in result.output
        assert "Traceback" not in result.output


@pytest.mark.parametrize("file_format", FORMATS)
def test_export_to_a_file_and_to_standard_output(file_format: str, agency: Agency, tmp_path: Path) -> None:
    run(import_command, csv_file(tmp_path, ROW))
    path = tmp_path / "out"
    result = run(export_command, path, "--format", file_format, *AS_OF)
    assert result.exit_code == 0
    piped = run(export_command, "-", "--format", file_format, *AS_OF)
    assert piped.exit_code == 0
    if file_format in {"csv", "json"}:
        assert piped.stdout_bytes == path.read_bytes()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".out")] == []


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_reader_that_goes_away_is_no_error(
    file_format: str,
    agency: Agency,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(import_command, csv_file(tmp_path, ROW))
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        export_command.main(["-", "--format", file_format, *AS_OF], standalone_mode=False)
        output.flush()
        monkeypatch.undo()
    assert capsys.readouterr().err == ""


def test_export_needs_a_format_and_a_folder(agency: Agency, tmp_path: Path) -> None:
    assert run(export_command, "services").exit_code == 2
    result = run(export_command, tmp_path / "nowhere" / "a.csv")
    assert result.exit_code == 1
    assert "cannot be written" in result.output


def test_check_ends_with_1_where_there_are_errors(agency: Agency, item: Item) -> None:
    for texts, code in ((FULL, 0), ({**FULL, "visits_reason": ""}, 1)):
        service = Service.objects.create(agency=agency, platform=agency.platform, item=item)
        publish_version(IMPORTER, draft_version(IMPORTER, service, texts, **GROUPS))
        result = run(check_command, "--json", *AS_OF)
        assert result.exit_code == code
    (found,) = json.loads(result.stdout)
    assert [(f["rule"], f["severity"], f["field"]) for f in found["findings"]] == [("R04", "error", "visits_reason")]
    said = run(check_command, *AS_OF).stdout
    assert "R04" in said
    assert "2 services examined, 1 with findings: 1 error," in said
    assert run(check_command, "--region", "511602", *AS_OF).exit_code == 1
    assert run(check_command, "--region", "511603000000", *AS_OF).exit_code == 0


@pytest.mark.parametrize(
    ("option", "unknown"),
    [("--region", "990000"), ("--region", "51"), ("--department", "none"), ("--theme", "none"), ("--platform", "none")],
)
def test_what_is_not_known_is_refused(option: str, unknown: str, agency: Agency, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    runs = [run(export_command, path, option, unknown)]
    if option in {"--region", "--department"}:
        runs.append(run(check_command, option, unknown))
    if option == "--platform":
        runs.append(run(docking_command, "--without", unknown))
    for result in runs:
        assert result.exit_code == 2
        assert unknown in result.stderr
        assert "Traceback" not in result.output
    assert not path.exists()


def test_comparing_an_item(agency: Agency, item: Item) -> None:
    for name in ("食品经营许可", "食品经营许可证核发"):
        service = Service.objects.create(agency=agency, platform=agency.platform, item=item)
        publish_version(IMPORTER, draft_version(IMPORTER, service, {**FULL, "name": name}, **GROUPS))
    result = run(check_command, "--compare", item.code, *AS_OF)
    assert result.exit_code == 1
    assert "name: differs" in result.stdout
    assert "basis: the same everywhere" in result.stdout
    assert run(check_command, "--compare", "nothing").exit_code == 2
