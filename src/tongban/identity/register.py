"""The register as officers read it: who somebody is, who acts for whom, which requests wait. Every look is recorded."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.foundation.errors import NotFoundError
from tongban.foundation.ledger import append
from tongban.identity.actor import Actor
from tongban.identity.assurance.models import Verification
from tongban.identity.assurance.rules import Held, counts
from tongban.identity.assurance.sources import REGISTRATION, source_name
from tongban.identity.authority import may, require
from tongban.identity.counter import counter_relations
from tongban.identity.finding import PaperGiven, birth_of, check_paper, person_by_paper
from tongban.identity.labels import basis_label
from tongban.identity.mandates import Basis
from tongban.identity.models import (
    CorrectionRequest,
    Guardianship,
    IdentityPaper,
    MandateRow,
    Merger,
    Organisation,
    Paper,
    Person,
)

# A name of an act -> the deed of the authority table.
_ACTS = ("enter_guardianship", "record_death", "merge")
_SHOWN_AT_ENDS = 4


def keeps_register(actor: Actor) -> bool:
    """Whether the post enters anything about people."""
    return may(actor, "enter_guardianship", "identity", counter_relations(actor))


def require_register(actor: Actor) -> None:
    """Raises:
    SignInNeededError, NotAllowedError: the post enters nothing about people.
    """
    require(actor, "enter_guardianship", "identity", counter_relations(actor))


def find_person(actor: Actor, given: PaperGiven) -> uuid.UUID:
    """Who is registered with this paper.

    Raises:
        InvalidError: a paper of this kind cannot have this number.
        NotFoundError: nobody is.
    """
    require_register(actor)
    check_paper(given)
    found = person_by_paper(given.kind, given.number, given.country)
    if found is None:
        raise NotFoundError(_("Nobody is registered with this paper."))
    return found.pk


def find_account(actor: Actor, username: str) -> uuid.UUID:
    """Whose account has this user name: for an entry that has no number yet.

    Raises:
        NotFoundError: nobody's.
    """
    require_register(actor)
    found = Person.objects.filter(account__username=username.strip()).values_list("pk", flat=True).first()
    if found is None:
        raise NotFoundError(_("No person has an account of this name."))
    return found


@dataclass(frozen=True)
class GuardianRow:
    id: uuid.UUID
    ward: str
    guardian: str
    kind: str
    valid_from: date
    valid_to: date | None
    ended: bool


@dataclass(frozen=True)
class VerificationEntry:
    """What somebody's level rests on, without the evidence; `counts` where it does today."""

    id: uuid.UUID
    source: str
    level: int
    made_at: datetime
    valid_until: date | None
    counts: bool
    revoked: bool


@dataclass(frozen=True)
class PersonEntry:
    """What the register says of somebody; numbers show their ends only."""

    id: uuid.UUID
    name: str
    numbers: Sequence[tuple[str, str]]
    born_on: date | None
    died_on: date | None
    merged: bool
    closed: bool
    username: str
    guardians: Sequence[GuardianRow]
    acting: Sequence[tuple[str, str]]
    mergers: Sequence[datetime]
    verifications: Sequence[VerificationEntry]
    may_revoke: bool
    may: frozenset[str]


def person_entry(actor: Actor, person_id: uuid.UUID) -> PersonEntry:
    """One entry, for who may enter something about people; the look is recorded.

    Raises:
        NotFoundError: there is none.
    """
    require_register(actor)
    person = Person.objects.select_related("account").filter(pk=person_id).first()
    if person is None:
        raise NotFoundError(_("There is no such person."))
    with transaction.atomic():
        append(actor, "look_up_person", "person", person.pk)
    numbers = [(str(Paper.RESIDENT.label), masked(str(person.id_number)))] if person.id_number else []
    numbers += [
        (f"{paper.get_kind_display()} {paper.country}", masked(str(paper.number)))
        for paper in IdentityPaper.objects.filter(person=person_id)
    ]
    found = Guardianship.objects.filter(ward=person_id) | Guardianship.objects.filter(guardian=person_id)
    acting = MandateRow.objects.filter(agent=person_id).select_related("person", "organisation")
    relations, today = counter_relations(actor), timezone.localdate()
    return PersonEntry(
        id=person.pk,
        name=person.name,
        numbers=numbers,
        born_on=birth_of(person),
        died_on=person.died_on,
        merged=person.merged_into_id is not None,
        closed=person.closed_at is not None,
        username=person.account.username if person.account else "",
        guardians=[_guardian(row) for row in found.select_related("ward", "guardian").order_by("-entered_at")],
        acting=[(_principal(row), basis_label(Basis(row.basis))) for row in acting],
        mergers=list(Merger.objects.filter(kept=person_id).values_list("at", flat=True)),
        verifications=[
            _verification(row, today)
            for row in Verification.objects.filter(person=person_id)
            .defer("evidence", "revoked_because")
            .order_by("-made_at")
        ],
        may_revoke=may(actor, "revoke", "verification"),
        may=frozenset(deed for deed in _ACTS if may(actor, deed, "identity", relations)),
    )


