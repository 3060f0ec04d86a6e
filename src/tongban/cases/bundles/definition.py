"""A bundle as data: parts, edges between them, questions, what is asked once. Read from YAML, checked as a whole.

What the keys mean stands in docs/bundles.md. A bundle is refused with everything that is wrong with it, by name: parts
that wait for each other in a circle, an edge that does not say what a refusal and a withdrawal of its source mean for
its target, a part, question or level that is not there, a suspension the law does not know.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any

import yaml
from django.utils.translation import gettext as _

from tongban.cases.shelves import DocumentError, Shelf, missing_key, not_yaml, unknown_key
from tongban.foundation.forms import FormDefinition, FormDefinitionError
from tongban.foundation.yamltext import read_yaml
from tongban.government.models import RegionLevel

AUDIENCES = ("person", "organisation")
LEVELS = {
    "province": RegionLevel.PROVINCE,
    "prefecture": RegionLevel.PREFECTURE,
    "county": RegionLevel.COUNTY,
    "township": RegionLevel.TOWNSHIP,
}
# What the platform itself knows of a part that was granted; a part may have outputs of its own beside them.
OUTPUTS: Mapping[str, Mapping[str, Any]] = {
    "case_number": {"type": "string"},
    "decision_number": {"type": "string"},
    "decided_on": {"type": "string", "format": "date"},
}
LEAST_PARTS = 2
_LABEL = "label"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_KEYS = frozenset(
    {
        *("code", "version", "name", "name_en", "summary", "summary_en", "audience", "handling", "lead", "themes"),
        *("questions", "parts", "edges", "shared", "materials"),
    }
)
_PART_KEYS = frozenset({"name", "name_en", "item", "levels", "when", "preset", "outputs"})
_EDGE_KEYS = frozenset({"source", "target", "waits", "feeds", "materials", "refused", "withdrawn"})


class BundleError(DocumentError):
    """A bundle that must not be used; `problems` says everything that is wrong with it."""

    kind = "bundle"


class Handling(StrEnum):
    """How the agencies work: each for itself, or jointly (行政许可法 art 26)."""

    SEPARATE = "separate"
    JOINT = "joint"


class Consequence(StrEnum):
    """What a refusal or withdrawal of one part means for another."""

    CONTINUE = "continue"  # it goes on as if nothing had happened
    SUSPEND = "suspend"  # it is not begun until the other was applied for again, or the applicant gives it up
    CANCEL = "cancel"  # it is not begun, or taken back


@dataclass(frozen=True)
class Condition:
    """A part is wanted only where a question is answered so."""

    question: str
    equals: str | int | bool


@dataclass(frozen=True)
class Part:
    """One service of the bundle.

    Attributes:
        item: the basic code of the catalogue; the service is that of the applicant's region at one of `levels`, the
            first that has it.
        when: on which answer it is wanted; None for always.
        preset: fields of its form that are answered by the bundle itself.
        outputs: what its agency states with a grant, as properties of JSON Schema, beside `OUTPUTS`.
    """

    name: str
    title: str
    title_en: str
    item: str
    levels: tuple[RegionLevel, ...]
    when: Condition | None
    preset: Mapping[str, Any]
    outputs: Mapping[str, Mapping[str, Any]]

    def label(self, *, english: bool) -> str:
        return self.title_en if english else self.title

    def output(self, name: str) -> Mapping[str, Any] | None:
        """The schema of an output; None where there is none of that name."""
        return self.outputs.get(name) or OUTPUTS.get(name)


@dataclass(frozen=True)
class Edge:
    """How one part hangs on another.

    Attributes:
        waits: whether the target is begun only when the source is done.
        feeds: field of the target's form -> output of the source.
        materials: names of the target's materials that the source's decision stands for.
        refused, withdrawn: what happens to the target when the source is refused or taken back.
    """

    source: str
    target: str
    waits: bool
    feeds: Mapping[str, str]
    materials: tuple[str, ...]
    refused: Consequence
    withdrawn: Consequence

    @property
    def goes_on_somehow(self) -> bool:
        """Whether the target may be begun without the source's results."""
        return Consequence.CONTINUE in {self.refused, self.withdrawn}


