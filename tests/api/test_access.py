"""Who may call what: every operation says so, and a query or action with the actor decides."""

import inspect
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pydantic import BaseModel

from tests.api.world import PASSWORD, World, apply, post
from tongban.api.assembly import PREFIX, api
from tongban.api.document import document
from tongban.foundation.rest.operations import OPERATIONS, Access
from tongban.foundation.rest.schemas import Incoming, Outgoing
from tongban.identity.actor import actor_for
from tongban.identity.middleware import HAT_SESSION_KEY
from tongban.identity.models import ApiToken, Post
from tongban.identity.signin import second_factor
from tongban.identity.signin.actions import sign_in_for_token
from tongban.identity.signin.session import SHOWN_KEY
from tongban.identity.tokens import actor_of_token

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

# Everything a visitor may do; whoever adds to it has to say so here.
PUBLIC = {
    "create_token",
    "list_platforms",
    "find_regions",
    "read_region",
    "list_children",
    "list_ancestors",
    "list_departments",
    "read_department",
    "list_agencies",
    "read_agency",
    "read_docking",
    "list_docking_tasks",
    "list_themes",
    "list_items",
    "compare_item",
    "search_services",
    "read_guide",
    "read_form",
    "guide_applicant",
    "list_versions",
    "list_service_ratings",
    "list_agency_ratings",
    "read_coverage",
    "read_visits",
    "list_visits_services",
    "list_bundles",
    "read_bundle",
    "list_across_regions",
    "read_ledger_head",
    "read_ledger_head_by_size",
    "read_ledger_consistency",
    "list_ledger_keys",
}
ROUTES = [
    (method, f"{PREFIX}{path}", str(operation.operation_id))
    for bound in api._get_bound_routers()  # noqa: SLF001 - every route there is, however it was added
    for path, view in bound.path_operations.items()
    for operation in view.operations
    for method in operation.methods
]
BY_NAME = sorted(OPERATIONS.values(), key=lambda operation: operation.name)


def test_every_route_was_declared_as_an_operation() -> None:
    assert {name for _method, _path, name in ROUTES} == set(OPERATIONS)
    assert len(ROUTES) == len(OPERATIONS)
    documented = {one["operationId"] for methods in document()["paths"].values() for one in methods.values()}
    assert documented == set(OPERATIONS)


def test_what_is_public_is_listed() -> None:
    assert {operation.name for operation in BY_NAME if operation.access is Access.PUBLIC} == PUBLIC


def test_a_query_or_action_decides() -> None:
    for operation in BY_NAME:
        decided_by = operation.decided_by
        first = next(iter(inspect.signature(decided_by).parameters))
        if operation.name == "create_token":  # signing in makes the actor
            assert decided_by is sign_in_for_token
        else:
            assert first.lstrip("_") == "actor", f"{decided_by.__module__}.{decided_by.__name__}"


def test_what_needs_an_actor_answers_401_without_one(db: None) -> None:
    for method, path, name in ROUTES:
        for credentials in ("", "Bearer nonsense", "Bearer ", "Basic d2luZG93Og==", "nonsense"):
            answer = _asked_by_a_stranger(method, path, credentials)
            if OPERATIONS[name].access is Access.SIGNED_IN:
                assert answer.status_code == 401, (name, credentials)
                assert answer.headers["WWW-Authenticate"].startswith("Bearer"), name
                assert answer.json()["type"] == "/problems/sign-in-needed", name
            else:
                assert answer.status_code not in {401, 403, 500}, (name, credentials)


def _asked_by_a_stranger(method: str, path: str, credentials: str) -> Any:
    address = path.replace("{case_id}", str(uuid.uuid4()))
    for parameter in (
        "draft_id",
        "upload_id",
        "document_id",
        "agency_id",
        "service_id",
        "cooperation_id",
        "bundle_id",
    ):
        address = address.replace(f"{{{parameter}}}", str(uuid.uuid4()))
    for parameter in ("position", "material_id", "entry_id", "size"):
        address = address.replace(f"{{{parameter}}}", "1")
    address = address.replace("{number}", "450700-20261121-0000012-I").replace("{code}", "450000")
    headers = {"Authorization": credentials} if credentials else {}
    return Client(headers=headers).generic(method, address, b"{}", content_type="application/json")


def test_bodies_have_names_of_their_own() -> None:
    """Two models of one name would overwrite each other in the document."""

    def below(model: type[BaseModel]) -> list[type[BaseModel]]:
        return [model, *(found for sub in model.__subclasses__() for found in below(sub))]

    names = [model.__name__ for model in {*below(Incoming), *below(Outgoing)} if ".api" in model.__module__]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("who", ["citizen", "agent", "window", "reviewer"])
def test_a_token_stands_for_the_same_actor_as_the_hat(world: World, who: str) -> None:
    now = timezone.now()
    expected = actor_for(world.accounts[who], world.hats[who], timezone.localdate(now))
    assert actor_of_token(world.tokens[who], now) == expected


