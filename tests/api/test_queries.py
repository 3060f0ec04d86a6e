"""What the four calls of a case's life cost the database: a statement more is noticed here first."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.world import World, application, apply, post


def statements(call: Callable[[], Any], status: int) -> list[str]:
    """The statements of a call that must succeed, transaction control included."""
    with CaptureQueriesContext(connection) as captured:
        answer = call()
    assert answer.status_code == status, answer.content
    return [query["sql"] for query in captured.captured_queries]


def shown(found: list[str]) -> str:
    return "\n".join(f"{number}. {sql[:160]}" for number, sql in enumerate(found, start=1))


@pytest.fixture
def warm(world: World) -> World:
    """The world after a first case: forms compiled, calendar read, types looked up."""
    opened = apply(world, world.client("citizen"))
    post(world.client("reviewer"), f"/cases/{opened['id']}/accept", {"revision": 1})
    return world


def test_statements_of_a_lifecycle(warm: World) -> None:
    citizen, officer = warm.client("citizen"), warm.client("reviewer")
    body = application(warm, citizen)
    opened: dict[str, Any] = {}

    def submit() -> Any:
        answer = post(citizen, "/applications", body)
        opened.update(answer.json())
        return answer

    counts = {}
    counts["submit"] = statements(submit, 201)
    path = f"/cases/{opened['id']}"
    counts["accept"] = statements(lambda: post(officer, f"{path}/accept", {"revision": 1}), 200)
    counts["decide"] = statements(lambda: post(officer, f"{path}/decide", {"revision": 2, "outcome": "granted"}), 200)
    counts["rate"] = statements(lambda: post(citizen, f"{path}/rating", {"level": 5}), 201)
    most = {"submit": 13, "accept": 10, "decide": 10, "rate": 7}
    for call, found in counts.items():
        assert len(found) <= most[call], f"{call}: {len(found)}\n{shown(found)}"


def test_a_token_is_looked_up_in_one_statement(world: World) -> None:
    found = statements(lambda: world.client("window").get("/api/v1/inbox"), 200)
    assert sum("identity_apitoken" in sql for sql in found) == 1
    assert len(found) == 2, shown(found)


def test_a_key_costs_two_statements_and_a_transaction(warm: World) -> None:
    citizen = warm.client("citizen")
    path, body = "/drafts", {"service": str(warm.service.pk)}
    plain = statements(lambda: post(citizen, path, body), 201)
    keyed = statements(lambda: post(citizen, path, body, **{"Idempotency-Key": "k"}), 201)
    # The draft exists by then: what the second call saves is what making it cost.
    idempotent = [sql for sql in keyed if "idempotentanswer" in sql]
    assert len(idempotent) == 2, shown(keyed)
    assert plain
