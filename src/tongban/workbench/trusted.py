"""Whose sign-in is taken: other governments' platforms; an administrator enters them, a security officer confirms."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tongban.foundation.errors import InvalidError
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.methods import require_safe
from tongban.government.models import Platform
from tongban.identity.actor import Actor
from tongban.identity.models import AssuranceLevel
from tongban.identity.provider.actions.federation import (
    LEAST_TO_LINK,
    MAX_CLIENT_ID,
    MAX_REASON,
    Trust,
    confirm_trust,
    end_trust,
    trust_provider,
)
from tongban.identity.provider.models import MAX_URI, TrustedProvider
from tongban.identity.provider.queries import kept_provider, kept_providers, platforms_to_trust
from tongban.workbench.common import officer, tabs_of
from tongban.workbench.desk import Errors, answer, number_from, said
from tongban.workbench.steps import clean

_GIVEN = ("platform", "issuer", "client_id", "highest_level", "reason")


@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every platform whose sign-in is taken, waits to be, or was."""
    actor = officer(request)
    context = {
        "tabs": tabs_of(actor, "trusted"),
        "providers": kept_providers(actor),
        "enters": actor.may("maintain", "trusted_provider"),
    }
    return render(request, "workbench/trusted_list.html", context)


@never_cache
@sensitive_post_parameters("client_secret")
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Enter a platform whose sign-in is to be taken."""
    actor, errors = officer(request), Errors()
    platforms = platforms_to_trust(actor)
    if request.method == "POST":
        chosen = next((one for one in platforms if str(one.pk) == request.POST.get("platform")), None)
        try:
            return _to(_entered(request, actor, chosen))
        except InvalidError as invalid:
            errors = said(invalid)
    given = {name: request.POST.get(name, "") for name in _GIVEN}
    return _form(request, actor, given, errors, [(str(one.pk), one.label) for one in platforms])


@never_cache
@sensitive_post_parameters("client_secret")
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, provider_id: uuid.UUID) -> HttpResponse:
    """Change how a platform is known, or take its sign-in again; it waits for its confirmation then."""
    actor, errors = officer(request), Errors()
    kept = kept_provider(actor, provider_id).provider
    actor.require("maintain", "trusted_provider")
    given = {name: str(getattr(kept, name)) for name in _GIVEN[1:-1]} | {"reason": ""}
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in _GIVEN}
        try:
            return _to(_entered(request, actor, kept.platform))
        except InvalidError as invalid:
            errors = said(invalid)
    return _form(request, actor, given, errors, [], kept)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, provider_id: uuid.UUID) -> HttpResponse:
    """One of them; the security officer confirms it, and both end it."""
    actor, errors, now = officer(request), Errors(), timezone.now()
    kept = kept_provider(actor, provider_id)
    offer_way_on(request, _("Open it as it is now"), request.path)
    reason = clean(request.POST.get("reason", ""))
    if request.method == "POST":
        try:
            if request.POST.get("deed") == "confirm":
                confirm_trust(actor, provider_id, now)
                messages.success(request, _("Confirmed. The sign-in of this platform is taken from now on."))
            else:
                end_trust(actor, provider_id, now, reason)
                messages.success(request, _("Ended. No sign-in of this platform is taken any more."))
            return HttpResponseRedirect(request.path)
        except InvalidError as invalid:
            errors = said(invalid)
    context = {
        "tabs": tabs_of(actor, "trusted"),
        "trail": [(_("Sign-in of other platforms"), resolve_url("workbench:trusted"))],
        "kept": kept,
        "provider": kept.provider,
        "level": AssuranceLevel(kept.provider.highest_level).label,
        "reason": reason,
        "max_reason": MAX_REASON,
    }
    return answer(request, "trusted", context, errors)


def _entered(request: HttpRequest, actor: Actor, platform: Platform | None) -> TrustedProvider:
    post = request.POST
    trust = Trust(
        clean(post.get("issuer", "")),
        clean(post.get("client_id", "")),
        post.get("client_secret", "").strip().replace("\x00", "")[:MAX_URI],
        number_from(post, "highest_level"),
    )
    made = trust_provider(actor, platform, trust, timezone.now(), clean(post.get("reason", "")))
    messages.success(request, _("Kept. It is taken once a security officer has confirmed it."))
    return made


def _to(made: TrustedProvider) -> HttpResponse:
    return HttpResponseRedirect(resolve_url("workbench:trusted_one", made.pk))


def _form(
    request: HttpRequest,
    actor: Actor,
    given: dict[str, str],
    errors: Errors,
    platforms: list[tuple[str, str]],
    kept: TrustedProvider | None = None,
) -> HttpResponse:
    trail = [(_("Sign-in of other platforms"), resolve_url("workbench:trusted"))]
    if kept:
        trail.append((kept.platform.label, resolve_url("workbench:trusted_one", kept.pk)))
    context = {
        "tabs": tabs_of(actor, "trusted"),
        "trail": trail,
        "given": given,
        "platforms": platforms,
        "kept": kept,
        "levels": [(str(value), label) for value, label in AssuranceLevel.choices if value >= LEAST_TO_LINK],
        "max_reason": MAX_REASON,
        "max_client_id": MAX_CLIENT_ID,
    }
    return answer(request, "trusted_form", context, errors)
