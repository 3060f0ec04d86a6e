"""One act on several cases: choose, look once more, do it, see what became of each."""

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases.actions.bulk import ASSIGN, BULK_STEPS, MAX_CASES, Order, Seen, act_on_several
from tongban.cases.labels import action_label, english
from tongban.cases.queries import bulk_run, chosen_cases, my_colleagues
from tongban.foundation.errors import InvalidError
from tongban.foundation.ids import uuid7
from tongban.foundation.pages.methods import require_safe
from tongban.foundation.pages.posted import read_uuid
from tongban.workbench.common import officer, tabs_of
from tongban.workbench.desk import Errors, answer, said, token_from
from tongban.workbench.steps import MAX_REASON, clean


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: HttpRequest) -> HttpResponse:
    """The chosen cases once more, what is to be done with them, and one reason."""
    actor, today = officer(request), timezone.localdate()
    errors: Errors = {}
    given = request.POST if request.method == "POST" else request.GET
    if request.method == "POST":
        try:
            run = act_on_several(actor, token_from(given), _order(given), timezone.now())
        except InvalidError as invalid:
            errors = said(invalid)
        else:
            return HttpResponseRedirect(resolve_url("workbench:bulk_run", run_id=run.pk))
    ids = [one for text in given.getlist("case")[: MAX_CASES + 1] if (one := read_uuid(text))]
    context = {
        "tabs": tabs_of(actor, "inbox"),
        "trail": [(_("Inbox"), resolve_url("workbench:inbox"))],
        "cases": chosen_cases(actor, ids, today),
        "acts": [*((name, action_label(name)) for name in BULK_STEPS), (ASSIGN, _("Assign or pass on"))],
        "posts": [(str(one.id), one.label(english=english())) for one in my_colleagues(actor, today)],
        "given": given,
        "token": given.get("token") or uuid7(),
        "max_reason": MAX_REASON,
    }
    return answer(request, "bulk", context, errors)


def _order(post: QueryDict) -> Order:
    """What the page sent: each case with the revision and the holder it showed."""
    cases = {}
    for text in post.getlist("case")[: MAX_CASES + 1]:
        case_id = read_uuid(text)
        revision = post.get(f"revision-{text}", "")
        if case_id and revision.isascii() and revision.isdecimal():
            cases[case_id] = Seen(int(revision[:9]), read_uuid(post.get(f"holder-{text}", "")))
    return Order(post.get("act", ""), cases, clean(post.get("reason", "")), read_uuid(post.get("post", "")))


@never_cache
@require_safe
def result(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Which cases it was done to, and why not to the others."""
    actor = officer(request)
    run = bulk_run(actor, run_id)
    label = _("Assign or pass on") if run.act == ASSIGN else action_label(run.act)
    trail = [(_("Inbox"), resolve_url("workbench:inbox"))]
    context = {"tabs": tabs_of(actor, "inbox"), "trail": trail, "run": run, "label": label}
    return render(request, "workbench/bulk_result.html", context)
