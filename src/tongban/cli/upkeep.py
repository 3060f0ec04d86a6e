"""`tongban backup`, `restore`, `upgrade` and `manage`."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from tongban import __version__
from tongban.cli.outcome import FailedError, Progress, counted, json_option, print_json
from tongban.cli.running import running_database, running_platform
from tongban.foundation.home import home

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("file", type=FILE)
@click.option("--without-keys", is_flag=True, help="Leave the keys out; sealed fields then need the original ones.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@json_option
def backup(file: Path, *, without_keys: bool, force: bool, as_json: bool) -> None:
    """Write database, content store and keys into FILE, one tar archive with the hash of every part.

    May run while the platform serves. FILE holds the keys: whoever can read it can read everything.
    """
    from tongban.cli.backups import write_backup  # noqa: PLC0415 - not wanted by `tongban --help`

    progress = Progress()
    with running_database(progress) as url:
        done = write_backup(file.resolve(), home(), url, progress, with_keys=not without_keys, force=force)
    if as_json:
        print_json(asdict(done))
        return
    click.echo(f"{done.file}: {done.rows} rows, {done.content_files} content files, {done.bytes} bytes.")
    if done.with_keys:
        click.echo("It holds the keys. Keep it as safe as the data itself.", err=True)
    else:
        click.echo("It holds no keys. Without the original keys file, sealed fields cannot be read.", err=True)


@click.command()
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Replace the database, content and keys that are there.")
@json_option
def restore(file: Path, *, force: bool, as_json: bool) -> None:
    """Bring database, content store and keys back from FILE: everything, or nothing.

    Every hash is checked first. The platform must not be running.
    """
    from tongban.cli.backups import restore_backup  # noqa: PLC0415 - not wanted by `tongban --help`

    progress = Progress()
    with running_platform(progress):
        from django.db import connections  # noqa: PLC0415 - the same

        from tongban.cli.preparation import pending_migrations  # noqa: PLC0415 - needs Django set up

        connections.close_all()
        with running_database(progress) as url:
            done = restore_backup(file.resolve(), home(), url, progress, force=force)
        pending = pending_migrations()
        if not pending:
            _mend_indexes()
    if as_json:
        print_json(asdict(done) | {"migrations_to_apply": pending})
        return
    click.echo(f"Restored the backup of {done.made}: {done.rows} rows, {done.content_files} content files.")
    if pending:
        click.echo(
            f"It is older than this version ({counted(len(pending), 'migration')}): run `tongban upgrade`.", err=True
        )
    if not done.with_keys:
        click.echo("It held no keys; the keys here were kept.", err=True)


def _mend_indexes() -> None:
    """Data that came back may be older than the keys they are looked up by."""
    from tongban.foundation.resealing import mend_indexes  # noqa: PLC0415 - needs Django set up

    if damaged := mend_indexes().damaged:
        advice = "Bring back the retired key they are under (`tongban keys recall`), then run `tongban keys reseal`."
        click.echo(f"{len(damaged)} rows do not open, and are not found. {advice}", err=True)


@click.command()
@click.option("--no-backup", is_flag=True, help="Do not back up first.")
@json_option
def upgrade(*, no_backup: bool, as_json: bool) -> None:
    """Bring the installation up to the installed version: back up, migrate the database, check.

    The backup goes to TONGBAN_HOME/backups.
    """
    from tongban.cli.backups import write_backup  # noqa: PLC0415 - not wanted by `tongban --help`

    progress = Progress()
    written = None
    with running_platform(progress), running_database(progress) as url:
        from django.core.checks import ERROR, run_checks  # noqa: PLC0415 - needs Django set up
        from django.db import connection  # noqa: PLC0415 - the same

        from tongban.cli.preparation import collect_static_files, migrate, pending_migrations  # noqa: PLC0415

        # A database without tables has nothing to lose.
        if not no_backup and pending_migrations() and connection.introspection.table_names():
            stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
            written = home() / "backups" / f"before-{__version__}-{stamp}.tar"
            write_backup(written, home(), url, progress, with_keys=True, force=False)
        applied = migrate(progress)
        _mend_indexes()
        collect_static_files(home() / "static", progress)
        progress("checking")
        problems = [str(message) for message in run_checks(databases=["default"]) if message.level >= ERROR]
    if as_json:
        print_json(
            {
                "version": __version__,
                "backup": str(written) if written else None,
                "applied": applied,
                "problems": problems,
            }
        )
    else:
        if written:
            click.echo(f"Before the upgrade: {written}")
        click.echo(
            f"Tongban {__version__}: {counted(len(applied), 'migration')} applied, {counted(len(problems), 'problem')}."
        )
    if problems:
        raise FailedError("The checks found problems: " + "; ".join(problems))


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Run a Django management command with the database running: `tongban manage shell`."""
    with running_platform(Progress(quiet=True)):
        from django.core.management import execute_from_command_line  # noqa: PLC0415 - needs Django set up

        try:
            execute_from_command_line(["tongban manage", *arguments])
        except SystemExit as end:
            if end.code not in {None, 0}:
                sys.exit(end.code)
