"""Pages for officers across regions: what there is to do, the hand-over, a joint handling."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases import actions
from tongban.cases.models import Case
from tongban.cases.queries import across_desk, case_view, may_offer_across
from tongban.cases.responsibility import ACKNOWLEDGE, ANSWER_PLACE, ASK_PLACE, FORWARD, RETURN_ORIGINALS
from tongban.foundation.errors import ConflictError, InvalidError, NotFoundError
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.methods import require_safe
from tongban.foundation.pages.posted import revision_of
from tongban.identity.actor import Actor
from tongban.workbench.common import officer, tabs_of
from tongban.workbench.steps import MAX_REASON, clean


@never_cache
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What the agency has to do across regions."""
    actor = officer(request)
    context = {
        "tabs": tabs_of(actor, "across"),
        "desk": across_desk(actor, timezone.localdate()),
        "may_offer": may_offer_across(actor),
    }
    return render(request, "workbench/across.html", context)


# --- the hand-over --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deed:
    """How a step of the hand-over is asked for: `field` is what it states, with its label and hint."""

    question: str | Promise
    consequence: str | Promise
    done: str | Promise
    field: str
    label: str | Promise
    hint: str | Promise = ""
    optional: bool = False


DEEDS: Mapping[str, Deed] = {
    FORWARD: Deed(
        gettext_lazy("Send what was collected to the competent agency"),
        gettext_lazy("Your window stays liable until the competent agency has acknowledged it."),
        gettext_lazy("It is on its way to the competent agency."),
        "dispatch",
        gettext_lazy("Number of the consignment"),
        gettext_lazy("Or how it is sent, for example “by the platform only”."),
    ),
    ACKNOWLEDGE: Deed(
        gettext_lazy("Has what was collected arrived completely?"),
        gettext_lazy("From now on your agency is liable, and its limits run."),
        gettext_lazy("The arrival is acknowledged."),
        "reason",
        gettext_lazy("Remarks on how it arrived"),
        optional=True,
    ),
    RETURN_ORIGINALS: Deed(
        gettext_lazy("Give originals or the result on paper back"),
        gettext_lazy("It is kept in the history of the case, with the number of the consignment."),
        gettext_lazy("The return is recorded."),
        "dispatch",
        gettext_lazy("Number of the consignment"),
        gettext_lazy("Or “handed over in person”."),
    ),
    ASK_PLACE: Deed(
        gettext_lazy("Ask another place for its part"),
        gettext_lazy("The place sees the case and answers here; the applicant is not sent there."),
        gettext_lazy("The place was asked."),
        "reason",
        gettext_lazy("What the place is asked to do or to confirm"),
    ),
    ANSWER_PLACE: Deed(
        gettext_lazy("Give our part of the joint handling"),
        gettext_lazy("Your agency is liable for what it answers."),
        gettext_lazy("The answer was sent."),
        "reason",
        gettext_lazy("What we did or confirm"),
    ),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def deed(request: HttpRequest, case_id: uuid.UUID, name: str) -> HttpResponse:
    """Ask once, then take the step. Posting twice takes it once; who comes second is told."""
    actor = officer(request)
    asked = DEEDS.get(name)
    if asked is None:
        raise NotFoundError
    offer_way_on(request, _("Open the case as it is now"), resolve_url("workbench:case", case_id=case_id))
    errors: dict[str, list[str]] = {}
    given = clean(request.POST.get(asked.field, ""))
    if request.method == "POST":
        revision = revision_of(request)
        try:
            _take(actor, case_id, revision, name, given, request.POST.get("agency", ""))
        except InvalidError as invalid:
            errors = {field: [str(text) for text in texts] for field, texts in invalid.fields.items()}
        else:
            messages.success(request, str(asked.done))
            return HttpResponseRedirect(resolve_url("workbench:case", case_id=case_id))
    view = case_view(actor, case_id, timezone.localdate())
    if view.across is None or name not in view.across.deeds:
        raise ConflictError(_("This is not possible (any more). Open the case as it is now."))
    context = {
        "tabs": tabs_of(actor, "across"),
        "trail": [
            (_("Across regions"), resolve_url("workbench:across")),
            (view.row.number, resolve_url("workbench:case", case_id=case_id)),
        ],
        "case": view,
        "deed": asked,
        "given": given,
        "error": errors.get(asked.field, ""),
        "errors": errors,
        "places": tuple(view.across.askable.items()) if name == ASK_PLACE else (),
        "agency": request.POST.get("agency", ""),
        "max_reason": MAX_REASON,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "workbench/across_deed.html", context, status=status)


def _take(actor: Actor, case_id: uuid.UUID, revision: int, name: str, given: str, agency: str) -> None:
    which = (actor, case_id, revision, timezone.now())
    if name == ASK_PLACE:
        try:
            place = uuid.UUID(agency)
        except ValueError:
            raise InvalidError({"agency": [_("Choose a place.")]}) from None
        actions.ask_place(*which, place, given)
        return
    takes: dict[str, Callable[..., Case]] = {
        FORWARD: actions.forward,
        ACKNOWLEDGE: actions.acknowledge,
        RETURN_ORIGINALS: actions.return_originals,
        ANSWER_PLACE: actions.answer_place,
    }
    takes[name](*which, given)
