"""Signing in to a department's system with the account here: the authorisation endpoint, consent, signing out.

A form's answer never redirects to another site: browsers hold that against the content-security policy, which lets
forms go to this site only. Who comes from a form gets a page that goes on by itself, or by its link.
"""

import time
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from authlib.common.urls import add_params_to_uri
from django.contrib.auth import logout
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render, resolve_url
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from tongban.identity.actor import Actor
from tongban.identity.assurance.queries import level_today
from tongban.identity.middleware import actor_of
from tongban.identity.provider.actions.signing_in import give_consent
from tongban.identity.provider.facts import kind_of, subject_of
from tongban.identity.provider.keys import session_name
from tongban.identity.provider.queries import Agreed, agreed_before, application_of_hint, optional_among, told
from tongban.identity.provider.rules import DemandError, Standing, Step, demands_of, next_step, stated_acr
from tongban.identity.provider.server import Authorisation, Grantee, RefusedAuthorisationError, read_authorisation
from tongban.identity.provider.sessions import session_of

# The parameter of our own by which a request remembers that it sent its person to sign in, step up or change hats.
AWAY = "tongban_away"
_AWAY_SALT = "portal.authorise.away"
_AWAY_SECONDS = 3600
STEP_UP = "/me/assurance/"
_MOST = 8000


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """OpenID Connect Core 1.0, section 3.1.2. A POST becomes the same GET: it comes from elsewhere, without cookies."""
    if request.method == "POST":
        posted = request.POST.copy()
        posted.pop(AWAY, None)
        return HttpResponseRedirect(f"{request.path}?{posted.urlencode()}")
    return _answer(request, agreed=None)


@never_cache
@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    """The answer to the consent page, whose address carries the request it belongs to."""
    try:
        asked = read_authorisation(request)
    except RefusedAuthorisationError as refused:
        return _refuse(request, refused)
    if request.POST.get("decision") != "agree":
        location = asked.answer(error="access_denied", error_description="The person did not agree.")
        return _leave(request, asked, location)
    chosen = frozenset(request.POST.getlist("tell"))
    declined = optional_among(asked.application, asked.scopes) - chosen
    return _answer(request, agreed=Agreed(frozenset(asked.scopes) - declined, declined))


def _answer(request: HttpRequest, *, agreed: Agreed | None) -> HttpResponse:  # noqa: PLR0911 - one for each way on
    try:
        asked = read_authorisation(request)
    except RefusedAuthorisationError as refused:
        return _refuse(request, refused)
    session, now = session_of(request), timezone.now()
    actor = actor_of(request)
    actor = actor.at_level(level_today(actor, timezone.localdate(now)))
    before = agreed or agreed_before(actor, asked.application)
    try:
        demands = demands_of(asked.parameters, asked.application.required_level)
        step = next_step(
            demands,
            Standing(
                authenticated_at=session.authenticated_at if session else None,
                level=actor.assurance_level,
                consented=before.answers(asked.scopes),
                fits=kind_of(actor) in asked.application.audiences,
                subject=subject_of(actor, asked.application.sector),
                sent_away_at=_sent_away_at(request),
            ),
            now,
            can_step_up=_has_page(STEP_UP),
        )
        # What was just agreed to is not asked again, though the request wants it asked each time.
        step = Step.GRANT if agreed and step is Step.CONSENT else step
    except DemandError as error:
        return _leave(request, asked, asked.answer(error=error.error, error_description=error.description))
    if step is Step.SIGN_IN:
        return _send_to_sign_in(request)
    if step is Step.CHOOSE_HAT:
        return HttpResponseRedirect(_choose_hat(request))
    if step is Step.STEP_UP:
        return HttpResponseRedirect(f"{STEP_UP}?{urlencode({'need': demands.least, 'next': _back_here(request)})}")
    if session is None or actor.person_id is None:
        location = asked.answer(error="access_denied", error_description="This account belongs to no person.")
        return _leave(request, asked, location)
    if step is Step.CONSENT:
        return _ask(request, asked, actor, before)
    if agreed:
        give_consent(actor, asked.application, agreed.of(asked.scopes), now, agreed.declined)
    grantee = Grantee(actor, session, stated_acr(actor.assurance_level, demands.levels), before.of(asked.scopes))
    return _leave(request, asked, asked.agreed(grantee))


def _ask(request: HttpRequest, asked: Authorisation, actor: Actor, before: Agreed) -> HttpResponse:
    lines = told(asked.application, asked.scopes)
    context = {
        "asked": asked,
        "application": asked.application,
        "learns": [line for line in lines if not line.optional],
        "choices": [
            {
                "value": line.scope,
                "label": capfirst(line.label),
                "hint": f"{_('What for:')} {line.purpose} · {_('By:')} {line.legal_basis}",
            }
            for line in lines
            if line.optional
        ],
        # Nothing is ticked beforehand but what they ticked themselves.
        "chosen": before.of(asked.scopes),
        "tells_of_signing_out": bool(asked.application.back_channel_uri),
        "acting_as": actor.label,
        "action": f"{resolve_url('portal:consent')}?{request.GET.urlencode()}",
        "change_hat": _choose_hat(request),
    }
    return render(request, "portal/consent.html", context)


