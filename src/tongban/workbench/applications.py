"""The applications a department keeps, and their review."""

import uuid
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.foundation.errors import ConflictError, InvalidError
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.methods import require_safe
from tongban.identity.actor import Actor
from tongban.identity.models import AssuranceLevel
from tongban.identity.provider.actions.directory import (
    Asked,
    Particulars,
    change_application,
    register_application,
    renew_secret,
    review_application,
    suspend_application,
)
from tongban.identity.provider.models import Application
from tongban.identity.provider.queries import KeptApplication, kept_application, kept_applications, own_agency_of
from tongban.identity.provider.rules import SCOPES
from tongban.workbench.common import officer, tabs_of
from tongban.workbench.steps import clean

Errors = dict[str, list[str]]
_TEXTS = ("name", "name_en", "home_uri", "back_channel_uri", "sector", "sector_basis")
_LONG = ("description", "description_en")
_LISTS = ("redirect_uris", "sign_out_uris", "resource_servers")
_ASKED = tuple(name for name, scope in SCOPES.items() if not scope.always)
_MOST = 4000


@never_cache
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The applications of one's agency; all of them for who reviews."""
    actor = officer(request)
    context = {
        "tabs": tabs_of(actor, "applications"),
        "applications": kept_applications(actor),
        "registers": own_agency_of(actor) is not None,
    }
    return render(request, "workbench/applications.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register a system of one's agency. Its secret is shown once, on the page this leads to."""
    actor = officer(request)
    agency = own_agency_of(actor, required=True)
    given, errors = _given(request.POST), Errors()
    if request.method == "POST" and agency:
        try:
            public = request.POST.get("kind") == "public"
            made, secret = register_application(actor, agency, _particulars(given), timezone.now(), public=public)
        except InvalidError as invalid:
            errors = _said(invalid)
        else:
            return _with_secret(request, actor, made.pk, secret)
    return _form(request, actor, given, errors, None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, application_id: uuid.UUID) -> HttpResponse:
    """Change an application that is not published; it waits for its review then."""
    actor = officer(request)
    kept = kept_application(actor, application_id, timezone.now())
    offer_way_on(request, kept.application.label, resolve_url("workbench:application", application_id))
    if kept.application.is_published:
        raise ConflictError(_("A published application is suspended before it is changed."))
    errors = Errors()
    given = _given(request.POST) if request.method == "POST" else _kept(kept)
    if request.method == "POST":
        try:
            change_application(actor, application_id, _particulars(given), timezone.now())
        except InvalidError as invalid:
            errors = _said(invalid)
        else:
            messages.success(request, _("Kept. It waits for its review now."))
            return HttpResponseRedirect(resolve_url("workbench:application", application_id))
    return _form(request, actor, given, errors, kept)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, application_id: uuid.UUID) -> HttpResponse:
    """An application with its use; its review, its suspension, a new secret."""
    actor, now, post, errors = officer(request), timezone.now(), request.POST, Errors()
    kept_application(actor, application_id, now)
    offer_way_on(request, _("Directory of applications"), resolve_url("workbench:applications"))
    if request.method == "POST":
        deed, note = post.get("deed", ""), clean(post.get("note", ""))[:500]
        try:
            if deed == "secret":
                return _with_secret(request, actor, application_id, renew_secret(actor, application_id))
            if deed in {"publish", "refuse"}:
                review_application(actor, application_id, now, publish=deed == "publish", note=note)
            elif deed == "suspend":
                suspend_application(actor, application_id, note, now)
            messages.success(request, _("Done."))
            return HttpResponseRedirect(resolve_url("workbench:application", application_id))
        except InvalidError as invalid:
            errors = _said(invalid)
    return _page(request, actor, application_id, errors=errors)


