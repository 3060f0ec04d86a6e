"""`tongban clock due`: what it prints for programs and people, and what it says to bad input."""

import csv
import json
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
