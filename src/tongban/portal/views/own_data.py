"""One's own data: a copy, a correction, closing the account (个人信息保护法 art 44 to 48)."""

import json
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth import logout
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tongban.foundation.errors import InvalidError
from tongban.foundation.pages.errors import offer_way_on
from tongban.identity.holdings import holdings
from tongban.identity.middleware import actor_of
from tongban.identity.models import CorrectionRequest
from tongban.identity.own_data import ask_correction, close_own_account, copy_of_data, may_copy, obstacles_to_closing
from tongban.identity.register import my_corrections
from tongban.portal.views.common import for_applicants
from tongban.portal.views.space import trail

_MAX_TEXT = 500


@never_cache
@sensitive_post_parameters("wanted", "reason")
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """What one may ask for; a POST asks for a correction."""
    actor, post = actor_of(request), request.POST
    if actor.represented_id and request.method != "POST" and may_copy(actor):
        # A guardian: the copy alone. What is wrong is corrected, and an account closed, at a window.
        of_ward = {"trail": trail(), "held": [holding.label for holding in holdings()], "ward": actor.represented_name}
        return render(request, "portal/own_data.html", of_ward)
    obstacles = obstacles_to_closing(actor)  # refuses every hat but one's own
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        wanted, reason = (post.get(name, "").replace("\x00", "")[: _MAX_TEXT + 1] for name in ("wanted", "reason"))
        try:
            ask_correction(actor, post.get("field", ""), wanted, reason, timezone.now())
        except InvalidError as invalid:
            errors = {name: [str(text) for text in texts] for name, texts in invalid.fields.items()}
        else:
            messages.success(request, _("Your request is in; the answer will stand here."))
            return HttpResponseRedirect(resolve_url("portal:own_data"))
    context = {
        "trail": trail(),
        "held": [holding.label for holding in holdings()],
        "corrections": my_corrections(actor),
        "fields": [(each.value, str(each.label).capitalize()) for each in CorrectionRequest.Field],
        "given": post,
        "obstacles": obstacles,
        "errors": errors,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/own_data.html", context, status=status)


@never_cache
@for_applicants
@require_POST
def copy(request: HttpRequest) -> HttpResponse:
    """Everything held, as one JSON file. Asked for by POST: the copying is recorded, and no link can bring it about."""
    data = copy_of_data(actor_of(request), timezone.now())
    text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="my-data-{timezone.localdate():%Y-%m-%d}.json"'
    return response


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    """What closing means, what stands in the way; a POST with the tick closes it and tells what is kept, and why."""
    actor = actor_of(request)
    offer_way_on(request, _("Your data"), resolve_url("portal:own_data"))
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        if request.POST.get("understood"):
            closing = close_own_account(actor, timezone.now())
            logout(request)
            return render(request, "portal/account_closed.html", {"kept": closing.kept})
        errors = {"understood": [_("Tick that you have read this.")]}
    context = {
        "obstacles": obstacles_to_closing(actor),
        "trail": [(_("Your data"), resolve_url("portal:own_data"))],
        "understood": [("1", _("I have read this and want to close my account for ever"))],
        "errors": errors,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/close_account.html", context, status=status)
