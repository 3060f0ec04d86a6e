"""What applications' servers ask: discovery, keys, tokens, user information, introspection, revocation."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tongban.identity.middleware import bearer_token
from tongban.identity.provider.keys import ALGORITHM, shown_keys
from tongban.identity.provider.queries import user_information
from tongban.identity.provider.rules import CLAIMS, HIGHEST, LOWEST, SCOPES, acr_of
from tongban.identity.provider.server import issuer_of, server

_METHODS = ["client_secret_basic", "client_secret_post", "none"]
View = Callable[[HttpRequest], HttpResponse]


@require_http_methods(["GET", "HEAD"])
def discovery(request: HttpRequest) -> HttpResponse:
    """OpenID Connect Discovery 1.0, section 4."""
    issuer = issuer_of(request)
    document = {
        "issuer": issuer,
        "authorization_endpoint": issuer + reverse("portal:authorize"),
        "token_endpoint": issuer + reverse("provider:token"),
        "userinfo_endpoint": issuer + reverse("provider:userinfo"),
        "jwks_uri": issuer + reverse("provider:keys"),
        "introspection_endpoint": issuer + reverse("provider:introspection"),
        "revocation_endpoint": issuer + reverse("provider:revocation"),
        "end_session_endpoint": issuer + reverse("portal:end_session"),
        "scopes_supported": list(SCOPES),
        "claims_supported": list(CLAIMS),
        "acr_values_supported": [acr_of(level) for level in range(LOWEST, HIGHEST + 1)],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": _METHODS,
        "revocation_endpoint_auth_methods_supported": _METHODS,
        "introspection_endpoint_auth_methods_supported": _METHODS[:2],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "ui_locales_supported": ["zh-CN", "en"],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "service_documentation": issuer + reverse("portal:applications"),
    }
    return JsonResponse(document, headers={"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"})


@require_http_methods(["GET", "HEAD"])
def keys(_request: HttpRequest) -> HttpResponse:
    """The public keys (RFC 7517)."""
    headers = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
    return JsonResponse(shown_keys(timezone.now()), content_type="application/jwk-set+json", headers=headers)


def _protocol(view: View) -> View:
    """One transaction for a whole answer: what a refusal ended stays ended, two at once stand in line."""

    @csrf_exempt
    @sensitive_post_parameters()
    @require_POST
    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            try:
                response = view(request)
            except ValueError:  # authlib quotes what it was given, and finds that it cannot be quoted
                transaction.set_rollback(True)
                response = JsonResponse({"error": "invalid_request"}, status=HTTPStatus.BAD_REQUEST)
        response["Cache-Control"] = "no-store"
        return response

    return answered


@_protocol
def token(request: HttpRequest) -> HttpResponse:
    """RFC 6749, section 3.2."""
    answer: HttpResponse = server().create_token_response(request)
    return answer


@_protocol
def introspection(request: HttpRequest) -> HttpResponse:
    """RFC 7662."""
    answer: HttpResponse = server().create_endpoint_response("introspection", request)
    return answer


@_protocol
def revocation(request: HttpRequest) -> HttpResponse:
    """RFC 7009."""
    answer: HttpResponse = server().create_endpoint_response("revocation", request)
    return answer


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def userinfo(request: HttpRequest) -> HttpResponse:
    """OpenID Connect Core 1.0, section 5.3. The token comes in the header alone: addresses and forms stand in logs."""
    given = bearer_token(request)
    claims = user_information(given, timezone.now()) if given else None
    if claims is None:
        error = 'Bearer error="invalid_token"' if given else "Bearer"
        return JsonResponse(
            {"error": "invalid_token"} if given else {},
            status=HTTPStatus.UNAUTHORIZED,
            headers={"WWW-Authenticate": error, "Cache-Control": "no-store"},
        )
    return JsonResponse(claims, headers={"Cache-Control": "no-store"})
