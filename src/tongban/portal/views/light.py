"""Light handling for applicants: guidance and the personal list, the way, explanations of rules, offers."""

import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongban.cases import actions
from tongban.cases.models import Way
from tongban.cases.queries import DraftView, case_view, draft_view
from tongban.cases.queries.light import GuidanceView, case_light, guidance_of, my_offers, rule_explanations
from tongban.foundation.errors import ConflictError, InvalidError, NotFoundError
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.methods import require_safe
from tongban.identity.middleware import actor_of
from tongban.items.guides import service_guide
from tongban.portal.guide import Way as GuideWay
from tongban.portal.guide import mismatch, way_of
from tongban.portal.views.apply import gone
from tongban.portal.views.common import for_applicants
from tongban.portal.views.space import trail


@require_safe
def guidance(request: HttpRequest, service_id: uuid.UUID) -> HttpResponse:
    """The guidance for anybody: one question a page, answers in the address; at the end the personal list."""
    today = timezone.localdate()
    given = {name: str(value)[:100] for name, value in request.GET.items()}
    actor = actor_of(request)
    view = guidance_of(actor, service_id, given, today)
    guide = service_guide(actor, service_id, today)
    here = resolve_url("portal:guidance", service_id=service_id)
    before: dict[str, str] = {}
    changes, back = [], resolve_url("portal:guide", service_id=service_id)
    for question in view.asked:
        address = f"{here}?{urlencode(before)}"
        if question.id in view.answers:
            changes.append((question.label, address))
            back = address
            before[question.id] = view.answers[question.id]
    way = way_of(guide)
    context: dict[str, Any] = {
        "name": guide.name,
        "question": view.next,
        "list": view.list,
        "caption": _caption(view),
        "answers": view.answers.items(),
        "changes": changes,
        "back": back,
        "method": "get",
        "field": view.next.id if view.next else "",
        "errors": {},
        "today": today,
        "apply_url": resolve_url("portal:apply", service_id=service_id)
        if way is GuideWay.HERE and not mismatch(actor, guide)
        else "",
    }
    return render(request, "portal/guidance.html", context)


