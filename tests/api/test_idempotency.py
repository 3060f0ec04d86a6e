"""A POST repeated with its key is one act and one answer."""

from datetime import timedelta

from django.utils import timezone

from tests.api.world import World, application, apply, post, upload
from tongban.cases.models import Case, Upload
from tongban.foundation.models import IdempotentAnswer
from tongban.foundation.rest.idempotency import purge


def test_the_same_key_and_body_is_one_case(world: World) -> None:
    citizen = world.client("citizen")
    body = application(world, citizen)
    first = post(citizen, "/applications", body, **{"Idempotency-Key": '"k-1"'})
    again = post(citizen, "/applications", body, **{"Idempotency-Key": "k-1"})
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Case.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(world: World) -> None:
    citizen = world.client("citizen")
    body = application(world, citizen)
    post(citizen, "/applications", body, **{"Idempotency-Key": "k-1"})
    other = post(citizen, "/applications", {**body, "answers": {"shop_name": "别家"}}, **{"Idempotency-Key": "k-1"})
    assert (other.status_code, other.json()["type"]) == (422, "/problems/key-reused")
    assert Case.objects.count() == 1


def test_a_refusal_is_judged_anew(world: World) -> None:
    citizen = world.client("citizen")
    opened = apply(world, citizen)
    path = f"/cases/{opened['id']}/rating"
    body = {"level": 5, "comment": ""}
    assert post(citizen, path, body, **{"Idempotency-Key": "k-1"}).status_code == 409
    assert not IdempotentAnswer.objects.exists()
    officer = world.client("reviewer")
    post(officer, f"/cases/{opened['id']}/refuse-acceptance", {"revision": 1, "reason": "Not ours."})
    assert post(citizen, path, body, **{"Idempotency-Key": "k-1"}).status_code == 201


def test_a_step_and_a_rating_repeat_their_answer(world: World) -> None:
    citizen, officer = world.client("citizen"), world.client("reviewer")
    opened = apply(world, citizen)
    path = f"/cases/{opened['id']}"
    accepted = post(officer, f"{path}/accept", {"revision": 1}, **{"Idempotency-Key": "a"})
    decided = post(officer, f"{path}/decide", {"revision": 2, "outcome": "granted"}, **{"Idempotency-Key": "d"})
    assert decided.json()["revision"] == 3
    # Long after the case has moved on, the repetition still gets the answer of its own act.
    assert post(officer, f"{path}/accept", {"revision": 1}, **{"Idempotency-Key": "a"}).content == accepted.content
    rated = post(citizen, f"{path}/rating", {"level": 4}, **{"Idempotency-Key": "r"})
    assert post(citizen, f"{path}/rating", {"level": 4}, **{"Idempotency-Key": "r"}).content == rated.content


def test_an_upload_is_the_same_whatever_its_boundary(world: World) -> None:
    citizen = world.client("citizen")
    first = upload(citizen, key="u")
    again = upload(citizen, key="u")
    assert (again.status_code, again.content) == (201, first.content)
    assert Upload.objects.count() == 1
    other = upload(citizen, b"%PDF-1.4\nother\n%%EOF\n", key="u")
    assert other.json()["type"] == "/problems/key-reused"


def test_keys_belong_to_their_account(world: World) -> None:
    for who in ("citizen", "agent"):
        client = world.client(who)
        made = post(client, "/applications", application(world, client), **{"Idempotency-Key": "same"})
        assert made.status_code == 201
    assert Case.objects.count() == 2


def test_a_key_that_is_none_is_refused(world: World) -> None:
    citizen = world.client("citizen")
    for key in ("", '"', "x" * 201, "schön"):
        refused = post(citizen, "/drafts", {"service": str(world.service.pk)}, **{"Idempotency-Key": key})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["parameter"] == "Idempotency-Key"


def test_answers_are_sealed_and_forgotten_after_a_day(world: World) -> None:
    citizen = world.client("citizen")
    post(citizen, "/applications", application(world, citizen), **{"Idempotency-Key": "k"})
    kept = IdempotentAnswer.objects.get()
    assert kept.status == 201
    assert purge(kept.at + timedelta(hours=23)) == 0
    assert purge(timezone.now() + timedelta(hours=25)) == 1
