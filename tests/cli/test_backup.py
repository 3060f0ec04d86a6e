"""Backup, wipe, restore: identical rows, content and keys; and every way in which it must refuse."""

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.cli.support import run_tongban
from tongban.cli.backups import Summary, _for_server, restore_backup, write_backup
from tongban.cli.outcome import FailedError, InputError, Progress
from tongban.cli.pgclient import client_environment, program
from tongban.foundation.keys import load_or_create_keys
from tongban.foundation.postgres import Cluster

State = dict[str, object]
Members = dict[str, bytes]
Change = Callable[[Members, str], None]
QUIET = Progress(quiet=True)


def _rows(url: str) -> dict[str, list[str]]:
    """Every row of every table, as text, in order; and where the sequences stand."""
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        found = {
            name: sorted(
                row[0] for row in connection.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name)))
            )
            for (name,) in names
        }
        found["sequences"] = sorted(
            str(row) for row in connection.execute("SELECT sequencename, last_value FROM pg_sequences")
        )
    return found


def _state(home: Path, url: str) -> State:
    content = home / "content"
    return {
        "rows": _rows(url),
        "content": {str(path.relative_to(content)): path.read_bytes() for path in content.rglob("*") if path.is_file()},
        "keys": (home / "keys.json").read_text(),
    }


def _state_of(home: Path) -> State:
    with Cluster(home / "postgres") as cluster:
        return _state(home, cluster.url)


def _fill(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO django_session SELECT 'key' || n, '数据 ' || n, now() FROM generate_series(1, 500) n"
        )
        connection.execute("SELECT nextval('case_serial') FROM generate_series(1, 7)")


@pytest.fixture
def server() -> Iterator[str]:
    """A database of its own on the server of the test run, as DATABASE_URL would name it."""
    url = os.environ["DATABASE_URL"]
    name = f"backup_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        yield url.rpartition("/")[0] + f"/{name}"
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class Small:
    """An installation with one table, one content file and keys: what most tests need, in milliseconds."""

    def __init__(self, home: Path, url: str) -> None:
        self.home, self.url = home, url
        (home / "content" / "ab").mkdir(parents=True)
        (home / "content" / "ab" / "ab12").write_bytes(b"\x00sealed\xff" * 1000)
        load_or_create_keys(home / "keys.json")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE people AS SELECT n, '数据 ' || n AS name FROM generate_series(1, 500) n")
            connection.execute("CREATE TABLE django_migrations AS SELECT 'cases' AS app, '0001_initial' AS name")

    def state(self) -> State:
        return _state(self.home, self.url)

    def backup(self, file: Path, *, with_keys: bool = True, force: bool = False) -> Summary:
        return write_backup(file, self.home, self.url, QUIET, with_keys=with_keys, force=force)

    def restore(self, file: Path, *, force: bool = True) -> Summary:
        return restore_backup(file, self.home, self.url, QUIET, force=force)


