"""Decision tables in force, for administrators."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from tongban.cases.intake import intake_table
from tongban.cases.queries.light.one_case import outcome_label
from tongban.cases.requirements import light_handling
from tongban.foundation.decisions import FieldType
from tongban.foundation.errors import NotFoundError
from tongban.foundation.forms.messages import worded
from tongban.identity.actor import Actor
from tongban.identity.authority import require
from tongban.items.light import ReasonedTable
from tongban.items.models import ServiceVersion
from tongban.items.queries import in_force_on


@dataclass(frozen=True)
class TableRow:
    """A decision table there is: whose, what for, in which version."""

    service_id: uuid.UUID | None
    service: str
    agency: str
    code: str
    version: int
    rules: int
    digest: str


@dataclass(frozen=True)
class TableView:
    """A table as people read it: columns with their type, and a line a rule."""

    row: TableRow
    columns: Sequence[tuple[str, str, str]]
    rules: Sequence[tuple[int, Sequence[tuple[str, str]], str, str]]


def decision_tables(actor: Actor, today: date) -> list[TableRow]:
    """Every table in force: intake, and those of services."""
    require(actor, "maintain", "procedure")
    intake = intake_table()
    rows = [TableRow(None, "", "", intake.code, intake.version, len(intake.rules), "")]
    versions = in_force_on(today).filter(light__isnull=False, is_applicable=True).select_related("service__agency")
    for version in versions.defer("form").order_by("service__agency__name", "name"):
        light = light_handling(version)
        rows += [_table_row(version, code, table) for code, table in light.tables()]
    return rows


def _table_row(version: ServiceVersion, code: str, table: ReasonedTable) -> TableRow:
    return TableRow(
        version.service_id,
        version.text("name"),
        version.service.agency.label,
        code,
        table.version,
        len(table.reasons),
        table.digest,
    )


def decision_table(actor: Actor, service_id: uuid.UUID, code: str, today: date) -> TableView:
    """One table of a service in force.

    Raises:
        NotFoundError: there is none of this code.
    """
    require(actor, "maintain", "procedure")
    version = (
        in_force_on(today).filter(service=service_id, light__isnull=False).select_related("service__agency").first()
    )
    table = dict(light_handling(version).tables()).get(code) if version else None
    if version is None or table is None:
        raise NotFoundError(_("There is no such table."))
    return TableView(
        _table_row(version, code, table),
        [(each.name, worded(each.label) or each.name, type_label(each.type)) for each in table.inputs.values()],
        [
            (
                number,
                [
                    (worded(each.label) or name, condition_label(rule.conditions.get(name)))
                    for name, each in table.inputs.items()
                ],
                outcome_label(rule.outcome),
                worded(table.reasons[number - 1]),
            )
            for number, rule in enumerate(table.table.rules, start=1)
        ],
    )


def type_label(kind: FieldType) -> str:
    """What a column may hold."""
    if kind.kind == "choice":
        return " / ".join(kind.choices)
    if kind.kind == "boolean":
        return _("yes or no")
    return f"{kind.least} – {kind.most}"


def condition_label(condition: object) -> str:
    """A cell of a table; a dash where the column does not matter."""
    if condition is None:
        return "–"
    if isinstance(condition, bool):
        return _("yes") if condition else _("no")
    return " / ".join(map(str, condition)) if isinstance(condition, list) else str(condition)
