"""The protocol: authlib reads and judges requests and writes answers; what is kept and told is ours.

Stricter than the specifications ask: only the code flow, PKCE with S256 of every client, redirect addresses compared
character by character, the issuer in every answer (RFC 9207).
"""

import secrets
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from authlib.common.urls import add_params_to_uri
from authlib.consts import default_json_headers
from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Payload, grants
from authlib.oauth2.rfc6749.models import AuthorizationCodeMixin, ClientMixin, TokenMixin
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oidc.core import OpenIDCode
from authlib.oidc.core.grants.util import create_half_hash
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from tongban.identity.actor import Actor
from tongban.identity.provider import keys
from tongban.identity.provider.actions import signing_in
from tongban.identity.provider.actions.signing_in import CodeRequest, Session
from tongban.identity.provider.facts import facts_of, holder_of, subject_in
from tongban.identity.provider.keys import token_digest
from tongban.identity.provider.models import Application, AuthorizationCode, ProviderToken
from tongban.identity.provider.rules import ACCESS_LIFE, ID_TOKEN_LIFE, SCOPES, claims_of

_TOKEN_BYTES = 32
_SAYS_NOTHING = {name for name, scope in SCOPES.items() if scope.always}
_ALL_METHODS = ["client_secret_basic", "client_secret_post", "none"]


def issuer_of(request: HttpRequest) -> str:
    """As whom the provider answers: the address of the setting, or else the one it was asked at."""
    configured: str = settings.OIDC_ISSUER
    return configured or f"{request.scheme}://{request.get_host()}"


class _Payload(OAuth2Payload):  # type: ignore[misc] # authlib ships no types
    """What a request carries. At the authorisation endpoint that is its query, at the others the form alone: a secret
    in an address would stand in logs.
    """

    def __init__(self, request: HttpRequest, *, from_query: bool) -> None:
        self._given = request.GET if from_query else request.POST

    @property
    def data(self) -> dict[str, str]:
        return {name: value for name, value in self._given.items() if isinstance(value, str)}

    @property
    def datalist(self) -> "defaultdict[str, list[str]]":
        return defaultdict(list, {name: self._given.getlist(name) for name in self._given})


class ProviderRequest(OAuth2Request):  # type: ignore[misc] # authlib ships no types
    """A request as authlib reads it."""

    def __init__(self, request: HttpRequest, *, from_query: bool = False) -> None:
        # Whether the way to us is safe is judged where the issuer is set: TLS may end at a proxy before us.
        super().__init__("GET" if from_query else str(request.method), "https://provider/", headers=request.headers)
        self.payload = _Payload(request, from_query=from_query)
        self.issuer = issuer_of(request)

    @property
    def args(self) -> dict[str, str]:
        return self.payload.data

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data


class Client(ClientMixin):  # type: ignore[misc] # authlib ships no types
    """A published application as authlib asks it."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.client_id = application.client_id

    def get_client_id(self) -> str:
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """None: the address is always named."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What of the scopes asked the application may have; None without `openid`: nobody signs in then."""
        asked = (scope or "").split()
        if "openid" not in asked:
            return None
        registered = set(self.application.scopes.values_list("scope", flat=True))
        allowed = registered | {name for name, known in SCOPES.items() if known.always}
        return " ".join(name for name in SCOPES if name in allowed and name in asked)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.application.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        kept = self.application.secret_digest
        return kept is not None and constant_time_compare(token_digest(client_secret), kept)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - authlib's signature
        return (method == "none") == self.application.is_public

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in {"authorization_code", "refresh_token"}


class _Code(AuthorizationCodeMixin):  # type: ignore[misc] # authlib ships no types
    """A code that was taken, as authlib asks it."""

    code_challenge_method = "S256"

    def __init__(self, kept: AuthorizationCode) -> None:
        self.kept, self.sign_in = kept, kept.sign_in
        self.code_challenge = kept.challenge

    def get_redirect_uri(self) -> str:
        return self.kept.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.sign_in.scopes)


