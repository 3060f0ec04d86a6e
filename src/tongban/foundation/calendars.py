"""The calendar in force: the one that ships, or the last one imported. Imports add or replace whole years."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from tongban.foundation.calendar import CalendarGapError, DayKind, WorkingCalendar, china
from tongban.foundation.errors import InvalidError
from tongban.foundation.ledger import LedgerActor, append
from tongban.foundation.models import ImportedCalendar
from tongban.foundation.snapshot import Snapshot


def _last_imported() -> WorkingCalendar:
    last = ImportedCalendar.objects.order_by("-id").first()
    return _calendar(last.rows) if last else china()


def _calendar(rows: Iterable[tuple[str, str, str]]) -> WorkingCalendar:
    return WorkingCalendar.from_rows({"date": day, "kind": kind, "holiday": name} for day, kind, name in rows)


_kept = Snapshot(_last_imported)


def calendar_in_force() -> WorkingCalendar:
    """What due dates are counted by now."""
    return _kept.get()


def forget_calendar() -> None:
    """Read it anew the next time."""
    _kept.forget()


def import_calendar(actor: LedgerActor, text: str, source: str, now: datetime) -> WorkingCalendar:
    """Take in a year's holiday notice: CSV with `date`, `kind` (dayoff or workday) and `holiday`.

    The years of the file replace the same years of the calendar in force; the others stay.

    Raises:
        InvalidError: the file is malformed, or leaves a gap of years; under `file`, naming line and column.
    """
    try:
        notice = WorkingCalendar.from_csv(text)
    except ValueError as error:
        raise InvalidError({"file": [str(error)]}) from error
    forget_calendar()
    try:
        calendar = calendar_in_force().amended(notice)
    except CalendarGapError as error:
        message = _("The calendar would know nothing of %(year)s. Import that year first.") % {"year": error.year}
        raise InvalidError({"file": [message]}) from error
    merged = _in_order(calendar.exceptions)
    with transaction.atomic():
        kept_as = ImportedCalendar.objects.create(source=source, imported_at=now, rows=merged)
        append(actor, "import_calendar", "calendar", kept_as.pk, {"source": source, "rows": merged})
    forget_calendar()
    return calendar


def _in_order(exceptions: Mapping[date, tuple[DayKind, str]]) -> list[tuple[str, str, str]]:
    return sorted((str(day), kind, name) for day, (kind, name) in exceptions.items())
