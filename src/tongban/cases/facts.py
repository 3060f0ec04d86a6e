"""What is known of an applicant to the tables that decide and offer: from identity, and from their cases here."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from tongban.cases.models import OPEN_STATES, Case, CaseDocument, CreditRecord, Outcome
from tongban.foundation.decisions import Value
from tongban.identity.capacity import birthday
from tongban.identity.finding import births_of
from tongban.identity.models import Person
from tongban.items.light import NOT_ASKED, Input

REVOKED = (CaseDocument.Kind.REVOCATION, CaseDocument.Kind.CANCELLATION)


@dataclass(frozen=True)
class Subject:
    """Whose facts: the human, and the organisation they act for, if any."""

    person_id: uuid.UUID
    organisation_id: uuid.UUID | None = None

    @property
    def own(self) -> Q:
        """Rows with `person` and `organisation` that are the subject's: an organisation's, whoever acted for it."""
        if self.organisation_id:
            return Q(organisation_id=self.organisation_id)
        return Q(person_id=self.person_id, organisation_id=None)


def age_on(born: date | None, day: date) -> int | None:
    """Age in whole years; None where the day of birth is not known, or is still to come."""
    if born is None:
        return None
    years = day.year - born.year
    years -= day < birthday(born, years)
    return years if years >= 0 else None


def granted(subject: Subject) -> QuerySet[Case]:
    """Cases in which something was granted to the subject that still stands: not revoked, not cancelled."""
    return _standing(Case.objects.filter(subject.own))


def _standing(cases: QuerySet[Case]) -> QuerySet[Case]:
    ended = CaseDocument.objects.filter(case=OuterRef("pk"), kind__in=REVOKED)
    return cases.filter(~Exists(ended), outcome=Outcome.GRANTED)


def has_bad_credit(subject: Subject) -> bool:
    """Whether serious bad credit stands against the subject, not repaired yet."""
    whose = Q(organisation_id=subject.organisation_id) if subject.organisation_id else Q(person_id=subject.person_id)
    return CreditRecord.objects.filter(whose, repaired_on=None).exists()


def facts_of(
    subject: Subject,
    inputs: Iterable[Input],
    day: date,
    *,
    answers: Mapping[str, Any] | None = None,
    situation: Mapping[str, str] | None = None,
    leaving_out: uuid.UUID | None = None,
) -> dict[str, Value | None]:
    """The value of every input; None where it is not known. `leaving_out` is the case that is being decided."""
    wanted = list(inputs)
    known = _Known([subject], day, {each.source for each in wanted}, leaving_out)
    facts: dict[str, Value | None] = {}
    for each in wanted:
        scope, _dot, name = each.source.partition(".")
        if scope == "answer":
            given = (answers or {}).get(name)
            facts[each.name] = _day(given) if each.type.kind == "date" else given
        elif scope == "guidance":
            facts[each.name] = (situation or {}).get(name, NOT_ASKED)
        else:
            facts[each.name] = known.value(subject, each.source)
    return facts


def facts_of_several(subjects: Sequence[Subject], inputs: Iterable[Input], day: date) -> list[dict[str, Value | None]]:
    """The same for several before anybody applies, in their order; as many queries as for one."""
    wanted = list(inputs)
    known = _Known(subjects, day, {each.source for each in wanted}, None)
    return [{each.name: known.value(subject, each.source) for each in wanted} for subject in subjects]


def _day(given: object) -> date | None:
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        return None


class _Known:
    """What the platform holds, asked for in a fixed number of queries and only where a table looks at it."""

    def __init__(
        self, subjects: Sequence[Subject], day: date, sources: Collection[str], leaving_out: uuid.UUID | None
    ) -> None:
        self.day = day
        self.people: Mapping[uuid.UUID, Person] = {}
        self.births: Mapping[uuid.UUID, date | None] = {}
        if {"applicant.age", "applicant.assurance_level"} & set(sources):
            wanted = {subject.person_id for subject in subjects}
            self.people = Person.objects.only("id_number", "born_on", "assurance_level").in_bulk(wanted)
        if "applicant.age" in sources:
            self.births = births_of(self.people.values())
        alone = [subject.person_id for subject in subjects if not subject.organisation_id]
        organisations = [subject.organisation_id for subject in subjects if subject.organisation_id]
        whose = Q(person_id__in=alone, organisation_id=None) | Q(organisation_id__in=organisations)
        codes = {source.partition(".")[2] for source in sources if source.startswith(("granted.", "pending."))}
        self.granted: set[tuple[uuid.UUID, str]] = set()
        self.pending: set[tuple[uuid.UUID, str]] = set()
        if codes:
            others = ~Q(pk=leaving_out) if leaving_out else Q()
            here = Case.objects.filter(whose, others, service__item__code__in=codes)
            self.granted = _by_whom(_standing(here))
            self.pending = _by_whom(here.filter(state__in=OPEN_STATES, outcome=""))
        self.bad: set[uuid.UUID] = set()
        if "credit.bad" in sources:
            people = [subject.person_id for subject in subjects if not subject.organisation_id]
            records = CreditRecord.objects.filter(repaired_on=None).filter(
                Q(person_id__in=people) | Q(organisation_id__in=organisations)
            )
            for person_id, organisation_id in records.values_list("person_id", "organisation_id"):
                self.bad |= {person_id, organisation_id} - {None}

    def value(self, subject: Subject, source: str) -> Value | None:
        scope, _dot, name = source.partition(".")
        whose = subject.organisation_id or subject.person_id
        person = self.people.get(subject.person_id)
        if scope in {"granted", "pending"}:
            return (whose, name) in (self.granted if scope == "granted" else self.pending)
        return {
            "applicant.kind": "organisation" if subject.organisation_id else "person",
            "applicant.age": age_on(self.births.get(subject.person_id), self.day),
            "applicant.assurance_level": person.assurance_level if person else None,
            "credit.bad": whose in self.bad,
        }.get(source)


def _by_whom(cases: QuerySet[Case]) -> set[tuple[uuid.UUID, str]]:
    """Organisation, or person where there is none, and the item's code of each."""
    whose = Coalesce("organisation_id", "person_id")
    return set(cases.annotate(whose=whose).values_list("whose", "service__item__code"))
