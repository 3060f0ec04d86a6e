"""What several pages of the portal need."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from tongban.foundation.errors import SignInNeededError
from tongban.identity.middleware import actor_of

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def for_applicants(view: View[P]) -> View[P]:
    """The page is for people and who acts for an organisation; officers are told to change for whom they act."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        actor = actor_of(request)
        if not actor.is_signed_in:
            raise SignInNeededError
        if not actor.is_applicant:
            here = request.get_full_path() if request.method == "GET" else resolve_url("portal:my_space")
            return render(request, "portal/wrong_hat.html", {"come_back": here}, status=HTTPStatus.FORBIDDEN)
        return view(request, *args, **kwargs)

    return guarded


def safe_next(request: HttpRequest, default: str) -> str:
    """Where to go on: `next` of the form or the query where it is a page of this site, else `default`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if own else default
