"""Every page that links lead to, as visitor, citizen, officer and administrator: headers, no inline code, tokens."""

import re
from collections import Counter
from html.parser import HTMLParser
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.utils import timezone

from tests.kept import copied, kept
from tests.world import ANSWERS, PDF, SmallWorld, account_of
from tongban.cases import actions
from tongban.cases.particulars import Particulars
from tongban.foundation.pages.middleware import CONTENT_SECURITY_POLICY
from tongban.identity.actions import Identity as Human
from tongban.identity.actions import appoint, open_account, register_person
from tongban.identity.actor import Actor, platform_process
from tongban.identity.models import Role

MOST_PAGES = 60
MOST_OF_A_KIND = 2
# What other systems post to by its protocol, and how a post without anything else is answered. The first two (OpenID
# Connect Core 1.0, section 3.1.2.1, RP-Initiated Logout 1.0, section 2) only become the same address as a GET, which
# shows a page with a token before anything happens; to the others the browser's session says nothing.
FROM_ELSEWHERE = {
    "/oidc/authorize": HTTPStatus.FOUND,
    "/oidc/end-session": HTTPStatus.FOUND,
    "/oidc/token": HTTPStatus.BAD_REQUEST,
    "/oidc/userinfo": HTTPStatus.UNAUTHORIZED,
    "/oidc/introspect": HTTPStatus.UNAUTHORIZED,
    "/oidc/revoke": HTTPStatus.UNAUTHORIZED,
}
_LOADS = {"script": "src", "img": "src", "link": "href"}
_HANDLER = re.compile(r"^on[a-z]+$")


