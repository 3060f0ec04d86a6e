"""Who looked at my data."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from tongban.foundation.pages.methods import require_safe
from tongban.identity.middleware import actor_of
from tongban.portal.views.common import for_applicants
from tongban.portal.views.space import trail
from tongban.userspace.readings import who_looked

_MOST_DIGITS = 18


@never_cache
@for_applicants
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Which agency and post read one's data, in which case, what for, when, and what of it."""
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None
    page = who_looked(actor_of(request), before)
    context = {
        "trail": trail(),
        "page_of_readings": page,
        "is_first": before is None,
    }
    return render(request, "portal/who_looked.html", context)
