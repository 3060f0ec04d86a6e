"""Reading a form document: everything wrong with it is found here, once, and named by its path."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import jsonschema_rs
from django.utils.translation import gettext as _

from tongban.foundation.forms.fields import ALL_WIDGETS, WIDGETS, Condition, Field, Group, Kind, Option

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_HINTS = frozenset(
    {
        *("label", "hint", "widget", "autocomplete", "sealed", "width", "show_when", "required", "options"),
        *("unit", "invalid", "past"),
    },
)
_WIDTHS = (0, 2, 4, 10, 20)
_LANGUAGES = ("zh", "en")


class FormDefinitionError(ValueError):
    """A form document that cannot be used. ``problems`` holds a line for each fault, with its path, in the reader's
    language.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class _Problems:
    """Faults found so far."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, path: str, message: str) -> None:
        self.found.append(f"{path}: {message}")

    def raise_if_any(self) -> None:
        if self.found:
            raise FormDefinitionError(self.found)


def _one_of(given: object, known: Iterable[str]) -> str:
    return _("%(value)s is none of %(known)s") % {"value": repr(given), "known": ", ".join(known)}


def read_document(document: Mapping[str, Any]) -> tuple[dict[str, Field], tuple[Group, ...]]:
    """The fields, in the order asked, and the groups of a form document.

    Raises:
        FormDefinitionError: with every fault and its path.
    """
    problems = _Problems()
    _check_schema(document, problems)
    problems.raise_if_any()
    required = set(document.get("required", ()))
    found: dict[str, Field] = {}
    for name, schema in document["properties"].items():
        field = _read_field(name, schema, name in required, problems)
        if field is not None:
            found[name] = field
    for name in sorted(required - document["properties"].keys()):
        problems.add("required", _("it names %(name)s, which is no property") % {"name": repr(name)})
    groups = _read_groups(document.get("x-tongban"), set(document["properties"]), problems)
    problems.raise_if_any()
    fields = {name: found[name] for group in groups for name in group.fields}
    _check_conditions(fields, groups, required, problems)
    problems.raise_if_any()
    return fields, groups


def _check_schema(document: Any, problems: _Problems) -> None:  # noqa: ANN401 # read from a file
    if not isinstance(document, Mapping):
        problems.add("/", _("a form is a JSON object, not %(type)s") % {"type": type(document).__name__})
        return
    if (
        document.get("$schema", _DIALECT).rstrip("#") != _DIALECT
        if isinstance(document.get("$schema", ""), str)
        else True
    ):
        problems.add("$schema", _("it must be %(wanted)s") % {"wanted": _DIALECT})
        return
    try:
        jsonschema_rs.meta.validate({**document, "$schema": _DIALECT})
    except ValueError as error:
        path = "/".join(map(str, getattr(error, "instance_path", []))) or "/"
        because = getattr(error, "message", error)
        problems.add(path, _("it is not JSON Schema 2020-12 (%(because)s)") % {"because": because})
        return
    if document.get("type") != "object":
        problems.add("type", _("it must be %(wanted)s") % {"wanted": '"object"'})
    if not isinstance(document.get("properties"), Mapping) or not document["properties"]:
        problems.add("properties", _("a form needs at least one field"))


def _words(given: Any, path: str, problems: _Problems, *, needed: bool) -> dict[str, str]:  # noqa: ANN401 # from a file
    if given is None and not needed:
        return {}
    if not isinstance(given, Mapping):
        problems.add(path, _("it must hold zh and en"))
        return {}
    for language in _LANGUAGES:
        if not isinstance(given.get(language), str) or not given[language].strip():
            problems.add(f"{path}/{language}", _("it is missing or empty"))
    for language in sorted(set(given) - set(_LANGUAGES)):
        problems.add(f"{path}/{language}", _("it is no language of the platform (zh, en)"))
    return {language: str(given.get(language, "")) for language in _LANGUAGES}


def _read_field(name: str, schema: Any, required: bool, problems: _Problems) -> Field | None:  # noqa: ANN401, FBT001 # from a file
    path = f"properties/{name}"
    if not _NAME.fullmatch(name):
        problems.add(path, _("a field's name is small letters, digits and underscores, beginning with a letter"))
    if not isinstance(schema, Mapping):
        problems.add(path, _("it must be a schema object"))
        return None
    hints = schema.get("x-tongban")
    path = f"{path}/x-tongban"
    if not isinstance(hints, Mapping):
        problems.add(path, _("it is missing; a field needs at least a label"))
        return None
    for key in sorted(set(hints) - _HINTS):
        problems.add(f"{path}/{key}", _("it is unknown; known are %(known)s") % {"known": ", ".join(sorted(_HINTS))})
    kind = _kind(name, schema, problems)
    if kind is None:
        return None
    options = _read_options(name, schema, hints, kind, problems)
    widget = hints.get("widget") or _default_widget(schema, kind, options)
    _check_widget(name, schema, kind, str(widget), problems)
    if hints.get("width", 0) not in _WIDTHS:
        problems.add(f"{path}/width", _one_of(hints["width"], map(str, _WIDTHS)))
    for flag in ("sealed", "required", "past"):
        if not isinstance(hints.get(flag, False), bool):
            problems.add(f"{path}/{flag}", _("it must be true or false"))
    condition = _read_condition(hints.get("show_when"), f"{path}/show_when", problems)
    if condition is None and "required" in hints:
        problems.add(f"{path}/required", _("it belongs to fields with show_when; use the schema's own required"))
    return Field(
        name=name,
        kind=kind,
        widget=str(widget),
        label=_words(hints.get("label"), f"{path}/label", problems, needed=True),
        hint=_words(hints.get("hint"), f"{path}/hint", problems, needed=False),
        unit=_words(hints.get("unit"), f"{path}/unit", problems, needed=False),
        invalid=_words(hints.get("invalid"), f"{path}/invalid", problems, needed=False),
        required=required or (condition is not None and hints.get("required") is True),
        options=options,
        show_when=condition,
        autocomplete=str(hints.get("autocomplete", "")),
        sealed=hints.get("sealed") is True,
        width=hints.get("width", 0) if hints.get("width", 0) in _WIDTHS else 0,
        schema=schema,
        past=hints.get("past") is True,
    )


def _check_widget(name: str, schema: Mapping[str, Any], kind: Kind, widget: str, problems: _Problems) -> None:
    path = f"properties/{name}/x-tongban"
    options = schema["x-tongban"].get("options")
    if widget not in ALL_WIDGETS:
        problems.add(f"{path}/widget", _one_of(widget, sorted(ALL_WIDGETS)))
    elif widget not in WIDGETS[kind]:
        said = {"widget": repr(widget), "kind": kind.value, "others": ", ".join(WIDGETS[kind])}
        problems.add(f"{path}/widget", _("%(widget)s cannot ask for %(kind)s; %(others)s can") % said)
    elif widget in {"select", "radios"} and kind is not Kind.BOOLEAN and not options:
        told = _("%(widget)s needs options, and an enum beside them") % {"widget": repr(widget)}
        problems.add(f"{path}/options", told)
    elif widget == "date" and schema.get("format") != "date":
        problems.add(f"properties/{name}/format", _("a date field needs the format date"))
    if widget != "date" and schema["x-tongban"].get("past"):
        problems.add(f"{path}/past", _("it belongs to fields that ask for a day"))


def _kind(name: str, schema: Mapping[str, Any], problems: _Problems) -> Kind | None:
    given = schema.get("type")
    path = f"properties/{name}/type"
    try:
        kind = Kind(given)
    except ValueError:
        problems.add(path, _one_of(given, (member.value for member in Kind)))
        return None
    if kind is Kind.FILE:
        inner = schema.get("properties")
        if not isinstance(inner, Mapping) or set(inner) != {"digest", "name"}:
            problems.add(f"properties/{name}/properties", _("a file holds digest and name, nothing else"))
        elif set(schema.get("required", ())) != {"digest", "name"}:
            problems.add(f"properties/{name}/required", _("a file needs both digest and name"))
    if kind is Kind.ARRAY and not isinstance(schema.get("items"), Mapping):
        problems.add(f"properties/{name}/items", _("a list needs items with an enum"))
        return None
    return kind


def _default_widget(schema: Mapping[str, Any], kind: Kind, options: tuple[Option, ...]) -> str:
    if kind is Kind.STRING and schema.get("format") == "date":
        return "date"
    if kind is Kind.STRING and str(schema.get("format", "")).removeprefix("cn-") in WIDGETS[kind]:
        return str(schema["format"]).removeprefix("cn-")
    if options and "radios" in WIDGETS[kind]:
        return "radios"
    return WIDGETS[kind][0]


def _read_options(
    name: str, schema: Mapping[str, Any], hints: Mapping[str, Any], kind: Kind, problems: _Problems
) -> tuple[Option, ...]:
    holder = schema["items"] if kind is Kind.ARRAY else schema
    where = f"properties/{name}/items/enum" if kind is Kind.ARRAY else f"properties/{name}/enum"
    listed, given = holder.get("enum"), hints.get("options")
    path = f"properties/{name}/x-tongban/options"
    if given is None:
        if listed is not None:
            problems.add(path, _("it is missing, but %(place)s lists values: each needs a label") % {"place": where})
        elif kind is Kind.ARRAY:
            problems.add(where, _("it is missing; a list is answered by ticking what it names"))
        return ()
    if not isinstance(given, list) or not all(isinstance(option, Mapping) for option in given) or not given:
        problems.add(path, _("it must be a list of objects with value and label"))
        return ()
    options = tuple(
        Option(
            option.get("value"),
            _words(option.get("label"), f"{path}/{index}/label", problems, needed=True),
            _words(option.get("hint"), f"{path}/{index}/hint", problems, needed=False),
        )
        for index, option in enumerate(given)
    )
    offered = [option.value for option in options]
    if not all(isinstance(value, (str, int)) for value in offered) or "" in offered:
        problems.add(path, _("values are words, whole numbers, or true and false"))
    elif kind is Kind.BOOLEAN:
        if not all(isinstance(value, bool) for value in offered):
            problems.add(path, _("a yes-or-no field offers true and false"))
    elif not isinstance(listed, list) or sorted(map(repr, listed)) != sorted(map(repr, offered)):
        said = {"offered": repr(offered), "place": where, "listed": repr(listed)}
        problems.add(path, _("it offers %(offered)s, but %(place)s lists %(listed)s") % said)
    return options


def _read_condition(given: Any, path: str, problems: _Problems) -> Condition | None:  # noqa: ANN401 # from a file
    if given is None:
        return None
    if not isinstance(given, Mapping) or set(given) != {"field", "equals"}:
        problems.add(path, _("it must hold field and equals, nothing else"))
        return None
    if not isinstance(given["equals"], (str, int)):
        problems.add(f"{path}/equals", _("answers are compared with words, whole numbers, true or false"))
        return None
    return Condition(str(given["field"]), given["equals"])


def _read_groups(hints: Any, names: set[str], problems: _Problems) -> tuple[Group, ...]:  # noqa: ANN401 # from a file
    given = hints.get("groups") if isinstance(hints, Mapping) else None
    path = "x-tongban/groups"
    if not isinstance(given, list) or not given:
        problems.add(path, _("a form needs at least one group of fields"))
        return ()
    groups: list[Group] = []
    home: dict[str, str] = {}
    for index, entry in enumerate(given):
        at = f"{path}/{index}"
        if not isinstance(entry, Mapping) or not isinstance(entry.get("fields"), list) or not entry["fields"]:
            problems.add(f"{at}/fields", _("it must list at least one field"))
            continue
        identifier = str(entry.get("id", ""))
        if not _NAME.fullmatch(identifier.replace("-", "_")):
            told = _("a group's id is small letters, digits, hyphens and underscores, beginning with a letter")
            problems.add(f"{at}/id", told)
        if any(group.id == identifier for group in groups):
            problems.add(f"{at}/id", _("%(name)s is used twice") % {"name": repr(identifier)})
        for place, name in enumerate(map(str, entry["fields"])):
            if name not in names:
                problems.add(f"{at}/fields/{place}", _("%(name)s is no property") % {"name": repr(name)})
            elif name in home:
                said = {"name": repr(name), "group": repr(home[name])}
                problems.add(f"{at}/fields/{place}", _("%(name)s is already in group %(group)s") % said)
            else:
                home[name] = identifier
        groups.append(
            Group(
                identifier,
                _words(entry.get("title"), f"{at}/title", problems, needed=True),
                _words(entry.get("hint"), f"{at}/hint", problems, needed=False),
                tuple(map(str, entry["fields"])),
            ),
        )
    for name in sorted(names - home.keys()):
        problems.add(f"properties/{name}", _("it is in no group, so nobody would be asked for it"))
    return tuple(groups)


def _check_conditions(
    fields: Mapping[str, Field], groups: tuple[Group, ...], required: set[str], problems: _Problems
) -> None:
    home = {name: group.id for group in groups for name in group.fields}
    order = {name: index for index, name in enumerate(fields)}
    for name, field in fields.items():
        if field.show_when is None:
            continue
        path = f"properties/{name}/x-tongban/show_when"
        other = fields.get(field.show_when.field)
        if name in required:
            told = _("%(name)s is asked for only sometimes; put required: true beside its show_when instead")
            problems.add("required", told % {"name": repr(name)})
        if other is None:
            problems.add(f"{path}/field", _("%(name)s is no field") % {"name": repr(field.show_when.field)})
            continue
        if order[other.name] >= order[name]:
            said = {"first": repr(other.name), "second": repr(name)}
            problems.add(f"{path}/field", _("%(first)s must be asked before %(second)s") % said)
        allowed = [option.value for option in other.options] or ([True, False] if other.kind is Kind.BOOLEAN else [])
        if other.kind is Kind.ARRAY or not any(
            value == field.show_when.equals and type(value) is type(field.show_when.equals) for value in allowed
        ):
            said = {"value": repr(field.show_when.equals), "name": repr(other.name)}
            problems.add(f"{path}/equals", _("%(value)s is no single choice of %(name)s") % said)
        # Without script, a page reveals a field under the choice it hangs on; a drop-down has no such place.
        if home[other.name] == home[name] and other.widget not in {"radios", "checkboxes"}:
            told = _("%(name)s is on the same page, so it must be radios or a checkbox") % {"name": repr(other.name)}
            problems.add(f"{path}/field", told)
