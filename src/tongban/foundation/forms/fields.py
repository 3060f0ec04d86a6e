"""What a form is made of: fields, their choices, their conditions, and the groups that are its pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tongban.foundation.forms.messages import Words


class Kind(Enum):
    """The shape of an answer in JSON."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    ARRAY = "array"
    FILE = "object"


# Which widgets may ask for which kind of answer; the first is used where none is named.
WIDGETS: dict[Kind, tuple[str, ...]] = {
    Kind.STRING: ("text", "textarea", "date", "select", "radios", "id-number", "phone", "uscc"),
    Kind.INTEGER: ("number", "select", "radios"),
    Kind.NUMBER: ("number",),
    Kind.BOOLEAN: ("radios", "checkboxes"),
    Kind.ARRAY: ("checkboxes",),
    Kind.FILE: ("file",),
}
# Asked for by widgets of their own, and stored in one way of writing.
IDENTIFIERS = frozenset({"id-number", "phone", "uscc"})
ALL_WIDGETS = frozenset(widget for widgets in WIDGETS.values() for widget in widgets)


@dataclass(frozen=True)
class Option:
    """One choice of a field."""

    value: str | int | bool
    label: Words
    hint: Words


@dataclass(frozen=True)
class Condition:
    """A field is asked for only when another's answer equals a value."""

    field: str
    equals: str | int | bool


# HTML's names of what a field is about (autofill tokens), where that is personal data, and how it is masked.
_PERSONAL = {
    "tel": "phone",
    "tel-national": "phone",
    "email": "email",
    "street-address": "text",
    "address-line1": "text",
    "address-line2": "text",
    "address-line3": "text",
}


@dataclass(frozen=True)
class Field:
    """One question.

    Attributes:
        name: Property of the schema; also the name of the posted value.
        kind: Shape of the answer.
        widget: How it is asked (``WIDGETS``).
        label: The question, ``zh`` and ``en``.
        hint: Help under the question, ``zh`` and ``en``; may be empty.
        unit: Written after a number, ``zh`` and ``en``; may be empty.
        invalid: The message where a pattern does not hold, ``zh`` and ``en``; may be empty.
        required: Whether an answer is needed whenever the field is asked for.
        options: Choices in the order shown.
        show_when: When the field is asked for; None: always.
        autocomplete: The HTML token (WCAG 1.3.5); may be empty.
        past: Whether a day must not lie after the day of the application.
        sealed: Whether the answer is personal data that never leaves sealed storage unsealed.
        width: Characters of the control (0: full).
        schema: The property's JSON Schema.
    """

    name: str
    kind: Kind
    widget: str
    label: Words
    hint: Words
    unit: Words
    invalid: Words
    required: bool
    options: tuple[Option, ...]
    show_when: Condition | None
    autocomplete: str
    sealed: bool
    width: int
    schema: Mapping[str, Any]
    past: bool = False

    @property
    def personal(self) -> str:
        """How an answer is masked (``masking.masked``); empty where it is no personal data and need not be."""
        if self.options or self.kind is Kind.FILE:
            return ""
        if self.widget in {"id-number", "phone"}:
            return self.widget
        return _PERSONAL.get(self.autocomplete, "text" if self.sealed else "")

    def asked(self, answers: Mapping[str, Any]) -> bool:
        """Whether the answers so far make this field be asked for (its condition alone, not its condition's
        own).
        """
        if self.show_when is None:
            return True
        given = answers.get(self.show_when.field)
        return given == self.show_when.equals and type(given) is type(self.show_when.equals)


@dataclass(frozen=True)
class Group:
    """One page of a form."""

    id: str
    title: Words
    hint: Words
    fields: tuple[str, ...]
