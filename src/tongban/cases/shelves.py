"""Documents of the law's working that ship as YAML files: procedures, bundles. Each version is a file of its own."""

import re
from collections.abc import Callable, Collection, Mapping
from functools import cached_property, lru_cache
from importlib.resources.abc import Traversable
from typing import Generic, Protocol, TypeVar

_FILE = re.compile(r"(?P<code>[a-z][a-z0-9-]*)-(?P<version>[0-9]+)\.yaml")


class DocumentError(ValueError):
    """A document that must not be used; `problems` says everything that is wrong with it."""

    kind = "document"

    def __init__(self, code: str, problems: Collection[str]) -> None:
        self.problems = list(problems)
        super().__init__(f"{self.kind} {code}: {'; '.join(problems)}")


class Versioned(Protocol):
    """What every such document says of itself."""

    @property
    def code(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def name_en(self) -> str: ...


Document = TypeVar("Document", bound=Versioned)


class Shelf(Generic[Document]):
    """The documents of a folder that ships: `<code>-<version>.yaml`."""

    def __init__(self, folder: Traversable, read: Callable[[str], Document], refused: type[DocumentError]) -> None:
        """`read` makes a document of a text, or raises `refused`."""
        self._folder, self.read, self.refused = folder, read, refused
        self.document = lru_cache(maxsize=None)(self._document)

    @cached_property
    def versions(self) -> Mapping[str, tuple[int, ...]]:
        """Versions by code."""
        found: dict[str, list[int]] = {}
        for entry in self._folder.iterdir():
            if match := _FILE.fullmatch(entry.name):
                found.setdefault(match["code"], []).append(int(match["version"]))
        return {code: tuple(sorted(versions)) for code, versions in sorted(found.items())}

    def text(self, code: str, version: int) -> str:
        """The YAML of a version.

        Raises:
            DocumentError: none of this code and version ships.
        """
        if code not in self.versions:
            raise self.refused(code, [f"there is no such {self.refused.kind}"])
        if version not in self.versions[code]:
            raise self.refused(code, [f"there is no version {version}"])
        return (self._folder / f"{code}-{version}.yaml").read_text(encoding="utf-8")

    def _document(self, code: str, version: int) -> Document:
        document = self.read(self.text(code, version))
        if (document.code, document.version) != (code, version):
            raise self.refused(code, [f"the file of version {version} says {document.code} {document.version}"])
        return document
