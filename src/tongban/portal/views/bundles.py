"""One thing at once: what is offered, the start of an application, how all its parts stand, and what one may do."""

import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongban.cases.actions import apply_again, give_up_part, start_bundle, withdraw_bundle
from tongban.cases.queries import bundle_offer, bundle_view, offered_bundles
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError
from tongban.foundation.pages.fields import message_texts
from tongban.foundation.pages.methods import require_safe
from tongban.identity.middleware import actor_of
from tongban.portal.place import chosen_region
from tongban.portal.views.common import for_applicants

MAX_REASON = 500


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every bundle, those offered in the reader's region first."""
    region = chosen_region(request)
    context = {"bundles": offered_bundles(actor_of(request), region, timezone.localdate()), "region": region}
    return render(request, "portal/bundles/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, code: str) -> HttpResponse:
    """What it is, who does what, what is needed. POST begins, or takes up what was begun."""
    actor, region = actor_of(request), chosen_region(request)
    if region is None:
        raise Http404
    obstacle = ""
    if request.method == "POST":
        if not actor.is_signed_in:
            here = resolve_url("portal:bundle", code=code)
            return HttpResponseRedirect(f"{resolve_url('account_login')}?next={here}")
        try:
            draft = start_bundle(actor, code, region.code, timezone.now())
        except InvalidError as error:
            obstacle = " ".join(text for found in error.fields.values() for text in message_texts(found))
        except NotAllowedError as error:
            obstacle = str(error.detail)
        else:
            return HttpResponseRedirect(resolve_url("portal:task_list", draft_id=draft.pk))
    offer = bundle_offer(actor, code, region, timezone.localdate())
    context = {
        "offer": offer,
        "region": region,
        "obstacle": obstacle,
        "picture": mark_safe(offer.picture),  # noqa: S308 - drawn by charts.flow, every text escaped
    }
    status = HTTPStatus.FORBIDDEN if obstacle else HTTPStatus.OK
    return render(request, "portal/bundles/start.html", context, status=status)


@never_cache
@for_applicants
@require_safe
def one(request: HttpRequest, bundle_id: uuid.UUID) -> HttpResponse:
    """Every part with its agency, state and due date, and the clock of the whole with the reason for it."""
    view = bundle_view(actor_of(request), bundle_id, timezone.localdate())
    context = {
        "bundle": view,
        "picture": mark_safe(view.picture),  # noqa: S308 - drawn by charts.flow, every text escaped
        "sent": "sent" in request.GET,
    }
    return render(request, "portal/bundles/one.html", context)


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, bundle_id: uuid.UUID) -> HttpResponse:
    """Take everything back that is not decided, after asking once."""
    actor = actor_of(request)
    if request.method == "POST":
        reason = request.POST.get("reason", "").replace("\x00", "")[:MAX_REASON]
        withdraw_bundle(actor, bundle_id, timezone.now(), reason)
        messages.success(request, _("What was not decided yet is taken back."))
        return HttpResponseRedirect(resolve_url("portal:bundle_case", bundle_id=bundle_id))
    view = bundle_view(actor, bundle_id, timezone.localdate())
    if not view.can_withdraw:
        return HttpResponseRedirect(resolve_url("portal:bundle_case", bundle_id=bundle_id))
    return render(request, "portal/bundles/withdraw.html", {"bundle": view, "max_reason": MAX_REASON})


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def give_up(request: HttpRequest, bundle_id: uuid.UUID, name: str) -> HttpResponse:
    """Give up a part that is not begun, after asking once."""
    actor = actor_of(request)
    if request.method == "POST":
        give_up_part(actor, bundle_id, name, timezone.now())
        messages.success(request, _("This part is given up."))
        return HttpResponseRedirect(resolve_url("portal:bundle_case", bundle_id=bundle_id))
    view = bundle_view(actor, bundle_id, timezone.localdate())
    part = next((part for part in view.parts if part.name == name), None)
    if part is None:
        raise Http404
    if not part.can_give_up:
        raise ConflictError(_("Only a part that has not begun can be given up; withdraw its case instead."))
    context: Mapping[str, Any] = {"bundle": view, "part": part}
    return render(request, "portal/bundles/give_up.html", context)


@never_cache
@for_applicants
@require_POST
def again(request: HttpRequest, bundle_id: uuid.UUID, name: str) -> HttpResponse:
    """Apply again for a part that was refused or taken back: its draft, with the answers given before."""
    draft = apply_again(actor_of(request), bundle_id, name, timezone.now())
    return HttpResponseRedirect(resolve_url("portal:task_list", draft_id=draft.pk))
