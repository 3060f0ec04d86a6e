"""Pages of emergency access: opening one case, one's own uses, and the auditors' list with their reviews."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongban.cases.actions.emergency import (
    MAX_REASON,
    Emergency,
    end_emergency_access,
    open_in_emergency,
    review_emergency_access,
)
from tongban.cases.queries import id_of_number
from tongban.cases.queries.emergency import emergency_access, emergency_accesses, my_emergency_accesses
from tongban.foundation.errors import InvalidError, NotAllowedError, NotFoundError
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may
from tongban.identity.emergency import EmergencyAccess
from tongban.workbench.common import officer, tabs_of
from tongban.workbench.desk import Errors, answer, number_from, said
from tongban.workbench.steps import clean

# Where a post with a right to open a case may find one, as the table has it.
_REACH = (Relation.OWN_LINE, Relation.OWN_REGION)


def may_open(actor: Actor) -> bool:
    """Whether the post may open cases in an emergency at all; which ones is asked of each."""
    return may(actor, "break_glass", "case", _REACH)


def may_audit(actor: Actor) -> bool:
    """Whether the post reads the uses of others."""
    return may(actor, "read", "break_glass", {Relation.OWN_REGION})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def emergency_page(request: HttpRequest) -> HttpResponse:
    """For who may open a case: the form, and what the post opened. For auditors: every use in the region."""
    actor, post = officer(request), request.POST
    opens, audits = may_open(actor), may_audit(actor)
    if not (opens or audits):
        raise NotAllowedError(_("Your post has no emergency access."))
    errors: Errors = {}
    delays = may(actor, "delay_notice", "case", _REACH)
    if request.method == "POST":
        stated = Emergency(
            clean(post.get("reason", "")),
            number_from(post, "hours"),
            number_from(post, "delay_days") if delays else 0,
            clean(post.get("delay_reason", "")) if delays else "",
        )
        try:
            case_id = id_of_number(post.get("number", ""))
            access = open_in_emergency(actor, case_id, stated, timezone.now())
        except InvalidError as invalid:
            errors = said(invalid)
        except NotFoundError as unknown:
            errors = {"number": [str(unknown)]}
        else:
            messages.success(request, _("The case is open to you until the stated time. Every reading is recorded."))
            return HttpResponseRedirect(resolve_url("workbench:case", case_id=access.object_id))
    unreviewed = request.GET.get("show") != "all"
    context = {
        "tabs": tabs_of(actor, "emergencies"),
        "opens": opens,
        "audits": audits,
        "delays": delays,
        "mine": my_emergency_accesses(actor) if opens else (),
        "uses": emergency_accesses(actor, unreviewed=unreviewed) if audits else (),
        "shown": [
            (_("To be reviewed"), "?", unreviewed),
            (_("All"), "?show=all", not unreviewed),
        ],
        "most_hours": settings.EMERGENCY_HOURS,
        "most_days": settings.EMERGENCY_NOTICE_DAYS,
        "max_reason": MAX_REASON,
        "given": post,
    }
    return answer(request, "emergencies", context, errors)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def emergency_use(request: HttpRequest, access_id: uuid.UUID) -> HttpResponse:
    """One use with its readings; the auditor says what the review found."""
    actor = officer(request)
    errors: Errors = {}
    if request.method == "POST":
        try:
            finding, remark = request.POST.get("finding", ""), clean(request.POST.get("remark", ""))
            review_emergency_access(actor, access_id, finding, remark, timezone.now())
        except InvalidError as invalid:
            errors = said(invalid)
        else:
            messages.success(request, _("The review is recorded."))
            return HttpResponseRedirect(resolve_url("workbench:emergencies"))
    context = {
        "tabs": tabs_of(actor, ""),
        "trail": [(_("Emergency access"), resolve_url("workbench:emergencies"))],
        "view": emergency_access(actor, access_id),
        "findings": [(value, str(label).capitalize()) for value, label in EmergencyAccess.Finding.choices],
        "max_reason": MAX_REASON,
        "given": request.POST,
    }
    return answer(request, "emergency", context, errors)


@require_POST
def end_emergency(request: HttpRequest, access_id: uuid.UUID) -> HttpResponse:
    """Close what the post opened, before its time."""
    end_emergency_access(officer(request), access_id, timezone.now())
    messages.success(request, _("The emergency access is over."))
    return HttpResponseRedirect(resolve_url("workbench:emergencies"))
