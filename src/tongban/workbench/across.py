"""Pages for officers across regions: taking in for an agency elsewhere, the hand-over, a joint handling."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases import actions
from tongban.cases.models import Case
from tongban.cases.queries import across_desk, case_view
from tongban.cases.requirements import asked_of_applicant, form_of, published_version
from tongban.cases.responsibility import ACKNOWLEDGE, ANSWER_PLACE, ASK_PLACE, FORWARD, RETURN_ORIGINALS
from tongban.foundation.errors import ConflictError, InvalidError, NotFoundError
from tongban.foundation.forms import FormDefinition
from tongban.foundation.forms.messages import in_language
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.methods import require_safe
from tongban.foundation.pages.posted import revision_of
from tongban.identity.actor import Actor
from tongban.items.queries import published_service
from tongban.workbench.common import officer, tabs_of
from tongban.workbench.steps import MAX_REASON, clean

DOCUMENTS = (
    ("居民身份证", gettext_lazy("Identity card")),
    ("临时居民身份证", gettext_lazy("Temporary identity card")),
    ("护照", gettext_lazy("Passport")),
    ("港澳台居民居住证", gettext_lazy("Residence permit for residents of Hong Kong, Macao and Taiwan")),
)


@never_cache
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """What the agency has to do across regions."""
    actor = officer(request)
    context = {"tabs": tabs_of(actor, "across"), "desk": across_desk(actor, timezone.localdate())}
    return render(request, "workbench/across.html", context)


# --- taking in ------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_in(request: HttpRequest, service_id: uuid.UUID) -> HttpResponse:
    """Check form and identity of who stands at the window, and take in for the competent agency."""
    actor = officer(request)
    offer_way_on(request, _("Across regions"), resolve_url("workbench:across"))
    today = timezone.localdate()
    offered = {row[0]: row for row in across_desk(actor, today).to_take_in}
    if service_id not in offered:
        raise NotFoundError(_("Your window does not take in this service for its agency."))
    version = published_version(published_service(actor, service_id, today).pk)
    form = form_of(version)
    materials = [m for m in version.materials.all() if asked_of_applicant(m)]
    errors: dict[str, Any] = {}
    if request.method == "POST":
        answers, wrong = _answers(form, request)
        desk_now = _desk_of(request)
        try:
            handed_in = actions.HandedIn(desk_now, answers, _papers(request, materials), _token(request))
            if wrong:
                # Everything is told at once, the person as well as the answers.
                errors = wrong
                actions.check_desk(actor, desk_now, timezone.now())
            else:
                case = actions.take_in_elsewhere(actor, service_id, handed_in, timezone.now())
                return _taken_in(request, case)
        except InvalidError as invalid:
            errors = {name.replace("materials.", "material-"): texts for name, texts in invalid.fields.items()} | errors
    language = get_language() or ""
    context = {
        "tabs": tabs_of(actor, "across"),
        "trail": [(_("Across regions"), resolve_url("workbench:across"))],
        "service": version.text("name"),
        "competent": offered[service_id][2],
        "mode": offered[service_id][3],
        "form": form,
        "answers": {},
        "groups": [(group.id, in_language(group.title, language)) for group in form.group_list],
        "materials": [
            (f"material-{m.position}", m.text("name"), errors.get(f"material-{m.position}", "")) for m in materials
        ],
        "documents": DOCUMENTS,
        "originals": [("yes", _("Originals were handed in; they are sent on and given back"))],
        "posted": request.POST if request.method == "POST" else None,
        "errors": errors,
        "token": request.POST.get("token") or uuid.uuid4(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "workbench/across_take_in.html", context, status=status)


def _taken_in(request: HttpRequest, case: Case) -> HttpResponse:
    messages.success(request, _("The application is taken in. Print the receipt for the applicant."))
    return HttpResponseRedirect(resolve_url("workbench:case", case_id=case.pk))


def _answers(form: FormDefinition, request: HttpRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    answers: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for group in form.group_list:
        found, wrong = form.parse(group.id, request.POST, answers, None, timezone.localdate())
        answers |= found
        errors |= wrong
    return answers, errors


def _desk_of(request: HttpRequest) -> actions.AtTheDesk:
    def line(name: str) -> str:
        return clean(request.POST.get(name, ""))[:100]

    known = {value for value, _label in DOCUMENTS}
    shown = line("desk_identity_document")
    return actions.AtTheDesk(
        name=line("desk_name"),
        id_number=line("desk_id_number"),
        identity_document=shown if shown in known else "",
        credit_code=line("desk_credit_code"),
        has_originals="yes" in request.POST.getlist("desk_originals"),
    )


def _papers(request: HttpRequest, materials: list[Any]) -> dict[int, list[tuple[str, bytes]]]:
    return {
        m.position: [(kept.name or "", kept.read()) for kept in request.FILES.getlist(f"material-{m.position}")]
        for m in materials
    }


def _token(request: HttpRequest) -> uuid.UUID:
    try:
        return uuid.UUID(request.POST.get("token", ""))
    except ValueError:
        raise InvalidError({"token": [_("The page was not complete. Open it again.")]}) from None


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
