"""The switches in every page's header, and the kit's own page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from tongban.foundation.pages.context import DISPLAY_COOKIE, ELDER

_A_YEAR = 365 * 24 * 60 * 60


@require_POST
def display(request: HttpRequest) -> HttpResponse:
    """Switches elder mode on or off (POST ``mode``: ``elder`` or ``standard``) and comes back to ``next``."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    response = HttpResponseRedirect(target)
    if request.POST.get("mode") == ELDER:
        response.set_cookie(
            DISPLAY_COOKIE,
            ELDER,
            max_age=_A_YEAR,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )
    else:
        response.delete_cookie(DISPLAY_COOKIE, samesite="Lax")
    return response
