"""The hall and the one-window counter: numbers, whom one serves, taking in for any agency, the receipt."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongban.cases.actions import attach, detach, save_draft, start_draft, upload
from tongban.cases.actions.counter import call_next, draw_number, finish_ticket, take_in_at_counter
from tongban.cases.models import CaseDocument
from tongban.cases.pdf import render as render_pdf
from tongban.cases.queries import (
    DraftView,
    case_view,
    counter_services,
    document_view,
    draft_view,
    hall,
    my_cases,
    open_checks,
    serves_counter,
    taken_in,
    ticket,
)
from tongban.foundation.errors import InvalidError, NotFoundError
from tongban.foundation.forms.fields import Kind
from tongban.foundation.forms.messages import worded
from tongban.foundation.ids import uuid7
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.methods import require_safe
from tongban.foundation.pages.posted import read_uuid
from tongban.identity.actor import Actor
from tongban.identity.assurance.actions import revoke_verification
from tongban.identity.assurance.queries import of_check
from tongban.identity.counter import at_desk, check_identity, end_check
from tongban.identity.labels import basis_label
from tongban.workbench.common import officer, tabs_of
from tongban.workbench.desk import Errors, answer, said, token_from
from tongban.workbench.shown import ShownForm
from tongban.workbench.steps import clean

# Which number is served: it goes with the case that is taken in.
_TICKET = "counter_ticket"
CASES_AT_DESK = 20


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def hall_page(request: HttpRequest) -> HttpResponse:
    """Today's line: draw a number for who comes, call the next, say how it ended."""
    actor, now, post = officer(request), timezone.now(), request.POST
    errors: Errors = {}
    if request.method == "POST":
        offer_way_on(request, _("Back to the hall"), resolve_url("workbench:hall"))
        try:
            found = _in_hall(request, actor, post)
        except InvalidError as invalid:
            errors = said(invalid)
        else:
            return HttpResponseRedirect(found)
    tickets = hall(actor, now)
    context = {
        "tabs": tabs_of(actor, "hall"),
        "called": [row for row in tickets if row.state == "called"],
        "waiting": [row for row in tickets if row.state == "waiting"],
        "token": uuid7(),
        "name": clean(post.get("name", "")),
        "serves_counter": serves_counter(actor),
    }
    return answer(request, "hall", context, errors)


def _in_hall(request: HttpRequest, actor: Actor, post: QueryDict) -> str:
    """Do what the page asks; where to go then."""
    here, now = resolve_url("workbench:hall"), timezone.now()
    if "next" in post:
        called = call_next(actor, now, read_uuid(post.get("seen", "")))
        request.session[_TICKET] = str(called.pk) if called else ""
        if called is None:
            messages.info(request, _("Nobody waits."))
        return here
    for name, came in (("served", True), ("missed", False)):
        chosen = read_uuid(post.get(name, ""))
        if chosen:
            finish_ticket(actor, chosen, came=came)
            return here
    drawn = draw_number(actor, token_from(post), now, name=clean(post.get("name", "")))
    return resolve_url("workbench:ticket", ticket_id=drawn.pk)