def test_a_token_dies_with_its_hat_its_time_and_its_account(world: World) -> None:
    now = timezone.now()
    assert actor_of_token(world.tokens["window"], now + timedelta(hours=13)) is None
    Post.objects.filter(person__account=world.accounts["window"]).update(valid_to=timezone.localdate(now))
    assert actor_of_token(world.tokens["window"], now) is None
    world.accounts["citizen"].is_active = False
    world.accounts["citizen"].save()
    assert actor_of_token(world.tokens["citizen"], now) is None


def test_signing_in_and_out(world: World) -> None:
    second_factor.enrol_app(world.accounts["window"], SECRET)
    code = second_factor.code_now(world.accounts["window"], time.time())
    body = {"username": "window", "password": PASSWORD, "hat": world.hats["window"], "code": code}
    made = post(Client(), "/tokens", body)
    assert made.status_code == 201
    token = made.json()["token"]
    assert not ApiToken.objects.filter(digest=token).exists()
    client = Client(headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"})
    me = client.get("/api/v1/me").json()
    assert (me["username"], me["role"], me["hat"]) == ("window", "window_officer", world.hats["window"])
    assert {hat["key"] for hat in me["hats"]} == {"person", world.hats["window"]}
    assert client.delete("/api/v1/tokens/current").status_code == 204
    assert client.get("/api/v1/me").status_code == 401


def test_an_officers_token_needs_the_second_factor(world: World) -> None:
    officer, client = world.accounts["window"], Client(headers={"Accept-Language": "en"})
    body = {"username": "window", "password": PASSWORD, "hat": world.hats["window"]}
    not_enrolled = post(client, "/tokens", body)
    assert (not_enrolled.status_code, not_enrolled.json()["type"]) == (403, "/problems/not-allowed")
    second_factor.enrol_app(officer, SECRET)
    for code in ("", "000000"):
        refused = post(client, "/tokens", body | {"code": code})
        assert (refused.status_code, refused.json()["type"]) == (401, "/problems/second-factor-needed")
        # Also for the hat of a private person: the account is guarded, not the hat.
        assert post(client, "/tokens", body | {"code": code, "hat": "person"}).status_code == 401
    code = second_factor.code_now(officer, time.time())
    assert post(client, "/tokens", body | {"code": code}).status_code == 201
    again = post(client, "/tokens", body | {"code": code})
    assert again.json()["type"] == "/problems/second-factor-needed"  # a code is good once
    assert not ApiToken.objects.exclude(hat=world.hats["window"]).filter(account=officer).exists()


def test_a_session_without_the_second_factor_reaches_no_officers_operation(world: World) -> None:
    client = Client()
    client.force_login(world.accounts["window"])
    session = client.session
    session[HAT_SESSION_KEY] = world.hats["window"]
    session.save()
    assert client.get("/api/v1/inbox").status_code == 200
    session.pop(SHOWN_KEY)
    session.save()
    assert client.get("/api/v1/inbox").status_code == 403
    assert client.get("/api/v1/me").json()["role"] == "citizen"
    session[SHOWN_KEY] = str(world.accounts["reviewer"].pk)  # another account's counts for nothing
    session.save()
    assert client.get("/api/v1/inbox").status_code == 403


def test_a_wrong_password_is_401_and_guessing_is_429(world: World) -> None:
    client = Client(headers={"Accept-Language": "en"})
    for _ in range(10):
        wrong = post(client, "/tokens", {"username": "citizen", "password": "wrong"})
        assert (wrong.status_code, wrong.json()["type"]) == (401, "/problems/wrong-credentials")
    shut = post(client, "/tokens", {"username": "citizen", "password": PASSWORD})
    assert (shut.status_code, shut.headers["Retry-After"]) == (429, "900")


def test_a_hat_that_is_not_held_is_refused(world: World) -> None:
    body = {"username": "citizen", "password": PASSWORD, "hat": world.hats["window"]}
    assert post(Client(), "/tokens", body).status_code == 403


def test_the_session_cookie_needs_the_csrf_token_for_posts(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.accounts["citizen"])
    assert client.get("/api/v1/me").status_code == 200
    body = {"service": str(world.service.pk)}
    refused = post(client, "/drafts", body)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-allowed")
    client.cookies["csrftoken"] = "a" * 32
    assert post(client, "/drafts", body, **{"X-CSRFToken": "a" * 32}).status_code == 201


def test_strangers_see_nothing_of_a_case(world: World) -> None:
    opened = apply(world, world.client("citizen"))
    path = f"/api/v1/cases/{opened['id']}"
    assert world.client("agent").get(path).status_code == 404
    assert post(world.client("agent"), f"/cases/{opened['id']}/withdraw", {"revision": 1}).status_code == 404
    assert world.client("citizen").get("/api/v1/inbox").status_code == 403
    assert world.client("window").get("/api/v1/cases").status_code == 403
