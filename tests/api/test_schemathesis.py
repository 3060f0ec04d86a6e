"""The whole API against its own committed document: whatever schemathesis sends, the answer is one it promises.

`make fuzz` runs the same with many more examples (TONGBAN_FUZZ_EXAMPLES).
"""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.urls import get_resolver
from django.utils import timezone
from hypothesis import HealthCheck, settings
from schemathesis.checks import CheckFunction
from schemathesis.generation.meta import REQUEST_SHAPE_PROBES, CoveragePhaseData
from schemathesis.specs.openapi import checks as known

from tests.api.world import World, apply, build, post, upload
from tests.kept import kept
from tongban.foundation.rest.operations import OPERATIONS
from tongban.identity.actions import issue_token

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = int(os.environ.get("TONGBAN_FUZZ_EXAMPLES", "1"))
SEED = int(os.environ.get("TONGBAN_FUZZ_SEED", "20261121"))
AT_LENGTH = EXAMPLES >= 50
CALLS: dict[str, int] = {}
# What schemathesis makes up for an operation is some forty requests, most of them of a few kinds. Here of each kind (a
# text too long, a body without what it must have) the first is sent and then one in so many, each time the same. Those
# that never come to the operation (another method, another type of content) are counted over all operations.
# `make fuzz` sends everything.
STRIDE = 12
MADE: dict[tuple[str, str, str], int] = {}
SIGNALS = (request_started, request_finished)

CONFIG = schemathesis.Config.from_dict(
    {
        "seed": SEED,
        # Words of our own code as values: worth reading all of it only for many examples.
        "analysis": {"constants": {"enabled": AT_LENGTH}},
        "generation": {"max-examples": EXAMPLES, "deterministic": not AT_LENGTH, "database": "none", "no-shrink": True},
        # Whatever fits by chance: the first of it, the simplest, was among the constraints' own.
        "phases": {"fuzzing": {"enabled": AT_LENGTH}},
    }
)
# Made when the test runs, not when tests are collected: every worker collects.
SCHEMA = schemathesis.pytest.from_fixture("schema")

# What the JSON Schema of an operation cannot say is refused by the domain: a form's own fields, whether a file is
# what it claims, who may take a step, whether a cursor is one of this list. Everywhere else what fits must do.
DOMAIN_DECIDES = frozenset(
    {
        "apply",
        "apply_for_bundle",
        "start_bundle_draft",
        "submit_bundle_draft",
        "start_draft",
        "save_answers",
        "attach_upload",
        "submit_draft",
        "upload_file",
        "create_token",
        "supplement",
        "answer_guidance",
        "choose_way",
        "fetch_material",
        "check_identity",
        "upload_at_window",
        "apply_at_counter",
        "take_in",
        "book_appointment",
        "act_on_several",
        "enter_absence",
        "save_template",
        "offer_delegation",
        "ask_my_correction",
        "close_my_account",
        "choose_channels",
    }
)
OFFICERS = frozenset(
    {"receive", "accept", "refuse_acceptance", "return_for_correction", "decide", "deliver", "list_inbox"}
    | {"read_inbox_counts", "list_colleagues", "assign_case", "list_notes", "add_note", "ask_cooperation"}
    | {"list_cooperations", "read_cooperation", "remind_cooperation", "withdraw_cooperation"}
    | {"answer_cooperation", "decline_cooperation"}
)


class Objects:
    """Ids that exist, so that more than 404 is reached."""

    def __init__(self, world: World) -> None:
        self.world = world
        citizen = world.client("citizen")
        opened = apply(world, citizen)
        case = citizen.get(f"/api/v1/cases/{opened['id']}").json()
        draft = post(citizen, "/drafts", {"service": str(world.service.pk)}).json()
        self.path: dict[str, Any] = {
            "case_id": opened["id"],
            "number": opened["number"],
            "draft_id": draft["id"],
            "upload_id": upload(citizen).json()["id"],
            "position": 1,
            "document_id": case["documents"][0]["id"],
            "material_id": case["materials"][0]["id"],
            "agency_id": str(world.agency.pk),
            "service_id": str(world.service.pk),
            "version_id": str(world.version.pk),
            "code": "450000",
            "slug": "opening-a-shop",
        }
        self.body: dict[str, Any] = {
            "service": str(world.service.pk),
            "upload": self.path["upload_id"],
            "revision": 1,
        }


shared_world = kept(build)


