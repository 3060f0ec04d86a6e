"""The switches in every page's header, and the kit's own page."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from tongban.foundation.pages.catalogue import catalogue
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


@require_GET
def kit(request: HttpRequest) -> HttpResponse:
    """Every component of the kit with its arguments; only where ``DEBUG`` or ``KIT_PAGE`` is on."""
    if not getattr(settings, "KIT_PAGE", settings.DEBUG):
        raise Http404
    english = (get_language() or "").startswith("en")
    return render(request, "kit/catalogue.html", catalogue(request, english=english))
