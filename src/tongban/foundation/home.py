"""The folder of an installation's state."""

import os
from pathlib import Path


class SettingError(RuntimeError):
    """A variable of the environment is not what it must be. The message is one sentence for the operator."""


def whole_number(name: str, default: int, least: int = 1, most: int = 65535) -> int:
    """The number in an environment variable.

    Raises:
        SettingError: it is none, or outside of what is allowed.
    """
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not text.isascii() or not text.isdecimal() or not least <= int(text) <= most:
        raise SettingError(f"{name} is {text!r}; it must be a whole number from {least} to {most}.")
    return int(text)


def names_in(name: str) -> list[str]:
    """The names, with commas between, in an environment variable."""
    return [each for text in os.environ.get(name, "").split(",") if (each := text.strip())]


def days_by_name(name: str) -> dict[str, int | None]:
    """The numbers of days in an environment variable such as `counter=1825,face=none`; None for no end.

    Raises:
        SettingError: an entry is none of these.
    """
    found: dict[str, int | None] = {}
    for entry in names_in(name):
        key, _equals, text = (part.strip() for part in entry.partition("="))
        if not key or not (text == "none" or (text.isascii() and text.isdecimal() and int(text) > 0)):
            raise SettingError(f"{name}: {entry!r}; it must be like counter=1825 (days) or counter=none.")
        found[key] = None if text == "none" else int(text)
    return found


def file_in(name: str) -> Path | None:
    """The file that an environment variable names; None where it is not set.

    Raises:
        SettingError: there is no such file.
    """
    text = os.environ.get(name, "").strip()
    if text and not Path(text).is_file():
        raise SettingError(f"{name}: there is no file {text!r}.")
    return Path(text) if text else None


def home() -> Path:
    """`TONGBAN_HOME`, or `var/` in the working directory: database, keys, content, logs, static files."""
    return Path(os.environ.get("TONGBAN_HOME") or Path.cwd() / "var").resolve()
