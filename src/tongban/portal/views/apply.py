"""Applying: the start, the task list, and one group of questions a page."""

import uuid
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.cases.actions import answer_guidance, choose_place, save_draft, start_draft, upload
from tongban.cases.models import Way
from tongban.cases.queries import DraftView, draft_view
from tongban.foundation.errors import InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.forms import FormDefinition, Group
from tongban.foundation.forms.fields import Kind
from tongban.foundation.forms.messages import in_language
from tongban.foundation.pages.methods import require_safe
from tongban.identity.actor import Actor
from tongban.identity.assurance.queries import level_today
from tongban.identity.middleware import actor_of
from tongban.items.guides import service_guide
from tongban.portal.guide import materials_of, mismatch, step_up_words
from tongban.portal.progress import Progress, Status, progress_of
from tongban.portal.views.common import for_applicants

SITUATION = "situation-"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest, service_id: uuid.UUID) -> HttpResponse:
    """Before the first question: for whom one applies and what is needed. POST begins, or takes up what was begun."""
    actor = actor_of(request)
    if not actor.is_signed_in:
        place = request.POST.get("from", "")[:12]
        here = resolve_url("portal:apply", service_id=service_id) + (f"?{urlencode({'from': place})}" if place else "")
        return HttpResponseRedirect(f"{resolve_url('account_login')}?next={quote(here)}")
    guide = service_guide(actor, service_id, timezone.localdate())
    obstacle = mismatch(actor, guide)
    if request.method == "POST" and not obstacle:
        place = request.POST.get("from", "")[:12]
        try:
            draft = start_draft(actor, service_id, timezone.now())
            if place:
                choose_place(actor, draft.pk, place, timezone.now())
            carried = posted_situation(request.POST)
            if carried:
                answer_guidance(actor, draft.pk, carried)
        except (InvalidError, NotAllowedError) as error:
            obstacle = str(error.detail)
        else:
            asks_first = not draft_view(actor, draft.pk).light.is_guided
            page = "portal:situation" if asks_first else "portal:task_list"
            return HttpResponseRedirect(resolve_url(page, draft_id=draft.pk))
    context = {
        "guide": guide,
        "materials": materials_of(guide),
        "obstacle": obstacle,
        "step_up": "" if obstacle else step_up_words(actor, guide),
        "from_place": request.POST.get("from") or request.GET.get("from", ""),
    }
    status = HTTPStatus.FORBIDDEN if obstacle else HTTPStatus.OK
    return render(request, "portal/apply/start.html", context, status=status)


def posted_situation(post: Mapping[str, str]) -> dict[str, str]:
    """Answers to the guidance that a page carried along."""
    return {name.removeprefix(SITUATION): value[:100] for name, value in post.items() if name.startswith(SITUATION)}


def gone(request: HttpRequest) -> HttpResponse:
    """The draft is no more, most likely because it was submitted; where to look instead."""
    return render(request, "portal/apply/gone.html", status=HTTPStatus.NOT_FOUND)


