"""The provider with real relying parties, over real connections: Debian's mod_auth_openidc, authlib's client as a
department's system, and this platform as the one that takes another government's sign-in.
"""

import html
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
from authlib.integrations.requests_client import OAuth2Session
from django.db import connection
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.databases import delete_rows
from tests.identity.provider.party import LAW, OPERATOR, Party, published
from tests.world import SmallWorld
from tongban.foundation.sealing import blind_index
from tongban.government.models import Platform
from tongban.identity.models import Account, Person
from tongban.identity.provider.actions.directory import Asked
from tongban.identity.provider.actions.federation import Trust, end_trust, trust_provider
from tongban.identity.provider.jobs import tell_applications
from tongban.identity.provider.keys import rotate_signing_key
from tongban.identity.provider.models import ForeignIdentity, SigningKey, TrustedProvider

pytestmark = pytest.mark.django_db
MODULE = Path("/usr/lib/apache2/modules/mod_auth_openidc.so")
PASSWORD = "a-password-for-the-citizen"
GOES_ON = re.compile(r'http-equiv="refresh" content="0;url=([^"]+)"')
NUMBER = "450721199001010011"
PATIENCE_SECONDS = 30


class Site:
    """The platform on a port of its own, with committed rows."""

    def __init__(self, url: str, world: SmallWorld) -> None:
        self.url, self.world = url, world


