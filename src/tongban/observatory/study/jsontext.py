"""JSON as result files hold it: full precision, Chinese readable, and `null` where a quotient was 0/0."""

import json
import math
from typing import Any


def to_json(value: object) -> str:
    """The value as JSON text; the same value gives the same text."""
    return json.dumps(_clean(value), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _clean(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value
