"""Which browsers an account was signed in from before: whoever's password somebody else has shall hear of it.

A browser is known by a random number of its own in a cookie, which says nothing of anybody and opens nothing. Here
stands a keyed digest of it with the account's (`SignInMemory`), for a year after its last sign-in.
"""

import secrets

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from tongban.identity.models import Account

COOKIE = "known_browser"
KEPT_SECONDS = 365 * 24 * 3600
_BYTES = 16
_LONGEST = 40


def is_first_here(request: HttpRequest, response: HttpResponse, account: Account) -> bool:
    """Whether the account, which was signed in somewhere before, never was in this browser. It is known from now on."""
    number = request.COOKIES.get(COOKIE, "")[:_LONGEST] or secrets.token_urlsafe(_BYTES)
    response.set_cookie(
        COOKIE, number, max_age=KEPT_SECONDS, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
    known = f"sign_in.browser:{account.pk}:{number}"
    of_account = f"sign_in.browsers:{account.pk}"
    is_new = cache.get(known) is None
    had_others = cache.get(of_account) is not None
    cache.set(known, 1, KEPT_SECONDS)
    cache.set(of_account, 1, KEPT_SECONDS)
    return is_new and had_others