@dataclass(frozen=True)
class Bundle:
    """A version of a bundle.

    Attributes:
        lead: the part whose agency answers for the whole.
        questions: properties of JSON Schema with hints, asked first.
        shared: name in the merged form -> part -> the field of that part's form.
        labels: name in the merged form -> what it is called there (`zh`, `en`); else as the first part calls it.
        materials: key -> part -> the name of that part's material.
    """

    code: str
    version: int
    name: str
    name_en: str
    summary: str
    summary_en: str
    audience: str
    handling: Handling
    lead: str
    themes: tuple[str, ...]
    questions: Mapping[str, Mapping[str, Any]]
    parts: Mapping[str, Part]
    edges: tuple[Edge, ...]
    shared: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, Mapping[str, str]]
    materials: Mapping[str, Mapping[str, str]]

    def label(self, *, english: bool) -> str:
        return self.name_en if english else self.name

    def about(self, *, english: bool) -> str:
        return self.summary_en if english else self.summary

    def into(self, part: str) -> list[Edge]:
        """The edges that lead to a part."""
        return [edge for edge in self.edges if edge.target == part]

    def wanted(self, answers: Mapping[str, Any]) -> dict[str, Part]:
        """The parts these answers ask for. An answer of another type (1 for true) is another answer."""
        return {
            name: part
            for name, part in self.parts.items()
            if part.when is None or _same(answers.get(part.when.question), part.when.equals)
        }


def _same(given: object, wanted: object) -> bool:
    return given == wanted and type(given) is type(wanted)


def read_bundle(text: str) -> Bundle:
    """The bundle a YAML document describes.

    Raises:
        BundleError: with everything that is wrong.
    """
    return _read_bundle(text, may_repeat=False)


def read_kept_bundle(text: str) -> Bundle:
    """The bundle of a text that was taken in, maybe before keys given twice were refused.

    Raises:
        BundleError: with everything that is wrong.
    """
    return _read_bundle(text, may_repeat=True)


def _read_bundle(text: str, *, may_repeat: bool) -> Bundle:
    try:
        document = read_yaml(text, may_repeat=may_repeat)
    except yaml.YAMLError as error:
        raise BundleError("?", [not_yaml(error)]) from error
    if not isinstance(document, Mapping):
        raise BundleError("?", [_("it is not a mapping of keys")])
    return _Reader(document).read()


