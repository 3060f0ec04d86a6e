"""Headers of every answer, and error pages a citizen can read."""

import secrets
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect

from tongban.foundation.errors import InvalidError, SignInNeededError, StepUpNeededError, TongbanError, TooManyError
from tongban.foundation.pages.errors import error_page
from tongban.foundation.pages.links import page_links

log = structlog.get_logger(__name__)

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    # For browsers that do not know `frame-ancestors`.
    "X-Frame-Options": "DENY",
}
_API_PREFIX = "/api/"

# Answers that Django or a view gives without a page of its own.
_REPLACED = frozenset({400, 403, 404, 405, 409, 413, 429, 500, 503})

# Seconds until another try makes sense.
_RETRY_AFTER = "60"

Handler = Callable[[HttpRequest], HttpResponseBase]


class SecurityHeadersMiddleware:
    """Sets the headers that hold a browser to our own scripts, styles and forms.

    A view that needs another policy sets that header itself; only absent ones are added. Pages of someone
    signed in are not stored by the browser: window counters share computers.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and response.headers.get("Content-Type", "").startswith(
            "text/html",
        ):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class PageErrorsMiddleware:
    """Turns domain errors, and bare error answers, into pages of the kit in the reader's language.

    Stands innermost, so that it sees what views raise. Under ``/api/`` errors are the API's own affair. An
    unexpected error is logged with a reference number which the page shows; the trace reaches the log, never
    the page. With ``DEBUG`` the developer keeps Django's page for unexpected errors.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # No text of ours holds NUL and PostgreSQL takes none: whoever sends it gets no further.
        if "%00" in request.META.get("QUERY_STRING", "") and not request.path.startswith(_API_PREFIX):
            return error_page(request, HTTPStatus.BAD_REQUEST)
        response = self.get_response(request)
        if (
            response.status_code not in _REPLACED
            or request.path.startswith(_API_PREFIX)
            or getattr(request, "drawn_by_kit", False)
            or (settings.DEBUG and response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR)
            or not isinstance(response, HttpResponse)
            or not response.headers.get("Content-Type", "").startswith("text/html")
        ):
            return response
        replaced = error_page(
            request,
            response.status_code,
            reference=getattr(request, "error_reference", ""),
        )
        for name in ("Allow", "Retry-After"):
            if name in response.headers:
                replaced.headers[name] = response.headers[name]
        return replaced

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """The page for an error raised by a view; None leaves it to Django and to ``__call__``."""
        if request.path.startswith(_API_PREFIX):
            return None
        if isinstance(exception, SignInNeededError):
            return _sign_in(request)
        if isinstance(exception, StepUpNeededError) and page_links().get("assurance"):
            return _step_up(request, exception)
        if isinstance(exception, TongbanError):
            response = error_page(
                request,
                exception.status,
                title=str(exception.title),
                detail="" if exception.detail == exception.title else str(exception.detail),
                errors=exception.fields if isinstance(exception, InvalidError) else None,
            )
            if isinstance(exception, TooManyError):
                response.headers["Retry-After"] = _RETRY_AFTER
            return response
        if isinstance(exception, (OperationalError, InterfaceError)):
            log.warning("database_away", exc_info=exception)
            response = error_page(request, HTTPStatus.SERVICE_UNAVAILABLE)
            response.headers["Retry-After"] = "1"
            return response
        if not isinstance(exception, (Http404, PermissionDenied)):
            # Short enough to read out on the telephone, long enough to find one line in a day's log.
            reference = secrets.token_hex(4).upper()
            request.error_reference = reference  # type: ignore[attr-defined] # read in __call__
            log.error(
                "unexpected_error",
                reference=reference,
                method=request.method,
                route=request.resolver_match.route if request.resolver_match else "",
                exc_info=exception,
            )
        return None


def _sign_in(request: HttpRequest) -> HttpResponseBase:
    # What was posted cannot be repeated after signing in: only pages that were being read are come back to.
    target = resolve_url(settings.LOGIN_URL)
    if request.method in {"GET", "HEAD"}:
        target = f"{target}?{urlencode({'next': request.get_full_path()})}"
    return _whole_page(request, target)


def _step_up(request: HttpRequest, error: StepUpNeededError) -> HttpResponseBase:
    """To where the level is raised, and from there back to the page that needed it."""
    here = request.get_full_path() if request.method in {"GET", "HEAD"} else request.path
    query = urlencode({"need": error.needed, "next": here})
    return _whole_page(request, f"{page_links()['assurance']}?{query}")


def _whole_page(request: HttpRequest, target: str) -> HttpResponseBase:
    # A fragment of a page cannot become another page; the whole page goes there.
    return HttpResponseClientRedirect(target) if getattr(request, "htmx", False) else HttpResponseRedirect(target)
