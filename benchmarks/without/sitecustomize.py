"""Takes a part of the platform out of every process it runs in, only for measuring (`bench_costs.py`).

Python imports this module at its start where its folder stands in PYTHONPATH; TONGBAN_WITHOUT says which part.
"""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

# An announcement without an entry to take its number from.
_EVENT_ALONE = (
    "INSERT INTO foundation_domainevent (id, name, object_type, object_id, at, detail)"
    " VALUES (nextval('foundation_ledgerentry_id_seq'), %s::text, %s, %s, %s, %s::jsonb) RETURNING id"
)


def without_ledger(ledger: Any) -> None:  # noqa: ANN401 - a module
    """No entry, no digest, no line for the tree; what else the act writes is written."""
    if not {"write", "Part", "digest_of", "opening_of"} <= vars(ledger).keys():
        raise SystemExit("the ledger writes otherwise now: this benchmark must follow it")
    write, number = ledger.write, ledger.Part("entry", "SELECT nextval('foundation_ledgerentry_id_seq')", ())

    def only_the_rest(entry: Any, unplaced: Any, *others: Any) -> list[Any]:  # noqa: ANN401 - parts of a statement
        if (entry.name, unplaced.name) != ("entry", "unplaced"):
            raise SystemExit("the ledger writes other parts now: this benchmark must follow it")
        kept = [replace(part, sql=_EVENT_ALONE) if part.name == "announced" else part for part in others]
        found = write(*(kept or [number]))
        return [0, 0, *found] if kept else [*found, 0]

    ledger.write = only_the_rest
    ledger.digest_of = lambda _salt, _content: ""
    ledger.opening_of = lambda salt: salt


def without_sealing(sealing: Any) -> None:  # noqa: ANN401 - a module
    """Values are written as they are."""
    sealing.seal_bytes = lambda data, _context: data


def reading_both(sealing: Any) -> None:  # noqa: ANN401 - a module
    """What was written without sealing, by another turn, is read as it is."""
    opened = sealing.open_bytes

    def open_bytes(sealed: bytes, context: str) -> bytes:
        try:
            return bytes(opened(sealed, context))
        except sealing.CannotOpenError:
            return sealed

    sealing.open_bytes = open_bytes


class _Changing(MetaPathFinder):
    """Finds the modules that are to be changed as Python does, and changes them when they have been run."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        ways: dict[str, list[Callable[[Any], None]]] = {
            "tongban.foundation.ledger": [without_ledger] if os.environ["TONGBAN_WITHOUT"] == "ledger" else [],
            "tongban.foundation.sealing": [
                reading_both,
                *([without_sealing] if os.environ["TONGBAN_WITHOUT"] == "sealing" else []),
            ],
        }
        changes = ways.get(name)
        spec = PathFinder.find_spec(name, path, target) if changes else None
        if spec is None or spec.loader is None:
            return None
        run = spec.loader.exec_module

        def run_and_change(module: ModuleType) -> None:
            run(module)
            for change in changes or ():
                change(module)

        spec.loader.exec_module = run_and_change  # type: ignore[method-assign] # this one loader's
        return spec


if "TONGBAN_WITHOUT" in os.environ:
    sys.meta_path.insert(0, _Changing())
