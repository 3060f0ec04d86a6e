"""What somebody may send: other hosts, other sites' addresses, planted sessions, files that are two things at once."""

import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.files.uploadedfile import SimpleUploadedFile
from django.shortcuts import resolve_url
from django.test import Client, override_settings

import tongban
from tests.kept import copied, kept
from tests.world import ANSWERS, PASSWORD, PDF, SmallWorld, account_of
from tongban.cases import actions
from tongban.identity.models import Account

ELSEWHERE = (
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "https:evil.example",
    "\t//evil.example",
    "javascript:alert(1)",
    "http://127.0.0.1@evil.example/",
)
# Which modules may open connections to elsewhere, and why that is no way into the inner network.
FETCHERS: dict[str, str] = {
    "foundation/outgoing.py": "each address a name stands for is judged, the connection goes to one that was judged,"
    " and redirections are not followed",
}
_LIBRARIES = {
    "httpx",
    "requests",
    "aiohttp",
    "urllib3",
    "http.client",
    "urllib.request",
    "ftplib",
    "socket",
}


_IMPORTED = re.compile(r"^\s*(?:import|from)\s+([\w.]+)", re.MULTILINE)


built = kept(SmallWorld.build)


@pytest.fixture
def world(db: None, built: SmallWorld) -> SmallWorld:
    return copied(built)


@pytest.fixture
def citizen(world: SmallWorld) -> Client:
    client = Client()
    client.force_login(account_of(world.citizen))
    return client


def _sign_in(client: Client, name: str, password: str, **also: str) -> Any:
    # Both names of the first field that sign-in pages use.
    given = {"username": name, "login": name, "password": password, **also}
    return client.post(resolve_url(settings.LOGIN_URL), given)


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_nothing_redirects_to_another_site(world: SmallWorld, citizen: Client, wanted: str) -> None:
    answers = [
        _sign_in(Client(), "wei", PASSWORD, next=wanted),
        Client().get(resolve_url(settings.LOGIN_URL), {"next": wanted}),
        citizen.get(resolve_url(settings.LOGIN_URL), {"next": wanted}),
        citizen.post("/act-as/", {"hat": "person", "next": wanted}),
        citizen.post("/switch/language", {"language": "en", "next": wanted}),
        citizen.post("/switch/display", {"mode": "elder", "next": wanted}),
        citizen.post("/regions/switch", {"region": "450721000000", "next": wanted}),
        citizen.get("/regions/switch", {"region": "450721000000", "next": wanted}),
    ]
    assert [a.headers["Location"] for a in answers if "evil" in a.headers.get("Location", "")] == []
    assert not any("javascript:" in a.headers.get("Location", "") for a in answers)
    assert not any(f'value="{wanted}"' in a.content.decode() for a in answers if a.status_code == 200)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "127.0.0.1:80@evil.example", ""])
def test_another_host_is_refused(db: None, host: str) -> None:
    answer = Client(raise_request_exception=False).get("/sign-in", headers={"Host": host} if host else {"Host": "  "})
    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()


