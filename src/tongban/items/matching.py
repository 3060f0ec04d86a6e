"""Which service a row of a file is, and what that service says already."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext as _

from tongban.government.models import Platform
from tongban.items.exchange_format import Record
from tongban.items.fields import CHILD_GROUPS
from tongban.items.models import Service, ServiceVersion
from tongban.items.records import Values, values_of

State = ServiceVersion.State
_KEYS = ("service_id", "task_code", "task_handle_item", "foreign_code")
# The handling code cannot stand twice, but it is no key to find a service by.
_MATCHING = ("service_id", "task_code", "foreign_code")


@dataclass
class Existing:
    """A service in the register, with every version it has."""

    service: Service
    matched_by: str
    versions: list[ServiceVersion] = field(default_factory=list)
    _numbered: int = 0

    def _ever_in_force(self) -> list[ServiceVersion]:
        return [
            v
            for v in self.versions
            if v.state in {State.PUBLISHED, State.SUPERSEDED} or (v.state == State.WITHDRAWN and v.effective_to)
        ]

    def _latest(self, day: date | None) -> ServiceVersion | None:
        begun = [v for v in self._ever_in_force() if day is None or v.effective_from <= day]
        return max(begun, key=lambda v: (v.effective_from, v.number), default=None)

    def in_force(self, day: date) -> ServiceVersion | None:
        """The version in force on the day (the rule of `queries.in_force_on`, over loaded rows)."""
        latest = self._latest(day)
        return latest if latest and (latest.effective_to is None or day < latest.effective_to) else None

    def begins_after(self, day: date) -> bool:
        return any(v.effective_from >= day for v in self._ever_in_force())

    def base(self, effective_from: date | None, today: date) -> tuple[Values, str]:
        """What the service says at the row's effective date (or, where the row has none, today), and the depth that
        stands there as stated; nothing where no version was ever published.
        """
        if effective_from:
            version = self._latest(effective_from) or self._earliest()
        else:
            version = self._latest(today) or self._latest(None)
        if version is None:
            return {}, ""
        version.service = self.service
        return values_of(version), version.stated_online_depth

    def withdrawn_from(self) -> date | None:
        """From when the service is withdrawn, where nothing came after."""
        latest = self._latest(None)
        return latest.effective_to if latest and latest.state == State.WITHDRAWN else None

    def _earliest(self) -> ServiceVersion | None:
        return min(self._ever_in_force(), key=lambda v: (v.effective_from, v.number), default=None)

    def next_number(self) -> int:
        self._numbered = max([self._numbered, *(v.number for v in self.versions)]) + 1
        return self._numbered


class Matcher:
    """Finds the services of a run of rows with one query a key, and keeps what keys the file has used so far."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, object], int] = {}
        self._by_key: dict[tuple[str, object], Service] = {}
        self._versions: dict[uuid.UUID, list[ServiceVersion]] = {}

    def load(self, records: Sequence[Record], platforms: Sequence[Platform | None]) -> None:
        """Look up every service that a key of these rows names."""
        self._by_key, self._versions = {}, {}
        pairs = list(zip(records, platforms, strict=True))
        wanted: dict[str, set[str]] = {name: set() for name in _KEYS}
        for record, _platform in pairs:
            for name in _KEYS:
                if record.values.get(name):
                    wanted[name].add(record.values[name])
        services = Service.objects.select_related("agency__department", "agency__region", "platform", "item")
        columns = {"service_id": "pk", "task_code": "implementation_code", "task_handle_item": "handling_code"}
        for name, column in columns.items():
            ids = [i for i in wanted[name] if name != "service_id" or _is_uuid(i)]
            for service in services.filter(**{f"{column}__in": ids}) if ids else ():
                self._by_key[name, str(getattr(service, column))] = service
        for platform in {p.pk: p for p in platforms if p}.values():
            codes = {
                r.values["foreign_code"] for r, p in pairs if p and p.pk == platform.pk and r.values.get("foreign_code")
            }
            for service in services.filter(platform=platform, foreign_code__in=codes) if codes else ():
                self._by_key["foreign_code", (platform.pk, service.foreign_code)] = service
        found = {service.pk for service in self._by_key.values()}
        if found:
            versions = ServiceVersion.objects.filter(service__in=found).prefetch_related(*CHILD_GROUPS)
            for version in versions:
                self._versions.setdefault(version.service_id, []).append(version)

    def match(self, record: Record, platform: Platform | None) -> Existing | None:
        """The service a row is; None for a new one. Keys that contradict each other or repeat are the row's errors."""
        keys = {
            name: (name, (platform.pk if platform else None, value) if name == "foreign_code" else value)
            for name in _KEYS
            if (value := record.values.get(name))
        }
        for name, key in keys.items():
            first = self._lines.setdefault(key, record.line)
            if first != record.line:
                record.error(
                    name,
                    record.values[name],
                    _("a code that stands once; it stands in line %(line)d too") % {"line": first},
                )
        matched_by = next((name for name in _MATCHING if name in keys and keys[name] in self._by_key), None)
        service = self._by_key[keys[matched_by]] if matched_by else None
        for name in self._others(keys, service):
            record.error(name, record.values[name], _("a code that no other service has"))
        if service is None or matched_by is None:
            return None
        return Existing(service, matched_by, self._versions.get(service.pk, []))

    def _others(self, keys: dict[str, tuple[str, object]], service: Service | None) -> Iterable[str]:
        for name, key in keys.items():
            other = self._by_key.get(key)
            if other and (service is None or other.pk != service.pk):
                yield name


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
