"""What is done every so often about keys, and about records that are kept long enough. Imported when ready."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from tongban.foundation import resealing, retention
from tongban.foundation.jobs import periodic

# Some seconds: what waits in the outbox must not wait for a rotation.
BATCHES_A_RUN = 10


@periodic(every=timedelta(seconds=20))
def seal_anew(now: datetime) -> None:
    """Go on with what stands under old keys."""
    resealing.reseal(now, batches=BATCHES_A_RUN)


@periodic(every=timedelta(hours=6))
def rotate_keys(now: datetime) -> None:
    """Make new keys where their period is over, or the suite that is wanted is another one."""
    resealing.rotate_when_due(now, settings.SEALING_KEY_PERIOD, settings.SEALING_SUITE)


@periodic(every=timedelta(hours=24))
def report_what_is_due(now: datetime) -> None:
    """Report what the retention rules would remove; somebody has to approve it."""
    retention.make_report(resealing.Platform("platform:retention"), now)


@periodic(every=timedelta(minutes=10))
def carry_out_what_was_approved(now: datetime) -> None:
    """Remove what an approved report names."""
    retention.carry_out(resealing.Platform("platform:retention"), now)


@retention.keeps("sessions")
def ended_sessions(before: datetime) -> "QuerySet[Session]":
    """Sessions whose end has passed."""
    return Session.objects.filter(expire_date__lt=before)


def _old_logs(before: datetime) -> list[Path]:
    """Files that were rotated away; the one being written stays."""
    folder = Path(settings.HOME) / "logs"
    rotated = (path for path in folder.glob("*.log*") if path.suffix != ".log")
    return [path for path in rotated if path.stat().st_mtime < before.timestamp()]


def _remove_logs(before: datetime) -> int:
    found = _old_logs(before)
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)


retention.register_kept("logs", retention.Kept(lambda before: len(_old_logs(before)), _remove_logs))
