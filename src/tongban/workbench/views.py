"""Pages for officers. Each parses the request, calls one action or a few queries, and renders."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases import actions
from tongban.cases.actions.internal import MAX_NOTE
from tongban.cases.explaining import explain_case
from tongban.cases.intake import Findings, exit_for, intake_table, take_in
from tongban.cases.labels import action_label, english
from tongban.cases.models import OPEN_STATES
from tongban.cases.procedure import EXPLAIN_OVERRUN
from tongban.cases.procedure_store import procedure_of
from tongban.cases.queries import (
    BoxCounts,
    CaseView,
    Cursor,
    InboxFilter,
    agencies_to_examine,
    bundle_of_case,
    case_desk,
    case_view,
    cooperation_asked,
    correction_told,
    filled_template,
    inbox_desk,
    listed_inbox,
    my_colleagues,
    notice_templates,
    progress_by_agency,
)
from tongban.cases.queries.emergency import live_until
from tongban.cases.reckoning import reckoning
from tongban.foundation.dates import day_in_words
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ids import uuid7
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.methods import require_safe
from tongban.foundation.pages.posted import read_uuid, revision_of
from tongban.foundation.templatetags.kit import tongued
from tongban.identity.actor import Actor
from tongban.items.queries import Filters, check_services, published_services
from tongban.userspace.actions import mark_all_read
from tongban.userspace.pages import messages_context
from tongban.userspace.queries import asked_unread
from tongban.workbench.common import handles_cases, officer, own_agency, tabs_of, within_case
from tongban.workbench.inbox_rows import inbox_lines
from tongban.workbench.steps import INTAKE, MAX_REASON, Choices, asks_of, particulars_from, step_of


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The first page this post has."""
    tabs = tabs_of(officer(request), "")
    if not tabs.groups:
        raise NotAllowedError(_("Your post has no pages in the workbench."))
    return HttpResponseRedirect(tabs.groups[0][1])


@never_cache
@require_safe
def inbox_page(request: HttpRequest) -> HttpResponse:
    """Open cases of the agency, what is due first on top."""
    actor = officer(request)
    if not handles_cases(actor):
        return start(request)
    today = timezone.localdate()
    asked = {key: str(value) for key, value in request.GET.items()}
    query = {key: value for key, value in asked.items() if key != "after"}
    wanted, unread = wanted_from(query), asked_unread(actor.themselves())
    around = inbox_desk(actor, today, wanted, Cursor.parse(asked.get("after", "")), beside=[unread] if unread else [])
    views, page = around.views, around.page
    # Opened without saying what, it shows what the officer made their default.
    usual = next((view.query for view in views if view.is_default and not asked), {})
    if usual:
        query, wanted = usual, wanted_from(usual)
        page = listed_inbox(actor, today, wanted, away=around.away)
    kept = {key: value for key, value in query.items() if value}
    context = {
        "tabs": tabs_of(actor, "inbox", unread=around.beside[0][0][0] if unread else 0),
        "lines": inbox_lines(page.cases, today, around.colleagues),
        "boxes": boxes_of(around.counts, query),
        "stood_in_for": _stood_in_for(around.stood_in_for) if around.stood_in_for else "",
        "views": [(view, urlencode(view.query), view.query == kept) for view in views],
        "kept_fields": format_html_join("", '<input type="hidden" name="{}" value="{}">', kept.items()),
        "asked_of_us": [row for row in around.requests if row.asked_of_us],
        "we_asked": [row for row in around.requests if not row.asked_of_us],
        "entrusted": around.entrusted,
        "wanted": wanted,
        "due": query.get("due", ""),
        "next_url": f"?{urlencode({**kept, 'after': str(page.next)})}" if page.next else "",
        "first_url": f"?{urlencode(kept or {'state': ''})}" if "after" in request.GET else "",
    }
    return render(request, "workbench/inbox.html", context)


def _stood_in_for(colleagues: Sequence[tuple[str, date]]) -> SafeString:
    """Whose cases are the officer's as well, and until when, in one sentence."""
    return format_html_join(
        _(", "),
        _("{} (until {})"),
        ((tongued(name), day_in_words(last_day)) for name, last_day in colleagues),
    )


def wanted_from(query: Mapping[str, str]) -> InboxFilter:
    """What a query string asks of the inbox; what it cannot mean counts as not said."""
    whose = query.get("whose", "")
    return InboxFilter(
        state=query.get("state", "") if query.get("state") in OPEN_STATES else "",
        late=query.get("due") == "late",
        due_today=query.get("due") == "today",
        text=query.get("text", "")[:100].replace("\x00", ""),
        whose=whose if whose in {"mine", "nobody"} else "",
        waiting=query.get("waiting") == "yes",
    )


