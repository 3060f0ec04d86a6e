"""One PostgreSQL cluster in a folder: made when absent, started when it does not run, shared when it does."""

import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote, urlsplit

from tongban.foundation.postgres import host
from tongban.foundation.postgres.errors import PostgresError

USER = DATABASE = "tongban"
WARDEN = Path(__file__).with_name("warden.py")
STARTING_SECONDS = 60.0
STOPPING_SECONDS = 35.0
SHARED_AFTER_SECONDS = 0.5
POLL_SECONDS = 0.02
PORTS_TRIED = 5
# What PostgreSQL says when another server, or what is left of one, still holds the data.
ORPHAN_IN_THE_WAY = ('lock file "postmaster.pid" already exists', "pre-existing shared memory block")
NEEDED_BYTES = 100 * 1024 * 1024
LOG_BYTES = 10 * 1024 * 1024

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may have 107 bytes, ours may be longer
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and their details hold what people entered; the log must not.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
}


def _silent(_: str) -> None:
    """Reports nothing."""


@contextmanager
def database(home: Path, *, progress: Callable[[str], None] = _silent) -> Iterator[str]:
    """The URL of the database of the installation at `home`, running while the context lasts.

    `DATABASE_URL` wins: where it is set, nothing is started. Otherwise the cluster in `home`/postgres is
    used, and `DATABASE_URL` names it within the context, for Django's settings and for child processes.

    Raises:
        PostgresError: the cluster cannot be used, or `DATABASE_URL` names no server; one sentence says why.
    """
    given = os.environ.get("DATABASE_URL")
    if given:
        _check_url(given)
        yield given
        return
    with Cluster(home / "postgres", progress=progress) as cluster:
        os.environ["DATABASE_URL"] = cluster.url
        try:
            yield cluster.url
        finally:
            del os.environ["DATABASE_URL"]


def _check_url(url: str) -> None:
    """Refuses what is no address of a PostgreSQL server, without repeating it: it may hold a password."""
    try:
        parts = urlsplit(url)
        named = parts.scheme in {"postgres", "postgresql"} and bool(parts.path.strip("/")) and (parts.port or 1)
    except ValueError:
        named = False
    if not named:
        raise PostgresError(
            "DATABASE_URL does not name a PostgreSQL database; expected postgresql://USER:PASSWORD@HOST:PORT/NAME."
        )


