"""Every action of every package leaves its entry: whatever takes an actor and writes ends in `ledger.append`."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import tongban

SOURCE = Path(tongban.__file__).parent
# They look and refuse, and write nothing; what is in `actions` and begins with an actor acts otherwise.
ONLY_LOOK = {"checking.py"}
Functions = dict[str, list[ast.FunctionDef]]


def _functions() -> Functions:
    found: Functions = {}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                found.setdefault(node.name, []).append(node)
    return found


def _actions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted([*SOURCE.rglob("actions.py"), *SOURCE.rglob("actions/*.py")]):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or path.name in ONLY_LOOK:
                continue
            if node.args.args and node.args.args[0].arg == "actor":
                yield f"{path.relative_to(SOURCE)}: {node.name}", node


@cache
def _names(node: ast.FunctionDef) -> frozenset[str]:
    return frozenset(one.id for one in ast.walk(node) if isinstance(one, ast.Name))


@cache
def _appends(node: ast.FunctionDef) -> bool:
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            called = call.func
            if isinstance(called, ast.Name) and called.id == "append":
                return True
            if isinstance(called, ast.Attribute) and ast.unparse(called) == "ledger.append":
                return True
    return False


def _ends_in_append(node: ast.FunctionDef, functions: Functions, seen: set[str]) -> bool:
    if _appends(node):
        return True
    for name in _names(node) - seen:
        seen.add(name)
        if any(_ends_in_append(one, functions, seen) for one in functions.get(name, ())):
            return True
    return False


def test_every_action_appends() -> None:
    functions = _functions()
    actions = list(_actions())
    assert len(actions) > 40
    assert [name for name, node in actions if not _ends_in_append(node, functions, {node.name})] == []
