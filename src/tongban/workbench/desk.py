"""Pages around a case and an officer's desk: assigning, notes, requests for cooperation, absence, templates, views."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongban.cases.actions import Shown, assigning, counter, internal, templates, views
from tongban.cases.labels import action_label, english
from tongban.cases.models import AssignmentMethod
from tongban.cases.queries import (
    absences,
    agencies_to_ask,
    arrangement,
    case_desk,
    case_view,
    cooperation_view,
    hall_hours,
    my_colleagues,
    notice_templates,
    saved_views,
    shared_file,
    template_versions,
)
from tongban.cases.queueing import Hours
from tongban.cases.templating import PLACES
from tongban.foundation.errors import InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.methods import require_safe
from tongban.foundation.pages.posted import read_day, read_uuid
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may
from tongban.workbench.common import officer, tabs_of, within_case
from tongban.workbench.steps import MAX_REASON, clean

Errors = dict[str, list[str]]
USUAL_LIMIT = 5


def said(invalid: InvalidError) -> Errors:
    """What is wrong, by field, as text."""
    return {name: [str(text) for text in texts] for name, texts in invalid.fields.items()}


def answer(request: HttpRequest, template: str, context: dict[str, Any], errors: Mapping[str, Any]) -> HttpResponse:
    """The page, with what is wrong on it."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, f"workbench/{template}.html", context | {"errors": errors}, status=status)


