"""Problem details (RFC 9457) for every error: a stable type, a sentence in the reader's language, what to change.

The type `/problems/<code>` is also the address of a page that explains it.
"""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from tongban.foundation.errors import InvalidError, StepUpNeededError, TongbanError, TooManyError
from tongban.foundation.pages.links import page_links
from tongban.foundation.rest.parsing import MalformedError, UnusableTextError, escaped

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
Text = str | Promise


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its status, its title, and what a client's developer does about it."""

    code: str
    status: int
    title: Text
    advice: Text


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(
            "malformed",
            400,
            _("The request could not be read"),
            _("The body is not JSON in UTF-8, or a header is not as HTTP asks. Correct the client."),
        ),
        Kind(
            "sign-in-needed",
            401,
            _("Please sign in first"),
            _("Send a live bearer token (POST /api/v1/tokens), or the session cookie of a signed-in browser."),
        ),
        Kind(
            "wrong-credentials",
            401,
            _("User name and password do not belong together"),
            _("Check both. After ten failures of an account the door stays shut for a quarter of an hour."),
        ),
        Kind(
            "second-factor-needed",
            401,
            _("A second factor is needed"),
            _("Send `code` with name and password: what your authenticator app shows now, or a recovery code."),
        ),
        Kind(
            "not-allowed",
            403,
            _("You may not do this"),
            _("The hat of your token does not allow it. Take a token for another hat; GET /api/v1/me lists yours."),
        ),
        Kind(
            "step-up-needed",
            403,
            _("This needs a surer proof of who you are"),
            _(
                "`needed_level` is the assurance level it takes, `level` yours. The person raises it at `step_up` or "
                "through POST /api/v1/me/assurance/verifications; then repeat the request. Nothing of it was lost."
            ),
        ),
        Kind(
            "not-found",
            404,
            _("Not found"),
            _("There is no such address or object, or it is not yours to see; which of the two is not said."),
        ),
        Kind(
            "method-not-allowed",
            405,
            _("This address does not take this method"),
            _("The Allow header lists the methods it takes."),
        ),
        Kind(
            "conflict",
            409,
            _("This has changed in the meantime"),
            _("Read the object again, see how it stands now, and decide anew. Do not repeat blindly."),
        ),
        Kind(
            "too-large",
            413,
            _("What was sent is too large"),
            _("JSON bodies hold at most 1 MB; files as much as the upload's description says."),
        ),
        Kind(
            "unsupported-media-type",
            415,
            _("This kind of body is not taken here"),
            _("Send application/json; uploads are multipart/form-data."),
        ),
        Kind(
            "invalid",
            422,
            _("Some values need attention"),
            _("`errors` names each value by JSON pointer (body) or parameter, and says what was expected."),
        ),
        Kind(
            "key-reused",
            422,
            _("This idempotency key was used for another request"),
            _("A key belongs to one request with one body, for 24 hours. Take a new key for a new request."),
        ),
        Kind(
            "too-many",
            429,
            _("Too many requests; please wait a moment"),
            _("Wait as many seconds as the Retry-After header says."),
        ),
        Kind(
            "unexpected",
            500,
            _("Something went wrong on our side"),
            _("Nothing of the request was done. Repeat it later; quote the reference when you report it."),
        ),
        Kind(
            "busy",
            503,
            _("The service is busy"),
            _("Repeat the request after as many seconds as the Retry-After header says."),
        ),
    )
}
_BY_STATUS = {kind.status: kind for kind in reversed(KINDS.values())}


def kind_of_status(status: int) -> Kind:
    """The kind that stands for a bare HTTP status."""
    fallback = KINDS["unexpected" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "malformed"]
    return _BY_STATUS.get(status, fallback)


def problem(
    code: str,
    detail: Text = "",
    *,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
    title: Text = "",
    **more: str | int,
) -> HttpResponse:
    """The answer for a problem of a known kind.

    Args:
        code: one of `KINDS`.
        detail: what happened this time; the kind's advice where nothing is said.
        errors: each with `detail` and either `pointer` (into the body, a URI fragment) or `parameter`.
        headers: for example Allow, Retry-After, WWW-Authenticate.
        title: in place of the kind's.
        more: extension members, for example `reference`.
    """
    kind = KINDS[code]
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": str(title or kind.title),
        "status": kind.status,
        "detail": str(detail or kind.advice),
    }
    if errors:
        body["errors"] = list(errors)
    body |= more
    content = json.dumps(body, ensure_ascii=False).encode()
    return HttpResponse(content, status=kind.status, content_type=MEDIA_TYPE, headers=headers)