class _Token(TokenMixin):  # type: ignore[misc] # authlib ships no types
    """A token, as authlib asks it."""

    def __init__(self, kept: ProviderToken) -> None:
        self.kept, self.sign_in = kept, kept.sign_in

    def check_client(self, client: Client) -> bool:
        return bool(self.sign_in.application_id == client.application.pk)

    def get_scope(self) -> str:
        return " ".join(self.kept.scopes)

    def is_expired(self) -> bool:
        return self.kept.expires_at <= timezone.now()

    def is_revoked(self) -> bool:
        ended = self.kept.revoked_at or self.kept.used_at or self.sign_in.ended_at
        return ended is not None or holder_of(self.sign_in, timezone.now()) is None


@dataclass(frozen=True)
class Grantee:
    """Who agreed to which scopes, and in which session."""

    actor: Actor
    session: Session
    acr: str
    scopes: tuple[str, ...]


class _Challenge(CodeChallenge):  # type: ignore[misc] # authlib ships no types
    """PKCE with S256, of every client and every time (RFC 9700, section 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD: ClassVar[list[str]] = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:  # noqa: ANN401 - authlib ships no types
        given = grant.request.payload.data
        if not given.get("code_challenge") or given.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE is needed: code_challenge with code_challenge_method S256.")
        super().validate_code_challenge(grant, redirect_uri)


class _CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc] # authlib ships no types
    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = _ALL_METHODS

    def generate_authorization_code(self) -> str:
        """The code; what it stands for is kept with it."""
        request, given = self.request, self.request.payload.data
        grantee: Grantee = request.user
        asked = CodeRequest(
            redirect_uri=given["redirect_uri"],
            scopes=tuple(name for name in request.scope.split() if name in grantee.scopes),
            challenge=given["code_challenge"],
            nonce=given.get("nonce", "")[:300],
            acr=grantee.acr,
            issuer=request.issuer,
        )
        return signing_in.sign_in_to_application(
            grantee.actor, request.client.application, asked, grantee.session, timezone.now()
        )

    def save_authorization_code(self, code: str, request: Any) -> None:  # noqa: ANN401 - authlib ships no types
        """Done already."""

    def query_authorization_code(self, code: str, client: Client) -> _Code | None:
        kept = signing_in.take_code(client.application, code, timezone.now())
        return _Code(kept) if kept else None

    def authenticate_user(self, authorization_code: _Code) -> Actor | None:
        return holder_of(authorization_code.sign_in, timezone.now())

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        """It stays until the jobs clear it away, so that a second use is known for what it is."""


class _RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc] # authlib ships no types
    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = _ALL_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> _Token | None:
        kept = signing_in.take_refresh_token(self.request.client.application, refresh_token, timezone.now())
        return _Token(kept) if kept and holder_of(kept.sign_in, timezone.now()) else None

    def authenticate_user(self, refresh_token: _Token) -> Actor | None:
        return holder_of(refresh_token.sign_in, timezone.now())

    def revoke_old_credential(self, refresh_token: _Token) -> None:
        """Done with the issue of the new one."""


class _IdToken(OpenIDCode):  # type: ignore[misc] # authlib ships no types
    """The ID token (OpenID Connect Core 1.0, section 2): who, how surely, when.

    What is known of them is told by the user information alone. ID tokens come back in addresses (`id_token_hint`),
    where no name and no number may stand.
    """

    def exists_nonce(self, nonce: str, request: Any) -> bool:  # noqa: ANN401, ARG002 - authlib's signature
        """The nonce is for the application to compare; a code is good for one use in any case."""
        return False

    def encode_id_token(self, token: dict[str, Any], request: ProviderRequest) -> str:
        now, code = timezone.now(), request.authorization_code
        sign_in = code.sign_in
        facts = facts_of(request.user, request.client.application.sector, sign_in.assurance_level, now)
        issued = int(now.timestamp())
        claims = claims_of(facts, _SAYS_NOTHING & set(token["scope"].split())) | {
            "iss": sign_in.issuer,
            "aud": request.client.client_id,
            "iat": issued,
            "exp": issued + int(ID_TOKEN_LIFE.total_seconds()),
            "auth_time": int(sign_in.authenticated_at.timestamp()),
            "acr": code.kept.acr,
            "sid": keys.session_name(sign_in.session, request.client.application.sector),
            "at_hash": create_half_hash(token["access_token"], keys.ALGORITHM).decode(),
        }
        if code.kept.nonce:
            claims["nonce"] = code.kept.nonce
        return keys.sign(claims, now)


class _Revocation(RevocationEndpoint):  # type: ignore[misc] # authlib ships no types
    CLIENT_AUTH_METHODS: ClassVar[list[str]] = _ALL_METHODS

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Token | None:  # noqa: ARG002 - authlib's
        return _find(token_string)

    def revoke_token(self, token: _Token, request: Any) -> None:  # noqa: ANN401, ARG002 - authlib's signature
        signing_in.revoke_token(token.kept, timezone.now())


class _Introspection(IntrospectionEndpoint):  # type: ignore[misc] # authlib ships no types
    CLIENT_AUTH_METHODS: ClassVar[list[str]] = ["client_secret_basic", "client_secret_post"]

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Token | None:  # noqa: ARG002 - authlib's
        return _find(token_string)

    def check_permission(self, token: _Token, client: Client, request: ProviderRequest) -> bool:
        token.reader = client.application
        token.issuer = request.issuer
        of = token.sign_in.application
        return token.check_client(client) or of.resource_servers.filter(pk=client.application.pk).exists()

    def introspect_token(self, token: _Token) -> dict[str, Any]:
        """RFC 7662, section 2.2. The subject is the one the reader's own sector knows."""
        kept, sign_in = token.kept, token.sign_in
        servers = sign_in.application.resource_servers.order_by("client_id").values_list("client_id", flat=True)
        return {
            "active": True,
            "scope": " ".join(kept.scopes),
            "client_id": sign_in.application.client_id,
            "token_type": "Bearer" if kept.kind == ProviderToken.Kind.ACCESS else "refresh_token",
            "sub": subject_in(token.reader, sign_in),
            "iss": sign_in.issuer,
            "aud": [sign_in.application.client_id, *servers],
            "iat": int(kept.issued_at.timestamp()),
            "exp": int(kept.expires_at.timestamp()),
            "acr": f"L{sign_in.assurance_level}",
        }


