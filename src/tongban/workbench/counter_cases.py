"""What who is at the desk does with a case they have: correct and send it, or take it back."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases.actions import supplement, upload, withdraw
from tongban.cases.correction import CorrectionView, correction_view
from tongban.cases.queries import case_view
from tongban.foundation.errors import ConflictError, InvalidError
from tongban.foundation.forms.fields import Kind
from tongban.foundation.forms.messages import worded
from tongban.foundation.pages.posted import read_uuid, revision_of
from tongban.identity.actor import Actor
from tongban.workbench.counter import counter_context, file_answer, serving_at
from tongban.workbench.desk import answer, said
from tongban.workbench.steps import MAX_REASON, clean

Kept = dict[int, list[tuple[uuid.UUID, str]]]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, check_id: uuid.UUID, case_id: uuid.UUID) -> HttpResponse:
    """The notice, the answers, the materials: corrected with the applicant, and sent."""
    serving, here = serving_at(request, check_id), _case_page(check_id, case_id)
    view = correction_view(serving, case_id)
    errors: dict[str, Any] = {}
    kept: Kept = {}
    if request.method == "POST":
        revision, kept = revision_of(request), _kept(request, serving, view, errors)
        answers = _answers(request, serving, view, errors)
        if not errors:
            uploads = {position: [key for key, _name in files] for position, files in kept.items() if files}
            try:
                supplement(serving, case_id, revision, timezone.now(), answers, uploads)
            except InvalidError as invalid:
                errors = {name.replace("materials.", "material-"): texts for name, texts in said(invalid).items()}
            else:
                messages.success(request, _("The correction was sent. The agency looks at it again."))
                return HttpResponseRedirect(here)
    context = counter_context(serving, check_id) | {
        "case": view,
        "groups": [(group.id, worded(group.title)) for group in view.form.groups(view.answers)],
        "posted": request.POST if request.method == "POST" else None,
        "materials": [
            {
                "field": f"material-{each.material.position}",
                "kept_field": f"kept-{each.material.position}",
                "name": each.material.text("name"),
                "handed_in": each.file_names,
                "error": errors.get(f"material-{each.material.position}", ""),
                "kept": [(f"{key}:{name}", name) for key, name in kept.get(each.material.position, ())],
                "kept_values": [f"{key}:{name}" for key, name in kept.get(each.material.position, ())],
            }
            for each in view.materials
        ],
    }
    return answer(request, "counter_correct", context, errors)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, check_id: uuid.UUID, case_id: uuid.UUID) -> HttpResponse:
    """Withdraw the application, after asking once."""
    serving, here = serving_at(request, check_id), _case_page(check_id, case_id)
    if request.method == "POST":
        withdraw(serving, case_id, revision_of(request), timezone.now(), clean(request.POST.get("reason", "")))
        messages.success(request, _("The application is withdrawn."))
        return HttpResponseRedirect(here)
    view = case_view(serving, case_id, timezone.localdate())
    if "withdraw" not in view.actions:
        raise ConflictError(_("This is not possible (any more). Open the case as it is now."))
    context = counter_context(serving, check_id) | {"case": view, "max_reason": MAX_REASON}
    return answer(request, "counter_withdraw", context, {})


def _case_page(check_id: uuid.UUID, case_id: uuid.UUID) -> str:
    return resolve_url("workbench:counter_receipt", check_id=check_id, case_id=case_id)


def _kept(request: HttpRequest, serving: Actor, view: CorrectionView, errors: dict[str, Any]) -> Kept:
    """Files by position: those of an earlier try of this page, and those scanned now."""
    found: Kept = {}
    for each in view.materials:
        position = each.material.position
        files = [text.partition(":") for text in request.POST.getlist(f"kept-{position}")]
        found[position] = [(key, name) for text, _colon, name in files if (key := read_uuid(text))]
        for given in request.FILES.getlist(f"material-{position}"):
            try:
                new = upload(serving, given.name or "", given.read())
            except InvalidError as invalid:
                errors[f"material-{position}"] = [text for texts in said(invalid).values() for text in texts]
            else:
                found[position].append((new.pk, new.file_name))
    return found


def _answers(request: HttpRequest, serving: Actor, view: CorrectionView, errors: dict[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for group in view.form.groups(view.answers):
        files: dict[str, dict[str, str]] = {}
        for name in group.fields:
            if view.form.fields[name].kind is Kind.FILE:
                kept, wrong_files = file_answer(request, serving, name, view.answers.get(name))
                files |= kept
                errors.update(wrong_files)
        now = {**view.answers, **answers}
        found, wrong = view.form.parse(group.id, request.POST, now, files, timezone.localdate())
        answers |= found
        errors.update(wrong)
    return answers
