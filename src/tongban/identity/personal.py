"""What `identity` holds about a person."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongban.identity import account_data
from tongban.identity.actor import held_on
from tongban.identity.holdings import Erasure, Holding, Kept, moves, register
from tongban.identity.models import (
    CorrectionRequest,
    Delegation,
    Guardianship,
    IdentityCheck,
    IdentityPaper,
    Merger,
    Organisation,
    Person,
    Post,
)


def _copy(person_id: uuid.UUID) -> Mapping[str, Any]:
    person = Person.objects.select_related("account").get(pk=person_id)
    sides = Q(person=person_id) | Q(agent=person_id)
    guards = Q(ward=person_id) | Q(guardian=person_id)
    return {
        "name": person.name,
        "id_number": person.id_number,
        "phone": person.phone,
        "address": person.address,
        "born_on": person.born_on,
        "assurance_level": person.assurance_level,
        "account": person.account and {"username": person.account.username, "opened_at": person.account.date_joined},
        **account_data.copy_account(person),
        **account_data.copy_records(person_id),
        "papers": [
            {"kind": paper.kind, "country": paper.country, "number": paper.number}
            for paper in IdentityPaper.objects.filter(person=person_id)
        ],
        "represents": list(Organisation.objects.filter(legal_representative=person_id).values("name", "credit_code")),
        "delegations": list(
            Delegation.objects.filter(sides).values(
                *("person__name", "organisation__name", "agent__name", "invited_name", "kind", "deeds", "services"),
                *("items", "valid_from", "valid_to", "offered_at", "accepted_at", "declined_at", "revoked_at"),
            )
        ),
        "guardianships": list(
            Guardianship.objects.filter(guards).values(
                "ward__name", "guardian__name", "kind", "valid_from", "valid_to", "entered_at", "ended_at"
            )
        ),
        "posts": list(Post.objects.filter(person=person_id).values("agency__name", "role", "valid_from", "valid_to")),
        "checks_at_counters": list(
            IdentityCheck.objects.filter(Q(person=person_id) | Q(represented=person_id)).values(
                "document", "made_at", "post__agency__name", "person__name", "represented__name"
            )
        ),
        "merged_entries": list(Merger.objects.filter(kept=person_id).values("at")),
        "correction_requests": [
            {"field": r.field, "wanted": r.wanted, "state": r.state, "asked_at": r.asked_at, "answer": r.answer}
            for r in CorrectionRequest.objects.filter(person=person_id)
        ],
    }


def _move(kept: uuid.UUID, merged: uuid.UUID) -> Mapping[str, list[str]]:
    moved = moves(
        kept,
        merged,
        (IdentityPaper, "person"),
        (Delegation, "person"),
        (Delegation, "agent"),
        (Guardianship, "ward"),
        (Guardianship, "guardian"),
        (Organisation, "legal_representative"),
        (Post, "person"),
        (IdentityCheck, "person"),
        (IdentityCheck, "represented"),
        (CorrectionRequest, "person"),
    )
    return {**moved, **account_data.move_records(kept, merged)}


def _obstacles(person_id: uuid.UUID) -> Sequence[str]:
    found = []
    if Post.objects.filter(held_on(timezone.localdate()), person=person_id).exists():
        found.append(_("You hold a post as an officer; it has to end first."))
    names = Organisation.objects.filter(legal_representative=person_id, dissolved_on=None).values_list(
        "name", flat=True
    )
    found += [
        _("You are the legal representative of %(name)s; the registry has to enter another first.") % {"name": n}
        for n in names
    ]
    wards = Guardianship.objects.filter(guardian=person_id, ended_at=None, ward__died_on=None)
    if wards.filter(Q(valid_to=None) | Q(valid_to__gt=timezone.localdate())).exists():
        found.append(_("You are somebody's guardian; that has to end first."))
    return found


def _erase(person_id: uuid.UUID, now: datetime) -> Erasure:
    person = Person.objects.select_for_update().get(pk=person_id)
    erased = {"phone": bool(person.phone), "address": bool(person.address)}
    person.phone = person.address = None
    person.closed_at = now
    person.save(update_fields=["phone", "address", "closed_at"])
    papers = IdentityPaper.objects.filter(person=person_id).count()
    kept = [
        Kept(
            _("your name and identity numbers"),
            1 + papers,
            _("The cases and the record of acts must say whose they are (Archives Law; Licensing Law, art 61)."),
        )
    ]
    past = Delegation.objects.filter(Q(person=person_id) | Q(agent=person_id)).count()
    if past:
        kept.append(Kept(_("past delegations"), past, _("They show by what right somebody acted.")))
    records, kept_records = account_data.erase_records(person_id)
    return Erasure(
        {name: int(there) for name, there in erased.items() if there} | records,
        kept + kept_records,
    )


register(
    Holding(
        "identity",
        gettext_lazy("who you are, and who acts for whom"),
        copy=_copy,
        move=_move,
        erase=_erase,
        obstacles=_obstacles,
        covers=account_data.COVERS
        | frozenset(
            {
                "identity.ApiToken.account",  # ends with the account
                "identity.CorrectionRequest.person",
                "identity.Delegation.agent",
                "identity.Delegation.person",
                "identity.Guardianship.guardian",
                "identity.Guardianship.ward",
                "identity.IdentityCheck.person",
                "identity.IdentityCheck.represented",
                "identity.IdentityPaper.person",
                "identity.MandateRow.agent",  # a view
                "identity.MandateRow.person",
                "identity.Merger.kept",  # history
                "identity.Merger.merged",
                "identity.Organisation.legal_representative",
                "identity.Person.account",
                "identity.Person.merged_into",
                "identity.Post.person",
            }
        ),
    )
)
