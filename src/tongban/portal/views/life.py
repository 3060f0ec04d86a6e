"""Life-cycle navigation: the stages of a person's and of a business's life, and what can be done in each."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.foundation.pages.methods import require_safe
from tongban.identity.middleware import actor_of
from tongban.items.models import Audience
from tongban.items.queries import Filters
from tongban.portal.place import chosen_region
from tongban.userspace.life.queries import placed_share, services_of_stage, stage_called
from tongban.userspace.life.stages import Stage, stages

_LONGEST_NUMBER = 6


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Both lives, stage by stage, and how many of the services here find a place."""
    actor = actor_of(request)
    region = chosen_region(request)
    filters = Filters(region=region.code if region else "", below=True, above=True)
    context = {
        "lives": [
            (_("A person's life"), [_shown(stage) for stage in stages() if stage.audience == Audience.PERSON]),
            (_("The life of a business"), [_shown(s) for s in stages() if s.audience == Audience.ORGANISATION]),
        ],
        "region": region,
        "placed": placed_share(actor, filters, timezone.localdate()),
    }
    return render(request, "portal/life/overview.html", context)


@require_safe
def stage(request: HttpRequest, slug: str) -> HttpResponse:
    """What can be done in a stage, where the reader is or above; all regions with `everywhere`."""
    actor, found = actor_of(request), stage_called(slug)
    region = chosen_region(request)
    everywhere = "everywhere" in request.GET
    filters = Filters() if everywhere or not region else Filters(region=region.code, below=True, above=True)
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    given = request.GET.get("page", "")
    number = int(given) if given.isascii() and given.isdecimal() and len(given) <= _LONGEST_NUMBER else 1
    page = services_of_stage(actor, found, filters, timezone.localdate(), text=words, page=number)

    def address(wanted: int) -> str:
        query = request.GET.copy()
        query["page"] = str(wanted)
        return f"?{query.urlencode()}"

    context = {
        "stage": _shown(found),
        "siblings": [
            (_shown(each)["name"], each.slug, each is found) for each in stages() if each.audience == found.audience
        ],
        "region": region,
        "everywhere": everywhere,
        "words": words,
        "results": page,
        "previous": address(page.page - 1) if page.page > 1 else "",
        "following": address(page.page + 1) if page.page < page.pages else "",
    }
    return render(request, "portal/life/stage.html", context)


def _shown(of: Stage) -> dict[str, str]:
    english = (get_language() or "").startswith("en")
    return {
        "slug": of.slug,
        "name": of.name_en if english else of.name,
        "lead": of.lead_en if english else of.lead,
    }
