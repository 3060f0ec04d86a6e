"""A file of breached passwords of any size, looked up where it lies: nobody is asked over the network.

The format is that of Pwned Passwords, ordered by hash: one line for each password, its SHA-1 in 40 hexadecimal digits,
in order, and after a colon how often it was seen, which is not looked at. A look-up halves the file some forty times;
nothing is held in memory.
"""

import hashlib
import os
from pathlib import Path

_DIGITS = 40


class NotAListError(ValueError):
    """The file has not the format; the message says what was found."""


def is_breached(file: Path, password: str) -> bool:
    """Whether the password stands in the file.

    Raises:
        NotAListError: a line that was come by is none of this format.
        OSError: the file cannot be read.
    """
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with file.open("rb") as lines:
        low, high = 0, lines.seek(0, os.SEEK_END)
        # The line that begins at or after `low` is at most the wanted one; the one after `high` is greater.
        while low < high:
            middle = (low + high) // 2
            lines.seek(max(middle - 1, 0))
            if middle:
                lines.readline()  # to the beginning of a line
            line = lines.readline()
            if not line or (found := _hash(line)) > wanted:
                high = middle
            elif found == wanted:
                return True
            else:
                low = lines.tell()
    return False


def check(file: Path) -> None:
    """Look at the first lines.

    Raises:
        NotAListError, OSError: as `is_breached`, or they are not in order.
    """
    with file.open("rb") as lines:
        first = [_hash(line) for line, _turn in zip(lines, range(1000), strict=False)]
    if not first or first != sorted(first):
        raise NotAListError("empty, or not ordered by hash")


def _hash(line: bytes) -> bytes:
    digits, _colon, _count = line.strip().partition(b":")
    if len(digits) != _DIGITS or not all(each in b"0123456789abcdefABCDEF" for each in digits):
        raise NotAListError(f"not a SHA-1 in 40 hexadecimal digits: {digits[:12]!r}")
    return digits.upper()
