"""Handing in materials: the list, and one page a material."""

import uuid
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases.actions import attach, detach, fetch_for_draft, upload
from tongban.cases.queries import DraftView, MaterialTask, draft_view
from tongban.foundation.errors import InvalidError, NotFoundError
from tongban.foundation.pages.methods import require_safe
from tongban.identity.middleware import actor_of
from tongban.portal.progress import progress_of
from tongban.portal.views.apply import gone
from tongban.portal.views.common import for_applicants


@never_cache
@for_applicants
@require_safe
def listing(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """The materials the guide asks for, each with what was handed in so far."""
    try:
        draft = draft_view(actor_of(request), draft_id)
    except NotFoundError:
        return gone(request)
    tasks = [
        {
            "title": each.name,
            "hint": " · ".join(word for word in (each.necessity, *_held(draft, each.task)) if word),
            "url": resolve_url("portal:material", draft_id=draft.id, position=each.task.material.position),
            "status": each.status.label,
            "kind": each.status.kind,
        }
        for each in progress_of(draft, timezone.localdate()).materials
    ]
    return render(request, "portal/apply/materials.html", {"draft": draft, "tasks": tasks})


def _held(draft: DraftView, task: MaterialTask) -> Iterator[str]:
    """What is there for a material, or where it can be fetched from."""
    if task.uploads:
        yield ", ".join(upload.name for upload in task.uploads)
    elif task.material.position in draft.light.fetchable:
        yield _("We can fetch it: %(source)s") % {"source": draft.light.fetchable[task.material.position]}


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, draft_id: uuid.UUID, position: int) -> HttpResponse:
    """One material: POST a `file` to hand it in, or `remove` (an upload's id) to take one out again."""
    actor = actor_of(request)
    try:
        draft = draft_view(actor, draft_id)
    except NotFoundError:
        return gone(request)
    task = next((each for each in draft.materials if each.material.position == position), None)
    if task is None:
        raise Http404
    here = resolve_url("portal:material", draft_id=draft_id, position=position)
    back = resolve_url("portal:materials", draft_id=draft_id)
    errors: Mapping[str, Any] = {}
    if request.method == "POST":
        removed = request.POST.get("remove")
        if removed:
            detach(actor, draft_id, position, _upload_id(removed))
            return HttpResponseRedirect(here)
        if "fetch" in request.POST:
            errors = _fetch(request, draft_id, position)
        elif request.FILES or not task.uploads:
            errors = _hand_in(request, draft_id, position)
        if not errors:
            return HttpResponseRedirect(here if "more" in request.POST else back)
        draft = draft_view(actor, draft_id)
        task = next(each for each in draft.materials if each.material.position == position)
    fetched = any(str(upload.id) in draft.light.fetched for upload in task.uploads)
    context = {
        "draft": draft,
        "task": task,
        "name": task.material.text("name"),
        "note": task.material.text("filling_note"),
        "source": "" if fetched else draft.light.fetchable.get(position, ""),
        "errors": errors,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/apply/material.html", context, status=status)


def _hand_in(request: HttpRequest, draft_id: uuid.UUID, position: int) -> dict[str, list[Any]]:
    """Keep and attach the chosen files; what is wrong with the first that cannot be taken."""
    actor, chosen = actor_of(request), request.FILES.getlist("file")
    if not chosen:
        return {"file": [_("Choose a file.")]}
    for each in chosen:
        try:
            kept = upload(actor, each.name or "", each.read())
            attach(actor, draft_id, position, kept.pk)
        except InvalidError as error:
            return {"file": [message for messages in error.fields.values() for message in messages]}
    return {}


def _fetch(request: HttpRequest, draft_id: uuid.UUID, position: int) -> dict[str, list[Any]]:
    """Fetch the material, if the applicant consents to it."""
    try:
        fetch_for_draft(actor_of(request), draft_id, position, timezone.now(), consent="consent" in request.POST)
    except InvalidError as error:
        return {
            "consent" if name == "consent" else "file": [str(message) for message in found]
            for name, found in error.fields.items()
        }
    return {}


def _upload_id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404 from None
