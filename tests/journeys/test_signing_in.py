"""An officer's way in, in a browser: app, recovery code, passkey, and the list of where one is signed in."""

import re
import time
from dataclasses import replace

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import CDPSession

from tests.journeys.site import Site, Walk
from tests.portal.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
OFFICER = "zhao.shen"


def with_password(walk: Walk) -> None:
    walk.go("/sign-in?next=/workbench/tasks/")
    walk.page.fill("[name=username]", OFFICER)
    walk.page.fill("[name=password]", PASSWORD)
    walk.press("main form button")


def enter(walk: Walk, code: str) -> None:
    walk.page.fill("[name=code]", code)
    walk.press("form:has([name=code]) button")


def shown_by_app(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def authenticator(walk: Walk) -> CDPSession:
    """A device with a fingerprint reader, in this browser (WebAuthn's virtual authenticator)."""
    devtools = walk.page.context.new_cdp_session(walk.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools


def test_an_officers_way_in(site: Site) -> None:  # noqa: PLR0915 - one way, from its beginning to its end
    hat = site.world.actor(site.world.reviewer).hat
    # A passkey belongs to a name: this machine's.
    named = replace(site, url=site.url.replace("127.0.0.1", "localhost"))
    with named.walk("zh-hans") as desk, named.walk("en", width=390, scripted=False) as phone:
        # The first time: nothing of the office before a second factor is set up.
        with_password(desk)
        assert desk.page.url.endswith("/sign-in/second-factor")
        desk.look("second-factor")
        desk.press("main .ways a")
        secret = desk.page.inner_text(".secret").replace(" ", "")
        desk.look("add-app")
        enter(desk, shown_by_app(secret))
        codes = desk.page.locator(".codes code").all_inner_texts()
        assert len(codes) == 10
        desk.look("recovery-codes")
        desk.press("main a.button")
        desk.page.check(f"[name=hat][value='{hat}']")
        desk.press("main form button")
        assert desk.page.url.endswith("/workbench/tasks/")

        # Without script, at a phone's width: the password, then what the app shows.
        with_password(phone)
        phone.look("second-step")
        assert phone.page.locator("#passkey").count() == 0
        enter(phone, shown_by_app(secret))
        assert "/act-as/" in phone.page.url

        # A passkey, set up and then used alone; the one who sits at another desk is signed out from here.
        devtools = authenticator(desk)
        desk.go("/me/sign-in/")
        desk.look("sign-in-and-security")
        desk.go("/me/sign-in/passkeys/add")
        if "/again/" in desk.page.url:
            enter(desk, codes[0])
        desk.look("add-passkey")
        desk.press("#passkey")
        desk.go("/me/sign-in/passkeys/")
        assert desk.page.locator(".file-list li").count() == 1
        desk.press(".file-list a[href$='/name']")
        desk.look("rename-passkey")
        desk.page.fill("[name=name]", "办公室的钥匙")
        desk.press("main form button")
        assert "办公室的钥匙" in desk.page.locator(".file-list").inner_text()
        desk.look("passkeys")
        desk.go("/me/sign-in/sessions")
        assert desk.page.locator(".file-list li").count() == 2
        desk.look("sessions")
        desk.press(".file-list form button")
        assert desk.page.locator(".file-list li").count() == 1
        phone.go("/workbench/inbox/")
        assert "/sign-in?next=" in phone.page.url

        desk.press(".site-bar form[action='/sign-out'] button")
        desk.go("/sign-in")
        desk.look("sign-in-with-passkey")
        desk.press("#passkey")
        assert "/act-as/" in desk.page.url  # password and second factor in one
        desk.page.check(f"[name=hat][value='{hat}']")
        desk.press("main form button")
        assert desk.page.url.endswith("/workbench/inbox/")

        # A passkey after the password; a recovery code where neither is at hand, once.
        desk.press(".site-bar form[action='/sign-out'] button")
        with_password(desk)
        desk.press("#passkey")
        assert "/act-as/" in desk.page.url
        devtools.send("WebAuthn.disable")
        with_password(phone)
        enter(phone, codes[1])
        assert "/act-as/" in phone.page.url
        phone.press(".site-bar form[action='/sign-out'] button")
        with_password(phone)
        enter(phone, codes[1])
        assert re.search("not right", phone.page.inner_text(".error-summary"))
