"""The table of rights as a document: reading and checking it. Pure: no database, no Django.

The document (`data/rights.yaml`) is written for a lawyer; what is wrong in it is refused with its line, all faults at
once, so that a slip of the pen never becomes a right or the loss of one.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import yaml

from tongban.foundation.yamltext import LOADER

_PARTS = ("roles", "groups", "relations", "objects", "rights")
_ROW = ("role", "relation", "object", "deed", "zh", "en")


class RightsTableError(ValueError):
    """The document is no table of rights; every fault with its line."""

    def __init__(self, faults: Collection[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = list(faults)


class Words(NamedTuple):
    """A name in Chinese and English."""

    zh: str
    en: str

    def label(self, *, english: bool) -> str:
        return self.en if english else self.zh


class Right(NamedTuple):
    """Who has this role, standing in this relation to an object of this kind, may do this deed, and because of what."""

    role: str
    relation: str
    kind: str
    deed: str
    because: Words
    line: int

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What decides."""
        return self.role, self.relation, self.kind, self.deed


@dataclass(frozen=True)
class RightsTable:
    """The checked document: its rights in order, and the words for every name in it."""

    rights: tuple[Right, ...]
    roles: Mapping[str, Words]
    relations: Mapping[str, Words]
    kinds: Mapping[str, Words]
    deeds: Mapping[tuple[str, str], Words]


def load_rights(text: str, roles: Collection[str], relations: Collection[str]) -> RightsTable:
    """The table a YAML document describes.

    Args:
        text: the document.
        roles: those the code knows; the document must have words for exactly these.
        relations: the same, of relations.

    Raises:
        RightsTableError: with everything that is wrong, each fault naming its line.
    """
    try:
        root = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise RightsTableError(
            [f"line {mark.line + 1 if mark else '?'}: {getattr(error, 'problem', error)}"]
        ) from error
    return _Reader(roles, relations).read(root)


