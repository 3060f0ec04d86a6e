"""Pages for officers. Each parses the request, calls one action or a few queries, and renders."""

import uuid
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.cases.labels import action_label
from tongban.cases.models import OPEN_STATES, CaseState
from tongban.cases.queries import (
    CaseView,
    Cursor,
    InboxFilter,
    case_view,
    inbox,
    inbox_counts,
    progress_by_agency,
)
from tongban.cases.reckoning import reckoning
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError, SignInNeededError
from tongban.foundation.pages.errors import offer_way_on
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may
from tongban.identity.middleware import actor_of
from tongban.items.queries import Filters, check_services, published_services
from tongban.workbench.steps import STEPS

MAX_REASON = 2000


def _officer(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.is_signed_in:
        raise SignInNeededError
    if actor.post is None:
        raise NotAllowedError(_("The workbench is for officers. Choose your post under “Acting as”."))
    return actor


def _own_agency(actor: Actor) -> uuid.UUID:
    if actor.post is None:
        raise NotAllowedError
    return actor.post.agency_id


def _handles_cases(actor: Actor) -> bool:
    return may(actor, "handle", "case", {Relation.OWN_AGENCY})


def _tabs(actor: Actor, here: str) -> list[tuple[str, str, bool]]:
    """The pages this post has: (label, address, whether it is this one)."""
    pages = []
    if _handles_cases(actor):
        pages.append(("inbox", _("Inbox")))
    if may(actor, "see_progress", "case", {Relation.OWN_REGION}):
        pages.append(("progress", _("Progress of agencies")))
    if may(actor, "read_drafts", "service", {Relation.OWN_AGENCY}):
        pages.append(("services", _("Our services")))
    tabs = [(label, resolve_url(f"workbench:{name}"), name == here) for name, label in pages]
    if may(actor, "maintain", "government"):
        tabs.append((_("Reference data"), resolve_url("admin:index"), False))
    return tabs


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The first page this post has."""
    tabs = _tabs(_officer(request), "")
    if not tabs:
        raise NotAllowedError(_("Your post has no pages in the workbench."))
    return HttpResponseRedirect(tabs[0][1])


@never_cache
@require_safe
def inbox_page(request: HttpRequest) -> HttpResponse:
    """Open cases of the agency, what is due first on top."""
    actor = _officer(request)
    if not _handles_cases(actor):
        return start(request)
    today = timezone.localdate()
    wanted = InboxFilter(
        state=request.GET.get("state", "") if request.GET.get("state") in OPEN_STATES else "",
        late=request.GET.get("due") == "late",
        due_today=request.GET.get("due") == "today",
        text=request.GET.get("text", "")[:100].replace("\x00", ""),
    )
    page = inbox(actor, today, wanted, Cursor.parse(request.GET.get("after", "")))
    kept = {key: value for key, value in request.GET.items() if key != "after"}
    context = {
        "tabs": _tabs(actor, "inbox"),
        "page_of_cases": page,
        "counts": inbox_counts(actor, today),
        "wanted": wanted,
        "due": request.GET.get("due", ""),
        "states": [("", _("All open cases")), *((s.value, s.label) for s in CaseState if s in OPEN_STATES)],
        "dues": [("", _("Any time")), ("today", _("Today or late")), ("late", _("Late"))],
        "next_url": f"?{urlencode({**kept, 'after': str(page.next)})}" if page.next else "",
        "first_url": f"?{urlencode(kept)}" if "after" in request.GET else "",
    }
    return render(request, "workbench/inbox.html", context)


@never_cache
@require_safe
def case_page(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Everything on one case, and the steps that can be taken now."""
    actor = _officer(request)
    view = case_view(actor, case_id, timezone.localdate())
    return render(request, "workbench/case.html", _case_context(actor, view))


def _case_context(actor: Actor, view: CaseView) -> dict[str, Any]:
    last = len(view.events) - 1
    return {
        "tabs": _tabs(actor, ""),
        "trail": [(_("Inbox"), resolve_url("workbench:inbox"))],
        "case": view,
        "reckoning": reckoning(view.clock) if view.clock else None,
        "steps": [(name, action_label(name), STEPS[name]) for name in view.actions if name in STEPS],
        "events": [
            {
                "title": event.label,
                "at": timezone.localtime(event.at),
                "who": event.who,
                "note": event.reason,
                "state": "current" if index == last and view.row.due_on else "done",
            }
            for index, event in enumerate(view.events)
        ],
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, case_id: uuid.UUID, action: str) -> HttpResponse:
    """Ask for a step's reason and take it. Posting twice takes it once; who comes second is told."""
    actor = _officer(request)
    wanted = STEPS.get(action)
    if wanted is None:
        raise NotFoundError
    offer_way_on(request, _("Open the case as it is now"), resolve_url("workbench:case", case_id=case_id))
    errors: dict[str, list[str]] = {}
    reason = request.POST.get("reason", "").replace("\r\n", "\n").replace("\x00", "")[:MAX_REASON]
    if request.method == "POST":
        revision = request.POST.get("revision", "")
        try:
            wanted.take(actor, case_id, int(revision) if revision.isdecimal() else 0, timezone.now(), reason)
        except InvalidError as invalid:
            errors = {name: [str(text) for text in texts] for name, texts in invalid.fields.items()}
        else:
            messages.success(request, str(wanted.done))
            return HttpResponseRedirect(resolve_url("workbench:case", case_id=case_id))
    view = case_view(actor, case_id, timezone.localdate())
    if action not in view.actions:
        known = view.procedure.actions.get(action)
        if known and view.row.state in known.sources:
            raise NotAllowedError(_("This step is for another role at your agency."))
        raise ConflictError(
            _("“%(what)s” is not possible any more: the case is %(state)s.")
            % {"what": action_label(action), "state": view.row.state_label}
        )
    context = {
        "tabs": _tabs(actor, ""),
        "trail": [
            (_("Inbox"), resolve_url("workbench:inbox")),
            (view.row.number, resolve_url("workbench:case", case_id=case_id)),
        ],
        "case": view,
        "action": action,
        "label": action_label(action),
        "step": wanted,
        "reason": reason,
        "errors": errors,
    }
    return render(
        request,
        "workbench/step.html",
        context,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
    )


@never_cache
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """For supervisors: what is open and late at each agency of the region, in figures without names."""
    actor = _officer(request)
    rows = progress_by_agency(actor, timezone.localdate())
    context = {
        "tabs": _tabs(actor, "progress"),
        "rows": [(row.agency, row.open, row.late) for row in rows],
        "open": sum(row.open for row in rows),
        "late": sum(row.late for row in rows),
        "columns": [_("Agency"), (_("Open"), "number"), (_("Late"), "number")],
    }
    return render(request, "workbench/progress.html", context)


@never_cache
@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """For who keeps the agency's list: its services, and what the consistency rules find in them."""
    actor = _officer(request)
    today = timezone.localdate()
    findings = {found.service_id: found.findings for found in check_services(actor, Filters(), today)}
    listed = published_services(actor, Filters(), today).filter(service__agency=_own_agency(actor))
    context = {
        "tabs": _tabs(actor, "services"),
        "services": [
            (version.service_id, version.text("name"), version.is_applicable, findings.get(version.service_id, ()))
            for version in listed
        ],
    }
    return render(request, "workbench/services.html", context)
