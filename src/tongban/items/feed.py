"""What another platform publishes, taken in from a file: provenance kept, shown as theirs, never applicable here.

The file is the JSON of the exchange format with a header: `platform` (its code), `generated_at` (ISO 8601),
`source_url`. A feed holds everything its platform publishes: what is new is taken in, what changed becomes a new
version, what is gone is withdrawn from the day the feed was made.
"""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.foundation import ledger
from tongban.government.models import Platform
from tongban.identity.actor import Actor
from tongban.items.actions import end_services
from tongban.items.importing import ImportOptions, import_rows
from tongban.items.models import Service
from tongban.items.problems import FileRefusedError, ImportReport
from tongban.items.queries import in_force_on
from tongban.items.reading import open_services


def import_feed(
    actor: Actor,
    path: Path,
    *,
    dry_run: bool = False,
    keep_going: bool = False,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Take in a feed; one transaction. Nothing is withdrawn where rows were left out: they may only be faulty.

    Raises:
        FileRefusedError: no such file, or its header does not say whose services it holds.
    """
    file = open_services(path, "json")
    platform = _platform(file.header.get("platform"))
    day = _made_on(file.header.get("generated_at"))
    options = ImportOptions(
        update=True,
        keep_going=keep_going,
        dry_run=dry_run,
        effective_from=day,
        feed=platform,
        source_url=_address(file.header.get("source_url")),
    )
    with transaction.atomic():
        report, met = import_rows(actor, file.rows(), file.format, file.sha256, options, progress)
        if not report.errors:
            gone = list(
                in_force_on(timezone.localdate())
                .filter(service__platform=platform, service__source=Service.Source.FEED)
                .exclude(service__in=met)
                .values_list("service", flat=True)
            )
            report.withdrawn += len(gone)
            if report.loaded and gone:
                end_services(gone, min(day, timezone.localdate()))
                content = {"sha256": file.sha256, "services": gone}
                ledger.append(actor, "feed.withdraw", "platform", platform.pk, content)
    return report


def _platform(code: object) -> Platform:
    platform = Platform.objects.filter(code=code).first() if isinstance(code, str) else None
    if platform is None:
        raise FileRefusedError(
            _("the header's platform is %(given)s; expected: the code of a platform that is in the register")
            % {"given": repr(code)}
        )
    if platform.run_by_us:
        raise FileRefusedError(
            _("platform %(code)s is run here; its services come by `import services`, not by a feed") % {"code": code}
        )
    return platform


def _made_on(given: object) -> date:
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise FileRefusedError(
            _("the header's generated_at is %(given)s; expected: a time like 2026-11-21T08:00:00+08:00")
            % {"given": repr(given)}
        )
    return timezone.localtime(moment).date() if timezone.is_aware(moment) else moment.date()


def _address(given: object) -> str:
    if isinstance(given, str) and urlsplit(given).scheme in {"http", "https"}:
        return given
    raise FileRefusedError(
        _("the header's source_url is %(given)s; expected: the address the feed was taken from")
        % {"given": repr(given)}
    )
