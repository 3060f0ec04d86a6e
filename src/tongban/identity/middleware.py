"""Puts the actor on the request."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from tongban.identity.actor import VISITOR, Actor, hats_of
from tongban.identity.models import Account
from tongban.identity.signin.session import was_shown
from tongban.identity.tokens import actor_of_session, actor_of_token, hats_of_session, note_worn

HAT_SESSION_KEY = "hat"
# The assurance level of a session that another government's platform vouches for; such a session holds no post.
LEVEL_SESSION_KEY = "vouched_level"
API_PREFIX = "/api/"


def actor_of(request: HttpRequest) -> Actor:
    """The actor of this request, for views: typed, and the visitor when nobody signed in."""
    found: Actor | None = getattr(request, "found_actor", None)
    if found is None:
        found = request.found_actor = _find(request)  # type: ignore[attr-defined] # kept for the next who asks
    return found


class ActorMiddleware:
    """`request.actor` for templates, found when first asked for, so that a page that does not ask costs no query.

    The answer to whatever signs somebody out has the browser forget the pages (ASVS 5.0, 14.3.1).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_of(request))  # type: ignore[attr-defined] # Django's pattern
        response = self.get_response(request)
        if getattr(request, "signed_out", False):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


@receiver(user_logged_out)
def note_signed_out(request: HttpRequest | None = None, **_: Any) -> None:  # noqa: ANN401 - a signal's
    """For the middleware: somebody was signed in, and is no more.

    The session says so, which is emptied after this; who was it is not known any more where the account was closed.
    """
    if request is not None and SESSION_KEY in request.session:
        request.signed_out = True  # type: ignore[attr-defined] # read by `ActorMiddleware`


def bearer_token(request: HttpRequest) -> str:
    """The bearer token the request carries (RFC 6750), or an empty string."""
    scheme, _separator, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _find(request: HttpRequest) -> Actor:
    # A request that brings credentials of its own is never taken for the browser's.
    if request.path.startswith(API_PREFIX) and "Authorization" in request.headers:
        token = bearer_token(request)
        return (actor_of_token(token, timezone.now()) if token else None) or VISITOR
    level = request.session.get(LEVEL_SESSION_KEY)
    if level is None:
        return _of_session(request, request.session.get(HAT_SESSION_KEY, ""))
    actor = _of_session(request, request.session.get(HAT_SESSION_KEY, "person"))
    return replace(_of_session(request, "person") if actor.is_officer else actor, assurance_level=level)


def _of_session(request: HttpRequest, hat: str) -> Actor:
    session, today = request.session, timezone.localdate()
    account = session.get(SESSION_KEY)
    if account is None:
        return VISITOR
    proof, wears_posts = session.get(HASH_SESSION_KEY, ""), was_shown(session)
    if not wears_posts:
        # No post is worn without a second factor: nothing that asks for an actor can forget it.
        hat = "person" if hat.startswith("post:") else hat or "person"
    read = getattr(session, "actor_read", None)
    found = actor_of_session(account, proof, hat, today, read=read) if hat else None
    if found:
        note_worn(session.session_key, account, hat)
        return found
    # No hat chosen yet, or one no longer held.
    hats = hats_of_session(account, proof, today)
    if hats is None:
        # The long way: a key being rotated, an account that was closed.
        if not isinstance(request.user, Account):
            return VISITOR
        hats = hats_of(request.user, today)
    worn = [one for one in hats if wears_posts or not one.actor.is_officer]
    return next((one.actor for one in worn if one.key == hat), worn[0].actor)
