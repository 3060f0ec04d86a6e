"""Forms of signing in that differ from allauth's; pages draw them with the kit."""

import time
from typing import Any

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context, ratelimit
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.webauthn.forms import EditWebAuthnForm
from django import forms
from django.conf import settings
from django.utils.translation import gettext as _

from tongban.foundation.delivery import sms_provider
from tongban.identity.models import Account
from tongban.identity.signin import second_factor
from tongban.identity.signin.accounts import account_named, account_with
from tongban.identity.signin.rules import Contact, contact_of


class LoginForm(account_forms.LoginForm):  # type: ignore[misc] # untyped
    """User name, mobile number or e-mail address, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        self.fields["login"].error_messages["required"] = _("Enter your user name, phone number or e-mail address.")
        self.fields["password"].error_messages["required"] = _("Enter your password.")

    def add_prefix(self, field_name: str) -> str:
        return "username" if field_name == "login" else str(super().add_prefix(field_name))

    def user_credentials(self) -> dict[str, str]:
        """A name that no account has goes on as it is, and costs as much time as one that exists."""
        typed = self.cleaned_data["login"]
        account = account_named(typed)
        return {"username": account.username if account else typed, "password": self.cleaned_data["password"]}


class RequestCodeForm(forms.Form):
    """Where to send a code. Whether an account takes codes there is not said."""

    contact = forms.CharField(max_length=254, required=False)
    _user: Account | None = None

    def clean(self) -> dict[str, Any]:
        """Raises:
        ValidationError: it is no contact; TooManyError: it was asked for too often.
        """
        found = contact_of(self.cleaned_data.get("contact") or "")
        if found is None or (found.kind == "phone" and not takes_phone()):
            raise forms.ValidationError({"contact": contact_expected()})
        if not ratelimit.consume(context.request, action="request_login_code", key=found.value):
            raise get_adapter().validation_error("rate_limited")
        self._user = account_with(found)
        return {found.kind: found.value}


def takes_phone() -> bool:
    """Whether a code can be sent by text message here; a demonstration shows it on the page."""
    return bool(sms_provider()) or settings.DEMO


def contact_expected() -> str:
    """What is to be entered where a code goes to."""
    if takes_phone():
        return _("Enter a mobile number of 11 digits, or an e-mail address.")
    return _("Enter an e-mail address.")


class ContactForm(forms.Form):
    """A new phone number or e-mail address of one's own account."""

    contact = forms.CharField(max_length=254, required=False)

    def clean_contact(self) -> Contact:
        found = contact_of(self.cleaned_data["contact"])
        if found is None or (found.kind == "phone" and not takes_phone()):
            raise forms.ValidationError(contact_expected())
        if not ratelimit.consume(context.request, action="request_login_code", key=found.value):
            raise get_adapter().validation_error("rate_limited")
        return found


class _Once:
    """A code is good once: also within the minute and a half in which an authenticator app's would be right again."""

    user: Account

    def clean_code(self) -> str:
        code = str(super().clean_code())  # type: ignore[misc] # of the form this is mixed into
        if not second_factor.use_once(self.user, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(_Once, mfa_forms.AuthenticateForm):  # type: ignore[misc] # untyped
    """The second factor at sign-in: a code of the app, or a recovery code."""


class ReauthenticateForm(_Once, mfa_forms.ReauthenticateForm):  # type: ignore[misc] # untyped
    """The same, of somebody signed in."""


class PasskeyNameForm(EditWebAuthnForm):  # type: ignore[misc] # untyped
    """What its owner calls a passkey."""

    name = forms.CharField(max_length=60, required=False)

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        if not name:
            raise forms.ValidationError(_("Enter a name."))
        return name


class ChangePasswordForm(account_forms.ChangePasswordForm):  # type: ignore[misc] # untyped
    """The present password is not asked of who has just come in by a code: so a forgotten one is replaced."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's signature
        super().__init__(*args, **kwargs)
        del self.fields["password2"]  # it can be shown instead of typed twice
        if came_by_code(self.user):
            del self.fields["oldpassword"]

    def clean(self) -> dict[str, Any]:
        return forms.Form.clean(self) or self.cleaned_data


def came_by_code(account: Account) -> bool:
    """Whether this session was begun with a code within the last minutes."""
    records = get_authentication_records(context.request, account)
    fresh = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    return any(record["method"] == "code" and time.time() - record["at"] < fresh for record in records)
