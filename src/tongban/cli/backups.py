"""A backup: one tar file with the database, the content store, the keys, the ledger's head and a manifest of hashes.

The database is dumped first and the content copied after it: content is only ever added, so every file the dump
names is there. A restore checks every hash before it touches anything, and commits the database only when files
and keys are in place beside it.
"""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from psycopg import sql

from tongban import __version__
from tongban.cli.outcome import FailedError, InputError, Progress, UnusableError
from tongban.cli.pgclient import client_environment, connected, program, server_version
from tongban.foundation.keys import keys_path
from tongban.foundation.postgres.host import binaries

FORMAT = 1
DUMP, KEYS, MANIFEST, CONTENT = "database.dump", "keys.json", "manifest.json", "content"
# The ledger's last head beside the database (`transparency.tree.kept_head_path`).
HEAD = "ledger-head.json"
BARE = ("--no-owner", "--no-privileges")
BLOCK = 1024 * 1024
TRANSACTION_TIMEOUT_SINCE = 170000
COLUMN_MARK = re.compile(rb"ALTER TABLE ONLY \S+ ALTER COLUMN \S+ SET \(pg_attver='?\d+'?\);$")


@dataclass(frozen=True)
class Summary:
    """What a backup holds."""

    file: str
    bytes: int
    made: str
    version: str
    rows: int
    content_files: int
    with_keys: bool


def write_backup(file: Path, home: Path, url: str, progress: Progress, *, with_keys: bool, force: bool) -> Summary:
    """Writes the installation at `home` with its database at `url` into `file`, readable by its owner only.

    Raises:
        InputError: the file exists and `force` is not set.
        FailedError: the dump failed, or the disk is full; no file is left then.
        UnusableError: the folder of the file cannot be written.
    """
    if file.exists() and not force:
        raise InputError(f"{file} exists; give another name, or --force to replace it.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    except OSError as error:
        raise UnusableError(f"The folder {file.parent} cannot be written: {error.strerror}.") from error
    try:
        with os.fdopen(handle, "wb") as stream, tempfile.TemporaryDirectory(dir=file.parent) as scratch:
            dump = Path(scratch) / DUMP
            # Before the dump: the ledger that is dumped then holds all that this head was signed over.
            head = _copied(home / HEAD, Path(scratch) / HEAD)
            progress("dumping the database")
            rows = _dump(url, dump)
            content = sorted(path for path in (home / CONTENT).rglob("*") if path.is_file())
            with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
                writer = _Writer(archive)
                writer.add(dump, DUMP)
                if head:
                    writer.add(head, HEAD)
                progress(f"adding {len(content)} files of the content store")
                for path in progress.track(content, len(content), "content store"):
                    writer.add(path, path.relative_to(home).as_posix())
                keys = keys_path(home)
                with_keys = with_keys and keys.exists()
                if with_keys:
                    writer.add(keys, KEYS)
                manifest = {
                    "format": FORMAT,
                    "tongban": __version__,
                    "made": datetime.now(UTC).isoformat(timespec="seconds"),
                    "rows": rows,
                    "content_files": len(content),
                    "migrations": _migrations(url),
                    "members": writer.members,
                }
                writer.finish(manifest)
            stream.flush()
            os.fsync(stream.fileno())
        Path(partial).replace(file)
    except OSError as error:
        raise FailedError(f"The backup {file} was not written: {error.strerror}.") from error
    finally:
        Path(partial).unlink(missing_ok=True)
    return _summary(file, manifest)


def read_manifest(file: Path, progress: Progress) -> dict[str, Any]:
    """The manifest of a backup whose every member was read and has the hash it names.

    Raises:
        InputError: the file is no backup, is damaged or incomplete; the sentence names the member.
    """
    progress("checking the backup")
    found: dict[str, str] = {}
    manifest: dict[str, Any] | None = None
    try:
        with tarfile.open(file, "r:") as archive:
            for member in archive:
                stream = archive.extractfile(member)
                if stream is None or not _may_stand(member.name):
                    raise InputError(f"{file} is not a Tongban backup: it holds '{member.name}'.")
                if member.name == MANIFEST:
                    manifest = json.loads(stream.read())
                else:
                    found[member.name] = _digest(stream)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise InputError(f"{file} is not a whole Tongban backup: {error}.") from error
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from error
    if manifest is None or manifest.get("format") != FORMAT:
        raise InputError(f"{file} is not a whole Tongban backup: it has no manifest of format {FORMAT}.")
    for name in sorted(manifest["members"].keys() | found.keys()):
        if manifest["members"].get(name) != found.get(name):
            state = "is missing" if name not in found else "is not as it was written"
            raise InputError(f"{file} is damaged: '{name}' {state}. Nothing was changed.")
    return manifest


def restore_backup(file: Path, home: Path, url: str, progress: Progress, *, force: bool) -> Summary:
    """Replaces database, content and keys by those in `file`: all of them, or none.

    Raises:
        InputError: the file is not a whole backup, was made by a newer version, or there is something to overwrite
            and `force` is not set.
        FailedError: the database refused; everything is as it was.
    """
    manifest = read_manifest(file, progress)
    _refuse_newer(manifest, file)
    _refuse_overwriting(home, url, force=force)
    home.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=home, prefix=".restore-") as scratch:
            staged = Path(scratch)
            progress("unpacking")
            (staged / CONTENT).mkdir()
            _unpack(file, staged, manifest, progress)
            progress("restoring the database")
            with _replaced_database(staged / DUMP, url), _replaced_files(staged, home):
                progress("putting content and keys in place")
    except OSError as error:
        raise FailedError(f"Nothing was restored: {error.strerror} ({error.filename}).") from error
    return _summary(file, manifest)