def _find(token: str) -> _Token | None:
    rows = ProviderToken.objects.select_related("sign_in__application", "sign_in__account")
    kept = rows.filter(digest=token_digest(token)).first()
    return _Token(kept) if kept else None


class Server(AuthorizationServer):  # type: ignore[misc] # authlib ships no types
    """authlib's server on our tables. It holds no request, so one serves all threads."""

    def __init__(self) -> None:
        super().__init__()
        self.register_token_generator("default", _new_tokens)
        self.register_grant(_CodeGrant, [_Challenge(required=True), _IdToken(require_nonce=False)])
        self.register_grant(_RefreshGrant)
        self.register_endpoint(_Revocation)
        self.register_endpoint(_Introspection)

    def query_client(self, client_id: str) -> Client | None:
        found = Application.objects.filter(client_id=client_id, state=Application.State.PUBLISHED).first()
        return Client(found) if found else None

    def save_token(self, token: dict[str, Any], request: ProviderRequest) -> None:
        used = request.refresh_token.kept if request.refresh_token else None
        sign_in = (request.refresh_token or request.authorization_code).sign_in
        issued = {name: str(value) for name, value in token.items() if name in {"access_token", "refresh_token"}}
        signing_in.issue_tokens(sign_in, issued, token["scope"].split(), timezone.now(), used)

    def create_oauth2_request(self, request: HttpRequest | OAuth2Request) -> OAuth2Request:
        return request if isinstance(request, OAuth2Request) else ProviderRequest(request)

    def handle_response(self, status: int, body: Any, headers: Any) -> HttpResponse:  # noqa: ANN401 - authlib's
        if isinstance(body, (dict, list)):
            response: HttpResponse = JsonResponse(dict(body), status=status)
        else:
            response = HttpResponse(body, status=status)
        for name, value in headers or default_json_headers:
            response[name] = value
        return response

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - authlib's signature
        """Nobody listens: acts stand in the ledger."""


