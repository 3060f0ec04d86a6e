"""The number of queries of every list is fixed: counted one by one, and no statement is asked for each row."""

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, reset_queries, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from tests.demo import more_rows
from tests.demo.list_pages import EXCEPTIONS, OPERATIONS, OTHER_OPERATIONS, PAGES, SAME, SHORT
from tests.demo.notebook import World
from tongban.api.assembly import PREFIX, api
from tongban.cases.models import Case, Cooperation, Draft
from tongban.feedback.models import Rating
from tongban.foundation import snapshot
from tongban.identity.actor import hats_of
from tongban.identity.middleware import HAT_SESSION_KEY
from tongban.identity.models import Account
from tongban.items.models import Service
from tongban.userspace.life.stages import stages

pytestmark = pytest.mark.django_db

LISTS = PAGES | {PREFIX + path: asked for path, asked in OPERATIONS.items()}
# So many rows show that a statement is asked for each of them.
ENOUGH = 3
MOST_ALIKE = 2

Places = dict[str, str]


@pytest.fixture(scope="module")
def places(world: World, django_db_blocker: DjangoDbBlocker) -> Iterator[Places]:
    """What stands for the names in the addresses; while the tests of this module run, the lists are long."""
    with django_db_blocker.unblock(), transaction.atomic():
        more_rows.lengthen()
        rated = Counter(Rating.objects.values_list("service_id", flat=True)).most_common(1)[0][0]
        agency = more_rows.first_post("window.qin").agency_id
        yield {
            "rated": str(rated),
            "agency": str(Service.objects.get(pk=rated).agency_id),
            "stage": stages()[0].slug,
            "draft": str(Draft.objects.filter(person__account__username="citizen.huang").order_by("pk")[0].pk),
            "case": str(_first(person__account__username="citizen.wei", organisation=None, state="closed")),
            "handled": str(_first(agency=agency, state="accepted", across=None)),
            "cooperation": str(Cooperation.objects.filter(asking=agency).order_by("pk")[0].pk),
        }
        transaction.set_rollback(True)


def _first(**which: Any) -> object:
    return Case.objects.filter(**which).order_by("number")[0].pk


@pytest.fixture(scope="module")
def browsers(places: Places, django_db_blocker: DjangoDbBlocker) -> dict[str, Client]:
    """A browser of everybody in the table."""
    with django_db_blocker.unblock():
        return {who: _signed_in(who) for who in {who for who, _number in LISTS.values()}}


def _signed_in(who: str) -> Client:
    """In the hat that is named; otherwise an officer in their first post, others as themselves."""
    client = Client()
    name, _slash, kind = who.partition("/")
    if name:
        account = Account.objects.get(username=name)
        keys = [hat.key for hat in hats_of(account, timezone.localdate())]
        kind = kind or ("post" if any(key.startswith("post:") for key in keys) else "person")
        client.force_login(account)
        session = client.session
        session[HAT_SESSION_KEY] = next(key for key in keys if key.startswith(kind))
        session.save()
    return client


@pytest.mark.parametrize("address", LISTS)
def test_a_list_takes_its_number_of_queries(
    address: str, places: Places, browsers: dict[str, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing that a process reads once a minute is read anew in between.
    now = time.monotonic()
    monkeypatch.setattr(snapshot, "time", SimpleNamespace(monotonic=lambda: now))
    who, number = LISTS[address]
    client, asked_for = browsers[who], address.format(**places)
    client.get(asked_for)  # the first reads what a process reads once
    reset_queries()
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(asked_for)
    assert answer.status_code == HTTPStatus.OK
    length = _length(answer)
    assert (length >= ENOUGH) != (address in SHORT), f"{length} rows"
    asked = [str(query["sql"]) for query in captured.captured_queries]
    often = {text: times for text, times in Counter(map(_text, asked)).items() if times > SAME.get(address, MOST_ALIKE)}
    assert not often
    assert len(asked) == number, "\n".join(text[:200] for text in asked)


def test_every_page_is_counted_or_excepted(places: Places) -> None:
    counted = {resolve(address.partition("?")[0].format(**places)).view_name for address in PAGES}
    excepted = [name for names in EXCEPTIONS.values() for name in names]
    assert len(excepted) == len(set(excepted))
    there = set(_names(get_resolver().url_patterns))
    assert there - counted - set(excepted) == set()
    assert counted & set(excepted) == set()
    assert set(excepted) - there == set()


def test_every_operation_with_a_list_is_counted_or_excepted(places: Places) -> None:
    counted = {_places_left_out(resolve(_path(address, places)).route) for address in OPERATIONS}
    excepted = {name for names in OTHER_OPERATIONS.values() for name in names}
    forgotten, found = [], set()
    document = api.get_openapi_schema(path_prefix=PREFIX)
    for path, operations in document["paths"].items():
        operation = operations.get("get")
        if operation is None or not _holds_a_list(document, operation):
            continue
        found.add(operation["operationId"])
        if _places_left_out(path.removeprefix("/")) not in counted and operation["operationId"] not in excepted:
            forgotten.append(path)
    assert forgotten == []
    assert excepted <= found


def _path(address: str, places: Places) -> str:
    return PREFIX + address.partition("?")[0].format(**places)


def _holds_a_list(document: Any, operation: Any) -> bool:
    schema = operation["responses"].get(200, {}).get("content", {}).get("application/json", {}).get("schema", {})
    named = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], {})
    return any(field.get("type") == "array" for field in named.get("properties", {}).values())


def _places_left_out(route: str) -> str:
    return re.sub(r"<[^>]*>|{[^}]*}", "*", route)


def _names(patterns: Sequence[Any], namespace: str = "") -> Iterator[str]:
    """The names of all addresses but those of the API's operations and of Django's maintenance pages."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"
        elif isinstance(pattern, URLResolver) and pattern.namespace not in {"admin", "v1"}:
            yield from _names(pattern.url_patterns, namespace + (f"{pattern.namespace}:" if pattern.namespace else ""))


_VALUE = re.compile(r"'(?:[^']|'')*'|\$?\b\d+\b")
_VALUES = re.compile(r"\((?:\?(?:::[\w\[\]]+)?,? ?)+\)")


def _text(sql: str) -> str:
    """A statement with its values left out, however many of them stand in a list."""
    return _VALUES.sub("(?)", _VALUE.sub("?", sql))


def _length(answer: Any) -> int:
    """How many rows the longest list of an answer has."""
    if "json" in answer.headers["Content-Type"]:
        return max((len(value) for value in answer.json().values() if isinstance(value, list)), default=0)
    page = _Lists()
    page.feed(answer.text)
    return page.longest


class _Lists(HTMLParser):
    """Finds the longest list or table in the main part of a page: elements of one kind beside each other."""

    _ROWS = frozenset({"li", "tr", "div", "article", "section", "details", "dt", "h2", "h3"})
    _EMPTY = frozenset({"input", "br", "img", "hr", "meta", "link", "wbr", "col"})

    def __init__(self) -> None:
        super().__init__()
        self.within: list[tuple[str, Counter[str]]] = []
        self.longest = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser gives them
        if self.within and tag in self._ROWS:
            beside = self.within[-1][1]
            beside[tag] += 1
            self.longest = max(self.longest, beside[tag])
        if (self.within or tag == "main") and tag not in self._EMPTY:
            self.within.append((tag, Counter()))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Holds nothing, and is none of the rows."""

    def handle_endtag(self, tag: str) -> None:
        while self.within and self.within.pop()[0] != tag:
            pass
