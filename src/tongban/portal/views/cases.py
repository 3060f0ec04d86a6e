"""One's own cases: the list, one case with everything on it, correcting, withdrawing, rating."""

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

from tongban.cases import actions
from tongban.cases.explaining import explain_case
from tongban.cases.labels import action_label
from tongban.cases.models import OPEN_STATES, CaseDocument, CaseState
from tongban.cases.queries import (
    CaseView,
    Cursor,
    adopted_rules,
    bundle_by_number,
    bundle_of_case,
    case_by_number,
    case_view,
    my_bundles,
    my_cases,
    my_drafts,
    public_overruns,
)
from tongban.cases.queries.light import CaseLightView, case_light
from tongban.cases.reckoning import reckoning
from tongban.feedback.actions import HANDLED_STATES, MAX_COMMENT, rate_case
from tongban.feedback.models import RatingLevel
from tongban.feedback.queries import rating_of_case
from tongban.foundation.errors import ConflictError, InvalidError, NotFoundError
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.methods import require_safe
from tongban.foundation.pages.posted import revision_of
from tongban.identity.actor import Actor
from tongban.identity.middleware import actor_of
from tongban.identity.queries import open_invitations
from tongban.items.guides import limit_text
from tongban.portal.views.common import for_applicants
from tongban.portal.views.taking_part import OWN_PAGES
from tongban.userspace.entries import shown_entries
from tongban.userspace.queries import my_channels, my_suggestions, overview

SUGGESTIONS_ON_OVERVIEW = 3
BUNDLES_ON_OVERVIEW = 5


@never_cache
@for_applicants
@require_safe
def my_space(request: HttpRequest) -> HttpResponse:
    """The first page of the present hat's space: whose turn it is, what runs out, what is under way, ways on."""
    actor, today = actor_of(request), timezone.localdate()
    found = overview(actor, today)
    context = {
        "overview": found,
        "suggestions": my_suggestions(actor, today)[:SUGGESTIONS_ON_OVERVIEW],
        "entries": shown_entries(actor, dict(found.counts)),
        "bundles": my_bundles(actor)[:BUNDLES_ON_OVERVIEW],
        "invitations": open_invitations(actor, today),
        "lead_nowhere": my_channels(actor).lead_nowhere,
    }
    return render(request, "portal/my_space.html", context)


@never_cache
@for_applicants
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The cases and drafts of the present hat."""
    actor = actor_of(request)
    after = Cursor.parse(request.GET.get("after", ""))
    page = my_cases(actor, timezone.localdate(), after)
    may_apply = actor.may("apply", "case")
    context = {
        "page_of_cases": page,
        "waiting": [row for row in page.rows if row.state == CaseState.CORRECTING],
        "sections": [
            (_("Under way"), [row for row in page.rows if row.state in OPEN_STATES]),
            (_("Finished"), [row for row in page.rows if row.state not in OPEN_STATES]),
        ],
        "drafts": my_drafts(actor) if may_apply and not after else [],
        "bundles": [] if after else my_bundles(actor),
        "is_first": after is None,
        "trail": [(_("My space"), resolve_url("portal:my_space"))],
    }
    return render(request, "portal/my_cases.html", context)


@never_cache
@require_safe
def check_number(request: HttpRequest) -> HttpResponse:
    """Find a case of one's own by its number."""
    number = request.GET.get("number", "").strip()[:60]
    actor = actor_of(request)
    errors = {}
    if number and actor.is_signed_in:
        try:
            return HttpResponseRedirect(_page_of_number(actor, number))
        except NotFoundError:
            errors = {"number": [_("You have no case with this number. Check it character by character.")]}
    elif number:
        errors = {"number": [_("Sign in first: a case is shown to its applicant only.")]}
    context = {"number": number, "errors": errors}
    status = HTTPStatus.NOT_FOUND if errors and actor.is_signed_in else HTTPStatus.OK
    return render(request, "portal/check_number.html", context, status=status)


def _page_of_number(actor: Actor, number: str) -> str:
    """The page of a case, or of several things applied for at once: both have numbers of one kind."""
    bundle_id = bundle_by_number(actor, number)
    if bundle_id:
        return resolve_url("portal:bundle_case", bundle_id=bundle_id)
    return resolve_url("portal:case", case_id=case_by_number(actor, number, timezone.localdate()).row.id)


