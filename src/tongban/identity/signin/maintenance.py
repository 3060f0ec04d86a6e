"""The maintenance pages: the same sign-in as everywhere else, and with a second factor."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.contrib.admin import AdminSite, autodiscover
from django.contrib.auth.views import redirect_to_login
from django.core.checks import CheckMessage
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from tongban.identity.middleware import actor_of
from tongban.identity.models import Account
from tongban.identity.signin import second_factor
from tongban.identity.signin.session import was_shown


class MaintenanceSite(AdminSite):
    """Django's admin without a door of its own."""

    def check(self, app_configs: Sequence[AppConfig] | None) -> list[CheckMessage]:
        """What Django's checks say of every page, whether or not an address was asked for before."""
        autodiscover()
        return super().check(app_configs)

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether who asks may open the maintenance pages: the table of rights says it of the post they act in.

        Django asks a mark on the account (`is_staff`), which ours lack: no law knows it, and it
        outlives the post.

        Raises:
            SignInNeededError, NotAllowedError: the post gives no such right.
        """
        if _must_show(request):
            return False  # and `login` leads to it
        actor_of(request).require("maintain", "government")
        return True

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002 - Django's signature
        wanted = request.GET.get("next") or reverse("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(wanted)
        return HttpResponseRedirect(reverse("second_factor" if _must_show(request) else "admin:index"))


def _must_show(request: HttpRequest) -> bool:
    """Whether somebody is signed in who acts in a post only after a second factor, and has shown none."""
    account = request.user
    return (
        isinstance(account, Account)
        and not was_shown(request.session)
        and second_factor.is_needed(account, timezone.localdate())
    )
