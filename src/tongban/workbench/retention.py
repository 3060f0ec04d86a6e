"""What the retention rules would remove: looked at and approved here, removed by the worker."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.foundation import retention
from tongban.foundation.errors import NotFoundError
from tongban.foundation.models import RetentionReport
from tongban.foundation.pages.posted import read_uuid
from tongban.workbench.common import officer, tabs_of


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The rules, the report that waits, and earlier ones; a POST approves the one it names."""
    actor = officer(request)
    if request.method == "POST":
        wanted = read_uuid(request.POST.get("report", ""))
        if wanted is None:
            raise NotFoundError
        retention.approve_report(actor, wanted, timezone.now())
        messages.success(request, _("Approved. What it names is removed within ten minutes."))
        return HttpResponseRedirect(resolve_url("workbench:retention"))
    reports = retention.newest_reports(actor)
    waiting = next((one for one in reports if one.report.state == RetentionReport.State.OPEN), None)
    context = {
        "tabs": tabs_of(actor, "retention"),
        "waiting": waiting,
        "earlier": [one for one in reports if one is not waiting],
        "columns": [_("Records"), _("Older than"), (_("How many"), "number"), _("Why so long")],
        "waiting_rows": [_cells(row) for row in waiting.rows] if waiting else [],
        "rules": [
            (
                rule.words(rule.name),
                _("%(days)d days from: %(since)s") % {"days": rule.days, "since": rule.words(rule.since)},
                _("%(source)s (a setting)") % {"source": rule.words(rule.source)}
                if rule.setting
                else rule.words(rule.source),
            )
            for rule in retention.rules()
        ],
        "rule_columns": [_("Records"), _("Kept"), _("By")],
    }
    return render(request, "workbench/retention.html", context)


def _cells(row: retention.ReportRow) -> tuple[str, str, int, str]:
    return row.name, f"{timezone.localtime(row.before):%Y-%m-%d}", row.count, row.rule.words(row.rule.source)
