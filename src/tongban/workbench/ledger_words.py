"""What the codes of the ledger are called, in the reader's language (`data/acts.yaml`).

What has no words keeps its code: entries of former versions, and steps of procedures that administrators entered.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from tongban.cases.labels import action_label, english
from tongban.foundation.yamltext import read_yaml


@lru_cache(maxsize=1)
def _document() -> Mapping[str, Any]:
    found: Mapping[str, Any] = read_yaml((files("tongban.workbench") / "data" / "acts.yaml").read_text("utf-8"))
    return found


def _label(words: Mapping[str, Any] | None, code: str) -> str:
    return words["en" if english() else "zh"] if words else code


def kind_label(kind: str) -> str:
    """What a kind of object is called."""
    return _label(_document()["objects"].get(kind), kind)


def act_label(kind: str, act: str) -> str:
    """What an act on an object of this kind is called."""
    words = _document()["objects"].get(kind, {"acts": {}})["acts"].get(act)
    return action_label(act) if words is None and kind == "case" else _label(words, act)


def kinds() -> list[tuple[str, str]]:
    """Every kind of object with its name, in the order of the document."""
    return [(kind, _label(words, kind)) for kind, words in _document()["objects"].items()]


def principal_label(principal: str) -> tuple[str, str]:
    """For whom an act was done (`agency:ID`, `platform:clock`): a word for it, and its id where it has one."""
    kind, _colon, rest = principal.partition(":")
    if kind == "platform":
        return _label(_document()["processes"].get(rest), principal), ""
    return _label(_document()["principals"].get(kind), kind), rest
