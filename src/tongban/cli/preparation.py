"""What must be so before the platform answers: tables as the code expects them, static files in place."""

import hashlib
import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from tongban import __version__
from tongban.cli.outcome import FailedError, Progress, counted

# Any number, the same in every process that prepares this database.
MIGRATION_LOCK = 7_402_019


@contextmanager
def _alone() -> Iterator[None]:
    """Two processes starting on one database migrate it one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def is_empty() -> bool:
    """Whether the database has no table yet."""
    with connection.cursor() as cursor:
        return not connection.introspection.table_names(cursor)


def pending_migrations() -> list[str]:
    """Migrations the database lacks, as `app.name`.

    Raises:
        FailedError: some of the migrations that one of this version's stands for were applied, and some were not.
    """
    executor = MigrationExecutor(connection)
    loader = executor.loader
    # Django leaves such a one out, and all would seem to be well.
    if halfway := [f"{app}.{name}" for app, name in loader.replacements if (app, name) not in loader.graph.nodes]:
        raise FailedError(
            f"This database is of a version that {__version__} does not upgrade directly: it has some of what "
            f"{', '.join(halfway)} stands for, not all. Install the version before this one, upgrade with it, then "
            "with this."
        )
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def migrate(progress: Progress) -> list[str]:
    """Brings the tables up to date; returns the names of what was applied.

    Raises:
        FailedError: a migration failed; the database is as the last whole migration left it.
    """
    with _alone():
        pending = pending_migrations()
        if not pending:
            return []
        progress(f"bringing the database up to date ({counted(len(pending), 'migration')})")
        try:
            call_command("migrate", interactive=False, stdout=_Applied(progress, len(pending)))
        except DatabaseError as error:
            reason = str(error).strip().splitlines()[0]
            raise FailedError(f"A migration failed: {reason}") from error
    return pending


class _Applied(io.StringIO):
    """Reads Django's "Applying app.name... OK" and reports once a second."""

    def __init__(self, progress: Progress, total: int) -> None:
        super().__init__()
        self._ticks = progress.ticks(total, "migrating")

    def write(self, text: str) -> int:
        if "Applying" in text:
            next(self._ticks)
        return len(text)


def collect_static_files(target: Path, progress: Progress) -> bool:
    """Fills `target` with the static files where they changed since; returns whether it did."""
    stamp = target / ".collected"
    fingerprint = _fingerprint()
    if stamp.exists() and stamp.read_text(encoding="ascii") == fingerprint:
        return False
    progress("collecting static files")
    shutil.rmtree(target, ignore_errors=True)
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(fingerprint, encoding="ascii")
    return True


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
