"""The two languages of a study and its results."""

from collections.abc import Sequence
from typing import Literal

Language = Literal["zh", "en"]
Text = tuple[str, str]
"""The same in Chinese and in English."""

LANGUAGES: tuple[Language, ...] = ("zh", "en")

NONE: Text = ("无", "none")


def pick(text: Text, language: Language) -> str:
    return text[LANGUAGES.index(language)]


def listed(items: Sequence[str], language: Language) -> str:
    """Names in a row, or the word for none."""
    if not items:
        return pick(NONE, language)
    return ("、" if language == "zh" else ", ").join(items)
