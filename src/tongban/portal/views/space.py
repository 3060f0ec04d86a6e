"""One's own pages beside cases and messages: results, licences, saved matters, suggestions, the one search."""

import uuid
from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongban.foundation.errors import InvalidError
from tongban.foundation.pages.methods import require_safe
from tongban.identity.middleware import actor_of
from tongban.portal.views.common import for_applicants, safe_next
from tongban.userspace.actions import choose_suggestions, save_matter, unsave_matter
from tongban.userspace.queries import (
    my_licences,
    my_results,
    my_saved,
    my_suggestions,
    search_my_space,
    suggestions_wanted,
)
from tongban.userspace.queries.space import Space

_LONGEST_QUERY = 100


def trail() -> list[tuple[str, str]]:
    """The way to a page of one's own space."""
    return [(_("My space"), resolve_url("portal:my_space"))]


@never_cache
@for_applicants
@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """Decisions and notices of the present hat's cases."""
    return render(request, "portal/me/results.html", {"trail": trail(), "results": my_results(actor_of(request))})


@never_cache
@for_applicants
@require_safe
def licences(request: HttpRequest) -> HttpResponse:
    """What was granted for a time, and how to renew it."""
    found = my_licences(actor_of(request), timezone.localdate())
    return render(request, "portal/me/licences.html", {"trail": trail(), "licences": found})


@never_cache
@for_applicants
@require_safe
def saved(request: HttpRequest) -> HttpResponse:
    """What the present hat put aside."""
    found = my_saved(actor_of(request), timezone.localdate())
    return render(request, "portal/me/saved.html", {"trail": trail(), "saved": found})


@never_cache
@for_applicants
@require_POST
def save(request: HttpRequest, service_id: uuid.UUID) -> HttpResponse:
    """Put a service aside, or take it out again (`remove`); back to where one was."""
    actor = actor_of(request)
    if "remove" in request.POST:
        unsave_matter(actor, service_id)
        messages.success(request, _("Taken out of your saved matters."))
    else:
        try:
            save_matter(actor, service_id, timezone.now())
        except InvalidError as error:
            messages.warning(request, str(error.detail))
        else:
            messages.success(request, _("Saved. You find it in your space."))
    return HttpResponseRedirect(safe_next(request, resolve_url("portal:my_saved")))


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def suggestions(request: HttpRequest) -> HttpResponse:
    """All suggestions with their reasons, and the switch."""
    actor = actor_of(request)
    if request.method == "POST":
        choose_suggestions(actor, wanted="on" in request.POST)
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(resolve_url("portal:my_suggestions"))
    context = {
        "trail": trail(),
        "wanted": suggestions_wanted(actor),
        "suggestions": my_suggestions(actor, timezone.localdate()),
    }
    return render(request, "portal/me/suggestions.html", context)


@never_cache
@for_applicants
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """One search over everything of one's own."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:_LONGEST_QUERY]
    found = search_my_space(actor_of(request), words, timezone.localdate()) if words else []
    labels = _labels()
    sections = [
        (labels[kind], [(row, _address(row)) for row in found if row.kind == kind])
        for kind in labels
        if any(row.kind == kind for row in found)
    ]
    context = {"trail": trail(), "words": words, "sections": sections, "total": len(found)}
    return render(request, "portal/me/search.html", context)


def _labels() -> Mapping[str, str]:
    return {
        "case": _("My cases"),
        "draft": _("Begun, not sent yet"),
        "result": _("Results"),
        "message": _("Messages"),
        "saved": _("Saved matters"),
    }


def _address(row: Space) -> str:
    if row.kind == "case":
        return resolve_url("portal:case", case_id=row.id)
    if row.kind == "draft":
        return resolve_url("portal:task_list", draft_id=row.id)
    if row.kind == "result":
        return resolve_url("portal:document", document_id=row.id)
    if row.kind == "saved":
        return resolve_url("portal:guide", service_id=row.id)
    return resolve_url("portal:message", message_id=row.id)
