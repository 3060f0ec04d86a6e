"""Coming to a window for somebody else by a written power of attorney (授权委托书), where no delegation holds here.

民法典 art 165: a written power states the agent, the matters, the authority and the time, and is signed or sealed by
who gives it. The officer reads it, states what it says, and its scan is kept; it holds for that day's check alone, and
every act made under it names it.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from tongban.foundation import content
from tongban.foundation.errors import NotAllowedError
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor
from tongban.identity.models import IdentityCheck, WrittenPower
from tongban.identity.papers import CHINA

SCAN_TYPES = frozenset({content.PDF, content.PNG, content.JPEG})
MAX_MATTERS = 300


@dataclass(frozen=True)
class Represented:
    """For whom somebody comes, where it is another person: as it stands on that one's document or its copy."""

    document: str = IdentityCheck.Document.RESIDENT_CARD.value
    name: str = ""
    id_number: str = ""
    country: str = CHINA


@dataclass(frozen=True)
class Power:
    """What a written power says.

    Attributes:
        scan: the scan, as `keep_power` kept it.
        matters: what it lets the agent do, in its own words.
        last_day: the last day it holds.
    """

    scan: uuid.UUID | None
    matters: str = ""
    last_day: date | None = None


def store_power(actor: Actor, name: str, data: bytes, now: datetime) -> WrittenPower:
    """Keep the scan of a written power, under the authority of the act that takes it in.

    Raises:
        InvalidError: type, size or content cannot be taken; under `power_scan`.
    """
    if actor.post is None or actor.account_id is None:
        raise NotAllowedError
    kept = content.store(data, declared_name=name, allowed=SCAN_TYPES, field="power_scan")
    with transaction.atomic():
        power = WrittenPower.objects.create(
            post_id=actor.post.id,
            account_id=actor.account_id,
            digest=kept.digest,
            file_name=kept.name,
            media_type=kept.media_type,
            size=kept.size,
            kept_at=now,
        )
        append(actor, "keep_power", "written_power", power.pk, {"digest": kept.digest})
    return power


def errors_of_power(actor: Actor, power: Power, today: date) -> dict[str, list[str]]:
    """What is wrong with a stated power, by field."""
    errors: dict[str, list[str]] = {}
    mine = WrittenPower.objects.filter(post_id=actor.post_id) if actor.post_id else WrittenPower.objects.none()
    if power.scan is None or not mine.filter(pk=power.scan).exists():
        errors["power_scan"] = [_("Scan the written power of attorney; it is kept with what is done under it.")]
    if not power.matters.strip() or len(power.matters.strip()) > MAX_MATTERS:
        message = _("State what it lets them do, as it says: at most %(most)d characters.")
        errors["power_matters"] = [message % {"most": MAX_MATTERS}]
    if power.last_day is None:
        errors["power_last_day"] = [_("State the last day it holds.")]
    elif power.last_day < today:
        errors["power_last_day"] = [_("It holds no more. It has to be given anew.")]
    return errors
