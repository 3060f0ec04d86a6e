"""JSON as result files hold it: full precision, Chinese readable, and `null` where a quotient was 0/0."""

import json
import math
from collections.abc import Iterator
from typing import Any


def to_json(value: object) -> str:
    """The value as JSON text; the same value gives the same text.

    Records stand indented, one key a line. What holds no record stands on one line: a list of figures, and a record
    of such within a list. Thousands of models so make a file that people can open.
    """
    return "".join(_written(value, "\n")) + "\n"


def _written(value: object, newline: str) -> Iterator[str]:
    """The pieces of the text, `newline` being the line break with the indentation of where the value stands."""
    inner = newline + " "
    if isinstance(value, dict) and value:
        before = "{"
        for key, item in value.items():
            yield f"{before}{inner}{_flat(str(key))}: "
            yield from _written(item, inner)
            before = ","
        yield newline + "}"
    elif isinstance(value, list | tuple) and (record := _first_record(value)) is not None:
        # The records of a list are alike: the first tells how all of them are written.
        flat = not any(isinstance(item, dict) or _first_record(item) is not None for item in record.values())
        before = "["
        for item in value:
            yield before + inner
            if flat:
                yield _flat(item)
            else:
                yield from _written(item, inner)
            before = ","
        yield newline + "]"
    else:
        yield _flat(value)


def _first_record(value: object) -> dict[str, Any] | None:
    """The first record of a list; `None` where there is none or it is no list."""
    if not isinstance(value, list | tuple):
        return None
    return next((item for item in value if isinstance(item, dict)), None)


def _flat(value: object) -> str:
    """The value on one line."""
    try:
        return _ENCODER.encode(value)
    except ValueError:  # an infinity or not-a-number somewhere in it
        return _ENCODER.encode(_clean(value))


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def _clean(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value
