"""One form and one set of materials for all parts of a bundle: a datum asked once, a document handed in once. Pure.

The parts' own forms stay as they are: what was answered in the merged form is handed to each under its own names, and
judged by each once more. What cannot be merged is refused with everything that is wrong, by part and field.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.cases.bundles.definition import Bundle, BundleError, Consequence, Edge, Part, edge_place
from tongban.foundation.forms import FormDefinition, FormDefinitionError

_LICENCE = "01"
# What two properties must agree on to be the same datum, and which bound is the stricter one where they differ.
_SAME = ("type", "format", "enum", "const", "pattern", "items", "uniqueItems", "multipleOf")
_LEAST = ("maxLength", "maximum", "exclusiveMaximum", "maxItems")
_MOST = ("minLength", "minimum", "exclusiveMinimum", "minItems")
SITUATION, ONCE, CONFIRM = "situation", "once", "confirm"
_TITLES = {
    SITUATION: {"zh": "您的情况", "en": "Your situation"},
    ONCE: {"zh": "只填一次的信息", "en": "Asked once for all"},
    CONFIRM: {"zh": "承诺", "en": "Declaration"},
}
_HINTS = {
    SITUATION: {"zh": "您的回答决定需要办理哪些事项。", "en": "Your answers decide what has to be done."},
    ONCE: {"zh": "各部门共用，无需重复填写。", "en": "All agencies share what you state here."},
}


@dataclass(frozen=True)
class AskedMaterial:
    """A material of a part's service, as the merging needs it."""

    position: int
    name: str
    necessity: str
    fetched: bool
    english: Mapping[str, str] = field(default_factory=dict)
    filling_note: str = ""


@dataclass(frozen=True)
class PartService:
    """The service that stands behind a part: its form, its materials, what it is."""

    form: Mapping[str, Any]
    materials: Sequence[AskedMaterial]
    item_type: str


@dataclass(frozen=True)
class SharedMaterial:
    """A document the applicant hands in once. `parts`: for whom, and its position there."""

    position: int
    name: str
    english: Mapping[str, str]
    filling_note: str
    necessity: str
    parts: Mapping[str, int]
    # Parts for which it stands in only where the part that would give it is not wanted: target -> source.
    instead_of: Mapping[str, str]


