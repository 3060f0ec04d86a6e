"""Where the reader is: the region chosen in the bar of every page, kept in a cookie."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tongban.foundation.errors import InvalidError, NotFoundError
from tongban.government.models import Region
from tongban.government.queries import find_region, home_region
from tongban.identity.middleware import actor_of

REGION_COOKIE = "region"
_A_YEAR = 365 * 24 * 60 * 60


def chosen_region(request: HttpRequest) -> Region | None:
    """The region the reader chose, or the one this installation is for; None where there are no regions yet.

    Found once a request; a cookie that names no region counts as none.
    """
    found: Region | None
    if hasattr(request, "chosen_region"):
        found = request.chosen_region
        return found
    actor = actor_of(request)
    try:
        found = find_region(actor, request.COOKIES.get(REGION_COOKIE, ""))
    except (InvalidError, NotFoundError):
        found = home_region(actor)
    request.chosen_region = found  # type: ignore[attr-defined] # kept for the rest of this request
    return found


def keep_region(response: HttpResponse, region: Region) -> None:
    """Remember the region for a year."""
    response.set_cookie(
        REGION_COOKIE,
        region.code,
        max_age=_A_YEAR,
        samesite="Lax",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
    )
