"""Opening one case in an emergency, ending that early, telling whom it concerns, reviewing it."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from tongban.cases.emergency import OBJECT, live_access
from tongban.cases.events import EMERGENCY_OPENED, EMERGENCY_TO_TELL
from tongban.cases.models import Case
from tongban.cases.relations import handles_own_case, relations_to
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import Announcement, append
from tongban.identity.actor import Actor, platform_process
from tongban.identity.authority import Relation, may, require
from tongban.identity.emergency import EmergencyAccess

TELLING = platform_process("emergency")
MIN_REASON, MAX_REASON = 10, 2000


@dataclass(frozen=True)
class Emergency:
    """What the officer states.

    Attributes:
        reason: why this case must be read now; the auditors read it.
        hours: how long it is open, whole hours from 1 to the setting EMERGENCY_HOURS.
        delay_days: how many days the person is told later, 0 for at once; only where the table gives that right.
        delay_reason: why telling at once would hinder the duty.
    """

    reason: str
    hours: int
    delay_days: int = 0
    delay_reason: str = ""


def open_in_emergency(actor: Actor, case_id: uuid.UUID, stated: Emergency, now: datetime) -> EmergencyAccess:
    """Open one case that the officer may normally not read. Doing it again while it is open gives the same access.

    Raises:
        NotFoundError: there is no such case, or the table gives this post no emergency access to it.
        NotAllowedError: the case is the officer's own; or the notice may not be put off.
        ConflictError: the officer may read it anyhow.
        InvalidError: the reason, the hours or the delay is not as it must be; under the field's name.
    """
    case = Case.objects.select_related("agency", "region").filter(pk=case_id).first()
    relations = relations_to(actor, case) if case else frozenset()
    if (
        case is None
        or actor.post is None
        or actor.account_id is None
        or not may(actor, "break_glass", "case", relations)
    ):
        require(actor, "break_glass", "case", {Relation.OWN_LINE, Relation.OWN_REGION} if actor.post else ())
        raise NotFoundError(_("There is no such case within the reach of your post."))
    if handles_own_case(actor, case):
        raise NotAllowedError(_("Nobody handles their own case."))
    if may(actor, "read", "case", relations):
        raise ConflictError(_("You may read this case as it is."))
    if stated.delay_days:
        require(actor, "delay_notice", "case", relations)
    _check(stated)
    with transaction.atomic():
        # Two clicks at once make one: the second waits here and finds it.
        Case.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=case.pk)
        if (live := live_access(actor, case.pk)) is not None:
            return live
        tell_at = now + timedelta(days=stated.delay_days)
        access = EmergencyAccess.objects.create(
            post_id=actor.post.id,
            account_id=actor.account_id,
            object_type=OBJECT,
            object_id=case.pk,
            region_id=case.region_id,
            person_id=case.person_id,
            organisation_id=case.organisation_id,
            reason=stated.reason.strip(),
            opened_at=now,
            ends_at=now + timedelta(hours=stated.hours),
            tell_at=tell_at,
            told_at=None if stated.delay_days else now,
            delay_reason=stated.delay_reason.strip() if stated.delay_days else None,
        )
        content = {"case": case.pk, "reason": access.reason, "until": access.ends_at, "tell_at": tell_at}
        detail = {"case": str(case.pk), "told": not stated.delay_days}
        append(actor, "break_glass", "break_glass", access.pk, content, Announcement(EMERGENCY_OPENED, detail))
    return access


def _check(stated: Emergency) -> None:
    errors: dict[str, list[str]] = {}
    reason, why_later = stated.reason.strip(), stated.delay_reason.strip()
    if not MIN_REASON <= len(reason) <= MAX_REASON:
        errors["reason"] = [
            _("Say in %(least)d to %(most)d characters why this case must be read now.")
            % {"least": MIN_REASON, "most": MAX_REASON}
        ]
    if not 1 <= stated.hours <= settings.EMERGENCY_HOURS:
        errors["hours"] = [_("Enter a whole number of hours from 1 to %(most)d.") % {"most": settings.EMERGENCY_HOURS}]
    if not 0 <= stated.delay_days <= settings.EMERGENCY_NOTICE_DAYS:
        most = settings.EMERGENCY_NOTICE_DAYS
        errors["delay_days"] = [_("Enter a whole number of days from 0 to %(most)d.") % {"most": most}]
    if stated.delay_days and not MIN_REASON <= len(why_later) <= MAX_REASON:
        errors["delay_reason"] = [
            _("Say in %(least)d to %(most)d characters why telling the person now would hinder the duty.")
            % {"least": MIN_REASON, "most": MAX_REASON}
        ]
    if errors:
        raise InvalidError(errors)


def end_emergency_access(actor: Actor, access_id: uuid.UUID, now: datetime) -> EmergencyAccess:
    """End one's own access before its time; what has ended stays as it is.

    Raises:
        NotFoundError: there is none of this post's.
    """
    require(actor, "end", "break_glass", {Relation.OWN} if actor.post else ())
    with transaction.atomic():
        access = EmergencyAccess.objects.select_for_update().filter(pk=access_id, post=actor.post_id).first()
        if access is None:
            raise NotFoundError(_("There is no such emergency access of yours."))
        if access.is_open(now):
            access.ended_at = now
            access.save(update_fields=["ended_at"])
            append(actor, "end_break_glass", "break_glass", access.pk)
    return access


def review_emergency_access(
    actor: Actor, access_id: uuid.UUID, finding: str, remark: str, now: datetime
) -> EmergencyAccess:
    """An auditor's finding on one use, once.

    Raises:
        NotFoundError: there is none in the auditor's region.
        NotAllowedError: the auditor is the human who used it, or whom it concerns.
        ConflictError: somebody reviewed it already.
        InvalidError: no finding, or one that something was wrong without a remark.
    """
    # Whether the post reviews at all; that this use lies in its region is looked at when the row is there.
    relations = {Relation.OWN_REGION} if actor.post else set()
    require(actor, "review", "break_glass", relations)
    with transaction.atomic():
        found = EmergencyAccess.objects.select_related("post", "region").select_for_update(of=("self",))
        access = found.filter(pk=access_id).first()
        if access is None or actor.post is None or actor.post.region_code not in access.region.lineage:
            raise NotFoundError(_("There is no such emergency access in your region."))
        if actor.person_id in {access.post.person_id, access.person_id}:
            raise NotAllowedError(_("Nobody reviews what they did themselves, or what concerns them."))
        if access.reviewed_at:
            raise ConflictError(_("This use was reviewed already."))
        errors: dict[str, list[str]] = {}
        if finding not in EmergencyAccess.Finding.values:
            errors["finding"] = [_("Choose what the review found.")]
        elif finding == EmergencyAccess.Finding.UNJUSTIFIED and not remark.strip():
            errors["remark"] = [_("Say what was not justified.")]
        if errors:
            raise InvalidError(errors)
        access.finding, access.remark = finding, remark.strip()[:MAX_REASON]
        access.reviewed_at, access.reviewed_by_id = now, actor.post.id
        access.save(update_fields=["finding", "remark", "reviewed_at", "reviewed_by"])
        append(actor, "review_break_glass", "break_glass", access.pk, {"finding": finding, "remark": access.remark})
    return access


def tell_of_emergencies(now: datetime) -> int:
    """Have the persons told whose notice was put off and is due; how many."""
    require(TELLING, "tell", "break_glass")
    told = 0
    due = (
        EmergencyAccess.objects.filter(told_at=None, tell_at__lte=now).order_by("tell_at").values_list("pk", flat=True)
    )
    for pk in list(due):
        with transaction.atomic():
            if EmergencyAccess.objects.filter(pk=pk, told_at=None).update(told_at=now):
                announcement = Announcement(EMERGENCY_TO_TELL, {"told": True})
                append(TELLING, "tell_of_break_glass", "break_glass", pk, announcing=announcement)
                told += 1
    return told