def _page(
    request: HttpRequest, actor: Actor, application_id: uuid.UUID, *, secret: str = "", errors: Errors | None = None
) -> HttpResponse:
    kept = kept_application(actor, application_id, timezone.now())
    context = {
        "tabs": tabs_of(actor, "applications"),
        "kept": kept,
        "application": kept.application,
        "audiences": (", " if (get_language() or "").startswith("en") else "、").join(
            str(label) for value, label in Application.Audience.choices if value in kept.application.audiences
        ),
        "asks": [(SCOPES[one.scope].label, one) for one in kept.asks],
        "use_columns": [_("Day of signing in"), (_("Sign-ins"), "number")],
        "use": [(f"{day:%Y-%m-%d}", count) for day, count in kept.use],
        "secret": secret,
        "note": request.POST.get("note", ""),
        "errors": errors or {},
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "workbench/application.html", context, status=status)


def _with_secret(request: HttpRequest, actor: Actor, application_id: uuid.UUID, secret: str) -> HttpResponse:
    """The page that shows a secret is the answer itself: nothing keeps it for a redirect."""
    return _page(request, actor, application_id, secret=secret)


def _form(
    request: HttpRequest, actor: Actor, given: dict[str, Any], errors: Errors, kept: KeptApplication | None
) -> HttpResponse:
    asks = {one.scope: one for one in given["asks"]}
    context = {
        "tabs": tabs_of(actor, "applications"),
        "given": given,
        "errors": errors,
        "kept": kept,
        "audiences": Application.Audience.choices,
        "yes": [("1", _("It asks for this"))],
        "may_decline": [("1", _("It may be declined alone, and the service works all the same"))],
        "levels": AssuranceLevel.choices,
        "kinds": [
            ("server", _("a server that keeps a secret")),
            ("public", _("an app on people's own devices, which keeps none")),
        ],
        "scopes": [
            {
                "name": name,
                "label": capfirst(str(SCOPES[name].label)),
                "asked": asks.get(name),
                "chosen": ["1"] if name in asks else [],
                "declinable": ["1"] if name in asks and asks[name].optional else [],
                "error": errors.get(f"purpose_{name}"),
            }
            for name in _ASKED
        ],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "workbench/application_form.html", context, status=status)


def _given(post: QueryDict) -> dict[str, Any]:
    """What was typed."""
    given: dict[str, Any] = {name: clean(post.get(name, ""))[:_MOST] for name in (*_TEXTS, *_LONG)}
    given |= {name: "\n".join(post.get(name, "")[:_MOST].split()) for name in _LISTS}
    level = post.get("required_level", "2")
    given["required_level"] = int(level) if level in {str(one) for one in AssuranceLevel.values} else 0
    given["audiences"] = post.getlist("audiences")
    given["kind"] = post.get("kind", "server")
    given["asks"] = [
        Asked(
            name,
            clean(post.get(f"purpose_{name}", ""))[:_MOST],
            clean(post.get(f"basis_{name}", ""))[:_MOST],
            clean(post.get(f"purpose_en_{name}", ""))[:_MOST],
            optional=bool(post.get(f"optional_{name}")),
        )
        for name in _ASKED
        if post.get(f"asks_{name}")
    ]
    return given


def _kept(kept: KeptApplication) -> dict[str, Any]:
    """What stands there, as it would be typed."""
    application = kept.application
    given: dict[str, Any] = {name: getattr(application, name) for name in (*_TEXTS, *_LONG, "required_level")}
    given |= {name: "\n".join(getattr(application, name)) for name in _LISTS[:2]}
    given["resource_servers"] = "\n".join(kept.resource_servers)
    given["audiences"] = application.audiences
    given["asks"] = [Asked(one.scope, one.purpose, one.legal_basis, one.purpose_en, one.optional) for one in kept.asks]
    return given


def _particulars(given: dict[str, Any]) -> Particulars:
    said = {name: given[name] for name in (*_TEXTS, *_LONG, "required_level", "audiences")}
    return Particulars(**said, **{name: given[name].split() for name in _LISTS}, asks=tuple(given["asks"]))


def _said(invalid: InvalidError) -> Errors:
    return {name: [str(text) for text in texts] for name, texts in invalid.fields.items()}
