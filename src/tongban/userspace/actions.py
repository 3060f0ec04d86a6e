"""Writes to one's own space."""

import uuid
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from tongban.foundation.errors import InvalidError, NotAllowedError, NotFoundError, SignInNeededError
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor
from tongban.userspace.models import Contact, Message
from tongban.userspace.queries import own_messages


def mark_all_read(actor: Actor, now: datetime) -> int:
    """The messages of the present hat are read; how many were not."""
    with transaction.atomic():
        read = Message.objects.filter(own_messages(actor), read_at=None).update(read_at=now)
        if read:
            append(actor, "read_messages", "messages", actor.principal, {"read": read})
    return read


def mark_read(actor: Actor, message_id: uuid.UUID, now: datetime) -> None:
    """One message of the present hat is read; marking it twice is once.

    Raises:
        NotFoundError: there is none, or it is not this hat's.
    """
    mine = Message.objects.filter(own_messages(actor), pk=message_id)
    with transaction.atomic():
        if mine.filter(read_at=None).update(read_at=now):
            append(actor, "read_message", "message", message_id)
        elif not mine.exists():
            raise NotFoundError(_("There is no such message, or it is not yours to read."))


def choose_channels(actor: Actor, *, email: str, by_email: bool, by_sms: bool) -> Contact:
    """By which channels the person wants to hear, beside the messages on the platform.

    Raises:
        InvalidError: the address is none, or is missing where e-mail is wanted.
    """
    if not actor.is_signed_in:
        raise SignInNeededError
    if actor.person_id is None:
        raise NotAllowedError
    email = email.strip()
    try:
        if email:
            validate_email(email)
    except ValidationError as error:
        raise InvalidError({"email": [_("Write the address like name@example.cn.")]}) from error
    if by_email and not email:
        raise InvalidError({"email": [_("Write the address that e-mail shall go to.")]})
    with transaction.atomic():
        contact, _made = Contact.objects.update_or_create(
            person_id=actor.person_id,
            defaults={"email": email or None, "by_email": by_email, "by_sms": by_sms},
        )
        append(actor, "choose_channels", "person", actor.person_id, {"by_email": by_email, "by_sms": by_sms})
    return contact
