"""Figures as CSV: the table of visits, and the services behind a figure."""

import csv
import io
from collections.abc import Iterable

from django.utils.translation import gettext as _

from tongban.items.models import ServiceVersion
from tongban.items.reading import guarded
from tongban.supervision.indicators import VisitsTable
from tongban.supervision.rules import Visits, visits_class


def table_csv(table: VisitsTable) -> str:
    """The table of visits with its totals, in the reader's language."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_("Agency"), *(visits.label for visits in Visits)])
    for row in table.rows:
        writer.writerow([guarded(row.agency), *(row.tally.of(visits) for visits in Visits)])
    writer.writerow([_("Theme, all agencies"), *(table.theme.of(visits) for visits in Visits)])
    writer.writerow([_("All services of the region"), *(table.everything.of(visits) for visits in Visits)])
    return text.getvalue()


def services_csv(services: Iterable[ServiceVersion]) -> str:
    """The services behind a figure, in the reader's language."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(
        [
            _("Service"),
            _("Agency"),
            _("Visits"),
            _("Class"),
            _("In force from"),
            _("Until"),
            _("Reconstructed"),
            _("Source"),
            _("Id"),
        ]
    )
    for version in services:
        service = version.service
        writer.writerow(
            [
                guarded(version.text("name")),
                guarded(service.agency.label),
                "" if version.visits is None else version.visits,
                visits_class(version.visits).label,
                version.effective_from,
                version.effective_to or "",
                _("yes") if service.reconstructed else _("no"),
                guarded(version.text("source_note")),
                service.pk,
            ]
        )
    return text.getvalue()
