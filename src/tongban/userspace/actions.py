"""Writes to one's own space."""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.cases.relations import applicant
from tongban.foundation.errors import InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, require
from tongban.identity.models import Account
from tongban.items.queries import published_service
from tongban.userspace.models import Contact, Message, SavedMatter, SuggestionChoice
from tongban.userspace.queries import own_messages
from tongban.userspace.queries.space import own_saved

MOST_SAVED = 200


def mark_all_read(actor: Actor, now: datetime) -> int:
    """The messages of the present hat are read; how many were not."""
    require(actor, "mark", "message", {Relation.OWN} if actor.is_signed_in else ())
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
    require(actor, "mark", "message", {Relation.OWN} if actor.is_signed_in else ())
    mine = Message.objects.filter(own_messages(actor), pk=message_id)
    with transaction.atomic():
        if mine.filter(read_at=None).update(read_at=now):
            append(actor, "read_message", "message", message_id)
        elif not mine.exists():
            raise NotFoundError(_("There is no such message, or it is not yours to read."))


def choose_channels(actor: Actor, *, by_email: bool, by_sms: bool) -> None:
    """By which channels the person wants to hear, beside the messages on the platform. They go where their account
    takes codes.

    Raises:
        InvalidError: under `by_email`, `by_sms`: the account has no such contact yet.
    """
    require(actor, "choose", "contact", {Relation.OWN} if actor.person_id and not actor.at_desk else ())
    if actor.person_id is None:
        raise NotAllowedError
    with transaction.atomic():
        account = Account.objects.get(person=actor.person_id)
        errors: dict[str, list[str]] = {}
        if by_email and not account.email:
            errors["by_email"] = [_("Confirm an e-mail address first.")]
        if by_sms and not account.phone:
            errors["by_sms"] = [_("Confirm a mobile number first.")]
        if errors:
            raise InvalidError(errors)
        Contact.objects.update_or_create(person_id=actor.person_id, defaults={"by_email": by_email, "by_sms": by_sms})
        append(actor, "choose_channels", "person", actor.person_id, {"by_email": by_email, "by_sms": by_sms})


def save_matter(actor: Actor, service_id: uuid.UUID, now: datetime) -> None:
    """Put a service aside, for the present hat; saving it twice is once.

    Raises:
        NotFoundError: there is no such service, or it is not in force.
        InvalidError: two hundred are saved already.
    """
    require(actor, "keep", "saved_matter", {Relation.OWN} if actor.is_applicant else ())
    mine = SavedMatter.objects.filter(own_saved(actor))
    if mine.filter(service=service_id).exists():
        return
    service = published_service(actor, service_id, timezone.localdate(now)).service
    if mine.count() >= MOST_SAVED:
        message = _("You have saved %(most)d matters; take one out first.") % {"most": MOST_SAVED}
        raise InvalidError({"service": [message]})
    whose = applicant(actor)
    organisation = whose.organisation_id
    owner = {"organisation_id": organisation} if organisation else {"person_id": whose.person_id}
    with transaction.atomic():
        # Saved by another window of the same hat meanwhile, it stands already.
        _kept, fresh = mine.get_or_create(service=service, defaults={"saved_at": now, **owner})
        if fresh:
            append(actor, "save_matter", "service", service_id)


def unsave_matter(actor: Actor, service_id: uuid.UUID) -> None:
    """Take a service out again; taking it out twice is once."""
    require(actor, "keep", "saved_matter", {Relation.OWN} if actor.is_applicant else ())
    with transaction.atomic():
        gone, _rows = SavedMatter.objects.filter(own_saved(actor), service=service_id).delete()
        if gone:
            append(actor, "unsave_matter", "service", service_id)


def choose_suggestions(actor: Actor, *, wanted: bool) -> None:
    """Whether the person lets us suggest things, in every hat (个人信息保护法 art 24)."""
    require(actor, "choose", "suggestion", {Relation.OWN} if actor.is_applicant else ())
    person_id = applicant(actor).person_id
    with transaction.atomic():
        SuggestionChoice.objects.update_or_create(person_id=person_id, defaults={"off": not wanted})
        append(actor, "choose_suggestions", "person", person_id, {"wanted": wanted})
