"""Reads the document of light handling, and refuses it with everything that is wrong, by name."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from tongban.foundation.decisions import FieldType, TableError, load_table
from tongban.foundation.forms import FormDefinition
from tongban.foundation.forms.fields import Field, Kind
from tongban.items.light.document import (
    DENY,
    EXCLUDED_FIELDS,
    GRANT,
    NECESSARY,
    NEEDED,
    NONE,
    NOT_ASKED,
    NOT_NEEDED,
    OFFER,
    OFFICER,
    Commitment,
    FetchSource,
    Guidance,
    Input,
    LightError,
    LightHandling,
    OfferRule,
    Option,
    Question,
    ReasonedTable,
    Words,
    digest_of,
)
from tongban.items.models import Material, ServiceVersion

_PARTS = {
    "guidance": ({"version", "questions"}, {"materials", "fields"}),
    "commitment": (
        {"version", "procedure", "bears_on", "conditions", "duties", "liability", "check_within_days"},
        {"replaces", "basis"},
    ),
    "fetch": (set(), None),
    "instant": ({"version", "inputs", "rules"}, {"may_refuse"}),
    "offer": (
        {"version", "inputs", "rules", "title", "answers", "open_for_days"},
        {"without_fields", "without_materials", "again_after_days"},
    ),
}
_FOR_OFFERS = ("applicant.", "granted.", "pending.", "credit.")
_OF_APPLICANT = ("applicant.address", "applicant.name", "applicant.phone")
_LONGEST_DAYS = 3650
_BASIC_CODE = re.compile(r"[0-9A-Z]{12}")


def light_of(version: ServiceVersion, materials: Iterable[Material]) -> LightHandling:
    """The light handling of a version, checked against its form and these materials of its.

    Raises:
        LightError, FormDefinitionError: with everything that is wrong.
    """
    if version.light is None:
        return LightHandling()
    handed_in = {m.position: m.necessity in NECESSARY for m in materials if not m.resource_code}
    return load_light(version.light, FormDefinition.load(version.form or {}), handed_in, version.audiences)


def load_light(
    document: Mapping[str, Any], form: FormDefinition, materials: Mapping[int, bool], audiences: Collection[str]
) -> LightHandling:
    """The light handling that a version's document describes.

    Args:
        document: as it stands in the version.
        form: the version's form.
        materials: position of each material that the applicant hands in -> whether it is needed.
        audiences: for whom the service is.

    Raises:
        LightError: with everything that is wrong.
    """
    problems = [*_problems_of_shape(document)]
    if problems:
        raise LightError(problems)
    reader = _Reader(form, materials, frozenset(audiences), problems)
    found = LightHandling(
        guidance=reader.guidance(document["guidance"]) if "guidance" in document else None,
        commitment=reader.commitment(document["commitment"]) if "commitment" in document else None,
        fetch=reader.fetch(document["fetch"]) if "fetch" in document else None,
        instant=reader.instant(document["instant"]) if "instant" in document else None,
        may_refuse=bool(document.get("instant", {}).get("may_refuse", False)),
        offer=reader.offer(document["offer"]) if "offer" in document else None,
    )
    if problems:
        raise LightError(problems)
    return found


def _problems_of_shape(document: Any) -> Iterator[str]:  # noqa: ANN401 - whatever was entered
    if not isinstance(document, Mapping):
        yield _("it is a mapping of guidance, commitment, fetch, instant and offer")
        return
    for part, body in document.items():
        if part not in _PARTS:
            yield _unknown_key(part)
            continue
        needed, optional = _PARTS[part]
        if not isinstance(body, Mapping):
            yield f"{part}: " + _("it is a mapping of keys")
            continue
        for key in sorted(needed - body.keys()):
            yield f"{part}: " + _("missing key %(key)s") % {"key": repr(key)}
        if optional is not None:
            yield from (f"{part}: {_unknown_key(key)}" for key in body if key not in needed | optional)
        if "version" in needed and not _whole(body.get("version"), 1, 1_000_000):
            yield f"{part}.version: " + _("it is a number from 1")


def _unknown_key(key: object) -> str:
    return _("unknown key %(key)s") % {"key": repr(key)}


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


class _Reader:
    """Reads the parts; everything that is wrong goes into one list."""

    def __init__(
        self, form: FormDefinition, materials: Mapping[int, bool], audiences: frozenset[str], problems: list[str]
    ) -> None:
        self.form, self.materials, self.audiences, self.problems = form, materials, audiences, problems
        self.questions: tuple[Question, ...] = ()

    def _wrong(self, where: str, problem: str) -> None:
        self.problems.append(f"{where}: {problem}")

    # --- guidance ---

    def guidance(self, body: Mapping[str, Any]) -> Guidance:
        self._questions(body["questions"])
        types = {q.id: [*(o.value for o in q.options), *([NOT_ASKED] if q.ask_when else [])] for q in self.questions}
        materials: dict[int, ReasonedTable] = {}
        for key, rules in self._mapping("guidance.materials", body.get("materials", {})):
            position = self._position("guidance.materials", key)
            if position is not None:
                table = self._table(f"guidance.materials.{key}", body["version"], types, rules, (NEEDED, NOT_NEEDED))
                materials |= {position: table} if table else {}
        fields: dict[str, ReasonedTable] = {}
        for name, rules in self._mapping("guidance.fields", body.get("fields", {})):
            if name not in self.form.fields:
                self._wrong("guidance.fields", _no_field(name))
                continue
            table = self._table(f"guidance.fields.{name}", body["version"], types, rules, (NEEDED, NOT_NEEDED))
            fields |= {name: table} if table else {}
        return Guidance(body["version"], self.questions, materials, fields)

    def _questions(self, bodies: object) -> None:
        found: dict[str, Question] = {}
        if not isinstance(bodies, list) or not bodies:
            self._wrong("guidance.questions", _("it is a list of questions"))
            return
        for number, body in enumerate(bodies, start=1):
            where = f"guidance.questions.{number}"
            if not isinstance(body, Mapping) or not {"id", "label", "options"} <= body.keys():
                self._wrong(where, _("it has id, label and options"))
                continue
            for key in sorted(map(str, body.keys() - {"id", "label", "hint", "options", "ask_when"})):
                self._wrong(where, _unknown_key(key))
            if not str(body["id"]).isidentifier() or body["id"] in found:
                self._wrong(f"{where}.id", _("%(name)s is no name, or is there twice") % {"name": repr(body["id"])})
                continue
            options = self._options(where, body["options"])
            ask_when = self._ask_when(where, body.get("ask_when", {}), found)
            hint = body.get("hint", {"zh": "", "en": ""})
            question = Question(body["id"], self._words(f"{where}.label", body["label"]), hint, options, ask_when)
            found[question.id] = question
        self.questions = tuple(found.values())

    def _options(self, where: str, bodies: object) -> tuple[Option, ...]:
        options = []
        for body in bodies if isinstance(bodies, list) else ():
            if not isinstance(body, Mapping) or body.keys() != {"value", "label"} or body["value"] == NOT_ASKED:
                self._wrong(f"{where}.options", _("each has value and label"))
                continue
            options.append(Option(str(body["value"]), self._words(f"{where}.options", body["label"])))
        if len({option.value for option in options}) < 2 or len(options) != len({o.value for o in options}):  # noqa: PLR2004 - a choice
            self._wrong(f"{where}.options", _("at least two, each once"))
        return tuple(options)

    def _ask_when(self, where: str, body: object, before: Mapping[str, Question]) -> dict[str, tuple[str, ...]]:
        found = {}
        for name, among in self._mapping(f"{where}.ask_when", body):
            if name not in before:
                self._wrong(f"{where}.ask_when", _("%(name)s is no earlier question") % {"name": repr(name)})
                continue
            choices = {option.value for option in before[name].options}
            if not isinstance(among, list) or not among or not set(among) <= choices:
                self._wrong(f"{where}.ask_when.{name}", _list_of(sorted(choices)))
                continue
            found[name] = tuple(among)
        return found

    # --- commitment, fetching ---

    def commitment(self, body: Mapping[str, Any]) -> Commitment:
        bears_on = body["bears_on"]
        if not isinstance(bears_on, list) or not set(bears_on) <= set(EXCLUDED_FIELDS):
            told = _("a list of %(known)s; empty for none of them") % {"known": ", ".join(EXCLUDED_FIELDS)}
            self._wrong("commitment.bears_on", told)
        elif bears_on:
            told = _("not possible in what bears on %(fields)s (安阳市政务服务条例 art 25)")
            self._wrong("commitment", told % {"fields": ", ".join(bears_on)})
        if not _whole(body["check_within_days"], 1, _LONGEST_DAYS):
            self._wrong("commitment.check_within_days", _days())
        return Commitment(
            body["version"],
            str(body["procedure"]),
            self._words("commitment.conditions", body["conditions"]),
            self._words("commitment.duties", body["duties"]),
            self._words("commitment.liability", body["liability"]),
            self._positions("commitment.replaces", body.get("replaces", [])),
            body["check_within_days"],
        )

    def fetch(self, body: Mapping[str, Any]) -> dict[int, tuple[FetchSource, ...]]:
        found = {}
        for key, sources in body.items():
            position = self._position("fetch", key)
            if not isinstance(sources, list) or not sources:
                self._wrong(f"fetch.{key}", _("it is a list of sources"))
            elif position is not None:
                found[position] = tuple(
                    source for each in sources if (source := self._source(f"fetch.{key}", each)) is not None
                )
        return found

    def _source(self, where: str, body: object) -> FetchSource | None:
        known = {"item", "material", "valid_days"}
        if not isinstance(body, Mapping) or "item" not in body or not body.keys() <= known:
            self._wrong(where, _("a source has item, and may have material and valid_days"))
            return None
        if not _BASIC_CODE.fullmatch(str(body["item"])):
            self._wrong(f"{where}.item", _("%(code)s is no basic code") % {"code": repr(body["item"])})
        if not _whole(body.get("valid_days", 0), 0, _LONGEST_DAYS):
            self._wrong(f"{where}.valid_days", _days(0))
        return FetchSource(str(body["item"]), str(body.get("material", "")), body.get("valid_days", 0))

    # --- rules ---

    def instant(self, body: Mapping[str, Any]) -> ReasonedTable | None:
        outcomes = (GRANT, OFFICER, DENY) if body.get("may_refuse") is True else (GRANT, OFFICER)
        return self._ruled("instant", body, outcomes)

    def offer(self, body: Mapping[str, Any]) -> OfferRule | None:
        table = self._ruled("offer", body, (OFFER, NONE))
        without = frozenset(body.get("without_fields", ()))
        materials = self._positions("offer.without_materials", body.get("without_materials", []))
        for name in sorted(without - self.form.fields.keys()):
            self._wrong("offer.without_fields", _no_field(name))
        for each in table.inputs.values() if table else ():
            if not each.source.startswith(_FOR_OFFERS):
                told = _("%(source)s is not known before somebody applies") % {"source": repr(each.source)}
                self._wrong(f"offer.inputs.{each.name}", told)
        self._offered_answers(body["answers"], without)
        for position, needed in self.materials.items():
            if needed and position not in materials:
                told = _("material %(position)s would be needed; an offer asks for none") % {"position": position}
                self._wrong("offer", told)
        if not _whole(body["open_for_days"], 1, _LONGEST_DAYS):
            self._wrong("offer.open_for_days", _days())
        again = body.get("again_after_days")
        if again is not None and not _whole(again, 1, _LONGEST_DAYS):
            self._wrong("offer.again_after_days", _days())
        title = self._words("offer.title", body["title"])
        if table is None:
            return None
        return OfferRule(table, title, body["answers"], without, materials, body["open_for_days"], again)

    def _offered_answers(self, answers: object, without: Collection[str]) -> None:
        """Every field that somebody would have to fill has its answer."""
        given = dict(self._mapping("offer.answers", answers))
        for name, answer in given.items():
            fits = isinstance(answer, Mapping) and (answer.keys() == {"value"} or answer.get("from") in _OF_APPLICANT)
            if name not in self.form.fields or not fits:
                told = _("a field of the form, with value, or from one of %(sources)s")
                self._wrong(f"offer.answers.{name}", told % {"sources": ", ".join(_OF_APPLICANT)})
        for field in self.form.fields.values():
            if field.required and field.show_when is None and field.name not in given and field.name not in without:
                self._wrong("offer", _("nothing answers the field %(name)s") % {"name": repr(field.name)})

    def _ruled(self, where: str, body: Mapping[str, Any], outcomes: tuple[str, ...]) -> ReasonedTable | None:
        types: dict[str, Any] = {}
        meant: dict[str, tuple[str, Words]] = {}
        for name, given in self._mapping(f"{where}.inputs", body["inputs"]):
            if not isinstance(given, Mapping) or given.keys() != {"from", "type", "label"}:
                self._wrong(f"{where}.inputs.{name}", _("it has from, type and label"))
                continue
            types[name] = _with_dates(given["type"])
            meant[name] = (str(given["from"]), self._words(f"{where}.inputs.{name}.label", given["label"]))
        table = self._table(where, body["version"], types, body["rules"], outcomes, meant)
        if table:
            for each in table.inputs.values():
                if problem := self._problem_of_source(each):
                    self._wrong(f"{where}.inputs.{each.name}", problem)
        return table

    def _problem_of_source(self, each: Input) -> str:
        scope, _dot, name = each.source.partition(".")
        if scope == "answer":
            known = name in self.form.fields
            return _misfit(self.form.fields[name], each.type) if known else _no_field(name)
        if scope == "guidance":
            return self._problem_of_question(name, each.type)
        if scope in {"granted", "pending"} and _BASIC_CODE.fullmatch(name):
            return "" if each.type.kind == "boolean" else _type_is("boolean")
        wanted = {
            "applicant.kind": each.type.kind == "choice" and set(each.type.choices) == {"person", "organisation"},
            "applicant.age": each.type.kind == "integer",
            "applicant.assurance_level": each.type.kind == "integer",
            "credit.bad": each.type.kind == "boolean",
        }
        if each.source not in wanted:
            return _("%(source)s is no source") % {"source": repr(each.source)}
        return "" if wanted[each.source] else _("%(source)s is of another type") % {"source": each.source}

    def _problem_of_question(self, name: str, kind: FieldType) -> str:
        question = next((q for q in self.questions if q.id == name), None)
        if question is None:
            return _("the guidance has no question %(name)s") % {"name": repr(name)}
        offered = {option.value for option in question.options} | ({NOT_ASKED} if question.ask_when else set())
        return "" if set(kind.choices) == offered else _list_of(sorted(offered))

    def _table(
        self,
        where: str,
        version: int,
        types: Mapping[str, Any],
        rules: object,
        outcomes: tuple[str, ...],
        meant: Mapping[str, tuple[str, Words]] | None = None,
    ) -> ReasonedTable | None:
        if not isinstance(rules, list) or not all(
            isinstance(rule, Mapping) and isinstance(rule.get("when") or {}, Mapping) for rule in rules
        ):
            self._wrong(where, _("it is a list of rules, each with when, then and because"))
            return None
        reasons = [self._words(f"{where}.rules.{n}.because", r.get("because")) for n, r in enumerate(rules, start=1)]
        used = [each for each in outcomes if each in {rule.get("then") for rule in rules}]
        unknown = {str(rule.get("then")) for rule in rules} - set(outcomes)
        for each in sorted(unknown):
            said = {"value": repr(each), "known": ", ".join(outcomes)}
            self._wrong(where, _("%(value)s is none of %(known)s") % said)
        if unknown:
            return None
        document = {"code": where, "version": version, "fields": dict(types), "outcomes": used, "rules": rules}
        plain = document | {"rules": [{**rule, "because": ""} for rule in rules]}
        try:
            table = load_table(plain)
        except TableError as error:
            for problem in error.problems:
                self._wrong(where, problem)
            return None
        inputs = {n: Input(n, *(meant or {}).get(n, (f"guidance.{n}", {})), kind) for n, kind in table.fields.items()}
        return ReasonedTable(table, reasons, inputs, digest_of(document))

    # --- small things ---

    def _mapping(self, where: str, body: object) -> Iterator[tuple[str, Any]]:
        if isinstance(body, Mapping):
            yield from ((str(key), value) for key, value in body.items())
        else:
            self._wrong(where, _("it is a mapping of keys"))

    def _words(self, where: str, body: object) -> Words:
        if (
            isinstance(body, Mapping)
            and body.keys() == {"zh", "en"}
            and all(isinstance(v, str) and v for v in body.values())
        ):
            return dict(body)
        self._wrong(where, _("it has zh and en"))
        return {"zh": "", "en": ""}

    def _position(self, where: str, key: object) -> int | None:
        position = int(str(key)) if str(key).isdecimal() else 0
        if position in self.materials:
            return position
        told = _("%(key)s is not the position of a material that is handed in") % {"key": repr(key)}
        self._wrong(where, told)
        return None

    def _positions(self, where: str, given: object) -> frozenset[int]:
        if not isinstance(given, list):
            self._wrong(where, _("it is a list of positions"))
            return frozenset()
        return frozenset(found for each in given if (found := self._position(where, each)) is not None)


def _no_field(name: str) -> str:
    return _("the form has no field %(name)s") % {"name": repr(name)}


def _list_of(known: Iterable[str]) -> str:
    return _("a list of %(known)s") % {"known": ", ".join(known)}


def _type_is(wanted: str) -> str:
    return _("its type is %(type)s") % {"type": wanted}


def _days(least: int = 1) -> str:
    return _("days from %(least)s to %(most)s") % {"least": least, "most": _LONGEST_DAYS}


def _with_dates(body: object) -> object:
    """The type of a column; days stand in JSON as text."""
    if isinstance(body, Mapping) and body.keys() == {"date"} and isinstance(body["date"], list):
        try:
            return {"date": [date.fromisoformat(str(day)) for day in body["date"]]}
        except ValueError:
            return body
    return body


def _misfit(field: Field, kind: FieldType) -> str:
    """Why a field of the form cannot stand in a column of this type; empty when it can."""
    if field.options and field.kind is Kind.STRING:
        offered = {str(option.value) for option in field.options}
        return "" if set(kind.choices) == offered else _list_of(sorted(offered))
    wanted = {Kind.BOOLEAN: "boolean", Kind.INTEGER: "integer", Kind.NUMBER: "number"}.get(field.kind, "")
    if field.kind is Kind.STRING and field.widget == "date":
        wanted = "date"
    if not wanted:
        return _("an answer of this kind cannot be compared")
    if kind.kind != wanted:
        return _type_is(wanted)
    if kind.kind in {"integer", "number"}:
        least, most = field.schema.get("minimum", kind.least), field.schema.get("maximum", kind.most)
        if least < kind.least or most > kind.most:
            said = {"least": least, "most": most, "table": f"{kind.least}..{kind.most}"}
            return _("the form takes %(least)s to %(most)s, the table %(table)s") % said
    return ""