@never_cache
@for_applicants
@require_safe
def case(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Everything on one case."""
    actor = actor_of(request)
    view = case_view(actor, case_id, timezone.localdate())
    handled = view.row.state in HANDLED_STATES
    context = {
        "case": view,
        "events": _timeline(view),
        "reckoning": reckoning(view.clock) if view.clock else None,
        "part_of": bundle_of_case(actor, case_id),
        "rating": rating_of_case(actor, case_id) if handled else None,
        "can_rate": handled,
        "light": case_light(actor, case_id) if view.has_light else CaseLightView(),
        "steps": [(name, action_label(name, view.procedure)) for name in view.actions if name not in OWN_PAGES],
    }
    return render(request, "portal/case.html", context)


def _timeline(view: CaseView) -> list[dict[str, object]]:
    last = len(view.events) - 1
    documents = {document.number: document for document in view.documents}
    rows: list[dict[str, object]] = [
        {
            "title": event.label,
            "at": timezone.localtime(event.at),
            "who": event.who,
            "note": event.reason,
            "document": documents.get(event.document),
            "state": "current" if index == last and view.row.due_on else "done",
        }
        for index, event in enumerate(view.events)
    ]
    return rows


@never_cache
@for_applicants
@require_safe
def clock(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Why the case is due when it is, day by day, and how long is left."""
    return render(
        request, "portal/clock.html", {"clocks": explain_case(actor_of(request), case_id, timezone.localdate())}
    )


@require_safe
def overruns(request: HttpRequest) -> HttpResponse:
    """Public: why legal limits were overrun, without names."""
    return render(request, "portal/overruns.html", {"overruns": public_overruns()})


@require_safe
def local_rules(request: HttpRequest) -> HttpResponse:
    """Public: which local rules of time a region has adopted, on what basis and since when."""
    rows = adopted_rules(actor_of(request), timezone.localdate())
    shown = [(row, limit_text(row.limit.amount, row.limit.unit) if row.limit else "") for row in rows]
    return render(request, "portal/adopted.html", {"rows": shown})


@never_cache
@for_applicants
@require_safe
def receipt(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Right after submitting: the number, the receipt, when one hears."""
    view = case_view(actor_of(request), case_id, timezone.localdate())
    document = next((d for d in view.documents if d.kind == CaseDocument.Kind.RECEIPT), None)
    return render(request, "portal/receipt.html", {"case": view, "document": document})


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Take an application back, after asking once."""
    offer_way_on(request, _("Open the case as it is now"), resolve_url("portal:case", case_id=case_id))
    actor = actor_of(request)
    if request.method == "POST":
        actions.withdraw(actor, case_id, revision_of(request), timezone.now(), request.POST.get("reason", "")[:500])
        messages.success(request, _("The application was withdrawn."))
        return HttpResponseRedirect(resolve_url("portal:case", case_id=case_id))
    view = case_view(actor, case_id, timezone.localdate())
    if "withdraw" not in view.actions:
        raise ConflictError(_("This application can no longer be withdrawn: it is %s.") % view.row.state_label)
    return render(request, "portal/withdraw.html", {"case": view})


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Say how it went: one of five levels, and a comment if one likes. Once."""
    offer_way_on(request, _("Open the case as it is now"), resolve_url("portal:case", case_id=case_id))
    actor = actor_of(request)
    view = case_view(actor, case_id, timezone.localdate())
    comment = request.POST.get("comment", "")
    context: dict[str, Any] = {
        "case": view,
        "levels": sorted(RatingLevel.choices, reverse=True),
        "max_comment": MAX_COMMENT,
        "level": request.POST.get("level", ""),
        "comment": comment,
    }
    if request.method == "POST":
        level = request.POST.get("level", "")
        try:
            rate_case(actor, case_id, int(level) if level.isdecimal() else 0, comment, timezone.now())
        except InvalidError as error:
            context["errors"] = error.fields
            return render(request, "portal/rate.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        return HttpResponseRedirect(resolve_url("portal:rate", case_id=case_id))
    context["rating"] = rating_of_case(actor, case_id)
    if context["rating"] is None and view.row.state not in HANDLED_STATES:
        raise ConflictError(_("A case can be rated when it has been handled."))
    return render(request, "portal/rated.html" if context["rating"] else "portal/rate.html", context)
