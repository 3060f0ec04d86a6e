"""Where allauth meets our accounts: how they are found, how codes reach people, what is sealed, what is said."""

import time
import uuid
from typing import TYPE_CHECKING, Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongban.foundation.delivery import deliver_at_once, send_email, sms_provider
from tongban.foundation.errors import TooManyError
from tongban.foundation.sealing import SealedText
from tongban.identity.models import Account
from tongban.identity.signin import second_factor
from tongban.identity.signin.accounts import account_named, account_with
from tongban.identity.signin.failures import record_failure
from tongban.identity.signin.rules import contact_of
from tongban.identity.signin.session import was_shown

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

CODE_DIGITS = 6
# Of an authenticator app, and what recovery codes are derived from.
SECRETS = SealedText("mfa_authenticator.data", ("secret", "seed"))
_TOO_MANY = frozenset({"too_many_login_attempts", "rate_limited"})
WAIT_SECONDS = 15 * 60
_UNSPECIFIED = "::"  # RFC 4291, section 2.5.2

_WRONG = gettext_lazy("User name and password do not belong together.")
_WRONG_CODE = gettext_lazy("This code is not right, or no longer good. Look at it again, or have a new one sent.")
_MESSAGES = {
    "incorrect_code": _WRONG_CODE,
    "incorrect_password": gettext_lazy("This is not your password."),
    "enter_current_password": gettext_lazy("This is not your present password."),
    "username_password_mismatch": _WRONG,
    "email_password_mismatch": _WRONG,
    "phone_password_mismatch": _WRONG,
    "invalid_login": _WRONG,
    "too_many_login_attempts": gettext_lazy("Too many failed attempts. Please wait a quarter of an hour."),
    "rate_limited": gettext_lazy("Too many attempts. Please wait a quarter of an hour."),
    "cannot_delete_authenticator": gettext_lazy(
        "Officers sign in with a second factor; this is your last one. Set another one up first."
    ),
    "cannot_generate_recovery_codes": gettext_lazy("Set up an authenticator app or a passkey first."),
}
# What allauth would say at the head of the next page, in our words; of the rest nothing is said.
_SAID = {
    "account/messages/password_changed.txt": gettext_lazy(
        "Your password is changed. You are signed out everywhere else."
    ),
    "account/messages/password_set.txt": gettext_lazy("Your password is changed. You are signed out everywhere else."),
    "mfa/messages/totp_activated.txt": gettext_lazy("The authenticator app is set up."),
    "mfa/messages/totp_deactivated.txt": gettext_lazy("The authenticator app is removed."),
    "mfa/messages/webauthn_added.txt": gettext_lazy("The passkey is set up."),
    "mfa/messages/webauthn_removed.txt": gettext_lazy("The passkey is removed."),
    "usersessions/messages/sessions_logged_out.txt": gettext_lazy("You are signed out there."),
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # untyped
    """Accounts are opened at a window or by the operator; here one signs in."""

    error_messages = DefaultAccountAdapter.error_messages | _MESSAGES

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        return False

    def validation_error(self, code: str, *args: Any) -> ValidationError:  # noqa: ANN401 - allauth's signature
        """The error to raise.

        Raises:
            TooManyError: at once, where a limit was reached: on pages and in the API it is answered by 429.
        """
        if code in _TOO_MANY:
            raise TooManyError(self.error_messages[code], WAIT_SECONDS)
        error: ValidationError = super().validation_error(code, *args)
        return error

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,  # noqa: ARG002 - it may hold a phone number; nothing of it is said
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        said = message or _SAID.get(message_template or "")
        if said:
            messages.add_message(request, level, str(said), extra_tags=extra_tags)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ANN401, ARG002 - the same
        # One account has one count, whether its name, number or address was typed.
        account = account_named(str(credentials.get("username", "")))
        return str(account.pk) if account else str(credentials.get("username", "")).lower()

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ANN401 - allauth's signature
        """Kept for a day: the security officer sees how many there were, of how many names, from how many places."""
        record_failure(str(credentials.get("username", "")), self.get_client_ip(request), timezone.now())

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that is counted by; who comes by a socket of the machine has none, and shares one count."""
        try:
            found: str = super().get_client_ip(request)
        except PermissionDenied:
            return _UNSPECIFIED
        return found

    # --- codes ---

    def generate_login_code(self) -> str:
        """Digits, as many as one keeps in mind from one screen to the next."""
        return get_random_string(CODE_DIGITS, "0123456789")

    def generate_phone_verification_code(self, *, user: "AbstractBaseUser", phone: str) -> str:  # noqa: ARG002 - the same
        return self.generate_login_code()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Only codes are sent; an address without an account gets nothing."""
        if template_prefix == "account/email/login_code":
            send_code(email, context["code"])

    def send_verification_code_sms(self, user: "AbstractBaseUser", phone: str, code: str, **_kwargs: Any) -> None:  # noqa: ANN401, ARG002 - the same
        send_code(phone, code)

    def send_notification_mail(self, *_args: Any, **_kwargs: Any) -> None:  # noqa: ANN401 - the same
        """Upper layers tell people what happened to their account; the ledger's entries announce it."""

    def set_phone_verified(self, user: "AbstractBaseUser", phone: str) -> None:
        """A contact is only ever kept after a code that was sent to it came back, or an officer saw its holder."""

    def get_phone(self, user: "AbstractBaseUser") -> tuple[str, bool] | None:
        number = getattr(user, "phone", None)
        return (number, True) if number else None

    def get_user_by_phone(self, phone: str) -> Account | None:
        contact = contact_of(phone)
        return account_with(contact) if contact else None

    # --- showing again who one is ---

    def is_reauthentication_required(self, *, app: str, **_kwargs: Any) -> bool:  # noqa: ANN401, ARG002 - the same
        """Not within five minutes after signing in: who enrols a first authenticator has just come in."""
        account = self.request.user
        if second_factor.is_enrolled(account) and not was_shown(self.request.session):
            return True  # the session is older than the second factor
        records = get_authentication_records(self.request, account)
        fresh = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        return not any(time.time() - record["at"] < fresh for record in records)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - the same
        # The second factor where there is one: a password alone must not open what guards the account.
        labels = {
            "reauthenticate": _("Use your password"),
            "mfa_reauthenticate": _("Use a code of the app, or a recovery code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        methods = [
            method | {"description": labels[method["id"]]} for method in super().get_reauthentication_methods(user)
        ]
        strong = [method for method in methods if method["id"] != "reauthenticate"]
        return strong or methods


def send_code(address: str, code: str) -> None:
    """Send a code to a phone number or an e-mail address, beside the request. In Chinese first, as all that is sent."""
    minutes = settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60
    zh = f"验证码 {code}，{minutes} 分钟内有效。工作人员不会向您索要验证码，请勿告诉任何人。"
    en = f"Your code is {code}, good for {minutes} minutes. No officer will ask you for it; tell it nobody."
    key = str(uuid.uuid4())
    contact = contact_of(address)
    provider = sms_provider()
    if contact and contact.kind == "email":
        deliver_at_once(lambda: send_email(address, "验证码 Your code", f"{zh}\n\n{en}\n", key))
    elif provider:
        deliver_at_once(lambda: provider.send(address, f"【{settings.PLATFORM_NAME}】{zh}", key))


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc] # untyped
    """Secrets are sealed; officers keep a second factor."""

    error_messages = DefaultMFAAdapter.error_messages | _MESSAGES

    def encrypt(self, text: str) -> str:
        return SECRETS.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return SECRETS.open(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        if authenticator.type == Authenticator.Type.RECOVERY_CODES or not second_factor.is_last(authenticator):
            return True
        return not second_factor.is_needed(authenticator.user, timezone.localdate())

    def generate_authenticator_name(self, user: "AbstractBaseUser", type: Authenticator.Type) -> str:  # noqa: A002 - allauth's signature
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)d") % {"number": number}

    def get_totp_issuer(self) -> str:
        return str(settings.PLATFORM_NAME)

    def _get_site_name(self) -> str:
        return str(settings.PLATFORM_NAME)
