"""Where one goes after signing in: to the second factor, to the choice of hats, or to what was wanted."""

from typing import Any

from allauth.account.utils import get_next_redirect_url
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from tongban.foundation.pages.links import optional_url
from tongban.identity.actor import Hat, hats_of
from tongban.identity.models import Account
from tongban.identity.signin import second_factor
from tongban.identity.signin.adapter import AccountAdapter

# What was wanted before signing in, while the pages in between are gone through.
WANTED_KEY = "after_hat"


class Adapter(AccountAdapter):
    """The account adapter with the portal's pages."""

    def is_safe_url(self, url: str) -> bool:
        """Whether it is a page of this site, under the name it was asked by."""
        return own_page(self.request, url)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return next_page(request, request.user, "") if isinstance(request.user, Account) else resolve_url("portal:home")

    def post_login(self, request: HttpRequest, user: Account, **rest: Any) -> HttpResponse:  # noqa: ANN401 - allauth's signature
        response: HttpResponse = super().post_login(request, user, **rest)
        wanted = rest.get("redirect_url") or get_next_redirect_url(request) or ""
        # The same answer, led elsewhere: it carries the cookie by which the browser is known again.
        response["Location"] = next_page(request, user, wanted)
        return response


def own_page(request: HttpRequest, url: str) -> bool:
    """Whether an address that came with the request leads to a page of this site."""
    return url_has_allowed_host_and_scheme(url, allowed_hosts={request.get_host()}, require_https=request.is_secure())


def next_page(request: HttpRequest, account: Account, wanted: str) -> str:
    """Where somebody who has just signed in goes on."""
    today = timezone.localdate()
    hats = hats_of(account, today)
    must_show = second_factor.is_needed(account, today) and not second_factor.was_shown(request.session)
    if wanted and (must_show or len(hats) > 1):
        request.session[WANTED_KEY] = wanted
    if must_show:
        return resolve_url("second_factor")
    if len(hats) > 1:
        return resolve_url("portal:hats")
    return wanted or landing(hats[0])


def landing(hat: Hat) -> str:
    """Where one begins in a hat."""
    if hat.actor.is_officer:
        return optional_url("workbench:inbox") or resolve_url("portal:home")
    return resolve_url("portal:my_space")
