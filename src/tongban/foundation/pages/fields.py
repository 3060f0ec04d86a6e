"""Fields drawn as HTML: label, hint, error and control, wired together for keyboards and screen readers.

Template tags (``templatetags.kit``) and forms (``pages.form_fields``) both draw through here, so that a field
looks and behaves the same wherever it comes from.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

Errors = Mapping[str, Any] | Iterable[tuple[str, Any]]

WIDTHS = frozenset({0, 2, 4, 10, 20})
_DATE_PARTS = 3


def field_id(name: str) -> str:
    """The id of the control (the first one, where a field has several) that an error links to."""
    return f"field-{name}"


def message_texts(found: Any) -> list[str]:  # noqa: ANN401 # one message or several, plain or a forms.FieldError
    """The messages in the reader's language, from a string, a lazy string, a ``FieldError`` or a sequence of
    these.
    """
    if found is None or found == "":
        return []
    if hasattr(found, "in_language"):
        return [found.in_language(get_language() or "")]
    if isinstance(found, Sequence) and not isinstance(found, str):
        return [text for single in found for text in message_texts(single)]
    return [str(found)]


def listed_errors(errors: Errors | None) -> list[tuple[str, str]]:
    """(id of the field, message) for each error; the id is empty for errors about no single field."""
    pairs = errors.items() if isinstance(errors, Mapping) else errors or ()
    return [
        ("" if name in ("", "__all__") else field_id(name), text)
        for name, found in pairs
        for text in message_texts(found)
    ]


def _common(name: str, label: str, options: dict[str, Any]) -> dict[str, Any]:
    nth = options.pop("nth", 0)
    identifier = f"{field_id(name)}-{nth}" if nth else field_id(name)
    errors = message_texts(options.pop("error", ""))
    hint = options.pop("hint", "")
    width = int(options.pop("width", 0) or 0)
    if width not in WIDTHS:
        raise ValueError(f"width of field {name!r} is {width}; expected one of {sorted(WIDTHS)}")
    described = [f"{identifier}-hint"] * bool(hint) + [f"{identifier}-error"] * bool(errors)
    return {
        "id": identifier,
        "name": name,
        "label": label,
        "hint": hint,
        "errors": errors,
        "width": width,
        "optional": bool(options.pop("optional", False)),
        "big": bool(options.pop("big", False)),
        "describedby": " ".join(described),
    }


def _attributes(context: dict[str, Any], options: dict[str, Any], allowed: frozenset[str]) -> SafeString:
    unknown = options.keys() - allowed
    if unknown:
        raise TypeError(f"field {context['name']!r} takes no {', '.join(sorted(unknown))}; it takes {sorted(allowed)}")
    pairs = [(key, value) for key, value in options.items() if value not in ("", None, False)]
    if context["describedby"]:
        pairs.append(("aria-describedby", context["describedby"]))
    if context["errors"]:
        pairs.append(("aria-invalid", "true"))
    return format_html_join("", ' {}="{}"', pairs)


def _draw(template: str, context: dict[str, Any]) -> SafeString:
    return mark_safe(render_to_string(f"kit/fields/{template}.html", context))  # noqa: S308 # our templates escape


def _text(value: Any) -> str:  # noqa: ANN401 # whatever an answer holds
    return "" if value is None else str(value)


def text(name: str, label: str, **options: Any) -> SafeString:  # noqa: ANN401 # arguments listed in templatetags.kit
    """A line of text."""
    context = _common(name, label, options)
    context |= {
        "type": options.pop("type", "text"),
        "value": _text(options.pop("value", "")),
        "prefix": options.pop("prefix", ""),
        "suffix": options.pop("suffix", ""),
    }
    allowed = frozenset({"autocomplete", "inputmode", "maxlength", "spellcheck", "placeholder"})
    return _draw("text", context | {"attributes": _attributes(context, options, allowed)})


def number(name: str, label: str, *, decimal: bool = False, **options: Any) -> SafeString:  # noqa: ANN401 # as text
    """A number. Not ``type=number``: its arrows and its silence about letters serve nobody."""
    options.setdefault("width", 10)
    return text(name, label, inputmode="decimal" if decimal else "numeric", **options)


def textarea(name: str, label: str, **options: Any) -> SafeString:  # noqa: ANN401 # arguments listed in templatetags.kit
    """Several lines of text."""
    context = _common(name, label, options)
    code = bool(options.pop("code", False))
    context |= {"rows": int(options.pop("rows", 5)), "value": _text(options.pop("value", "")), "code": code}
    return _draw(
        "text",
        context | {"attributes": _attributes(context, options, frozenset({"autocomplete", "maxlength"}))},
    )


def date(name: str, label: str, **options: Any) -> SafeString:  # noqa: ANN401 # arguments listed in templatetags.kit
    """Year, month and day. ``value`` is ISO text, a date, or the three parts as posted."""
    value = options.pop("value", "")
    parts = list(value) if isinstance(value, (list, tuple)) else _text(value).split("-")
    parts = (parts if len(parts) == _DATE_PARTS else []) or ["", "", ""]
    birthday = options.pop("autocomplete", "") == "bday"
    context = _common(name, label, options)
    _attributes(context, options, frozenset())
    shown = (("year", _("Year"), 4), ("month", _("Month"), 2), ("day", pgettext("part of a date", "Day"), 2))
    context["parts"] = [
        {
            "id": context["id"] if key == "year" else f"{context['id']}-{key}",
            "name": f"{name}-{key}",
            "label": word,
            "value": part,
            "width": width,
            "autocomplete": f"bday-{key}" if birthday else "",
        }
        for (key, word, width), part in zip(shown, parts, strict=True)
    ]
    return _draw("date", context)


def _choices(context: dict[str, Any], choices: Iterable[Any], chosen: Iterable[Any]) -> list[dict[str, Any]]:
    wanted = {_text(value) for value in chosen}
    drawn = []
    for index, choice in enumerate(choices):
        given = choice if isinstance(choice, Mapping) else {"value": choice[0], "label": choice[1]}
        drawn.append(
            {
                "id": context["id"] if index == 0 else f"{context['id']}-{index + 1}",
                "value": _text(given["value"]),
                "label": given["label"],
                "hint": given.get("hint", ""),
                "conditional": given.get("conditional", ""),
                "chosen": _text(given["value"]) in wanted,
            },
        )
    return drawn


def select(name: str, label: str, choices: Iterable[Any], **options: Any) -> SafeString:  # noqa: ANN401 # as text
    """A drop-down list. ``empty_label`` None leaves out the empty choice."""
    context = _common(name, label, options)
    value = options.pop("value", "")
    context["empty_label"] = options.pop("empty_label", _("Choose one"))
    context["choices"] = _choices(context, choices, [value])
    return _draw("select", context | {"attributes": _attributes(context, options, frozenset({"autocomplete"}))})


def radios(name: str, label: str, choices: Iterable[Any], **options: Any) -> SafeString:  # noqa: ANN401 # as text
    """One of several."""
    context = _common(name, label, options)
    value = options.pop("value", None)
    context |= {"type": "radio", "choices": _choices(context, choices, [] if value is None else [value])}
    _attributes(context, options, frozenset())
    return _draw("choices", context)


def checkboxes(name: str, label: str, choices: Iterable[Any], **options: Any) -> SafeString:  # noqa: ANN401 # as text
    """Any of several; with one choice and no label, a single statement to tick."""
    context = _common(name, label, options)
    value = options.pop("value", None) or ()
    context |= {
        "type": "checkbox",
        "choices": _choices(context, choices, [value] if isinstance(value, str) else value),
    }
    _attributes(context, options, frozenset())
    return _draw("choices", context)


def file(name: str, label: str, **options: Any) -> SafeString:  # noqa: ANN401 # arguments listed in templatetags.kit
    """A file to hand in; ``kept`` names the one already held."""
    context = _common(name, label, options)
    context["kept"] = options.pop("kept", "")
    return _draw("file", context | {"attributes": _attributes(context, options, frozenset({"accept"}))})
