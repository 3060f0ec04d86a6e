"""Calls to addresses of others: each is judged, pinned and bounded; by a real server of this machine."""

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tongban.foundation.outgoing import MOST_BYTES, UnreachableError, call
from tongban.identity.provider.rules import may_connect


class _Answers(http.server.BaseHTTPRequestHandler):
    heard: list[tuple[str, str, str]] = []

    def do_GET(self) -> None:
        self.heard.append((str(self.headers["Host"]), self.path, self.client_address[0]))
        self.send_response(302 if self.path == "/elsewhere" else 200)
        if self.path == "/elsewhere":
            self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
        self.end_headers()
        self.wfile.write(b"x" * (MOST_BYTES + 1) if self.path == "/long" else b"here")

    def log_message(self, *_args: object) -> None:
        """Nothing on the screen."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[str]]]:
    """What names of `.test` mean: the addresses of each, one list after the other for each time it is asked."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if not host.endswith(".test"):
            return real(host, port, *args, **kwargs)
        if not known.get(host):
            raise socket.gaierror
        return [entry for one in known[host].pop(0).split() for entry in real(one, port, *args, **kwargs)]

    monkeypatch.setattr("tongban.foundation.outgoing.socket.getaddrinfo", look_up)
    return known  # type: ignore[return-value] # the patch is undone by pytest


def loopback(address: str) -> bool:
    return may_connect(address, loopback=True, networks=())


def public(address: str) -> bool:
    return may_connect(address, loopback=False, networks=())


def test_the_host_that_was_judged_is_called_whatever_its_name_means_later(
    port: int, names: dict[str, list[str]]
) -> None:
    # A second look-up would lead elsewhere, and a third fail.
    names["shop.test"] = ["127.0.0.1", "192.0.2.1"]
    reply = call("GET", f"http://shop.test:{port}/a?b=c", loopback)
    assert (reply.status, reply.body) == (200, b"here")
    assert _Answers.heard[-1] == (f"shop.test:{port}", "/a?b=c", "127.0.0.1")
    assert names["shop.test"] == ["192.0.2.1"]


@pytest.mark.parametrize(
    "means", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "0.0.0.0", "::ffff:127.0.0.1", "127.0.0.1 192.0.2.1"]
)
def test_no_inner_address_is_called(port: int, names: dict[str, list[str]], means: str) -> None:
    """One address of several that may not be called is enough."""
    names["inner.test"] = [means]
    before = len(_Answers.heard)
    with pytest.raises(UnreachableError, match="a host that is not called"):
        call("GET", f"http://inner.test:{port}/", public)
    assert len(_Answers.heard) == before


def test_redirections_are_answers_and_long_ones_are_none(port: int, names: dict[str, list[str]]) -> None:
    assert call("GET", f"http://127.0.0.1:{port}/elsewhere", loopback).status == 302
    with pytest.raises(UnreachableError, match="too long"):
        call("GET", f"http://127.0.0.1:{port}/long", loopback)
    for nowhere in ("http://nobody.test/", "ftp://127.0.0.1/", "http:///x", "https://" + "a" * 70 + ".test/"):
        with pytest.raises(UnreachableError):
            call("GET", nowhere, loopback)


def test_who_accepts_and_says_nothing_is_left(names: dict[str, list[str]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(UnreachableError):
        call("GET", f"http://127.0.0.1:{deaf.getsockname()[1]}/", loopback, timeout=0.05)


def test_tls_needs_a_certificate_for_the_name(
    tmp_path: Path, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is pinned; whose certificate it must show is still the name's."""
    certificate = _certificate(tmp_path, "shop.test")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        names |= {"shop.test": ["127.0.0.1", "127.0.0.1"], "other.test": ["127.0.0.1"]}
        with pytest.raises(UnreachableError, match="SSLCertVerificationError"):
            call("GET", f"https://shop.test:{server.server_port}/", loopback)  # signed by nobody who is known
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert call("GET", f"https://shop.test:{server.server_port}/", loopback).status == 200
        with pytest.raises(UnreachableError, match="SSLCertVerificationError"):
            call("GET", f"https://other.test:{server.server_port}/", loopback)
        server.shutdown()


def _certificate(folder: Path, name: str) -> Path:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + made.public_bytes(Encoding.PEM))
    return path
