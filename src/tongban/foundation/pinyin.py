"""Hanyu pinyin without tones, for search, short names and English names of places."""

from collections.abc import Callable, Mapping


def syllables(text: str, *, other: Callable[[str], list[str]] | None = None, v_to_u: bool = False) -> list[str]:
    """The syllables of a text, most likely reading first chosen by its words.

    Args:
        text: Chinese, perhaps with other signs between.
        other: what to make of a run that is not Chinese; left as it is otherwise.
        v_to_u: whether lü is written with ü, not v.
    """
    # The dictionary takes half a second to load: only who needs it waits for it.
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    return lazy_pinyin(text, style=Style.NORMAL, v_to_u=v_to_u, errors=other or "default")  # type: ignore[arg-type] # its documentation allows a list, its types do not


def add_readings(readings: Mapping[str, list[list[str]]]) -> None:
    """Words that are read otherwise than the dictionary has it: each with the readings of its characters."""
    from pypinyin import load_phrases_dict  # noqa: PLC0415 - as above

    load_phrases_dict(dict(readings))
