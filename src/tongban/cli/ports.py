"""Whether a port can be had, and whose it is if not."""

import errno
import os
import socket
from contextlib import suppress
from pathlib import Path


def port_problem(address: str, port: int) -> str:
    """Empty where a server could listen on `address`:`port`; otherwise one sentence that says why not."""
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        return f"'{address}' is not an address of this machine ({error.strerror}); choose one with --host."
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
        except PermissionError:
            return f"Port {port} may only be opened by root; choose one above 1023 with --port."
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                holder = port_holder(port)
                by = f" by {holder}" if holder else ""
                return f"Port {port} on {address} is in use{by}; stop that program or choose another --port."
            return f"'{address}' cannot be listened on ({error.strerror}); choose another --host."
    return ""


def port_holder(port: int) -> str:
    """The program that listens on a TCP port ("python3 (process 123)"), or nothing where that cannot be seen."""
    sockets = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if int(fields[1].rpartition(":")[2], 16) == port and fields[3] == "0A":  # listening
                    sockets.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").glob("[0-9]*") if sockets else ():
        with suppress(OSError):
            for handle in (process / "fd").iterdir():
                if os.readlink(handle) in sockets:  # noqa: PTH115 - the target is no path
                    return f"{(process / 'comm').read_text(encoding='utf-8').strip()} (process {process.name})"
    return ""
