"""Steps of a procedure that are the applicant's: asking for a hearing, handing in what was to follow."""

import uuid
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases.actions import take_step, upload
from tongban.cases.labels import action_label
from tongban.cases.particulars import Particulars
from tongban.cases.queries import case_view, deferred_materials
from tongban.foundation.errors import ConflictError, InvalidError
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.posted import revision_of
from tongban.identity.actor import Actor
from tongban.identity.middleware import actor_of
from tongban.portal.views.common import for_applicants

# These have pages of their own.
OWN_PAGES = frozenset({"supplement", "withdraw"})


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def take_part(request: HttpRequest, case_id: uuid.UUID, action: str) -> HttpResponse:
    """Ask once, then take the step."""
    offer_way_on(request, _("Open the case as it is now"), resolve_url("portal:case", case_id=case_id))
    actor = actor_of(request)
    view = case_view(actor, case_id, timezone.localdate())
    known = view.procedure.actions.get(action)
    # A posted step is judged by the action itself, which knows a second click from somebody else's step.
    open_now = action in view.actions or request.method == "POST"
    if known is None or action in OWN_PAGES or not open_now:
        raise ConflictError(
            _("“%(what)s” is not possible now: the case is %(state)s.")
            % {"what": action_label(action, view.procedure), "state": view.row.state_label}
        )
    asks = known.asks
    wanted = deferred_materials(actor, case_id) if "materials" in asks else []
    errors: dict[str, Any] = {}
    if request.method == "POST":
        revision = revision_of(request)
        uploads, errors = _uploads(request, actor, [position for position, _name in wanted])
        if not errors:
            given = Particulars(reason=request.POST.get("reason", "")[:500].replace("\x00", ""), uploads=uploads)
            try:
                take_step(actor, case_id, revision, timezone.now(), action, given)
            except InvalidError as error:
                errors = {name.replace("materials.", "material-"): texts for name, texts in error.fields.items()}
            else:
                messages.success(request, _("It was sent to the agency."))
                return HttpResponseRedirect(resolve_url("portal:case", case_id=case_id))
    context = {
        "case": view,
        "label": action_label(action, view.procedure),
        "asks_remark": "remark" in asks,
        "materials": [
            (f"material-{position}", name, errors.get(f"material-{position}", "")) for position, name in wanted
        ],
        "errors": errors,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/take_part.html", context, status=status)


def _uploads(
    request: HttpRequest, actor: Actor, positions: list[int]
) -> tuple[dict[int, list[uuid.UUID]], dict[str, list[str]]]:
    """The files chosen, kept; and what is wrong with those that cannot be."""
    uploads: dict[int, list[uuid.UUID]] = {}
    errors: dict[str, list[str]] = {}
    for position in positions:
        for chosen in request.FILES.getlist(f"material-{position}"):
            try:
                uploads.setdefault(position, []).append(upload(actor, chosen.name or "", chosen.read()).pk)
            except InvalidError as error:
                errors[f"material-{position}"] = [str(m) for found in error.fields.values() for m in found]
    return uploads, errors
