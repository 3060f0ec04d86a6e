"""Sending what is to leave the platform."""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from tongban.foundation.jobs import periodic
from tongban.foundation.logging import place_of
from tongban.foundation.outbox import wait_after
from tongban.identity.actor import still_holds
from tongban.userspace.channels import channels
from tongban.userspace.models import Contact, Sending

log = structlog.get_logger(__name__)

# A provider that hangs holds the worker for its whole time-out, each time: few a run, and a run every two seconds.
MOST_AT_ONCE = 10
ATTEMPTS = 10
# Longer than any provider takes to answer: until then a claimed sending belongs to who claimed it.
CLAIM = timedelta(minutes=5)


@periodic(every=timedelta(seconds=2))
def send_messages(now: datetime) -> int:
    """Send what is due; how many were sent.

    Each is claimed before it is sent, and marked when it was. Only a process that dies between the two sends twice, and
    then under the same Message-ID or key.
    """
    return sum(_send(one) for one in _claim(now))


def _claim(now: datetime) -> list[Sending]:
    due = Sending.objects.filter(sent_at=None, given_up_at=None, next_try_at__lte=now)
    with transaction.atomic():
        due = due.select_related("message__person__contact")
        claimed = list(due.select_for_update(skip_locked=True, of=("self",)).order_by("next_try_at")[:MOST_AT_ONCE])
        Sending.objects.filter(pk__in=[one.pk for one in claimed]).update(next_try_at=now + CLAIM)
    return claimed


def _send(sending: Sending) -> bool:
    message, channel = sending.message, channels().get(sending.channel)
    contact: Contact | None = getattr(message.person, "contact", None)
    now = timezone.now()
    sending.attempts += 1
    # Between the act and the sending a delegation may have been revoked, or a post have ended.
    entitled = still_holds(
        message.person, timezone.localdate(now), organisation_id=message.organisation_id, post_id=message.post_id
    )
    if channel is None or contact is None or not entitled or not channel.wanted(contact):
        sending.given_up_at, sending.error = now, "no longer wanted, or no such channel"
    else:
        try:
            channel.send(message, contact)
        except Exception as error:  # noqa: BLE001 - whatever a provider raises is its failure
            sending.error, sending.next_try_at = place_of(error), now + wait_after(sending.attempts)
            sending.given_up_at = now if sending.attempts >= ATTEMPTS else None
            log.warning("sending failed", sending=sending.pk, channel=sending.channel, error=sending.error)
        else:
            sending.sent_at, sending.error = now, ""
    sending.save(update_fields=["attempts", "next_try_at", "sent_at", "given_up_at", "error"])
    return sending.sent_at is not None
