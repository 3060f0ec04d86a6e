"""Finding a human by the number of a paper: through blind indexes, never by the number itself."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tongban.foundation.errors import ConflictError, InvalidError
from tongban.foundation.ledger import append
from tongban.foundation.sealing import blind_index
from tongban.identity.actor import Actor
from tongban.identity.models import IdentityPaper, Person
from tongban.identity.papers import (
    CHINA,
    ISSUED_BY_CHINA,
    PaperKind,
    born_on,
    is_valid,
    normalised,
    number_to_find,
)


def still_there(person: str = "") -> Q:
    """Entries under which somebody may act: they live, the entry was not merged into another, the account not closed.

    `person` is the name of the column that leads to them; empty for rows of people themselves.
    """
    prefix = f"{person}__" if person else ""
    return Q(**{f"{prefix}{name}": None for name in ("died_on", "merged_into", "closed_at")})


@dataclass(frozen=True)
class PaperGiven:
    """An identity paper as it is shown: its kind, its number, and of a passport who issued it (three letters)."""

    kind: PaperKind
    number: str
    country: str = CHINA


def index_of(kind: PaperKind, number: str, country: str = CHINA) -> str:
    """What a paper is found by: a citizen's number alone, of other papers kind, country and number."""
    wanted = number_to_find(kind, number)
    if kind in {PaperKind.RESIDENT, PaperKind.HMT_RESIDENCE}:
        return blind_index(wanted, "person.id_number")
    issued_by = CHINA if kind in ISSUED_BY_CHINA else country.strip().upper()
    return blind_index(f"{kind}\x00{issued_by}\x00{wanted}", "paper.number")


def person_by_paper(kind: PaperKind, number: str, country: str = CHINA) -> Person | None:
    """Who has this paper; of merged entries the one that was kept."""
    index = index_of(kind, number, country)
    found = Person.objects.filter(Q(id_number_index=index) | Q(papers__number_index=index)).first()
    while found and found.merged_into:
        found = found.merged_into
    return found


def indexes_of(person_id: uuid.UUID) -> set[str]:
    """Every index by which somebody can be found."""
    own = Person.objects.filter(Q(pk=person_id) | Q(merged_into=person_id)).values_list("id_number_index", flat=True)
    papers = IdentityPaper.objects.filter(person=person_id).values_list("number_index", flat=True)
    return {index for index in (*own, *papers) if index}


def birth_of(person: Person) -> date | None:
    """The day of birth: by the identity number, by a paper whose number has it, or as it was entered."""
    return births_of([person])[person.pk]


def births_of(people: Collection[Person]) -> dict[uuid.UUID, date | None]:
    """The days of birth of several, by person; one query whatever their number."""
    papers = IdentityPaper.objects.filter(person__in=[person.pk for person in people]).order_by("id")
    stated = {p.person_id: born for p in papers if (born := born_on(PaperKind(p.kind), str(p.number)))}
    return {person.pk: _birth_entered(person) or stated.get(person.pk) for person in people}


def _birth_entered(person: Person) -> date | None:
    if person.id_number:
        return born_on(PaperKind.RESIDENT, str(person.id_number))
    return date.fromisoformat(str(person.born_on)) if person.born_on else None


def check_paper(given: PaperGiven) -> None:
    """Raises:
    InvalidError: a paper of this kind cannot have this number (`number`), or a passport names no country (`country`).
    """
    country = given.country.strip().upper()
    if given.kind is PaperKind.PASSPORT and (len(country) != len(CHINA) or country == CHINA):
        raise InvalidError({"country": [_("Enter the three letters of the country that issued it.")]})
    if not is_valid(given.kind, given.number, country):
        message = _("A paper of this kind cannot have this number; check it character by character.")
        raise InvalidError({"number": [message]})


def keep_paper(actor: Actor, person: Person, given: PaperGiven) -> IdentityPaper:
    """Keep a paper other than the resident card with a person, in the transaction and under the authority of the act
    that saw it. Keeping the same again is once.

    Raises:
        InvalidError: as `check_paper`.
        ConflictError: somebody else is registered with it.
    """
    check_paper(given)
    issued_by = CHINA if given.kind in ISSUED_BY_CHINA else given.country.strip().upper()
    index = index_of(given.kind, given.number, issued_by)
    known = IdentityPaper.objects.filter(number_index=index).first()
    if known and known.person_id == person.pk:
        return known
    if Person.objects.filter(id_number_index=index).exclude(pk=person.pk).exists():
        raise ConflictError(_("A person with this identity paper is registered already."))
    try:
        with transaction.atomic():
            paper = IdentityPaper.objects.create(
                person=person,
                kind=given.kind.value,
                country=issued_by,
                number=normalised(given.number),
                number_index=index,
            )
            content = {"person": person.pk, "kind": given.kind.value, "country": issued_by, "number": given.number}
            append(actor, "keep_paper", "identity_paper", paper.pk, content)
    except IntegrityError:
        raise ConflictError(_("A person with this identity paper is registered already.")) from None
    return paper
