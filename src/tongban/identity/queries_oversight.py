"""What auditor, security officer and administrator read: acts, posts and rights, the state of security; no content."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.foundation.errors import NotFoundError
from tongban.foundation.keys import COMING, Keys
from tongban.foundation.models import LedgerEntry
from tongban.government.models import Agency
from tongban.identity.actor import Actor, held_on
from tongban.identity.authority import TABLE, Relation, may, require
from tongban.identity.models import Account, ApiToken, Post, SignInFailure
from tongban.identity.rights_table import Right
from tongban.identity.signin.failures import FAILURES_KEPT

PAGE_SIZE = 50
# Failures are kept for minutes only (actions.FAILURES_WINDOW); they are counted by steps of this length.
STEP = timedelta(minutes=5)


@dataclass(frozen=True)
class EntryRow:
    """An entry of the ledger as an auditor reads it: ids and the deed; what was said is a digest there."""

    id: int
    at: datetime
    deed: str
    object_type: str
    object_id: str
    account: uuid.UUID | None
    principal: str
    post: str


@dataclass(frozen=True)
class EntryFilter:
    """What an auditor narrows the ledger to; empty means any."""

    deed: str = ""
    object_type: str = ""
    object_id: str = ""


def ledger_entries(
    actor: Actor, wanted: EntryFilter | None = None, before: int | None = None, size: int = PAGE_SIZE
) -> list[EntryRow]:
    """For an auditor: the newest entries of the ledger before an id, with who held the post that acted. Two queries."""
    require(actor, "read", "ledger")
    wanted = wanted or EntryFilter()
    found = LedgerEntry.objects.order_by("-pk")
    for name in ("deed", "object_type", "object_id"):
        if value := getattr(wanted, name).strip():
            found = found.filter(**{name: value})
    if before:
        found = found.filter(pk__lt=before)
    entries = list(found[:size])
    posts = Post.objects.select_related("person", "agency").in_bulk({e.post_id for e in entries if e.post_id})
    return [
        EntryRow(
            entry.pk,
            timezone.localtime(entry.at),
            entry.deed,
            entry.object_type,
            entry.object_id,
            entry.account_id,
            entry.principal,
            _held_by(posts[entry.post_id]) if entry.post_id in posts else "",
        )
        for entry in entries
    ]


def _held_by(post: Post) -> str:
    return f"{post.person.name} · {post.agency.label} {post.get_role_display()}"


@dataclass(frozen=True)
class PostRow:
    """Who held which post, from when until when (exclusive; None: still)."""

    id: uuid.UUID
    person: str
    agency: str
    role: str
    role_label: str
    title: str
    since: date
    until: date | None


def posts_held(actor: Actor, text: str = "", on: date | None = None, size: int = PAGE_SIZE) -> list[PostRow]:
    """For an auditor or administrator: posts by a part of the holder's or agency's name, those held on a day."""
    require(actor, "read", "post")
    found = Post.objects.select_related("person", "agency").order_by("agency__name", "role", "valid_from", "id")
    if words := text.strip():
        found = found.filter(person__name__contains=words) | found.filter(agency__name__contains=words)
    if on:
        found = found.filter(held_on(on))
    return [_post_row(post) for post in found[:size]]


def _post_row(post: Post) -> PostRow:
    english = (get_language() or "").startswith("en")
    return PostRow(
        post.pk,
        post.person.name,
        post.agency.label,
        post.role,
        str(post.get_role_display()),
        (english and post.title_en) or post.title,
        post.valid_from,
        post.valid_to,
    )


@dataclass(frozen=True)
class RightsOfPost:
    """What one post may do, and where: the concrete agency and region that its relations mean."""

    post: PostRow
    agency: str
    department: str
    region: str
    serves_counter: bool
    rights: Sequence[Right]


def rights_of_post(actor: Actor, post_id: uuid.UUID) -> RightsOfPost:
    """The rights of the actor's own post; of any post for who may read posts.

    Raises:
        NotFoundError: there is no such post, or it is not the actor's to see.
    """
    post = Post.objects.select_related("person", "agency__department", "agency__region").filter(pk=post_id).first()
    if post is None or (actor.post_id != post_id and not may(actor, "read", "post")):
        raise NotFoundError(_("There is no such post, or its rights are not yours to see."))
    agency: Agency = post.agency
    return RightsOfPost(
        post=_post_row(post),
        agency=agency.label,
        department=agency.department.label,
        region=agency.region.label,
        serves_counter=post.serves_counter,
        rights=[
            right
            for right in TABLE.rights
            if right.role == post.role and (right.relation != Relation.COUNTER or post.serves_counter)
        ],
    )


@dataclass(frozen=True)
class SecurityState:
    """What a security officer watches. Failed sign-ins name nobody: they are kept as keyed digests.

    Attributes:
        failures: failed sign-ins by the beginning of five minutes: how many, of how many names, from how many places.
        locked: accounts that were closed.
        sessions, tokens: how many are live.
        keys: each key by what it is for: its id, whether it is the one in use.
    """

    failures: Sequence[tuple[datetime, int, int, int]]
    locked: Sequence[tuple[uuid.UUID, str]]
    sessions: int
    tokens: int
    keys: Sequence[tuple[str, str, bool]]


def _sealed_by(purpose: str) -> str:
    """What a key seals, of `keys.PURPOSES`; a key of a former version sealed everything."""
    return {"fields": _("sealing of fields"), "content": _("sealing of files")}.get(purpose, _("sealing"))


def _looked_up_by(keys: Keys) -> tuple[str, str, bool]:
    """The key of the look-up indexes, and whether it is being changed for another."""
    if keys.turning is None or keys.turning.state != COMING:
        return _("looking up"), keys.looked_up_by.id, True
    purpose = _("looking up; %(key)s is being made ready") % {"key": keys.turning.id}
    return purpose, keys.looked_up_by.id, True


def security_state(actor: Actor, now: datetime) -> SecurityState:
    """For a security officer: locked accounts, live sessions and tokens, failed sign-ins, the state of keys."""
    require(actor, "read", "security")
    steps: dict[datetime, list[tuple[str, str]]] = {}
    failures = SignInFailure.objects.filter(at__gt=now - FAILURES_KEPT).order_by("at")
    for at, name, address in failures.values_list("at", "username_index", "address_index"):
        begin = datetime.fromtimestamp(at.timestamp() // STEP.total_seconds() * STEP.total_seconds(), tz=at.tzinfo)
        steps.setdefault(begin, []).append((name, address))
    keys = settings.KEYS.current()
    return SecurityState(
        failures=[
            (timezone.localtime(at), len(all_of), len({n for n, _a in all_of}), len({a for _n, a in all_of}))
            for at, all_of in steps.items()
        ],
        locked=list(Account.objects.filter(is_active=False).order_by("username").values_list("pk", "username")),
        sessions=Session.objects.filter(expire_date__gt=now).count(),
        tokens=ApiToken.objects.filter(revoked_at=None, expires_at__gt=now).count(),
        keys=[
            *((_sealed_by(key.purpose), key.id, key.id in keys.active.values()) for key in keys.sealing.values()),
            _looked_up_by(keys),
            *((_("signing the ledger"), name, name == keys.active_ledger_key) for name in keys.ledger),
        ],
    )