class Cluster:
    """A cluster in `folder`; a context manager. Several processes may use it at once.

    The first one starts the server; it stops when the last one has left, however it left.
    Set `durable=False` for tests only: a crash of the machine then loses the database.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        durable: bool = True,
        progress: Callable[[str], None] = _silent,
    ) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.password_file = self.folder / "password"
        self.log = self.folder / "server.log"
        self._state = self.folder / "state.json"
        self._wanted_port = port
        self._durable = durable
        self._progress = progress
        self._users: IO[bytes] | None = None
        self._warden: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where the running server is reached, password included: not for logs."""
        password = quote(self.password_file.read_text(encoding="ascii").strip())
        return f"postgresql://{USER}:{password}@127.0.0.1:{self._port}/{DATABASE}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Joins the running server, or starts one.

        Raises:
            PostgresError: one sentence, with the folder, the port or the disk it is about.
        """
        try:
            self._prepare_folder()
            with self._locked("start.lock", fcntl.LOCK_EX, "is being started by another process"):
                self._join_or_start()
        except PermissionError as error:
            self.stop()
            raise PostgresError(
                f"The database folder {self.folder} cannot be used by this user ({host.me()}): {error}."
            ) from error
        except OSError as error:
            self.stop()
            raise PostgresError(f"The database in {self.folder} cannot be started: {error}.") from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Leaves. Who started the server waits until it is down, unless others go on using it."""
        if self._users:
            self._users.close()
            self._users = None
        if not self._warden:
            return
        deadline = time.monotonic() + STOPPING_SECONDS
        shared_since = time.monotonic()
        while self._warden.poll() is None and time.monotonic() < deadline:
            # Nobody can share the users file while the warden, holding it alone, is stopping the server.
            if not self._free("users.lock", fcntl.LOCK_SH):
                shared_since = time.monotonic()
            elif time.monotonic() - shared_since > SHARED_AFTER_SECONDS:
                break
            time.sleep(POLL_SECONDS)
        self._warden.returncode = self._warden.returncode or 0  # a shared one goes on: not a forgotten child
        self._warden = None

    def _prepare_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for name in ("start.lock", "users.lock", "warden.lock"):
                (self.folder / name).touch(mode=0o600)
        except OSError as error:
            raise PostgresError(
                f"The database folder {self.folder} cannot be written by this user ({host.me()}): {error.strerror}."
            ) from error

    def _join_or_start(self) -> None:
        deadline = time.monotonic() + STARTING_SECONDS
        while True:
            self._users = self._users or self._take_users_lock(deadline)
            if self._free("warden.lock", fcntl.LOCK_EX):
                self._start_server()
                return
            if self._last_port() is None:
                # A server whose starter died before it was up, or one going down: let it end.
                self._users.close()
                self._users = None
            elif self._answers():
                return
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"The database in {self.folder} neither answers nor stops within {STARTING_SECONDS:.0f} s;"
                    f" see {self.log}."
                )
            time.sleep(POLL_SECONDS)

    def _start_server(self) -> None:
        last_port = self._last_port()
        self._state.unlink(missing_ok=True)
        binaries = host.binaries()
        account = host.service_account(self.data, binaries)
        free = shutil.disk_usage(self.folder).free
        if free < NEEDED_BYTES:
            raise PostgresError(
                f"The disk of {self.folder} is full: {free // 1024**2} MB are free,"
                f" the database needs {NEEDED_BYTES // 1024**2} MB to start."
            )
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        if not self.data.exists():
            self._progress("making the database cluster")
            self._make(binaries, account)
        host.check_version(self.data, binaries)
        host.hand_over(self.data, account)
        self._progress("starting PostgreSQL")
        for attempt in range(PORTS_TRIED):
            host.end_orphan(self.data)
            self._port = self._wanted_port or _free_port(last_port if attempt == 0 else None)
            if self._try_port(binaries, account):
                break
        else:
            raise PostgresError(f"No free port was found for the database in {self.folder}; see {self.log}.")
        self._make_database()
        _write_whole(self._state, json.dumps({"port": self._port}))

    def _make(self, binaries: Path, account: host.Account) -> None:
        """Makes the cluster beside its place and moves it there when it is whole."""
        if not self.password_file.exists():
            _write_whole(self.password_file, secrets.token_urlsafe(32))
        partial = self.folder / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        handle, password_copy = tempfile.mkstemp(dir=self.folder, prefix=".password-")
        try:
            os.write(handle, self.password_file.read_bytes())
            os.close(handle)
            account.own(partial)
            account.own(Path(password_copy))
            command = [
                *[str(binaries / "initdb"), "--pgdata", str(partial), "--username", USER],
                *["--pwfile", password_copy, "--auth", "scram-sha-256"],
                *["--encoding", "UTF8", "--locale", "C", "--no-instructions"],
                *([] if self._durable else ["--no-sync"]),
            ]
            done = subprocess.run(
                self._through_warden("exec", account, command),
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                env=_plain_environment(),
                cwd="/",
            )
            if done.returncode != 0:
                raise PostgresError(self._why(done.stderr or done.stdout, "The database cluster cannot be made"))
            partial.rename(self.data)
        finally:
            Path(password_copy).unlink(missing_ok=True)
            shutil.rmtree(partial, ignore_errors=True)

    def _try_port(self, binaries: Path, account: host.Account) -> bool:
        """True when the server answers; False when the port or the data was taken meanwhile.

        Raises:
            PostgresError: the server cannot start, or the port asked for is another program's.
        """
        settings = SETTINGS | ({} if self._durable else THROWAWAY_SETTINGS)
        settings |= {"port": str(self._port), "dynamic_shared_memory_type": host.shared_memory()}
        command = [str(binaries / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            begin = log.tell()
            self._warden = subprocess.Popen(
                self._through_warden("guard", account, command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_plain_environment(),
                cwd="/",
                start_new_session=True,  # Ctrl-C is for Tongban, which then stops the server in order
            )
        deadline = time.monotonic() + STARTING_SECONDS
        # A server that a killed warden left behind may have written the file: it is about to stop.
        while not (self._ready() and host.is_child(host.server_pid(self.data) or 0, self._warden.pid)):
            if self._warden.poll() is not None:
                self._warden = None
                with self.log.open("rb") as log:
                    log.seek(begin)
                    said = log.read().decode("utf-8", "replace")
                if "could not bind" in said and self._wanted_port:
                    raise PostgresError(
                        f"Port {self._port} for the database is taken by another program; choose another one."
                    )
                if any(reason in said for reason in ("could not bind", *ORPHAN_IN_THE_WAY)):
                    return False
                raise PostgresError(self._why(said, "The database cannot be started"))
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"The database in {self.folder} was not ready after {STARTING_SECONDS:.0f} s; see {self.log}."
                )
            time.sleep(POLL_SECONDS)
        return True

    def _ready(self) -> bool:
        """Whether the server says so: the eighth line of postmaster.pid, as pg_ctl reads it."""
        with suppress(OSError, ValueError):
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
            return len(lines) > 7 and int(lines[3]) == self._port and lines[7].strip() == "ready"  # noqa: PLR2004
        return False

    def _answers(self) -> bool:
        """Whether the server others run is up: a killed one leaves a file that says it is."""
        self._port = self._last_port() or 0
        if not self._ready():
            return False
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=1):
            return True
        return False

    def _make_database(self) -> None:
        import psycopg  # noqa: PLC0415 - a tenth of a second, not wanted by `tongban --help`

        with psycopg.connect(
            self.url.removesuffix(f"/{DATABASE}") + "/postgres", autocommit=True, connect_timeout=10
        ) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not found:
                connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0")

    def _through_warden(self, mode: str, account: host.Account, command: list[str]) -> list[str]:
        # Isolated and without site-packages: the warden needs neither, and starts in 20 ms.
        arguments = [sys.executable, "-I", "-S", str(WARDEN), mode, *account.arguments()]
        if mode == "guard":
            arguments += ["--alive", str(self.folder / "warden.lock")]
            arguments += ["--users", str(self.folder / "users.lock"), "--state", str(self._state)]
        return [*arguments, "--", *command]

    def _why(self, said: str, what: str) -> str:
        if "No space left on device" in said:
            return f"{what}: the disk of {self.folder} is full."
        telling = [line for line in said.splitlines() if "FATAL" in line or "error" in line or "warden" in line]
        reason = (telling or said.strip().splitlines() or ["no reason given"])[-1].strip()
        return f"{what} in {self.folder}: {reason} (more in {self.log})."

    def _last_port(self) -> int | None:
        with suppress(OSError, ValueError, KeyError):
            return int(json.loads(self._state.read_text(encoding="utf-8"))["port"])
        return None

    def _take_users_lock(self, deadline: float) -> IO[bytes]:
        file = (self.folder / "users.lock").open("rb")
        _close_after_fork(file)
        while not _try_lock(file, fcntl.LOCK_SH):
            if time.monotonic() > deadline:
                file.close()
                raise PostgresError(f"The database in {self.folder} does not stop; see {self.log}.")
            time.sleep(POLL_SECONDS)
        return file

    def _free(self, name: str, kind: int) -> bool:
        with (self.folder / name).open("rb") as file:
            return _try_lock(file, kind)

    @contextmanager
    def _locked(self, name: str, kind: int, otherwise: str) -> Iterator[None]:
        deadline = time.monotonic() + STARTING_SECONDS
        with (self.folder / name).open("rb") as file:
            while not _try_lock(file, kind):
                if time.monotonic() > deadline:
                    raise PostgresError(f"The database in {self.folder} {otherwise}, and that takes too long.")
                time.sleep(POLL_SECONDS)
            yield


def _try_lock(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _close_after_fork(file: IO[bytes]) -> None:
    """A forked copy must not keep the lock alive when its parent is killed; an exec closes it anyway."""
    os.register_at_fork(after_in_child=file.close)


def _free_port(wished: int | None) -> int:
    for port in (wished, 0):
        if port is None:
            continue
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise PostgresError("This machine has no free port on 127.0.0.1 for the database.")


def _plain_environment() -> dict[str, str]:
    """Without PGDATA, PGPORT and the like, which would change what the programs do."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C"}


def _write_whole(path: Path, text: str) -> None:
    """Writes a private file so that it is there whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)
