"""What a reader needs to run a study again: versions, hashes, and every choice made."""

import hashlib
import importlib.metadata
import platform
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import tongban


def versions(*packages: str) -> dict[str, str]:
    """Versions of everything that computes: Tongban, Python, and the packages a kind of study uses."""
    found = {"tongban": tongban.__version__, "python": platform.python_version()}
    for package in packages:
        found[package] = importlib.metadata.version(package)
    return found


def sha256(path: Path) -> str:
    """Of the file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Choices as JSON: records become tables, sets lists, paths names."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, frozenset | set):
        return sorted(plain(item) for item in value)
    return value.name if isinstance(value, Path) else value
