"""Reading a study file key by key, so that every mistake in it gets one sentence that says where.

A `Section` is one table of the TOML file. Every key is taken once by the code that understands it; `close` then
refuses what nobody took, naming the nearest key that would have been understood.
"""

import difflib
import math
import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tongban.observatory.errors import StudyError

Choice = TypeVar("Choice", bound=str)

_MISSING = object()

UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML has no place for, and so neither a workbook, a text document nor a drawing."""


def unwritable(text: str) -> str:
    """The code of the first character that no document can hold, as U+0001; empty where there is none."""
    found = UNWRITABLE.search(text)
    return f"U+{ord(found.group()):04X}" if found else ""


class Section:
    """One table of a study file."""

    def __init__(self, values: dict[str, Any], where: str, file: str) -> None:
        self._values = values
        self._where = where
        self._file = file
        self._known: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._values

    @property
    def keys(self) -> list[str]:
        return list(self._values)

    def error(self, message: str) -> StudyError:
        """An error that names this section and the file."""
        return StudyError(f"{self._file}: {self._where + ': ' if self._where else ''}{message}")

    def text(self, key: str, default: str | None = None) -> str:
        value = self._take(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"{key} = {_shown(value)} must be a text in quotes")
        return self._writable(key, value)

    def number(self, key: str, default: float | None = None, *, low: float = -1e300, high: float = 1e300) -> float:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(f"{key} = {_shown(value)} must be a number")
        if not math.isfinite(value):
            raise self.error(f"{key} = {_shown(value)} must be a finite number")
        if not low <= value <= high:
            raise self.error(f"{key} = {_shown(value)} must lie {_range(low, high)}")
        return float(value)

    def integer(self, key: str, default: int | None = None, *, low: int = 0, high: int = 10**12) -> int:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(f"{key} = {_shown(value)} must be a whole number")
        if not low <= value <= high:
            raise self.error(f"{key} = {_shown(value)} must lie {_range(low, high)}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self.error(f"{key} = {_shown(value)} must be true or false")
        return value

    def choice(self, key: str, choices: Sequence[Choice], default: Choice | None = None) -> Choice:
        value = self._take(key, default)
        for choice in choices:
            if value == choice:
                return choice
        if not isinstance(value, str) and str(value) in choices:
            raise self.error(f'{key} = {value} must stand in quotes: {key} = "{value}"')
        raise self.error(f"{key} = {_shown(value)} must be one of {', '.join(choices)}{_nearest(value, choices)}")

    def texts(self, key: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        value = self._take(key, default)
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
            raise self.error(f"{key} = {_shown(value)} must be a list of texts")
        twice = {item for item in value if list(value).count(item) > 1}
        if twice:
            raise self.error(f"{key} names “{min(twice)}” twice")
        return tuple(value)

    def numbers(self, key: str, default: Sequence[float] | None = None) -> tuple[float, ...]:
        value = self._take(key, default)
        fits = isinstance(value, list | tuple) and value
        if not fits or not all(isinstance(item, int | float) and not isinstance(item, bool) for item in value):
            raise self.error(f"{key} = {_shown(value)} must be a list of numbers")
        if not all(map(math.isfinite, value)):
            raise self.error(f"{key} = {_shown(value)} must be a list of finite numbers")
        return tuple(float(item) for item in value)

    def bilingual(self, key: str, default: tuple[str, str] | None = None) -> tuple[str, str]:
        """A text in Chinese and English: `{ zh = "…", en = "…" }`, or one text for both."""
        value = self._take(key, default)
        if isinstance(value, str):
            return self._writable(key, value), value
        if isinstance(value, tuple):
            return value
        if isinstance(value, dict) and set(value) <= {"zh", "en"} and value:
            texts = [value.get("zh", value.get("en")), value.get("en", value.get("zh"))]
            if all(isinstance(text, str) for text in texts):
                return self._writable(key, str(texts[0])), self._writable(key, str(texts[1]))
        raise self.error(f'{key} = {_shown(value)} must be a text or {{ zh = "…", en = "…" }}')

    def section(self, key: str) -> "Section":
        """The table under `key`; an empty one when it is not there."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            raise self.error(f"{key} = {_shown(value)} must be a table, [{key}]")
        return Section(value, f"{self._where}.{key}" if self._where else f"[{key}]", self._file)

    def sections(self, key: str) -> list["Section"]:
        """The list of tables under `key`."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(f"{key} must be a list of tables, [[{key}]]")
        prefix = f"{self._where}.{key}" if self._where else f"[[{key}]]"
        return [Section(item, f"{prefix} {at}", self._file) for at, item in enumerate(value, start=1)]

    def raw(self, key: str, default: object = _MISSING) -> Any:  # noqa: ANN401 - the caller looks at what it is
        return self._take(key, default)

    def known(self, keys: Iterable[str]) -> None:
        """Keys that are understood though nothing takes them here."""
        self._known.extend(keys)

    def close(self) -> None:
        """Refuse what nobody took."""
        for key in self._values:
            if key not in self._known:
                known = ", ".join(sorted(set(self._known)))
                raise self.error(f"unknown key “{key}”{_nearest(key, self._known)}; known here: {known}")

    def _take(self, key: str, default: Any) -> Any:  # noqa: ANN401 - TOML values are of any type
        self._known.append(key)
        if key in self._values:
            return self._values[key]
        if default is None or default is _MISSING:
            raise self.error(f"{key} is missing{self._misspelt(key)}")
        return default

    def _writable(self, key: str, text: str) -> str:
        character = unwritable(text)
        if character:
            raise self.error(f"{key} holds the control character {character}, which no document can hold")
        return text

    def _misspelt(self, key: str) -> str:
        close = difflib.get_close_matches(key, list(self._values), n=1)
        return f" (there is “{close[0]}”)" if close else ""


def read_study(path: Path) -> Section:
    """The study file as its top section.

    Raises:
        StudyError: The file is not there, is not UTF-8, or is not TOML.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise StudyError(f"{path}: there is no such study file") from None
    except (IsADirectoryError, PermissionError) as error:
        raise StudyError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise StudyError(f"{path}: a study file must be saved as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise StudyError(f"{path}: not valid TOML: {error}") from None
    return Section(values, "", path.name)


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def _range(low: float, high: float) -> str:
    if high >= 10**12:
        return f"at {low:g} or above"
    return f"between {low:g} and {high:g}"


def _nearest(value: object, choices: Iterable[str]) -> str:
    close = difflib.get_close_matches(str(value), list(choices), n=1, cutoff=0.5)
    return f"; did you mean “{close[0]}”?" if close else ""
