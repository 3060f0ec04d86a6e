"""Sending what is to leave the platform; reminders of what runs out; counts of what others did next."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from tongban.cases.models import Case, Outcome
from tongban.foundation.clock import months_away
from tongban.foundation.jobs import periodic
from tongban.foundation.logging import place_of
from tongban.foundation.outbox import wait_after
from tongban.identity.actor import still_holds
from tongban.items.models import Audience, Item, ServiceVersion
from tongban.userspace.channels import channels
from tongban.userspace.composing import Occasion, compose, message_id
from tongban.userspace.handlers import send
from tongban.userspace.models import Contact, Message, NextMatter, Sending
from tongban.userspace.notices import OF_LICENCES
from tongban.userspace.queries.space import Licence, licences_among
from tongban.userspace.rules import reminder
from tongban.userspace.suggesting import SMALLEST_GROUP, is_sensitive

log = structlog.get_logger(__name__)

# A provider that hangs holds the worker for its whole time-out, each time: few a run, and a run every two seconds.
MOST_AT_ONCE = 10
ATTEMPTS = 10
# Longer than any provider takes to answer: until then a claimed sending belongs to who claimed it.
CLAIM = timedelta(minutes=5)
# 30 working days before the end, the 30 days before that, and the longest holidays.
LONGEST_AHEAD = timedelta(days=100)
# How long after its end a licence is still looked at; and how much later than its decision a renewal's term may begin.
LOOKED_BACK = timedelta(days=400)


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
        due = due.select_related("message__person__contact", "message__person__account")
        claimed = list(due.select_for_update(skip_locked=True, of=("self",)).order_by("next_try_at")[:MOST_AT_ONCE])
        Sending.objects.filter(pk__in=[one.pk for one in claimed]).update(next_try_at=now + CLAIM)
    return claimed


def _send(sending: Sending) -> bool:
    message, channel = sending.message, channels().get(sending.channel)
    chosen: Contact | None = getattr(message.person, "contact", None)
    address = channel.address(message, chosen, message.person.account) if channel else ""
    now = timezone.now()
    sending.attempts += 1
    # Between the act and the sending a delegation may have been revoked, or a post have ended.
    entitled = still_holds(
        message.person, timezone.localdate(now), organisation_id=message.organisation_id, post_id=message.post_id
    )
    if channel is None or not entitled or not address:
        sending.given_up_at, sending.error = now, "no longer wanted, or no such channel"
    else:
        try:
            channel.send(message, address)
        except Exception as error:  # noqa: BLE001 - whatever a provider raises is its failure
            sending.error, sending.next_try_at = place_of(error), now + wait_after(sending.attempts)
            sending.given_up_at = now if sending.attempts >= ATTEMPTS else None
            log.warning("sending failed", sending=sending.pk, channel=sending.channel, error=sending.error)
        else:
            sending.sent_at, sending.error = now, ""
    sending.save(update_fields=["attempts", "next_try_at", "sent_at", "given_up_at", "error"])
    return sending.sent_at is not None


@periodic(every=timedelta(hours=6))
def remind_of_licences(now: datetime) -> int:
    """Tell holders of what runs out that the renewal is to be asked for (行政许可法 art 50); how many were told.

    Each reminder of a licence is one message, however often the job runs.
    """
    today = timezone.localdate(now)
    told = 0
    for holder in _holders(today):
        with transaction.atomic():
            due = [
                (licence, kind)
                for licence in licences_among(Case.objects.filter(holder), today)
                if (kind := reminder(licence.term, today, licence.asked_on))
            ]
            messages = _reminders(due, now)
            send(messages)
            told += len(messages)
    return told


def _holders(today: date) -> list[Q]:
    """Whose licences come near their end: by the months that versions say, and the day of decision."""
    found: dict[tuple[object, object], Q] = {}
    months = ServiceVersion.objects.filter(result_validity__gt=0).values_list("result_validity", flat=True).distinct()
    for validity in months.order_by():
        # What was granted so long ago that it ends about now; a renewal's term may begin later than its decision.
        latest = months_away(today + LONGEST_AHEAD, -(validity or 0))
        rows = Case.objects.filter(
            outcome=Outcome.GRANTED,
            version__result_validity=validity,
            decided_at__date__lte=latest,
            decided_at__date__gte=latest - LOOKED_BACK,
        )
        for organisation in rows.exclude(organisation=None).values_list("organisation_id", flat=True).distinct():
            found["organisation", organisation] = Q(organisation_id=organisation)
        for person in rows.filter(organisation=None).values_list("person_id", flat=True).distinct():
            found["person", person] = Q(person_id=person, organisation_id=None)
    return list(found.values())


def _reminders(due: Sequence[tuple[Licence, str]], now: datetime) -> list[Message]:
    cases = Case.objects.select_related("version").defer("answers").in_bulk([licence.case_id for licence, _ in due])
    made = []
    for licence, kind in due:
        case = cases[licence.case_id]
        english = case.version.english
        occasion = Occasion(
            case.version.result_name or case.version.name,
            str(english.get("result_name") or english.get("name", "")),
            licence.case_number,
            licence.term.ask_by,
            due_provisional=licence.term.provisional,
            until=licence.term.expires_on,
        )
        made.append(
            Message(
                # No event makes it: its id follows from the case and the reminder.
                id=message_id(0, f"{kind} {case.pk}", case.person_id),
                event_id=0,
                notice=kind,
                person_id=case.person_id,
                organisation_id=case.organisation_id,
                case=case,
                texts=compose(OF_LICENCES[kind], occasion),
                created_at=now,
            )
        )
    known = set(Message.objects.filter(pk__in=[one.pk for one in made]).values_list("pk", flat=True))
    return [one for one in made if one.pk not in known]


_PAIRS = """
WITH own AS (
    SELECT coalesce(c.organisation_id, c.person_id) AS who, s.item_id, min(c.submitted_at) AS at
    FROM cases_case c JOIN items_service s ON s.id = c.service_id
    WHERE c.submitted_at > %(since)s AND s.item_id = ANY(%(items)s)
      AND (c.organisation_id IS NOT NULL) = %(organisations)s
      AND NOT EXISTS (SELECT FROM userspace_suggestionchoice o WHERE o.person_id = c.person_id AND o.off)
    GROUP BY 1, 2
), did AS (SELECT item_id, count(*) AS people FROM own GROUP BY 1)
SELECT a.item_id, b.item_id, did.people, count(*)
FROM own a JOIN own b ON b.who = a.who AND b.item_id <> a.item_id AND b.at > a.at AND b.at <= a.at + interval '1 year'
JOIN did ON did.item_id = a.item_id
GROUP BY 1, 2, 3 HAVING count(*) >= %(least)s
"""


@periodic(every=timedelta(days=1))
def count_what_came_next(now: datetime) -> int:
    """Count anew who applied for what after what, in the last two years; how many pairs are kept.

    Sensitive matters, groups of fewer than ten, and who switched suggestions off do not come in.
    """
    items = [pk for pk, name in Item.objects.values_list("pk", "name") if not is_sensitive(name)]
    kept: list[NextMatter] = []
    with transaction.atomic(), connection.cursor() as cursor:
        for audience in Audience:
            cursor.execute(
                _PAIRS,
                {
                    "since": now - timedelta(days=730),
                    "items": items,
                    "organisations": audience is Audience.ORGANISATION,
                    "least": SMALLEST_GROUP,
                },
            )
            kept += [
                NextMatter(audience=audience, before_id=before, after_id=after, group=group, followed=followed)
                for before, after, group, followed in cursor.fetchall()
            ]
        NextMatter.objects.all().delete()
        NextMatter.objects.bulk_create(kept)
    return len(kept)
