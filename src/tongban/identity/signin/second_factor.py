"""The second factor: who must have one, and whether this session has shown it.

It is shown by a code of an authenticator app, a recovery code, or a passkey, at sign-in or later, and by enrolling one
of these in the session itself. A session that has not shown it wears no post: `identity.middleware` gives it none.
"""

from datetime import date

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.core.cache import cache
from django.http import HttpRequest

from tongban.identity.actor import hats_of
from tongban.identity.models import Account
from tongban.identity.signin.session import SHOWN_KEY, was_shown

__all__ = ["was_shown"]

ENROLLED = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# The step a code belongs to, the one before it and the one after it: RFC 6238, 5.2; within it a code is good once.
_CODE_LIVES_SECONDS = 90


def note_shown(request: HttpRequest, account: Account) -> None:
    """Remember it for this session; `login` keeps it, signing out forgets it."""
    request.session[SHOWN_KEY] = str(account.pk)


def is_needed(account: Account, today: date) -> bool:
    """Whether this account has posts, and may act in them, on the maintenance pages too, with a second factor only."""
    return any(hat.actor.is_officer for hat in hats_of(account, today))


def is_enrolled(account: Account) -> bool:
    """Whether the account has an authenticator app or a passkey."""
    return bool(Authenticator.objects.filter(user=account, type__in=ENROLLED).exists())


def is_last(authenticator: Authenticator) -> bool:
    """Whether without this one the account has neither app nor passkey."""
    others = Authenticator.objects.filter(user=authenticator.user_id, type__in=ENROLLED)
    return not others.exclude(pk=authenticator.pk).exists()


def use_once(account: Account, code: str) -> bool:
    """Whether this code is used for the first time; asking uses it."""
    digits = "".join(filter(str.isalnum, code)).lower()
    return bool(cache.add(f"sign_in.code_used:{account.pk}:{digits}", 1, _CODE_LIVES_SECONDS))


def enrol_app(account: Account, secret: str) -> None:
    """Give the account an authenticator app with a secret that is known already (base32)."""
    TOTP.activate(account, secret)


def code_now(account: Account, seconds: float) -> str:
    """What the account's authenticator app shows at a moment (Unix time); empty where it has none."""
    app = Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).first()
    return format_hotp_value(hotp_value(decrypt(app.data["secret"]), int(seconds) // 30)) if app else ""
