"""`tongban clock due`: what it prints for programs and people, and what it says to bad input."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tongban.cli.clock import clock


def due(*arguments: str) -> Result:
    return CliRunner().invoke(clock, ["due", *arguments])


def test_the_shape_of_the_document() -> None:
    done = due("--start", "2026-02-13", "--limit", "5", "--unit", "working_day", "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert (found["due"], found["provisional"]) == ("2026-02-27", False)
    assert found["days"][0] == {"date": "2026-02-14", "counted": True, "why": "make_up_workday"}
    assert found["days"][-1] == {"date": "2026-02-27", "counted": True, "why": "workday"}
    assert sum(day["counted"] for day in found["days"]) == 5
    assert found.keys() == {"due", "provisional", "days"}


@pytest.mark.reference
def test_the_published_examples(reference: Path) -> None:
    with (reference / "standards" / "clock_examples.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            done = due("--start", row["start_date"], "--limit", row["working_days"], "--json")
            assert json.loads(done.stdout)["due"] == row["due_date"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("--limit 0", "2026-02-13"),
        ("--limit 5 --pause 2026-02-14..2026-02-24", "2026-03-02"),
        ("--limit 5 --pause 2026-02-14..2026-02-20 --pause 2026-02-16..2026-02-24", "2026-03-02"),
        ("--limit 5 --pause 2026-02-01..2026-02-13", "2026-02-27"),
        ("--limit 5 --pause 2026-02-28..2026-03-31", "2026-02-27"),
        ("--limit 5 --extend 2", "2026-03-02"),
        ("--limit 5 --direction before", "2026-02-06"),
        ("--limit 5 --unit day", "2026-02-18"),
        ("--limit 5 --unit day --extend 3 --pause 2026-02-15..2026-02-15", "2026-02-22"),
        ("--limit 24 --unit hour", "2026-02-14"),
        ("--limit 24 --unit hour --extend 24", "2026-02-15"),
    ],
)
def test_pauses_extension_direction_units(arguments: str, expected: str) -> None:
    done = due("--start", "2026-02-13", "--json", *arguments.split())
    assert json.loads(done.stdout)["due"] == expected


def test_hours_from_a_moment() -> None:
    done = due("--start", "2026-02-13T09:30", "--limit", "24", "--unit", "hour", "--json")
    found = json.loads(done.stdout)
    assert (found["due"], found["due_at"]) == ("2026-02-14", "2026-02-14T09:30")


def test_people_read_it_too() -> None:
    done = due("--start", "2026-12-30", "--limit", "2", "--pause", "2026-12-31..2026-12-31")
    assert done.stdout.splitlines() == [
        "2026-12-31 Thu     -  pause",
        "2027-01-01 Fri     1  working day",
        "2027-01-02 Sat     -  weekend",
        "2027-01-03 Sun     -  weekend",
        "2027-01-04 Mon     2  working day",
        "Due 2027-01-04 Mon",
        "Provisional: the calendar is known for 2004 to 2026; other years count Monday to Friday.",
    ]


@pytest.fixture
def notice(tmp_path: Path) -> Callable[[str, str], str]:
    """Writes a holiday notice and gives its path."""

    def write(name: str, rows: str) -> str:
        (tmp_path / name).write_text(f"date,kind,holiday\n{rows}", encoding="utf-8")
        return str(tmp_path / name)

    return write


NOTICE_2027 = "2027-01-01,dayoff,New Year's Day\n2027-01-02,workday,New Year's Day\n"


def test_a_further_notice_counts_too(notice: Callable[[str, str], str]) -> None:
    file = notice("2027.csv", NOTICE_2027)
    arguments = ("--start", "2026-12-30", "--limit", "2", "--json")
    without, found = json.loads(due(*arguments).stdout), json.loads(due(*arguments, "--calendar", file).stdout)
    assert (without["due"], without["provisional"]) == ("2027-01-01", True)
    assert found == {
        "due": "2027-01-02",
        "provisional": False,
        "days": [
            {"date": "2026-12-31", "counted": True, "why": "workday"},
            {"date": "2027-01-01", "counted": False, "why": "holiday"},
            {"date": "2027-01-02", "counted": True, "why": "make_up_workday"},
        ],
    }
    early = due("--start", "2026-02-13", "--limit", "5", "--json", "--calendar", file)
    assert json.loads(early.stdout)["due"] == "2026-02-27"  # the years that ship stay


def test_several_notices_and_a_later_one_wins(notice: Callable[[str, str], str]) -> None:
    first, second = notice("2027.csv", NOTICE_2027), notice("2028.csv", "2028-01-03,dayoff,New Year's Day\n")
    corrected = notice("2027-again.csv", "2027-01-04,dayoff,New Year's Day\n")
    files = [part for file in (first, second, corrected) for part in ("--calendar", file)]
    found = json.loads(due("--start", "2026-12-31", "--limit", "2", "--json", *files).stdout)
    assert (found["due"], found["provisional"]) == ("2027-01-05", False)
    told = due("--start", "2028-12-29", "--limit", "1", *files).stdout
    assert "known for 2004 to 2028" in told
    gap = due("--start", "2026-12-31", "--limit", "2", "--calendar", second)
    assert (gap.exit_code, gap.stdout) == (2, "")
    assert gap.stderr.endswith(
        "2028.csv: the calendar would know nothing of 2027; the notice of that year comes first.\n"
    )


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ("2027-01-01,dayoff,\n2027-02-30,dayoff,\n", "line 3, date: '2027-02-30'"),
        ("2027-01-01,dayoff,\n\n2027-01-02,free,\n", "line 4, kind: 'free'"),
        ("2027-01-01,dayoff,\n2027-01-01,dayoff,\n", "line 3, date: 2027-01-01 stands twice"),
        ("2027-01-01\n", "line 2, kind: None"),
        ("", "holds no day"),
    ],
)
def test_a_wrong_notice_is_named_with_its_line(notice: Callable[[str, str], str], rows: str, names: str) -> None:
    file = notice("wrong.csv", rows)
    done = due("--start", "2026-12-30", "--limit", "2", "--calendar", file)
    assert (done.exit_code, done.stdout) == (2, "")
    assert file in done.stderr
    assert names in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_notice_that_cannot_be_read(tmp_path: Path) -> None:
    chinese = tmp_path / "gbk.csv"
    chinese.write_bytes("date,kind,holiday\n2027-01-01,dayoff,元旦\n".encode("gbk"))
    for file, why in ((chinese, "is not UTF-8"), (tmp_path / "none.csv", "cannot be read")):
        done = due("--start", "2026-12-30", "--limit", "2", "--calendar", str(file))
        assert done.exit_code == 2
        assert f"{file} {why}" in done.stderr


def test_hours_within_a_day_list_no_day_and_the_help_says_so() -> None:
    found = json.loads(due("--start", "2026-02-13T09:30", "--limit", "2", "--unit", "hour", "--json").stdout)
    assert (found["due"], found["days"]) == ("2026-02-13", [])
    words = " ".join(due("--help").stdout.split())
    assert "there may be none for hours and minutes within one day" in words


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ("--start 2026-02-30 --limit 5", "--start: '2026-02-30'"),
        ("--start 13.2.2026 --limit 5", "--start"),
        ("--start 2026-02-13 --limit -5", "--limit: '-5'"),
        ("--start 2026-02-13 --limit five", "--limit: 'five'"),
        ("--start 2026-02-13 --limit 99999", "must be 0 to 36600"),
        ("--start 2026-02-13 --limit 5 --unit week", "--unit: 'week'"),
        ("--start 2026-02-13 --limit 5 --extend -1", "--extend: '-1'"),
        ("--start 2026-02-13 --limit 5 --direction back", "--direction: 'back'"),
        ("--start 2026-02-13 --limit 5 --pause 2026-02-16", "--pause: '2026-02-16'"),
        ("--start 2026-02-13 --limit 5 --pause 2026-02-20..2026-02-16", "ends before it starts"),
        ("--start 2026-02-13 --limit 5 --pause 2026-02-20..2026-02-31", "does not exist"),
        ("--start 2026-02-13 --limit 5 --pause 0001-01-01..9999-12-31", "look at the pauses"),
        ("--start 9999-12-13 --limit 50", "leaves the years"),
    ],
)
def test_bad_input_gets_one_sentence(arguments: str, names: str) -> None:
    done = due(*arguments.split())
    assert done.exit_code == 2
    assert names in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not done.stdout
