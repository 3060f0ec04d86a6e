"""Two at once, through the API, each on a connection and in a transaction of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from tests.api.world import World, application, apply, build, post
from tongban.cases.models import Case, CaseEvent, Draft

AT_ONCE = 4


@pytest.fixture
def lasting(quick_passwords: None, transactional_db: None) -> World:
    """A world that is committed, so that every thread sees it."""
    return build()


def together(calls: list[Callable[[], Any]]) -> list[Any]:
    """The answers of calls that all start at the same moment."""
    barrier = Barrier(len(calls))

    def one(call: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def test_two_officers_decide_at_once_and_the_second_is_told(lasting: World) -> None:
    opened = apply(lasting, lasting.client("citizen"))
    path = f"/cases/{opened['id']}"
    post(lasting.client("reviewer"), f"{path}/accept", {"revision": 1})
    answers = together(
        [
            lambda: post(lasting.client("reviewer"), f"{path}/decide", {"revision": 2, "outcome": "granted"}),
            lambda: post(
                lasting.client("second"), f"{path}/decide", {"revision": 2, "outcome": "denied", "reason": "No."}
            ),
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    told = next(answer for answer in answers if answer.status_code == 409)
    assert "was faster" in told.json()["detail"]
    done = next(answer for answer in answers if answer.status_code == 200).json()
    case = Case.objects.get()
    assert (case.outcome, case.revision) == (done["outcome"], 3)
    assert CaseEvent.objects.filter(action__in=["grant", "deny"]).count() == 1


def test_one_draft_submitted_at_once_is_one_case(lasting: World) -> None:
    citizen = lasting.client("citizen")
    body = application(lasting, citizen)
    draft = post(citizen, "/drafts", {"service": body["service"]}).json()["id"]
    citizen.patch(f"/api/v1/drafts/{draft}/answers", {"answers": body["answers"]}, content_type="application/json")
    post(citizen, f"/drafts/{draft}/materials/1", {"upload": body["uploads"]["1"][0]})
    submit = [lambda: post(lasting.client("citizen"), f"/drafts/{draft}/submit") for _ in range(AT_ONCE)]
    answers = together(submit)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == 1
    assert (Case.objects.count(), Draft.objects.count()) == (1, 0)


def test_one_key_at_once_is_one_case(lasting: World) -> None:
    body = application(lasting, lasting.client("citizen"))
    submit = [
        lambda: post(lasting.client("citizen"), "/applications", body, **{"Idempotency-Key": "one"})
        for _ in range(AT_ONCE)
    ]
    answers = together(submit)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert Case.objects.count() == 1


def test_different_keys_at_once_are_cases_with_numbers_of_their_own(lasting: World) -> None:
    body = application(lasting, lasting.client("citizen"))

    def submit(key: str) -> Callable[[], Any]:
        return lambda: post(lasting.client("citizen"), "/applications", body, **{"Idempotency-Key": key})

    answers = together([submit(str(number)) for number in range(AT_ONCE)])
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["number"] for answer in answers}) == AT_ONCE
    numbers = list(Case.objects.values_list("documents__number", flat=True))
    assert len(set(numbers)) == AT_ONCE
