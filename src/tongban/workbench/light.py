"""Pages for officers and administrators: tasks beside the inbox, bad credit, and the decision tables."""

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases.actions import repair_credit
from tongban.cases.queries import case_view
from tongban.cases.queries.light import (
    agency_credit,
    agency_tasks,
    case_light,
    decision_table,
    decision_tables,
    rule_explanations,
)
from tongban.foundation.errors import InvalidError
from tongban.foundation.pages.methods import require_safe
from tongban.identity.authority import Relation
from tongban.workbench.common import officer, tabs_of, within_case
from tongban.workbench.steps import MAX_REASON


@never_cache
@require_safe
def tasks(request: HttpRequest) -> HttpResponse:
    """Later checks of commitments and reviews of what rules decided, what is due first on top; bad credit."""
    actor = officer(request)
    context = {
        "tabs": tabs_of(actor, "tasks"),
        "tasks": agency_tasks(actor, timezone.localdate()),
        "credit": agency_credit(actor),
        "may_repair": actor.may("repair", "credit", {Relation.OWN_AGENCY}),
    }
    return render(request, "workbench/tasks.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def repair(request: HttpRequest, record_id: int) -> HttpResponse:
    """Mark bad credit as repaired, with the reason."""
    actor = officer(request)
    record = next((row for row in agency_credit(actor) if row.id == record_id), None)
    errors: dict[str, list[str]] = {}
    reason = request.POST.get("reason", "").replace("\x00", "")[:MAX_REASON]
    if request.method == "POST":
        try:
            repair_credit(actor, record_id, timezone.now(), reason)
        except InvalidError as invalid:
            errors = {name: [str(text) for text in texts] for name, texts in invalid.fields.items()}
        else:
            messages.success(request, _("Repaired: commitment is possible again."))
            return HttpResponseRedirect(resolve_url("workbench:tasks"))
    if record is None:
        return HttpResponseRedirect(resolve_url("workbench:tasks"))
    context = {
        "tabs": tabs_of(actor, "tasks"),
        "trail": [(_("Tasks"), resolve_url("workbench:tasks"))],
        "record": record,
        "reason": reason,
        "errors": errors,
        "max_reason": MAX_REASON,
    }
    return render(
        request, "workbench/repair.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    )


@never_cache
@require_safe
def case_light_page(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """What light handling made of a case: the frozen list, the undertaking, what was fetched, what a rule decided."""
    actor = officer(request)
    view = case_view(actor, case_id, timezone.localdate())
    light = case_light(actor, case_id)
    context = {
        **within_case(actor, view.relations, case_id, view.row.number),
        "case": view,
        "light": light,
        "decisions": rule_explanations(actor, case_id)[1] if light.decided_by_rule else [],
    }
    return render(request, "workbench/case_light.html", context)


@never_cache
@require_safe
def tables(request: HttpRequest) -> HttpResponse:
    """Every decision table in force, with its version."""
    actor = officer(request)
    context = {"tabs": tabs_of(actor, "tables"), "tables": decision_tables(actor, timezone.localdate())}
    return render(request, "workbench/tables.html", context)


@never_cache
@require_safe
def table(request: HttpRequest, service_id: uuid.UUID, code: str) -> HttpResponse:
    """One table as a grid: a column a fact, a line a rule."""
    actor = officer(request)
    context = {
        "tabs": tabs_of(actor, "tables"),
        "trail": [(_("Decision tables"), resolve_url("workbench:tables"))],
        "table": decision_table(actor, service_id, code, timezone.localdate()),
    }
    return render(request, "workbench/table.html", context)