@pytest.fixture
def small(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> Small:
    monkeypatch.delenv("TONGBAN_KEYS_FILE", raising=False)
    return Small(tmp_path / "small", server)


def test_backup_wipe_restore_gives_everything_back(home: Path, tmp_path: Path) -> None:
    with Cluster(home / "postgres") as cluster:
        _fill(cluster.url)
        before = _state(home, cluster.url)
        # While the platform uses the database.
        done = run_tongban(home, "backup", str(tmp_path / "备份 1.tar"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["with_keys"] is True
    assert (tmp_path / "备份 1.tar").stat().st_mode & 0o777 == 0o600
    shutil.rmtree(home)

    done = run_tongban(home, "restore", str(tmp_path / "备份 1.tar"))
    assert done.returncode == 0, done.stderr
    assert _state_of(home) == before
    assert (home / "keys.json").stat().st_mode & 0o777 == 0o600
    assert not list(home.glob(".restore-*"))


def test_nothing_is_overwritten_without_force(small: Small, tmp_path: Path) -> None:
    file = tmp_path / "b.tar"
    small.backup(file)
    with pytest.raises(InputError, match=r"b\.tar exists; give another name, or --force to replace it\.$"):
        small.backup(file)
    before = small.state()
    with psycopg.connect(small.url) as connection:
        connection.execute("DELETE FROM people")
    (small.home / "content" / "later").write_text("")
    after = small.state()
    with pytest.raises(InputError, match=r"has 2 tables already; give --force"):
        small.restore(file, force=False)
    assert small.state() == after
    small.restore(file)
    assert small.state() == before


def test_without_keys_the_keys_here_are_kept(small: Small, tmp_path: Path) -> None:
    file = tmp_path / "b.tar"
    assert small.backup(file, with_keys=False).with_keys is False
    with tarfile.open(file) as archive:
        assert "keys.json" not in archive.getnames()
    before = small.state()
    assert small.restore(file).with_keys is False
    assert small.state() == before


def test_a_running_platform_is_not_restored_over(small: Small, tmp_path: Path) -> None:
    small.backup(tmp_path / "b.tar")
    with psycopg.connect(small.url), pytest.raises(InputError, match="in use by 1 connections; stop the platform"):
        small.restore(tmp_path / "b.tar")


def test_files_go_back_when_the_database_refuses_at_the_end(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.backup(tmp_path / "b.tar")
    (small.home / "content" / "later").write_text("")
    before = small.state()

    def broken(*_: object) -> None:
        raise FailedError("as at COMMIT")

    progress = Progress(quiet=True)
    monkeypatch.setattr(Progress, "__call__", lambda _, phase: broken() if phase.startswith("putting") else None)
    with pytest.raises(FailedError):
        restore_backup(tmp_path / "b.tar", small.home, small.url, progress, force=True)
    assert small.state() == before


def _rewritten(file: Path, change: Callable[[Members], None]) -> None:
    """Changes the members of a backup, leaving the manifest to `change` as well."""
    with tarfile.open(file) as archive:
        members = {member.name: _content(archive, member) for member in archive}
    change(members)
    with tarfile.open(file, "w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member)
    assert stream
    return stream.read()


def _flip(members: Members, url: str) -> None:
    members["content/ab/ab12"] = b"x" + members["content/ab/ab12"][1:]


def _lose(members: Members, url: str) -> None:
    del members["content/ab/ab12"]


def _slip_in(members: Members, url: str) -> None:
    members["content/new"] = b"x"


def _climb_out(members: Members, url: str) -> None:
    members["content/../../evil"] = b"x"


def _strip(members: Members, url: str) -> None:
    del members["manifest.json"]


def _from_the_future(members: Members, url: str) -> None:
    manifest = json.loads(members["manifest.json"])
    manifest["tongban"] = "99.0"
    manifest["migrations"].append("cases.0999_later")
    members["manifest.json"] = json.dumps(manifest).encode()


def _bad_dump(members: Members, url: str) -> None:
    _with_dump(members, members["database.dump"][:-400])


def _refused_dump(members: Members, url: str) -> None:
    # A whole dump whose rows break a constraint: it names a function that the restored schema has not.
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE late (n int CHECK (n < 600)); INSERT INTO late VALUES (599)")
    with tempfile.TemporaryDirectory() as scratch:
        dump = Path(scratch) / "dump"
        command = [program("pg_dump", url), "--format=custom", f"--file={dump}"]
        subprocess.run(command, env=client_environment(url), check=True)
        content = dump.read_bytes()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE late")
    assert content.count(b"(n < 600)") >= 1
    _with_dump(members, content.replace(b"(n < 600)", b"(n < 100)"))


def _with_dump(members: Members, dump: bytes) -> None:
    """Puts a dump in and makes its hash in the manifest fit, so that only PostgreSQL can tell."""
    members["database.dump"] = dump
    manifest = json.loads(members["manifest.json"])
    manifest["members"]["database.dump"] = hashlib.sha256(dump).hexdigest()
    members["manifest.json"] = json.dumps(manifest).encode()


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        (_flip, InputError, "is damaged: 'content/ab/ab12' is not as it was written. Nothing was changed."),
        (_lose, InputError, "is damaged: 'content/ab/ab12' is missing. Nothing was changed."),
        (_slip_in, InputError, "is damaged: 'content/new' is not as it was written. Nothing was changed."),
        (_climb_out, InputError, "is not a Tongban backup: it holds 'content/../../evil'."),
        (_strip, InputError, "is not a whole Tongban backup: it has no manifest of format 1."),
        (_from_the_future, InputError, "was made by a newer Tongban (99.0; this is"),
        (_bad_dump, FailedError, "in the backup cannot be read"),
        (_refused_dump, FailedError, "The database refused the backup, nothing was changed: ERROR:"),
    ],
)
def test_a_bad_backup_changes_nothing(
    small: Small, tmp_path: Path, change: Change, error: type[Exception], sentence: str
) -> None:
    file = tmp_path / "b.tar"
    small.backup(file)
    _rewritten(file, lambda members: change(members, small.url))
    before = small.state()
    with pytest.raises(error, match=re.escape(sentence)):
        small.restore(file)
    assert small.state() == before
    assert not list(small.home.glob(".restore-*"))


def test_a_broken_off_backup_changes_nothing(small: Small, tmp_path: Path) -> None:
    file = tmp_path / "b.tar"
    small.backup(file)
    file.write_bytes(file.read_bytes()[:9000])
    with pytest.raises(InputError, match="is not a whole Tongban backup"):
        small.restore(file)


def test_a_missing_file_gets_one_sentence(small: Small, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.tar cannot be read: No such file or directory\.$"):
        small.restore(tmp_path / "none.tar")


@pytest.mark.smoke
def test_restoring_into_the_server_that_database_url_names(home: Path, tmp_path: Path, server: str) -> None:
    with Cluster(home / "postgres") as cluster:
        _fill(cluster.url)
        before = _rows(cluster.url)
        write_backup(tmp_path / "b.tar", home, cluster.url, QUIET, with_keys=True, force=False)
    other = tmp_path / "other"
    restore_backup(tmp_path / "b.tar", other, server, QUIET, force=False)
    assert _rows(server) == before
    assert (other / "keys.json").read_text() == (home / "keys.json").read_text()
    # And once more from there, over itself.
    write_backup(tmp_path / "c.tar", other, server, QUIET, with_keys=True, force=False)
    restore_backup(tmp_path / "c.tar", other, server, QUIET, force=True)
    assert _rows(server) == before


def test_lines_that_only_one_version_knows_are_left_out() -> None:
    script = (
        b"SET transaction_timeout = 0;\n"
        b"ALTER TABLE ONLY public.t ALTER COLUMN n SET (pg_attver=22563216);\n"
        b"ALTER TABLE ONLY public.t ALTER COLUMN n SET (n_distinct=5);\n"
        b"COPY public.t (n) FROM stdin;\n"
        b"SET transaction_timeout = 0;\n"
        b"ALTER TABLE ONLY public.t ALTER COLUMN n SET (pg_attver=1);\n"
        b"\\.\n"
        b"SET transaction_timeout = 0;\n"
    )
    lines = script.splitlines(keepends=True)
    assert list(_for_server(io.BytesIO(script), old=True)) == lines[2:7]
    assert list(_for_server(io.BytesIO(script), old=False)) == [lines[0], *lines[2:]]
