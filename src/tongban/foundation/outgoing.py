"""Calls to addresses that others gave us: to the host that was looked at, once, and nowhere else.

Whoever registers an address must not make the platform call its own inner services with it (server-side request
forgery). The name is resolved once, each address it may stand for is judged, and the connection goes to the address
that was judged: a name that means another host a moment later gains nothing. Redirections are not followed.
"""

import http.client
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 5.0
MOST_BYTES = 256 * 1024
_DEFAULT_PORTS = {"https": 443, "http": 80}

Judge = Callable[[str], bool]
"""Whether the platform connects to an IP address."""


class UnreachableError(OSError):
    """The address was not called, or gave no answer; the message says why, without what was sent."""


@dataclass(frozen=True)
class Reply:
    """Status and body, of which no more than `MOST_BYTES` were read."""

    status: int
    body: bytes


def call(
    method: str,
    uri: str,
    judge: Judge,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> Reply:
    """One request to `uri`.

    Args:
        method: GET or POST.
        uri: of http or https; which of them may be is the caller's to say.
        judge: whether an IP address may be connected to.
        body: what is sent.
        headers: sent with it.
        timeout: seconds for each of connecting and answering.

    Raises:
        UnreachableError: no such host, a host that may not be called, no answer in time, an answer that is too long.
    """
    parts = urlsplit(uri)
    host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    if not host or not port:
        raise UnreachableError("not an address of the web")
    address = _judged(host, port, judge)
    connection = _connection(parts.scheme, host, port, address, timeout)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        content = response.read(MOST_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(type(error).__qualname__) from error
    finally:
        connection.close()
    if len(content) > MOST_BYTES:
        raise UnreachableError("the answer is too long")
    return Reply(response.status, content)


def _judged(host: str, port: int, judge: Judge) -> str:
    """The first address of the host, where every one of them may be connected to."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnreachableError("no such host") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(judge(address) for address in addresses):
        raise UnreachableError("a host that is not called")
    return addresses[0]


def _connection(scheme: str, host: str, port: int, address: str, timeout: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return _PinnedTls(host, port, address, timeout)
    return _Pinned(host, port, address, timeout)


class _Pinned(http.client.HTTPConnection):
    """A connection to one IP address, whatever its host's name may mean by now."""

    def __init__(self, host: str, port: int, address: str, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)


class _PinnedTls(_Pinned):
    """The same with TLS, and a certificate for the host's name."""

    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
