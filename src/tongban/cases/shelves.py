"""Documents of the law's working that ship as YAML files: procedures, bundles. Each version is a file of its own."""

import re
from collections.abc import Callable, Collection, Mapping
from functools import cached_property, lru_cache
from importlib.resources.abc import Traversable
from typing import Generic, Protocol, TypeVar

import yaml
from django.utils.translation import gettext as _

from tongban.foundation.yamltext import RepeatedKeyError

_FILE = re.compile(r"(?P<code>[a-z][a-z0-9-]*)-(?P<version>[0-9]+)\.yaml")


class DocumentError(ValueError):
    """A document that must not be used; `problems` says everything that is wrong with it, in the reader's language and
    each with its place in the text: `states.accepted.limit: ...`.
    """

    kind = "document"

    def __init__(self, code: str, problems: Collection[str]) -> None:
        self.problems = list(problems)
        super().__init__(f"{self.kind} {code}: {'; '.join(problems)}")


def not_yaml(error: yaml.YAMLError) -> str:
    """Where a text stops being YAML. What the parser expected there it says in English only."""
    if isinstance(error, RepeatedKeyError):
        return _("line %(line)s: the key %(key)s stands in line %(first)s already") % {
            "line": error.line,
            "key": repr(error.key),
            "first": error.first_line,
        }
    mark = getattr(error, "problem_mark", None)
    because = str(getattr(error, "problem", None) or error)
    if mark is None:
        return _("it is not YAML (%(because)s)") % {"because": because}
    return _("line %(line)s, column %(column)s: it is not YAML (%(because)s)") % {
        "line": mark.line + 1,
        "column": mark.column + 1,
        "because": because,
    }


def missing_key(key: str) -> str:
    """The problem of a key that must be there."""
    return _("missing key %(key)s") % {"key": repr(key)}


def unknown_key(key: object) -> str:
    """The problem of a key that means nothing here."""
    return _("unknown key %(key)s") % {"key": repr(key)}


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


def no_version(version: int) -> str:
    """The problem of a version that is not there."""
    return _("there is no version %(version)s") % {"version": version}


class Shelf(Generic[Document]):
    """The documents of a folder that ships: `<code>-<version>.yaml`."""

    def __init__(
        self,
        folder: Traversable,
        read: Callable[[str], Document],
        refused: type[DocumentError],
        read_kept: Callable[[str], Document],
    ) -> None:
        """`read` makes a document of a text, or raises `refused`; `read_kept` does so with one that was taken in, maybe
        before every check of today was there: cases follow it to their end.
        """
        self._folder, self.read, self.refused, self.read_kept = folder, read, refused, read_kept
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
            raise self.refused(code, [_("there is no such code")])
        if version not in self.versions[code]:
            raise self.refused(code, [no_version(version)])
        return (self._folder / f"{code}-{version}.yaml").read_text(encoding="utf-8")

    def _document(self, code: str, version: int) -> Document:
        document = self.read(self.text(code, version))
        if (document.code, document.version) != (code, version):
            said = {"version": version, "said": f"{document.code} {document.version}"}
            raise self.refused(code, [_("the file of version %(version)s says %(said)s") % said])
        return document
