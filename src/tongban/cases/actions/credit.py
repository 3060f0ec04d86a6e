"""Repairing bad credit: from then on commitment is possible again."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.actions.checking import stated
from tongban.cases.models import CreditRecord
from tongban.foundation.errors import NotAllowedError, NotFoundError
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, require


def repair_credit(actor: Actor, record_id: int, now: datetime, reason: str) -> CreditRecord:
    """Mark a record of the officer's own agency as repaired, with the reason. Doing it again changes nothing.

    Raises:
        NotFoundError: there is no such record of the agency's.
        InvalidError: no reason; under `reason`.
    """
    with transaction.atomic():
        own = CreditRecord.objects.select_for_update().filter(agency=actor.post.agency_id if actor.post else None)
        record = own.filter(pk=record_id).first()
        if record is None:
            raise NotFoundError(_("There is no such record of your agency."))
        require(actor, "repair", "credit", {Relation.OWN_AGENCY})
        if record.person_id is not None and record.person_id == actor.person_id:
            raise NotAllowedError(_("Nobody handles their own case."))
        if record.repaired_on is None:
            record.repaired_because = stated(reason)
            record.repaired_on = timezone.localdate(now)
            record.save(update_fields=["repaired_on", "repaired_because"])
            append(actor, "repair_credit", "credit", record.pk, {"reason": record.repaired_because})
    return record
