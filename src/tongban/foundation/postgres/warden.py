"""The process between Tongban and its PostgreSQL server. Run as a script, with the standard library only.

`warden.py exec` gives up root and becomes the program it is told to run (initdb).
`warden.py guard` runs the server as its child, starts it again when it crashes, and stops it when the last
user of the cluster is gone. Every user holds a shared lock on the users file; the kernel drops it however the
user dies, so the warden needs no message, only the exclusive lock. If the warden itself is killed, Linux
tells the server to stop (PR_SET_PDEATHSIG).
"""

import argparse
import ctypes
import ctypes.util
import fcntl
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

# include/uapi/linux/prctl.h and capability.h
PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522

# PostgreSQL's own meaning of the signals: fast shutdown, then immediate. Each is sent so many times,
# because one that comes between fork and exec is lost.
SHUTDOWN = ((signal.SIGINT, 40), (signal.SIGQUIT, 10), (signal.SIGKILL, 10))
SIGNAL_EVERY_SECONDS = 0.5
# A server that ends at once is started again after a longer and longer wait; one that had run is back in a moment.
STABLE_AFTER_SECONDS = 5.0
SHORTEST_WAIT_SECONDS = 0.4
LONGEST_WAIT_SECONDS = 30.0


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(ctypes.util.find_library("c") or "libc.so.6", use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def give_up_root(uid: int, gid: int, capability: int | None) -> None:
    """Becomes `uid`; keeps one capability (its number) over the coming exec, where one is asked for.

    The one kept is leave to pass folders closed to others, so that data under a root user's private folder
    can be reached without opening that folder to anybody.
    """
    libc = _libc() if capability is not None else None
    if libc is not None:
        _check(libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "PR_SET_KEEPCAPS")
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if libc is not None and capability is not None:
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        bit = 1 << capability
        # Two triples effective, permitted, inheritable: capabilities 0 to 31, then 32 to 63.
        data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
        _check(libc.capset(header, data), "capset")
        _check(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0), "PR_CAP_AMBIENT_RAISE")


def become(options: argparse.Namespace) -> None:
    """Replaces this process by the program asked for."""
    if options.uid is not None:
        give_up_root(options.uid, options.gid, options.capability)
    os.execv(options.program[0], options.program)  # noqa: S606 - no shell is wanted


def wait_after(crashes: int) -> float:
    """Seconds until the server is started again after it ended unexpectedly so many times in a row, from 1 on."""
    return min(SHORTEST_WAIT_SECONDS * 2.0 ** min(crashes - 1, 10), LONGEST_WAIT_SECONDS)


class Guard:
    """Keeps one server running until its users are gone."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.server = 0
        self.stopping = threading.Event()

    def run(self) -> int:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stop())
        threading.Thread(target=self._wait_for_users_to_leave, daemon=True).start()
        crashes = 0
        while True:
            started = time.monotonic()
            status = self._serve_once()
            if self.stopping.is_set():
                return 0
            if not Path(self.options.state).exists():
                return os.waitstatus_to_exitcode(status) or 1  # it never came up: whoever started it says why
            crashes = 1 if time.monotonic() - started > STABLE_AFTER_SECONDS else crashes + 1
            self._log(f"the server ended unexpectedly (status {status}), starting it again ({crashes})")
            # The processes of the crashed server need a moment to notice. It is never given up: whoever mends the cause
            # (a full disk, say) finds the platform running again.
            self.stopping.wait(wait_after(crashes))
            if self.stopping.is_set():
                return 0

    def _serve_once(self) -> int:
        warden = os.getpid()
        # A stop that comes between fork and the server's own handlers must wait for them, not be lost: the mask goes
        # over the exec, and PostgreSQL opens it when it is ready.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        self.server = os.fork()
        if self.server == 0:
            try:
                if self.options.uid is not None:
                    give_up_root(self.options.uid, self.options.gid, self.options.capability)
                if sys.platform == "linux":
                    # After the change of user, which clears it.
                    _check(_libc().prctl(PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0), "PR_SET_PDEATHSIG")
                if os.getppid() != warden:
                    os._exit(1)
                os.execv(self.options.program[0], self.options.program)  # noqa: S606 - no shell is wanted
            except BaseException as error:  # noqa: BLE001 - the copy of the warden must never go on running
                os.write(2, f"warden: {error}\n".encode())
                os._exit(127)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        if self.stopping.is_set():
            self._signal(signal.SIGINT)
        _, status = os.waitpid(self.server, 0)
        self.server = 0
        return status

    def _wait_for_users_to_leave(self) -> None:
        # Stays open, and so locked, until this process ends: newcomers wait for that.
        with Path(self.options.users).open("rb") as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            self.stopping.set()
            for number, times in SHUTDOWN:
                for _ in range(times):
                    self._signal(number)
                    time.sleep(SIGNAL_EVERY_SECONDS)

    def _stop(self) -> None:
        self.stopping.set()
        self._signal(signal.SIGINT)

    def _signal(self, number: signal.Signals) -> None:
        if self.server:
            with suppress(ProcessLookupError):
                os.kill(self.server, number)

    def _log(self, sentence: str) -> None:
        sys.stderr.write(f"warden: {sentence}\n")
        sys.stderr.flush()


def main() -> int:
    """Reads the arguments given by `cluster.py` and does as told."""
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["exec", "guard"])
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("--capability", type=int)
    parser.add_argument("--alive", help="file locked exclusively for the warden's life")
    parser.add_argument("--users", help="file on which every user holds a shared lock")
    parser.add_argument("--state", help="file that exists once the server was reached")
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()
    if options.mode == "exec":
        become(options)
    with Path(options.alive).open("rb") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        return Guard(options).run()


if __name__ == "__main__":
    sys.exit(main())
