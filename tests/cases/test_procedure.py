"""Procedures are refused when a case could get lost in them."""

from copy import deepcopy
from importlib.resources import files
from typing import Any

import pytest
import yaml

from tongban.cases.models import CaseDocument, CaseState
from tongban.cases.procedure import ProcedureError, load_procedure, shipped
from tongban.identity.models import Role

DOCUMENT: dict[str, Any] = yaml.safe_load(
    (files("tongban.cases") / "procedures" / "standard.yaml").read_text(encoding="utf-8")
)


def test_the_shipped_procedure_speaks_the_words_of_the_tables() -> None:
    procedure = shipped("standard")
    assert set(procedure.states) == set(CaseState.values)
    roles = {*Role.values, "citizen", "agent"}
    for action in procedure.actions.values():
        assert action.roles <= roles
        assert not action.document or action.document in CaseDocument.Kind.values


def _unreachable(document: dict[str, Any]) -> None:
    document["states"]["forgotten"] = {"waits_for": "agency"}
    document["actions"]["leave"] = {"from": ["forgotten"], "to": "closed", "roles": ["window_officer"]}


def _endless(document: dict[str, Any]) -> None:
    document["states"]["limbo"] = {"waits_for": "agency"}
    document["actions"]["lose"] = {"from": ["submitted"], "to": "limbo", "roles": ["window_officer"]}


def _without_role(document: dict[str, Any]) -> None:
    document["actions"]["accept"]["roles"] = []


def _unknown_limit(document: dict[str, Any]) -> None:
    document["states"]["accepted"]["limit"] = "LIC-FOREVER"


def _unknown_state(document: dict[str, Any]) -> None:
    document["actions"]["accept"]["to"] = "acepted"


def _leaves_the_end(document: dict[str, Any]) -> None:
    document["actions"]["reopen"] = {"from": ["closed"], "to": "accepted", "roles": ["window_officer"]}


def _missing_key(document: dict[str, Any]) -> None:
    del document["actions"]["accept"]["to"]


def _unknown_key(document: dict[str, Any]) -> None:
    document["states"]["accepted"]["limmit"] = "LIC-DECIDE"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_unreachable, "state forgotten cannot be reached"),
        (_endless, "from state limbo no path ends"),
        (_without_role, "action accept: nobody may take it"),
        (_unknown_limit, "limit 'LIC-FOREVER' has no rule"),
        (_unknown_state, "'acepted' is not a state"),
        (_leaves_the_end, "leaves the final state closed"),
        (_missing_key, "missing or unknown key"),
        (_unknown_key, "limmit"),
    ],
)
def test_a_spoiled_procedure_is_refused(spoil: Any, says: str) -> None:
    document = deepcopy(DOCUMENT)
    spoil(document)
    with pytest.raises(ProcedureError, match=says):
        load_procedure(document)


def test_an_unknown_procedure_is_refused() -> None:
    with pytest.raises(ProcedureError, match="no procedure 'magic'"):
        shipped("magic")
    with pytest.raises(ProcedureError, match="no version 9"):
        shipped("standard", 9)
