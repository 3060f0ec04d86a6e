"""Which procedures there are: those that ship, and the versions an administrator entered.

A version never changes, so each is read once a process. New cases follow the latest version of the code their service
names; a case keeps the version it was filed under.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from tongban.cases.models import ProcedureVersion
from tongban.cases.procedure import Procedure, ProcedureError, read_procedure, shipped, shipped_text
from tongban.cases.procedure import shipped_versions as _shipped
from tongban.foundation.errors import ConflictError, InvalidError, NotFoundError
from tongban.foundation.ledger import append
from tongban.foundation.snapshot import Snapshot
from tongban.identity.actor import Actor
from tongban.identity.authority import require

_VERSION = re.compile(r"^version:.*$", re.MULTILINE)


def _latest_entered() -> Mapping[str, int]:
    rows = ProcedureVersion.objects.order_by().values("code").annotate(last=Max("version"))
    return {row["code"]: row["last"] for row in rows}


_entered = Snapshot(_latest_entered)


def forget_procedures() -> None:
    """Ask the database for entered versions anew the next time."""
    _entered.forget()
    _entered_version.cache_clear()


def latest_version(code: str) -> int:
    """Raises:
    ProcedureError: there is no procedure of this code.
    """
    latest = max((*_shipped().get(code, ()), _entered.get().get(code, 0)))
    if not latest:
        raise ProcedureError(code, ["there is no such procedure"])
    return latest


def latest_procedure(code: str) -> Procedure:
    """What a new case of this code follows."""
    return procedure_of(code, latest_version(code))


def procedure_of(code: str, version: int) -> Procedure:
    """One version.

    Raises:
        ProcedureError: there is none of this code and version.
    """
    if version in _shipped().get(code, ()):
        return shipped(code, version)
    return _entered_version(str(connection.settings_dict["NAME"]), code, version)


@lru_cache(maxsize=256)
def _entered_version(_database: str, code: str, version: int) -> Procedure:
    row = ProcedureVersion.objects.filter(code=code, version=version).first()
    if row is None:
        raise ProcedureError(code, [f"there is no version {version}"])
    return read_procedure(row.document)


@dataclass(frozen=True)
class ProcedureRow:
    code: str
    version: int
    name: str
    name_en: str
    entered_at: datetime | None
    entered_by: str


def procedures(actor: Actor) -> list[ProcedureRow]:
    """Every version there is, the latest of each code first."""
    require(actor, "maintain", "procedure")
    rows = [
        ProcedureRow(code, version, shipped(code, version).name, shipped(code, version).name_en, None, "")
        for code, versions in _shipped().items()
        for version in versions
    ]
    rows += [
        ProcedureRow(row.code, row.version, row.name, row.name_en, row.entered_at, row.entered_by)
        for row in ProcedureVersion.objects.defer("document")
    ]
    return sorted(rows, key=lambda row: (row.code, -row.version))


def procedure_text(actor: Actor, code: str, version: int) -> str:
    """The YAML of a version.

    Raises:
        NotFoundError: there is none.
    """
    require(actor, "maintain", "procedure")
    row = ProcedureVersion.objects.filter(code=code, version=version).values_list("document", flat=True).first()
    try:
        return row or shipped_text(code, version)
    except ProcedureError as error:
        raise NotFoundError(_("There is no such version of a procedure.")) from error


def enter_procedure(actor: Actor, text: str, now: datetime) -> Procedure:
    """Take in a procedure as the next version of its code; whatever version number the text names is replaced.

    Raises:
        InvalidError: under `document`, every problem by name; nothing is kept.
    """
    require(actor, "maintain", "procedure")
    try:
        given = read_procedure(text)
    except ProcedureError as error:
        raise InvalidError({"document": error.problems}) from error
    version = _next_version(given.code)
    kept = _VERSION.sub(f"version: {version}", text, count=1)
    if read_procedure(kept).version != version:
        raise InvalidError({"document": [_("The version stands on a line of its own.")]})
    try:
        with transaction.atomic():
            row = ProcedureVersion.objects.create(
                code=given.code,
                version=version,
                name=given.name,
                name_en=given.name_en,
                document=kept,
                entered_at=now,
                entered_by=actor.person_name or actor.process,
            )
            append(actor, "enter_procedure", "procedure", row.pk, {"document": kept})
    except IntegrityError as error:
        raise ConflictError(_("Somebody entered a version at the same moment. Look at it and try again.")) from error
    forget_procedures()
    return procedure_of(given.code, version)


def _next_version(code: str) -> int:
    forget_procedures()
    try:
        return latest_version(code) + 1
    except ProcedureError:
        return 1