def test_a_proxys_headers_do_not_choose_the_host(db: None) -> None:
    page = Client().get("/me/", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert "evil.example" not in page.headers["Location"] + page.content.decode()


@pytest.mark.parametrize(
    "address", ["/search?department=a%00", "/search?q=%00", "/?region=%00", "/me/who-looked/?before=%00"]
)
def test_nul_in_an_address_is_refused(db: None, address: str) -> None:
    assert Client(raise_request_exception=False).get(address).status_code == 400


@pytest.mark.parametrize(
    ("way", "posted"),
    [("/sign-out", {}), ("/oidc/end-session/now", {"decision": "end"}), ("/me/data/close/", {"understood": "1"})],
)
def test_however_somebody_signs_out_the_browser_forgets_the_pages(
    world: SmallWorld, way: str, posted: dict[str, str]
) -> None:
    browser = Client()
    browser.force_login(Account.objects.get(username="wei"))
    assert "Clear-Site-Data" not in browser.get("/me/").headers
    gone = browser.post(way, posted)
    assert gone.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert browser.get("/me/").headers["Location"].startswith("/sign-in")
    # Who was not signed in has nothing to forget.
    assert "Clear-Site-Data" not in browser.post("/sign-out").headers


def test_signing_in_begins_another_session(world: SmallWorld) -> None:
    """Who planted a session's key in somebody's browser holds nothing after they sign in."""
    name = settings.SESSION_COOKIE_NAME
    planted = Client()
    planted.cookies[name] = "p" * 32
    planted.get("/")
    assert _sign_in(planted, "wei", PASSWORD).status_code == 302
    given = planted.cookies[name].value
    assert given != "p" * 32
    attacker = Client()
    attacker.cookies[name] = "p" * 32
    assert attacker.get("/me/").status_code == 302
    planted.post("/sign-out")
    returned = Client()
    returned.cookies[name] = given
    assert returned.get("/me/").headers["Location"].startswith("/sign-in")


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(world: SmallWorld) -> None:
    client = Client()
    client.get("/sign-in")
    _sign_in(client, "wei", PASSWORD)
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie = client.cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert not cookie["domain"]


def test_behind_tls_cookies_are_secure_and_of_this_host_only() -> None:
    """The settings as TONGBAN_HTTPS=1 makes them, in a process of their own."""
    wanted = (
        "from django.conf import settings as s; print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,"
        " s.LANGUAGE_COOKIE_SECURE, s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SECURE_HSTS_SECONDS >= 31536000)"
    )
    environment = os.environ | {"TONGBAN_HTTPS": "1"}
    said = subprocess.run([sys.executable, "-c", wanted], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["True", "True", "True", "__Host-session", "__Host-csrf", "True"]


class CountingHasher(MD5PasswordHasher):
    """Counts how often a password was hashed."""

    algorithm = "counting"
    count = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).count += 1
        return super().encode(password, salt)


def test_an_unknown_name_costs_as_much_as_a_wrong_password(world: SmallWorld) -> None:
    """Hashing is what takes time: as many hashes for a name that does not exist say nothing about it."""
    with override_settings(PASSWORD_HASHERS=[f"{__name__}.CountingHasher"]):
        known = Account.objects.get(username="wei")
        known.set_password(PASSWORD)
        known.save()
        _sign_in(Client(), "warm-up", "x")
        counts = []
        for name in ("wei", "nobody-of-that-name"):
            before = CountingHasher.count
            _sign_in(Client(), name, "not the password")
            counts.append(CountingHasher.count - before)
    assert counts[0] == counts[1] > 0


def _zip(**members: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("plan.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("plan.html", b"<!doctype html><script>alert(1)</script>"),
        ("plan.pdf", b"<html><script>alert(1)</script>%PDF-1.4"),
        ("plan.png", b"GIF89a/*\x89PNG*/=1;alert(1)"),
        ("plan.pdf.exe", PDF),
        ("plan.exe", b"MZ\x90\x00"),
        ("plan.jpg", PDF),
        ("plan.docx", _zip(**{"a.txt": "no office file"})),
        ("plan.zip", _zip(**{"../../etc/passwd": "x"})),
        ("plan.pdf", b""),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_files_of_other_types_are_refused(citizen: Client, name: str, data: bytes) -> None:
    citizen.defaults["HTTP_X_CSRFTOKEN"] = ""
    answer = citizen.post("/api/v1/uploads", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 422, answer.content


def test_what_was_handed_in_is_saved_never_shown(world: SmallWorld, citizen: Client) -> None:
    """A file may be two things at once (here PDF and HTML): a browser gets no chance to run the other."""
    both = PDF + b"<html><script>alert(document.cookie)</script></html>"
    plan = actions.upload(world.citizen, '"><script>.pdf', both)
    from django.utils import timezone

    case = actions.submit_application(world.citizen, world.service.pk, ANSWERS, {1: [plan.pk]}, timezone.now())
    material = case.materials.get().pk
    for address in (f"/files/{material}", f"/api/v1/materials/{material}/content"):
        answer = citizen.get(address)
        assert answer.content == both
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert "<" not in answer.headers["Content-Disposition"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer.headers["Cache-Control"]
        assert "html" not in answer.headers["Content-Type"]
    assert "sandbox" in citizen.get(f"/files/{material}").headers["Content-Security-Policy"]


def test_nothing_fetches_addresses_that_somebody_gave() -> None:
    """No module opens connections to elsewhere but those named here; so no request can be forged through us."""
    source = Path(tongban.__file__).parent
    found = set()
    for path in source.rglob("*.py"):
        module = path.relative_to(source).as_posix()
        names = _IMPORTED.findall(path.read_text(encoding="utf-8"))
        if _LIBRARIES & set(names) and not module.startswith(("cli/", "foundation/postgres/")):
            found.add(module)
    assert found == set(FETCHERS)
