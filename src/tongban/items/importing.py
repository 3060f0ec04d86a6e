"""Importing services from a file: every fault told, nothing half loaded, written in bulk.

Rows are read as a stream and written some hundred at a time in one transaction. A row is matched to a service by
`service_id`, else by `task_code`, else by platform and `foreign_code`; without such a key it is a new service.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.foundation import ledger
from tongban.foundation.errors import ConflictError
from tongban.government.models import Platform
from tongban.identity.actor import Actor
from tongban.identity.authority import require
from tongban.items.actions import end_services, light_problems, may_be_applied_for, settle_superseded
from tongban.items.agencies import Government
from tongban.items.bulk import copy_rows
from tongban.items.exchange_format import Record, read_records
from tongban.items.fields import CHILD_GROUPS
from tongban.items.matching import Existing, Matcher
from tongban.items.models import Item, Material, Service, ServiceVersion, Theme
from tongban.items.problems import Category, ImportReport
from tongban.items.reading import RawRow, ServiceFile
from tongban.items.records import (
    VERSION_COLUMNS,
    Rows,
    Values,
    native_of,
    rows_of,
    service_attributes,
    stated_depth,
    view_of,
)
from tongban.items.rules import check_view
from tongban.items.searchable import pinyin_of

CHUNK = 500
# From here on an import changes what the planner ought to believe of the tables.
MANY_ROWS = 200
State = ServiceVersion.State
Progress = Callable[[int], None]
# What decides to which service a row belongs; it is not part of what the version says.
_NEEDED = ("task_name", "task_type")
# The state is handled apart: it says what to do with the service, not what the service says.
_COMPARED = VERSION_COLUMNS - {"task_state"}


@dataclass(frozen=True)
class ImportOptions:
    """How a file is taken.

    Attributes:
        update: change services that exist; otherwise a row that meets one is an error.
        keep_going: load the good rows and leave the bad ones out; otherwise one bad row stops the whole file.
        dry_run: do everything, report it, keep nothing.
        effective_from: from when a new service counts where its row does not say.
        item_types: which codes the list writes for types ("national" or "guangdong").
        platform: whose the services are where their rows do not say; else their regions' home platforms'.
        feed: the platform whose feed this is; its services are theirs and never applicable here.
        source_url: where the feed was taken from.
    """

    update: bool = False
    keep_going: bool = False
    dry_run: bool = False
    effective_from: date | None = None
    item_types: str = "national"
    platform: Platform | None = None
    feed: Platform | None = None
    source_url: str = ""


@dataclass
class _Batch:
    """What a run of rows will write."""

    services: list[Service]
    changed: list[Service]
    versions: list[Rows]
    withdrawn: dict[date, list[object]]


def import_services(
    actor: Actor, file: ServiceFile, options: ImportOptions | None = None, progress: Progress | None = None
) -> ImportReport:
    """Import a file of services; one transaction, one ledger entry.

    Raises:
        FileRefusedError: the file as a whole cannot be read.
        NotAllowedError: the actor may not.
        ConflictError: somebody else wrote the same services meanwhile.
    """
    return import_rows(actor, file.rows(), file.format, file.sha256, options, progress)[0]


def import_rows(
    actor: Actor,
    rows: Iterator[RawRow],
    file_format: str,
    sha256: str,
    options: ImportOptions | None = None,
    progress: Progress | None = None,
) -> tuple[ImportReport, set[uuid.UUID]]:
    """The same from rows already read; also the ids of every service met."""
    require(actor, "maintain", "service")
    require(actor, "maintain", "government")
    options = options or ImportOptions()
    report = ImportReport(format=file_format, sha256=sha256, dry_run=options.dry_run)
    run = _Import(actor, options, report)
    began = time.monotonic()
    try:
        with transaction.atomic():
            run.take(rows, progress or (lambda _rows: None))
            report.loaded = not options.dry_run and (options.keep_going or not report.errors)
            if report.loaded:
                ledger.append(actor, "service.import", "file", sha256[:64], _summary(report))
                _tell_the_planner(report)
            else:
                transaction.set_rollback(True)
    except IntegrityError as error:
        raise ConflictError(
            _("The services could not be written, as others were written at the same time: %(fault)s")
            % {"fault": str(error).splitlines()[0]}
        ) from error
    report.seconds = time.monotonic() - began
    return report, run.met


def _tell_the_planner(report: ImportReport) -> None:
    """After a large import the statistics are refreshed at once: until they are, PostgreSQL believes the tables nearly
    empty and answers the first figures by nested loops, which take minutes.
    """
    if report.created + report.updated >= MANY_ROWS:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE items_service, items_serviceversion, government_agency, government_department")


def _summary(report: ImportReport) -> dict[str, Any]:
    whole = report.as_json()
    return {k: whole[k] for k in ("sha256", "rows", "created", "updated", "unchanged", "withdrawn", "versions")}


class _Import:
    """One run over a file."""

    def __init__(self, actor: Actor, options: ImportOptions, report: ImportReport) -> None:
        self.options = options
        self.report = report
        self.today = timezone.localdate()
        self.now: datetime = timezone.now()
        self.first_day = options.effective_from or self.today
        self.government = Government(actor)
        self.matcher = Matcher()
        self.met: set[uuid.UUID] = set()
        self.items = dict(Item.objects.values_list("code", "pk"))
        self.themes = set(Theme.objects.values_list("slug", flat=True))
        self.themes_told: set[str] = set()
        self.names: dict[tuple[object, str], int] = {}

    def take(self, rows: Iterator[RawRow], progress: Progress) -> None:
        records = read_records(rows, self.options.item_types)
        while chunk := list(islice(records, CHUNK)):
            self._chunk(chunk)
            self.report.rows += len(chunk)
            progress(self.report.rows)
        self.report.agencies_created = [str(a) for a in self.government.agencies_created]
        self.report.departments_created = [d.code for d in self.government.departments_created]

    def _chunk(self, records: Sequence[Record]) -> None:
        platforms = [self._platform(record) for record in records]
        self.matcher.load(records, platforms)
        batch = _Batch([], [], [], {})
        for record, platform in zip(records, platforms, strict=True):
            if not record.errors:
                self._record(record, platform, batch)
            self.report.errors += record.errors
            self.report.warnings += record.warnings
        if self.report.errors and not self.options.keep_going:
            return
        self._write(batch)

    def _platform(self, record: Record) -> Platform | None:
        """The platform a row names, else the one the whole file is of; the feed's own for a feed; None where the
        region's home platform is meant.
        """
        if self.options.feed:
            return self.options.feed
        code = record.values.get("platform")
        if not code and self.options.platform:
            return self.options.platform
        if not code:
            region = self.government.region(record.values.get("region") or "")
            return region.platform if region else None
        platform = self.government.platform(code)
        if platform is None:
            record.error("platform", code, _("the code of a platform that is in the register"))
        return platform

    def _record(self, record: Record, platform: Platform | None, batch: _Batch) -> None:
        existing = self.matcher.match(record, platform)
        if record.errors:
            return
        if existing is None:
            self._new(record, platform, batch)
        elif not self.options.update:
            record.error(
                existing.matched_by,
                record.values[existing.matched_by],
                _("a service that is not there yet; --update changes those that are"),
                Category.EXISTS,
            )
        elif existing.service.pk in self.met:
            record.error(
                existing.matched_by, record.values[existing.matched_by], _("one row for each service, not two")
            )
        else:
            self.met.add(existing.service.pk)
            self._changed(record, existing, platform, batch)

    def _new(self, record: Record, platform: Platform | None, batch: _Batch) -> None:
        values = record.values
        for name in _NEEDED:
            if not values.get(name):
                record.error(name, "", _("a value; it may not be blank"))
        if values.get("task_state") == State.WITHDRAWN:
            record.error("task_state", State.WITHDRAWN.label, _("a service in use; there is none yet to withdraw"))
        if record.errors:
            return
        agency = self.government.agency_of(record, platform)
        if agency is None:
            return
        self._tell_repeated(record, agency.region_id)
        if not values.get("plan_effective_date"):
            values["plan_effective_date"] = self.first_day
            if not self._in_order(record, values):
                return
        service = Service(agency=agency, platform=platform or agency.region.platform, **service_attributes(values))
        if values.get("service_id"):
            service.pk = uuid.UUID(values["service_id"])
        service.source = Service.Source.FEED if self.options.feed else Service.Source.IMPORT
        service.source_url = service.source_url or self.options.source_url
        service.item_id = self.items.get(service.catalogue_code)
        self.met.add(service.pk)
        batch.services.append(service)
        batch.versions.append(self._publish(record, values, service, 1, stated_depth(values)))
        self.report.created += 1

    def _changed(self, record: Record, existing: Existing, platform: Platform | None, batch: _Batch) -> None:
        service = existing.service
        if not self._stays_where_it_is(record, service, platform):
            return
        if record.values.get("task_state") == State.WITHDRAWN:
            self._withdrawn(record, existing, batch)
            return
        values, base, depth = self._merged(record, existing)
        for name in _NEEDED:
            if not values.get(name):
                record.error(name, "", _("a value; it may not be blank"))
        if not self._in_order(record, values) or record.errors:
            return
        self._tell_repeated(record, service.agency.region_id)
        touched = self._service_columns(service, values)
        if touched:
            batch.changed.append(service)
        native = {k: v for k, v in native_of(values).items() if k in _COMPARED}
        if native != {k: v for k, v in native_of(base).items() if k in _COMPARED}:
            if "online_handle_depth" in record.values:
                depth = stated_depth(values)
            batch.versions.append(self._publish(record, values, service, existing.next_number(), depth))
            self.report.updated += 1
        elif touched:
            self.report.updated += 1
        else:
            self.report.unchanged += 1

    def _merged(self, record: Record, existing: Existing) -> tuple[Values, Values, str]:
        """What the service is to say (a column that the file lacks keeps its value), what it says, its stated depth."""
        base, depth = existing.base(record.values.get("plan_effective_date"), self.today)
        stated = {k: v for k, v in record.values.items() if not (k == "plan_effective_date" and v is None)}
        values: Values = {**base, **stated}
        values.setdefault("plan_effective_date", self.first_day)
        ended, ends = existing.withdrawn_from(), record.values.get("plan_cancel_date")
        in_use = self.options.feed or "plan_cancel_date" in record.values or record.values.get("task_state")
        if ended and in_use and ends != ended and values["plan_effective_date"] < ended:
            # It was withdrawn and is in use again: from now on, so that the gap stays in the past.
            values["plan_effective_date"] = max(ended, self.first_day)
            values["plan_cancel_date"] = ends
        return values, base, depth

    def _withdrawn(self, record: Record, existing: Existing, batch: _Batch) -> None:
        day = record.values.get("plan_cancel_date") or self.today
        if existing.in_force(day) or existing.begins_after(day):
            batch.withdrawn.setdefault(day, []).append(existing.service.pk)
            self.report.withdrawn += 1
        else:
            self.report.unchanged += 1

    def _stays_where_it_is(self, record: Record, service: Service, platform: Platform | None) -> bool:
        """Links and rights hang on the service, so a row cannot hand it to another agency or platform."""
        values = record.values
        if values.get("platform") and platform and platform.pk != service.platform_id:
            record.error(
                "platform",
                values["platform"],
                _("%(code)s: a service cannot move to another platform") % {"code": service.platform.code},
            )
        if values.get("region") and values["region"] != service.agency.region_id:
            record.error(
                "region",
                values["region"],
                _("%(code)s: a service cannot move to another region") % {"code": service.agency.region_id},
            )
        if not record.errors and values.get("region") and values.get("department"):
            agency = self.government.agency_of(record, platform)
            if agency and agency.pk != service.agency_id:
                record.error(
                    "department",
                    values["department"],
                    _("%(name)s: a service cannot move to another agency") % {"name": service.agency.name},
                )
        return not record.errors

    def _service_columns(self, service: Service, values: Values) -> bool:
        """Set the service's own columns; whether any differs."""
        attributes = service_attributes(values)
        before = {name: getattr(service, name) for name in attributes}
        if service.item_id and attributes.get("catalogue_code") == getattr(service.item, "code", None):
            attributes["catalogue_code"] = service.catalogue_code
        changed = {name: value for name, value in attributes.items() if before[name] != value}
        for name, value in changed.items():
            setattr(service, name, value)
        if "catalogue_code" in changed:
            service.item_id = self.items.get(service.catalogue_code)
        return bool(changed)

    @staticmethod
    def _in_order(record: Record, values: Values) -> bool:
        start, end = values["plan_effective_date"], values.get("plan_cancel_date")
        if end and end <= start:
            record.error("plan_cancel_date", end, _("a date after %(start)s") % {"start": start})
            return False
        return True

    def _publish(self, record: Record, values: Values, service: Service, number: int, depth: str) -> Rows:
        rows = rows_of(values, service, number, depth)
        version = rows.version
        version.pinyin = pinyin_of(version.name)
        version.published_at = self.now
        materials = [row for row in rows.children.get("materials", ()) if isinstance(row, Material)]
        for problem in light_problems(version, materials):
            record.error("light", "…", problem)
        findings = check_view(view_of(service, service.agency, version, rows.children))
        version.is_applicable = may_be_applied_for(version, findings)
        self.report.applicable += version.is_applicable
        for theme in version.themes:
            if theme not in self.themes and theme not in self.themes_told:
                self.themes_told.add(theme)
                record.warn("themes", theme, _("a theme that is in the register"), Category.THEME)
        return rows

    def _tell_repeated(self, record: Record, region: str) -> None:
        name = record.values.get("task_name")
        if not name:
            return
        first = self.names.setdefault((region, name), record.line)
        if first != record.line:
            record.warn(
                "task_name",
                name,
                _("a name that stands once in its region; it stands in line %(line)d too") % {"line": first},
                Category.REPEATED_NAME,
            )

    def _write(self, batch: _Batch) -> None:
        copy_rows(batch.services)
        if batch.changed:
            columns = ["catalogue_code", "local_catalogue_code", "implementation_code", "handling_code"]
            columns += ["foreign_code", "source_note", "source_url", "reconstructed", "item"]
            Service.objects.bulk_update(batch.changed, columns)
        drafts = []
        for rows in batch.versions:
            # A version without rows is written as published at once; one with rows only after them (the database
            # refuses rows of a published version).
            has_rows = any(rows.children.values())
            rows.version.state = State.DRAFT if has_rows else State.PUBLISHED
            if has_rows:
                drafts.append(rows.version.pk)
        copy_rows([rows.version for rows in batch.versions])
        for group in CHILD_GROUPS:
            copy_rows([row for rows in batch.versions for row in rows.children[group]])
        if drafts:
            ServiceVersion.objects.filter(pk__in=drafts).update(state=State.PUBLISHED)
        self.report.versions += len(batch.versions)
        again = [r.version.service_id for r in batch.versions if r.version.number > 1]
        if again:
            settle_superseded(self.today, again)
        for day, services in batch.withdrawn.items():
            end_services(services, day)
