"""What the provider decides, without database and clock: scopes, levels, demands of a request, claims, addresses."""

import ipaddress
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LOWEST, HIGHEST = 1, 5
# How long each thing lives. A sign-in that may be used while its person is away ends after thirty days at the latest.
CODE_LIFE = timedelta(seconds=60)
ACCESS_LIFE = timedelta(minutes=10)
REFRESH_LIFE = timedelta(days=30)
ID_TOKEN_LIFE = timedelta(minutes=10)
SIGN_OUT_TOKEN_LIFE = timedelta(minutes=2)
# A retired key is shown for so long: until what it signed has ended, and clocks that go wrong have too.
KEY_SHOWN_AFTER = ID_TOKEN_LIFE + timedelta(minutes=50)


class Scope(NamedTuple):
    """What an application may ask for: the claims, and their plain words.

    `always` marks what tells nothing of a person and needs no purpose.
    """

    label: str | Promise
    claims: tuple[str, ...]
    always: bool = False


SCOPES: Mapping[str, Scope] = {
    "openid": Scope(_("that it is you, under an identifier of its own"), ("sub", "principal_type", "act"), always=True),
    "assurance": Scope(_("how surely your identity was established"), ("assurance_level",), always=True),
    "profile": Scope(_("your name"), ("name",)),
    "identity_number": Scope(_("your identity number"), ("identity_number",)),
    "phone": Scope(_("your phone number"), ("phone_number",)),
    "address": Scope(_("your address"), ("address",)),
    "organisation": Scope(
        _("the organisation you act for, its credit code, and by what right you act"), ("organisation", "delegation")
    ),
    "post": Scope(_("your post and agency"), ("post",)),
    "offline_access": Scope(_("the same while you are not there, for thirty days at most"), ()),
}
CLAIMS = (
    *("iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "sid", "at_hash"),
    *(claim for scope in SCOPES.values() for claim in scope.claims),
)


def acr_of(level: int) -> str:
    """How a level is written in `acr`: L1 to L5, as Guangdong's levels of real-name identity are."""
    return f"L{level}"


def level_of(acr: str) -> int | None:
    """The level `acr` names; None where it is none of ours."""
    known = {acr_of(level): level for level in range(LOWEST, HIGHEST + 1)}
    return known.get(acr)


def stated_acr(level: int, asked: Iterable[int]) -> str:
    """What is said of a sign-in of `level`: of the levels asked for the highest that holds, else the real one.

    Whoever names levels gets one of these back where one holds (OpenID Connect Core 1.0, section 5.5.1.1).
    """
    return acr_of(max((one for one in asked if one <= level), default=level))


# --- what a request demands -----------------------------------------------------------------------------------------


class DemandError(ValueError):
    """The request asks for something that does not exist or contradicts itself.

    Attributes:
        error: the code of OAuth 2.0 or OpenID Connect that is answered.
    """

    def __init__(self, error: str, description: str) -> None:
        self.error, self.description = error, description
        super().__init__(description)


@dataclass(frozen=True)
class Demands:
    """How somebody must have signed in for a request.

    Attributes:
        prompts: none, login, consent, select_account.
        max_age: seconds since the sign-in, at most; None: no matter.
        levels: that it named, essential or not.
        least: below this level it is not to be answered with a sign-in.
        subject: the identifier it expects, or empty.
    """

    prompts: frozenset[str] = frozenset()
    max_age: int | None = None
    levels: tuple[int, ...] = ()
    least: int = LOWEST
    subject: str = ""


_PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_MOST_CLAIMS = 4000


def demands_of(parameters: Mapping[str, str], least: int) -> Demands:
    """What the parameters of an authorisation request demand of the sign-in.

    Args:
        parameters: of the request, as sent.
        least: the level the application needs always.

    Raises:
        DemandError: a value that is none, a contradiction, or what is not supported.
    """
    for name, error in (("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")):
        if parameters.get(name):
            raise DemandError(error, f"The parameter {name} is not supported.")
    if parameters.get("response_mode", "query") != "query":
        raise DemandError("invalid_request", "Only response_mode query is offered.")
    prompts = frozenset(parameters.get("prompt", "").split())
    if not prompts <= _PROMPTS:
        raise DemandError("invalid_request", "prompt has an unknown value.")
    if "none" in prompts and len(prompts) > 1:
        raise DemandError("invalid_request", "prompt none stands alone.")
    text = parameters.get("max_age", "")
    if text and not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004 - thirty years
        raise DemandError("invalid_request", "max_age is a whole number of seconds.")
    named = [level_of(acr) for acr in parameters.get("acr_values", "").split()]
    claims = _claims_of(parameters.get("claims", ""))
    acr = claims.get("acr") or {}
    if not isinstance(acr, Mapping):
        raise DemandError("invalid_request", "claims: acr is an object or null.")
    values = acr.get("values", [acr["value"]] if "value" in acr else [])
    if not isinstance(values, list):
        raise DemandError("invalid_request", "claims: the values of acr are a list.")
    asked = [level_of(value) if isinstance(value, str) else None for value in values]
    levels = tuple(level for level in (*named, *asked) if level)
    if acr.get("essential") is True and values:
        known = [level for level in asked if level]
        # Levels nobody has here cannot be reached by stepping up either.
        least = max(least, min(known)) if known else HIGHEST + 1
    subject = (claims.get("sub") or {}).get("value", "") if isinstance(claims.get("sub") or {}, Mapping) else ""
    return Demands(
        prompts=prompts,
        max_age=int(text) if text else None,
        levels=levels,
        least=least,
        subject=subject if isinstance(subject, str) else "",
    )


def _claims_of(text: str) -> Mapping[str, Any]:
    """What is asked of the ID token in the `claims` parameter."""
    if not text:
        return {}
    try:
        parsed = json.loads(text) if len(text) <= _MOST_CLAIMS else None
    except (ValueError, RecursionError):
        parsed = None
    found = (parsed.get("id_token") or {}) if isinstance(parsed, dict) else None
    if not isinstance(found, dict):
        raise DemandError("invalid_request", "claims is not a JSON object of OpenID Connect Core 1.0, section 5.5.")
    return found


class Step(StrEnum):
    """What comes next on the way to a sign-in at an application."""

    SIGN_IN = "sign_in"
    CHOOSE_HAT = "choose_hat"
    STEP_UP = "step_up"
    CONSENT = "consent"
    GRANT = "grant"


@dataclass(frozen=True)
class Standing:
    """How the browser stands that brings a request.

    Attributes:
        authenticated_at: when its person signed in; None: nobody did.
        level: their assurance level.
        consented: they agreed before to all that is asked.
        fits: the application is for who they are in their present hat.
        subject: under what identifier the application knows them.
        sent_away_at: when this same request sent them to sign in or step up; None: it did not.
    """

    authenticated_at: datetime | None = None
    level: int = LOWEST
    consented: bool = False
    fits: bool = True
    subject: str = ""
    sent_away_at: datetime | None = None


def next_step(demands: Demands, standing: Standing, now: datetime, *, can_step_up: bool) -> Step:
    """What has to happen now.

    Raises:
        DemandError: nothing can: the error that is answered to the application.
    """
    silent = "none" in demands.prompts
    at, away = standing.authenticated_at, standing.sent_away_at
    if at is None or _must_sign_in_anew(demands, at, away, now):
        if silent:
            raise DemandError("login_required", "Nobody is signed in, or too long ago.")
        return Step.SIGN_IN
    if not _is_who_it_is_for(demands, standing):
        return Step.CHOOSE_HAT
    if standing.level < demands.least:
        # Who comes back from stepping up without the level has not got it.
        if silent or away is not None or not can_step_up or demands.least > HIGHEST:
            raise DemandError("unmet_authentication_requirements", "The assurance level asked for is not reached.")
        return Step.STEP_UP
    if not standing.consented or "consent" in demands.prompts:
        if silent:
            raise DemandError("consent_required", "The person has not agreed to this yet.")
        return Step.CONSENT
    return Step.GRANT


def _is_who_it_is_for(demands: Demands, standing: Standing) -> bool:
    """Whether the application is for who is there in their present hat; False: another hat may be chosen."""
    if demands.subject and demands.subject != standing.subject:
        # OpenID Connect Core 1.0, section 5.5.1: then no sign-in is answered, whoever is there.
        raise DemandError("login_required", "Somebody else is signed in than is asked for.")
    if standing.fits:
        return True
    if "none" in demands.prompts:
        raise DemandError("account_selection_required", "The application is for another role of this person.")
    if standing.sent_away_at is not None:
        raise DemandError("access_denied", "The application is not for anybody this person acts as.")
    return False


def _must_sign_in_anew(demands: Demands, at: datetime, away: datetime | None, now: datetime) -> bool:
    if {"login", "select_account"} & demands.prompts and (away is None or at < away):
        return True
    # Whoever has just come back from signing in for this request is not sent again (max_age 0 would do so for ever).
    fresh = away is not None and at >= away
    return demands.max_age is not None and not fresh and now - at > timedelta(seconds=demands.max_age)


# --- what is told ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Facts:
    """What is known of who signs in, in the hat they wear.

    Attributes:
        kind: person, organisation or officer: who `subject` is.
        subject: identifier of the principal at this application.
        acting: identifier of the person who acts, where that is another.
        represented: name of the other person for whom they act; no more of that one is told.
        delegation: by what right they act.
    """

    kind: str
    subject: str
    level: int
    name: str
    id_number: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    acting: str = ""
    represented: str = ""
    organisation: Mapping[str, str] | None = None
    delegation: Mapping[str, str] | None = None
    post: Mapping[str, str] | None = None


def claims_of(facts: Facts, scopes: Collection[str]) -> dict[str, Any]:
    """The claims that `scopes` open. Who acts for an organisation or another person stands in `act` (RFC 8693, section
    4.1), that one is the subject: what is done there, it does.
    """
    about: dict[str, Any] = {}
    if "profile" in scopes:
        about["name"] = facts.name
    private = (
        ("identity_number", "identity_number", facts.id_number),
        ("phone", "phone_number", facts.phone),
        ("address", "address", {"formatted": facts.address} if facts.address else None),
    )
    # An officer is at work: their private particulars are not a department's affair.
    if facts.kind != "officer":
        about |= {claim: value for scope, claim, value in private if scope in scopes and value}
    claims: dict[str, Any] = {"sub": facts.subject, "principal_type": facts.kind}
    if facts.acting:
        claims["act"] = {"sub": facts.acting, **about}
    else:
        claims |= about
    claims |= _of_principal(facts, scopes)
    if "post" in scopes and facts.post:
        claims["post"] = dict(facts.post)
    if "assurance" in scopes:
        claims["assurance_level"] = facts.level
    return claims


def _of_principal(facts: Facts, scopes: Collection[str]) -> dict[str, Any]:
    """What is told of the organisation or the other person acted for, and by what right."""
    claims: dict[str, Any] = {}
    if "organisation" in scopes and (facts.organisation or facts.represented):
        claims["delegation"] = dict(facts.delegation or {})
    if "organisation" in scopes and facts.organisation:
        claims["organisation"] = dict(facts.organisation)
        if "profile" in scopes:
            claims["name"] = facts.organisation["name"]
    if "profile" in scopes and facts.represented:
        claims["name"] = facts.represented
    return claims


# --- addresses ------------------------------------------------------------------------------------------------------


def address_fault(uri: str, *, loopback: bool) -> str:
    """Why an application cannot have this address; empty where it can.

    `https`, a host, nothing that hides another (user names, fragments, backslashes, wildcards). Plain `http` on this
    machine only, and only with `loopback`.
    """
    try:
        parts = urlsplit(uri)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return "malformed"
    if not host or any(ord(c) <= ord(" ") or ord(c) > ord("~") for c in uri) or set("\\*\"'<>") & set(uri):
        return "malformed"
    if parts.fragment or "#" in uri:
        return "fragment"
    if parts.username is not None or parts.password is not None:
        return "user"
    if parts.scheme == "https" or (parts.scheme == "http" and loopback and is_loopback(host)):
        return ""
    return "scheme"


def is_loopback(host: str) -> bool:
    """Whether a host of an address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def may_connect(address: str, *, loopback: bool, networks: Sequence[str]) -> bool:
    """Whether the platform connects to this IP address on an application's word.

    Public addresses, networks the operator named (a government's extranet is made of private ones), and this machine
    itself with `loopback`.
    """
    found: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    found = mapped or found
    if found.is_loopback:
        return loopback
    if found.is_multicast or found.is_unspecified or found.is_link_local:
        return False
    if any(found in ipaddress.ip_network(network, strict=False) for network in networks):
        return True
    return found.is_global