@never_cache
@require_safe
def ticket_page(request: HttpRequest, ticket_id: uuid.UUID) -> HttpResponse:
    """A number, to be printed."""
    actor = officer(request)
    trail = [(_("The hall"), resolve_url("workbench:hall"))]
    context = {"tabs": tabs_of(actor, "hall"), "trail": trail, "ticket": ticket(actor, ticket_id)}
    return render(request, "workbench/ticket.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """See who somebody is, and record it; then one may act for them."""
    actor, now = officer(request), timezone.now()
    errors: Errors = {}
    form = ShownForm(request)
    if request.method == "POST":
        try:
            check = check_identity(actor, form.read(actor, now), now)
        except InvalidError as invalid:
            errors = said(invalid) | form.errors
        else:
            return HttpResponseRedirect(resolve_url("workbench:counter_desk", check_id=check.pk))
    context = {
        "tabs": tabs_of(actor, "counter"),
        "checks": open_checks(actor, timezone.localdate(now)),
    }
    return answer(request, "counter", context | form.context(errors), errors)


def serving_at(request: HttpRequest, check_id: uuid.UUID) -> Actor:
    """The officer, acting for who is at the desk."""
    offer_way_on(request, _("Back to the counter"), resolve_url("workbench:counter"))
    return at_desk(officer(request), check_id, timezone.now())


def counter_context(serving: Actor, check_id: uuid.UUID) -> dict[str, Any]:
    """What every page for who is at the desk shows."""
    return {
        "tabs": tabs_of(serving, "counter"),
        "trail": [
            (_("The counter"), resolve_url("workbench:counter")),
            (serving.applicant_name, resolve_url("workbench:counter_desk", check_id=check_id)),
        ],
        "serving": serving.at_desk,
        "by_what": basis_label(serving.mandate.basis) if serving.mandate else "",
        "officer": serving.label,
        "check_id": check_id,
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: HttpRequest, check_id: uuid.UUID) -> HttpResponse:
    """Who is at the desk: find what they come for, see what was taken in, say that they left."""
    actor = officer(request)
    if request.method == "POST" and "mistaken" in request.POST:
        return _take_check_back(request, actor, check_id)
    if request.method == "POST":
        end_check(actor, check_id, timezone.now())
        messages.success(request, _("You no longer act for anybody."))
        return HttpResponseRedirect(resolve_url("workbench:counter"))
    serving = serving_at(request, check_id)
    text = request.GET.get("text", "")[:100].replace("\x00", "")
    context = counter_context(serving, check_id) | {
        "text": text,
        "services": counter_services(serving, text, timezone.localdate()) if text.strip() else [],
        "taken": taken_in(actor, check_id, timezone.localdate()),
        "cases": my_cases(serving, timezone.localdate(), size=CASES_AT_DESK).rows,
        "level": of_check(actor, check_id),
    }
    return render(request, "workbench/counter_desk.html", context | {"trail": context["trail"][:1]})


def _take_check_back(request: HttpRequest, actor: Actor, check_id: uuid.UUID) -> HttpResponse:
    """The check was mistaken: the level it gave counts no more, and nobody is at the desk."""
    made = of_check(actor, check_id)
    if made:
        reason = clean(request.POST.get("reason", ""))[:500] or _("The officer took the check back at the counter.")
        revoke_verification(actor, made.verification_id, reason, timezone.now())
    end_check(actor, check_id, timezone.now())
    messages.success(request, _("The check is taken back; the level it gave counts no more."))
    return HttpResponseRedirect(resolve_url("workbench:counter"))


@never_cache
@require_POST
def begin(request: HttpRequest, check_id: uuid.UUID, service_id: uuid.UUID) -> HttpResponse:
    """Begin an application for who is at the desk, or go on with the one they left."""
    draft = start_draft(serving_at(request, check_id), service_id, timezone.now())
    return HttpResponseRedirect(resolve_url("workbench:counter_draft", check_id=check_id, draft_id=draft.pk))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def fill_in(request: HttpRequest, check_id: uuid.UUID, draft_id: uuid.UUID) -> HttpResponse:
    """The whole form and every material on one page: fill in, scan, submit. Submitting twice is once."""
    serving = serving_at(request, check_id)
    here = resolve_url("workbench:counter_draft", check_id=check_id, draft_id=draft_id)
    errors: dict[str, Any] = {}
    if request.method == "POST":
        removed = request.POST.get("remove", "")
        if removed:
            position, _separator, upload_id = removed.partition(" ")
            chosen = read_uuid(upload_id)
            if chosen and position.isascii() and position.isdecimal():
                detach(serving, draft_id, int(position[:4]), chosen)
            return HttpResponseRedirect(here)
        try:
            errors = _keep(request, serving, draft_view(serving, draft_id))
            if not errors and "submit" in request.POST:
                served = read_uuid(request.session.get(_TICKET, "") or "")
                case = take_in_at_counter(serving, draft_id, timezone.now(), served)
                return HttpResponseRedirect(
                    resolve_url("workbench:counter_receipt", check_id=check_id, case_id=case.pk)
                )
        except NotFoundError:
            # A second click on the button: the draft is a case by now.
            case = take_in_at_counter(serving, draft_id, timezone.now())
            return HttpResponseRedirect(resolve_url("workbench:counter_receipt", check_id=check_id, case_id=case.pk))
        except InvalidError as invalid:
            errors = _placed(invalid.fields)
        if not errors:
            messages.success(request, _("What you entered is kept."))
            return HttpResponseRedirect(here)
    draft = draft_view(serving, draft_id)
    context = counter_context(serving, check_id) | {
        "draft": draft,
        "groups": [(group.id, worded(group.title)) for group in draft.form.groups(draft.answers)],
        "materials": [
            {"task": task, "name": task.material.text("name"), "field": f"material-{task.material.position}"}
            for task in draft.materials
        ],
        "posted": request.POST if errors else None,
    }
    return answer(request, "counter_draft", context, errors)


def _placed(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Errors of materials at their file fields."""
    return {name.replace("materials.", "material-"): texts for name, texts in fields.items()}


def _keep(request: HttpRequest, serving: Actor, draft: DraftView) -> dict[str, Any]:
    """Keep every answer and scan of the page; what is wrong with them by field. What is right is kept all the same."""
    errors: dict[str, Any] = {}
    answers: dict[str, Any] = dict(draft.answers)
    for group in draft.form.groups(answers):
        files: dict[str, dict[str, str]] = {}
        for name in group.fields:
            if draft.form.fields[name].kind is Kind.FILE:
                kept, wrong = file_answer(request, serving, name, answers.get(name))
                files |= kept
                errors |= wrong
        found, wrong_answers = draft.form.parse(group.id, request.POST, answers, files)
        errors |= wrong_answers
        cleared: dict[str, Any] = dict.fromkeys(group.fields)
        answers |= cleared | found
    save_draft(serving, draft.id, answers)
    for task in draft.materials:
        position = task.material.position
        for chosen in request.FILES.getlist(f"material-{position}"):
            try:
                kept_file = upload(serving, chosen.name or "", chosen.read())
                attach(serving, draft.id, position, kept_file.pk)
            except InvalidError as invalid:
                errors[f"material-{position}"] = [text for texts in invalid.fields.values() for text in texts]
    # Half a form may be left; only who submits is held to it.
    return errors if "submit" in request.POST else {k: v for k, v in errors.items() if k.startswith("material-")}


def file_answer(
    request: HttpRequest, serving: Actor, name: str, held: object
) -> tuple[dict[str, dict[str, str]], dict[str, Any]]:
    """A file that answers a question, kept; the one held already where none was given."""
    chosen = request.FILES.get(name)
    if chosen is None:
        return ({name: held} if isinstance(held, dict) else {}), {}
    try:
        kept = upload(serving, chosen.name or "", chosen.read())
    except InvalidError as invalid:
        return {}, {name: [text for texts in invalid.fields.values() for text in texts]}
    return {name: {"digest": kept.digest, "name": kept.file_name}}, {}


@never_cache
@require_safe
def receipt(request: HttpRequest, check_id: uuid.UUID, case_id: uuid.UUID) -> HttpResponse:
    """What was taken in, with the receipt to print; it says who took it in, and for whom."""
    serving = serving_at(request, check_id)
    view = case_view(serving, case_id, timezone.localdate())
    found = next((d for d in view.documents if d.kind == CaseDocument.Kind.RECEIPT), None)
    context = counter_context(serving, check_id) | {
        "case": view,
        "taken_by": view.events[0].who,
        "document": document_view(serving, found.id) if found else None,
    }
    return render(request, "workbench/counter_receipt.html", context)


@never_cache
@require_safe
def receipt_pdf(request: HttpRequest, check_id: uuid.UUID, document_id: uuid.UUID) -> HttpResponse:
    """The receipt as PDF/A, for the printer."""
    document = document_view(serving_at(request, check_id), document_id)
    language = "en" if (get_language() or "").startswith("en") else "zh"
    data = render_pdf(document.text, language, document.issued_at)
    return HttpResponse(
        data, content_type="application/pdf", headers={"Content-Disposition": 'attachment; filename="receipt.pdf"'}
    )
