"""One's own sign-in: password, where codes go, authenticator app, passkeys, recovery codes, where one is signed in."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.forms import BaseConfirmCodeForm
from allauth.account.views import PasswordChangeView
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, EditWebAuthnView, ListWebAuthnView, RemoveWebAuthnView
from allauth.usersessions.adapter import get_adapter as get_sessions_adapter
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from tongban.foundation.errors import ConflictError
from tongban.identity.middleware import actor_of
from tongban.identity.models import Account
from tongban.identity.signin.actions import name_passkey, set_contact
from tongban.identity.signin.contacts import ContactVerification
from tongban.identity.signin.forms import ContactForm, PasskeyNameForm, came_by_code, takes_phone
from tongban.identity.signin.places import places_of
from tongban.identity.signin.rules import Contact
from tongban.portal.views.common import safe_next
from tongban.portal.views.session import KitForm, demo_box, errors_of
from tongban.portal.views.space import trail
from tongban.userspace.queries import my_channels

_signed_in = method_decorator([never_cache, login_required], name="dispatch")


def _account(request: HttpRequest) -> Account:
    assert isinstance(request.user, Account)  # noqa: S101 - the views ask for somebody signed in
    return request.user


@_signed_in
class Overview(IndexView):  # type: ignore[misc] # untyped
    """Everything about one's sign-in, with what to do about each."""

    template_name = "portal/security/overview.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's signature
        context: dict[str, Any] = super().get_context_data(**kwargs)
        account = _account(self.request)
        held = context["authenticators"]
        codes = held.get(Authenticator.Type.RECOVERY_CODES)
        return context | {
            "username": account.username,
            "phone": Contact("phone", account.phone).masked if account.phone else "",
            "email": Contact("email", account.email).masked if account.email else "",
            "takes_phone": takes_phone(),
            "has_app": Authenticator.Type.TOTP in held,
            "passkeys": len(held.get(Authenticator.Type.WEBAUTHN, ())),
            "codes_left": len(codes.get_unused_codes()) if codes else None,
            "has_space": actor_of(self.request).is_applicant,
            "trail": trail() if actor_of(self.request).is_applicant else (),
            "sessions": len(places_of(account)),
        }


@_signed_in
class Password(KitForm, PasswordChangeView):  # type: ignore[misc] # untyped
    template_name = "portal/security/password.html"
    success_url = reverse_lazy("mfa_index")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's signature
        return super().get_context_data(**kwargs) | {"asks_present": not came_by_code(_account(self.request))}


