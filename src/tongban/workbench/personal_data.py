"""Asking to see what stands masked on a case: a purpose, and for this view only."""

import uuid
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases import actions
from tongban.cases.actions.showing import MAX_REASON
from tongban.cases.queries import case_view
from tongban.foundation.errors import InvalidError
from tongban.identity.access_records import ASKED_PURPOSES
from tongban.workbench.common import officer, tabs_of
from tongban.workbench.views import case_page_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Ask what it is needed for; the answer to the POST is the case's page in full, and no address leads there."""
    actor = officer(request)
    purpose, reason = request.POST.get("purpose", ""), request.POST.get("reason", "").replace("\x00", "")
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            shown = actions.show_personal_data(actor, case_id, purpose, reason, timezone.now())
        except InvalidError as invalid:
            errors = {name: [str(text) for text in texts] for name, texts in invalid.fields.items()}
        else:
            return case_page_of(request, actor, case_id, shown)
    view = case_view(actor, case_id, timezone.localdate())
    context = {
        "tabs": tabs_of(actor, ""),
        "trail": [
            (_("Inbox"), resolve_url("workbench:inbox")),
            (view.row.number, resolve_url("workbench:case", case_id=case_id)),
        ],
        "case": view,
        "purposes": [(purpose.value, purpose.label) for purpose in ASKED_PURPOSES],
        "purpose": purpose,
        "reason": reason,
        "max_reason": MAX_REASON,
        "errors": errors,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "workbench/personal_data.html", context, status=status)
