"""The register at the workbench: people and their guardians, organisations, requests to correct one's data."""

import uuid
from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tongban.foundation.errors import ConflictError, InvalidError, NotFoundError
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.methods import require_safe
from tongban.foundation.pages.posted import day_parts, read_day, read_uuid
from tongban.identity.actor import Actor
from tongban.identity.assurance.actions import revoke_verification
from tongban.identity.authority import may
from tongban.identity.entering import (
    Guarding,
    change_representative,
    dissolve_organisation,
    end_guardianship,
    enter_guardianship,
    record_death,
)
from tongban.identity.finding import PaperGiven
from tongban.identity.models import Guardianship, Paper
from tongban.identity.own_data import Answer, answer_correction, merge_people
from tongban.identity.papers import CHINA, PaperKind
from tongban.identity.register import (
    correction,
    find_account,
    find_organisation,
    find_person,
    open_corrections,
    organisation_entry,
    organisation_to_enter,
    person_entry,
    person_to_enter,
    require_register,
)
from tongban.workbench.common import officer, tabs_of
from tongban.workbench.desk import Errors, answer, said
from tongban.workbench.steps import clean


@never_cache
@sensitive_post_parameters("number")
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Find somebody by a paper or a user name, an organisation by its code. Numbers are posted, never in an address."""
    actor, post = officer(request), request.POST
    require_register(actor)
    errors: Errors = {}
    if request.method == "POST":
        try:
            return HttpResponseRedirect(_found(actor, post))
        except InvalidError as invalid:
            errors = said(invalid)
        except NotFoundError as missing:
            errors = {_field_of(post): [str(missing.detail)]}
    context = {
        "tabs": tabs_of(actor, "people"),
        "papers": [(paper.value, str(paper.label).capitalize()) for paper in Paper],
        "given": post,
        "organisations": may(actor, "change_representative", "identity"),
    }
    return answer(request, "people", context, errors)


def _field_of(post: QueryDict) -> str:
    return next((name for name in ("credit_code", "username") if post.get(name)), "number")


def _found(actor: Actor, post: QueryDict, prefix: str = "") -> str:
    if code := clean(post.get("credit_code", ""))[:40]:
        found = find_organisation(actor, code)
        return resolve_url("workbench:organisation", organisation_id=found)
    return resolve_url("workbench:person", person_id=_person_of(actor, post, prefix))


def _person_of(actor: Actor, post: QueryDict, prefix: str = "") -> uuid.UUID:
    """Whom the boxes of a form name: by user name, or by a paper."""
    username, number = post.get(f"{prefix}username", ""), clean(post.get(f"{prefix}number", ""))[:40]
    if username and not number:
        return find_account(actor, clean(username)[:150])
    kind = post.get(f"{prefix}paper", "")
    chosen = PaperKind(kind) if kind in set(PaperKind) else PaperKind.RESIDENT
    return find_person(actor, PaperGiven(chosen, number, clean(post.get(f"{prefix}country", ""))[:3] or CHINA))


@never_cache
@sensitive_post_parameters("number")
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """What is registered of somebody, and what this post may enter."""
    actor, post = officer(request), request.POST
    here = resolve_url("workbench:person", person_id=person_id)
    offer_way_on(request, _("Back"), here)
    errors: Errors = {}
    if request.method == "POST":
        acts: dict[str, Callable[[Actor, uuid.UUID, QueryDict], str]] = {
            "guard": _guard,
            "end_guard": _end_guard,
            "revoke": _revoke,
            "death": _death,
            "merge": _merge,
        }
        act = next((acts[name] for name in acts if name in post), None)
        try:
            if act:
                messages.success(request, act(actor, person_id, post))
            return HttpResponseRedirect(here)
        except InvalidError as invalid:
            errors = _under_its_box(said(invalid), post)
        except (NotFoundError, ConflictError) as refused:
            errors = _under_its_box({"number": [str(refused.detail)]}, post)
    entry = person_entry(actor, person_id)
    context = {
        "tabs": tabs_of(actor, "people"),
        "trail": [(_("People and organisations"), resolve_url("workbench:people"))],
        "entry": entry,
        # One form a row, each with a box of its own.
        "verifications": [
            (row, box, errors.get(box)) for row in entry.verifications for box in [f"revoke_reason_{row.id}"]
        ],
        "papers": [(paper.value, str(paper.label).capitalize()) for paper in Paper],
        "kinds": [(kind.value, str(kind.label).capitalize()) for kind in Guardianship.Kind],
        "given": post,
        "died_on": day_parts(post, "died_on"),
    }
    return answer(request, "person", context, errors)


_BOXES = {
    "merge": {"number": "other_number", "country": "other_number"},
    "death": {"document": "death_document"},
}


def _under_its_box(errors: Errors, post: QueryDict) -> Errors:
    """The page has several forms: what is wrong is named by the box of the form that was sent."""
    boxes = next((_BOXES[name] for name in _BOXES if name in post), {})
    if "revoke" in post:
        boxes = {"reason": f"revoke_reason_{post['revoke']}"}
    return {boxes.get(name, name): texts for name, texts in errors.items()}


def _guard(actor: Actor, person_id: uuid.UUID, post: QueryDict) -> str:
    guardian = _person_of(actor, post)
    given = Guarding(
        person_to_enter(actor, person_id),
        person_to_enter(actor, guardian),
        post.get("kind", ""),
        clean(post.get("document", "")),
    )
    enter_guardianship(actor, given, timezone.now())
    return _("The guardian can act for the ward from now on.")


def _end_guard(actor: Actor, _person_id: uuid.UUID, post: QueryDict) -> str:
    chosen = read_uuid(post.get("end_guard", ""))
    if chosen is None:
        raise NotFoundError
    end_guardianship(actor, chosen, clean(post.get("reason", "")), timezone.now())
    return _("The guardianship is ended.")


def _revoke(actor: Actor, _person_id: uuid.UUID, post: QueryDict) -> str:
    chosen = read_uuid(post.get("revoke", ""))
    if chosen is None:
        raise NotFoundError
    revoke_verification(actor, chosen, clean(post.get(f"revoke_reason_{chosen}", "")), timezone.now())
    return _("It counts no more; the person's level follows from the others.")


def _death(actor: Actor, person_id: uuid.UUID, post: QueryDict) -> str:
    record_death(
        actor,
        person_to_enter(actor, person_id),
        _day(post, "died_on"),
        clean(post.get("death_document", "")),
        timezone.now(),
    )
    return _("It is recorded. Nobody signs in as this person any more, and all delegations are ended.")


def _merge(actor: Actor, person_id: uuid.UUID, post: QueryDict) -> str:
    other = _person_of(actor, post, "other_")
    merge_people(
        actor,
        person_to_enter(actor, person_id),
        person_to_enter(actor, other),
        clean(post.get("merge_reason", "")),
        timezone.now(),
    )
    return _("The two entries are one. What moved is recorded row by row.")


def _day(post: QueryDict, name: str) -> date:
    day = read_day(post, name)
    if day is None:
        raise InvalidError({name: [_("State the day.")]})
    return day


@never_cache
@sensitive_post_parameters("number")
@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: HttpRequest, organisation_id: uuid.UUID) -> HttpResponse:
    """What is registered of an organisation; the registry's changes are entered here."""
    actor, post = officer(request), request.POST
    here = resolve_url("workbench:organisation", organisation_id=organisation_id)
    offer_way_on(request, _("Back"), here)
    errors: Errors = {}
    entry = organisation_entry(actor, organisation_id)
    if request.method == "POST":
        row, now = organisation_to_enter(actor, entry.id), timezone.now()
        try:
            if "representative" in post:
                new = person_to_enter(actor, _person_of(actor, post))
                change_representative(actor, row, new, clean(post.get("document", "")), now)
                messages.success(request, _("The new legal representative can act from now on."))
            elif "dissolve" in post:
                on = _day(post, "dissolved_on")
                dissolve_organisation(actor, row, on, clean(post.get("dissolution_document", "")), now)
                messages.success(request, _("It is recorded. Nobody acts for the organisation any more."))
            return HttpResponseRedirect(here)
        except InvalidError as invalid:
            errors = said(invalid)
            if "dissolve" in post:
                errors = {name.replace("document", "dissolution_document"): texts for name, texts in errors.items()}
        except NotFoundError as missing:
            errors = {"number": [str(missing.detail)]}
    context = {
        "tabs": tabs_of(actor, "people"),
        "trail": [(_("People and organisations"), resolve_url("workbench:people"))],
        "entry": entry,
        "papers": [(paper.value, str(paper.label).capitalize()) for paper in Paper],
        "given": post,
        "dissolved_on": day_parts(post, "dissolved_on"),
    }
    return answer(request, "organisation", context, errors)


@never_cache
@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    """Requests to correct what is held about somebody, due first on top."""
    actor = officer(request)
    context = {"tabs": tabs_of(actor, "corrections"), "rows": open_corrections(actor)}
    return render(request, "workbench/corrections.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Answer one: corrected by evidence, or why not."""
    actor, post = officer(request), request.POST
    errors: Errors = {}
    if request.method == "POST":
        given = Answer("correct" in post, clean(post.get("evidence", "")), clean(post.get("text", "")))
        try:
            answer_correction(actor, request_id, given, timezone.now())
            messages.success(request, _("The answer stands in the person's space."))
            return HttpResponseRedirect(resolve_url("workbench:corrections"))
        except InvalidError as invalid:
            errors = said(invalid)
    context = {
        "tabs": tabs_of(actor, "corrections"),
        "trail": [(_("Corrections"), resolve_url("workbench:corrections"))],
        "row": correction(actor, request_id),
        "given": post,
    }
    return answer(request, "correction", context, errors)
