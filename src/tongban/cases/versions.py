"""Versioned documents: those that ship, and further versions that administrators enter.

A version never changes, so each is read once a process. What is new follows the latest version of its code; what has
begun keeps the version it began under; so a number that an administrator entered keeps its meaning here when a version
that ships later has it, too.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Generic

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from tongban.cases.models import BundleVersion, ProcedureVersion
from tongban.cases.shelves import Document, DocumentError, Shelf, no_version
from tongban.foundation.errors import ConflictError, InvalidError, NotFoundError
from tongban.foundation.ledger import append
from tongban.foundation.snapshot import Snapshot
from tongban.identity.actor import Actor
from tongban.identity.authority import require

_VERSION = re.compile(r"^version:.*$", re.MULTILINE)


@dataclass(frozen=True)
class VersionRow:
    """A version in a list: who entered it and when, where it does not ship."""

    code: str
    version: int
    name: str
    name_en: str
    entered_at: datetime | None
    entered_by: str


class VersionStore(Generic[Document]):
    """What ships and what was entered, of one kind (`procedure`, `bundle`); the authority table knows it by that."""

    def __init__(self, kind: str, shelf: Shelf[Document], table: type[ProcedureVersion] | type[BundleVersion]) -> None:
        self._kind, self._shelf, self._table = kind, shelf, table
        self._numbers = Snapshot(self._read_numbers)
        # By database too: tests, and a command that opens another installation, have several in one process.
        self._entered = lru_cache(maxsize=256)(self._read_entered)

    def forget(self) -> None:
        """Ask the database for entered versions anew the next time."""
        self._numbers.forget()
        self._entered.cache_clear()

    def codes(self) -> list[str]:
        """Every code there is."""
        return sorted(self._shelf.versions.keys() | self._numbers.get().keys())

    def latest_version(self, code: str) -> int:
        """The newest version of a code; 0 where there is none of this code."""
        numbers = {*self._shelf.versions.get(code, ()), *self._numbers.get().get(code, ())}
        return max(numbers, default=0)

    def latest(self, code: str) -> Document:
        """What is new of this code follows this.

        Raises:
            DocumentError: there is none of this code.
        """
        version = self.latest_version(code)
        if not version:
            raise self._shelf.refused(code, [_("there is no such code")])
        return self.of(code, version)

    def of(self, code: str, version: int) -> Document:
        """One version.

        Raises:
            DocumentError: there is none of this code and version.
        """
        ships = version in self._shelf.versions.get(code, ())
        if ships and version not in self._numbers.get().get(code, ()):
            return self._shelf.document(code, version)
        return self._entered(str(connection.settings_dict["NAME"]), code, version)

    def rows(self, actor: Actor) -> list[VersionRow]:
        """Every version there is, the latest of each code first; for who maintains them."""
        require(actor, "maintain", self._kind)
        shipped = [self._shelf.document(code, v) for code, versions in self._shelf.versions.items() for v in versions]
        rows = {
            (one.code, one.version): VersionRow(one.code, one.version, one.name, one.name_en, None, "")
            for one in shipped
        } | {
            (row.code, row.version): VersionRow(
                row.code, row.version, row.name, row.name_en, row.entered_at, row.entered_by
            )
            for row in self._table.objects.defer("document")
        }
        return sorted(rows.values(), key=lambda row: (row.code, -row.version))

    def text(self, actor: Actor, code: str, version: int) -> str:
        """The YAML of a version; for who maintains them.

        Raises:
            NotFoundError: there is none.
        """
        require(actor, "maintain", self._kind)
        row = self._table.objects.filter(code=code, version=version).values_list("document", flat=True).first()
        try:
            return row or self._shelf.text(code, version)
        except DocumentError as error:
            raise NotFoundError(_("There is no such version.")) from error

    def enter(
        self, actor: Actor, text: str, now: datetime, problems_of: Callable[[Document], list[str]] | None = None
    ) -> Document:
        """Take a document in as the next version of its code; whatever version number the text names is replaced. One
        that says the same as the latest is that one.

        Args:
            actor: who maintains them.
            text: the YAML.
            now: the moment.
            problems_of: what else is wrong with a document that can be read.

        Raises:
            InvalidError: under `document`, every problem by name; nothing is kept.
            ConflictError: somebody entered one at the same moment.
        """
        require(actor, "maintain", self._kind)
        try:
            given = self._shelf.read(text)
        except DocumentError as error:
            raise InvalidError({"document": error.problems}) from error
        if problems := problems_of(given) if problems_of else []:
            raise InvalidError({"document": problems})
        self.forget()
        if latest := self.latest_version(given.code):
            here = self.of(given.code, latest)
            if self._shelf.read(_VERSION.sub(f"version: {latest}", text, count=1)) == here:
                return here  # the second click, or nothing that differs
        version = latest + 1
        kept = _VERSION.sub(f"version: {version}", text, count=1)
        if self._shelf.read(kept).version != version:
            raise InvalidError({"document": [_("The version stands on a line of its own.")]})
        try:
            with transaction.atomic():
                row = self._table.objects.create(
                    code=given.code,
                    version=version,
                    name=given.name,
                    name_en=given.name_en,
                    document=kept,
                    entered_at=now,
                    entered_by=actor.person_name or actor.process,
                )
                append(actor, f"enter_{self._kind}", self._kind, row.pk, {"document": kept})
        except IntegrityError as error:
            message = _("Somebody entered a version at the same moment. Look at it and try again.")
            raise ConflictError(message) from error
        self.forget()
        return self.of(given.code, version)

    def _read_numbers(self) -> Mapping[str, frozenset[int]]:
        numbers: dict[str, set[int]] = {}
        for code, version in self._table.objects.order_by().values_list("code", "version"):
            numbers.setdefault(code, set()).add(version)
        return {code: frozenset(versions) for code, versions in numbers.items()}

    def _read_entered(self, _database: str, code: str, version: int) -> Document:
        row = self._table.objects.filter(code=code, version=version).first()
        if row is None:
            raise self._shelf.refused(code, [no_version(version)])
        return self._shelf.read_kept(row.document)
