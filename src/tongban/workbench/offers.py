"""What one's agency offers to people elsewhere: entered, changed, ended by who keeps its services."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases import actions
from tongban.cases.actions.region_offers import MAX_BASIS
from tongban.cases.models import ClockStart, Mode
from tongban.cases.queries import OfferedRow, offerable_services, own_offer, own_offers
from tongban.foundation.errors import InvalidError
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.methods import require_safe
from tongban.foundation.pages.posted import day_shown, read_day, read_uuid
from tongban.government.queries import agencies, search_regions
from tongban.identity.actor import Actor
from tongban.workbench.common import officer, tabs_of
from tongban.workbench.desk import Errors, answer, said
from tongban.workbench.steps import clean

MOST_WINDOWS = 200


def _trail() -> list[tuple[str, str]]:
    return [(_("What we offer elsewhere"), resolve_url("workbench:offers"))]


@never_cache
@require_safe
def offer_list(request: HttpRequest) -> HttpResponse:
    """Every offer of the agency, and a way to enter another."""
    actor = officer(request)
    offers = own_offers(actor, timezone.localdate())
    return render(
        request,
        "workbench/offers.html",
        {"tabs": tabs_of(actor, "offers"), "offers": offers},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_offer(request: HttpRequest) -> HttpResponse:
    """First from where, then the terms: which agencies can receive depends on the place."""
    actor, today, post = officer(request), timezone.localdate(), request.POST
    offer_way_on(request, _("What we offer elsewhere"), resolve_url("workbench:offers"))
    services = offerable_services(actor, today)
    code = clean((post or request.GET).get("region", ""))[:12]
    region = next(iter(search_regions(actor, code, today, size=1)), None) if len(code) == 12 else None  # noqa: PLR2004 - digits of a code
    errors: Errors = {}
    if request.method == "POST":
        errors = _entered(request, actor, services)
        if not errors:
            messages.success(request, _("The offer is entered."))
            return HttpResponseRedirect(resolve_url("workbench:offers"))
    words = clean(request.GET.get("where", "")).strip()[:60]
    if "where" in request.GET and not words:
        errors = {"where": [_("Enter a part of the region's name, or its code.")]}
    context = {
        "tabs": tabs_of(actor, "offers"),
        "trail": _trail(),
        "region": region,
        "where": words,
        "found": search_regions(actor, words, today) if words and region is None else [],
        "services": services,
        "modes": Mode.choices,
        **_fields(actor, region.code if region else "", post, today),
    }
    return answer(request, "offer_new", context, errors)


def _entered(request: HttpRequest, actor: Actor, services: list[tuple[str, str]]) -> Errors:
    """Enter the offer; what is wrong, everything that was not stated at once."""
    post, errors = request.POST, {}
    service, since, mode = post.get("service", ""), read_day(post, "since"), post.get("mode", "")
    if service not in dict(services):
        errors["service"] = [_("Choose one of your services.")]
    if mode not in Mode.values:
        errors["mode"] = [_("Choose how it is done.")]
    if since is None:
        errors["since"] = [_("Enter a day.")]
    if errors or since is None:
        return errors
    try:
        actions.offer_across(actor, uuid.UUID(service), _terms(post, mode, post.get("region", "")), since)
    except InvalidError as invalid:
        return said(invalid)
    return {}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change_offer(request: HttpRequest, offer_id: uuid.UUID) -> HttpResponse:
    """Other terms from a day on, or an end."""
    actor, today, post = officer(request), timezone.localdate(), request.POST
    offer_way_on(request, _("What we offer elsewhere"), resolve_url("workbench:offers"))
    offer = own_offer(actor, offer_id, today)
    errors: Errors = {}
    if request.method == "POST":
        try:
            done = _changed(actor, offer, post, today)
        except InvalidError as invalid:
            errors = said(invalid)
        else:
            messages.success(request, done)
            return HttpResponseRedirect(resolve_url("workbench:offers"))
    held = {"agency": str(offer.agency_id or ""), "clock_start": offer.clock_start, "basis": offer.basis}
    context = {
        "tabs": tabs_of(actor, "offers"),
        "trail": _trail(),
        "offer": offer,
        **_fields(actor, offer.region_code, post or held, today),
        "until": day_shown(post, "until", today),
    }
    return answer(request, "offer_change", context, errors)


def _changed(actor: Actor, offer: OfferedRow, post: QueryDict, today: date) -> str:
    name = "until" if "end" in post else "since"
    day = read_day(post, name)
    if day is None:
        raise InvalidError({name: [_("Enter a day.")]})
    if name == "until":
        actions.end_offer(actor, offer.id, day, today)
        return _("The offer ends.")
    actions.change_offer(actor, offer.id, _terms(post, offer.mode, offer.region_code), day, today)
    return _("The offer is changed.")


def _terms(post: QueryDict, mode: str, region: str) -> actions.OfferTerms:
    clock = post.get("clock_start", "")
    return actions.OfferTerms(
        Mode(mode),
        region[:12],
        None if mode == Mode.ONLINE else read_uuid(post.get("agency", "")),
        ClockStart(clock) if mode == Mode.COLLECT and clock in ClockStart.values else ClockStart.COMPETENT,
        clean(post.get("basis", "")),
    )


def _fields(actor: Actor, region: str, given: Mapping[str, Any], today: date) -> dict[str, Any]:
    """What both forms show: the agencies of the place, and what was entered."""
    windows = agencies(actor, within=region, size=MOST_WINDOWS).rows if region else []
    return {
        "windows": [(str(window.id), window.name) for window in windows],
        "clocks": ClockStart.choices,
        "given": {name: given.get(name, "") for name in ("service", "mode", "agency", "clock_start", "basis")},
        "since": day_shown(given if isinstance(given, QueryDict) else QueryDict(), "since", today),
        "max_basis": MAX_BASIS,
    }
