"""Decision tables in force, for administrators."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from tongban.cases.intake import intake_table
from tongban.cases.queries.light.one_case import choice_label, outcome_label, question_of
from tongban.cases.requirements import form_of, light_handling, published_version
from tongban.foundation.errors import NotFoundError
from tongban.foundation.forms.messages import worded
from tongban.identity.actor import Actor
from tongban.identity.authority import require
from tongban.items.light import Input, ReasonedTable
from tongban.items.models import ServiceVersion
from tongban.items.queries import in_force_on


@dataclass(frozen=True)
class TableRow:
    """A decision table there is: whose, what for, in which version."""

    service_id: uuid.UUID | None
    service: str
    agency: str
    code: str
    name: str
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
    rows = [TableRow(None, "", "", intake.code, _("Check on intake"), intake.version, len(intake.rules), "")]
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
        table_label(code, version),
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
        [(each.name, column_label(each, version), type_label(each, version)) for each in table.inputs.values()],
        [
            (
                number,
                [
                    (column_label(each, version), condition_label(rule.conditions.get(name), each, version))
                    for name, each in table.inputs.items()
                ],
                outcome_label(rule.outcome),
                worded(table.reasons[number - 1]),
            )
            for number, rule in enumerate(table.table.rules, start=1)
        ],
    )


def table_label(code: str, version: ServiceVersion) -> str:
    """What a table is for; `code` is its place in the version's light handling."""
    scope, _dot, name = code.rpartition(".")
    if scope == "guidance.materials":
        # Those that the table itself came from, read once a process: another version with a table costs no query more.
        materials = published_version(version.pk).materials.all()
        material = next((m.text("name") for m in materials if str(m.position) == name), name)
        return _("Guidance: whether “%s” is handed in") % material
    if scope == "guidance.fields":
        field = form_of(version).fields.get(name)
        return _("Guidance: whether “%s” is asked") % ((worded(field.label) if field else "") or name)
    return {"instant": _("Decision at once by rule"), "offer": _("Benefit offered without application")}.get(code, code)


def column_label(each: Input, version: ServiceVersion) -> str:
    """What a column is called; of the guidance, its question."""
    question = question_of(each, version)
    return worded(each.label) or (worded(question.label) if question else "") or each.name


def type_label(each: Input, version: ServiceVersion) -> str:
    """What a column may hold."""
    if each.type.kind == "choice":
        return " / ".join(choice_label(value, each, version) for value in each.type.choices)
    if each.type.kind == "boolean":
        return _("yes or no")
    return f"{each.type.least} – {each.type.most}"


def condition_label(condition: object, each: Input, version: ServiceVersion) -> str:
    """A cell of a table; a dash where the column does not matter."""
    if condition is None:
        return "–"
    if isinstance(condition, bool):
        return _("yes") if condition else _("no")
    values = [str(value) for value in condition] if isinstance(condition, list) else [str(condition)]
    return " / ".join(choice_label(value, each, version) for value in values)