def _new_tokens(
    grant_type: str,
    client: Client,  # noqa: ARG001 - the same
    user: object = None,  # noqa: ARG001 - the same
    scope: str | None = None,
    expires_in: int | None = None,  # noqa: ARG001 - the same
    include_refresh_token: bool = True,  # noqa: FBT001, FBT002 - authlib's signature
) -> dict[str, Any]:
    token: dict[str, Any] = {
        "token_type": "Bearer",
        "access_token": secrets.token_urlsafe(_TOKEN_BYTES),
        "expires_in": int(ACCESS_LIFE.total_seconds()),
        "scope": scope or "",
    }
    offline = grant_type == "refresh_token" or "offline_access" in token["scope"].split()
    if include_refresh_token and offline:
        token["refresh_token"] = secrets.token_urlsafe(_TOKEN_BYTES)
    return token


@cache
def server() -> Server:
    """The one server of the process."""
    return Server()


# --- the authorisation endpoint -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Authorisation:
    """A sound request to sign in to an application."""

    application: Application
    scopes: tuple[str, ...]
    redirect_uri: str
    parameters: dict[str, str]
    issuer: str
    grant: Any

    def answer(self, **parameters: str) -> str:
        """The address that carries an answer back to the application, with state and issuer."""
        state = self.parameters.get("state")
        whole = [*parameters.items(), *([("state", state)] if state else []), ("iss", self.issuer)]
        return str(add_params_to_uri(self.redirect_uri, whole))

    def agreed(self, grantee: Grantee) -> str:
        """The address that carries the code back."""
        self.grant.request.user = grantee
        return self.answer(code=self.grant.generate_authorization_code())


class RefusedAuthorisationError(Exception):
    """The request is not sound.

    Attributes:
        location: where the error goes to, or empty: then it is shown here, for nobody knows who asks.
    """

    def __init__(self, error: str, description: str, location: str = "") -> None:
        self.error, self.description, self.location = error, description, location
        super().__init__(error)


def read_authorisation(request: HttpRequest) -> Authorisation:
    """The request at the authorisation endpoint, judged as far as it can be without knowing who is there.

    Raises:
        RefusedAuthorisationError: an unknown application, another address than it registered, no PKCE, and the like.
    """
    asked = ProviderRequest(request, from_query=True)
    given = asked.payload.data
    try:
        grant = server().get_authorization_grant(asked)
        grant.validate_no_multiple_request_parameter(asked)
        redirect_uri = grant.validate_authorization_request()
    except OAuth2Error as error:
        location = ""
        if error.redirect_uri:
            parameters = [("error", error.error), ("error_description", error.description or "")]
            state = [("state", given["state"])] if given.get("state") else []
            location = str(add_params_to_uri(error.redirect_uri, [*parameters, *state, ("iss", asked.issuer)]))
        raise RefusedAuthorisationError(str(error.error), str(error.description or ""), location) from error
    except ValueError as error:  # authlib quotes what it was given, and finds that it cannot be quoted
        raise RefusedAuthorisationError("invalid_request", "A parameter has characters it cannot have.") from error
    return Authorisation(
        application=asked.client.application,
        scopes=tuple(asked.scope.split()),
        redirect_uri=redirect_uri,
        parameters=given,
        issuer=asked.issuer,
        grant=grant,
    )
