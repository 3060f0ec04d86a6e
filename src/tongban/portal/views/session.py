"""Signing in and out, the second factor, and choosing for whom one acts."""

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from allauth.account.views import (
    ConfirmLoginCodeView,
    LoginView,
    LogoutView,
    ReauthenticateView,
    RequestLoginCodeView,
)
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as ReauthenticateByCodeView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from django.conf import settings
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tongban.foundation.errors import SignInNeededError
from tongban.foundation.pages.context import DISPLAY_COOKIE, ELDER
from tongban.identity.actor import Hat, hats_of
from tongban.identity.labels import basis_label
from tongban.identity.mandates import Deed
from tongban.identity.middleware import HAT_SESSION_KEY, LEVEL_SESSION_KEY
from tongban.identity.models import Account
from tongban.identity.provider.queries import trusted_providers
from tongban.identity.signin import second_factor
from tongban.identity.signin.forms import takes_phone
from tongban.identity.signin.rules import Contact
from tongban.portal.signing_in import WANTED_KEY, landing
from tongban.portal.views.common import safe_next

if TYPE_CHECKING:
    from django.views.generic.edit import FormView

    class _View(FormView[Form]): ...
else:
    _View = object  # allauth's view stands behind it


def errors_of(form: Form, whole: str = "") -> dict[str, list[str]]:
    """A form's errors by the names its fields are posted under; those of the whole form at `whole`."""
    return {
        form.add_prefix(name) if name in form.fields else whole: [str(message) for message in messages]
        for name, messages in form.errors.items()
    }


class KitForm(_View):
    """One of allauth's views, drawn with the kit: errors at their fields, 422 where something is wrong."""

    whole = ""

    def form_invalid(self, form: Form) -> HttpResponse:
        response = super().form_invalid(form)
        if response.status_code == HTTPStatus.OK:
            response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's signature
        context: dict[str, Any] = super().get_context_data(**kwargs)
        form = context.get("form")
        context["errors"] = errors_of(form, self.whole) if form is not None and form.is_bound else {}
        context["next"] = safe_next(self.request, "")
        return context


@method_decorator(never_cache, name="dispatch")
class SignIn(KitForm, LoginView):  # type: ignore[misc] # untyped
    """By name and password; the other ways are one link away. With larger text, the ways come first, one a line."""

    template_name = "portal/sign_in.html"
    whole = "password"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's signature
        context: dict[str, Any] = super().get_context_data(**kwargs)
        large = self.request.COOKIES.get(DISPLAY_COOKIE) == ELDER
        choose = large and self.request.method == "GET" and self.request.GET.get("way") != "password"
        query = f"?{urlencode({'next': context['next']})}" if context["next"] else ""
        by_password = "?" + urlencode({"way": "password"} | ({"next": context["next"]} if context["next"] else {}))
        return context | {
            "choose_way": choose,
            "by_code": resolve_url("account_request_login_code") + query,
            "by_password": by_password,
            "typed": self.request.POST.get("username", ""),
            "takes_phone": takes_phone(),
            "providers": trusted_providers(),
        }


class SignOut(LogoutView):  # type: ignore[misc] # untyped
    """Sign out and forget the session."""

    http_method_names = ["post"]


class RequestCode(KitForm, RequestLoginCodeView):  # type: ignore[misc] # untyped
    """Where to send a code. The next page is the same whether an account takes codes there or not."""

    template_name = "portal/signing_in/request_code.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's signature
        typed = self.request.POST.get("contact", "")
        return super().get_context_data(**kwargs) | {"takes_phone": takes_phone(), "typed": typed}


class EnterCode(KitForm, ConfirmLoginCodeView):  # type: ignore[misc] # untyped
    template_name = "portal/signing_in/enter_code.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's signature
        context: dict[str, Any] = super().get_context_data(**kwargs)
        contact = Contact("phone", context["phone"]) if context["phone"] else Contact("email", context["email"])
        context |= {"sent_to": contact.masked, "minutes": settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60}
        return context | demo_box(self._process.code)


def demo_box(code: str) -> dict[str, Any]:
    """What the demonstration shows in its box instead of sending it; on every other installation nothing."""
    return {"demo": True, "demo_code": code} if settings.DEMO else {}


def _authenticators(account: Account) -> dict[str, Any]:
    kinds = set(Authenticator.objects.filter(user=account).values_list("type", flat=True))
    return {
        "has_app": Authenticator.Type.TOTP in kinds,
        "has_passkey": Authenticator.Type.WEBAUTHN in kinds,
    } | (demo_box(second_factor.code_now(account, time.time())) if settings.DEMO else {})


