"""What follows from what allauth did: the session knows of the second factor, the ledger of the act."""

from typing import Any

from allauth.account.signals import authentication_step_completed, password_changed, password_set, user_logged_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models.signals import pre_save
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tongban.foundation.ledger import Announcement, append
from tongban.identity.actor import Actor, actor_for
from tongban.identity.models import Account, ApiToken
from tongban.identity.signin import browsers, second_factor
from tongban.identity.signin.announcing import changed
from tongban.identity.signin.rules import device_of, network_of


def connect() -> None:
    """Called once, when the platform is set up."""
    authentication_step_completed.connect(_step)
    user_logged_in.connect(_signed_in)
    authenticator_added.connect(_enrolled)
    authenticator_removed.connect(_removed)
    authenticator_reset.connect(_renewed)
    password_changed.connect(_new_password)
    password_set.connect(_new_password)
    pre_save.connect(_coarse, sender=UserSession)


def _step(request: HttpRequest, method: str, user: AbstractBaseUser, **_kwargs: Any) -> None:  # noqa: ANN401 - a signal's
    if method == "mfa" and isinstance(user, Account):
        second_factor.note_shown(request, user)


def _signed_in(request: HttpRequest, user: Account, response: HttpResponse | None = None, **_kwargs: Any) -> None:  # noqa: ANN401 - a signal's
    shown = second_factor.was_shown(request.session)
    unknown = response is not None and browsers.is_first_here(request, response, user)
    device = device_of(request.headers.get("User-Agent", ""))
    _enter(user, "sign_in", changed("elsewhere", device=device) if unknown else None, second_factor=shown)


def _enrolled(request: HttpRequest, user: Account, authenticator: Authenticator, **_kwargs: Any) -> None:  # noqa: ANN401 - a signal's
    if authenticator.type in second_factor.ENROLLED:
        second_factor.note_shown(request, user)
        kind = str(authenticator.type)
        _enter(user, "enrol_authenticator", changed(f"{kind}_added"), kind=kind)


def _removed(user: Account, authenticator: Authenticator, **_kwargs: Any) -> None:  # noqa: ANN401 - a signal's
    kind = str(authenticator.type)
    # Recovery codes go with what they stood in for.
    told = changed(f"{kind}_removed") if authenticator.type in second_factor.ENROLLED else None
    _enter(user, "remove_authenticator", told, kind=kind)


def _renewed(user: Account, **_kwargs: Any) -> None:  # noqa: ANN401 - a signal's
    _enter(user, "renew_recovery_codes", changed("codes_renewed"))


def _new_password(user: Account, **_kwargs: Any) -> None:  # noqa: ANN401 - a signal's
    with transaction.atomic():
        ApiToken.objects.filter(account=user, revoked_at=None).update(revoked_at=timezone.now())
        _enter(user, "change_password", changed("password"))


def _enter(account: Account, deed: str, told: Announcement | None = None, **content: Any) -> None:  # noqa: ANN401 - what is recorded
    with transaction.atomic():
        append(_themselves(account), deed, "account", account.pk, content, told)


def _themselves(account: Account) -> Actor:
    return actor_for(account, "person", timezone.localdate())


def _coarse(instance: UserSession, **_kwargs: Any) -> None:  # noqa: ANN401 - a signal's
    """Of where and with what somebody signed in, no more is kept than they need to know it again."""
    instance.ip = network_of(instance.ip)
    if "/" in instance.user_agent:
        instance.user_agent = device_of(instance.user_agent)
