"""The other side: asking another government's provider who somebody is.

This is the seam: `begin` gives the address to send a browser to and what to remember meanwhile, `finish` turns what
comes back into `ForeignClaims`. Whatever else speaks OpenID Connect can stand here; who the person is in this
platform is decided by `actions.federation`, from the claims alone.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.conf import settings
from django.core.cache import cache
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from tongban.foundation.outgoing import Reply, UnreachableError, call
from tongban.identity.provider.jobs import may_be_called
from tongban.identity.provider.models import TrustedProvider
from tongban.identity.provider.rules import LOWEST, address_fault, level_of

SCOPE = "openid profile identity_number"
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_METADATA_SECONDS = 300
# Two installations' clocks.
_LEEWAY_SECONDS = 60


class ForeignSignInError(Exception):
    """The other platform did not say who it is, or not so that it can be believed; the message is for the log."""


@dataclass(frozen=True)
class ForeignClaims:
    """What a trusted provider says of somebody.

    Attributes:
        subject: its identifier, stable for us.
        level: how surely it says it knows; not yet capped by our trust.
        id_number: verified by it, or empty.
    """

    subject: str
    level: int
    name: str = ""
    id_number: str = field(default="", repr=False)


def begin(provider: TrustedProvider, redirect_uri: str, wanted: int) -> tuple[str, dict[str, str]]:
    """(the address to send the browser to, what to remember of it).

    Args:
        provider: whom to ask.
        redirect_uri: where the answer comes to.
        wanted: the assurance level that is wished for.

    Raises:
        ForeignSignInError: its metadata cannot be had.
    """
    kept = {name: secrets.token_urlsafe(24) for name in ("state", "nonce")}
    kept |= {"verifier": secrets.token_urlsafe(48), "provider": str(provider.pk)}
    parameters = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
        "state": kept["state"],
        "nonce": kept["nonce"],
        "acr_values": " ".join(f"L{level}" for level in range(provider.highest_level, wanted - 1, -1)),
        "code_challenge": create_s256_code_challenge(kept["verifier"]),
        "code_challenge_method": "S256",
    }
    endpoint = _endpoint(_metadata(provider), "authorization_endpoint")
    return str(add_params_to_uri(endpoint, list(parameters.items()))), kept


def finish(
    provider: TrustedProvider, kept: Mapping[str, str], answered: Mapping[str, str], redirect_uri: str
) -> ForeignClaims:
    """Whom the other platform says it is, after everything it said was verified.

    Args:
        provider: whom was asked.
        kept: of `begin`.
        answered: the parameters that came back.
        redirect_uri: the same as for `begin`.

    Raises:
        ForeignSignInError: an error, another state or issuer, a token that is not sound.
    """
    if not secrets.compare_digest(answered.get("state", ""), kept["state"]):
        raise ForeignSignInError("the state is another")
    # RFC 9207: who answers is who was asked.
    if answered.get("iss", provider.issuer) != provider.issuer:
        raise ForeignSignInError("another provider answered")
    if "code" not in answered:
        raise ForeignSignInError("no code came back")
    metadata = _metadata(provider)
    tokens = _redeem(provider, metadata, kept["verifier"], answered["code"], redirect_uri)
    claims = _verified(provider, metadata, str(tokens.get("id_token", "")), kept["nonce"])
    about = {**_user_information(metadata, str(tokens.get("access_token", "")), claims["sub"]), **claims}
    if about.get("principal_type", "person") != "person":
        raise ForeignSignInError("it is no person that signed in there")
    return ForeignClaims(
        subject=claims["sub"],
        level=level_of(str(claims.get("acr", ""))) or LOWEST,
        name=str(about.get("name", ""))[:100],
        id_number=str(about.get("identity_number", "")).strip().upper(),
    )


def _redeem(
    provider: TrustedProvider, metadata: Mapping[str, Any], verifier: str, code: str, redirect_uri: str
) -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    # RFC 6749, section 2.3.1: both are encoded before they are joined.
    pair = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
    }
    uri = _endpoint(metadata, "token_endpoint")
    return _json(_call("POST", uri, body=urlencode(form).encode(), headers=headers), "token endpoint")


def _verified(provider: TrustedProvider, metadata: Mapping[str, Any], token: str, nonce: str) -> dict[str, Any]:
    """The claims of the ID token (OpenID Connect Core 1.0, section 3.1.3.7)."""
    keys: Any = _json(_call("GET", _endpoint(metadata, "jwks_uri")), "keys")
    try:
        decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS)
        JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": provider.client_id},
            nonce={"essential": True, "value": nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(decoded.claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise ForeignSignInError(f"the ID token is not sound: {type(error).__qualname__}") from error
    claims = dict(decoded.claims)
    party = claims.get("azp", provider.client_id)
    if party != provider.client_id or not isinstance(claims["sub"], str):
        raise ForeignSignInError("the ID token is for somebody else")
    return claims


def _user_information(metadata: Mapping[str, Any], access_token: str, subject: str) -> dict[str, Any]:
    if not access_token or "userinfo_endpoint" not in metadata:
        return {}
    headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
    found = _json(_call("GET", _endpoint(metadata, "userinfo_endpoint"), headers=headers), "user information")
    if found.get("sub") != subject:
        raise ForeignSignInError("the user information is somebody else's")
    return found


def _metadata(provider: TrustedProvider) -> Mapping[str, Any]:
    """What the provider publishes of itself, asked anew every five minutes."""
    key = f"provider-metadata-{provider.pk}"
    found: dict[str, Any] | None = cache.get(key)
    if found is None or found.get("issuer") != provider.issuer:
        found = _json(_call("GET", f"{provider.issuer}/.well-known/openid-configuration"), "metadata")
        if found.get("issuer") != provider.issuer:
            raise ForeignSignInError("the metadata are another issuer's")
        cache.set(key, found, _METADATA_SECONDS)
    return found


def _endpoint(metadata: Mapping[str, Any], name: str) -> str:
    uri = metadata.get(name)
    if not isinstance(uri, str) or address_fault(uri, loopback=settings.OIDC_LOOPBACK):
        raise ForeignSignInError(f"{name} is no address that is called")
    return uri


def _call(method: str, uri: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reply:
    if address_fault(uri, loopback=settings.OIDC_LOOPBACK):
        raise ForeignSignInError("not an address that is called")
    try:
        return call(method, uri, may_be_called, body=body, headers=headers)
    except UnreachableError as error:
        raise ForeignSignInError(f"not reached: {error}") from error


def _json(reply: Reply, what: str) -> dict[str, Any]:
    try:
        found = json.loads(reply.body)
    except (ValueError, RecursionError):
        found = None
    if reply.status != HTTPStatus.OK or not isinstance(found, dict):
        raise ForeignSignInError(f"{what}: answered {reply.status}")
    return found