class SecondStep(AuthenticateView):  # type: ignore[misc] # untyped
    """After the password, or the code sent: the authenticator app, a passkey, or a recovery code."""

    template_name = "portal/signing_in/second_step.html"

    def form_invalid(self, form: Form) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        response.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's signature
        context: dict[str, Any] = super().get_context_data(**kwargs)
        posted = self.auth_form if self.auth_form.is_bound else self.webauthn_form
        context["errors"] = (
            {"code": [said for all_of_one in errors_of(posted).values() for said in all_of_one]}
            if posted.is_bound
            else {}
        )
        return context | _authenticators(self.stage.login.user)


class _Again(KitForm):
    """Showing again who one is, before a change that an open browser alone must not make."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - Django's signature
        context: dict[str, Any] = super().get_context_data(**kwargs)
        assert isinstance(self.request.user, Account)  # noqa: S101 - the view asks for it
        return context | _authenticators(self.request.user)


class AgainByPassword(_Again, ReauthenticateView):  # type: ignore[misc] # untyped
    template_name = "portal/signing_in/again.html"


class AgainByCode(_Again, ReauthenticateByCodeView):  # type: ignore[misc] # untyped
    template_name = "portal/signing_in/again_code.html"


class AgainByPasskey(_Again, ReauthenticateWebAuthnView):  # type: ignore[misc] # untyped
    template_name = "portal/signing_in/again_passkey.html"


@require_GET
def closed(_request: HttpRequest) -> HttpResponse:
    """The account was closed between two steps; it is treated as any that does not exist."""
    return HttpResponseRedirect(resolve_url("account_login"))


@never_cache
@require_GET
def second_factor_needed(request: HttpRequest) -> HttpResponse:
    """Officers are led through setting up a second factor; who has shown one goes on to choose a hat."""
    account = request.user
    if not isinstance(account, Account):
        raise SignInNeededError
    today = timezone.localdate()
    if second_factor.was_shown(request.session) or not second_factor.is_needed(account, today):
        held = hats_of(account, today)
        if len(held) > 1:
            return HttpResponseRedirect(resolve_url("portal:hats"))
        return HttpResponseRedirect(request.session.pop(WANTED_KEY, "") or landing(held[0]))
    if second_factor.is_enrolled(account):
        again = urlencode({"next": request.path})
        return HttpResponseRedirect(f"{resolve_url('mfa_reauthenticate')}?{again}")
    return render(request, "portal/signing_in/second_factor.html")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def hats(request: HttpRequest) -> HttpResponse:
    """Choose for whom one acts: as oneself, for an organisation, in a post."""
    if not isinstance(request.user, Account):
        raise SignInNeededError
    vouched = LEVEL_SESSION_KEY in request.session
    held = [hat for hat in hats_of(request.user, timezone.localdate()) if not (vouched and hat.actor.is_officer)]
    errors = {}
    if request.method == "POST":
        chosen = next((hat for hat in held if hat.key == request.POST.get("hat")), None)
        if chosen and chosen.actor.is_officer and not second_factor.was_shown(request.session):
            return HttpResponseRedirect(resolve_url("second_factor"))
        if chosen:
            request.session[HAT_SESSION_KEY] = chosen.key
            waiting = request.session.pop(WANTED_KEY, "")
            return HttpResponseRedirect(safe_next(request, waiting or landing(chosen)))
        errors = {"hat": [_("Choose for whom you act.")]}
    present = request.session.get(HAT_SESSION_KEY, "")
    context = {
        "errors": errors,
        "next": safe_next(request, ""),
        "choices": [{"value": hat.key, "label": hat.actor.label, "hint": _hint(hat)} for hat in held],
        "present": present if any(hat.key == present for hat in held) else held[0].key,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/hats.html", context, status=status)


def _hint(hat: Hat) -> str:
    if hat.actor.is_officer:
        return _("Handle cases at the workbench")
    actor = hat.actor
    if actor.mandate and actor.mandate.is_former:
        return _("The organisation was dissolved; you can still read its cases")
    if actor.organisation_id:
        return _("Apply for the organisation and follow its cases")
    if actor.represented_id and actor.mandate:
        basis = basis_label(actor.mandate.basis)
        if actor.covers_all(Deed.APPLY):
            return _("Apply for them and follow their cases (%(basis)s)") % {"basis": basis}
        return _("Only the matters you were given (%(basis)s)") % {"basis": basis}
    return _("Apply for yourself and follow your own cases")
