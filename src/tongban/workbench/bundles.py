"""One thing at once for officers: what their agency leads, the result other agencies wait for; for administrators the
bundles there are, drawn, and a place to enter a new version.
"""

import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases.actions import Shown, state_results
from tongban.cases.bundle_store import BUNDLES, bundle_of, enter_bundle, versions_somewhere
from tongban.cases.bundles.definition import Bundle
from tongban.cases.drawing import draw_bundle
from tongban.cases.queries import bundle_view, led_bundles, results_form
from tongban.foundation.errors import ConflictError, InvalidError
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.methods import require_safe
from tongban.identity.actor import Actor
from tongban.workbench.common import MAX_DOCUMENT, officer, posted_document, tabs_of, within_case
from tongban.workbench.desk import Errors, said


@never_cache
@require_safe
def led(request: HttpRequest) -> HttpResponse:
    """Applications for several things that the officer's agency answers for."""
    actor = officer(request)
    return render(
        request, "workbench/led_bundles.html", {"tabs": tabs_of(actor, "led_bundles"), "bundles": led_bundles(actor)}
    )


@never_cache
@require_safe
def whole(request: HttpRequest, bundle_id: uuid.UUID) -> HttpResponse:
    """One of them with every part, for the agency that answers for the whole."""
    return whole_page_of(request, officer(request), bundle_id)


def whole_page_of(request: HttpRequest, actor: Actor, bundle_id: uuid.UUID, shown: Shown | None = None) -> HttpResponse:
    """The page of several things at once; with what stands masked, where it was `shown`."""
    view = bundle_view(actor, bundle_id, timezone.localdate(), shown)
    context = {
        "tabs": tabs_of(actor, "led_bundles"),
        "trail": [(_("One thing at once"), resolve_url("workbench:led_bundles"))],
        "bundle": view,
        "shown": shown,
        "ask_url": resolve_url("workbench:bundle_personal_data", bundle_id),
        "picture": mark_safe(view.picture),  # noqa: S308 - drawn by charts.flow, every text escaped
    }
    return render(request, "workbench/bundle.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def results(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """What the agency states with its grant for the agencies of other parts; posting twice states it once."""
    actor = officer(request)
    offer_way_on(request, _("Open the case as it is now"), resolve_url("workbench:case", case_id=case_id))
    part, form = results_form(actor, case_id)
    errors: Mapping[str, Any] = {}
    if request.method == "POST":
        answers, errors = form.parse("questions", request.POST)
        if not errors:
            state_results(actor, case_id, answers, timezone.now())
            messages.success(request, _("The other agencies have it now."))
            return HttpResponseRedirect(resolve_url("workbench:case", case_id=case_id))
    elif not part.results_wanted:
        raise ConflictError(_("There is nothing to state for other agencies here now."))
    context = {
        **within_case(actor, (), case_id, part.part),
        "part": part,
        "form": form,
        "answers": {},
        "errors": errors,
        "posted": request.POST if errors else None,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "workbench/results.html", context, status=status)


# --- administrators ---------------------------------------------------------------------------------------------------


@never_cache
@require_safe
def bundle_list(request: HttpRequest) -> HttpResponse:
    """Every version, the latest of each code first."""
    actor = officer(request)
    context = {"tabs": tabs_of(actor, "bundle_versions"), "bundles": BUNDLES.rows(actor)}
    return render(request, "workbench/bundle_versions.html", context)


@never_cache
@require_safe
def bundle_page(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """One version: the picture, the tables, the text."""
    actor = officer(request)
    text = BUNDLES.text(actor, code, version)
    return render(request, "workbench/bundle_version.html", _shown(actor, bundle_of(code, version)) | {"text": text})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bundle_edit(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """Enter a changed text as the next version; refused with everything that is wrong, by name."""
    actor = officer(request)
    text = BUNDLES.text(actor, code, version)
    errors: Errors = {}
    if request.method == "POST":
        try:
            text = posted_document(request)
            entered = enter_bundle(actor, text, timezone.now())
        except InvalidError as invalid:
            errors = said(invalid)
        else:
            messages.success(
                request, _("Version %(number)s is in force for new applications.") % {"number": entered.version}
            )
            return HttpResponseRedirect(resolve_url("workbench:bundle_version", entered.code, entered.version))
    context = _shown(actor, bundle_of(code, version)) | {"text": text, "errors": errors, "max_document": MAX_DOCUMENT}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "workbench/bundle_edit.html", context, status=status)


def _shown(actor: Actor, bundle: Bundle) -> dict[str, object]:
    drawing = draw_bundle(bundle, versions_somewhere(bundle, timezone.localdate()))
    return {
        "tabs": tabs_of(actor, "bundle_versions"),
        "trail": [(_("Bundles"), resolve_url("workbench:bundle_versions"))],
        "bundle": bundle,
        "drawing": drawing,
        "picture": mark_safe(drawing.picture),  # noqa: S308 - drawn by charts.flow, every text escaped
    }
