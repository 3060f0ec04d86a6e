"""Procedures as data: states, actions, roles and limits, read from YAML and checked before any case follows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

# The limits a state may name; the rules behind them are in `rules.due`.
LIMITS = frozenset({"LIC-NOTICE", "LIC-DECIDE", "LIC-DELIVER"})
PARTIES = frozenset({"agency", "applicant"})


class ProcedureError(ValueError):
    """A procedure that must not be used; the message says where it is wrong."""


@dataclass(frozen=True)
class State:
    name: str
    waits_for: str = ""
    limit: str = ""
    final: bool = False


@dataclass(frozen=True)
class Action:
    """What may be done in which states, by whom, leading where, and the written act it produces."""

    name: str
    sources: tuple[str, ...]
    target: str
    roles: frozenset[str]
    document: str = ""


@dataclass(frozen=True)
class Procedure:
    code: str
    version: int
    name: str
    name_en: str
    start: str
    states: Mapping[str, State]
    actions: Mapping[str, Action]

    def available(self, state: str, role: str) -> list[str]:
        """Names of the actions this role may take in this state, in the procedure's order."""
        return [a.name for a in self.actions.values() if state in a.sources and role in a.roles]


def load_procedure(document: Mapping[str, Any]) -> Procedure:
    """The procedure a YAML document describes.

    Raises:
        ProcedureError: a key is missing, a name unknown, a state unreachable or without an end, an action without a
            role, a limit without a rule.
    """
    try:
        states = {name: State(name, **(body or {})) for name, body in document["states"].items()}
        actions = {
            name: Action(
                name, tuple(body["from"]), body["to"], frozenset(body.get("roles", ())), body.get("document", "")
            )
            for name, body in document["actions"].items()
        }
        procedure = Procedure(
            document["code"],
            int(document["version"]),
            document["name"],
            document["name_en"],
            document["start"],
            states,
            actions,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ProcedureError(f"procedure {document.get('code', '?')}: missing or unknown key {error}") from error
    problems = [*_problems_of_states(procedure), *_problems_of_actions(procedure)]
    if not problems:
        problems = [*_unreachable(procedure), *_without_end(procedure)]
    if problems:
        raise ProcedureError(f"procedure {procedure.code}: {'; '.join(problems)}")
    return procedure


def _problems_of_states(procedure: Procedure) -> list[str]:
    problems = []
    if procedure.start not in procedure.states:
        problems.append(f"start: {procedure.start!r} is not a state")
    for state in procedure.states.values():
        if state.limit and state.limit not in LIMITS:
            problems.append(f"state {state.name}: limit {state.limit!r} has no rule")
        if not state.final and state.waits_for not in PARTIES:
            problems.append(f"state {state.name}: waits_for must be agency or applicant")
    return problems


def _problems_of_actions(procedure: Procedure) -> list[str]:
    problems = []
    for action in procedure.actions.values():
        if not action.roles:
            problems.append(f"action {action.name}: nobody may take it")
        problems += [
            f"action {action.name}: {name!r} is not a state"
            for name in (*action.sources, action.target)
            if name not in procedure.states
        ]
        problems += [
            f"action {action.name}: leaves the final state {name}"
            for name in action.sources
            if name in procedure.states and procedure.states[name].final
        ]
    return problems


def _unreachable(procedure: Procedure) -> list[str]:
    reached, frontier = {procedure.start}, [procedure.start]
    while frontier:
        state = frontier.pop()
        following = {a.target for a in procedure.actions.values() if state in a.sources} - reached
        reached |= following
        frontier += following
    return [f"state {name} cannot be reached" for name in procedure.states if name not in reached]


def _without_end(procedure: Procedure) -> list[str]:
    ending = {state.name for state in procedure.states.values() if state.final}
    while more := {s for a in procedure.actions.values() if a.target in ending for s in a.sources} - ending:
        ending |= more
    return [f"from state {name} no path ends" for name in procedure.states if name not in ending]


@cache
def shipped(code: str, version: int = 1) -> Procedure:
    """A procedure that ships with the product.

    Raises:
        ProcedureError: there is none of this code and version.
    """
    path = files("tongban.cases") / "procedures" / f"{code}.yaml"
    if not path.is_file():
        raise ProcedureError(f"there is no procedure {code!r}")
    procedure = load_procedure(yaml.safe_load(path.read_text(encoding="utf-8")))
    if procedure.version != version:
        raise ProcedureError(f"there is no version {version} of procedure {code!r}")
    return procedure