def unexpected(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """A failure of ours: logged with its trace under a reference, which is all the client gets."""
    reference = secrets.token_hex(4).upper()
    log.error(
        "unexpected_error",
        reference=reference,
        method=request.method,
        route=request.resolver_match.route if request.resolver_match else "",
        exc_info=error,
    )
    return problem("unexpected", reference=reference)


def refusal(request: HttpRequest, error: TongbanError) -> HttpResponse:
    """A refusal of the domain. Fields become pointers as the operation says (`pointer_of`)."""
    code = error.code if error.code in KINDS else kind_of_status(error.status).code
    if isinstance(error, InvalidError):
        place: Callable[[str], dict[str, str]] = getattr(
            request, "place_of_field", lambda name: {"pointer": f"#/{name}"}
        )
        errors = [
            {**place(name), "detail": str(message)} for name, messages in error.fields.items() for message in messages
        ]
        return problem(code, error.detail, errors=errors)
    if isinstance(error, StepUpNeededError):
        address = f"{page_links().get('assurance', '')}?need={error.needed}"
        return problem(code, error.detail, needed_level=error.needed, level=error.held, step_up=address)
    headers = {}
    if isinstance(error, TooManyError):
        headers["Retry-After"] = str(error.retry_after)
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = challenge(request)
    return problem(code, error.detail, headers=headers)


def _by_pointer(name: str) -> dict[str, str]:
    return {"pointer": f"#/{name}"}


def challenge(request: HttpRequest) -> str:
    """RFC 6750: says whether a token was missing or is no longer good."""
    given = request.headers.get("Authorization", "")
    return 'Bearer realm="tongban"' + (', error="invalid_token"' if given.lower().startswith("bearer ") else "")


def install(api: NinjaAPI) -> None:
    """Have every error of `api` answered as a problem."""
    # ninja's types also let a handler expect the error's class; it only ever passes the error.
    handlers: dict[type[Exception], Any] = {
        TongbanError: refusal,
        AuthenticationError: _without_actor,
        HttpError: _http_error,
        ValidationError: _invalid,
        Http404: _not_found,
        OperationalError: database_away,
        InterfaceError: database_away,
        Exception: unexpected,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _without_actor(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return problem("sign-in-needed", headers={"WWW-Authenticate": challenge(request)})


def _not_found(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return problem("not-found")


def database_away(_request: HttpRequest, error: Exception) -> HttpResponse:
    """The database is restarting, or two acts stood in each other's way: to be repeated, best with the same key."""
    log.warning("database_away", exc_info=error)
    return problem("busy", headers={"Retry-After": "1"})


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    cause = error.__cause__
    if isinstance(cause, UnusableTextError):
        detail = gettext("This text holds a character that cannot be kept (NUL or half a surrogate pair).")
        return problem("invalid", errors=[{"pointer": cause.pointer, "detail": detail}])
    if isinstance(cause, MalformedError):
        return problem("malformed", gettext("The body is not JSON: %(why)s") % {"why": cause})
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unexpected(request, error)
    return problem(kind_of_status(error.status_code).code)


# What pydantic found wrong, in words. What is not listed gets the last sentence.
_WORDS: dict[str, Text] = {
    "missing": _("This is required."),
    "extra_forbidden": _("There is no member of this name."),
    "string_type": _("Give text."),
    "string_too_short": _("Give at least %(min_length)s characters."),
    "string_too_long": _("Give at most %(max_length)s characters."),
    "string_pattern_mismatch": _("This does not have the form %(pattern)s."),
    "int_type": _("Give a whole number."),
    "int_parsing": _("Give a whole number."),
    "int_parsing_size": _("This number is too large."),
    "int_from_float": _("Give a whole number."),
    "greater_than_equal": _("Give %(ge)s or more."),
    "less_than_equal": _("Give %(le)s or less."),
    "bool_parsing": _("Give true or false."),
    "bool_type": _("Give true or false."),
    "enum": _("Give one of %(expected)s."),
    "literal_error": _("Give one of %(expected)s."),
    "list_type": _("Give a list."),
    "dict_type": _("Give an object."),
    "model_type": _("Give an object."),
    "model_attributes_type": _("Give an object."),
    "too_long": _("Give at most %(max_length)s entries."),
    "uuid_parsing": _("Give an identifier, like 0198c2f4-5c1e-7cc0-8000-0242ac120002."),
    "not a UUID": _("Give an identifier, like 0198c2f4-5c1e-7cc0-8000-0242ac120002."),
    "not a flag": _("Give true or false."),
    "not a number": _("Give a whole number."),
    "not a state": _("There is no such state."),
    "not a date": _("Give a date, like 2026-11-21."),
    "outside the years that can be reckoned with": _("Give a date from 1950 to 2199."),
}
_OTHERWISE = _("This is not what is expected here.")


def _invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problem("invalid", errors=[_placed(one) for one in error.errors])


def _placed(error: Mapping[str, Any]) -> dict[str, str]:
    source, *path = error["loc"]
    context = error.get("ctx", {})
    words = _WORDS.get(str(context.get("error", error["type"])), _WORDS.get(error["type"], _OTHERWISE))
    if "expected" in context:  # pydantic joins the last two in English
        context = {**context, "expected": str(context["expected"]).replace(" or ", gettext(" or "))}
    detail = str(words) % context if context else str(words)
    if source not in {"body", "form", "file"}:
        return {"parameter": str(path[0]) if path else source, "detail": detail}
    # ninja puts the name of the view's parameter first; a client knows nothing of it.
    inside = path[1:] if source == "body" else path
    return {"pointer": "#" + "".join(f"/{escaped(str(token))}" for token in inside), "detail": detail}
