"""A relying party for tests: an application in the directory, and the steps it takes by the test client."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet

from tongban.government.models import Agency
from tongban.identity.actor import platform_process
from tongban.identity.provider.actions.directory import (
    Asked,
    Particulars,
    register_application,
    review_application,
)
from tongban.identity.provider.models import Application

ISSUER = "http://testserver"
BACK = "https://shop.example/callback"
LAW = "《中华人民共和国食品安全法》第三十五条"
ASKS = tuple(Asked(scope, "核对申请人身份", LAW, "To check who applies") for scope in ("profile", "identity_number"))
OPERATOR = platform_process("tests")


def particulars(**changes: Any) -> Particulars:
    """A sound registration, but for what is changed."""
    said: dict[str, Any] = {
        "name": "食品安全追溯",
        "name_en": "Food tracing",
        "home_uri": "https://shop.example/",
        "redirect_uris": [BACK],
        "audiences": ["person", "organisation"],
        "asks": (*ASKS, Asked("organisation", "核对企业", LAW), Asked("offline_access", "夜间核对", LAW)),
        "sign_out_uris": ["https://shop.example/bye"],
    }
    return Particulars(**said | changes)


def published(agency: Agency, *, public: bool = False, **changes: Any) -> "Party":
    """An application that was registered and reviewed."""
    now = timezone.now()
    application, secret = register_application(OPERATOR, agency, particulars(**changes), now, public=public)
    review_application(OPERATOR, application.pk, now, publish=True)
    application.refresh_from_db()
    return Party(application, secret)


@dataclass
class Party:
    """An application, and what it does."""

    application: Application
    secret: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    nonce: str = "n-1"

    @property
    def basic(self) -> dict[str, str]:
        """The header by which it says who it is."""
        pair = base64.b64encode(f"{self.application.client_id}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def request(self, **changes: str | None) -> str:
        """The address it sends a browser to."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        parameters: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.application.client_id,
            "redirect_uri": self.application.redirect_uris[0],
            "scope": "openid profile",
            "state": "s-1",
            "nonce": self.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        merged = {name: value for name, value in (parameters | changes).items() if value is not None}
        return f"/oidc/authorize?{urlencode(merged)}"

    def agree(self, browser: Client, **changes: str | None) -> dict[str, str]:
        """Go through the consent page where there is one; the parameters that come back."""
        address = self.request(**changes)
        response = browser.get(address)
        if response.status_code == 200:
            response = browser.post(address.replace("/authorize", "/consent"), {"decision": "agree"})
        return answer(response)

    def redeem(self, browser: Client, code: str, **changes: str) -> Any:
        """Turn the code into tokens."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.application.redirect_uris[0],
            "code_verifier": self.verifier,
        }
        return browser.post("/oidc/token", form | changes, headers=self.basic)

    def refresh(self, browser: Client, token: str, **changes: str) -> Any:
        form = {"grant_type": "refresh_token", "refresh_token": token}
        return browser.post("/oidc/token", form | changes, headers=self.basic)

    def tokens(self, browser: Client, **changes: str | None) -> dict[str, Any]:
        """All the way."""
        response = self.redeem(browser, self.agree(browser, **changes)["code"])
        assert response.status_code == 200, response.content
        found: dict[str, Any] = response.json()
        return found

    def ask(self, browser: Client, path: str, token: str) -> Any:
        """Introspect or revoke."""
        return browser.post(f"/oidc/{path}", {"token": token}, headers=self.basic)


def answer(response: Any) -> dict[str, str]:
    """What a response carries back to the application, by redirect or by the page that goes on."""
    location = response["Location"] if response.status_code == 302 else response.context["location"]
    parts = urlsplit(location)
    return {name: values[0] for name, values in parse_qs(parts.query).items()} | {
        "to": f"{parts.scheme}://{parts.netloc}{parts.path}"
    }


def claims_in(browser: Client, id_token: str) -> dict[str, Any]:
    """The claims of an ID token, verified with the keys that are published."""
    keys = KeySet.import_key_set(browser.get("/oidc/keys").json())
    return dict(jwt.decode(id_token, keys, algorithms=["RS256"]).claims)


def userinfo(browser: Client, token: str) -> Any:
    return browser.get("/oidc/userinfo", headers={"Authorization": f"Bearer {token}"})
