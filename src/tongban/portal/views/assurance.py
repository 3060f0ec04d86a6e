"""How surely it is known who one is: the level, the ways to a higher one, and back to the step that needed it."""

import uuid
from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tongban.foundation.errors import InvalidError
from tongban.foundation.pages.errors import offer_way_on
from tongban.identity.assurance.actions import announce_visit, online_source, revoke_verification, verify
from tongban.identity.assurance.queries import (
    asked_by,
    my_announcement,
    my_assurance,
    my_subject,
    my_verification,
    way_of,
)
from tongban.identity.assurance.rules import HIGHEST
from tongban.identity.middleware import actor_of
from tongban.identity.models import AssuranceLevel
from tongban.portal.views.common import for_applicants, safe_next
from tongban.portal.views.space import trail

_STATE_SALT = "tongban.assurance"
_STATE_SECONDS = 900
_LONGEST = 200


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """My level and what each way gives. POST announces a visit to a counter and shows the code to bring."""
    actor, now = actor_of(request), timezone.now()
    need, come_back = _needed(request), safe_next(request, "")
    if request.method == "POST":
        announce_visit(actor, need or HIGHEST, come_back, now)
        return HttpResponseRedirect(_address(need, come_back) + "#counter")
    mine = my_assurance(actor, timezone.localdate(now))
    context = {
        "trail": trail(),
        "mine": mine,
        "need": need,
        "next": come_back,
        "is_enough": mine.level >= need,
        "needed_label": AssuranceLevel(need).label if need else "",
        "levels": [(level.value, level.label) for level in AssuranceLevel],
        "ways": [
            (way, way.level >= need, resolve_url("portal:assurance_by", code=way.code) + _query(need, come_back))
            for way in sorted(mine.ways, key=lambda way: way.level < need)
            if way.level > mine.level or way.in_person
        ],
        "announced": my_announcement(actor, come_back, timezone.localdate(now)),
    }
    return render(request, "portal/me/assurance.html", context)


@never_cache
@for_applicants
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def by_source(request: HttpRequest, code: str) -> HttpResponse:
    """Prove who one is by a source: what it asks, or the way to its own pages and back."""
    actor, now = actor_of(request), timezone.now()
    source, need, come_back = online_source(code), _needed(request), safe_next(request, "")
    errors: dict[str, list[str]] = {}
    given: dict[str, str] = {}
    returned = request.method == "GET" and "state" in request.GET
    if returned:
        need, come_back = _read_state(request.GET["state"], actor.person_id, code)
    asks = asked_by(actor, source)
    if request.method == "POST" or returned:
        stated = request.GET if returned else request.POST
        longest = {each.name: each.longest for each in asks}
        given = {
            name: str(value).replace("\x00", "").strip()[: longest.get(name, _LONGEST)]
            for name, value in stated.items()
        }
        given = {name: given.get(name, "") for name in ([each.name for each in asks] if asks else given)}
        try:
            verify(actor, code, given, now)
        except InvalidError as error:
            errors = {name: [str(text) for text in texts] for name, texts in error.fields.items()}
        else:
            return _established(request, need, come_back)
    state = signing.dumps([str(actor.person_id), code, need, come_back], salt=_STATE_SALT)
    here = request.build_absolute_uri(resolve_url("portal:assurance_by", code=code))
    context = {
        "way": way_of(source),
        # What stands there already is the page's own, made anew each time.
        "asks": [(each, each.value or given.get(each.name, ""), each.longest > _LONGEST) for each in asks],
        "address": source.address(my_subject(actor), f"{here}?{urlencode({'state': state})}"),
        "errors": errors,
        "need": need,
        "next": come_back,
        "back": _address(need, come_back),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/me/assurance_by.html", context, status=status)


def _established(request: HttpRequest, need: int, come_back: str) -> HttpResponse:
    level = actor_level(request)
    messages.success(request, _("Your identity is now established at level L%(level)d.") % {"level": level})
    if come_back and level >= need:
        return HttpResponseRedirect(come_back)
    return HttpResponseRedirect(_address(need, come_back))


def actor_level(request: HttpRequest) -> int:
    """The level after something was established in this request, whose actor is the one from before."""
    return max(row.level for row in my_assurance(actor_of(request), timezone.localdate()).verifications if row.counts)


@never_cache
@for_applicants
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, verification_id: uuid.UUID) -> HttpResponse:
    """Take one of one's own verifications back, after asking for the reason."""
    offer_way_on(request, _("Back to your level"), resolve_url("portal:assurance"))
    actor, now = actor_of(request), timezone.now()
    row = my_verification(actor, verification_id, timezone.localdate(now))
    errors = {}
    if request.method == "POST":
        try:
            revoke_verification(actor, verification_id, request.POST.get("reason", "")[:500], now)
        except InvalidError as error:
            errors = error.fields
        else:
            messages.success(request, _("This counts no more."))
            return HttpResponseRedirect(resolve_url("portal:assurance"))
    context = {"row": row, "errors": errors, "back": resolve_url("portal:assurance")}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return render(request, "portal/me/assurance_revoke.html", context, status=status)


def _needed(request: HttpRequest) -> int:
    """The level that something takes, 1 to 5; 0 where nothing was named."""
    text = request.POST.get("need") or request.GET.get("need") or ""
    return int(text) if text in {str(level) for level in AssuranceLevel.values} else 0


def _query(need: int, come_back: str) -> str:
    parts = {"need": str(need) if need else "", "next": come_back}
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"?{query}" if query else ""


def _address(need: int, come_back: str) -> str:
    return resolve_url("portal:assurance") + _query(need, come_back)


def _read_state(text: str, person_id: uuid.UUID | None, code: str) -> tuple[int, str]:
    """What stood behind the way to a source's own pages: it must be this person's, for this source, and fresh.

    Raises:
        InvalidError: it is not.
    """
    try:
        whose, source, need, come_back = signing.loads(text, salt=_STATE_SALT, max_age=_STATE_SECONDS)
    except (signing.BadSignature, ValueError):
        whose, source, need, come_back = "", "", 0, ""
    if (whose, source) != (str(person_id), code):
        raise InvalidError({"state": [_("This answer is too old, or not for you. Begin again.")]})
    return int(need), str(come_back)