def _caption(view: GuidanceView) -> str:
    asked = [question.id for question in view.asked]
    if view.next is None:
        return ""
    return _("Question %(number)d") % {"number": asked.index(view.next.id) + 1}


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def situation(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """The guidance in a draft: the question asked for by `question`, or the next one, or the list."""
    actor = actor_of(request)
    try:
        draft = draft_view(actor, draft_id)
    except NotFoundError:
        return gone(request)
    view = draft.light.guidance
    if view is None:
        raise Http404
    here = resolve_url("portal:situation", draft_id=draft_id)
    wanted = request.POST.get("question") or request.GET.get("question")
    question = next((each for each in view.asked if each.id == wanted), view.next)
    errors: dict[str, list[str]] = {}
    if request.method == "POST" and question:
        answer = request.POST.get("answer", "")[:100]
        if answer in dict(question.options):
            actions.answer_guidance(actor, draft_id, {question.id: answer})
            return HttpResponseRedirect(here)
        errors = {"answer": [_("Choose one of the answers.")]}
    context = {
        "name": draft.service,
        "question": question,
        "list": view.list,
        "caption": _caption(view) if question and view.next and question.id == view.next.id else "",
        "changes": [(each.label, f"{here}?{urlencode({'question': each.id})}") for each in view.asked],
        "back": resolve_url("portal:task_list", draft_id=draft_id),
        "method": "post",
        "field": "answer",
        "value": view.answers.get(question.id, "") if question else "",
        "error": errors.get("answer", ""),
        "errors": errors,
        "today": timezone.localdate(),
        "continue_url": resolve_url("portal:task_list", draft_id=draft_id),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/guidance.html", context, status=status)


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def way(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Choose by which way the application goes, with the whole text of the commitment before the choice."""
    actor = actor_of(request)
    try:
        draft = draft_view(actor, draft_id)
    except NotFoundError:
        return gone(request)
    if not draft.light.ways:
        raise Http404
    errors: Mapping[str, Any] = {}
    chosen = request.POST.get("way", "ordinary")[:12] if request.method == "POST" else draft.light.way
    if request.method == "POST":
        try:
            actions.choose_way(actor, draft_id, "" if chosen == "ordinary" else chosen)
        except InvalidError as error:
            errors = error.fields
        else:
            return HttpResponseRedirect(resolve_url("portal:task_list", draft_id=draft_id))
    context = {"draft": draft, "choices": way_choices(draft), "way": chosen or "ordinary", "errors": errors}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/apply/way.html", context, status=status)


def way_choices(draft: DraftView) -> list[tuple[str, str]]:
    """The ways a draft can go, the ordinary one first."""
    by_rule = Way.OFFICER in draft.light.ways
    choices = [("ordinary", _("By published rule, at once where it grants") if by_rule else _("The ordinary way"))]
    if Way.COMMITMENT in draft.light.ways:
        choices.append((Way.COMMITMENT.value, _("On my commitment")))
    if by_rule:
        choices.append((Way.OFFICER.value, _("By an officer, not by a rule")))
    return choices


@never_cache
@for_applicants
@require_safe
def case_list(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """The personal list as it was frozen with the case, and what was undertaken and fetched."""
    actor = actor_of(request)
    light = case_light(actor, case_id)
    if not light.is_any:
        raise Http404
    context = {"case": case_view(actor, case_id, timezone.localdate()), "light": light}
    return render(request, "portal/case_list.html", context)


@never_cache
@for_applicants
@require_safe
def explanation(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Why a rule decided as it did, replayed; with the way to an officer."""
    actor = actor_of(request)
    _case, decisions = rule_explanations(actor, case_id)
    view = case_view(actor, case_id, timezone.localdate())
    context = {"case": view, "decisions": decisions, "can_ask": "ask_for_review" in view.actions}
    return render(request, "portal/rule_explanation.html", context)


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Take a commitment back before the decision: the application becomes a draft of the ordinary way."""
    offer_way_on(request, _("Open the case as it is now"), resolve_url("portal:case", case_id=case_id))
    actor = actor_of(request)
    view = case_view(actor, case_id, timezone.localdate())
    if request.method == "POST":
        text = request.POST.get("revision", "")
        revision = int(text) if text.isdecimal() else view.revision
        draft = actions.withdraw_undertaking(actor, case_id, revision, timezone.now())
        messages.success(
            request, _("The commitment is taken back. Hand in what it replaced, and send the application.")
        )
        return HttpResponseRedirect(resolve_url("portal:task_list", draft_id=draft.pk))
    if "withdraw" not in view.actions or case_light(actor, case_id).way != Way.COMMITMENT:
        raise ConflictError(_("The commitment can no longer be taken back: it is %s.") % view.row.state_label)
    return render(request, "portal/take_back.html", {"case": view})


@never_cache
@for_applicants
@require_safe
def offers(request: HttpRequest) -> HttpResponse:
    """Benefits offered in the present hat."""
    context = {"trail": trail(), "offers": my_offers(actor_of(request), timezone.localdate())}
    return render(request, "portal/offers.html", context)


@never_cache
@for_applicants
@require_POST
def answer_offer(request: HttpRequest, offer_id: uuid.UUID) -> HttpResponse:
    """Confirm an offer (the case is made and decided) or decline it."""
    offer_way_on(request, _("Open the offers"), resolve_url("portal:offers"))
    actor = actor_of(request)
    if request.POST.get("answer") == "decline":
        actions.decline_offer(actor, offer_id, timezone.now())
        messages.success(request, _("Declined. You may apply at any time all the same."))
        return HttpResponseRedirect(resolve_url("portal:offers"))
    if request.POST.get("answer") != "confirm":
        raise InvalidError({"answer": [_("The page was not complete. Open it again.")]})
    case = actions.confirm_offer(actor, offer_id, timezone.now())
    messages.success(request, _("Confirmed, and decided at once."))
    return HttpResponseRedirect(resolve_url("portal:case", case_id=case.pk))