class _Reader:
    """Walks the document's nodes, which know their lines, and collects what is wrong."""

    def __init__(self, roles: Collection[str], relations: Collection[str]) -> None:
        self._known = {"role": roles, "relation": relations}
        self._faults: list[str] = []

    def read(self, root: Any) -> RightsTable:  # noqa: ANN401 - a node of YAML
        parts = self._mapping(root, _PARTS, "the table")
        roles, relations = self._vocabulary(parts, "role"), self._vocabulary(parts, "relation")
        groups = self._groups(parts.get("groups"), roles)
        kinds, deeds = self._objects(parts.get("objects"))
        names = {"role": {*roles, *groups}, "relation": {*relations}, "object": {*kinds}}
        rights: dict[tuple[str, str, str, str], Right] = {}
        rows = parts.get("rights")
        for node in rows.value if isinstance(rows, yaml.SequenceNode) else ():
            for right in self._row(node, names, groups, deeds):
                if (first := rights.get(right.key)) is not None:
                    self._fault(node, f"{' / '.join(right.key)} was given in line {first.line} already")
                rights.setdefault(right.key, right)
        self._unused(deeds, rights)
        if self._faults:
            raise RightsTableError(self._faults)
        return RightsTable(tuple(rights.values()), roles, relations, kinds, deeds)

    def _fault(self, node: Any, what: str) -> None:  # noqa: ANN401 - a node of YAML
        self._faults.append(f"line {node.start_mark.line + 1}: {what}" if node is not None else what)

    def _mapping(self, node: Any, keys: Collection[str] | None, what: str) -> dict[str, Any]:  # noqa: ANN401 - a node of YAML
        """The nodes of a mapping by key; YAML itself would let the last of two equal keys win."""
        if not isinstance(node, yaml.MappingNode):
            self._fault(node, f"{what} is not a mapping")
            return {}
        found: dict[str, Any] = {}
        for key, value in node.value:
            if key.value in found:
                self._fault(key, f"{what}: {key.value!r} stands twice")
            elif keys is not None and key.value not in keys:
                self._fault(key, f"{what}: unknown key {key.value!r}")
            found[key.value] = value
        for key in keys or ():
            if key not in found:
                self._fault(node, f"{what}: {key!r} is missing")
        return found

    def _text(self, node: Any, what: str) -> str:  # noqa: ANN401 - a node of YAML
        if isinstance(node, yaml.ScalarNode) and node.value.strip():
            return str(node.value).strip()
        if node is not None:
            self._fault(node, f"{what} is empty")
        return ""

    def _words(self, node: Any, what: str) -> Words:  # noqa: ANN401 - a node of YAML
        parts = self._mapping(node, ("zh", "en"), what)
        return Words(self._text(parts.get("zh"), f"{what}: zh"), self._text(parts.get("en"), f"{what}: en"))

    def _vocabulary(self, parts: Mapping[str, Any], what: str) -> dict[str, Words]:
        node = parts.get(f"{what}s")
        found = self._mapping(node, None, f"{what}s")
        for name, at in found.items():
            if name not in self._known[what]:
                self._fault(at, f"the platform has no {what} {name!r}")
        for name in self._known[what]:
            if name not in found:
                self._fault(node, f"{what} {name!r} has no words")
        return {name: self._words(at, f"{what} {name}") for name, at in found.items()}

    def _groups(self, node: Any, roles: Collection[str]) -> dict[str, list[str]]:  # noqa: ANN401 - a node of YAML
        found = {}
        for name, at in self._mapping(node, None, "groups").items():
            if name in roles:
                self._fault(at, f"group {name!r} has the name of a role")
            found[name] = list(self._names(at, "role", roles))
        return found

    def _objects(self, node: Any) -> tuple[dict[str, Words], dict[tuple[str, str], Words]]:  # noqa: ANN401 - a node of YAML
        kinds, deeds = {}, {}
        for kind, at in self._mapping(node, None, "objects").items():
            what = f"object {kind}"
            body = self._mapping(at, ("zh", "en", "deeds"), what)
            kinds[kind] = Words(*(self._text(body.get(key), f"{what}: {key}") for key in ("zh", "en")))
            for deed, words in self._mapping(body.get("deeds"), None, f"{what}: deeds").items():
                deeds[kind, deed] = self._words(words, f"deed {deed} of {kind}")
        return kinds, deeds

    def _names(self, node: Any, what: str, known: Collection[str]) -> Iterator[str]:  # noqa: ANN401 - a node of YAML
        """One name or a list of names, each of them known."""
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for one in nodes:
            if not isinstance(one, yaml.ScalarNode):
                self._fault(one, f"a {what} is a name")
            elif one.value not in known:
                self._fault(one, f"unknown {what} {one.value!r}")
            else:
                yield one.value

    def _row(
        self,
        node: Any,  # noqa: ANN401 - a node of YAML
        names: Mapping[str, Collection[str]],
        groups: Mapping[str, Collection[str]],
        deeds: Mapping[tuple[str, str], Words],
    ) -> Iterator[Right]:
        body = self._mapping(node, _ROW, "a right")
        if not body:
            return
        because = Words(self._text(body.get("zh"), "the reason: zh"), self._text(body.get("en"), "the reason: en"))
        named = {
            key: list(self._names(body[key], key, names[key])) if key in body else []
            for key in ("role", "relation", "object")
        }
        roles = [role for name in named["role"] for role in groups.get(name, [name])]
        known = {deed for kind, deed in deeds if kind in named["object"]}
        asked = list(self._names(body["deed"], "deed", known)) if "deed" in body else []
        for role, relation, kind, deed in product(roles, named["relation"], named["object"], asked):
            if (kind, deed) in deeds:
                yield Right(role, relation, kind, deed, because, node.start_mark.line + 1)
            else:
                self._fault(node, f"there is no deed {deed!r} of object {kind!r}")

    def _unused(self, deeds: Mapping[tuple[str, str], Words], rights: Collection[tuple[str, str, str, str]]) -> None:
        used = {(kind, deed) for _role, _relation, kind, deed in rights}
        self._faults += [
            f"nobody may {deed} {kind}: leave the word out" for kind, deed in deeds if (kind, deed) not in used
        ]