class Page(HTMLParser):
    """What a page holds that matters here."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.wrong: list[str] = []
        self._posts: bool | None = None
        self._form = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.wrong += [f"<{tag} {name}>" for name in given if name == "style" or _HANDLER.match(name)]
        self.wrong += [
            f"{name}={value[:20]}" for name, value in given.items() if value.lower().startswith("javascript:")
        ]
        # JSON for scripts to read is no script: browsers run nothing of it.
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.wrong.append("inline script")
        if tag in {"style", "iframe", "object", "embed", "base"}:
            self.wrong.append(f"<{tag}>")
        loaded = (
            given.get("src" if tag in {"script", "img"} else "href", "") if tag in {"script", "img", "link"} else ""
        )
        if urlsplit(loaded).netloc:
            self.wrong.append(f"<{tag}> from elsewhere: {loaded}")
        if tag == "form":
            self._form = given.get("action", "")
            self._posts = False if given.get("method", "").lower() == "post" else None
            if urlsplit(self._form).netloc:
                self.wrong.append(f"form to {self._form}")
        if tag == "input" and given.get("name") == "csrfmiddlewaretoken":
            self._posts = True
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
            if given.get("target") == "_blank" and "noopener" not in given.get("rel", ""):
                self.wrong.append(f"{given['href']} opens a window that may steer ours")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            if self._posts is False:
                self.wrong.append(f"form to {self._form or 'itself'} posts without a token")
            self._posts = None


def headers_missing(response: HttpResponse) -> list[str]:
    """What is not as it must be on every answer."""
    # A file to be saved may do nothing at all where a browser shows it after all.
    saved = response.headers.get("Content-Disposition", "").startswith("attachment")
    wanted = {
        "Content-Security-Policy": "sandbox; default-src 'none'" if saved else CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    found = [name for name, value in wanted.items() if response.headers.get(name) != value]
    if name := next((n for n in ("Server", "X-Powered-By") if n in response.headers), ""):
        found.append(f"{name} tells what runs here")
    return found


def crawl(client: Client, start: list[str], *, signed_in: bool) -> dict[str, list[str]]:
    """What is wrong, by address; every kind of page twice at most."""
    waiting, kinds, seen = list(start), Counter[str](), set(start)
    wrong: dict[str, list[str]] = {}
    while waiting and len(wrong) < MOST_PAGES:
        address = waiting.pop(0)
        response: Any = client.get(address)
        path = urlsplit(address).path
        about = headers_missing(response)
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            about.append(f"answered {response.status_code}")
        html = response.headers.get("Content-Type", "").startswith("text/html")
        if (
            signed_in
            and (html or "/documents/" in path)
            and "no-store" not in response.headers.get("Cache-Control", "")
        ):
            about.append("may be stored by a shared computer")
        links = [response.headers["Location"]] if "Location" in response.headers else []
        if html and response.status_code == HTTPStatus.OK:
            page = Page(response.content.decode())
            about += page.wrong
            links += page.links
        wrong[address] = about
        for link in links:
            target = urlsplit(urljoin(address, link))
            if target.netloc or target.scheme or target.path.startswith(("/static/", "/api/")):
                continue
            kind = resolve(target.path).route if _known(target.path) else target.path
            full = target._replace(fragment="").geturl()
            if full not in seen and kinds[kind] < MOST_OF_A_KIND:
                seen.add(full)
                kinds[kind] += 1
                waiting.append(full)
    return wrong


def _known(path: str) -> bool:
    try:
        resolve(path)
    except Exception:  # noqa: BLE001 - whatever is no address of ours
        return False
    return True


built = kept(SmallWorld.build)


@pytest.fixture
def world(db: None, built: SmallWorld) -> SmallWorld:
    return copied(built)


@pytest.fixture
def handled(world: SmallWorld) -> SmallWorld:
    plan = actions.upload(world.citizen, "平面图.pdf", PDF)
    case = actions.submit_application(world.citizen, world.service.pk, ANSWERS, {1: [plan.pk]}, timezone.now())
    actions.take_step(world.reviewer, case.pk, case.revision, timezone.now(), "receive", Particulars())
    return world


def _browser(actor: Actor) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(account_of(actor))
    client.post("/act-as/", {"hat": actor.hat})
    return client


def test_as_a_visitor(handled: SmallWorld) -> None:
    wrong = crawl(Client(), ["/", "/sign-in", "/nothing-here", "/me/"], signed_in=False)
    assert {address: about for address, about in wrong.items() if about} == {}
    assert len(wrong) > 20


def test_as_a_citizen(handled: SmallWorld) -> None:
    guide = f"/guides/{handled.service.pk}/"
    wrong = crawl(_browser(handled.citizen), ["/me/", "/me/messages/", guide], signed_in=True)
    assert {address: about for address, about in wrong.items() if about} == {}
    assert len(wrong) > 25
    assert any(address.startswith("/documents/") for address in wrong)


def test_as_an_officer_and_as_administrator(handled: SmallWorld) -> None:
    wrong = crawl(_browser(handled.reviewer), ["/workbench/inbox/"], signed_in=True)
    assert {address: about for address, about in wrong.items() if about} == {}
    assert len(wrong) > 15
    operator = platform_process("tests")
    account = open_account(operator, "keeper", "correct-horse-battery")
    person = register_person(operator, Human("管理员"), account)
    appoint(operator, person, handled.agency, Role.ADMINISTRATOR, timezone.localdate())
    client = Client(raise_request_exception=False)
    client.force_login(account)
    wrong = crawl(client, ["/workbench/", "/admin/", "/admin/government/agency/"], signed_in=True)
    assert {address: about for address, about in wrong.items() if about} == {}
    assert len(wrong) > 10


def _patterns(resolver: URLResolver, prefix: str = "") -> list[tuple[str, URLPattern]]:
    found = []
    for one in resolver.url_patterns:
        path = prefix + str(one.pattern)
        found += _patterns(one, path) if isinstance(one, URLResolver) else [(path, one)]
    return found


def test_every_address_refuses_a_post_without_token(handled: SmallWorld) -> None:
    """From another site a browser sends the cookie, but knows no token."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(account_of(handled.citizen))
    put_in = {"uuid": str(handled.service.pk), "slug": "withdraw", "int": "1", "str": "450721000000", "path": "x"}
    answers = {}
    for path, _pattern in _patterns(get_resolver()):
        if path.startswith(("api/", "admin/", "^", "<path")):
            continue
        address = "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda m: put_in[m[1] or "str"], path)
        answers[address] = client.post(address, {"x": "1"}).status_code
    assert len(answers) > 80
    allowed = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}
    assert {address: status for address, status in answers.items() if status not in allowed} == FROM_ELSEWHERE
    assert sum(status == HTTPStatus.FORBIDDEN for status in answers.values()) > 50
    assert settings.CSRF_COOKIE_HTTPONLY
