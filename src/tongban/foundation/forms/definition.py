"""A form definition: checked when loaded, then asked for its groups, its answers and what is wrong with them.

The document is a JSON Schema 2020-12 object schema that any validator can use, with hints under
``x-tongban``::

    {
      "$schema": "https://json-schema.org/draft/2020-12/schema",
      "type": "object",
      "properties": {
        "phone": {
          "type": "string", "format": "cn-phone",
          "x-tongban": {"label": {"zh": "联系电话", "en": "Phone"}, "autocomplete": "tel"}
        }
      },
      "required": ["phone"],
      "x-tongban": {"groups": [
        {"id": "contact", "title": {"zh": "联系方式", "en": "Contact"}, "fields": ["phone"]}
      ]}
    }

A field that is asked for only sometimes says so by ``"show_when": {"field": ..., "equals": ...}`` and,
where it is then needed, by ``"required": true`` beside it, not in the schema's ``required``.
``FormDefinition.schema`` says both in the language of JSON Schema (``if``/``then``/``else``): that is the
schema the API publishes and validates against.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import jsonschema_rs

from tongban.foundation.forms import values
from tongban.foundation.forms.fields import IDENTIFIERS, Field, Group, Kind
from tongban.foundation.forms.formats import FORMATS
from tongban.foundation.forms.loading import FormDefinitionError, read_document
from tongban.foundation.forms.messages import (
    FieldError,
    field_error,
    in_language,
    pointer,
    unknown_field,
    whole_error,
)
from tongban.foundation.forms.summary import SummaryGroup, SummaryRow

__all__ = ["Field", "FormDefinition", "FormDefinitionError", "Group"]

Answers = Mapping[str, Any]

# Longest answer where the schema sets no bound, in characters.
DEFAULT_MAX_LENGTH = 5_000


@dataclass(frozen=True)
class FormDefinition:
    """A checked form. Make it with ``load``; making one costs a schema compilation, so keep it.

    Attributes:
        schema: The document with conditions written as JSON Schema, bounds on every text, and unknown fields
        refused. fields: Every field by name, in the order asked. group_list: Every group in order; ``groups``
        gives those that are asked of someone.
    """

    schema: dict[str, Any]
    fields: Mapping[str, Field]
    group_list: tuple[Group, ...]
    _validator: jsonschema_rs.Draft202012Validator

    @classmethod
    def load(cls, document: Mapping[str, Any]) -> Self:
        """The form a document describes.

        Raises:
            FormDefinitionError: naming the path of everything that is wrong with the document.
        """
        fields, groups = read_document(document)
        schema = _effective_schema(document, fields)
        try:
            validator = jsonschema_rs.Draft202012Validator(
                schema,
                formats=FORMATS,
                validate_formats=True,
                offline=True,  # a form never makes us fetch a schema from elsewhere
                # Linear time, whatever the pattern and the answer.
                pattern_options=jsonschema_rs.RegexOptions(),
            )
        except ValueError as error:
            path = "/".join(map(str, getattr(error, "instance_path", []))) or "/"
            message = str(getattr(error, "message", error)).split("\n", 1)[0]
            raise FormDefinitionError([f"{path}: {message}"]) from error
        return cls(schema, fields, groups, validator)

    @property
    def sealed_fields(self) -> frozenset[str]:
        """Names of the fields whose answers are personal data."""
        return frozenset(name for name, field in self.fields.items() if field.sealed)

    def group(self, group_id: str) -> Group:
        """The group of an id.

        Raises:
            KeyError: there is none.
        """
        for group in self.group_list:
            if group.id == group_id:
                return group
        raise KeyError(group_id)

    def has_files(self, group_id: str) -> bool:
        """Whether a group's page takes files, and so must be posted as ``multipart/form-data``."""
        return any(self.fields[name].kind is Kind.FILE for name in self.group(group_id).fields)

    def asked(self, answers: Answers) -> dict[str, Field]:
        """The fields asked for given these answers: a field hangs on another only while that one is asked
        itself.
        """
        shown: dict[str, Field] = {}
        for name, field in self.fields.items():  # a condition names an earlier field, so one pass is enough
            if field.show_when is None or (field.show_when.field in shown and field.asked(answers)):
                shown[name] = field
        return shown

    def groups(self, answers: Answers) -> list[Group]:
        """The groups with at least one field to ask, in order."""
        shown = self.asked(answers)
        return [group for group in self.group_list if any(name in shown for name in group.fields)]

    def parse(
        self,
        group_id: str,
        data: values.Posted,
        answers: Answers | None = None,
        files: Mapping[str, Mapping[str, str]] | None = None,
        today: date | None = None,
    ) -> tuple[dict[str, Any], dict[str, FieldError]]:
        """What a page posted, as typed answers of its group, and what is wrong with them.

        Args:
            group_id: The page.
            data: What was posted: ``request.POST``, or a mapping of names to lists of strings.
            answers: Answers of the groups before, for conditions that hang on them.
            files: For file fields, what the content store holds: ``{"digest": ..., "name": ...}``.
            today: The day that fields of the past are held against; None: against none.

        Returns:
            The group's answers (those that could be read; fields not asked for are left out), and the first
            error of each field. Never raises for what a browser may send.

        Raises:
            KeyError: the form has no such group.
        """
        names = self.group(group_id).fields
        merged = {name: value for name, value in (answers or {}).items() if name not in names and name in self.fields}
        errors: dict[str, FieldError] = {}
        for name in (name for name in self.fields if name in names):
            field = self.fields[name]
            if name not in self.asked(merged):
                continue
            try:
                value = values.read(field, data, (files or {}).get(name))
            except values.UnreadableError as error:
                errors[name] = field_error(field, "type", words=str(error))
                continue
            if value is not None:
                merged[name] = value
        for fault in self._errors(merged, today):
            if fault.field in names:
                errors.setdefault(fault.field, fault)
        ordered = {name: errors[name] for name in names if name in errors}
        return {name: merged[name] for name in names if name in merged}, ordered

    def render(self, group_id: str, answers: Answers) -> dict[str, list[str]]:
        """A group's answers as its page would post them: the inverse of ``parse``, files aside."""
        posted: dict[str, list[str]] = {}
        for name in self.group(group_id).fields:
            posted |= values.write(self.fields[name], answers.get(name))
        return posted

    def validate(self, answers: Any, today: date | None = None) -> list[FieldError]:  # noqa: ANN401 # the API's body may be anything
        """Everything wrong with a whole set of answers, in the order of the fields, each with its JSON
        pointer. ``today`` is the day that fields of the past are held against; None: against none.
        """
        if not isinstance(answers, Mapping):
            return [whole_error("type")]
        order = {name: index for index, name in enumerate(self.fields)}
        return sorted(self._errors(answers, today), key=lambda error: order.get(error.field, len(order)))

    def normalised(self, answers: Answers) -> dict[str, Any]:
        """The answers with identity numbers, credit codes and telephone numbers as they are stored, however they
        were written: a page normalises what is typed, and what comes by another way is treated alike.
        """
        identifiers = {name for name, field in self.fields.items() if field.widget in IDENTIFIERS}
        return {
            name: values.normalise_text(self.fields[name], value)
            if name in identifiers and isinstance(value, str)
            else value
            for name, value in answers.items()
        }

    def trim(self, answers: Answers) -> dict[str, Any]:
        """The answers without those that are not asked for: an earlier answer may have been changed since."""
        kept: dict[str, Any] = {}
        for name, field in self.fields.items():
            if name in answers and (field.show_when is None or (field.show_when.field in kept and field.asked(kept))):
                kept[name] = answers[name]
        return kept

    def summary(self, answers: Answers, language: str) -> list[SummaryGroup]:
        """The answers for reading, group by group, leaving out what is not asked."""
        shown = self.asked(answers)
        return [
            SummaryGroup(
                group.id,
                in_language(group.title, language),
                [self._row(shown[name], answers.get(name), language) for name in group.fields if name in shown],
            )
            for group in self.groups(answers)
        ]

    @staticmethod
    def _row(field: Field, value: Any, language: str) -> SummaryRow:  # noqa: ANN401 # any JSON value
        return SummaryRow(
            field.name,
            in_language(field.label, language),
            values.show(field, value, language),
            field.sealed,
            dict(value) if field.kind is Kind.FILE and isinstance(value, Mapping) else None,
            field.personal,
        )

    def _errors(self, answers: Answers, today: date | None) -> Iterator[FieldError]:
        yield from self._of_schema(answers)
        for name in self.fields if today else ():
            field = self.fields[name]
            if field.past and today and (day := _day(answers.get(name))) and day > today:
                yield self._about(name, "past", [name], words="past")

    def _of_schema(self, answers: Answers) -> Iterator[FieldError]:
        try:
            found = list(self._validator.iter_errors(dict(answers)))
        except ValueError:  # not JSON at all: a lone surrogate, a number beyond any float
            yield whole_error("invalid")
            return
        refused = {str(error.instance_path[0]) for error in found if error.kind.name == "falseSchema"}
        for error in found:
            kind, path = error.kind, [*error.instance_path]
            if path and str(path[0]) in refused and kind.name != "falseSchema":
                continue  # what is not asked for need not also be right
            if kind.name == "required" and not path:
                yield self._about(str(kind.as_dict()["property"]), "required", [])
            elif kind.name == "additionalProperties" and not path:
                for name in kind.as_dict()["unexpected"]:
                    yield unknown_field(str(name))
            elif not path:
                yield whole_error(kind.name)
            else:
                yield self._of_kind(str(path[0]), kind.name, path, kind.as_dict())

    def _of_kind(self, name: str, kind: str, path: list[str | int], facts: Mapping[str, Any]) -> FieldError:
        field = self.fields.get(name)
        if kind == "falseSchema":
            return self._about(name, "unexpected", path)
        if kind == "const" and field is not None and field.kind is Kind.BOOLEAN:
            return self._about(name, kind, path, words="tick")
        if kind == "format":
            return self._about(name, kind, path, words=str(facts["format"]))
        if kind == "minLength" and facts["limit"] == 1:
            return self._about(name, "required", path)
        if kind == "type" and field is not None:
            return self._about(name, kind, path, words=field.kind.value)
        return self._about(name, kind, path, limit=facts.get("limit", facts.get("multiple_of", "")))

    def _about(self, name: str, code: str, path: list[str | int], *, limit: object = "", words: str = "") -> FieldError:
        field = self.fields.get(name)
        if field is None:
            return unknown_field(name)
        return field_error(field, code, limit=limit, at=pointer(*path), words=words)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None  # which the schema has said already


def _effective_schema(document: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    schema: dict[str, Any] = deepcopy(dict(document))
    schema.setdefault("additionalProperties", False)
    conditions = []
    for name, field in fields.items():
        own = schema["properties"][name]
        if field.kind is Kind.STRING and not field.options:
            own.setdefault("maxLength", DEFAULT_MAX_LENGTH)
        if field.widget in IDENTIFIERS:
            own.setdefault("format", f"cn-{field.widget}")
        if field.required and field.kind is Kind.STRING and not field.options:
            own.setdefault("minLength", 1)
        if field.show_when is None:
            continue
        asked: dict[str, Any] = {"required": [name]} if field.required else {}
        conditions.append(
            {
                "if": {
                    "properties": {field.show_when.field: {"const": field.show_when.equals}},
                    "required": [field.show_when.field],
                },
                "then": asked,
                "else": {"properties": {name: False}},
            },
        )
    if conditions:
        schema["allOf"] = [*schema.get("allOf", []), *conditions]
    return schema
