"""Signing in and out, and choosing for whom one acts."""

from http import HTTPStatus

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tongban.foundation.errors import InvalidError, SignInNeededError
from tongban.foundation.pages.links import optional_url
from tongban.identity.actions import verify_password
from tongban.identity.actor import Hat, hats_of
from tongban.identity.middleware import HAT_SESSION_KEY
from tongban.identity.models import Account
from tongban.portal.views.common import safe_next


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in with user name and password. Who wears several hats chooses one next."""
    if request.method != "POST":
        if request.user.is_authenticated:
            return HttpResponseRedirect(safe_next(request, resolve_url("portal:hats")))
        return render(request, "portal/sign_in.html", {"next": safe_next(request, "")})
    name, now = request.POST.get("username", "").strip(), timezone.now()
    try:
        account = verify_password(name, request.POST.get("password", ""), request.META.get("REMOTE_ADDR", ""), now)
    except InvalidError as error:
        context = {"errors": error.fields, "username": name, "next": safe_next(request, "")}
        return render(request, "portal/sign_in.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    login(request, account)
    hats = hats_of(account, timezone.localdate(now))
    target = safe_next(request, _landing(hats[0]))
    if len(hats) > 1:
        chooser = HttpResponseRedirect(resolve_url("portal:hats"))
        if target != _landing(hats[0]):
            request.session["after_hat"] = target
        return chooser
    return HttpResponseRedirect(target)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out and forget the session."""
    logout(request)
    return HttpResponseRedirect(resolve_url("portal:home"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def hats(request: HttpRequest) -> HttpResponse:
    """Choose for whom one acts: as oneself, for an organisation, in a post."""
    if not isinstance(request.user, Account):
        raise SignInNeededError
    held = hats_of(request.user, timezone.localdate())
    errors = {}
    if request.method == "POST":
        chosen = next((hat for hat in held if hat.key == request.POST.get("hat")), None)
        if chosen:
            request.session[HAT_SESSION_KEY] = chosen.key
            waiting = request.session.pop("after_hat", "")
            return HttpResponseRedirect(safe_next(request, waiting or _landing(chosen)))
        errors = {"hat": [_("Choose for whom you act.")]}
    present = request.session.get(HAT_SESSION_KEY, "")
    context = {
        "errors": errors,
        "next": safe_next(request, ""),
        "choices": [{"value": hat.key, "label": hat.actor.label, "hint": _hint(hat)} for hat in held],
        "present": present if any(hat.key == present for hat in held) else held[0].key,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/hats.html", context, status=status)


def _hint(hat: Hat) -> str:
    if hat.actor.is_officer:
        return _("Handle cases at the workbench")
    if hat.actor.organisation_id:
        return _("Apply for the organisation and follow its cases")
    return _("Apply for yourself and follow your own cases")


def _landing(hat: Hat) -> str:
    """Where one begins in a hat."""
    if hat.actor.is_officer:
        return optional_url("workbench:inbox") or resolve_url("portal:home")
    return resolve_url("portal:my_space")
