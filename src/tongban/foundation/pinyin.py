"""Hanyu pinyin without tones, for search, short names and English names of places."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any


def syllables(text: str, *, other: Callable[[str], list[str]] | None = None, v_to_u: bool = False) -> list[str]:
    """The syllables of a text, most likely reading first chosen by its words.

    Args:
        text: Chinese, perhaps with other signs between.
        other: what to make of a run that is not Chinese; left as it is otherwise.
        v_to_u: whether lü is written with ü, not v.
    """
    found: list[str] = _speaker(v_to_u).lazy_pinyin(text, errors=other or "default")
    return found


@cache
def _speaker(v_to_u: bool) -> Any:  # noqa: ANN401, FBT001 - pypinyin's own
    """Pypinyin with its own settings, and a memory: there are 1,500 readings, and taking the tone off one by regular
    expressions costs more than finding it.
    """
    # The dictionary takes half a second to load: only who needs it waits for it.
    from pypinyin.converter import UltimateConverter  # noqa: PLC0415
    from pypinyin.core import Pinyin  # noqa: PLC0415

    class Remembering(UltimateConverter):
        def __init__(self) -> None:
            super().__init__(v_to_u=v_to_u)
            self.toneless: dict[str, str] = {}

        def convert_style(self, han: str, orig_pinyin: str, style: Any, strict: bool, **options: Any) -> str:  # noqa: ANN401, FBT001
            if orig_pinyin not in self.toneless:
                self.toneless[orig_pinyin] = super().convert_style(han, orig_pinyin, style, strict, **options)
            return self.toneless[orig_pinyin]

    return Pinyin(Remembering())


def add_readings(readings: Mapping[str, list[list[str]]]) -> None:
    """Words that are read otherwise than the dictionary has it: each with the readings of its characters."""
    from pypinyin import load_phrases_dict  # noqa: PLC0415 - as above

    load_phrases_dict(dict(readings))