class _Reader:
    """Reads one document and keeps what is wrong with it."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.problems: list[str] = []

    def read(self) -> Bundle:
        given = self.document
        self._keys(given, _KEYS, _KEYS - {"questions", "themes", "shared", "materials", "edges"})
        code, version = str(given.get("code", "?")), given.get("version")
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", code):
            self._wrong("code", _("small letters, digits and hyphens, at most 40"))
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            self._wrong("version", _("it is a number from 1"))
        questions = self._questions(self._mapping(given.get("questions"), "questions"))
        parts = {
            str(name): part
            for name, body in self._mapping(given.get("parts"), "parts").items()
            if (part := self._part(str(name), body, questions))
        }
        if len(parts) < LEAST_PARTS and not self.problems:
            self._wrong("parts", _("a bundle has at least two"))
        listed = enumerate(self._list(given.get("edges"), "edges"), start=1)
        edges = tuple(edge for number, body in listed if (edge := self._edge(number, body, parts)))
        handling = self._one_of(given.get("handling"), Handling, "handling")
        self._graph(parts, edges)
        self._lead(str(given.get("lead", "")), parts)
        bundle = Bundle(
            code=code,
            version=version if isinstance(version, int) else 0,
            name=self._text("name"),
            name_en=self._text("name_en"),
            summary=self._text("summary"),
            summary_en=self._text("summary_en"),
            audience=self._audience(),
            handling=handling or Handling.SEPARATE,
            lead=str(given.get("lead", "")),
            themes=tuple(str(theme) for theme in self._list(given.get("themes"), "themes")),
            questions=questions,
            parts=parts,
            edges=edges,
            shared=self._by_part("shared", parts),
            labels=self._labels(),
            materials=self._by_part("materials", parts),
        )
        if self.problems:
            raise BundleError(code, self.problems)
        return bundle

    # --- pieces -----------------------------------------------------------------------------------------------------

    def _wrong(self, where: str, problem: str) -> None:
        self.problems.append(f"{where}: {problem}" if where else problem)

    def _text(self, key: str) -> str:
        value = self.document.get(key)
        if not isinstance(value, str) or not value.strip():
            self._wrong(key, _("it is missing or empty"))
            return ""
        return value.strip()

    def _audience(self) -> str:
        given = self.document.get("audience")
        if given not in AUDIENCES:
            self._wrong("audience", _none_of(given, AUDIENCES))
        return str(given)

    def _keys(self, body: Mapping[str, Any], known: frozenset[str], needed: Collection[str], where: str = "") -> None:
        for key in sorted(map(str, body)):
            if key not in known:
                self._wrong(where, unknown_key(key))
        for key in sorted(needed):
            if key not in body:
                self._wrong(where, missing_key(key))

    def _mapping(self, value: object, where: str) -> Mapping[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self._wrong(where, _("it is a mapping of names"))
            return {}
        return value

    def _list(self, value: object, where: str) -> Sequence[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            self._wrong(where, _("it is a list"))
            return []
        return value

    def _one_of(self, value: object, kind: Any, where: str) -> Any:  # noqa: ANN401 - an enumeration and its member
        try:
            return kind(value)
        except ValueError:
            self._wrong(where, _none_of(value, kind))
            return None

    def _questions(self, given: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        return self._schemas(given, "questions")

    def _schemas(self, given: Mapping[str, Any], where: str) -> dict[str, Mapping[str, Any]]:
        """Properties as a form has them, checked as the form they make."""
        if not given:
            return {}
        try:
            FormDefinition.load(form_of_properties(given))
        except FormDefinitionError as error:
            self.problems += [f"{where}: {problem}" for problem in error.problems]
            return {}
        return {str(name): body for name, body in given.items()}

    def _part(self, name: str, body: object, questions: Mapping[str, Mapping[str, Any]]) -> Part | None:
        where = f"parts.{name}"
        if not _NAME.fullmatch(name):
            self._wrong(where, _("a name is small letters, digits and underscores"))
        if not isinstance(body, Mapping):
            self._wrong(where, _("it is a mapping of keys"))
            return None
        self._keys(body, _PART_KEYS, {"name", "name_en", "item", "levels"}, where)
        levels = []
        for level in self._list(body.get("levels"), f"{where}.levels"):
            if isinstance(level, str) and level in LEVELS:
                levels.append(LEVELS[level])
            else:
                self._wrong(f"{where}.levels", _none_of(level, LEVELS))
        if not levels:
            self._wrong(f"{where}.levels", _("name at least one"))
        if not isinstance(body.get("item"), str) or not body["item"]:
            self._wrong(f"{where}.item", _("the basic code of the catalogue, as text"))
        outputs = self._schemas(self._mapping(body.get("outputs"), f"{where}.outputs"), f"{where}.outputs")
        for output in sorted(outputs.keys() & OUTPUTS.keys()):
            self._wrong(f"{where}.outputs", _("%(name)s is known of every part") % {"name": repr(output)})
        return Part(
            name=name,
            title=str(body.get("name", "")),
            title_en=str(body.get("name_en", "")),
            item=str(body.get("item", "")),
            levels=tuple(levels),
            when=self._when(body.get("when"), f"{where}.when", questions),
            preset=dict(self._mapping(body.get("preset"), f"{where}.preset")),
            outputs=outputs,
        )

    def _when(self, given: object, where: str, questions: Mapping[str, Mapping[str, Any]]) -> Condition | None:
        if given is None:
            return None
        if not isinstance(given, Mapping) or len(given) != 1:
            self._wrong(where, _("one question and its answer"))
            return None
        question, answer = next(iter(given.items()))
        schema = questions.get(str(question))
        if schema is None:
            self._wrong(where, _("there is no question %(name)s") % {"name": repr(question)})
            return None
        allowed = schema.get("enum") or ([True, False] if schema.get("type") == "boolean" else [])
        if not any(_same(answer, each) for each in allowed):
            said = {"answer": repr(answer), "question": repr(question)}
            self._wrong(where, _("%(answer)s is no answer to %(question)s") % said)
            return None
        return Condition(str(question), answer)

    def _edge(self, number: int, body: object, parts: Mapping[str, Part]) -> Edge | None:
        where = f"edges[{number}]"
        if not isinstance(body, Mapping):
            self._wrong(where, _("it is a mapping of keys"))
            return None
        source, target = str(body.get("source", "")), str(body.get("target", ""))
        if source and target:
            where = edge_place(source, target)
        self._keys(body, _EDGE_KEYS, {"source", "target", "waits", "refused", "withdrawn"}, where)
        self._ends(where, source, target, parts)
        waits = body.get("waits")
        if not isinstance(waits, bool):
            self._wrong(f"{where}.waits", _("it is true or false"))
        consequences = {
            key: self._one_of(body[key], Consequence, f"{where}.{key}")
            for key in ("refused", "withdrawn")
            if key in body
        }
        feeds = {str(k): str(v) for k, v in self._mapping(body.get("feeds"), f"{where}.feeds").items()}
        materials = tuple(str(name) for name in self._list(body.get("materials"), f"{where}.materials"))
        if source in parts:
            self._outputs(f"{where}.feeds", parts[source], feeds.values())
        if waits is False:
            if feeds or materials:
                self._wrong(where, _("only a part that waits can be given results"))
            self._beside_each_other(where, consequences)
        if None in consequences.values() or len(consequences) < 2 or not isinstance(waits, bool):  # noqa: PLR2004 - both
            return None
        return Edge(source, target, waits, feeds, materials, **consequences)

    def _ends(self, where: str, source: str, target: str, parts: Collection[str]) -> None:
        for name in (source, target):
            if name not in parts:
                self._wrong(where, no_part(name))
        if source == target:
            self._wrong(where, _("a part cannot hang on itself"))

    def _outputs(self, where: str, part: Part, wanted: Iterable[str]) -> None:
        for name in sorted(set(wanted)):
            if part.output(name) is None:
                said = {"part": part.name, "output": repr(name)}
                self._wrong(where, _("%(part)s has no output %(output)s") % said)

    def _beside_each_other(self, where: str, consequences: Mapping[str, Consequence | None]) -> None:
        """Art 45 names what does not count; that another agency refused something is not among it."""
        for key, consequence in consequences.items():
            if consequence is Consequence.SUSPEND:
                told = _("suspend needs waits: the law knows no pause for a case an agency already has (art 45)")
                self._wrong(f"{where}.{key}", told)

    def _graph(self, parts: Mapping[str, Part], edges: Sequence[Edge]) -> None:
        seen: set[tuple[str, str]] = set()
        for edge in edges:
            if (edge.source, edge.target) in seen:
                self._wrong(edge_place(edge.source, edge.target), _("it stands twice"))
            seen.add((edge.source, edge.target))
        cycle = _cycle(parts, [edge for edge in edges if edge.waits])
        if cycle:
            self._wrong("edges", _("the parts wait for each other: %(circle)s") % {"circle": " -> ".join(cycle)})
        fed: dict[tuple[str, str], str] = {}
        for edge in edges:
            for field in (*edge.feeds, *edge.materials):
                former = fed.setdefault((edge.target, field), edge.source)
                if former != edge.source:
                    said = {"field": repr(field), "part": former}
                    self._wrong(edge_place(edge.source, edge.target), _("%(field)s comes from %(part)s already") % said)

    def _lead(self, lead: str, parts: Mapping[str, Part]) -> None:
        if lead not in parts:
            self._wrong("lead", no_part(lead))
        elif parts[lead].when:
            told = _("%(part)s is not always wanted, and somebody must always answer for the whole")
            self._wrong("lead", told % {"part": lead})

    def _labels(self) -> dict[str, Mapping[str, str]]:
        given = self._mapping(self.document.get("shared"), "shared")
        found = {str(n): m[_LABEL] for n, m in given.items() if isinstance(m, Mapping) and _LABEL in m}
        for name, words in found.items():
            if not isinstance(words, Mapping) or {type(words.get(each)) for each in ("zh", "en")} != {str}:
                self._wrong(f"shared.{name}.label", _("both zh and en, as text"))
        return found

    def _by_part(self, key: str, parts: Mapping[str, Part]) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        used: dict[tuple[str, str], str] = {}
        for name, members in self._mapping(self.document.get(key), key).items():
            where = f"{key}.{name}"
            if not _NAME.fullmatch(str(name)):
                self._wrong(where, _("a name is small letters, digits and underscores"))
            found[str(name)] = {}
            for part, member in self._mapping(members, where).items():
                if part == _LABEL and key == "shared":
                    continue
                if part not in parts:
                    self._wrong(where, no_part(part))
                former = used.setdefault((str(part), str(member)), str(name))
                if former != name:
                    said = {"member": repr(member), "part": part, "former": former}
                    self._wrong(where, _("%(member)s of %(part)s stands under %(former)s already") % said)
                found[str(name)][str(part)] = str(member)
        return found


def edge_place(source: str, target: str) -> str:
    """Where an edge stands, for who reads of it."""
    return f"edges[{source} -> {target}]"


def no_part(name: object) -> str:
    """The problem of a part that is not there."""
    return _("there is no part %(name)s") % {"name": repr(name)}


def _none_of(value: object, known: Iterable[str]) -> str:
    return _("%(value)s is none of %(known)s") % {"value": repr(value), "known": ", ".join(known)}


def _cycle(parts: Collection[str], edges: Sequence[Edge]) -> list[str]:
    """Parts that wait for each other, from one of them back to it; empty where there is no cycle."""
    waiting: dict[str, list[str]] = {}
    for edge in edges:
        waiting.setdefault(edge.source, []).append(edge.target)
    left: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name not in left:
            for following in waiting.get(name, ()):
                if found := walk(following, [*way, name]):
                    return found
            left.add(name)
        return []

    return next((found for name in parts if (found := walk(name, []))), [])


def form_of_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    """A form of these properties on one page; each is required unless it is asked for only sometimes."""
    fields = {str(name): deepcopy(body) for name, body in properties.items()}
    hints = {name: body.get("x-tongban") if isinstance(body, Mapping) else None for name, body in fields.items()}
    required = [n for n, hint in hints.items() if not (isinstance(hint, Mapping) and hint.get("show_when"))]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": fields,
        "required": required,
        "x-tongban": {
            "groups": [{"id": "questions", "title": {"zh": "问题", "en": "Questions"}, "fields": list(fields)}]
        },
    }


SHIPPED_BUNDLES = Shelf(files("tongban.cases") / "bundles" / "shipped", read_bundle, BundleError, read_kept_bundle)
