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


def home() -> Path:
    """`TONGBAN_HOME`, or `var/` in the working directory: database, keys, content, logs, static files."""
    return Path(os.environ.get("TONGBAN_HOME") or Path.cwd() / "var").resolve()
