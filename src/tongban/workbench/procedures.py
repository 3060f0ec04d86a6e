"""Pages for administrators: the procedures there are, drawn, and a place to enter a new version."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases.drawing import draw_procedure
from tongban.cases.procedure import Procedure, ProcedureError
from tongban.cases.procedure_store import PROCEDURES, procedure_of
from tongban.foundation.errors import InvalidError, NotFoundError
from tongban.foundation.pages.methods import require_safe
from tongban.identity.actor import Actor
from tongban.workbench.common import MAX_DOCUMENT, officer, posted_document, tabs_of
from tongban.workbench.desk import Errors, said


@never_cache
@require_safe
def procedure_list(request: HttpRequest) -> HttpResponse:
    """Every version, the latest of each code first."""
    actor = officer(request)
    context = {"tabs": tabs_of(actor, "procedures"), "procedures": PROCEDURES.rows(actor)}
    return render(request, "workbench/procedures.html", context)


@never_cache
@require_safe
def procedure_page(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """One version: the picture, the tables, the text."""
    actor = officer(request)
    text = PROCEDURES.text(actor, code, version)
    return render(request, "workbench/procedure.html", _shown(actor, _known(code, version)) | {"text": text})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def procedure_edit(request: HttpRequest, code: str, version: int) -> HttpResponse:
    """Enter a changed text as the next version; refused with everything that is wrong, by name."""
    actor = officer(request)
    text = PROCEDURES.text(actor, code, version)
    errors: Errors = {}
    if request.method == "POST":
        try:
            text = posted_document(request)
            entered = PROCEDURES.enter(actor, text, timezone.now())
        except InvalidError as invalid:
            errors = said(invalid)
        else:
            messages.success(request, _("Version %(number)s is in force for new cases.") % {"number": entered.version})
            return HttpResponseRedirect(resolve_url("workbench:procedure", entered.code, entered.version))
    context = _shown(actor, _known(code, version)) | {"text": text, "errors": errors, "max_document": MAX_DOCUMENT}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "workbench/procedure_edit.html", context, status=status)


def _known(code: str, version: int) -> Procedure:
    try:
        return procedure_of(code, version)
    except ProcedureError as error:
        raise NotFoundError from error


def _shown(actor: Actor, procedure: Procedure) -> dict[str, object]:
    drawing = draw_procedure(procedure)
    return {
        "tabs": tabs_of(actor, "procedures"),
        "trail": [(_("Procedures"), resolve_url("workbench:procedures"))],
        "procedure": procedure,
        "drawing": drawing,
        "picture": mark_safe(drawing.picture),  # noqa: S308 - drawn here, every text escaped by charts.svg
    }
