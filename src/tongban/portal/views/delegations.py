"""Who acts for whom: offered, accepted, declined, ended; for a person and for an organisation."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tongban.foundation.errors import InvalidError
from tongban.foundation.pages.errors import offer_way_on
from tongban.foundation.pages.methods import require_safe
from tongban.foundation.pages.posted import day_parts, read_day, read_uuid
from tongban.identity.actor import Actor
from tongban.identity.delegating import (
    FOR_ORGANISATIONS,
    FOR_PEOPLE,
    Invitation,
    Standing,
    accept_delegation,
    decline_delegation,
    end_delegation,
    offer_delegation,
)
from tongban.identity.mandates import Deed
from tongban.identity.middleware import actor_of
from tongban.identity.models import Delegation, Paper
from tongban.identity.papers import CHINA, PaperKind
from tongban.identity.queries import DelegationRow, my_delegation, my_delegations
from tongban.items.queries import matter_names, matters_like
from tongban.items.searching import search_services
from tongban.portal.place import chosen_region
from tongban.portal.views.common import for_applicants
from tongban.portal.views.space import trail

_MAX_TEXT = 100
_TAGS = {
    Standing.OFFERED: "waiting",
    Standing.TO_COME: "waiting",
    Standing.IN_FORCE: "active",
}


@never_cache
@for_applicants
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What the hat gave, and what it took, with what can be done about each."""
    actor = actor_of(request)
    found = my_delegations(actor, timezone.localdate())
    context = {
        "trail": trail(),
        "given": [_shown(actor, row) for row in found.given],
        "taken": [_shown(actor, row) for row in found.taken],
        "for_organisation": actor.organisation_id is not None,
    }
    return render(request, "portal/delegations.html", context)


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, delegation_id: uuid.UUID) -> HttpResponse:
    """One delegation in full; its side accepts, declines or ends it here, after reading what it means."""
    actor, now = actor_of(request), timezone.now()
    offer_way_on(request, _("Who acts for whom"), resolve_url("portal:delegations"))
    row = my_delegation(actor, delegation_id, timezone.localdate(now))
    if request.method == "POST":
        said = _act(actor, delegation_id, request.POST)
        if said:
            messages.success(request, said)
        return HttpResponseRedirect(resolve_url("portal:delegations"))
    context = {
        "trail": [(_("Who acts for whom"), resolve_url("portal:delegations"))],
        "row": _shown(actor, row),
        "may_answer": row.standing is Standing.OFFERED and not row.given,
        "may_end": row.standing.is_open and (row.given or row.standing is not Standing.OFFERED),
    }
    return render(request, "portal/delegation.html", context)


def _act(actor: Actor, delegation_id: uuid.UUID, post: QueryDict) -> str:
    now = timezone.now()
    if "accept" in post:
        accept_delegation(actor, delegation_id, now)
        return _("You accepted. Choose for whom you act at the top of any page.")
    if "decline" in post:
        decline_delegation(actor, delegation_id, now)
        return _("You declined.")
    if "end" in post:
        end_delegation(actor, delegation_id, now)
        return _("It is ended, from this moment on.")
    return ""


