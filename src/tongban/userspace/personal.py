"""What the space holds about a person: messages, by which channels they hear, and what they put aside."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from tongban.identity.holdings import Erasure, Holding, moves, register
from tongban.userspace.models import Contact, Message, SavedMatter, SuggestionChoice


def _copy(person_id: uuid.UUID) -> Mapping[str, Any]:
    contact = Contact.objects.filter(person=person_id).first()
    return {
        "contact": contact
        and {"stated_email": contact.stated_email, "by_email": contact.by_email, "by_sms": contact.by_sms},
        "messages": [
            {"texts": message.texts, "created_at": message.created_at, "read_at": message.read_at}
            for message in Message.objects.filter(person=person_id, organisation=None, post=None)
        ],
        "saved": list(
            SavedMatter.objects.filter(person=person_id).values(
                "service__item__name", "service__agency__name", "saved_at"
            )
        ),
        "suggestions_off": SuggestionChoice.objects.filter(person=person_id, off=True).exists(),
    }


def _move(kept: uuid.UUID, merged: uuid.UUID) -> Mapping[str, list[str]]:
    # What the kept entry chose for itself stands.
    tables = (Message, Contact, SavedMatter, SuggestionChoice)
    return moves(kept, merged, *((table, "person") for table in tables))


def _erase(person_id: uuid.UUID, _now: datetime) -> Erasure:
    messages = Message.objects.filter(person=person_id, organisation=None, post=None)
    count = messages.count()
    messages.delete()
    contacts, _by_table = Contact.objects.filter(person=person_id).delete()
    saved, _by_table = SavedMatter.objects.filter(person=person_id).delete()
    choices, _by_table = SuggestionChoice.objects.filter(person=person_id).delete()
    return Erasure({"messages": count, "contact": contacts, "saved": saved, "suggestions": choices})


register(
    Holding(
        "userspace",
        gettext_lazy("messages, and by which channels you hear"),
        copy=_copy,
        move=_move,
        erase=_erase,
        covers=frozenset(
            f"userspace.{table}.person" for table in ("Contact", "Message", "SavedMatter", "SuggestionChoice")
        ),
    )
)