@never_cache
@for_applicants
@require_safe
def task_list(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Everything there is to do, and how far it is."""
    actor = actor_of(request)
    try:
        draft = draft_view(actor, draft_id)
    except NotFoundError:
        return gone(request)
    progress = progress_of(draft, timezone.localdate())
    context = {"draft": draft, "progress": progress, "tasks": _tasks(actor, draft, progress)}
    return render(request, "portal/apply/task_list.html", context)


def _tasks(actor: Actor, draft: DraftView, progress: Progress) -> list[dict[str, str]]:
    language = get_language() or ""
    tasks = [*_light_tasks(draft)]
    tasks += [
        {
            "title": in_language(task.group.title, language),
            "hint": in_language(task.group.hint, language),
            "url": resolve_url("portal:group", draft_id=draft.id, group_id=task.group.id),
            "status": task.status.label,
            "kind": task.status.kind,
        }
        for task in progress.groups
    ]
    if progress.materials:
        needed = [each for each in progress.materials if each.status is not Status.OPTIONAL]
        handed_in = sum(each.status is Status.DONE for each in needed)
        tasks.append(
            {
                "title": _("Materials"),
                "hint": _("%(done)d of %(total)d handed in") % {"done": handed_in, "total": len(needed)}
                if needed
                else "",
                "url": resolve_url("portal:materials", draft_id=draft.id),
                "status": progress.materials_status.label,
                "kind": progress.materials_status.kind,
            }
        )
    tasks += _identity_task(actor, draft)
    check = {
        "title": _("Check your answers and send"),
        "url": resolve_url("portal:check", draft_id=draft.id) if progress.can_check else "",
        "status": "" if progress.can_check else _("Cannot start yet"),
        "kind": "neutral",
    }
    return [*tasks, check]


def _identity_task(actor: Actor, draft: DraftView) -> Iterator[dict[str, str]]:
    """The proof of identity that sending it takes, where there is not enough of it."""
    level = level_today(actor, timezone.localdate())
    if level < draft.assurance_level:
        here = resolve_url("portal:task_list", draft_id=draft.id)
        query = urlencode({"need": draft.assurance_level, "next": here})
        yield {
            "title": _("Prove who you are"),
            "hint": _("Level L%(needed)d is needed to send it; yours is L%(yours)d.")
            % {"needed": draft.assurance_level, "yours": level},
            "url": f"{resolve_url('portal:assurance')}?{query}",
            "status": Status.NOT_STARTED.label,
            "kind": Status.NOT_STARTED.kind,
        }


def _light_tasks(draft: DraftView) -> Iterator[dict[str, str]]:
    """The applicant's situation and the way, before the form."""
    if draft.light.guidance:
        status = Status.DONE if draft.light.is_guided else Status.NOT_STARTED
        yield {
            "title": _("Your situation"),
            "hint": _("A few questions; they decide what is needed"),
            "url": resolve_url("portal:situation", draft_id=draft.id),
            "status": status.label,
            "kind": status.kind,
        }
    if draft.light.ways:
        chosen = {
            Way.COMMITMENT.value: _("On my commitment"),
            Way.OFFICER.value: _("By an officer, not by a rule"),
        }
        usual = _("By published rule, at once where it grants") if Way.OFFICER in draft.light.ways else ""
        yield {
            "title": _("By which way"),
            "hint": chosen.get(draft.light.way, usual or _("The ordinary way")),
            "url": resolve_url("portal:way", draft_id=draft.id),
            "status": Status.OPTIONAL.label,
            "kind": Status.OPTIONAL.kind,
        }


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def group(request: HttpRequest, draft_id: uuid.UUID, group_id: str) -> HttpResponse:
    """One group of questions. POST `later` keeps what can be read and leaves; otherwise the answers must be right."""
    actor = actor_of(request)
    try:
        draft = draft_view(actor, draft_id)
    except NotFoundError:
        return gone(request)
    asked = _group_of(draft.form, group_id)
    errors: Mapping[str, Any] = {}
    if request.method == "POST":
        files, file_errors = keep_files(actor, draft.form, asked, request, draft.answers)
        found, errors = draft.form.parse(group_id, request.POST, draft.answers, files, timezone.localdate())
        errors = {**errors, **file_errors}
        later = "later" in request.POST
        if later or not errors:
            cleared: dict[str, Any] = dict.fromkeys(asked.fields)
            save_draft(actor, draft_id, cleared | found)
            return HttpResponseRedirect(_after(request, draft, group_id, cleared | found, later=later))
    groups = draft.form.groups(draft.answers)
    numbers = [each.id for each in groups]
    context = {
        "draft": draft,
        "group": asked,
        "group_id": group_id,
        "title": in_language(asked.title, get_language() or ""),
        "hint": in_language(asked.hint, get_language() or ""),
        "has_files": any(draft.form.fields[name].kind is Kind.FILE for name in asked.fields),
        "number": numbers.index(group_id) + 1 if group_id in numbers else 0,
        "total": len(numbers),
        "errors": errors,
        "posted": request.POST if errors else None,
        "back_to_check": request.GET.get("from") == "check" or "from_check" in request.POST,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/apply/group.html", context, status=status)


def _group_of(form: FormDefinition, group_id: str) -> Group:
    try:
        return form.group(group_id)
    except KeyError:
        raise Http404 from None


def keep_files(
    actor: Actor, form: FormDefinition, asked: Group, request: HttpRequest, answers: Mapping[str, Any]
) -> tuple[dict[str, dict[str, str]], dict[str, list[Any]]]:
    """Files chosen for file fields, kept in the store; where none was chosen, the one held already stays."""
    files: dict[str, dict[str, str]] = {}
    errors: dict[str, list[Any]] = {}
    for name in asked.fields:
        if form.fields[name].kind is not Kind.FILE:
            continue
        chosen = request.FILES.get(name)
        if chosen is None:
            held = answers.get(name)
            if isinstance(held, dict):
                files[name] = held
            continue
        try:
            kept = upload(actor, chosen.name or "", chosen.read())
        except InvalidError as error:
            errors[name] = [message for messages in error.fields.values() for message in messages]
        else:
            files[name] = {"digest": kept.digest, "name": kept.file_name}
    return files, errors


def _after(request: HttpRequest, draft: DraftView, group_id: str, answers: Mapping[str, Any], *, later: bool) -> str:
    """Where to go when a group is saved: the next group, the materials, or back to where one came from."""
    if later:
        return resolve_url("portal:my_space")
    if "from_check" in request.POST:
        return resolve_url("portal:check", draft_id=draft.id)
    merged = {name: value for name, value in {**draft.answers, **answers}.items() if value is not None}
    ids = [each.id for each in draft.form.groups(merged)]
    following = ids[ids.index(group_id) + 1 :] if group_id in ids else []
    if following:
        return resolve_url("portal:group", draft_id=draft.id, group_id=following[0])
    return resolve_url("portal:task_list", draft_id=draft.id)
