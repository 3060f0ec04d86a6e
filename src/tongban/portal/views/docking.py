"""Docking: who joins which platform, how far it is, who is late."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tongban.foundation.pages.methods import require_safe
from tongban.government.models import Platform
from tongban.government.queries import docking_table, docking_tasks
from tongban.government.rules import DockingLight
from tongban.identity.middleware import actor_of
from tongban.portal.views.measures import day_asked, link

_TAGS = {
    DockingLight.PLANNED: "neutral",
    DockingLight.UNDER_WAY: "active",
    DockingLight.LATE: "attention",
    DockingLight.DONE: "done",
    DockingLight.DONE_LATE: "done",
}


def light_words(light: DockingLight) -> str:
    """How a task stands, in the reader's language."""
    return {
        DockingLight.PLANNED: pgettext("docking", "planned"),
        DockingLight.UNDER_WAY: pgettext("docking", "under way"),
        DockingLight.LATE: pgettext("docking", "late"),
        DockingLight.DONE: pgettext("docking", "done"),
        DockingLight.DONE_LATE: pgettext("docking", "done, after the due date"),
    }[light]


@require_safe
def league(request: HttpRequest) -> HttpResponse:
    """The league table, and the tasks of one platform or of all."""
    actor = actor_of(request)
    day = day_asked(request)
    kind = request.GET.get("kind", "")
    kind = kind if kind in Platform.Kind.values else ""
    chosen = request.GET.get("platform", "")
    table = docking_table(actor, day, kind=kind)
    asked = request.GET.get("as_of", "")
    context = {
        "as_of": day,
        "kind": kind,
        "kinds": Platform.Kind.choices,
        "columns": [
            _("Platform"),
            (_("Rank"), "number"),
            (_("Done"), "number"),
            (_("Total"), "number"),
            (_("Late"), "number"),
            _("Last done on"),
        ],
        "rows": [
            (
                link(platform.name, "docking", platform=platform.code, as_of=asked, kind=kind),
                place.rank,
                place.done,
                place.total,
                place.late,
                place.last_done_on.isoformat() if place.last_done_on else "–",
            )
            for platform, place in table.standings
        ],
        "chosen": next((p.name for p, _place in table.standings if p.code == chosen), ""),
        "tasks": [
            (task, light_words(task.light), _TAGS[task.light]) for task in docking_tasks(actor, day, platform=chosen)
        ],
    }
    return render(request, "portal/docking/league.html", context)
