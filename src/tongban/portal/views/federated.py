"""Signing in with the account of another government's platform."""

import uuid

import structlog
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from tongban.foundation.errors import NotAllowedError
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.methods import require_safe
from tongban.identity.middleware import HAT_SESSION_KEY, LEVEL_SESSION_KEY
from tongban.identity.provider.actions.federation import LEAST_TO_LINK, sign_in_from
from tongban.identity.provider.federation import ForeignSignInError, begin, finish
from tongban.identity.provider.queries import trusted_provider
from tongban.identity.provider.server import issuer_of
from tongban.portal.views.common import safe_next

log = structlog.get_logger(__name__)

_KEPT = "federation"


@never_cache
@require_safe
def start(request: HttpRequest, provider_id: uuid.UUID) -> HttpResponse:
    """Send the browser to the other platform."""
    provider = trusted_provider(provider_id)
    try:
        address, kept = begin(provider, _callback(request), LEAST_TO_LINK)
    except ForeignSignInError as error:
        raise _failed(request, error) from error
    request.session[_KEPT] = kept | {"next": safe_next(request, "")}
    return HttpResponseRedirect(address)


@never_cache
@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """The browser comes back. What was remembered is good for one answer."""
    kept = request.session.pop(_KEPT, None)
    if not kept:
        raise _failed(request, ForeignSignInError("nothing was asked in this browser"))
    provider = trusted_provider(uuid.UUID(kept["provider"]))
    try:
        claims = finish(provider, kept, request.GET.dict(), _callback(request))
    except ForeignSignInError as error:
        raise _failed(request, error) from error
    offer_way_on(request, _("Sign in"), resolve_url("account_login"))
    account, level = sign_in_from(provider, claims, timezone.now())
    login(request, account, backend="django.contrib.auth.backends.ModelBackend")
    # Another platform vouches for the human, not for a post here: officers sign in here.
    request.session[LEVEL_SESSION_KEY], request.session[HAT_SESSION_KEY] = level, "person"
    return HttpResponseRedirect(kept["next"] or resolve_url("portal:my_space"))


def _callback(request: HttpRequest) -> str:
    return issuer_of(request) + resolve_url("portal:federated_callback")


def _failed(request: HttpRequest, error: ForeignSignInError) -> NotAllowedError:
    log.warning("foreign sign-in failed", reason=str(error))
    offer_way_on(request, _("Sign in"), resolve_url("account_login"))
    return NotAllowedError(
        _("The other platform did not confirm who you are. Try again, or sign in with an account here.")
    )
