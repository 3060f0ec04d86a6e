"""The supervised PostgreSQL under what goes wrong on real machines: kills, strange paths, other users."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tongban.foundation.postgres import Cluster, PostgresError, database, host, warden

OWNER = """
import sys
from pathlib import Path
from tongban.foundation.postgres import Cluster
with Cluster(Path(sys.argv[1]), durable=False) as cluster:
    print(cluster.url, flush=True)
    sys.stdin.readline()
"""


def _until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _processes(folder: Path) -> list[int]:
    """Every PostgreSQL process that works in the folder's data, and every warden told of it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            here = os.readlink(entry / "cwd") == str(folder / "data")  # noqa: PTH115 - may be "(deleted)"
        except OSError:
            continue
        if here or (b"warden.py" in command and str(folder).encode() in command):
            found.append(int(entry.name))
    return found


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):  # it may have ended by itself meanwhile
        os.kill(pid, signal.SIGKILL)


def _ask(url: str, query: str = "SELECT 42") -> object:
    with psycopg.connect(url, connect_timeout=10) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row
    return row[0]


class Owner:
    """Another process that uses the cluster."""

    def __init__(self, folder: Path, *, uid: int | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable if uid is None else _python_for_all(), "-c", OWNER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
            cwd="/",
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate("\n", timeout=40)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "postgres"
    with Cluster(folder, durable=False):
        pass
    return folder


def copy(template: Path, folder: Path) -> None:
    """A cluster is a thousand files: `cp` takes a tenth of what Python takes for them."""
    folder.parent.mkdir(parents=True)
    subprocess.run(["cp", "-Rp", template, folder], check=True)


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Iterator[Path]:
    """A cluster of its own, in a path with a space and Chinese, longer than a socket's name may be."""
    folder = tmp_path / "通 办" / ("long" * 30) / "postgres"
    copy(template, folder)
    yield folder
    for pid in _processes(folder):
        _kill(pid)


def test_made_and_reached_by_password_only(template: Path) -> None:
    with Cluster(template, durable=False) as cluster:
        assert _ask(cluster.url, "SHOW server_encoding") == "UTF8"
        assert _ask(cluster.url, "SELECT datcollate FROM pg_database WHERE datname = 'tongban'") == "C"
        assert cluster.password_file.stat().st_mode & 0o777 == 0o600
        password = cluster.password_file.read_text()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(cluster.url.replace(password, "guess"))
    assert not _processes(template)


def test_starts_in_any_path_and_keeps_rows(folder: Path) -> None:
    with Cluster(folder, durable=False) as cluster, psycopg.connect(cluster.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT '南宁' AS place")
    with Cluster(folder, durable=False) as cluster:
        assert _ask(cluster.url, "SELECT place FROM kept") == "南宁"
    assert not _processes(folder)


def test_a_killed_owner_leaves_no_process(folder: Path) -> None:
    owner = Owner(folder)
    assert _ask(owner.url) == 42
    owner.kill()
    assert _until(lambda: not _processes(folder))


def test_a_killed_owner_and_warden_leave_no_process(folder: Path) -> None:
    owner = Owner(folder)
    server = host.server_pid(folder / "data")
    wardens = [pid for pid in _processes(folder) if pid != server and _parent(server) == pid]
    assert len(wardens) == 1
    os.kill(wardens[0], signal.SIGKILL)
    owner.kill()
    assert _until(lambda: not _processes(folder))


def test_the_next_start_follows_at_once_on_a_killed_owner(folder: Path) -> None:
    Owner(folder).kill()
    with Cluster(folder, durable=False) as cluster:
        assert _ask(cluster.url) == 42


def test_a_killed_server_comes_back_on_the_same_port(folder: Path) -> None:
    with Cluster(folder, durable=False) as cluster:
        with psycopg.connect(cluster.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1")
        first = host.server_pid(cluster.data)
        assert first
        os.kill(first, signal.SIGKILL)

        def answers() -> bool:
            try:
                return _ask(cluster.url, "SELECT count(*) FROM kept") == 1
            except psycopg.OperationalError:
                return False

        assert _until(answers)
        assert host.server_pid(cluster.data) != first
    assert not _processes(folder)


def test_a_server_that_keeps_ending_is_started_again_after_longer_waits() -> None:
    waits = [warden.wait_after(crashes) for crashes in range(1, 100)]
    assert waits[0] < 1
    assert waits == sorted(waits)
    assert waits[-1] == warden.LONGEST_WAIT_SECONDS


def test_everything_killed_at_once_then_started(folder: Path) -> None:
    owner = Owner(folder)
    server = host.server_pid(folder / "data")
    assert server
    for pid in [server, *_processes(folder), owner.process.pid]:
        _kill(pid)
    owner.process.communicate()
    assert (folder / "data" / "postmaster.pid").exists()
    with Cluster(folder, durable=False) as cluster:
        assert _ask(cluster.url) == 42


def test_a_server_left_behind_is_never_taken_for_the_new_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed warden's last server may come up late, when the next owner has already looked for it."""
    with Cluster(folder, durable=False) as cluster:
        port = cluster.url.rpartition(":")[2].partition("/")[0]
    account = host.service_account(folder / "data", host.binaries())
    orphan = subprocess.Popen(
        [
            *[sys.executable, "-I", "-S", str(warden.__file__), "exec", *account.arguments(), "--"],
            *[str(host.binaries() / "postgres"), "-D", str(folder / "data"), "-c", f"port={port}"],
            *["-c", "unix_socket_directories=", "-c", "listen_addresses=127.0.0.1"],
        ],
        cwd="/",
        stderr=subprocess.DEVNULL,
    )
    assert _until(lambda: "ready" in _text(folder / "data" / "postmaster.pid"))
    end_orphan, missed = host.end_orphan, iter([True])
    monkeypatch.setattr(host, "end_orphan", lambda data: next(missed, False) or end_orphan(data))
    with Cluster(folder, durable=False) as cluster:
        assert orphan.wait(timeout=20) == 0
        assert _ask(cluster.url) == 42
    assert not _processes(folder)


def test_a_stale_pid_file_that_names_a_living_stranger(folder: Path) -> None:
    (folder / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{folder / 'data'}\n1\n5432\n\n\n")
    with Cluster(folder, durable=False) as cluster:
        assert _ask(cluster.url) == 42


def test_two_owners_share_and_the_last_one_stops_it(folder: Path) -> None:
    first = Owner(folder)
    second = Owner(folder)
    assert first.url == second.url
    first.leave()
    assert _ask(second.url) == 42
    second.leave()
    assert _until(lambda: not _processes(folder))


def test_owners_starting_at_the_same_moment_share(folder: Path) -> None:
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", OWNER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    urls = {process.stdout.readline() for process in starters if process.stdout}
    assert len(urls) == 1
    assert _ask(urls.pop().strip()) == 42
    for process in starters:
        process.communicate("\n", timeout=40)
    assert _until(lambda: not _processes(folder))


def test_a_forked_child_does_not_keep_the_server(folder: Path) -> None:
    code = OWNER.replace("    print", "    import os, time\n    if os.fork() == 0: time.sleep(60)\n    print")
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    assert process.stdout.readline()
    process.kill()
    process.wait()
    assert _until(lambda: not _processes(folder))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_a_taken_port_is_named(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PostgresError, match=rf"^Port {port} .* taken by another program; [^.]*\.$"):
            Cluster(folder, port=port, durable=False).start()
    assert not _processes(folder)


def test_another_major_version_is_refused(folder: Path) -> None:
    (folder / "data" / "PG_VERSION").write_text("15\n")
    with pytest.raises(PostgresError, match=r"made by PostgreSQL 15, but 18 is installed"):
        Cluster(folder, durable=False).start()


def test_a_full_disk_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=3 * 1024**2)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(PostgresError, match=r"^The disk of .* is full: 3 MB are free, .* needs 100 MB"):
        Cluster(folder, durable=False).start()


def test_a_half_made_cluster_is_made_again(template: Path, tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    (folder / "data.partial" / "base").mkdir(parents=True)
    with Cluster(folder, durable=False) as cluster:
        assert _ask(cluster.url) == 42
    assert sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock")) == [
        "data",
        "password",
        "server.log",
        "state.json",
    ]


def test_a_file_in_the_way_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(PostgresError, match=r"^The database folder .* cannot be written by this user"):
        Cluster(tmp_path / "var" / "postgres").start()


def test_database_url_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/x")
    with database(tmp_path) as url:
        assert url == "postgresql://elsewhere/x"
    assert not list(tmp_path.iterdir())


def test_the_context_names_the_database_and_forgets_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with database(folder.parent) as url:
        assert os.environ["DATABASE_URL"] == url
        assert _ask(url) == 42
    assert "DATABASE_URL" not in os.environ


def test_the_log_holds_no_statement(folder: Path) -> None:
    with (
        Cluster(folder, durable=False) as cluster,
        psycopg.connect(cluster.url, autocommit=True) as connection,
    ):
        connection.execute("CREATE TABLE people (number text PRIMARY KEY)")
        for _ in range(2):
            try:
                connection.execute("INSERT INTO people VALUES ('450102199001011234')")
            except psycopg.errors.UniqueViolation:
                refused = True
    assert refused
    assert "duplicate key" in cluster.log.read_text()
    assert "450102199001011234" not in cluster.log.read_text()


def _parent(pid: int | None) -> int:
    text = Path(f"/proc/{pid}/stat").read_text()
    return int(text.rpartition(")")[2].split()[1])


def _python_for_all() -> str:
    """An interpreter like ours that every user may run: ours may be in root's own folder."""
    for name in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        path = Path(name).resolve()
        if path.exists() and all(folder.stat().st_mode & 1 for folder in path.parents):
            return name
    pytest.skip("no Python that another user may run")


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")


@as_root
def test_root_runs_the_server_as_nobody_below_a_closed_folder(template: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with Cluster(closed / "postgres", durable=False) as cluster:
        server = host.server_pid(cluster.data)
        status = Path(f"/proc/{server}/status").read_text()
        nobody = pwd.getpwnam("nobody").pw_uid
        assert f"Uid:\t{nobody}\t{nobody}\t{nobody}\t{nobody}" in status
        effective = next(line for line in status.splitlines() if line.startswith("CapEff"))
        assert int(effective.split()[1], 16) == 1 << host.CAP_DAC_READ_SEARCH
        assert _ask(cluster.url) == 42
    assert closed.stat().st_mode & 0o777 == 0o700
    assert closed.stat().st_uid == 0


@as_root
def test_an_ordinary_user_runs_it_as_themselves(template: Path) -> None:
    home = Path("/tmp") / f"tongban-user-{os.getpid()}"  # pytest's own folders are closed to others
    copy(template, home / "postgres")
    uid = 23456
    for path in [home, *home.rglob("*")]:
        os.chown(path, uid, uid)
    try:
        owner = Owner(home / "postgres", uid=uid)
        assert _ask(owner.url) == 42
        server = host.server_pid(home / "postgres" / "data")
        assert f"Uid:\t{uid}\t" in Path(f"/proc/{server}/status").read_text()
        owner.leave()
        assert _until(lambda: not _processes(home / "postgres"))
    finally:
        shutil.rmtree(home)


@as_root
def test_an_unwritable_folder_gets_one_sentence() -> None:
    code = (
        "from pathlib import Path; from tongban.foundation.postgres import *\n"
        "try: Cluster(Path('/usr/share/tongban-postgres')).start()\n"
        "except PostgresError as error: print(error)"
    )
    done = subprocess.run(
        [_python_for_all(), "-c", code],
        user="nobody",
        group="nogroup",
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() == (
        "The database folder /usr/share/tongban-postgres cannot be written by this user (nobody): Permission denied."
    ), done.stderr
