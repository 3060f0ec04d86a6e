"""The ledger over HTTP: heads and proofs for everybody, receipts for those whose acts they prove, nothing of others."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.api.world import World, apply, post
from tongban.foundation.models import LedgerEntry
from tongban.foundation.transparency import receipts, tree

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
API = "/api/v1"


def _sound(document: Any) -> bool:
    found = receipts.receipt_from(document)
    return all(check.holds for check in receipts.verify_receipt(found, trusted_key=tree.public_key(found.head.key)))


def test_heads_keys_and_consistency_are_open_to_everybody(world: World) -> None:
    visitor = Client()
    assert visitor.get(f"{API}/ledger/head").status_code == 404
    apply(world, world.client("citizen"))
    tree.place_entries(NOW)
    early = visitor.get(f"{API}/ledger/head").json()
    apply(world, world.client("citizen"))
    tree.place_entries(NOW)
    late = visitor.get(f"{API}/ledger/head").json()
    assert visitor.get(f"{API}/ledger/heads/{early['size']}").json() == early
    assert visitor.get(f"{API}/ledger/heads/{late['size'] + 1}").status_code == 404
    between = visitor.get(f"{API}/ledger/consistency", {"earlier": early["size"], "later": late["size"]}).json()
    assert (between["earlier"], between["later"]) == (early, late)
    read = receipts.against_from(between)
    assert isinstance(read, receipts.Consistency)
    keys = {one["id"]: bytes.fromhex(one["public_key"]) for one in visitor.get(f"{API}/ledger/keys").json()["items"]}
    assert receipts.head_from(late).signed_by(keys[late["key"]])
    for sizes in ((late["size"], early["size"]), (late["size"], late["size"] + 5)):
        wrong = visitor.get(f"{API}/ledger/consistency", dict(zip(("earlier", "later"), sizes, strict=True)))
        assert wrong.status_code == 404


def test_an_applicant_gets_the_receipts_of_their_case(world: World) -> None:
    citizen, officer = world.client("citizen"), world.client("reviewer")
    opened = apply(world, citizen)
    post(officer, f"/cases/{opened['id']}/accept", {"revision": 1})
    path = f"{API}/cases/{opened['id']}"
    early = citizen.get(f"{path}/receipt")
    assert (early.status_code, early.json()["type"]) == (409, "/problems/conflict")
    tree.place_entries(NOW)
    receipt = citizen.get(f"{path}/receipt").json()
    assert _sound(receipt)
    assert (receipt["entry"]["deed"], receipt["entry"]["object_id"]) == ("submit", opened["id"])
    every = citizen.get(f"{path}/receipts").json()["items"]
    assert [one["entry"]["deed"] for one in every] == ["submit", "accept"]
    assert all(_sound(one) for one in every)
    shown = json.dumps(every, ensure_ascii=False)
    assert not any(text in shown for text in ("好味小馆", "韦秀兰", "450702"))
    for stranger, status in ((officer, 404), (world.client("agent"), 404), (Client(), 401)):
        assert stranger.get(f"{path}/receipt").status_code == status
        assert stranger.get(f"{path}/receipts").status_code == status


def test_everybody_finds_their_own_acts_and_no_others(world: World) -> None:
    citizen = world.client("citizen")
    opened = [apply(world, citizen)["id"] for _ in range(3)]
    tree.place_entries(NOW)
    first = citizen.get(f"{API}/ledger/entries", {"limit": 2}).json()
    assert [row["object_id"] for row in first["items"] if row["deed"] == "submit"][:1] == opened[-1:]
    seen = list(first["items"])
    following = first["next"]
    while following:
        page = citizen.get(following).json()
        seen += page["items"]
        following = page["next"]
    assert [row["id"] for row in seen] == sorted({row["id"] for row in seen}, reverse=True)
    assert {row["object_id"] for row in seen if row["deed"] == "submit"} == set(opened)
    person = f"person:{world.accounts['citizen'].person.pk}"
    assert LedgerEntry.objects.filter(principal=person).count() <= len(seen)
    receipt = citizen.get(f"{API}/ledger/entries/{seen[0]['id']}/receipt").json()
    assert _sound(receipt)
    assert receipt["position"] == seen[0]["position"]
    assert world.client("agent").get(f"{API}/ledger/entries/{seen[0]['id']}/receipt").status_code == 404
    assert citizen.get(f"{API}/ledger/entries", {"cursor": "bm9uZQ"}).status_code == 422


def test_lists_take_a_fixed_number_of_queries(world: World, django_assert_num_queries: Any) -> None:
    citizen = world.client("citizen")
    case = apply(world, citizen)["id"]
    for _ in range(4):
        apply(world, citizen)
    tree.place_entries(NOW)
    citizen.get(f"{API}/ledger/entries")
    for limit in (1, 5):
        with django_assert_num_queries(3):  # the token, the rows, their positions
            assert len(citizen.get(f"{API}/ledger/entries", {"limit": limit}).json()["items"]) == limit
    post(world.client("reviewer"), f"/cases/{case}/accept", {"revision": 1})
    with django_assert_num_queries(6):  # the token, the case, its entries, their rows, the head, the nodes
        assert len(citizen.get(f"{API}/cases/{case}/receipts").json()["items"]) == 1
    tree.place_entries(NOW)
    with django_assert_num_queries(6):
        assert len(citizen.get(f"{API}/cases/{case}/receipts").json()["items"]) == 2


@pytest.fixture(autouse=True)
def no_kept_head() -> None:
    """The head beside the database is of another test's ledger."""
    Path(tree.kept_head_path()).unlink(missing_ok=True)