class _Writer:
    def __init__(self, archive: tarfile.TarFile) -> None:
        self.archive = archive
        self.members: dict[str, str] = {}

    def add(self, path: Path, name: str) -> None:
        with path.open("rb") as stream:
            info = self._info(name, os.fstat(stream.fileno()).st_size)
            reader = _Hashing(stream)
            self.archive.addfile(info, reader)
            self.members[name] = reader.digest.hexdigest()

    def finish(self, manifest: dict[str, Any]) -> None:
        content = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        self.archive.addfile(self._info(MANIFEST, len(content)), io.BytesIO(content))

    def _info(self, name: str, size: int) -> tarfile.TarInfo:
        info = tarfile.TarInfo(name)
        info.size, info.mode, info.mtime = size, 0o600, int(datetime.now(UTC).timestamp())
        return info


class _Hashing(io.RawIOBase):
    """Hashes what passes through, so that what is hashed is what was written."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        block = self.stream.read(size)
        self.digest.update(block)
        return block


def _digest(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := stream.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _may_stand(name: str) -> bool:
    path = PurePosixPath(name)
    return name in {DUMP, KEYS, HEAD, MANIFEST} or (
        path.parts[:1] == (CONTENT,) and len(path.parts) > 1 and ".." not in path.parts
    )


def _copied(file: Path, to: Path) -> Path | None:
    try:
        shutil.copyfile(file, to)
    except FileNotFoundError:
        return None
    return to


def _tables(url: str) -> list[str]:
    with connected(url) as connection:
        found = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        ).fetchall()
    return [row[0] for row in found]


def _dump(url: str, target: Path) -> int:
    """Dumps the database; returns its number of rows."""
    rows = 0
    tables = _tables(url)
    with connected(url) as connection:
        for table in tables:
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", table))
            counted = connection.execute(query).fetchone()
            rows += counted[0] if counted else 0
    done = subprocess.run(
        [program("pg_dump", url), "--format=custom", *BARE, f"--file={target}"],
        capture_output=True, text=True, errors="replace", check=False, env=client_environment(url),
    )  # fmt: skip
    if done.returncode != 0:
        raise FailedError(f"The database could not be dumped: {_last_line(done.stderr)}")
    return rows


def _migrations(url: str) -> list[str]:
    if "django_migrations" not in _tables(url):
        return []
    with connected(url) as connection:
        found = connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1").fetchall()
    return [row[0] for row in found]


def _refuse_newer(manifest: dict[str, Any], file: Path) -> None:
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415 - needs Django set up

    on_disk = MigrationLoader(None).disk_migrations
    replaced = [key for migration in on_disk.values() for key in migration.replaces]
    known = {f"{app}.{name}" for app, name in (*on_disk, *replaced)}
    unknown = sorted(set(manifest["migrations"]) - known)
    if unknown:
        raise InputError(
            f"{file} was made by a newer Tongban ({manifest['tongban']}; this is {__version__}, which lacks"
            f" {unknown[0]}); install that version first."
        )


def _refuse_overwriting(home: Path, url: str, *, force: bool) -> None:
    with connected(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        ).fetchone()
    if row and row[0]:
        raise InputError(f"The database is in use by {row[0]} connections; stop the platform, then restore.")
    if force:
        return
    tables = len(_tables(url))
    if tables:
        raise InputError(f"The database has {tables} tables already; give --force to replace everything in it.")
    content = home / CONTENT
    if content.exists() and any(content.iterdir()):
        raise InputError(f"{content} holds files already; give --force to replace them.")


def _unpack(file: Path, staged: Path, manifest: dict[str, Any], progress: Progress) -> None:
    with tarfile.open(file, "r:") as archive:
        for member in progress.track(archive, len(manifest["members"]) + 1, "unpacking"):
            stream = archive.extractfile(member)
            target = staged / member.name
            if stream is None or not _may_stand(member.name):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as out:
                shutil.copyfileobj(stream, out, BLOCK)
                os.fchmod(out.fileno(), 0o600)


@contextmanager
def _replaced_database(dump: Path, url: str) -> Iterator[None]:
    """Restores the dump in one transaction, which is committed when the body has ended well."""
    script = dump.with_suffix(".sql")
    done = subprocess.run(
        [str(binaries() / "pg_restore"), *BARE, "--no-comments", f"--file={script}", str(dump)],
        capture_output=True, text=True, errors="replace", check=False, env=client_environment(url),
    )  # fmt: skip
    if done.returncode != 0:
        raise FailedError(f"The dump in the backup cannot be read: {_last_line(done.stderr)}")
    old_server = server_version(url) < TRANSACTION_TIMEOUT_SINCE
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        psql = subprocess.Popen(
            [program("psql", url), "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, env=client_environment(url),
        )  # fmt: skip
        assert psql.stdin is not None  # noqa: S101 - both are pipes
        assert psql.stdout is not None  # noqa: S101 - both are pipes
        try:
            with suppress(BrokenPipeError):
                psql.stdin.write(
                    b"BEGIN;\nSET LOCAL lock_timeout = '10s';\nDROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n"
                )
                with script.open("rb") as lines:
                    for line in _for_server(lines, old=old_server):
                        psql.stdin.write(line)
                psql.stdin.write(b"\n\\echo restored\n")
                psql.stdin.flush()
            if psql.stdout.readline() != b"restored\n":
                psql.wait()
                said.seek(0)
                raise FailedError(f"The database refused the backup, nothing was changed: {_error_line(said.read())}")
            yield
            with suppress(BrokenPipeError):
                psql.stdin.write(b"COMMIT;\n")
                psql.stdin.close()
            if psql.wait() != 0:
                said.seek(0)
                raise FailedError(f"The database refused the backup, nothing was changed: {_error_line(said.read())}")
        finally:
            psql.kill()
            psql.wait()
            with suppress(OSError):
                psql.stdin.close()
            psql.stdout.close()
            script.unlink(missing_ok=True)


def _for_server(lines: IO[bytes], *, old: bool) -> Iterator[bytes]:
    """The script without the lines that only one server's version knows; rows of data pass untouched.

    pg_restore 17 and newer sets a parameter that servers up to 16 lack. PostgreSQL 15.20 keeps
    a mark in each column's options, which its own pg_dump leaves out and that of 18.6 does not.
    """
    in_rows = False
    for line in lines:
        if in_rows:
            in_rows = line.rstrip(b"\r\n") != b"\\."
        elif (old and line.startswith(b"SET transaction_timeout")) or COLUMN_MARK.match(line):
            continue
        else:
            in_rows = line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n")
        yield line


@contextmanager
def _replaced_files(staged: Path, home: Path) -> Iterator[None]:
    """Moves content and keys into place; moves the former ones back if what follows fails."""
    places = [(staged / CONTENT, home / CONTENT)]
    if (staged / KEYS).exists():
        places.append((staged / KEYS, keys_path(home)))
    # A backup without a head takes the one away that belongs to the database that goes.
    places.append((staged / HEAD, home / HEAD))
    moved: list[tuple[Path, Path]] = []
    try:
        for number, (new, place) in enumerate(places):
            former = staged / f"former-{number}"
            if place.exists():
                place.rename(former)
            moved.append((former, place))
            if new.exists():
                new.rename(place)
        yield
    except BaseException:
        for former, place in reversed(moved):
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
            if former.exists():
                former.rename(place)
        raise


def _summary(file: Path, manifest: dict[str, Any]) -> Summary:
    return Summary(
        file=str(file),
        bytes=file.stat().st_size,
        made=manifest["made"],
        version=manifest["tongban"],
        rows=manifest["rows"],
        content_files=manifest["content_files"],
        with_keys=KEYS in manifest["members"],
    )


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1]


def _error_line(text: str) -> str:
    return next((line for line in text.splitlines() if "ERROR" in line or "FATAL" in line), _last_line(text))
