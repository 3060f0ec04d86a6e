"""Answers between their three shapes: as posted by a page, as JSON, as read by a person."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from tongban.foundation.forms.fields import Field, Kind
from tongban.foundation.forms.messages import in_language

Posted = Mapping[str, Sequence[str] | str]

DATE_PARTS = ("year", "month", "day")
_TO_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_DIGITS_TO_ASCII = {0xFF10 + digit: 0x30 + digit for digit in range(10)}
_INTEGER = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,9})?|\.\d{1,9})", re.ASCII)
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)


class UnreadableError(ValueError):
    """What was posted is no value of the field's kind; the argument is the code of the message."""


def posted_values(data: Posted, key: str) -> list[str]:
    """All values posted under a key, whether ``data`` is a ``QueryDict`` or a plain mapping."""
    getlist = getattr(data, "getlist", None)
    found = getlist(key) if getlist is not None else data.get(key, ())
    return [found] if isinstance(found, str) else [str(value) for value in found]


def clean_text(value: str) -> str:
    """Text fit to be stored: no control characters or lone surrogates, one kind of line end, trimmed."""
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    kept = (c for c in value if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    return "".join(kept).strip()


def _identifier(value: str) -> str:
    return re.sub(r"\s+", "", clean_text(value).translate(_TO_ASCII)).upper()


def _phone(value: str) -> str:
    plain = _identifier(value)
    mobile = re.fullmatch(r"(?:\+?86-?|0086-?)?(1[3-9]\d)-?(\d{4})-?(\d{4})", plain, re.ASCII)
    return "".join(mobile.groups()) if mobile else plain


def _line(value: str) -> str:
    return re.sub(r"[\n\t]+", " ", clean_text(value.translate(_DIGITS_TO_ASCII)))


_TEXT = {
    "textarea": lambda value: clean_text(value.translate(_DIGITS_TO_ASCII)),
    "id-number": _identifier,
    "uscc": lambda value: _identifier(value).replace("-", ""),
    "phone": _phone,
}


def normalise_text(field: Field, value: str) -> str:
    """A string as the field stores it: full-width digits made plain, identifiers bare, in capitals."""
    return _TEXT.get(field.widget, _line)(value)


def _number_text(value: str) -> str:
    return re.sub(r"[\s,_]", "", value.translate(_TO_ASCII).replace("，", ""))


def read(  # noqa: PLR0911 # one line a kind of answer
    field: Field, data: Posted, file: Mapping[str, str] | None
) -> Any:  # noqa: ANN401 # any JSON value
    """The JSON value of a field from what was posted; None where nothing was given.

    Args:
        field: The field.
        data: What the page posted.
        file: For a file field, what the content store holds (``digest`` and ``name``); a page cannot name a
        digest.

    Raises:
        UnreadableError: with the code of the message, where the text is no value of the field's kind.
    """
    if field.kind is Kind.FILE:
        return {"digest": file["digest"], "name": file["name"]} if file else None
    given = posted_values(data, field.name)
    if field.widget == "date":
        return _read_date(field, data, given)
    if field.kind is Kind.ARRAY:
        wanted = set(given)
        known = [option.value for option in field.options if str(option.value) in wanted]
        if len(known) != len(wanted - {""}):
            raise UnreadableError("enum")
        return known or None
    if field.kind is Kind.BOOLEAN and field.widget == "checkboxes":
        return any(value == "true" for value in given)
    text = given[-1] if given else ""
    if field.options or field.kind is Kind.BOOLEAN:
        return _read_choice(field, text)
    if field.kind in {Kind.INTEGER, Kind.NUMBER}:
        return _read_number(field, _number_text(text))
    return normalise_text(field, text) or None


def _read_choice(field: Field, text: str) -> Any:  # noqa: ANN401 # any JSON value
    text = clean_text(text)
    if not text:
        return None
    if field.kind is Kind.BOOLEAN and text in {"true", "false"}:
        return text == "true"
    for option in field.options:
        if str(option.value) == text:
            return option.value
    raise UnreadableError("enum")


def _read_number(field: Field, text: str) -> int | float | None:
    if not text:
        return None
    if field.kind is Kind.INTEGER:
        if not _INTEGER.fullmatch(text):
            raise UnreadableError("integer")
        return int(text)
    if not _NUMBER.fullmatch(text):
        raise UnreadableError("number")
    return float(text)


def _read_date(field: Field, data: Posted, given: list[str]) -> str | None:
    parts = [(posted_values(data, f"{field.name}-{part}") or [""])[-1] for part in DATE_PARTS]
    parts = [_number_text(part) for part in parts]
    if not any(parts):
        text = _number_text(given[-1]) if given else ""
        if not text:
            return None
        match = _ISO_DATE.fullmatch(text)
        parts = list(match.groups()) if match else ["", "", ""]
    try:
        year, month, day = (int(part) if re.fullmatch(r"\d{1,4}", part, re.ASCII) else 0 for part in parts)
        # A year of two digits is a slip, not the first century.
        return date(year if year > 999 else 0, month, day).isoformat()  # noqa: PLR2004 # said on the line above
    except ValueError:
        raise UnreadableError("date") from None


def write(field: Field, value: Any) -> dict[str, list[str]]:  # noqa: ANN401, PLR0911 # any JSON value
    """A JSON value as the page would post it (file fields post nothing that could be trusted)."""
    if value is None or field.kind is Kind.FILE:
        return {}
    if field.widget == "date":
        match = _ISO_DATE.fullmatch(str(value))
        parts = match.groups() if match else ("", "", "")
        return {f"{field.name}-{part}": [text] for part, text in zip(DATE_PARTS, parts, strict=True)}
    if field.kind is Kind.ARRAY:
        return {field.name: [str(single) for single in value]}
    if isinstance(value, bool):
        if field.widget == "checkboxes":
            return {field.name: ["true"]} if value else {}
        return {field.name: ["true" if value else "false"]}
    if isinstance(value, float):
        return {field.name: [plain_number(value)]}
    return {field.name: [str(value)]}


def plain_number(value: float) -> str:
    """A number without exponent or a needless ``.0``."""
    text = f"{Decimal(repr(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def show(field: Field, value: Any, language: str) -> list[str]:  # noqa: ANN401, PLR0911 # any JSON value
    """A value as a person reads it, one string a line; empty where there is none."""
    if value in (None, "", []):
        return []
    if field.kind is Kind.FILE:
        return [str(value.get("name", "")) if isinstance(value, Mapping) else str(value)]
    if field.kind is Kind.ARRAY and isinstance(value, list):
        return [_label_of(field, single, language) for single in value]
    if isinstance(value, bool):
        if field.options:
            return [_label_of(field, value, language)]
        yes_or_no = {"zh": "是" if value else "否", "en": "Yes" if value else "No"}
        return [in_language(yes_or_no, language)]
    if field.options:
        return [_label_of(field, value, language)]
    if field.widget == "date":
        return [_date_words(str(value), language)]
    if isinstance(value, (int, float)):
        unit = in_language(field.unit, language)
        number = plain_number(value) if isinstance(value, float) else str(value)
        return [f"{number} {unit}".strip()]
    return [str(value)]


def _label_of(field: Field, value: Any, language: str) -> str:  # noqa: ANN401 # any JSON value
    for option in field.options:
        if option.value == value and type(option.value) is type(value):
            return in_language(option.label, language)
    return str(value)


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _date_words(value: str, language: str) -> str:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return value
    if language.startswith("en"):
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"
