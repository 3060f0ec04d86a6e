"""The emergency access to one case, as the reading of cases meets it."""

import uuid

from django.db import transaction
from django.utils import timezone

from tongban.cases.models import Case
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may
from tongban.identity.emergency import EmergencyAccess, EmergencyReading

OBJECT = "case"


def live_access(actor: Actor, case_id: uuid.UUID) -> EmergencyAccess | None:
    """The access under which this post and this human may read the case now."""
    if (
        actor.post is None
        or actor.account_id is None
        or actor.at_desk
        or not may(actor, "read", "case", {Relation.BREAK_GLASS})
    ):
        return None
    now = timezone.now()
    found = EmergencyAccess.objects.filter(
        post=actor.post.id,
        account_id=actor.account_id,
        object_type=OBJECT,
        object_id=case_id,
        opened_at__lte=now,
        ends_at__gt=now,
        ended_at=None,
    )
    return found.order_by("-ends_at").first()


def read_in_emergency(actor: Actor, case: Case, what: str) -> bool:
    """Whether an emergency access lets the actor read the case; where it does, the reading is recorded first."""
    access = live_access(actor, case.pk)
    if access is None:
        return False
    with transaction.atomic():
        entry = append(actor, "read_in_emergency", OBJECT, case.pk, {"access": access.pk, "what": what})
        EmergencyReading.objects.create(access=access, at=entry.at, what=what, entry_id=entry.pk)
    return True