@pytest.fixture(scope="module")
def schema() -> schemathesis.BaseSchema:
    loaded = schemathesis.openapi.from_path(ROOT / "docs" / "openapi.json", config=CONFIG)
    loaded.app = get_wsgi_application()
    assert get_resolver().url_patterns  # reading the addresses declares the operations
    if not AT_LENGTH:
        loaded.hook("filter_case")(chosen)
    return loaded


def chosen(_context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Whether to send what was made from an operation's constraints."""
    if case.meta is None or not isinstance(case.meta.phase.data, CoveragePhaseData):
        return True
    scenario = case.meta.phase.data.scenario
    whose = "" if scenario in REQUEST_SHAPE_PROBES else case.operation.label
    kind = (whose, case.meta.generation.mode, scenario)
    MADE[kind] = MADE.get(kind, -1) + 1
    return MADE[kind] % STRIDE == 0


class Stage:
    """The same objects for every operation: what one did to them is rolled back before the next."""

    def __init__(self, world: World) -> None:
        self.name = ""
        self.objects = Objects(world)
        self.world = world
        # A server closes its connection between requests; here the test's transaction lives on it. (Django's test
        # client, used just now, connects these again after each of its requests.)
        for signal in SIGNALS:
            signal.disconnect(close_old_connections)

    def objects_for(self, name: str) -> Objects:
        """As they were made."""
        if name != self.name:
            self.close()
            self.name, self.savepoint = name, transaction.savepoint()
        return self.objects

    def close(self) -> None:
        if self.name:
            transaction.savepoint_rollback(self.savepoint)


@pytest.fixture
def stage(shared_world: World) -> Iterator[Stage]:
    stage = Stage(shared_world)
    yield stage
    stage.close()
    for signal in SIGNALS:
        signal.connect(close_old_connections)


def token_for(world: World, name: str) -> str:
    if name == "revoke_token":
        return issue_token(world.accounts["citizen"], "person", timezone.now())[0]
    return world.tokens["reviewer" if name in OFFICERS else "citizen"]


def aim(case: schemathesis.Case[Any], objects: Objects) -> None:
    """Point most of the well-formed requests at objects that exist, and leave out cursors, which nobody can guess."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.query:
        case.query.pop("cursor", None)
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = str(uuid.uuid4())  # one that another operation had is refused
    if "number" in (case.path_parameters or {}):
        case.path_parameters["number"] = objects.path["number"]
    if len(repr(case.path_parameters)) % 3:
        aim_at(case, objects)


def aim_at(case: schemathesis.Case[Any], objects: Objects) -> None:
    """Point a request at objects that exist."""
    departments = "/departments/" in case.path
    for name in case.path_parameters or {}:
        if name in objects.path:
            value = "market-supervision" if departments else objects.path[name]
            case.path_parameters[name] = {"items": "000131001000", "bundles": "house"}.get(_kind(case.path), value)
    if isinstance(case.body, dict):
        for name in case.body:
            if name in objects.body:
                case.body[name] = objects.body[name]


def _kind(path: str) -> str:
    """Of what the code in a path is one."""
    return path.strip("/").removeprefix("api/v1/").split("/", 1)[0]


def excluded(name: str) -> list[CheckFunction]:
    # A token of one person is never another's here; the tests of authority say so case by case.
    left_out: list[CheckFunction] = [known.object_level_authorization]
    if name in DOMAIN_DECIDES:
        left_out.append(known.positive_data_acceptance)
    if not AT_LENGTH:
        # It asks once more without credentials and with wrong ones, as `test_access` does of every operation.
        left_out.append(known.ignored_auth)
    return left_out


@pytest.mark.django_db
@SCHEMA.parametrize()
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)
def test_the_api_keeps_what_its_document_promises(case: schemathesis.Case[Any], stage: Stage) -> None:
    """`call_and_validate` fails on every answer whose status, headers or body the document does not promise."""
    name = case.operation.definition.raw["operationId"]
    aim(case, stage.objects_for(name))
    headers = {"Accept-Language": "en"}
    if case.operation.definition.raw["security"]:
        headers["Authorization"] = f"Bearer {token_for(stage.world, name)}"
    CALLS[name] = CALLS.get(name, 0) + 1
    case.call_and_validate(headers=headers, excluded_checks=excluded(name))


def test_every_operation_was_called() -> None:
    assert CALLS.keys() == OPERATIONS.keys()
