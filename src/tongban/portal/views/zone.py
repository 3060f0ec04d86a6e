"""The zone of what is done across regions: what can be done from where."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.models import Mode
from tongban.cases.queries import ZoneFilter, zone, zone_regions
from tongban.foundation.errors import InvalidError, NotFoundError
from tongban.foundation.pages.methods import require_safe
from tongban.government.models import Region
from tongban.government.queries import find_region
from tongban.identity.middleware import actor_of
from tongban.portal.place import chosen_region

_LONGEST_NUMBER = 6


@require_safe
def across(request: HttpRequest) -> HttpResponse:
    """Choose where one is and where the matter belongs; the services, how each is done, and at which window."""
    actor = actor_of(request)
    today = timezone.localdate()
    here = _region(request, "here") or chosen_region(request)
    there = _region(request, "there")
    mode = request.GET.get("mode", "") if request.GET.get("mode") in Mode.values else ""
    words = request.GET.get("words", "").replace("\x00", "").strip()[:100]
    places, matters = zone_regions(actor, today)
    given = request.GET.get("page", "")
    number = int(given) if given.isascii() and given.isdecimal() and len(given) <= _LONGEST_NUMBER else 1
    wanted = ZoneFilter(here.lineage if here else (), there.code if there else "", mode, words)
    found = zone(actor, wanted, today, number)
    kept = {"here": here.code if here else "", "there": wanted.there, "mode": mode, "words": words}
    context = {
        "here": here,
        "there": there,
        "mode": mode,
        "words": words,
        "places": _with(places, here),
        "matters": [("", _("Any region")), *_with(matters, there)],
        "modes": [("", _("Any mode")), *((m.value, m.label) for m in Mode)],
        "found": found,
        "previous": f"?{urlencode({**kept, 'page': found.page - 1})}" if found.page > 1 else "",
        "following": f"?{urlencode({**kept, 'page': found.page + 1})}" if found.page < found.pages else "",
    }
    return render(request, "portal/across.html", context)


def _region(request: HttpRequest, name: str) -> Region | None:
    """The region of a parameter; what names none counts as not given."""
    code = request.GET.get(name, "").strip()
    try:
        return find_region(actor_of(request), code) if code else None
    except (InvalidError, NotFoundError):
        return None


def _with(regions: list[tuple[str, str]], chosen: Region | None) -> list[tuple[str, str]]:
    """The choices, with the one that is chosen, whatever is offered there."""
    if chosen is None or chosen.code in dict(regions):
        return regions
    return sorted([*regions, (chosen.code, chosen.label)])