def boxes_of(counts: BoxCounts, query: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """The boxes of the inbox with their numbers: label, address, whether it is the one that is open."""
    here = {key: value for key, value in query.items() if value}
    numbers = {
        "open": counts.open,
        "mine": counts.mine,
        "nobodys": counts.nobodys,
        "late": counts.late,
        "due": counts.due_today + counts.late,
        "waiting": counts.waiting,
    }
    return [(f"{label} {numbers[name]}", url, box == here) for name, label, url, box in _boxes(get_language())]


@cache
def _boxes(_language: str | None) -> Sequence[tuple[str, str, str, Mapping[str, str]]]:
    """Name, label, address and query of each."""
    boxes: tuple[tuple[str, str, Mapping[str, str]], ...] = (
        ("open", _("Our agency’s"), {}),
        ("mine", _("Mine"), {"whose": "mine"}),
        ("nobodys", _("Nobody’s yet"), {"whose": "nobody"}),
        ("late", _("Late"), {"due": "late"}),
        ("due", _("Due today or late"), {"due": "today"}),
        ("waiting", _("Waiting for others"), {"waiting": "yes"}),
    )
    # The first box says so, lest the officer's default view opens instead.
    return [(name, label, f"?{urlencode(box or {'state': ''})}", box) for name, label, box in boxes]


@never_cache
@require_safe
def case_page(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Everything on one case, and the steps that can be taken now."""
    actor = officer(request)
    try:
        return case_page_of(request, actor, case_id)
    except NotFoundError:
        # A message on a request for cooperation leads here, too.
        request_id = cooperation_asked(actor, case_id)
        if request_id is None:
            raise
        return HttpResponseRedirect(resolve_url("workbench:cooperation", request_id=request_id))


def case_page_of(
    request: HttpRequest, actor: Actor, case_id: uuid.UUID, shown: actions.Shown | None = None
) -> HttpResponse:
    """The page of a case; with what stands masked, where it was `shown`."""
    view = case_view(actor, case_id, timezone.localdate(), shown)
    desk = case_desk(actor, case_id, timezone.localdate())
    context = _case_context(actor, view) | {
        "desk": desk,
        "emergency": live_until(actor, case_id),
        "note_token": uuid7(),
        "max_note": MAX_NOTE,
        "shown": shown,
        "ask_url": resolve_url("workbench:personal_data", case_id) if view.actions or handles_cases(actor) else "",
    }
    return render(request, "workbench/case.html", context)


def _case_context(actor: Actor, view: CaseView) -> dict[str, Any]:
    last = len(view.events) - 1
    exits = set(intake_table().outcomes)
    return {
        **within_case(actor, view.relations),
        "case": view,
        "reckoning": reckoning(view.clock) if view.clock else None,
        "part_of": bundle_of_case(actor, view.row.id),
        "can_take_in": exits <= set(view.actions) and exits.isdisjoint(view.awaiting_explanation),
        "can_explain": view.overrun_unexplained and EXPLAIN_OVERRUN in view.actions,
        "waiting_steps": [action_label(name, view.procedure) for name in view.awaiting_explanation],
        "hand_over": [(name, action_label(name)) for name in (view.across.deeds if view.across else ())],
        "steps": _steps_of(view),
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


def _steps_of(view: CaseView) -> list[tuple[str, str, str]]:
    """The steps that can be taken now: name, label and kind of the button.

    Where an overrun must be explained first, that stands first and stands out; what would be refused is not offered.
    """
    taken = [name for name in view.actions if name not in view.awaiting_explanation]
    if view.overrun_unexplained:
        taken.sort(key=lambda name: name != EXPLAIN_OVERRUN)
    found = []
    for name in taken:
        step = step_of(name, view.procedure)
        weight = step.weight if step else "secondary"
        if view.overrun_unexplained and EXPLAIN_OVERRUN in taken:
            weight = "" if name == EXPLAIN_OVERRUN else weight or "secondary"
        found.append((name, action_label(name, view.procedure), weight))
    return found


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, case_id: uuid.UUID, action: str) -> HttpResponse:
    """Ask for a step's reason and take it. Posting twice takes it once; who comes second is told."""
    actor = officer(request)
    offer_way_on(request, _("Open the case as it is now"), resolve_url("workbench:case", case_id=case_id))
    errors: dict[str, list[str]] = {}
    given = particulars_from(request.POST)
    if request.method == "POST":
        revision = revision_of(request)
        try:
            case = actions.take_step(actor, case_id, revision, timezone.now(), action, given)
        except InvalidError as invalid:
            errors = {name: [str(text) for text in texts] for name, texts in invalid.fields.items()}
        else:
            taken = step_of(action, procedure_of(case.procedure, case.procedure_version))
            messages.success(request, str(taken.done) if taken else "")
            return HttpResponseRedirect(resolve_url("workbench:case", case_id=case_id))
    view = case_view(actor, case_id, timezone.localdate())
    wanted = step_of(action, view.procedure)
    if wanted is None:
        raise NotFoundError
    known = view.procedure.actions[action]
    if action not in view.actions:
        if view.stage in known.sources:
            raise NotAllowedError(_("This step is for another role at your agency."))
        raise ConflictError(
            _("“%(what)s” is not possible any more: the case is %(state)s.")
            % {"what": action_label(action, view.procedure), "state": view.row.state_label}
        )
    choices = Choices(
        agencies_to_examine(actor, case_id) if "lower_agency" in known.asks else {},
        {str(one.id): one.label(english=english()) for one in my_colleagues(actor, timezone.localdate())}
        if "officers" in known.asks
        else {},
    )
    words = bool({"reason", "remark"} & set(known.asks))
    templates = notice_templates(actor, action) if words and handles_cases(actor) else []
    template = read_uuid(request.GET.get("template", ""))
    if template and request.method != "POST":
        given = replace(given, reason=filled_template(actor, case_id, template, timezone.localdate()))
    values = {
        "reason": given.reason or (correction_told(actor, case_id) if known.document == "correction_notice" else ""),
        "officers": [str(post) for post in given.officers],
        "pause": given.pause,
        "until": given.until.isoformat() if given.until else "",
        "hearing_on": given.hearing_on.isoformat() if given.hearing_on else "",
        "lower_agency": str(given.lower_agency or ""),
        "competent_organ": given.competent_organ,
    }
    context = {
        **within_case(actor, view.relations, case_id, view.row.number),
        "case": view,
        "action": action,
        "label": action_label(action, view.procedure),
        "step": wanted,
        "asks": [
            {"ask": ask, "value": values.get(ask.name, ""), "error": errors.get(ask.name, "")}
            for ask in asks_of(known, view.procedure, view.stage, choices, wanted)
        ],
        "max_reason": MAX_REASON,
        "errors": errors,
        "templates": [(str(t.id), t.name) for t in templates],
        "template": str(template or ""),
    }
    return render(
        request,
        "workbench/step.html",
        context,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def messages_page(request: HttpRequest) -> HttpResponse:
    """What the officer is told in this post; a POST marks all as read."""
    actor = officer(request)
    if request.method == "POST":
        mark_all_read(actor, timezone.now())
        return HttpResponseRedirect(resolve_url("workbench:messages"))
    shown = messages_context(request, actor, "workbench:case" if handles_cases(actor) else "")
    return render(request, "workbench/messages.html", shown | {"tabs": tabs_of(actor, "messages")})


@never_cache
@require_safe
def clock(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Every limit of the case, replayed from its events, day by day."""
    actor = officer(request)
    found = explain_case(actor, case_id, timezone.localdate())
    context = within_case(actor, found.relations, case_id, found.number) | {"clocks": found}
    return render(request, "workbench/clock.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def intake(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Intake by decision table: what the check found leads to one of the five exits of art 32."""
    actor = officer(request)
    offer_way_on(request, _("Open the case as it is now"), resolve_url("workbench:case", case_id=case_id))
    view = case_view(actor, case_id, timezone.localdate())
    exits = set(intake_table().outcomes)
    if not exits & set(view.actions) and request.method != "POST":
        raise ConflictError(_("Intake of this case is over: it is %(state)s.") % {"state": view.row.state_label})
    answers = {name: request.POST.get(name, "") for name in ("needed", "competent", "found")}
    given = particulars_from(request.POST)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        errors = {name: [_("Choose one.")] for name, choices in INTAKE.items() if answers[name] not in dict(choices)}
        revision = revision_of(request)
        findings = Findings(answers["needed"] == "yes", answers["competent"] == "yes", answers["found"])  # type: ignore[arg-type] # checked above
        if not errors:
            try:
                take_in(actor, case_id, revision, timezone.now(), findings, given.reason, given.competent_organ)
            except InvalidError as invalid:
                errors = {name: [str(text) for text in texts] for name, texts in invalid.fields.items()}
            else:
                taken = step_of(exit_for(findings).outcome, view.procedure)
                messages.success(request, str(taken.done) if taken else "")
                return HttpResponseRedirect(resolve_url("workbench:case", case_id=case_id))
    context = {
        **within_case(actor, view.relations, case_id, view.row.number),
        "case": view,
        "choices": INTAKE,
        "answers": answers,
        "reason": given.reason or correction_told(actor, case_id),
        "competent_organ": given.competent_organ,
        "errors": errors,
        "max_reason": MAX_REASON,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "workbench/intake.html", context, status=status)


@never_cache
@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """For supervisors: what is open and late at each agency of the region, in figures without names."""
    actor = officer(request)
    rows = progress_by_agency(actor, timezone.localdate())
    context = {
        "tabs": tabs_of(actor, "progress"),
        "rows": [(row.agency, row.open, row.late, row.escalated) for row in rows],
        "open": sum(row.open for row in rows),
        "late": sum(row.late for row in rows),
        "escalated": sum(row.escalated for row in rows),
        "columns": [_("Agency"), (_("Open"), "number"), (_("Late"), "number"), (_("Legal limit over"), "number")],
    }
    return render(request, "workbench/progress.html", context)


@never_cache
@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """For who keeps the agency's list: its services, and what the consistency rules find in them."""
    actor = officer(request)
    today = timezone.localdate()
    findings = {found.service_id: found.findings for found in check_services(actor, Filters(), today)}
    listed = published_services(actor, Filters(), today).filter(service__agency=own_agency(actor))
    context = {
        "tabs": tabs_of(actor, "services"),
        "services": [
            (version.service_id, version.text("name"), version.is_applicable, findings.get(version.service_id, ()))
            for version in listed
        ],
    }
    return render(request, "workbench/services.html", context)
