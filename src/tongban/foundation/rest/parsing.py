"""Reading JSON as RFC 8259 means it: UTF-8, no NaN, no number beyond a float, no character no text can hold."""

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.parser import Parser

_NUL = "\x00"
_SURROGATES = range(0xD800, 0xE000)


class MalformedError(Exception):
    """The body is not JSON; the message says why, for the client's developer."""


class UnusableTextError(Exception):
    """Somewhere in the body stands a character that no text can hold; `pointer` says where."""

    def __init__(self, pointer: str) -> None:
        self.pointer = pointer
        super().__init__(pointer)


def read_json(body: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    """The value a body holds.

    Raises:
        MalformedError: it is not JSON in UTF-8, or holds a number no float can.
        UnusableTextError: a NUL character or a lone surrogate stands in it.
    """
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise MalformedError(_("The body is not UTF-8.")) from error
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise MalformedError(_("it breaks at line %(line)d, column %(column)d.") % place) from error
    except RecursionError as error:
        raise MalformedError(_("it is nested too deeply.")) from error
    except ValueError as error:  # Python reads no whole number of more than 4300 digits
        raise MalformedError(_("a number in it has too many digits.")) from error
    # Both can only come in as escapes.
    if b"\\u" in body:
        for pointer in _unusable(value, "#"):
            raise UnusableTextError(pointer)
    return value


def _refuse(constant: str) -> NoReturn:
    raise MalformedError(_("%(constant)s is no value of JSON.") % {"constant": constant})


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise MalformedError(_("%(number)s is too large a number.") % {"number": digits[:20]})
    return number


def _unusable(value: Any, pointer: str) -> Iterator[str]:  # noqa: ANN401 - JSON may be anything
    """Pointers (as URI fragments) to the texts that cannot be kept."""
    if isinstance(value, str):
        if _NUL in value or any(ord(character) in _SURROGATES for character in value):
            yield pointer
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from _unusable(element, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for name, member in value.items():
            # The name itself may be what is wrong: then the object that holds it is named.
            yield from _unusable(name, pointer)
            yield from _unusable(member, f"{pointer}/{escaped(name)}")


def escaped(token: str) -> str:
    """A member's name in a JSON pointer (RFC 6901)."""
    return token.replace("~", "~0").replace("/", "~1")


class StrictParser(Parser):
    """ninja's parser with our reading of JSON. The errors pass through as causes of ninja's own."""

    def parse_body(self, request: HttpRequest) -> Any:  # noqa: ANN401 - JSON may be anything
        return read_json(request.body)