def _verification(row: Verification, today: date) -> VerificationEntry:
    revoked = row.revoked_at is not None
    valid = counts(Held(row.level, row.valid_until, revoked), today)
    # What somebody was registered with is changed by another verification, not taken back.
    return VerificationEntry(
        row.pk,
        source_name(row.source),
        row.level,
        row.made_at,
        row.valid_until,
        valid and row.source != REGISTRATION,
        revoked,
    )


def masked(number: str) -> str:
    """The last four characters; what is before them is for who shows the paper."""
    return "•" * max(len(number) - _SHOWN_AT_ENDS, 0) + number[-_SHOWN_AT_ENDS:]


def _principal(row: MandateRow) -> str:
    who = row.organisation or row.person
    return who.name if who else ""


def _guardian(row: Guardianship) -> GuardianRow:
    ended = row.ended_at is not None
    names = row.ward.name, row.guardian.name
    return GuardianRow(row.pk, *names, row.get_kind_display(), row.valid_from, row.valid_to, ended)


@dataclass(frozen=True)
class OrganisationEntry:
    """What the register says of an organisation."""

    id: uuid.UUID
    name: str
    credit_code: str
    representative: str
    dissolved_on: date | None
    acting: Sequence[tuple[str, str]]


def find_organisation(actor: Actor, credit_code: str) -> uuid.UUID:
    """The organisation with this code.

    Raises:
        NotFoundError: there is none.
    """
    require(actor, "change_representative", "identity")
    code = credit_code.strip().upper()
    found = Organisation.objects.filter(credit_code=code).values_list("pk", flat=True).first()
    if found is None:
        raise NotFoundError(_("There is no organisation with this credit code."))
    return found


def organisation_entry(actor: Actor, organisation_id: uuid.UUID) -> OrganisationEntry:
    """One organisation, with who acts for it.

    Raises:
        NotFoundError: there is none.
    """
    require(actor, "change_representative", "identity")
    found = Organisation.objects.select_related("legal_representative").filter(pk=organisation_id).first()
    if found is None:
        raise NotFoundError(_("There is no such organisation."))
    acting = MandateRow.objects.filter(organisation=organisation_id).select_related("agent")
    return OrganisationEntry(
        found.pk,
        found.name,
        found.credit_code,
        found.legal_representative.name,
        found.dissolved_on,
        [(row.agent.name, basis_label(Basis(row.basis))) for row in acting],
    )


@dataclass(frozen=True)
class CorrectionRow:
    """A request to correct what is held about somebody."""

    id: uuid.UUID
    who: str
    field: str
    present: str
    wanted: str
    reason: str
    state: str
    state_label: str
    asked_at: datetime
    answer_by: date
    answer: str


def open_corrections(actor: Actor) -> list[CorrectionRow]:
    """Requests that wait for an answer, due first on top."""
    require(actor, "answer", "correction_request")
    waiting = CorrectionRequest.objects.filter(state=CorrectionRequest.State.OPEN).select_related("person")
    return [_correction(row) for row in waiting.order_by("answer_by", "id")]


def correction(actor: Actor, request_id: uuid.UUID) -> CorrectionRow:
    """One request; what it shows of the person is recorded as read.

    Raises:
        NotFoundError: there is none.
    """
    require(actor, "answer", "correction_request")
    found = CorrectionRequest.objects.select_related("person").filter(pk=request_id).first()
    if found is None:
        raise NotFoundError(_("There is no such request."))
    with transaction.atomic():
        append(actor, "read_correction", "correction_request", found.pk)
    return _correction(found)


def my_corrections(actor: Actor) -> list[CorrectionRow]:
    """The actor's own requests, newest first."""
    mine = CorrectionRequest.objects.filter(person=actor.person_id).select_related("person")
    return [_correction(row) for row in mine.order_by("-asked_at")] if actor.person_id else []


def _correction(row: CorrectionRequest) -> CorrectionRow:
    return CorrectionRow(
        id=row.pk,
        who=row.person.name,
        field=row.get_field_display(),
        present=str(getattr(row.person, row.field) or ""),
        wanted=str(row.wanted),
        reason=str(row.reason),
        state=row.state,
        state_label=row.get_state_display(),
        asked_at=row.asked_at,
        answer_by=row.answer_by,
        answer=str(row.answer or ""),
    )


def person_to_enter(actor: Actor, person_id: uuid.UUID) -> Person:
    """The row about which something is to be entered.

    Raises:
        NotFoundError: there is none.
    """
    require_register(actor)
    found = Person.objects.filter(pk=person_id).first()
    if found is None:
        raise NotFoundError(_("There is no such person."))
    return found


def organisation_to_enter(actor: Actor, organisation_id: uuid.UUID) -> Organisation:
    """The row about which something is to be entered.

    Raises:
        NotFoundError: there is none.
    """
    require(actor, "change_representative", "identity")
    found = Organisation.objects.filter(pk=organisation_id).first()
    if found is None:
        raise NotFoundError(_("There is no such organisation."))
    return found
