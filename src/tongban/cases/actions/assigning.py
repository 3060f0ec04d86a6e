"""Who handles a case: by rule when it comes in, by hand, passed on to a colleague; and who stands in for whom.

An assignment says whose work a case is. It locks nobody out: which steps a post may take stands in the procedure, and a
case must go on when its officer is ill (ADR 0013).
"""

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.assigning import Team, choose, present
from tongban.cases.models import (
    OPEN_STATES,
    Absence,
    Assignment,
    AssignmentMethod,
    AssignmentSetting,
    Case,
    Specialism,
)
from tongban.cases.reading import read_case
from tongban.cases.relations import acts_for, handles_own_case, relations_to, representatives_of
from tongban.cases.teams import own_posts, posts_in_force, specialists_of, stand_ins, team_of
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import Announcement, append
from tongban.government.models import Agency
from tongban.identity.actor import Actor, platform_process
from tongban.identity.authority import Relation, may, require
from tongban.identity.models import Post, Role
from tongban.items.models import Service

BY_RULE = platform_process("assignment")
# Whom a rule gives cases to where a service has no posts of its own.
POOL = (Role.REVIEWING_OFFICER,)
MAX_ABSENCE_DAYS = 366


def assign(
    actor: Actor,
    case_id: uuid.UUID,
    post_id: uuid.UUID,
    now: datetime,
    *,
    holder: uuid.UUID | None,
    reason: str = "",
) -> Case:
    """Give a case to a post of the agency, or pass it on. Where that post is absent, its stand-in gets it.

    Args:
        actor: an officer of the handling agency; to pass on what a colleague has one must be who has it, stand in for
            them, or head the agency.
        case_id: an open case.
        post_id: the post to get it.
        now: the moment.
        holder: the post that had it when the actor looked; None where nobody had.
        reason: why it is passed on; needed where somebody had it.

    Raises:
        ConflictError: the case is closed, or somebody else has it by now (their name is said).
        InvalidError: no post of this agency that handles cases today (`post`), or no reason (`reason`).
        NotAllowedError: it is not the actor's to pass on, or it would be the new officer's own case.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        case = read_case(case_id, lock=True)
        relations = relations_to(actor, case) if case else frozenset()
        if case is None or not may(actor, "read", "case", relations):
            raise NotFoundError(_("There is no such case, or it is not yours to see."))
        require(actor, "take_on", "case", relations)
        away = stand_ins(case.agency_id, today)
        wanted = posts_in_force(case.agency_id, today).filter(pk=post_id).first()
        acting_id = present(post_id, away)
        if wanted is not None and case.officer_id is not None and case.officer_id == acting_id:
            return case  # a second click, or two who thought the same
        _require_may_assign(actor, case, relations, own_posts(actor, away))
        if case.state not in OPEN_STATES:
            raise ConflictError(_("This case is closed; nobody has to handle it any more."))
        if case.officer_id != holder:
            raise ConflictError(_("%(who)s has this case now. Look at it as it is.") % {"who": _holder_name(case)})
        if wanted is None:
            raise InvalidError({"post": [_("Choose a post of your agency that handles cases today.")]})
        if case.officer_id is not None and not reason.strip():
            raise InvalidError({"reason": [_("Say why it is passed on.")]})
        acting = wanted if acting_id == wanted.pk else _stand_in(case, acting_id, today)
        _require_not_own(case, acting)
        how = Assignment.How.TRANSFER if case.officer_id else Assignment.How.HAND
        meant_for = wanted.pk if acting.pk != wanted.pk else None
        _give(actor, case, acting, how, now, meant_for_id=meant_for, reason=reason.strip())
    return case


def _require_may_assign(actor: Actor, case: Case, relations: Collection[Relation], own: Collection[uuid.UUID]) -> None:
    if handles_own_case(actor, case):
        raise NotAllowedError(_("Nobody handles their own case."))
    if case.officer_id is None:
        return
    holds = {Relation.HOLDER} if case.officer_id in own and Relation.OWN_AGENCY in relations else set()
    if not may(actor, "reassign", "case", {*relations, *holds}):
        message = _("%(who)s has this case. They, who stands in for them, or the head of the agency pass it on.")
        raise NotAllowedError(message % {"who": _holder_name(case)})


def _holder_name(case: Case) -> str:
    holder = Post.objects.select_related("person").filter(cases=case.pk).first()
    return holder.person.name if holder else _("Nobody")


def _stand_in(case: Case, post_id: uuid.UUID | None, today: date) -> Post:
    found = posts_in_force(case.agency_id, today).filter(pk=post_id).first() if post_id else None
    if found is None:
        raise InvalidError({"post": [_("This officer is away, and so is everybody who stands in.")]})
    return found


def _require_not_own(case: Case, post: Post) -> None:
    if post.person_id in _barred(case) or acts_for(post.person_id, case):
        raise NotAllowedError(_("It would be this officer's own case. Nobody handles their own case."))


def _barred(case: Case) -> set[uuid.UUID]:
    return {case.person_id}


def _give(
    actor: Actor,
    case: Case,
    post: Post,
    how: Assignment.How,
    now: datetime,
    *,
    meant_for_id: uuid.UUID | None = None,
    reason: str = "",
) -> None:
    before = case.officer_id
    Assignment.objects.create(
        case=case,
        how=how,
        before_id=before,
        post=post,
        meant_for_id=meant_for_id,
        by_post_id=actor.post_id,
        by_name=actor.person_name,
        reason=reason or None,
        at=now,
    )
    Case.objects.filter(pk=case.pk).update(officer=post)
    case.officer = post
    content = {"before": before, "post": post.pk, "meant_for": meant_for_id, "how": how, "reason": reason}
    # To take a case oneself is no news to oneself.
    news = Announcement("case.assigned", {"post": str(post.pk)}) if post.pk != actor.post_id else None
    append(actor, "assign", "case", case.pk, content, news)


# --- by rule --------------------------------------------------------------------------------------------------------


def assign_new(case_ids: Collection[uuid.UUID], now: datetime) -> int:
    """Give new cases to officers, by the rules of their agencies; how many were given.

    What is assigned already, closed, or of an agency without a rule stays as it is, so that it may be called again. A
    fixed number of statements for an agency, and two for each case that is given.
    """
    today = timezone.localdate(now)
    settings = AssignmentSetting.objects.filter(agency__cases__in=case_ids, agency__cases__officer=None)
    agencies = settings.exclude(method=AssignmentMethod.BY_HAND).order_by("agency_id").distinct()
    return sum(_assign_of(agency_id, case_ids, now, today) for agency_id in agencies.values_list("pk", flat=True))


def _assign_of(agency_id: uuid.UUID, case_ids: Collection[uuid.UUID], now: datetime, today: date) -> int:
    given = 0
    with transaction.atomic():
        # The lock puts in line who assigns for this agency: turns and loads are reckoned one by one.
        setting = AssignmentSetting.objects.select_for_update(of=("self",)).get(pk=agency_id)
        waiting = list(
            Case.objects.select_for_update(of=("self",))
            .filter(pk__in=case_ids, agency_id=agency_id, officer=None, state__in=OPEN_STATES)
            .order_by("id")
            .defer("answers")
        )
        specialists = specialists_of({case.service_id for case in waiting})
        teams: dict[tuple[uuid.UUID, ...], Team] = {}
        posts = {post.pk: post for post in posts_in_force(agency_id, today)}
        involved = representatives_of(waiting)
        loads: dict[uuid.UUID, int] = {}
        for case in waiting:
            key = tuple(specialists.get(case.service_id, ()))
            if key not in teams:
                teams[key] = team_of(agency_id, POOL, key, today)
                loads = {**teams[key].loads, **loads}
            team = replace(teams[key], loads=loads)
            barred = _barred(case) | involved.get(case.organisation_id or case.person_id, set())
            choice = choose(setting.method, team, barred, setting.last_post_id)
            if choice is None:
                continue
            meant_for = choice.meant_for if choice.meant_for != choice.post else None
            _give(BY_RULE, case, posts[choice.post], Assignment.How.RULE, now, meant_for_id=meant_for)
            loads[choice.post] = loads.get(choice.post, 0) + 1
            setting.last_post_id = choice.meant_for
            given += 1
        setting.save(update_fields=["last_post"])
    return given


def set_assignment_rule(actor: Actor, method: str, now: datetime) -> AssignmentSetting:
    """How the actor's agency assigns what comes in from now on.

    Raises:
        InvalidError: there is no such way (`method`).
    """
    agency_id = _own_agency(actor, "arrange", "desk")
    if method not in AssignmentMethod.values:
        raise InvalidError({"method": [_("Choose how new cases are assigned.")]})
    with transaction.atomic():
        setting, _created = AssignmentSetting.objects.update_or_create(
            agency_id=agency_id, defaults={"method": method, "changed_at": now}
        )
        append(actor, "set_assignment_rule", "agency", agency_id, {"method": method})
    return setting


def set_specialists(actor: Actor, service_id: uuid.UUID, post_ids: Sequence[uuid.UUID], now: datetime) -> None:
    """The posts that get the cases of a service of the actor's agency by rule; none for everybody who reviews.

    Raises:
        InvalidError: no service of this agency (`service`), or a post that is not of this agency (`posts`).
    """
    agency_id = _own_agency(actor, "arrange", "desk")
    if not Service.objects.filter(pk=service_id, agency_id=agency_id).exists():
        raise InvalidError({"service": [_("This is no service of your agency.")]})
    wanted = list(dict.fromkeys(post_ids))
    held = set(posts_in_force(agency_id, timezone.localdate(now)).filter(pk__in=wanted).values_list("pk", flat=True))
    if len(held) != len(wanted):
        raise InvalidError({"posts": [_("Choose posts of your agency that handle cases today.")]})
    with transaction.atomic():
        # Two who change the same service take turns.
        Agency.objects.select_for_update().only("id").get(pk=agency_id)
        Specialism.objects.filter(service_id=service_id).exclude(post__in=wanted).delete()
        kept = set(Specialism.objects.filter(service_id=service_id).values_list("post_id", flat=True))
        Specialism.objects.bulk_create(
            Specialism(service_id=service_id, post_id=post) for post in wanted if post not in kept
        )
        append(actor, "set_specialists", "service", service_id, {"posts": wanted})


def _own_agency(actor: Actor, deed: str, kind: str) -> uuid.UUID:
    require(actor, deed, kind, {Relation.OWN_AGENCY} if actor.post else ())
    if actor.post is None:
        raise NotAllowedError
    return actor.post.agency_id


# --- absence --------------------------------------------------------------------------------------------------------


def enter_absence(
    actor: Actor,
    post_id: uuid.UUID,
    stand_in_id: uuid.UUID,
    days: tuple[date, date],
    now: datetime,
    reason: str = "",
) -> Absence:
    """An officer is away from the first to the last of these days; meanwhile the stand-in has their work.

    Args:
        actor: the officer, or the head of the agency.
        post_id: the post that is away.
        stand_in_id: another post of the same agency that handles cases, held by somebody else.
        days: first and last day, both included.
        now: the moment.
        reason: why; sealed.

    Raises:
        InvalidError: under `first_day`, `last_day` or `stand_in`.
        ConflictError: the post is entered as absent on one of these days already.
    """
    first, last = days
    today = timezone.localdate(now)
    agency_id = actor.post.agency_id if actor.post else None
    relations = {Relation.OWN_AGENCY} | ({Relation.OWN} if post_id == actor.post_id else set())
    require(actor, "enter", "absence", relations)
    errors = dict(_wrong_days(first, last, today))
    if agency_id is None or errors:
        raise InvalidError(errors)
    with transaction.atomic():
        # The lock puts two entries for one post in line; a stand-in has to be somebody of today.
        post = posts_in_force(agency_id, today).select_for_update(of=("self",)).filter(pk=post_id).first()
        stand_in = posts_in_force(agency_id, today).filter(pk=stand_in_id).first()
        if post is None:
            raise NotFoundError(_("Your agency has no such post."))
        if stand_in is None or stand_in.pk == post.pk or stand_in.person_id == post.person_id:
            raise InvalidError({"stand_in": [_("Choose a colleague of your agency.")]})
        known = Absence.objects.filter(post=post, cancelled_at=None, first_day__lte=last, last_day__gte=first).first()
        if known and (known.first_day, known.last_day, known.stand_in_id) == (first, last, stand_in.pk):
            return known  # a second click
        if known:
            message = _("This post is entered as absent from %(first)s to %(last)s already.")
            raise ConflictError(message % {"first": known.first_day, "last": known.last_day})
        absence = Absence.objects.create(
            post=post,
            stand_in=stand_in,
            agency_id=agency_id,
            first_day=first,
            last_day=last,
            reason=reason.strip() or None,
            entered_at=now,
        )
        content = {"post": post.pk, "stand_in": stand_in.pk, "first": first, "last": last, "reason": reason.strip()}
        append(actor, "enter_absence", "absence", absence.pk, content)
    return absence


def _wrong_days(first: date, last: date, today: date) -> Iterator[tuple[str, list[str]]]:
    if first < today:
        yield "first_day", [_("An absence begins today or later.")]
    if last < first:
        yield "last_day", [_("The last day comes before the first.")]
    elif (last - first).days >= MAX_ABSENCE_DAYS:
        yield "last_day", [_("At most a year. Who is away for longer passes the cases on.")]


def end_absence(actor: Actor, absence_id: uuid.UUID, now: datetime) -> None:
    """The officer is back, or does not go; ending it twice is once."""
    with transaction.atomic():
        mine = Absence.objects.filter(agency_id=actor.post.agency_id) if actor.post else Absence.objects.none()
        absence = mine.select_for_update(of=("self",)).filter(pk=absence_id).first()
        relations = {Relation.OWN_AGENCY} | ({Relation.OWN} if absence and absence.post_id == actor.post_id else set())
        require(actor, "enter", "absence", relations)
        if absence is None:
            raise NotFoundError(_("There is no such absence at your agency."))
        if absence.cancelled_at is None:
            absence.cancelled_at = now
            absence.save(update_fields=["cancelled_at"])
            append(actor, "end_absence", "absence", absence.pk)
