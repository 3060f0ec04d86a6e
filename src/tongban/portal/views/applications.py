"""The systems of all departments that one account opens, and those one has agreed to."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.foundation.errors import SignInNeededError
from tongban.foundation.pages.methods import require_safe
from tongban.identity.middleware import actor_of
from tongban.identity.provider.actions.signing_in import withdraw_consent
from tongban.identity.provider.models import Application
from tongban.identity.provider.queries import directory, my_consents, published_application
from tongban.portal.views.space import trail

_ON_A_PAGE = 24


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The directory, by words, agency and who uses it."""
    words, agency, audience = (request.GET.get(name, "").strip()[:100] for name in ("q", "agency", "audience"))
    found = directory(words, agency, audience)
    context = {
        "found": found,
        "page_of": Paginator(found.applications, _ON_A_PAGE).get_page(request.GET.get("page")),
        "agencies": [("", _("All agencies")), *found.agencies],
        "audiences": [("", _("Everybody")), *Application.Audience.choices],
        "words": words,
        "agency": agency,
        "audience": audience,
    }
    return render(request, "portal/applications.html", context)


@require_safe
def one(request: HttpRequest, application_id: uuid.UUID) -> HttpResponse:
    """An application: what it is for, what it asks to know, and by which law."""
    application, learns = published_application(application_id)
    return render(request, "portal/application.html", {"application": application, "learns": learns})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """The applications one signed in to; a POST takes one's consent back."""
    actor = actor_of(request)
    if not actor.is_signed_in:
        raise SignInNeededError
    if request.method == "POST":
        try:
            consent_id = uuid.UUID(request.POST.get("withdraw", ""))
        except ValueError:
            return HttpResponseRedirect(resolve_url("portal:my_applications"))
        withdraw_consent(actor, consent_id, timezone.now())
        messages.success(request, _("Your consent is withdrawn. The application learns nothing more of you."))
        return HttpResponseRedirect(resolve_url("portal:my_applications"))
    return render(
        request, "portal/my_applications.html", {"trail": trail(), "consents": my_consents(actor, timezone.localdate())}
    )
