"""A group of a form drawn with the kit's fields.

A field that hangs on a choice of the same page stands under that choice, so that the stylesheet can reveal
it; one that hangs on an earlier page is left out while it is not asked.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from tongban.foundation.content import ENDINGS
from tongban.foundation.forms import Field, FormDefinition
from tongban.foundation.forms.fields import Kind
from tongban.foundation.forms.messages import in_language
from tongban.foundation.forms.values import DATE_PARTS, Posted, posted_values, write
from tongban.foundation.pages import fields as kit

_INPUT_MODES = {"phone": "tel", "id-number": "text", "uscc": "text"}
_WIDTHS = {"phone": 20, "id-number": 20, "uscc": 20, "number": 10}
ACCEPT = ",".join(ending for endings in ENDINGS.values() for ending in endings)


class _Drawing:
    """One page being drawn."""

    def __init__(
        self,
        definition: FormDefinition,
        names: tuple[str, ...],
        answers: Mapping[str, Any],
        errors: Mapping[str, Any],
        posted: Posted | None,
        language: str,
    ) -> None:
        self.names = names
        self.answers = answers
        self.errors = errors
        self.posted = posted
        self.language = language
        self.fields = definition.fields
        elsewhere = {name: value for name, value in answers.items() if name not in names}
        shown = definition.asked(elsewhere)
        # Under its choice on this page, or asked for because of an earlier page's answer.
        self.top = [name for name in names if not self._hangs_here(name) and name in shown]

    def _hangs_here(self, name: str) -> bool:
        condition = self.fields[name].show_when
        return condition is not None and condition.field in self.names

    def draw(self) -> SafeString:
        return mark_safe("".join(self.field(self.fields[name]) for name in self.top))  # noqa: S308 # drawn by the kit

    def values(self, field: Field) -> dict[str, list[str]]:
        if self.posted is None:
            return write(field, self.answers.get(field.name))
        keys = [f"{field.name}-{part}" for part in DATE_PARTS] if field.widget == "date" else [field.name]
        return {key: found for key in keys if (found := posted_values(self.posted, key))}

    def field(self, field: Field) -> SafeString:  # noqa: PLR0911 # one line a widget
        shown = self.values(field)
        single = (shown.get(field.name) or [""])[-1]
        label = in_language(field.label, self.language)
        common: dict[str, Any] = {
            "hint": in_language(field.hint, self.language),
            "error": self.errors.get(field.name, ""),
            "optional": not field.required and not (field.kind is Kind.BOOLEAN and field.widget == "checkboxes"),
        }
        if field.widget == "textarea":
            return kit.textarea(field.name, label, value=single, autocomplete=field.autocomplete, **common)
        if field.widget == "date":
            parts = [(shown.get(f"{field.name}-{part}") or [""])[-1] for part in DATE_PARTS]
            return kit.date(field.name, label, value=parts, autocomplete=field.autocomplete, **common)
        if field.widget == "select":
            return kit.select(
                field.name,
                label,
                self._choices(field),
                value=single,
                autocomplete=field.autocomplete,
                **common,
            )
        if field.widget == "radios":
            return kit.radios(field.name, label, self._choices(field), value=single or None, **common)
        if field.widget == "checkboxes":
            return self._checkboxes(field, label, shown.get(field.name, []), common)
        if field.widget == "file":
            held = self.answers.get(field.name)
            kept = held.get("name", "") if isinstance(held, Mapping) else ""
            return kit.file(field.name, label, kept=kept, accept=ACCEPT, **common)
        common["width"] = field.width or _WIDTHS.get(field.widget, 0)
        if field.widget == "number":
            unit = in_language(field.unit, self.language)
            decimal = field.kind is Kind.NUMBER
            return kit.number(field.name, label, decimal=decimal, suffix=unit, value=single, **common)
        return kit.text(
            field.name,
            label,
            value=single,
            type="tel" if field.widget == "phone" else "text",
            inputmode=_INPUT_MODES.get(field.widget, ""),
            autocomplete=field.autocomplete,
            spellcheck="false" if field.widget in _INPUT_MODES else "",
            **common,
        )

    def _checkboxes(self, field: Field, label: str, value: list[str], common: dict[str, Any]) -> SafeString:
        if field.kind is Kind.ARRAY:
            return kit.checkboxes(field.name, label, self._choices(field), value=value, **common)
        # A single statement: its label stands beside the box, and the group needs no legend.
        choice = {"value": "true", "label": label, "conditional": self._conditional(field, choice=True)}
        return kit.checkboxes(field.name, "", [choice], value=value, **common)

    def _choices(self, field: Field) -> list[dict[str, Any]]:
        if field.kind is Kind.BOOLEAN and not field.options:
            words = {True: {"zh": "是", "en": "Yes"}, False: {"zh": "否", "en": "No"}}
            return [
                {
                    "value": "true" if value else "false",
                    "label": in_language(words[value], self.language),
                    "conditional": self._conditional(field, choice=value),
                }
                for value in (True, False)
            ]
        return [
            {
                "value": str(option.value).lower() if isinstance(option.value, bool) else option.value,
                "label": in_language(option.label, self.language),
                "hint": in_language(option.hint, self.language),
                "conditional": self._conditional(field, choice=option.value),
            }
            for option in field.options
        ]

    def _conditional(self, field: Field, *, choice: object) -> SafeString:
        hanging = [
            self.fields[name]
            for name in self.names
            if (condition := self.fields[name].show_when) is not None
            and condition.field == field.name
            and condition.equals == choice
            and type(condition.equals) is type(choice)
        ]
        return mark_safe("".join(self.field(each) for each in hanging))  # noqa: S308 # drawn by the kit


def draw_group(  # the arguments of the template tag, which names them
    definition: FormDefinition,
    group: str,
    answers: Mapping[str, Any],
    errors: Mapping[str, Any],
    posted: Posted | None,
    language: str,
) -> SafeString:
    """The fields of a group as HTML. ``posted`` shows again what could not be read."""
    return _Drawing(definition, definition.group(group).fields, answers, errors, posted, language).draw()
