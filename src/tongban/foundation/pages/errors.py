"""Error pages in the kit, both languages."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tongban.foundation import plainpage

WORDS: dict[int, tuple[str | Promise, str | Promise]] = {
    400: (_("We could not read that request"), _("Go back to the page before and try again.")),
    403: (
        _("You are not allowed to do this"),
        _("You may be signed in as someone else, or the page was open for too long. Go back, reload it and try again."),
    ),
    404: (
        _("Page not found"),
        _("If you typed the address, check it. If you followed a link, the page may have moved: try the search."),
    ),
    405: (_("That does not work from here"), _("Go back to the page before and use the buttons on it.")),
    409: (
        _("This has changed since you opened it"),
        _("Someone else, or you in another window, was quicker. Open the page again to see how it stands now."),
    ),
    413: (
        _("What you sent is too large"),
        _("Send a smaller file, for example a photograph of lower resolution."),
    ),
    422: (
        _("There is a problem with what you sent"),
        _("Go back, correct what is listed here and send it again."),
    ),
    429: (
        _("Too many requests"),
        _("Wait a minute and try again."),
    ),
    500: (
        _("Something went wrong on our side"),
        _("What you had already sent and been told was received is safe. Try again in a few minutes."),
    ),
    503: (_("The service is busy"), _("Try again in a few minutes. What you sent and was received is safe.")),
}


_WAY_ON = "error_way_on"


def offer_way_on(request: HttpRequest, label: str, url: str) -> None:
    """Where an error page of this request leads, besides the first page: what is being worked on."""
    setattr(request, _WAY_ON, (label, url))


def error_page(
    request: HttpRequest,
    status: int,
    *,
    title: str = "",
    detail: str = "",
    errors: Mapping[str, Sequence[str | Promise]] | None = None,
    reference: str = "",
) -> HttpResponse:
    """A page that says what happened and what to do next.

    Args:
        request: The request that failed.
        status: HTTP status; chooses the words where none are given.
        title: A heading in place of the status's own.
        detail: What happened this time, in the reader's language.
        errors: Field to messages, listed under the heading.
        reference: The number under which the error stands in the log.

    Falls back to a page without database, session or translation if the full one cannot be drawn.
    """
    known = WORDS.get(status, WORDS[500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400])
    context = {
        "status": status,
        "error_title": title or str(known[0]),
        "error_detail": detail or str(known[1]),
        "messages_by_field": errors or {},
        "reference": reference,
        "way_on": getattr(request, _WAY_ON, None),
    }
    try:
        body = render_to_string("kit/error.html", context, request)
    except Exception:  # noqa: BLE001 # the page about a failure must not fail, whatever the failure was
        body = render_to_string("500.html", context | {"style": plainpage.STYLE})
        policy = {"Content-Security-Policy": plainpage.CONTENT_SECURITY_POLICY}
        return HttpResponse(body, status=status, headers=policy)
    return HttpResponse(body, status=status)


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 # Django's signature
    """For ``config.urls``: a request Django refuses before any view."""
    return error_page(request, 400)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 # Django's signature
    """For ``config.urls``: no permission."""
    return error_page(request, 403)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 # Django's signature
    """For ``config.urls``: no such address."""
    return error_page(request, 404)


def handler500(request: HttpRequest) -> HttpResponse:
    """For ``config.urls``: an unexpected error, with the reference under which it was logged."""
    return error_page(request, 500, reference=getattr(request, "error_reference", ""))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 # Django's signature
    """For ``CSRF_FAILURE_VIEW``: the form was open too long, or came from elsewhere."""
    return error_page(request, 403)