def _leave(request: HttpRequest, asked: Authorisation, location: str) -> HttpResponse:
    """Go to the application, by a redirect or, after a form, by a page."""
    if request.method == "GET" and AWAY not in request.GET:
        return _elsewhere(location)
    return _go_on(request, location, asked.application.label)


def _elsewhere(location: str) -> HttpResponse:
    response = HttpResponse(status=HTTPStatus.FOUND)
    response["Location"] = location
    response["Referrer-Policy"] = "no-referrer"
    return response


def _go_on(request: HttpRequest, location: str, label: str) -> HttpResponse:
    response = render(request, "portal/go_on.html", {"location": location, "label": label})
    response["Referrer-Policy"] = "no-referrer"
    return response


def _refuse(request: HttpRequest, refused: RefusedAuthorisationError) -> HttpResponse:
    if refused.location:
        return _elsewhere(refused.location)
    # Who asks is not known, so nothing is sent anywhere (RFC 9700, section 4.11).
    context = {"error": refused.error, "description": refused.description}
    return render(request, "portal/authorise_refused.html", context, status=HTTPStatus.BAD_REQUEST)


def _send_to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the page of signing in, and back; whoever is signed in shows once more that it is they."""
    back, page = _back_here(request), "account_login"
    if request.user.is_authenticated and get_adapter(request).get_reauthentication_methods(request.user):
        page = "account_reauthenticate"
    elif request.user.is_authenticated:
        # Who came by a code sent, or from another government, has nothing to show again; and the page of signing in
        # sends whoever is signed in straight back. So they sign in anew.
        logout(request)
    return HttpResponseRedirect(f"{resolve_url(page)}?{urlencode({'next': back})}")


def _choose_hat(request: HttpRequest) -> str:
    return f"{resolve_url('portal:hats')}?{urlencode({'next': _back_here(request)})}"


def _back_here(request: HttpRequest) -> str:
    parameters = request.GET.copy()
    # Neither is read; both may say who somebody is.
    for name in ("login_hint", "id_token_hint"):
        parameters.pop(name, None)
    parameters[AWAY] = signing.dumps([time.time(), parameters.get("client_id", "")], salt=_AWAY_SALT)
    return f"{resolve_url('portal:authorize')}?{parameters.urlencode()}"


def _sent_away_at(request: HttpRequest) -> datetime | None:
    try:
        at, client_id = signing.loads(request.GET.get(AWAY, ""), salt=_AWAY_SALT, max_age=_AWAY_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return datetime.fromtimestamp(at, UTC) if client_id == request.GET.get("client_id", "") else None


def _has_page(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


# --- signing out at an application's word ---------------------------------------------------------------------------


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def end_session(request: HttpRequest) -> HttpResponse:
    """OpenID Connect RP-Initiated Logout 1.0. Without a hint that fits the session, the person is asked first."""
    if request.method == "POST":
        return HttpResponseRedirect(f"{request.path}?{request.POST.urlencode()[:_MOST]}")
    session, hint = session_of(request), application_of_hint(request.GET.get("id_token_hint", ""))
    if session is None:
        return _signed_out(request, after_form=False)
    if hint and hint.sid == session_name(session.sid, hint.application.sector):
        logout(request)
        return _signed_out(request, after_form=False)
    action = f"{resolve_url('portal:end_session_now')}?{request.GET.urlencode()}"
    context = {"action": action, "application": hint.application if hint else None}
    return render(request, "portal/end_session.html", context)


@never_cache
@require_POST
def end_session_now(request: HttpRequest) -> HttpResponse:
    """The person said that they want to sign out, or to stay."""
    if request.POST.get("decision") == "stay":
        return HttpResponseRedirect(resolve_url("portal:home"))
    logout(request)
    return _signed_out(request, after_form=True)


def _signed_out(request: HttpRequest, *, after_form: bool) -> HttpResponse:
    given: QueryDict = request.GET
    uri, hint = given.get("post_logout_redirect_uri", ""), application_of_hint(given.get("id_token_hint", ""))
    # Only where who asks has shown a token of ours, and only to an address it registered.
    if not uri or hint is None or uri not in hint.application.sign_out_uris:
        return render(request, "portal/signed_out.html", {"title": _("You are signed out")})
    state = given.get("state", "")
    location = str(add_params_to_uri(uri, [("state", state)])) if state else uri
    return _go_on(request, location, hint.application.label) if after_form else _elsewhere(location)
