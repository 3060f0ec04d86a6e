"""Messages: the list, one, how many are unread, and by which channels they come."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, Subquery
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tongban.cases.relations import applicant
from tongban.cases.rules import written
from tongban.foundation.errors import NotAllowedError, NotFoundError
from tongban.foundation.statements import Asked, Counting
from tongban.identity.actor import Actor
from tongban.identity.authority import Relation, may, require
from tongban.identity.mandates import Deed
from tongban.identity.models import Account, Person
from tongban.identity.signin.rules import Contact as Reached
from tongban.identity.signin.rules import contact_of
from tongban.userspace.channels import channels
from tongban.userspace.models import Contact, Message

PAGE_SIZE = 20
# Beyond it the exact number helps nobody.
MOST_COUNTED = 99


@dataclass(frozen=True)
class MessageRow:
    """A message as its recipient reads it. `leads_to` says what it is about: case, bundle, offer,
    account or delegation.
    """

    id: uuid.UUID
    title: str
    text: str
    case_id: uuid.UUID | None
    case_number: str
    bundle_id: uuid.UUID | None
    bundle_number: str
    leads_to: str
    created_at: datetime
    unread: bool


@dataclass(frozen=True)
class MessagePage:
    rows: Sequence[MessageRow]
    next: uuid.UUID | None


@dataclass(frozen=True)
class Channels:
    """What the person chose, and what there is to choose.

    Attributes:
        email, phone: where the account takes codes, masked; empty where it does not.
        sms_offered: whether this installation sends text messages.
        to_confirm: an address or number that was stated and never confirmed, while the account has none of its kind.
    """

    email: str
    phone: str
    by_email: bool
    by_sms: bool
    sms_offered: bool
    to_confirm: Sequence[str]

    @property
    def lead_nowhere(self) -> bool:
        """Whether something was chosen that reaches nobody until a contact is confirmed."""
        return (self.by_email and not self.email) or (self.by_sms and self.sms_offered and not self.phone)


def own_messages(actor: Actor) -> Q:
    """Messages of the present hat: the person's own, the organisation's, or the post's.

    Raises:
        SignInNeededError, NotAllowedError: nobody has messages in this hat.
    """
    require(actor, "read", "message", {Relation.OWN})
    if actor.post:
        return Q(post_id=actor.post.id)
    whose = applicant(actor)
    rows = Q(organisation_id=whose.organisation_id)
    if whose.organisation_id is None:
        rows = _of_person(whose.person_id)
    if not _are_ones_own_affairs(actor):
        rows &= Q(case__isnull=False) | Q(bundle__isnull=False) | Q(offer__isnull=False)
    if actor.covers_all(Deed.READ) or whose.mandate is None:
        return rows
    # An agent reads what is about the matters the delegation names.
    services, items = whose.mandate.matters(Deed.READ)
    of_case = Q(case__service__in=services) | Q(case__service__item__in=items)
    return rows & (of_case | Q(offer__service__in=services) | Q(offer__service__item__in=items))


def _are_ones_own_affairs(actor: Actor) -> bool:
    """Whether accounts and delegations of the principal are the actor's to hear of; never an agent's."""
    if actor.organisation_id:
        return actor.mandate is not None and actor.mandate.is_staff_or_more
    return actor.represented_id is None


def my_messages(actor: Actor, before: uuid.UUID | None = None, size: int = PAGE_SIZE) -> MessagePage:
    """The messages of the present hat, newest first: one query."""
    messages = _readable(actor)
    if before:
        last = Subquery(Message.objects.filter(pk=before).values("created_at"))
        messages = messages.filter(Q(created_at__lt=last) | Q(created_at=last, id__lt=before))
    found = list(messages.order_by("-created_at", "-id")[: size + 1])
    rows = [_row(message) for message in found[:size]]
    return MessagePage(rows, rows[-1].id if len(found) > size else None)


def my_message(actor: Actor, message_id: uuid.UUID) -> MessageRow:
    """One message of the present hat.

    Raises:
        NotFoundError: there is none, or it is not this hat's to read.
    """
    message = _readable(actor).filter(pk=message_id).first()
    if message is None:
        raise NotFoundError(_("There is no such message, or it is not yours to read."))
    return _row(message)


def _readable(actor: Actor) -> QuerySet[Message]:
    """The messages of the present hat, with what they are about; no form is unsealed for it."""
    messages = Message.objects.filter(own_messages(actor)).select_related("case", "bundle")
    return messages.defer("case__answers", "bundle__answers", "bundle__uploads")


def _row(message: Message) -> MessageRow:
    texts = message.texts["en" if (get_language() or "").startswith("en") else "zh"]
    return MessageRow(
        message.pk,
        texts["title"],
        texts["text"],
        message.case_id,
        written(message.case.number) if message.case else "",
        message.bundle_id,
        written(message.bundle.number) if message.bundle else "",
        _about(message),
        message.created_at,
        message.read_at is None,
    )


def _about(message: Message) -> str:
    if message.case_id:
        return "case"
    if message.bundle_id:
        return "bundle"
    if message.offer_id:
        return "offer"
    return "account" if message.is_of_account else "delegation"


def unread_messages(actor: Actor) -> int:
    """How many messages of the present hat were not read, up to 99; 0 for visitors."""
    if not may(actor, "read", "message", {Relation.OWN}):
        return 0
    asked = asked_unread(actor)
    if asked:
        return int(asked.reading(*asked.arguments)[0][0])
    whose = applicant(actor)
    if whose.organisation_id is None and actor.represented_id is None:
        return int(_UNREAD_BY_PERSON(whose.person_id)[0][0])
    return _unread(own_messages(actor)).count()


def asked_unread(actor: Actor) -> Asked | None:
    """What `unread_messages` asks for an officer; None for anybody who has no messages of a post."""
    return UNREAD_BY_POST.of(actor.post.id) if actor.post and may(actor, "read", "message", {Relation.OWN}) else None


def _unread(whose: Q) -> QuerySet[Message]:
    return Message.objects.filter(whose, read_at=None).order_by()[:MOST_COUNTED]


def _of_person(person_id: uuid.UUID) -> Q:
    return Q(person_id=person_id, organisation_id=None, post_id=None)


# Every page of an officer asks, and every page of a person.
UNREAD_BY_POST = Counting(lambda post: _unread(Q(post_id=post)).values_list("id"), uuid.UUID(int=1))
_UNREAD_BY_PERSON = Counting(lambda person: _unread(_of_person(person)).values_list("id"), uuid.UUID(int=1))


def my_channels(actor: Actor) -> Channels:
    """The person's choice of channels.

    Raises:
        SignInNeededError, NotAllowedError: nobody, or no person, is signed in.
    """
    require(actor, "read", "contact", {Relation.OWN})
    if actor.person_id is None:
        raise NotAllowedError
    person = Person.objects.select_related("account", "contact").get(pk=actor.person_id)
    chosen, account = getattr(person, "contact", None) or Contact(), person.account or Account()
    sms = "sms" in channels()
    stated = (None if account.email else chosen.stated_email, None if account.phone or not sms else person.phone)
    return Channels(
        email=Reached("email", account.email).masked if account.email else "",
        phone=Reached("phone", account.phone).masked if account.phone else "",
        by_email=chosen.by_email,
        by_sms=chosen.by_sms,
        sms_offered=sms,
        to_confirm=[found.value for one in stated if one and (found := contact_of(one))],
    )
