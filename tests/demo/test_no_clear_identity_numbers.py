"""No identity number of the demonstration stands in clear: not in a dump of any table, nor in the content store,
nor in what was logged.
"""

import os
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from stdnum.cn import ric

from tests.demo.notebook import World
from tests.leaks import dump, files_under
from tongban.cases.models import Case
from tongban.demo.people import humans
from tongban.identity.models import Person

pytestmark = pytest.mark.django_db

NUMBER = re.compile(rb"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")


def known_numbers() -> set[str]:
    """Everybody's number, and every number that was given in an answer."""
    numbers = {human.passport.number if human.passport else human.id_number for human in humans()}
    for case in Case.objects.all():
        answers = case.answers if isinstance(case.answers, dict) else {}
        numbers |= {value for value in answers.values() if isinstance(value, str) and ric.is_valid(value)}
    return numbers


def found_in(data: bytes, numbers: set[str]) -> set[str]:
    """Known numbers in clear, in hexadecimal (as COPY shows bytes), and whatever else is a right number."""
    held = {n for n in numbers if n.encode() in data or n.encode().hex().encode() in data}
    return held | {n.decode() for n in NUMBER.findall(data) if ric.is_valid(n.decode())}


def test_the_numbers_are_there_to_be_found(world: World) -> None:
    numbers = known_numbers()
    assert len(numbers) > len(list(humans()))  # people's own, and those of answers
    person = Person.objects.get(account__username="citizen.wei")
    assert person.id_number in numbers


def test_not_in_the_tables(world: World) -> None:
    numbers = known_numbers()
    tables = dict(dump())
    assert len(tables["public.cases_case"]) > 10_000
    assert {name: found for name, data in tables.items() if (found := found_in(data, numbers))} == {}


def test_not_in_the_content_store(world: World) -> None:
    numbers = known_numbers()
    stored = dict(files_under(Path(settings.CONTENT_ROOT)))
    assert stored
    assert {name: found for name, data in stored.items() if (found := found_in(data, numbers))} == {}
    assert not any(b"%PDF" in data or b"PNG\r\n" in data for data in stored.values())


def test_not_in_the_logs(world: World) -> None:
    numbers = known_numbers()
    logged = world.log.text.getvalue() + "\n".join(world.progress)
    assert found_in(logged.encode(), numbers) == set()
    folders = [Path(settings.HOME), Path(os.environ["TONGBAN_TEST_FOLDER"])]
    logs = [path for folder in folders for path in folder.rglob("*.log") if path.is_file()]
    assert {str(path): found for path in logs if (found := found_in(path.read_bytes(), numbers))} == {}


@pytest.mark.parametrize("planted", ["clear", "bytes"])
def test_the_search_finds_what_is_planted(world: World, planted: str) -> None:
    number = next(humans()).id_number
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT planted")
        if planted == "clear":
            cursor.execute("CREATE TABLE planted (value text)")
            cursor.execute("INSERT INTO planted VALUES (%s)", [f"number={number}"])
        else:
            cursor.execute("CREATE TABLE planted (value bytea)")
            cursor.execute("INSERT INTO planted VALUES (%s)", [number.encode()])
        found = {name for name, data in dump() if found_in(data, {number})}
        cursor.execute("ROLLBACK TO SAVEPOINT planted")
    assert found == {"public.planted"}