def number_from(post: QueryDict, name: str) -> int:
    """A whole number somebody typed; 0 where it is none."""
    text = post.get(name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else 0  # noqa: PLR2004 - at most 9999


def token_from(post: QueryDict) -> uuid.UUID:
    """What a page posts so that a second click is known.

    Raises:
        InvalidError: the page was not complete.
    """
    token = read_uuid(post.get("token", ""))
    if token is None:
        raise InvalidError({"token": [_("The page was not complete. Open it again.")]})
    return token


def _chosen(one: uuid.UUID | None, name: str) -> uuid.UUID:
    if one is None:
        raise InvalidError({name: [_("Choose one.")]})
    return one


# --- a case -----------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def assign_page(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Give a case to a colleague, or pass it on with the reason."""
    actor, today = officer(request), timezone.localdate()
    offer_way_on(request, _("Open the case as it is now"), resolve_url("workbench:case", case_id=case_id))
    errors: Errors = {}
    chosen, reason = request.POST.get("post", ""), clean(request.POST.get("reason", ""))
    if request.method == "POST":
        post_id = read_uuid(chosen)
        holder = read_uuid(request.POST.get("holder", ""))
        try:
            assigning.assign(actor, case_id, _chosen(post_id, "post"), timezone.now(), holder=holder, reason=reason)
        except InvalidError as invalid:
            errors = said(invalid)
        else:
            messages.success(request, _("The case is assigned."))
            return HttpResponseRedirect(resolve_url("workbench:case", case_id=case_id))
    view, desk = case_view(actor, case_id, today), case_desk(actor, case_id, today)
    if desk is None or not desk.may_assign:
        raise NotAllowedError(_("This case is not yours to pass on."))
    context = {
        **within_case(actor, view.relations, case_id, view.row.number),
        "case": view,
        "desk": desk,
        "posts": [
            (str(one.id), one.label(english=english()))
            for one in my_colleagues(actor, today)
            if one.id != desk.officer_id
        ],
        "post": chosen,
        "reason": reason,
        "max_reason": MAX_REASON,
    }
    return answer(request, "assign", context, errors)


@never_cache
@require_POST
def notes(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Keep an internal note."""
    actor = officer(request)
    offer_way_on(request, _("Open the case as it is now"), resolve_url("workbench:case", case_id=case_id))
    text = request.POST.get("text", "").replace("\r\n", "\n").replace("\x00", "")
    internal.add_note(actor, case_id, text, token_from(request.POST), timezone.now())
    messages.success(request, _("The note is kept."))
    return HttpResponseRedirect(resolve_url("workbench:case", case_id=case_id) + "#notes")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask_cooperation(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Ask another agency for help, and choose what it may see."""
    actor, today, post = officer(request), timezone.localdate(), request.POST
    offer_way_on(request, _("Open the case as it is now"), resolve_url("workbench:case", case_id=case_id))
    view, desk = case_view(actor, case_id, today), case_desk(actor, case_id, today)
    if desk is None or not desk.may_ask:
        raise NotAllowedError(_("This case is not one you may ask others about now."))
    errors: Errors = {}
    shared = internal.Shared(
        applicant=post.get("applicant") == "yes",
        answers=tuple(post.getlist("answers")[:500]),
        materials=tuple(int(one) for one in post.getlist("materials")[:500] if one.isascii() and one.isdecimal()),
    )
    if request.method == "POST":
        try:
            asked = _chosen(read_uuid(post.get("asked", "")), "asked")
            internal.ask_cooperation(
                actor,
                case_id,
                asked,
                clean(post.get("question", "")),
                number_from(post, "limit"),
                shared,
                timezone.now(),
            )
        except InvalidError as invalid:
            errors = said(invalid)
        else:
            messages.success(request, _("The request went to the other agency."))
            return HttpResponseRedirect(resolve_url("workbench:case", case_id=case_id))
    text = (post.get("text") or request.GET.get("text", ""))[:100].replace("\x00", "")
    context = {
        **within_case(actor, view.relations, case_id, view.row.number),
        "case": view,
        "agencies": [(str(pk), label) for pk, label in agencies_to_ask(actor, text)],
        "text": text,
        "fields": [(row.field, row.label) for group in view.summary for row in group.rows],
        "materials": [(str(m.id), f"{m.name}: {m.file_name}") for m in view.materials],
        "applicant_choice": [("yes", _("The applicant’s name"))],
        "asked": post.get("asked", ""),
        "question": post.get("question", ""),
        "limit": post.get("limit", str(USUAL_LIMIT)),
        "shared_applicant": ["yes"] if shared.applicant else [],
        "shared_answers": shared.answers,
        "shared_materials": [str(one) for one in shared.materials],
        "max_reason": MAX_REASON,
    }
    return answer(request, "ask_cooperation", context, errors)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cooperation(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """One request: what was said, what it shares; answering, declining, reminding, withdrawing."""
    actor, now = officer(request), timezone.now()
    errors: Errors = {}
    text = clean(request.POST.get("text", ""))
    if request.method == "POST":
        offer_way_on(request, _("Open the request as it is now"), request.path)
        try:
            done = _act_on_request(actor, request_id, request.POST.get("act", ""), text, now)
        except InvalidError as invalid:
            errors = said(invalid)
        else:
            messages.success(request, done)
            return HttpResponseRedirect(request.path)
    return cooperation_page_of(request, actor, request_id, text=text, errors=errors)


def cooperation_page_of(
    request: HttpRequest,
    actor: Actor,
    request_id: uuid.UUID,
    shown: Shown | None = None,
    *,
    text: str = "",
    errors: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The page of a request; with what stands masked, where it was `shown`."""
    view = cooperation_view(actor, request_id, timezone.localdate(), shown)
    # Who is asked sees the request alone; who asks, the case it belongs to.
    case_id = None if view.row.asked_of_us else view.row.case_id
    context = {
        **within_case(actor, (), case_id, view.row.case_number),
        "view": view,
        "shown": shown,
        "ask_url": resolve_url("workbench:cooperation_personal_data", request_id),
        "text": text,
        "max_reason": MAX_REASON,
        "events": [
            {"title": act.label, "at": timezone.localtime(act.at), "who": act.author, "note": act.text}
            for act in view.acts
        ],
    }
    return answer(request, "cooperation", context, errors or {})


def _act_on_request(actor: Actor, request_id: uuid.UUID, act: str, text: str, now: datetime) -> str:
    if act == "answer":
        internal.answer_cooperation(actor, request_id, text, now)
        return _("Your answer went to the agency that asked.")
    if act == "decline":
        internal.decline_cooperation(actor, request_id, text, now)
        return _("The agency that asked was told why.")
    if act == "remind":
        internal.remind_cooperation(actor, request_id, now)
        return _("The agency was reminded.")
    if act == "withdraw":
        internal.withdraw_cooperation(actor, request_id, now)
        return _("The request is withdrawn.")
    raise NotFoundError


@never_cache
@require_safe
def cooperation_file(request: HttpRequest, request_id: uuid.UUID, material_id: int) -> HttpResponse:
    """A material that a request shares, for download."""
    found = shared_file(officer(request), request_id, material_id)
    disposition = content_disposition_header(as_attachment=True, filename=found.name) or "attachment"
    headers = {
        "Content-Disposition": disposition,
        # What a downloaded file may do where a browser shows it after all: nothing.
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(found.data, content_type=found.media_type, headers=headers)


# --- the desk ---------------------------------------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def views_page(request: HttpRequest) -> HttpResponse:
    """One's saved views: keep one from the inbox, make one the default, forget one."""
    actor = officer(request)
    if request.method == "POST":
        post = request.POST
        offer_way_on(request, _("Back to the inbox"), resolve_url("workbench:inbox"))
        forgotten = read_uuid(post.get("remove", ""))
        if forgotten:
            views.remove_view(actor, forgotten)
            messages.success(request, _("The view is removed."))
            return HttpResponseRedirect(resolve_url("workbench:views"))
        query = {key: post.get(key, "")[:100].replace("\x00", "") for key in views.VIEW_KEYS}
        name = clean(post.get("name", ""))[:200]
        try:
            views.save_view(actor, name, query, is_default=post.get("default") == "yes")
        except InvalidError as invalid:
            context = {"tabs": tabs_of(actor, "inbox"), "views": saved_views(actor), "name": name, "kept": query}
            return answer(request, "views", context, said(invalid))
        messages.success(request, _("The view is kept."))
        return HttpResponseRedirect(resolve_url("workbench:inbox"))
    return render(request, "workbench/views.html", {"tabs": tabs_of(actor, "inbox"), "views": saved_views(actor)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def absence_page(request: HttpRequest) -> HttpResponse:
    """Who is away and who stands in; one's own absence, or for the head that of anybody."""
    actor, now, post = officer(request), timezone.now(), request.POST
    errors: Errors = {}
    if request.method == "POST":
        offer_way_on(request, _("Back to the absences"), resolve_url("workbench:absences"))
        ended = read_uuid(post.get("end", ""))
        if ended:
            assigning.end_absence(actor, ended, now)
            messages.success(request, _("The absence is ended."))
            return HttpResponseRedirect(resolve_url("workbench:absences"))
        try:
            _enter_absence(actor, post, now)
        except InvalidError as invalid:
            errors = said(invalid)
        else:
            messages.success(request, _("The absence is entered; the stand-in has the work on those days."))
            return HttpResponseRedirect(resolve_url("workbench:absences"))
    found = my_colleagues(actor, timezone.localdate())
    heads = may(actor, "enter", "absence", {Relation.OWN_AGENCY})
    context = {
        "tabs": tabs_of(actor, "absences"),
        "absences": absences(actor, timezone.localdate()),
        "heads": heads,
        "posts": [(str(one.id), one.label(english=english())) for one in found],
        "others": [(str(one.id), one.label(english=english())) for one in found if heads or one.id != actor.post_id],
        "own_post": str(actor.post_id),
        "given": post,
        "days": {
            name: [post.get(f"{name}-{part}", "") for part in ("year", "month", "day")]
            for name in ("first_day", "last_day")
        },
        "max_reason": MAX_REASON,
    }
    return answer(request, "absences", context, errors)


def _enter_absence(actor: Actor, post: QueryDict, now: datetime) -> None:
    first, last = read_day(post, "first_day"), read_day(post, "last_day")
    stand_in = read_uuid(post.get("stand_in", ""))
    errors: Errors = {}
    if first is None:
        errors["first_day"] = [_("State the first day.")]
    if last is None:
        errors["last_day"] = [_("State the last day.")]
    if stand_in is None:
        errors["stand_in"] = [_("Choose who stands in.")]
    if first is None or last is None or stand_in is None or actor.post is None:
        raise InvalidError(errors)
    whose = read_uuid(post.get("post", "")) or actor.post.id
    assigning.enter_absence(actor, whose, stand_in, (first, last), now, clean(post.get("reason", "")))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def arrangement_page(request: HttpRequest) -> HttpResponse:
    """For the head of the agency: how new cases are assigned, who handles which service, when the hall is open."""
    actor, now, post = officer(request), timezone.now(), request.POST
    errors: Errors = {}
    if request.method == "POST":
        try:
            _arrange(actor, post, now)
        except InvalidError as invalid:
            errors = said(invalid)
        else:
            messages.success(request, _("It is so from now on."))
            return HttpResponseRedirect(resolve_url("workbench:arrangement"))
    found = arrangement(actor, timezone.localdate())
    context = {
        "tabs": tabs_of(actor, "arrangement"),
        "method": post.get("method", found.method),
        "methods": AssignmentMethod.choices,
        "services": [
            (str(service_id), name, [str(one) for one in chosen]) for service_id, name, chosen in found.services
        ],
        "posts": [(str(one.id), one.label(english=english())) for one in found.posts],
        "hours": hall_hours(actor),
        "given": post,
    }
    return answer(request, "arrangement", context, errors)


def _arrange(actor: Actor, post: QueryDict, now: datetime) -> None:
    service = read_uuid(post.get("service", ""))
    if service:
        chosen = [one for text in post.getlist("posts") if (one := read_uuid(text))]
        assigning.set_specialists(actor, service, chosen, now)
    elif "opens_at" in post:
        counter.set_hours(actor, _hours(post))
    else:
        assigning.set_assignment_rule(actor, post.get("method", ""), now)


def _hours(post: QueryDict) -> Hours:
    times, errors = {}, {}
    for name in ("opens_at", "closes_at"):
        try:
            times[name] = datetime.strptime(post.get(name, "").strip(), "%H:%M").time()  # noqa: DTZ007 - a time of day
        except ValueError:
            errors[name] = [_("Write a time like 09:00.")]
    if errors:
        raise InvalidError(errors)
    return Hours(times["opens_at"], times["closes_at"], number_from(post, "slot_minutes"), number_from(post, "places"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def templates_page(request: HttpRequest) -> HttpResponse:
    """The agency's words for its notices: the list, and a form for new words or a new version."""
    actor, now, post = officer(request), timezone.now(), request.POST
    errors: Errors = {}
    given = {name: post.get(name, "") for name in ("name", "step", "text")}
    edited = read_uuid(request.GET.get("edit", ""))
    if request.method == "POST":
        offer_way_on(request, _("Back to the templates"), resolve_url("workbench:templates"))
        try:
            if "retire" in post:
                templates.retire_template(actor, post.get("retire", ""), now)
                messages.success(request, _("The template is not offered any more."))
            else:
                kept = templates.save_template(actor, clean(given["name"]), given["step"], clean(given["text"]), now)
                messages.success(request, _("Version %(number)s is in use.") % {"number": kept.version})
        except InvalidError as invalid:
            errors = said(invalid)
        else:
            return HttpResponseRedirect(resolve_url("workbench:templates"))
    elif edited:
        last = template_versions(actor, edited)[0]
        given = {"name": last.name, "step": last.step, "text": last.text}
    context = {
        "tabs": tabs_of(actor, "templates"),
        "templates": notice_templates(actor),
        "versions": template_versions(actor, edited) if edited else (),
        "may_change": may(actor, "maintain", "notice_template", {Relation.OWN_AGENCY}),
        "steps": [(step, action_label(step) if step else _("Every step")) for step in templates.TEMPLATE_STEPS],
        "places": [(f"{{{place}}}", meaning) for place, meaning in PLACES.items()],
        "given": given,
        "max_text": templates.MAX_TEXT,
    }
    return answer(request, "templates", context, errors)
