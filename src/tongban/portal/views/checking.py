"""The last page before sending: every answer with a way to change it, a declaration, and the one button."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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

from tongban.cases.actions import discard_draft, submit_bundle_draft, submit_draft
from tongban.cases.models import Way
from tongban.cases.queries import DraftView, draft_view, is_for_several
from tongban.foundation.errors import (
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    StepUpNeededError,
)
from tongban.foundation.pages.fields import message_texts
from tongban.identity.actor import Actor
from tongban.identity.assurance.queries import level_today
from tongban.identity.middleware import actor_of
from tongban.items.models import Necessity
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
    sent = _Sent()
    if request.method == "POST":
        try:
            sent = _send(request, actor, draft_id)
        except NotFoundError:
            return gone(request)
        if sent.address:
            return HttpResponseRedirect(sent.address)
    try:
        draft = draft_view(actor, draft_id)
    except NotFoundError:
        return gone(request)
    if request.method != "POST":
        if not progress_of(draft, timezone.localdate()).can_check:
            return HttpResponseRedirect(resolve_url("portal:task_list", draft_id=draft_id))
        level = level_today(actor, timezone.localdate())
        if level < draft.assurance_level:
            raise StepUpNeededError(draft.assurance_level, level)
    context = {
        "draft": draft,
        "groups": _groups(draft),
        "materials": _materials(draft),
        "errors": sent.errors or sent.problems,
        "problems": sent.problems,
        "ticks": _ticks(draft, sent.errors),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if sent.errors or sent.problems else HTTPStatus.OK
    return render(request, "portal/apply/check.html", context, status=status)


@dataclass(frozen=True)
class _Sent:
    """What came of sending: where to go on, or what is wrong, by tick or with the page that puts it right."""

    address: str = ""
    errors: Mapping[str, Any] = field(default_factory=dict)
    problems: Sequence[tuple[str, str]] = ()


def _send(request: HttpRequest, actor: Actor, draft_id: uuid.UUID) -> _Sent:
    """Raises:
    NotFoundError: the draft is no more.
    StepUpNeededError: the actor must first prove who they are.
    """
    errors = _unticked(actor, draft_id, request.POST)
    if errors:
        return _Sent(errors=errors)
    try:
        return _Sent(_submit(actor, draft_id, request.POST))
    except ConflictError as error:
        messages.warning(request, str(error.detail))
        return _Sent(resolve_url("portal:task_list", draft_id=draft_id))
    except StepUpNeededError:
        raise
    except NotAllowedError as error:
        return _Sent(problems=[("", str(error.detail))])
    except InvalidError as error:
        return _Sent(problems=_linked(draft_view(actor, draft_id), error.fields))


def _submit(actor: Actor, draft_id: uuid.UUID, post: Mapping[str, str]) -> str:
    """Send the draft; the page that says so. A draft sent before leads to what it became."""
    now = timezone.now()
    if is_for_several(actor, draft_id):
        bundle = submit_bundle_draft(actor, draft_id, now)
        return f"{resolve_url('portal:bundle_case', bundle_id=bundle.pk)}?sent"
    undertaken, materials_follow = "undertaken" in post, "materials_follow" in post
    case = submit_draft(actor, draft_id, now, undertaken=undertaken, materials_follow=materials_follow)
    return resolve_url("portal:receipt", case_id=case.pk)


def _ticks(draft: DraftView, errors: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is confirmed before sending: that it is true, and what is undertaken."""
    labels = {
        "declaration": _(
            "I confirm that what I state is true and complete, and that I answer in law for false statements."
        )
    }
    if draft.light.way == Way.COMMITMENT:
        labels["undertaken"] = _("I know the conditions, duties and liability above and undertake to meet them.")
    following = _following(draft)
    if following:
        labels["materials_follow"] = _(
            "I undertake to hand in by the day the agency tells me, and know that the application counts as withdrawn "
            "otherwise: %(names)s."
        ) % {"names": _(", ").join(following)}
    return [{"name": name, "label": label, "error": errors.get(name, [""])[0]} for name, label in labels.items()]


def _following(draft: DraftView) -> list[str]:
    """What may follow and is not there."""
    if not draft.defers:
        return []
    return [
        task.material.text("name")
        for task in draft.materials
        if task.material.necessity == Necessity.DEFERRABLE and not task.uploads
    ]


def _unticked(actor: Actor, draft_id: uuid.UUID, post: Mapping[str, str]) -> dict[str, list[str]]:
    """What is not confirmed; nothing for a draft that was sent already, whose case is found."""
    if "declaration" not in post:
        return {"declaration": [_("Confirm that what you state is true.")]}
    try:
        ticks = _ticks(draft_view(actor, draft_id), {})
    except NotFoundError:
        return {}
    unticked = [each["name"] for each in ticks if each["name"] not in post]
    return {name: [_("Confirm this before you send the application.")] for name in unticked}


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
        elif name.startswith("situation."):
            address = resolve_url("portal:situation", draft_id=draft.id)
        elif name == "way":
            address = resolve_url("portal:way", draft_id=draft.id)
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
