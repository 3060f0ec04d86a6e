"""Correcting an application that was returned: one page with the notice, the answers and the materials."""

import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases.actions import supplement, upload
from tongban.cases.correction import CorrectionView, correction_view
from tongban.foundation.errors import ConflictError, InvalidError
from tongban.foundation.forms.messages import in_language
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.posted import revision_of
from tongban.identity.actor import Actor
from tongban.identity.middleware import actor_of
from tongban.portal.views.apply import keep_files
from tongban.portal.views.common import for_applicants


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Correct and send. Files that were uploaded stay when something else is wrong: their ids travel in the page."""
    offer_way_on(request, _("Open the case as it is now"), resolve_url("portal:case", case_id=case_id))
    actor = actor_of(request)
    if request.method == "POST":
        return _send(request, actor, case_id)
    return _draw(request, correction_view(actor, case_id), {}, {})


def _send(request: HttpRequest, actor: Actor, case_id: uuid.UUID) -> HttpResponse:
    try:
        view = correction_view(actor, case_id)
    except ConflictError:
        # Sent already, perhaps by the first of two clicks: the case says how it stands.
        messages.info(request, _("This case does not wait for your correction any more."))
        return HttpResponseRedirect(resolve_url("portal:case", case_id=case_id))
    revision = revision_of(request)
    uploads, errors = _uploads(request, actor, view)
    answers: dict[str, Any] = {}
    for group in view.form.groups(view.answers):
        files, file_errors = keep_files(actor, view.form, group, request, view.answers)
        found, wrong = view.form.parse(group.id, request.POST, {**view.answers, **answers}, files, timezone.localdate())
        answers |= found
        errors |= wrong | file_errors
    if not errors:
        try:
            supplement(
                actor,
                case_id,
                revision,
                timezone.now(),
                answers,
                {position: [key for key, _name in kept] for position, kept in uploads.items()},
            )
        except InvalidError as error:
            errors = dict(error.fields)
        else:
            messages.success(request, _("Your correction was sent. The agency looks at it again."))
            return HttpResponseRedirect(resolve_url("portal:case", case_id=case_id))
    return _draw(request, view, errors, uploads)


Uploads = dict[int, list[tuple[uuid.UUID, str]]]


def _uploads(request: HttpRequest, actor: Actor, view: CorrectionView) -> tuple[Uploads, dict[str, Any]]:
    """Files by position: those uploaded with an earlier try of this page (`kept-<position>`), and those chosen now."""
    uploads: Uploads = {}
    errors: dict[str, Any] = {}
    for each in view.materials:
        position = each.material.position
        kept = []
        for text in request.POST.getlist(f"kept-{position}"):
            key, _separator, name = text.partition(":")
            try:
                kept.append((uuid.UUID(key), name))
            except ValueError:
                continue
        for chosen in request.FILES.getlist(f"material-{position}"):
            try:
                new = upload(actor, chosen.name or "", chosen.read())
            except InvalidError as error:
                errors[f"material-{position}"] = [m for found in error.fields.values() for m in found]
            else:
                kept.append((new.pk, new.file_name))
        if kept:
            uploads[position] = kept
    return uploads, errors


def _draw(request: HttpRequest, view: CorrectionView, errors: Mapping[str, Any], uploads: Uploads) -> HttpResponse:
    language = get_language() or ""
    context = {
        "case": view,
        "errors": errors,
        "posted": request.POST if request.method == "POST" else None,
        "groups": [(group.id, in_language(group.title, language)) for group in view.form.groups(view.answers)],
        "materials": [
            {
                "field": f"material-{each.material.position}",
                "kept_field": f"kept-{each.material.position}",
                "name": each.material.text("name"),
                "handed_in": each.file_names,
                "error": errors.get(f"material-{each.material.position}", ""),
                "kept": [
                    {"value": f"{key}:{name}", "name": name} for key, name in uploads.get(each.material.position, [])
                ],
            }
            for each in view.materials
        ],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/correct.html", context, status=status)