@never_cache
@for_applicants
@require_safe
def matters(request: HttpRequest) -> HttpResponse:
    """First: everything, or which matters. Found by name and ticked; the address keeps what was ticked."""
    actor = actor_of(request)
    my_delegations(actor, timezone.localdate())  # refuses who cannot give any
    given = request.GET
    chosen = _ids(given.getlist("matter"))
    errors: dict[str, list[str]] = {}
    if "go" in given:
        if given.get("scope") == "all":
            return HttpResponseRedirect(resolve_url("portal:delegation_offer"))
        if given.get("scope") == "named" and chosen:
            query = urlencode([("matter", str(one)) for one in chosen])
            return HttpResponseRedirect(f"{resolve_url('portal:delegation_offer')}?{query}")
        if given.get("scope") == "named":
            errors = {"matter": [_("Search for a matter and tick it.")]}
        else:
            errors = {"scope": [_("Choose everything, or single matters.")]}
    text = given.get("q", "").strip()[:_MAX_TEXT]
    today = timezone.localdate()
    found = _matters_found(request, actor, text)
    choices = [(str(key), name) for key, name in (matter_names(actor, chosen, chosen, today) | found).items()]
    context = {
        "trail": [(_("Who acts for whom"), resolve_url("portal:delegations"))],
        "scopes": [("all", _("Everything")), ("named", _("Only the matters I tick below"))],
        "scope": given.get("scope") or ("named" if chosen else ""),
        "choices": choices,
        "chosen": [str(one) for one in chosen],
        "text": text,
        "nothing_found": bool(text) and not found,
        "errors": errors,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/delegation_matters.html", context, status=status)


def _matters_found(request: HttpRequest, actor: Actor, text: str) -> dict[uuid.UUID, str]:
    """Matters of the catalogue, then single services of the reader's place, found as everywhere on the portal."""
    if not text:
        return {}
    place = chosen_region(request)
    services = search_services(
        actor, text, day=timezone.localdate(), region=place.code if place else "", below=True, above=True
    )
    hits = {hit.service_id: f"{hit.name} ({hit.agency})" for hit in services.hits if not hit.is_foreign}
    return matters_like(actor, text) | hits


@never_cache
@sensitive_post_parameters("number")
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: HttpRequest) -> HttpResponse:
    """Then: who, what they may do, for how long."""
    actor, post, today = actor_of(request), request.POST, timezone.localdate()
    my_delegations(actor, today)
    chosen = _ids(request.GET.getlist("matter"))
    names = matter_names(actor, chosen, chosen, today)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            offer_delegation(actor, _invitation(post, names.keys() & set(chosen), actor, chosen), timezone.now())
        except InvalidError as invalid:
            errors = {name: [str(text) for text in texts] for name, texts in invalid.fields.items()}
        else:
            messages.success(request, _("The invitation is out. It holds when they accept; they have 30 days."))
            return HttpResponseRedirect(resolve_url("portal:delegations"))
    kinds = FOR_ORGANISATIONS if actor.organisation_id else FOR_PEOPLE
    last_day = today.replace(year=today.year + 1, day=min(today.day, 28))
    context: dict[str, Any] = {
        "trail": [
            (_("Who acts for whom"), resolve_url("portal:delegations")),
            (_("Which matters?"), f"{resolve_url('portal:delegation_matters')}?{request.GET.urlencode()}"),
        ],
        "matters": list(names.values()),
        "kinds": [(kind.value, str(kind.label).capitalize()) for kind in kinds],
        "papers": [(paper.value, str(paper.label).capitalize()) for paper in Paper],
        "deeds": [
            (Deed.APPLY.value, _("Apply, and book appointments")),
            (Deed.FOLLOW_UP.value, _("Correct, take part, withdraw and rate")),
        ],
        "given": post,
        "paper": post.get("paper") or PaperKind.RESIDENT.value,
        "chosen_deeds": post.getlist("deeds") if request.method == "POST" else [Deed.APPLY, Deed.FOLLOW_UP],
        "last_day": day_parts(post, "last_day") if request.method == "POST" else last_day.isoformat(),
        "for_organisation": actor.organisation_id is not None,
        "errors": {("last_day" if name == "valid_to" else name): texts for name, texts in errors.items()},
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/delegation_offer.html", context, status=status)


def _invitation(post: QueryDict, known: set[uuid.UUID], actor: Actor, chosen: Sequence[uuid.UUID]) -> Invitation:
    errors: dict[str, list[str]] = {}
    if set(chosen) - known:
        errors["matter"] = [_("One of the matters is not offered here any more. Choose again.")]
    last_day = read_day(post, "last_day")
    if last_day is None and any(day_parts(post, "last_day")):
        errors["valid_to"] = [_("This is no day; enter year, month and day.")]
    if errors:
        raise InvalidError(errors)
    text = {name: post.get(name, "").replace("\x00", "").strip()[:_MAX_TEXT] for name in _TEXTS}
    items = frozenset(item for item in chosen if item in _items(actor, chosen))
    return Invitation(
        kind=text["kind"],
        name=text["name"],
        number=text["number"],
        paper=text["paper"] or PaperKind.RESIDENT.value,
        country=text["country"].upper() or CHINA,
        credit_code=text["credit_code"],
        deeds=frozenset(post.getlist("deeds")),
        services=frozenset(chosen) - items,
        items=items,
        valid_to=last_day + timedelta(days=1) if last_day else None,
    )


_TEXTS = ("kind", "name", "number", "paper", "country", "credit_code")


def _items(actor: Actor, chosen: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    return set(matter_names(actor, (), chosen, timezone.localdate()))


def _ids(texts: Sequence[str]) -> list[uuid.UUID]:
    return list(dict.fromkeys(found for text in texts[:50] if (found := read_uuid(text))))


def _standing_label(standing: Standing) -> str:
    return {
        Standing.OFFERED: _("waits for an answer"),
        Standing.LAPSED: _("not answered in time"),
        Standing.DECLINED: _("declined, not accepted"),
        Standing.WITHDRAWN: _("withdrawn before an answer"),
        Standing.TO_COME: _("accepted, not begun"),
        Standing.IN_FORCE: _("holds"),
        Standing.EXPIRED: _("over"),
        Standing.ENDED: _("ended"),
    }[standing]


def _shown(actor: Actor, row: DelegationRow) -> dict[str, Any]:
    names = matter_names(actor, row.services, row.items, timezone.localdate()) if row.services or row.items else {}
    everything = row.kind == Delegation.Kind.ADMINISTRATOR or not (row.services or row.items)
    return {
        "row": row,
        "state": _standing_label(row.standing),
        "tag": _TAGS.get(row.standing, "neutral"),
        "matters": [_("Everything")] if everything else sorted(names.values()),
        "deeds": row.deed_labels,
    }
