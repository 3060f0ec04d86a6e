"""How entities, levels and indices are called in tables and sentences."""

import re
from collections.abc import Sequence

from tongban.observatory.indices.analysis import Analysis
from tongban.observatory.indices.words import word
from tongban.observatory.study.language import Language, Text, listed, pick


class Naming:
    """Names in one language."""

    def __init__(self, analysis: Analysis, language: Language) -> None:
        self.analysis = analysis
        self.language = language

    def say(self, chinese: str, english: str) -> str:
        return chinese if self.language == "zh" else english

    def word(self, key: str) -> str:
        return word(key, self.language)

    def entity(self, name: str) -> str:
        label = self.analysis.labels.get(name)
        return pick(label, self.language) if label else name

    def entities(self, names: Sequence[str]) -> str:
        return listed([self.entity(name) for name in names], self.language)

    def members(self, names: Sequence[str]) -> str:
        """Members of a group, in the order a reader looks for them; nothing where they are too many to be named."""
        labels = [self.entity(name) for name in names]
        return listed(sorted(labels) if self.language == "en" else labels, self.language) if labels else ""

    def index(self, column: str) -> str:
        return self.analysis.study.label(column, self.language)

    def source(self, source: str) -> str:
        """Where a claim stands; “Table 2” is 表2 in Chinese."""
        return re.sub(r"^Table (\d+)$", r"表\1", source) if self.language == "zh" else source

    def short(self, column: str) -> str:
        """The abbreviation at the end of an index's name, “Online Service Index (OSI)”, or the whole name."""
        name = self.index(column)
        found = re.search(r"[(（]([^()（）]{1,8})[)）]$", name)
        return found.group(1) if found else name

    def component(self, names: Text) -> str:
        return pick(names, self.language)

    def level(self, level: int) -> str:
        return self.analysis.study.levels.label(level, self.language)

    def path(self, levels: Sequence[int]) -> str:
        return " → ".join(self.level(level) for level in levels)

    def level_named(self, name: str) -> str:
        """A level given by its key."""
        names = self.analysis.study.levels.names
        return self.level(names.index(name) + 1) if name in names else name

    def path_named(self, path: str) -> str:
        """A path given as keys, `low > high`, or the levels gained, `+2`."""
        if path[:1] in {"+", "-"}:
            return self.say(f"{path}级", f"{path} levels")
        return " → ".join(self.level_named(part) for part in path.split(" > "))

    def weighted(self, weights: Sequence[tuple[int, float]]) -> str:
        """In brackets after a name: what values were multiplied by, nothing where they were not."""
        if not weights:
            return ""
        given = ", ".join(f"{period} × {weight:g}" for period, weight in weights)
        return self.say(f"（{given}）", f" ({given})")
