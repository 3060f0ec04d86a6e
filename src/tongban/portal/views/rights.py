"""The table of rights as pages: by role for everybody, one's own post's with its places, any post's for oversight."""

import uuid
from collections.abc import Iterable, Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from tongban.foundation.errors import NotAllowedError, NotFoundError, SignInNeededError
from tongban.foundation.pages.methods import require_safe
from tongban.identity.authority import TABLE, Relation
from tongban.identity.middleware import actor_of
from tongban.identity.queries_oversight import RightsOfPost, rights_of_post
from tongban.identity.rights_table import Right

# A row of the page: whose, what may be done (all deeds with the same reason), because of what.
Row = tuple[str, str, str]


def grouped(rights: Iterable[Right], whose: Mapping[str, str]) -> list[tuple[str, list[Row]]]:
    """Rights by object, those of one relation and reason in one line, in the order of the table."""
    english = (get_language() or "").startswith("en")
    lines: dict[str, dict[tuple[str, str], list[str]]] = {}
    for right in rights:
        reason = right.because.label(english=english)
        at = lines.setdefault(right.kind, {}).setdefault((whose[right.relation], reason), [])
        at.append(TABLE.deeds[right.kind, right.deed].label(english=english))
    between = "; " if english else "；"
    return [
        (
            TABLE.kinds[kind].label(english=english),
            [(relation, between.join(deeds), reason) for (relation, reason), deeds in found.items()],
        )
        for kind, found in lines.items()
    ]


def _relations() -> dict[str, str]:
    english = (get_language() or "").startswith("en")
    return {name: words.label(english=english) for name, words in TABLE.relations.items()}


@require_safe
def by_role(request: HttpRequest, role: str = "") -> HttpResponse:
    """What each role may do to what, and because of which law; open to everybody."""
    english = (get_language() or "").startswith("en")
    role = role or next(iter(TABLE.roles))
    if role not in TABLE.roles:
        raise NotFoundError(_("There is no such role."))
    rights = [right for right in TABLE.rights if right.role == role]
    actor = actor_of(request)
    context = {
        "roles": [
            (words.label(english=english), resolve_url("portal:rights_of_role", role=name), name == role)
            for name, words in TABLE.roles.items()
        ],
        "role": TABLE.roles[role].label(english=english),
        "groups": grouped(rights, _relations()),
        "has_post": actor.is_signed_in and actor.post is not None,
    }
    return render(request, "portal/rights.html", context)


@never_cache
@require_safe
def my_rights(request: HttpRequest) -> HttpResponse:
    """What the officer's own post may do."""
    actor = actor_of(request)
    if not actor.is_signed_in:
        raise SignInNeededError
    if actor.post is None:
        raise NotAllowedError(_("Only a post has a page of its own. Choose your post under “Acting as”."))
    return _post_page(request, rights_of_post(actor, actor.post.id), is_own=True)


@never_cache
@require_safe
def of_post(request: HttpRequest, post_id: uuid.UUID) -> HttpResponse:
    """What a post may do; for auditors and administrators, and for who holds it."""
    actor = actor_of(request)
    if not actor.is_signed_in:
        raise SignInNeededError
    return _post_page(request, rights_of_post(actor, post_id), is_own=actor.post_id == post_id)


def _post_page(request: HttpRequest, found: RightsOfPost, *, is_own: bool) -> HttpResponse:
    whose = _relations()
    places = {"agency": found.agency, "region": found.region, "department": found.department}
    # What the relations mean for this very post.
    whose |= {
        Relation.OWN_AGENCY: _("of %(agency)s") % places,
        Relation.LEAD_AGENCY: _("led by %(agency)s") % places,
        Relation.OWN_REGION: _("in %(region)s or below") % places,
        Relation.OWN_LINE: _("of %(department)s below %(region)s") % places,
    }
    context = {"found": found, "groups": grouped(found.rights, whose), "is_own": is_own}
    return render(request, "portal/rights_of_post.html", context)
