"""The last page before sending: every answer with a way to change it, a declaration, and the one button."""

import uuid
from collections.abc import Mapping, Sequence
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

from tongban.cases.actions import discard_draft, submit_draft
from tongban.cases.queries import DraftView, draft_view
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.pages.fields import message_texts
from tongban.identity.middleware import actor_of
from tongban.portal.progress import progress_of
from tongban.portal.views.apply import gone
from tongban.portal.views.common import for_applicants

MATERIAL_PREFIX = "materials."


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Everything once more. POST with `declaration` submits; sent twice it is the one case."""
    actor = actor_of(request)
    problems: list[tuple[str, str]] = []
    errors: Mapping[str, Any] = {}
    if request.method == "POST":
        if "declaration" not in request.POST:
            errors = {"declaration": [_("Confirm that what you state is true.")]}
        else:
            try:
                case = submit_draft(actor, draft_id, timezone.now())
            except ConflictError as error:
                messages.warning(request, str(error.detail))
                return HttpResponseRedirect(resolve_url("portal:task_list", draft_id=draft_id))
            except NotFoundError:
                return gone(request)
            except NotAllowedError as error:
                problems = [("", str(error.detail))]
            except InvalidError as error:
                problems = _linked(draft_view(actor, draft_id), error.fields)
            else:
                return HttpResponseRedirect(resolve_url("portal:receipt", case_id=case.pk))
    try:
        draft = draft_view(actor, draft_id)
    except NotFoundError:
        return gone(request)
    if request.method != "POST" and not progress_of(draft, timezone.localdate()).can_check:
        return HttpResponseRedirect(resolve_url("portal:task_list", draft_id=draft_id))
    context = {
        "draft": draft,
        "groups": _groups(draft),
        "materials": _materials(draft),
        "errors": errors or problems,
        "problems": problems,
        "declaration_error": errors.get("declaration", ""),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors or problems else HTTPStatus.OK
    return render(request, "portal/apply/check.html", context, status=status)


def _groups(draft: DraftView) -> list[dict[str, Any]]:
    summary = draft.form.summary(draft.answers, get_language() or "zh-hans")
    return [
        {
            "title": group.title,
            "rows": [
                {"label": row.label, "value": row.value, "change_url": _change_url(draft, group.id, row.field)}
                for row in group.rows
            ],
        }
        for group in summary
    ]


def _change_url(draft: DraftView, group_id: str, field: str) -> str:
    page = resolve_url("portal:group", draft_id=draft.id, group_id=group_id)
    return f"{page}?from=check#field-{field}"


def _materials(draft: DraftView) -> list[dict[str, Any]]:
    return [
        {
            "label": task.material.text("name"),
            "value": [upload.name for upload in task.uploads],
            "change_url": resolve_url("portal:material", draft_id=draft.id, position=task.material.position),
        }
        for task in draft.materials
    ]


def _linked(draft: DraftView, fields: Mapping[str, Sequence[Any]]) -> list[tuple[str, str]]:
    """(address, message): what is wrong, leading to the page on which it is put right."""
    group_of = {name: group.id for group in draft.form.group_list for name in group.fields}
    links = []
    for name, found in fields.items():
        address = ""
        if name in group_of:
            address = _change_url(draft, group_of[name], name)
        elif name.startswith(MATERIAL_PREFIX) and name.removeprefix(MATERIAL_PREFIX).isdigit():
            position = int(name.removeprefix(MATERIAL_PREFIX))
            address = resolve_url("portal:material", draft_id=draft.id, position=position)
        links += [(address, text) for text in message_texts(found)]
    return links


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Throw a draft away, after asking once."""
    actor = actor_of(request)
    if request.method == "POST":
        try:
            discard_draft(actor, draft_id)
        except NotFoundError:
            return gone(request)
        messages.success(request, _("The draft was deleted."))
        return HttpResponseRedirect(resolve_url("portal:my_space"))
    try:
        draft = draft_view(actor, draft_id)
    except NotFoundError:
        return gone(request)
    return render(request, "portal/apply/discard.html", {"draft": draft})
