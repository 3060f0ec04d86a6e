"""Asking to see what stands masked on a case, on a request for cooperation or on several things at once: a purpose, and
for this view only.
"""

import uuid
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases import actions
from tongban.cases.access import Shown
from tongban.cases.actions.showing import MAX_REASON
from tongban.cases.queries import bundle_view, case_view, cooperation_view
from tongban.foundation.errors import InvalidError
from tongban.identity.access_records import ASKED_PURPOSES
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation
from tongban.workbench.bundles import whole_page_of
from tongban.workbench.common import listed_at, officer, tabs_of
from tongban.workbench.desk import cooperation_page_of
from tongban.workbench.views import case_page_of

Ask = Callable[[Actor, uuid.UUID, str, str, datetime], Shown]
Page = Callable[[HttpRequest, Actor, uuid.UUID, Shown], HttpResponse]


class Masked(NamedTuple):
    """What the page of the question says of what is masked."""

    number: str
    name: str
    back: str
    back_url: str
    listed: tuple[str, str]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of_case(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Of a case."""

    def masked(actor: Actor) -> Masked:
        view = case_view(actor, case_id, timezone.localdate())
        row, url = view.row, resolve_url("workbench:case", case_id)
        return Masked(row.number, row.service, _("Back to the case"), url, listed_at(view.relations))

    return _asked(request, case_id, actions.show_personal_data, case_page_of, masked)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of_cooperation(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Of what a request for cooperation shares."""

    def masked(actor: Actor) -> Masked:
        row = cooperation_view(actor, request_id, timezone.localdate()).row
        url = resolve_url("workbench:cooperation", request_id)
        return Masked(row.case_number, row.service, _("Back to the request"), url, listed_at(()))

    return _asked(request, request_id, actions.show_shared_data, cooperation_page_of, masked)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of_bundle(request: HttpRequest, bundle_id: uuid.UUID) -> HttpResponse:
    """Of several things at once."""

    def masked(actor: Actor) -> Masked:
        row, url = bundle_view(actor, bundle_id, timezone.localdate()).row, resolve_url("workbench:bundle", bundle_id)
        return Masked(row.number, row.name, _("Back to the application"), url, listed_at({Relation.LEAD_AGENCY}))

    return _asked(request, bundle_id, actions.show_bundle_data, whole_page_of, masked)


def _asked(
    request: HttpRequest, object_id: uuid.UUID, ask: Ask, page_of: Page, masked: Callable[[Actor], Masked]
) -> HttpResponse:
    """Ask what it is needed for; the answer to the POST is the page in full, and no address leads there."""
    actor = officer(request)
    purpose, reason = request.POST.get("purpose", ""), request.POST.get("reason", "").replace("\x00", "")
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            shown = ask(actor, object_id, purpose, reason, timezone.now())
        except InvalidError as invalid:
            errors = {name: [str(text) for text in texts] for name, texts in invalid.fields.items()}
        else:
            return page_of(request, actor, object_id, shown)
    about = masked(actor)
    context = about._asdict() | {
        "tabs": tabs_of(actor, ""),
        "trail": [about.listed, (about.number, about.back_url)],
        "purposes": [(purpose.value, purpose.label) for purpose in ASKED_PURPOSES],
        "purpose": purpose,
        "reason": reason,
        "max_reason": MAX_REASON,
        "errors": errors,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "workbench/personal_data.html", context, status=status)
