"""Reading YAML, the same way wherever a document stands as such."""

from collections.abc import Hashable
from typing import Any

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C, where it was built, reads in a tenth of the time; every process reads documents when it starts."""

_TEXT = "tag:yaml.org,2002:str"
# `<<`: the keys it brings in are defaults, which a key of the mapping itself overrides.
_MERGE = "tag:yaml.org,2002:merge"


class RepeatedKeyError(yaml.MarkedYAMLError):
    """A key stands twice in a mapping; YAML forbids it (1.2.2, 3.2.1.1), yet its readers let the last one win."""

    def __init__(self, key: str, node: yaml.Node, first: yaml.Node) -> None:
        self.key, self.line, self.first_line = key, node.start_mark.line + 1, first.start_mark.line + 1
        problem = f"key {key!r} stands in line {self.first_line} already"
        super().__init__(problem=problem, problem_mark=node.start_mark)


def read_yaml(text: str, *, may_repeat: bool = False) -> Any:  # noqa: ANN401 - whatever the document holds; typed where it is used
    """What a YAML document holds: mappings, lists, texts, numbers, dates, nothing else.

    Args:
        text: the document.
        may_repeat: whether the last of two equal keys wins, as in documents kept since before they were refused.

    Raises:
        RepeatedKeyError: a key stands twice in a mapping.
        yaml.YAMLError: it is no YAML.
    """
    try:
        return _read(LOADER(text), may_repeat=may_repeat)
    except RepeatedKeyError:
        raise
    except yaml.YAMLError:
        # The one in Python names the place in the text; the one in C names the end of the file for what is left open.
        return _read(yaml.SafeLoader(text), may_repeat=may_repeat)


def _read(loader: Any, *, may_repeat: bool) -> Any:  # noqa: ANN401 - either loader; whatever the document holds
    try:
        root = loader.get_single_node()
        if root is None:
            return None
        if not may_repeat:
            _refuse_repeated_keys(loader, root)
        return loader.construct_document(root)
    except (ValueError, RecursionError) as error:  # the thirteenth month; ten thousand brackets
        raise yaml.YAMLError(str(error)) from error
    finally:
        loader.dispose()


def _refuse_repeated_keys(loader: Any, root: yaml.Node) -> None:  # noqa: ANN401 - either loader
    """Before anything is constructed: constructing puts merged keys into the nodes, and these may well repeat."""
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.ScalarNode) or id(node) in seen:
            continue
        seen.add(id(node))  # what an alias names is one node, and may hold itself
        if isinstance(node, yaml.MappingNode):
            firsts: dict[Hashable, yaml.Node] = {}
            for key, value in node.value:
                waiting.append(value)
                if not isinstance(key, yaml.ScalarNode):
                    continue  # no key at all: constructing refuses it
                # As what they mean: `1` and `0x1` are one key, `1` and `"1"` are two.
                name = key.value if key.tag in {_TEXT, _MERGE} else (key.tag, loader.construct_object(key))
                if name in firsts:
                    raise RepeatedKeyError(key.value, key, firsts[name])
                firsts[name] = key
        else:
            waiting.extend(node.value)
