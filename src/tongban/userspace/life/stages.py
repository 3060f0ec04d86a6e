"""The stages, read from `stages.yaml`, and which of them a service belongs to. Pure but for reading that file."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tongban.foundation.yamltext import read_yaml
from tongban.items.models import Audience


@dataclass(frozen=True)
class Stage:
    """A stage of life, of a person or of a business.

    Attributes:
        words: what a service's Chinese name matches that belongs to it; a regular expression that means the same to
            Python and to PostgreSQL.
        but_not: what its name does not match; empty for nothing.
        items: codes of the basic catalogue that belong to it.
        themes: codes of themes that do.
    """

    slug: str
    audience: str
    name: str
    name_en: str
    lead: str
    lead_en: str
    words: str
    but_not: str
    items: frozenset[str]
    themes: frozenset[str]

    def holds(self, name: str, item: str = "", themes: Collection[str] = (), audiences: Collection[str] = ()) -> bool:
        """Whether a service belongs to it.

        Args:
            name: its Chinese name.
            item: its basic code.
            themes: codes of its themes.
            audiences: for whom it is; empty where it is not stated.
        """
        if audiences and self.audience not in audiences:
            return False
        if item in self.items or not self.themes.isdisjoint(themes):
            return True
        return bool(re.search(self.words, name)) and not (self.but_not and re.search(self.but_not, name))


class StagesError(ValueError):
    """The file of stages is wrong; the message names the stage and the key."""


_KEYS = {"slug", "audience", "name", "lead", "items", "themes", "words", "but_not"}


@cache
def stages() -> Sequence[Stage]:
    """Every stage in its order: those of people, then those of businesses."""
    text = (files("tongban.userspace.life") / "stages.yaml").read_text(encoding="utf-8")
    return read_stages(read_yaml(text))


def read_stages(document: list[dict[str, Any]]) -> Sequence[Stage]:
    """Raises:
    StagesError: a key is unknown or missing, a word is no regular expression, or a slug stands twice.
    """
    found: dict[str, Stage] = {}
    for number, entry in enumerate(document, start=1):
        slug = str(entry.get("slug", number))
        wrong = (set(entry) - _KEYS) | {key for key in _KEYS - {"but_not"} if key not in entry}
        if wrong or slug in found or entry["audience"] not in Audience.values:
            raise StagesError(
                f"stage {slug}: {', '.join(sorted(wrong)) or 'slug stands twice, or audience is unknown'}"
            )
        for key in ("words", "but_not"):
            try:
                re.compile(entry.get(key, ""))
            except re.error as error:
                raise StagesError(f"stage {slug}, {key}: {error}") from None
        found[slug] = Stage(
            slug,
            entry["audience"],
            entry["name"]["zh"],
            entry["name"]["en"],
            entry["lead"]["zh"],
            entry["lead"]["en"],
            entry["words"],
            entry.get("but_not", ""),
            frozenset(entry["items"]),
            frozenset(entry["themes"]),
        )
    return tuple(found.values())


def stages_of(name: str, item: str = "", themes: Collection[str] = (), audiences: Collection[str] = ()) -> list[Stage]:
    """The stages that a service belongs to."""
    return [stage for stage in stages() if stage.holds(name, item, themes, audiences)]
