"""The font that ships: Noto Sans CJK SC, all ideographs of the Unified block and Extension A, and Latin.

Documents and charts are set with it alone, so that they look the same everywhere; what it lacks is found first.
"""

from functools import cache
from pathlib import Path
from struct import unpack_from

FONT_FOLDER = Path(__file__).resolve().parent
FONT_FILE = FONT_FOLDER / "NotoSansCJKsc-Regular-subset.otf"
FONT_FAMILY = "Noto Sans CJK SC"

_PLATFORM_WINDOWS, _UNICODE_FULL, _UNICODE_BMP = 3, 10, 1


def missing_characters(text: str) -> list[str]:
    """Characters of `text` the font cannot set, each once, sorted; control characters are not counted."""
    covered = _coverage()
    return sorted({c for c in text if not c.isspace() and ord(c) not in covered})


@cache
def _coverage() -> frozenset[int]:
    """Code points in the font's character map (OpenType `cmap`, formats 4 and 12)."""
    data = FONT_FILE.read_bytes()
    tables = {
        data[at : at + 4]: unpack_from(">II", data, at + 8)
        for at in range(12, 12 + 16 * unpack_from(">H", data, 4)[0], 16)
    }
    cmap = tables[b"cmap"][0]
    points: set[int] = set()
    for at in range(cmap + 4, cmap + 4 + 8 * unpack_from(">H", data, cmap + 2)[0], 8):
        platform, encoding, offset = unpack_from(">HHI", data, at)
        if platform == _PLATFORM_WINDOWS and encoding == _UNICODE_FULL:
            points |= _format_12(data, cmap + offset)
        elif platform == _PLATFORM_WINDOWS and encoding == _UNICODE_BMP:
            points |= _format_4(data, cmap + offset)
    return frozenset(points)


def _format_12(data: bytes, at: int) -> set[int]:
    groups = (unpack_from(">III", data, at + 16 + 12 * n) for n in range(unpack_from(">I", data, at + 12)[0]))
    return {point for first, last, _glyph in groups for point in range(first, last + 1)}


def _format_4(data: bytes, at: int) -> set[int]:
    count = unpack_from(">H", data, at + 6)[0]
    ends = unpack_from(f">{count // 2}H", data, at + 14)
    starts = unpack_from(f">{count // 2}H", data, at + 16 + count)
    last_point = 0xFFFF
    return {p for first, last in zip(starts, ends, strict=True) for p in range(first, last + 1) if p != last_point}