@dataclass(frozen=True)
class Composition:
    """A bundle over the services of one place: what is asked, and whose answer it is.

    Attributes:
        names: part -> field of its form -> name in the merged form, for what is asked of the applicant.
        not_licences: parts that are no administrative licence.
    """

    bundle: Bundle
    form: FormDefinition
    names: Mapping[str, Mapping[str, str]]
    materials: tuple[SharedMaterial, ...]
    forms: Mapping[str, FormDefinition]
    not_licences: frozenset[str]

    def answers_of(self, part: str, merged: Mapping[str, Any], fed: Mapping[str, Any]) -> dict[str, Any]:
        """What a part's own form is answered with: what was asked, what the bundle answers, what other parts gave."""
        asked = {own: merged[name] for own, name in self.names[part].items() if name in merged}
        return self.forms[part].trim({**asked, **self.bundle.parts[part].preset, **fed})

    def materials_asked(self, answers: Mapping[str, Any]) -> list[SharedMaterial]:
        """The documents these answers ask for."""
        wanted = self.bundle.wanted(answers)
        return [material for material in self.materials if _asked_for(material, wanted)]

    def merged_name(self, part: str, own: str) -> str:
        """Where a part's field is asked; the field's own name where it is not."""
        return self.names[part].get(own, own)

    def is_joint(self, answers: Mapping[str, Any]) -> bool:
        """Whether these answers lead to joint handling under art 26: the bundle says so, and all parts are licences."""
        wanted = self.bundle.wanted(answers)
        return self.bundle.handling == "joint" and not self.not_licences & wanted.keys() and not self._waiting(wanted)

    def _waiting(self, wanted: Mapping[str, Part]) -> list[Edge]:
        return [e for e in self.bundle.edges if e.waits and e.source in wanted and e.target in wanted]

    def why_not_joint(self, answers: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
        """(`separate`, `no_licence` or `waiting`; the parts it is because of), where it is not joint."""
        wanted = self.bundle.wanted(answers)
        if self.bundle.handling != "joint":
            return "separate", ()
        others = tuple(name for name in wanted if name in self.not_licences)
        if others:
            return "no_licence", others
        return "waiting", tuple(dict.fromkeys(edge.target for edge in self._waiting(wanted)))


def _asked_for(material: SharedMaterial, wanted: Mapping[str, Part]) -> bool:
    return any(part in wanted and material.instead_of.get(part, "") not in wanted for part in material.parts)


def compose(bundle: Bundle, services: Mapping[str, PartService]) -> Composition:
    """Raises:
    BundleError: with everything in which the bundle and these services do not fit together.
    """
    return _Merger(bundle, services).compose()


@dataclass(frozen=True)
class _When:
    """A condition in the merged form."""

    field: str
    equals: str | int | bool


@dataclass
class _Merged:
    """A field of the merged form being put together."""

    schema: dict[str, Any]
    conditions: list[_When | None] = field(default_factory=list)
    required: list[tuple[bool, bool]] = field(default_factory=list)  # (always asked by this part, required by it)
    home: tuple[str, str] = ("", "")


class _Merger:
    def __init__(self, bundle: Bundle, services: Mapping[str, PartService]) -> None:
        self.bundle = bundle
        self.services = services
        self.problems: list[str] = []
        self.forms: dict[str, FormDefinition] = {}
        self.fields: dict[str, _Merged] = {}
        self.names: dict[str, dict[str, str]] = {name: {} for name in bundle.parts}
        self.shared = {(p, own): name for name, members in bundle.shared.items() for p, own in members.items()}
        self.fed = {(edge.target, own): edge for edge in bundle.edges for own in edge.feeds}
        self.fed_materials = {(edge.target, name): edge for edge in bundle.edges for name in edge.materials}

    def compose(self) -> Composition:
        self._load_forms()
        self._check_names()
        self._stop()
        for name, schema in self.bundle.questions.items():
            self._question(name, schema)
        for part in self.bundle.parts.values():
            for own in self.forms[part.name].fields:
                self._place(part, own)
        document = self._document()
        materials = tuple(self._materials())
        self._stop()
        try:
            form = FormDefinition.load(document)
        except FormDefinitionError as error:
            raise BundleError(self.bundle.code, error.problems) from error
        return Composition(
            self.bundle,
            form,
            self.names,
            materials,
            self.forms,
            frozenset(name for name, service in self.services.items() if service.item_type != _LICENCE),
        )

    def _stop(self) -> None:
        if self.problems:
            raise BundleError(self.bundle.code, self.problems)

    def _load_forms(self) -> None:
        for name in self.bundle.parts:
            try:
                self.forms[name] = FormDefinition.load(self.services[name].form)
            except FormDefinitionError as error:
                self.problems += [
                    f"parts.{name}: " + _("its form, %(problem)s") % {"problem": problem} for problem in error.problems
                ]
        self._stop()

    def _check_names(self) -> None:
        """Everything the bundle says of its services' fields and materials must be there."""
        self.problems += [
            f"shared.{name}: {_no_field(part, own)}"
            for name, members in self.bundle.shared.items()
            for part, own in members.items()
            if own not in self.forms[part].fields
        ]
        for part in self.bundle.parts.values():
            for own, value in part.preset.items():
                self._check_preset(part, own, value)
        for (target, own), edge in self.fed.items():
            self._check_feed(edge, target, own)
        known = {name: {m.name for m in service.materials} for name, service in self.services.items()}
        self.problems += [
            f"{edge_place(edge.source, target)}.materials: {_no_material(target, name)}"
            for (target, name), edge in self.fed_materials.items()
            if name not in known[target]
        ]
        self.problems += [
            f"materials.{key}: {_no_material(part, name)}"
            for key, members in self.bundle.materials.items()
            for part, name in members.items()
            if name not in known[part]
        ]

    def _check_preset(self, part: Part, own: str, value: object) -> None:
        where = f"parts.{part.name}.preset.{own}"
        if own not in self.forms[part.name].fields:
            self.problems.append(f"{where}: {_no_field(part.name, own)}")
            return
        if (part.name, own) in self.shared or (part.name, own) in self.fed:
            self.problems.append(f"{where}: " + _("it has another source already"))
        wrong = [e for e in self.forms[part.name].validate({own: value}) if e.field == own and e.code != "required"]
        # Whether it is asked for at all hangs on other answers.
        self.problems += [
            f"{where}: {error.in_language(get_language() or '')}" for error in wrong if error.code != "unexpected"
        ]

    def _check_feed(self, edge: Edge, target: str, own: str) -> None:
        where = f"{edge_place(edge.source, target)}.feeds.{own}"
        if own not in self.forms[target].fields:
            self.problems.append(f"{where}: {_no_field(target, own)}")
            return
        if (target, own) in self.shared:
            self.problems.append(f"{where}: " + _("it has another source already"))
        given = self.bundle.parts[edge.source].output(edge.feeds[own]) or {}
        wanted = self.forms[target].fields[own].schema
        for key in ("type", "format", "enum"):
            if given.get(key) != wanted.get(key):
                said = {"key": key, "given": repr(given.get(key)), "wanted": repr(wanted.get(key))}
                told = _("%(key)s of the output is %(given)s, the field wants %(wanted)s") % said
                self.problems.append(f"{where}: {told}")
        if self.forms[target].fields[own].required and edge.goes_on_somehow:
            if edge.refused is Consequence.CONTINUE:
                told = _("nothing gives it where %(part)s is refused, and yet the part goes on")
            else:
                told = _("nothing gives it where %(part)s is withdrawn, and yet the part goes on")
            self.problems.append(f"{where}: {told % {'part': edge.source}}")

    # --- the form -----------------------------------------------------------------------------------------------------

    def _question(self, name: str, schema: Mapping[str, Any]) -> None:
        hints = schema["x-tongban"]
        shown = hints.get("show_when")
        merged = self.fields.setdefault(name, _Merged(_bare(schema), home=(SITUATION, "")))
        merged.conditions.append(_When(shown["field"], shown["equals"]) if shown else None)
        merged.required.append((shown is None, hints.get("required", True) is True))

    def _place(self, part: Part, own: str) -> None:
        """Where a field of a part is asked, if it is."""
        if own in part.preset:
            return
        found, condition = self._condition(part, own)
        if not found:
            return
        if edge := self.fed.get((part.name, own)):
            condition = self._otherwise(edge, part, own)
            if condition is None:
                return
        name = self.shared.get((part.name, own), "") or f"{part.name}_{own}"
        self.names[part.name][own] = name
        form_field = self.forms[part.name].fields[own]
        merged = self.fields.get(name)
        if merged is None:
            self.fields[name] = merged = _Merged(_bare(form_field.schema), home=self._home(part, own))
        else:
            self._agree(merged, form_field.schema, f"{part.name}.{own}", name)
        merged.conditions.append(condition)
        merged.required.append((condition is None, form_field.required))

    def _condition(self, part: Part, own: str) -> tuple[bool, _When | None]:
        """Whether the field is ever asked, and when. A condition on what the bundle answers itself falls away."""
        whole = _When(part.when.question, part.when.equals) if part.when else None
        shown = self.forms[part.name].fields[own].show_when
        if shown is None:
            return True, whole
        if shown.field in part.preset:
            value = part.preset[shown.field]
            return value == shown.equals and type(value) is type(shown.equals), whole
        if (part.name, shown.field) in self.fed:
            told = _("%(field)s hangs on %(other)s, which another part gives only later")
            self.problems.append(f"parts.{part.name}: {told % {'field': own, 'other': shown.field}}")
            return False, None
        name = self.names[part.name].get(shown.field)
        if name is None:
            return False, None
        return True, _When(name, shown.equals)

    def _otherwise(self, edge: Edge, part: Part, own: str) -> _When | None:
        """When a field that another part gives is asked of the applicant: where that part is not wanted."""
        source = self.bundle.parts[edge.source]
        if source.when is None or source.when == part.when:
            return None
        schema = self.bundle.questions[source.when.question]
        others = [v for v in schema.get("enum", [True, False]) if v != source.when.equals]
        if part.when is None and len(others) == 1:
            return _When(source.when.question, others[0])
        if self.forms[part.name].fields[own].required:
            told = _("nothing gives it where %(part)s is not wanted") % {"part": edge.source}
            self.problems.append(f"{edge_place(edge.source, part.name)}.feeds.{own}: {told}")
        return None

    def _agree(self, merged: _Merged, schema: Mapping[str, Any], where: str, name: str) -> None:
        for key in _SAME:
            mine, theirs = merged.schema.get(key), schema.get(key)
            if key == "enum" and isinstance(mine, list) and isinstance(theirs, list):
                mine, theirs = sorted(map(repr, mine)), sorted(map(repr, theirs))
            if mine != theirs:
                said = {"key": key, "mine": repr(mine), "theirs": repr(theirs), "where": where}
                told = _("%(key)s is %(mine)s in one place and %(theirs)s in %(where)s") % said
                self.problems.append(f"shared.{name}: {told}")
        for keys, stricter in ((_LEAST, min), (_MOST, max)):
            for key in keys:
                bounds = [s[key] for s in (merged.schema, schema) if key in s]
                if bounds:
                    merged.schema[key] = stricter(bounds)

    def _home(self, part: Part, own: str) -> tuple[str, str]:
        if (part.name, own) not in self.shared:
            group = next(g for g in self.forms[part.name].group_list if own in g.fields)
            return part.name, group.id
        return (CONFIRM if self.forms[part.name].fields[own].schema.get("const") is True else ONCE), ""

    def _document(self) -> dict[str, Any]:
        required, properties = [], {}
        for name, merged in self.fields.items():
            schema, hints = merged.schema, merged.schema["x-tongban"]
            if name in self.bundle.labels:
                hints["label"] = dict(self.bundle.labels[name])
            condition = self._one_condition(name, merged)
            asked_always = [needed for always, needed in merged.required if always]
            needed = any(asked_always) if asked_always else any(needed for _always, needed in merged.required)
            if condition:
                hints["show_when"] = {"field": condition.field, "equals": condition.equals}
                if needed:
                    hints["required"] = True
            elif needed:
                required.append(name)
            properties[name] = schema
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": properties,
            "required": required,
            "x-tongban": {"groups": list(self._groups())},
        }

    def _one_condition(self, name: str, merged: _Merged) -> _When | None:
        """A form asks on one condition: two parts that ask the same on different ones must not share it."""
        if None in merged.conditions:
            return None
        different = list(dict.fromkeys(merged.conditions))
        if len(different) > 1:
            told = _("asked for on several conditions (%(conditions)s); a field has one") % {
                "conditions": ", ".join(f"{c.field}: {c.equals!r}" for c in different if c)
            }
            self.problems.append(f"shared.{name}: {told}")
        return different[0]

    def _groups(self) -> Iterator[dict[str, Any]]:
        at: dict[tuple[str, str], list[str]] = {}
        for name, merged in self.fields.items():
            at.setdefault(merged.home, []).append(name)
        for own in (SITUATION, ONCE):
            if names := at.get((own, "")):
                fields = self._in_order(own, names)
                yield {"id": own, "title": _TITLES[own], "hint": _HINTS[own], "fields": fields}
        for part in self.bundle.parts.values():
            for group in self.forms[part.name].group_list:
                if names := at.get((part.name, group.id)):
                    title = {
                        "zh": f"{part.title}：{group.title['zh']}",
                        "en": f"{part.title_en}: {group.title['en']}",
                    }
                    hint = {"hint": dict(group.hint)} if group.hint else {}
                    yield {"id": f"{part.name}-{group.id}", "title": title, **hint, "fields": names}
        if names := at.get((CONFIRM, "")):
            yield {"id": CONFIRM, "title": _TITLES[CONFIRM], "fields": names}

    def _in_order(self, group: str, names: Sequence[str]) -> list[str]:
        """What is shared comes in the order in which the bundle lists it."""
        if group != ONCE:
            return list(names)
        listed = list(self.bundle.shared)
        return sorted(names, key=listed.index)

    # --- the materials ------------------------------------------------------------------------------------------------

    def _materials(self) -> Iterator[SharedMaterial]:
        keyed = {(p, name): key for key, members in self.bundle.materials.items() for p, name in members.items()}
        found: dict[str, list[tuple[str, AskedMaterial]]] = {}
        instead: dict[str, dict[str, str]] = {}
        for part in self.bundle.parts:
            for material in self.services[part].materials:
                if material.fetched:
                    continue
                edge = self.fed_materials.get((part, material.name))
                source = self._material_source(edge, part, material) if edge else ""
                if edge and not source:
                    continue
                # The same words mean the same document, unless the bundle says otherwise.
                key = keyed.get((part, material.name)) or f"={material.name}"
                found.setdefault(key, []).append((part, material))
                if source:
                    instead.setdefault(key, {})[part] = source
        for position, (key, members) in enumerate(found.items(), start=1):
            first = members[0][1]
            yield SharedMaterial(
                position,
                first.name,
                first.english,
                first.filling_note,
                min((m.necessity for _part, m in members), key=_needed_most),
                {part: material.position for part, material in members},
                instead.get(key, {}),
            )

    def _material_source(self, edge: Edge, part: str, material: AskedMaterial) -> str:
        """The conditional part whose result would stand for it; empty where it is never asked of the applicant."""
        if material.necessity == "1" and edge.goes_on_somehow:
            said = {"material": repr(material.name), "part": edge.source}
            told = _("nothing stands for %(material)s where %(part)s is refused or withdrawn, and yet the part goes on")
            self.problems.append(f"{edge_place(edge.source, part)}.materials: {told % said}")
        return edge.source if self.bundle.parts[edge.source].when else ""


def _no_field(part: str, name: str) -> str:
    return _("the form of %(part)s has no field %(name)s") % {"part": part, "name": repr(name)}


def _no_material(part: str, name: str) -> str:
    return _("%(part)s has no material %(name)s") % {"part": part, "name": repr(name)}


def _needed_most(necessity: str) -> int:
    """Required before what may follow, that before the optional."""
    return {"1": 0, "3": 1}.get(necessity, 2)


def _bare(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The property without the conditions of the form it comes from."""
    copied: dict[str, Any] = deepcopy(dict(schema))
    for key in ("show_when", "required"):
        copied["x-tongban"].pop(key, None)
    return copied