@never_cache
@login_required
@reauthentication_required(app="allauth.account")  # type: ignore[untyped-decorator] # allauth has no types
def contact(request: HttpRequest) -> HttpResponse:
    """A new phone number or e-mail address: a code is sent there. What was stated once stands in the field already."""
    form = ContactForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        ContactVerification.begin(request, _account(request), form.cleaned_data["contact"], safe_next(request, ""))
        return HttpResponseRedirect(resolve_url("sign_in_contact_code"))
    context = {
        "errors": errors_of(form) if form.is_bound else {},
        "typed": request.POST.get("contact") or next(iter(_to_confirm(request)), ""),
        "takes_phone": takes_phone(),
        "next": safe_next(request, ""),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render(request, "portal/security/contact.html", context, status=status)


def _to_confirm(request: HttpRequest) -> Sequence[str]:
    actor = actor_of(request)
    return my_channels(actor).to_confirm if actor.person_id and not actor.at_desk else ()


@never_cache
@login_required
def contact_code(request: HttpRequest) -> HttpResponse:
    """The code that was sent there comes back, and the account takes codes there from now on."""
    waiting = ContactVerification.pending(request)
    if waiting is None:
        return HttpResponseRedirect(resolve_url("sign_in_contact"))
    form = BaseConfirmCodeForm(request.POST if request.method == "POST" else None, code=waiting.code)
    errors: dict[str, list[str]] = {}
    if form.is_valid():
        waiting.abort()
        try:
            set_contact(actor_of(request), waiting.contact)
        except ConflictError as error:
            messages.warning(request, str(error.detail))
        else:
            messages.success(
                request, _("Codes and messages can be sent to %(contact)s now.") % {"contact": waiting.contact.masked}
            )
        return HttpResponseRedirect(waiting.next or resolve_url("mfa_index"))
    if form.is_bound:
        errors = errors_of(form)
        if not waiting.record_invalid_attempt():
            messages.warning(request, _("Too many wrong codes. Have a new one sent."))
            return HttpResponseRedirect(resolve_url("sign_in_contact"))
    context = {"errors": errors, "sent_to": waiting.contact.masked} | demo_box(waiting.code)
    context["minutes"] = settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/security/contact_code.html", context, status=status)


@_signed_in
class AddApp(KitForm, ActivateTOTPView):  # type: ignore[misc] # untyped
    template_name = "portal/security/add_app.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's signature
        context: dict[str, Any] = super().get_context_data(**kwargs)
        drawn = context["totp_svg"].partition("?>")[2] or context["totp_svg"]
        secret = context["form"].secret
        context["picture"] = mark_safe(drawn)  # noqa: S308 - drawn by the library from the secret alone
        context["secret"] = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
        return context


@_signed_in
class RemoveApp(KitForm, DeactivateTOTPView):  # type: ignore[misc] # untyped
    template_name = "portal/security/remove_app.html"


@_signed_in
class Passkeys(ListWebAuthnView):  # type: ignore[misc] # untyped
    template_name = "portal/security/passkeys.html"


@_signed_in
class AddPasskey(KitForm, AddWebAuthnView):  # type: ignore[misc] # untyped
    template_name = "portal/security/add_passkey.html"


@_signed_in
class RenamePasskey(KitForm, EditWebAuthnView):  # type: ignore[misc] # untyped
    """A name by which its owner knows it from the others."""

    template_name = "portal/security/rename_passkey.html"

    def get_form_class(self) -> type[PasskeyNameForm]:
        return PasskeyNameForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's signature
        context: dict[str, Any] = super().get_context_data(**kwargs)
        typed = self.request.POST.get("name") if self.request.method == "POST" else None
        return context | {"name": self.object.wrap().name if typed is None else typed}

    def form_valid(self, form: Form) -> HttpResponse:
        name_passkey(actor_of(self.request), self.object, form.cleaned_data["name"])
        messages.success(self.request, _("The passkey has its new name."))
        return HttpResponseRedirect(resolve_url("mfa_list_webauthn"))


@_signed_in
class RemovePasskey(RemoveWebAuthnView):  # type: ignore[misc] # untyped
    template_name = "portal/security/remove_passkey.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's signature
        kept = not get_mfa_adapter().can_delete_authenticator(self.object)
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"must_stay": kept, "name": self.object.wrap().name}

    def form_valid(self, form: object) -> HttpResponse:
        adapter = get_mfa_adapter()
        if not adapter.can_delete_authenticator(self.object):
            raise ConflictError(adapter.error_messages["cannot_delete_authenticator"])
        response: HttpResponse = super().form_valid(form)
        return response


@_signed_in
class RecoveryCodes(ViewRecoveryCodesView):  # type: ignore[misc] # untyped
    """The codes, once: right after they were made."""

    template_name = "portal/security/recovery_codes.html"


@_signed_in
class NewRecoveryCodes(KitForm, GenerateRecoveryCodesView):  # type: ignore[misc] # untyped
    template_name = "portal/security/new_recovery_codes.html"


@_signed_in
class Sessions(ListUserSessionsView):  # type: ignore[misc] # untyped
    """Where one is signed in; any of it can be ended from here."""

    template_name = "portal/security/sessions.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's signature
        # Not allauth's, which asks for each session several times.
        context: dict[str, Any] = super(ListUserSessionsView, self).get_context_data(**kwargs)
        sessions = places_of(_account(self.request))
        return context | {"sessions": sessions, "session_count": len(sessions)}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ANN401 - Django's signature
        wanted = request.POST.get("session", "")
        if not wanted:
            everywhere_else: HttpResponse = super().post(request, *args, **kwargs)
            return everywhere_else
        mine = UserSession.objects.filter(user=_account(request), pk=wanted if wanted.isdecimal() else None)
        get_sessions_adapter().end_sessions([one for one in mine if not one.is_current()])
        messages.info(request, _("You are signed out there."))
        return HttpResponseRedirect(resolve_url("usersessions_list"))
