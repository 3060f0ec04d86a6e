"""A service as the values of the exchange format's columns, and back to rows of the tables.

`values` are typed (dates, numbers, lists) by exchange name; `native` is their one canonical written form, which
exports write and by which an import sees whether a row changed anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tongban.government.models import Agency
from tongban.items.fields import CHILD_GROUPS, SERVICE_FIELDS, Field
from tongban.items.kinds import Native
from tongban.items.models import Fee, Material, Question, Service, ServiceVersion
from tongban.items.rules import FeeView, MaterialView, VersionView, online_depth

Values = dict[str, Any]

_VERSION_FIELDS = tuple(f for f in SERVICE_FIELDS.values() if f.owner == "version" and f.name != "online_handle_depth")
_SERVICE_FIELDS = tuple(f for f in SERVICE_FIELDS.values() if f.owner == "service")
VERSION_COLUMNS = frozenset(
    {f.name for f in SERVICE_FIELDS.values() if f.owner in {"version", "state"}} | set(CHILD_GROUPS)
)
CHILD_MODELS: dict[str, type[Material] | type[Fee] | type[Question]] = {
    "materials": Material,
    "fees": Fee,
    "questions": Question,
}


@dataclass
class Rows:
    """A version with its rows, not yet saved."""

    version: ServiceVersion
    children: dict[str, list[Material | Fee | Question]] = field(default_factory=dict)


def values_of(version: ServiceVersion) -> Values:
    """The typed values of a stored version; its service, agency, platform and rows should be loaded with it."""
    service, agency = version.service, version.service.agency
    values: Values = {
        "service_id": str(service.pk),
        "platform": service.platform.code,
        "region": agency.region_id,
        "department": agency.department.code,
        "dept_code": agency.credit_code,
        "dept_name": agency.name,
        "task_state": (
            ServiceVersion.State.WITHDRAWN
            if version.state == ServiceVersion.State.WITHDRAWN
            else ServiceVersion.State.PUBLISHED
        ),
    }
    values |= {f.name: getattr(service, f.attribute) for f in _SERVICE_FIELDS}
    if not values["catalog_code"] and service.item:
        values["catalog_code"] = service.item.code
    values |= {f.name: getattr(version, f.attribute) for f in _VERSION_FIELDS}
    values["online_handle_depth"] = version.stated_online_depth or online_depth(
        version.online_capabilities, version.visits
    )
    for group, fields in CHILD_GROUPS.items():
        rows = sorted(getattr(version, group).all(), key=_position)
        values[group] = [{f.name: getattr(row, f.attribute) for f in fields} for row in rows]
    return values


def _position(row: Material | Fee | Question) -> int:
    return row.position


def native_of(values: Mapping[str, Any]) -> dict[str, Native]:
    """The canonical written form of every column there is a value for."""
    native: dict[str, Native] = {}
    for name, value in values.items():
        if name in CHILD_GROUPS:
            native[name] = [_native_row(CHILD_GROUPS[name], row) for row in value]
        else:
            native[name] = SERVICE_FIELDS[name].kind.write(value)
    return native


def _native_row(fields: Sequence[Field], row: Mapping[str, Any]) -> dict[str, Native]:
    """A row of a group without what it does not state: the groups stand inside a cell, and blanks say nothing."""
    written = {f.name: f.kind.write(row.get(f.name)) for f in fields}
    return {name: value for name, value in written.items() if value is not None and value != ""}


def service_attributes(values: Mapping[str, Any]) -> dict[str, Any]:
    """The service's own columns among the values, by our names."""
    return {f.attribute: values[f.name] for f in _SERVICE_FIELDS if f.name in values}


def rows_of(values: Mapping[str, Any], service: Service, number: int, depth_stated: str) -> Rows:
    """A draft version with these values and its rows. A column without a value keeps the table's default."""
    version = ServiceVersion(
        service=service,
        number=number,
        stated_online_depth=depth_stated,
        **{f.attribute: values[f.name] for f in _VERSION_FIELDS if values.get(f.name) is not None},
    )
    rows = Rows(version)
    for group, fields in CHILD_GROUPS.items():
        model = CHILD_MODELS[group]
        rows.children[group] = [
            model(
                version=version,
                position=position,
                **{f.attribute: one[f.name] for f in fields if one.get(f.name) is not None},
            )
            for position, one in enumerate(values.get(group, ()), start=1)
        ]
    return rows


def stated_depth(values: Mapping[str, Any]) -> str:
    """The depth to store as stated: nothing where the capabilities already amount to it."""
    depth: str = values.get("online_handle_depth") or ""
    derived = online_depth(values.get("online_capabilities") or (), values.get("limit_scene_num"))
    return "" if depth == derived else depth


def view_of(
    service: Service,
    agency: Agency,
    version: ServiceVersion,
    children: Mapping[str, Sequence[Material | Fee | Question]],
) -> VersionView:
    """What the rules look at, from rows of the tables (saved or not)."""
    return VersionView(
        name=version.name,
        item_type=version.item_type,
        implementation_code=service.implementation_code or "",
        foreign_code=service.foreign_code or "",
        credit_code=agency.credit_code,
        legal_limit=version.legal_limit,
        legal_limit_unit=version.legal_limit_unit,
        promised_limit=version.promised_limit,
        promised_limit_unit=version.promised_limit_unit,
        promised_limit_note=version.promised_limit_note,
        handling_kind=version.handling_kind,
        handling_steps=version.handling_steps,
        special_procedures=version.special_procedures,
        audiences=version.audiences,
        channels=version.channels,
        visits=version.visits,
        visits_reason=version.visits_reason,
        consultation_contact=version.consultation_contact,
        complaint_contact=version.complaint_contact,
        result_type=version.result_type,
        result_sample=version.result_sample,
        online_payment=version.online_payment,
        person_topics=version.person_topics,
        organisation_topics=version.organisation_topics,
        online=version.online,
        stated_online_depth=version.stated_online_depth,
        online_capabilities=version.online_capabilities,
        is_charged=version.is_charged,
        materials=[
            MaterialView(m.name, m.necessity, m.source, m.resource_code)
            for m in children["materials"]
            if isinstance(m, Material)
        ],
        fees=[FeeView(f.name, f.standard, f.basis) for f in children["fees"] if isinstance(f, Fee)],
        questions=len(children["questions"]),
    )


def stored_view(version: ServiceVersion) -> VersionView:
    """The same for a stored version."""
    children = {group: list(getattr(version, group).all()) for group in CHILD_GROUPS}
    return view_of(version.service, version.service.agency, version, children)