@pytest.fixture(scope="module")
def site(django_db_setup: None, django_db_blocker: Any) -> Iterator[Site]:
    from django.conf import settings
    from pytest_django.live_server_helper import LiveServer

    before, settings.OIDC_LOOPBACK = settings.OIDC_LOOPBACK, True
    with django_db_blocker.unblock():
        world = SmallWorld.build()
        account = Account.objects.get(pk=str(world.citizen.account_id))
        account.set_password(PASSWORD)
        account.save()
        Person.objects.filter(pk=str(world.citizen.person_id)).update(
            id_number=NUMBER, id_number_index=blind_index(NUMBER, "person.id_number"), assurance_level=4
        )
        server = LiveServer("127.0.0.1")
        # The first request loads every address there is, and makes the signing key.
        httpx.get(f"{server.url}/oidc/keys", trust_env=False, timeout=60)
        yield Site(server.url, world)
        server.stop()
        delete_rows()
    settings.OIDC_LOOPBACK = before


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Browser:
    """Follows redirects, fills in forms, goes on from the page that goes on by itself."""

    def __init__(self, site: Site) -> None:
        self.by_itself = True
        self.http = httpx.Client(follow_redirects=True, timeout=60, trust_env=False, cookies={"language": "en"})
        self.site = site

    def get(self, address: str) -> httpx.Response:
        return self._onward(self.http.get(address))

    def submit(self, page: httpx.Response, **values: str) -> httpx.Response:
        """Send the form in the main part of the page."""
        main = page.text.partition("<main")[2]
        action = re.search(r'<form method="post"(?: action="([^"]*)")?', main)
        assert action, main
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', main))
        form = {name: html.unescape(value) for name, value in hidden.items()}
        target = page.url.join(html.unescape(action[1])) if action[1] else page.url
        return self._onward(self.http.post(target, data=form | values))

    def sign_in(self, page: httpx.Response) -> httpx.Response:
        """Type name and password, and agree."""
        username = Account.objects.get(pk=str(self.site.world.citizen.account_id)).username
        page = self.submit(page, username=username, password=PASSWORD)
        return self.submit(page, decision="agree") if 'value="agree"' in page.text else page

    def sign_out(self) -> None:
        page = self.http.get(f"{self.site.url}/me/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token
        self.http.post(f"{self.site.url}/sign-out", data={"csrfmiddlewaretoken": token[1]})

    def _onward(self, page: httpx.Response) -> httpx.Response:
        goes_on = self.by_itself and GOES_ON.search(page.text)
        return self._onward(self.http.get(html.unescape(goes_on[1]))) if goes_on else page


@pytest.fixture
def browser(site: Site) -> Iterator[Browser]:
    made = Browser(site)
    yield made
    made.http.close()


# --- Apache with mod_auth_openidc -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def apache(site: Site, django_db_blocker: Any) -> Iterator[tuple[str, Party]]:
    """A department's web server that lets nobody in who has not signed in at the platform."""
    program = shutil.which("apache2") or shutil.which("apache2", path="/usr/sbin")
    if not program or not MODULE.exists():
        pytest.skip("Debian's apache2 with libapache2-mod-auth-openidc is not installed")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with django_db_blocker.unblock():
        party = published(
            site.world.agency,
            name="档案馆",
            name_en="Archive",
            home_uri=url,
            redirect_uris=[f"{url}/inside/answer"],
            sign_out_uris=[f"{url}/bye.html"],
            back_channel_uri=f"{url}/inside/answer?logout=backchannel",
        )
    # Its workers are another user: they could not pass the folders of pytest's own.
    folder = Path(tempfile.mkdtemp(prefix="tongban-apache-"))
    folder.chmod(0o711)
    (folder / "www" / "inside").mkdir(parents=True)
    (folder / "www" / "inside" / "page.html").write_text("the archive")
    (folder / "www" / "bye.html").write_text("good bye")
    modules = ["mpm_event", "authn_core", "authz_core", "authz_user", "headers", "auth_openidc"]
    owner = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    (folder / "apache.conf").write_text(
        "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in modules)
        + f"""
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog {folder}/error.log
DefaultRuntimeDir {folder}
{owner}
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MaxRequestWorkers 8
DocumentRoot {folder}/www
OIDCProviderMetadataURL {site.url}/.well-known/openid-configuration
OIDCClientID {party.application.client_id}
OIDCClientSecret {party.secret}
OIDCRedirectURI {url}/inside/answer
OIDCCryptoPassphrase of-this-test
OIDCPKCEMethod S256
OIDCHTTPTimeoutShort 60
OIDCScope "openid profile"
OIDCRemoteUserClaim sub
OIDCPassClaimsAs environment
<Location /inside>
  AuthType openid-connect
  Require valid-user
  Header set X-User "expr=%{{REMOTE_USER}}"
  Header set X-Level "%{{OIDC_CLAIM_acr}}e"
</Location>
"""
    )
    process = subprocess.Popen(
        [program, "-f", str(folder / "apache.conf"), "-DFOREGROUND"], stderr=subprocess.PIPE, text=True
    )
    try:
        _until(lambda: _answers(f"{url}/bye.html"), process)
        yield url, party
    finally:
        process.terminate()
        process.communicate(timeout=10)
        shutil.rmtree(folder, ignore_errors=True)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _until(holds: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for another program to be ready; nothing else tells."""
    # On a machine that does much else it may take long; where nothing else runs it is ready in a tenth of a second.
    latest = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < latest, "apache did not come up"
        time.sleep(0.02)


@pytest.mark.apache
def test_debians_apache_lets_in_who_signed_in_here(apache: tuple[str, Party], browser: Browser) -> None:
    url, _party = apache
    page = browser.get(f"{url}/inside/page.html")
    assert "/sign-in" in str(page.url)
    page = browser.sign_in(page)
    assert page.text == "the archive", page.text
    assert len(page.headers["X-User"]) == 43
    assert page.headers["X-Level"] == "L4"
    # Single sign-on: another browser window of the same session is let in without a question.
    assert browser.get(f"{url}/inside/page.html?again").text == "the archive"
    # Signing out at the platform signs out there: the module takes our notice.
    browser.sign_out()
    assert tell_applications(timezone.now()) == 1
    assert "/sign-in" in str(browser.get(f"{url}/inside/page.html").url)


@pytest.mark.apache
def test_apache_signs_its_person_out_at_the_platform(apache: tuple[str, Party], browser: Browser) -> None:
    url, _party = apache
    assert browser.sign_in(browser.get(f"{url}/inside/page.html")).text == "the archive"
    page = browser.get(f"{url}/inside/answer?logout={url.replace(':', '%3A').replace('/', '%2F')}%2Fbye.html")
    assert page.text == "good bye"
    assert "/sign-in" in str(browser.get(f"{browser.site.url}/me/").url)


# --- a department's system with authlib's client ----------------------------------------------------------------------


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class DepartmentSystem:
    """A WSGI application that signs people in at the platform and greets them."""

    def __init__(self, platform: str) -> None:
        self.server = make_server("127.0.0.1", 0, self, handler_class=Quiet)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.platform, self.kept = platform, dict[str, str]()
        self.metadata: dict[str, Any] = {}
        self.client_id = self.secret = ""
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def client(self) -> OAuth2Session:
        return OAuth2Session(
            self.client_id,
            self.secret,
            scope="openid profile identity_number offline_access",
            redirect_uri=f"{self.url}/answer",
            code_challenge_method="S256",
        )

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        self.metadata = (
            self.metadata or httpx.get(f"{self.platform}/.well-known/openid-configuration", trust_env=False).json()
        )
        if environ["PATH_INFO"] != "/answer":
            address, state = self.client().create_authorization_url(
                self.metadata["authorization_endpoint"], code_verifier="v" * 64, nonce="of-this-test"
            )
            self.kept["state"] = state
            start("302 Found", [("Location", address)])
            return [b""]
        given = dict(parse_qsl(environ["QUERY_STRING"]))
        assert given["iss"] == self.metadata["issuer"] == self.platform
        with self.client() as client:
            token = client.fetch_token(
                self.metadata["token_endpoint"],
                code=given["code"],
                state=self.kept["state"],
                code_verifier="v" * 64,
            )
            keys = KeySet.import_key_set(httpx.get(self.metadata["jwks_uri"], trust_env=False).json())
            claims = dict(jwt.decode(token["id_token"], keys, algorithms=["RS256"]).claims)
            about = client.get(self.metadata["userinfo_endpoint"]).json()
            again = client.refresh_token(self.metadata["token_endpoint"], refresh_token=token["refresh_token"])
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"claims": claims, "about": about, "rotated": again["refresh_token"]}).encode()]


@pytest.fixture(scope="module")
def department(site: Site, django_db_blocker: Any) -> Iterator[DepartmentSystem]:
    system = DepartmentSystem(site.url)
    with django_db_blocker.unblock():
        asks = tuple(Asked(scope, "核对身份", LAW) for scope in ("profile", "identity_number", "offline_access"))
        party = published(
            site.world.agency,
            name="业务系统",
            name_en="Department system",
            home_uri=system.url,
            redirect_uris=[f"{system.url}/answer"],
            asks=asks,
        )
    system.client_id, system.secret = party.application.client_id, party.secret
    yield system
    system.server.shutdown()
    system.server.server_close()
    system.thread.join()


def test_authlibs_client_signs_somebody_in(department: DepartmentSystem, browser: Browser) -> None:
    page = browser.sign_in(browser.get(department.url))
    told = page.json()
    assert told["claims"]["nonce"] == "of-this-test"
    assert told["claims"]["acr"] == "L4"
    assert told["about"]["identity_number"] == NUMBER
    assert told["about"]["sub"] == told["claims"]["sub"]
    assert told["rotated"]


# --- at once --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plain(site: Site, django_db_blocker: Any) -> Party:
    """An application without a server of its own."""
    with django_db_blocker.unblock():
        return published(site.world.agency, name="并发", name_en="At once")


def codes(party: Party, browser: Browser, count: int) -> list[str]:
    """So many codes of one person who is signed in and has agreed."""
    address = browser.site.url + party.request()
    browser.by_itself = False
    page = browser.get(address)
    browser.sign_in(page)
    browser.http.follow_redirects = False
    return [parse_qs(urlsplit(browser.http.get(address).headers["Location"]).query)["code"][0] for _ in range(count)]


def redeem(party: Party, site: Site, code: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": party.verifier}
    form["redirect_uri"] = party.application.redirect_uris[0]
    return httpx.post(f"{site.url}/oidc/token", data=form, headers=party.basic, trust_env=False, timeout=60)


def test_one_code_redeemed_by_four_at_once_opens_nothing_in_the_end(plain: Party, browser: Browser, site: Site) -> None:
    code = codes(plain, browser, 1)[0]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: redeem(plain, site, code), range(4)))
    good = [one.json() for one in answers if one.status_code == 200]
    assert len(good) == 1
    header = {"Authorization": f"Bearer {good[0]['access_token']}"}
    assert httpx.get(f"{site.url}/oidc/userinfo", headers=header, trust_env=False).status_code == 401


def test_keys_rotate_while_people_sign_in(plain: Party, browser: Browser, site: Site) -> None:
    made = codes(plain, browser, 9)

    def rotate(_: int) -> None:
        rotate_signing_key(OPERATOR, timezone.now())
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda code: redeem(plain, site, code), made)
        rotations = pool.map(rotate, range(3))
        tokens = [one.json()["id_token"] for one in answers]
        list(rotations)
    keys = KeySet.import_key_set(httpx.get(f"{site.url}/oidc/keys", trust_env=False).json())
    assert all(jwt.decode(token, keys, algorithms=["RS256"]).claims["sub"] for token in tokens)
    assert SigningKey.objects.filter(retired_at=None).count() == 1


# --- another government's sign-in -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def neighbour(site: Site, django_db_blocker: Any) -> TrustedProvider:
    """The other government's platform: this one's provider, of which the client below knows nothing but its issuer."""
    with django_db_blocker.unblock():
        party = published(
            site.world.agency,
            name="邻省平台",
            name_en="Neighbouring platform",
            redirect_uris=["https://testserver/sign-in/from/answer"],
            asks=tuple(Asked(scope, "跨省通办", LAW) for scope in ("profile", "identity_number")),
        )
        platform = Platform.objects.create(code="neighbour", name="邻省", kind="provincial")
        trust = Trust(site.url, party.application.client_id, party.secret, highest_level=3)
        return trust_provider(OPERATOR, platform, trust, timezone.now())


def come_from(neighbour: TrustedProvider, here: Client, browser: Browser) -> Any:
    """Go to the neighbour's platform, sign in there, and come back."""
    away = here.get(f"/sign-in/from/{neighbour.pk}/?next=/me/messages/", secure=True)
    assert away.status_code == 302, away.content.decode()
    # The answer goes to our own platform, which is here the test's client.
    browser.http.follow_redirects = browser.by_itself = False
    page = browser.http.get(away["Location"])
    while True:
        goes_on = GOES_ON.search(page.text)
        if page.is_redirect or goes_on:
            target = page.url.join(html.unescape(goes_on[1]) if goes_on else page.headers["Location"])
            if target.host == "testserver":
                return here.get(target.raw_path.decode(), secure=True)
            page = browser.http.get(target)
        elif 'name="password"' in page.text:
            username = Account.objects.get(pk=str(browser.site.world.citizen.account_id)).username
            page = browser.submit(page, username=username, password=PASSWORD)
        else:
            page = browser.submit(page, decision="agree")


def test_another_governments_sign_in_is_taken_up_to_the_level_we_trust(
    neighbour: TrustedProvider, browser: Browser, site: Site
) -> None:
    here = Client()
    back = come_from(neighbour, here, browser)
    assert (back.status_code, back["Location"]) == (302, "/me/messages/")
    page = here.get("/me/")
    actor = page.wsgi_request.actor  # type: ignore[attr-defined]
    assert actor.person_id == site.world.citizen.person_id, "found by the verified number"
    assert actor.assurance_level == 3, "the neighbour says L4, we believe L3"
    linked = ForeignIdentity.objects.get()
    assert linked.person_id == site.world.citizen.person_id
    # The answer is good once.
    assert here.get(f"/sign-in/from/answer?{urlsplit(back.wsgi_request.get_full_path()).query}").status_code == 403
    end_trust(OPERATOR, neighbour.pk, timezone.now())
    assert Client().get(f"/sign-in/from/{neighbour.pk}/").status_code == 404


@pytest.mark.parametrize("spoilt", ["state", "iss", "code"])
def test_an_answer_that_is_not_whole_is_not_believed(neighbour: TrustedProvider, browser: Browser, spoilt: str) -> None:
    here = Client()
    away = here.get(f"/sign-in/from/{neighbour.pk}/", secure=True)
    asked = parse_qs(urlsplit(away["Location"]).query)
    given = {"state": asked["state"][0], "iss": neighbour.issuer, "code": "made-up"}
    given[spoilt] = "http://evil.example" if spoilt != "code" else "guessed"
    back = here.get("/sign-in/from/answer", given, secure=True)
    assert back.status_code == 403
    assert "_auth_user_id" not in here.session
