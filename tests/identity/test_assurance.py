"""Assurance: which level verifications give, sources, the counter, lapsing, revoking."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from tests.world import NOW, TODAY, SmallWorld
from tongban.foundation.errors import (
    InvalidError,
    NotAllowedError,
    NotFoundError,
    SignInNeededError,
    TooManyError,
)
from tongban.foundation.home import SettingError, days_by_name
from tongban.foundation.models import LedgerEntry
from tongban.foundation.sealing import blind_index
from tongban.identity.actions import appoint, let_serve_counter
from tongban.identity.actor import VISITOR, Actor, actor_for, platform_process
from tongban.identity.assurance import sources as registry
from tongban.identity.assurance.actions import (
    announce_visit,
    lapse_verifications,
    revoke_verification,
    verify,
)
from tongban.identity.assurance.models import Verification, VerificationFailure
from tongban.identity.assurance.queries import level_today, my_announcement, my_assurance, of_check
from tongban.identity.assurance.rules import DECLARED, Held, counts, level_on, valid_until
from tongban.identity.assurance.sources import REGISTRATION, Asked, Counter, Found, Source, Subject
from tongban.identity.counter import Shown, at_desk, check_identity
from tongban.identity.models import Account, Person, Role

NUMBER = "45072119900512001"
NUMBER += ric.calc_check_digit(NUMBER + "0")
held = st.builds(Held, st.integers(1, 5), st.none() | st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.booleans())
days = st.dates(date(2025, 6, 1), date(2027, 6, 1))


@given(st.lists(held, max_size=6), days)
def test_the_level_is_the_highest_that_counts(verifications: list[Held], today: date) -> None:
    level = level_on(today, verifications)
    valid = [each.level for each in verifications if counts(each, today)]
    assert level == (max(valid) if valid else DECLARED)
    # Revoking or letting lapse never raises it, but for what was declared.
    for place in range(len(verifications)):
        left = [
            Held(each.level, each.valid_until, revoked=True) if n == place else each
            for n, each in enumerate(verifications)
        ]
        assert level_on(today, left) <= max(level, DECLARED)


@given(st.lists(held, max_size=6), days, st.integers(0, 400))
def test_time_alone_never_raises_a_level(verifications: list[Held], today: date, later: int) -> None:
    assert level_on(today + timedelta(days=later), verifications) <= max(level_on(today, verifications), DECLARED)


def test_validity_counts_from_the_day() -> None:
    assert valid_until(date(2026, 6, 1), 365) == date(2027, 6, 1)
    assert valid_until(date(2026, 6, 1), None) is None


class Register(Source):
    """A register that knows one number, for a day's time."""

    code, level, validity_days = "register", 3, 30

    def name(self) -> str:
        return "Register"

    def explanation(self) -> str:
        return "By number."

    def asks(self, subject: Subject) -> Sequence[Asked]:
        return (Asked("id_number", f"Number of {subject.name}"),)

    def verify(self, subject: Subject, given: Mapping[str, str], now: datetime) -> Found:
        assert subject.name
        if given.get("id_number") != NUMBER:
            raise InvalidError({"id_number": ["Not this person."]})
        return Found({"register": "test", "at": now.isoformat()}, NUMBER)


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Register:
    made = Register()
    counter = Counter()
    monkeypatch.setattr(registry, "sources", lambda: {made.code: made, counter.code: counter})
    for module in ("actions", "queries"):
        monkeypatch.setattr(f"tongban.identity.assurance.{module}.sources", registry.sources)
    return made


@pytest.fixture
def world(db: None) -> SmallWorld:
    return SmallWorld.build()


@pytest.fixture
def declared(world: SmallWorld) -> Actor:
    """A citizen of whom nobody checked anything."""
    Person.objects.filter(account=world.citizen.account_id).update(assurance_level=2)
    return _again(world.citizen)


@pytest.fixture
def counter(world: SmallWorld) -> Actor:
    operator = platform_process("tests")
    person = Person.objects.get(account=world.foreign_officer.account_id)
    post = appoint(operator, person, world.other_agency, Role.WINDOW_OFFICER, date(2026, 1, 1))
    let_serve_counter(operator, post)
    return actor_for(Account.objects.get(person=person), f"post:{post.pk}", TODAY)


def _again(actor: Actor) -> Actor:
    """The actor as the next request finds them."""
    return actor_for(Account.objects.get(person=actor.person_id), actor.hat, TODAY)


def test_a_source_raises_the_level_with_evidence_and_entry(declared: Actor, register: Register) -> None:
    made = verify(declared, "register", {"id_number": NUMBER}, NOW)
    assert _again(declared).assurance_level == 3
    assert (made.source, made.level, made.valid_until) == ("register", 3, TODAY + timedelta(days=30))
    assert made.evidence["register"] == "test"
    entry = LedgerEntry.objects.get(deed="verify_identity")
    assert (entry.object_id, entry.principal) == (str(made.pk), f"person:{declared.person_id}")
    # The register confirmed the number of somebody who had none.
    assert Person.objects.get(account=declared.account_id).id_number == NUMBER
    mine = my_assurance(_again(declared), TODAY)
    assert [(row.level, row.counts, row.may_revoke) for row in mine.verifications] == [(3, True, True)]
    assert [way.code for way in mine.ways] == ["register", "counter"]


def test_a_number_of_somebody_elses_is_not_taken_on(declared: Actor, world: SmallWorld, register: Register) -> None:
    verify(world.stranger, "register", {"id_number": NUMBER}, NOW)
    with pytest.raises(InvalidError) as refused:
        verify(declared, "register", {"id_number": NUMBER}, NOW)
    assert list(refused.value.fields) == ["id_number"]
    assert _again(declared).assurance_level == 2


def test_guessing_is_slowed_down(declared: Actor, register: Register) -> None:
    for _attempt in range(5):
        with pytest.raises(InvalidError):
            verify(declared, "register", {"id_number": "1"}, NOW)
    with pytest.raises(TooManyError):
        verify(declared, "register", {"id_number": NUMBER}, NOW)
    verify(declared, "register", {"id_number": NUMBER}, NOW + timedelta(minutes=16))
    assert VerificationFailure.objects.count() == 5


def test_only_who_applies_steps_up_and_not_by_the_counter(world: SmallWorld, register: Register) -> None:
    with pytest.raises(SignInNeededError):
        verify(VISITOR, "register", {}, NOW)
    with pytest.raises(NotAllowedError):
        verify(world.window, "register", {}, NOW)
    for code in ("counter", "nothing"):
        with pytest.raises(NotFoundError):
            verify(world.citizen, code, {}, NOW)


def test_a_level_lapses_to_what_it_was_registered_with(world: SmallWorld, register: Register) -> None:
    Person.objects.filter(account=world.citizen.account_id).update(assurance_level=3)
    register.level = 5
    verify(world.citizen, "register", {"id_number": NUMBER}, NOW)
    assert _again(world.citizen).assurance_level == 5
    # What has lapsed counts for nothing even before the job takes it from the person's row.
    assert level_today(_again(world.citizen), TODAY + timedelta(days=29)) == 5
    assert level_today(_again(world.citizen), TODAY + timedelta(days=30)) == 3
    vouched = replace(_again(world.citizen), assurance_level=4)
    assert level_today(vouched, TODAY + timedelta(days=30)) == 4
    assert lapse_verifications(NOW + timedelta(days=29)) == 0
    assert lapse_verifications(NOW + timedelta(days=30)) == 1
    assert lapse_verifications(NOW + timedelta(days=30)) == 0
    assert _again(world.citizen).assurance_level == 3
    assert Verification.objects.get(source=REGISTRATION).level == 3
    assert LedgerEntry.objects.filter(deed="lapse_verification").count() == 1


def test_who_may_take_a_verification_back(declared: Actor, world: SmallWorld, register: Register) -> None:
    made = verify(declared, "register", {"id_number": NUMBER}, NOW)
    for other in (world.stranger, world.window, VISITOR):
        with pytest.raises((NotFoundError, SignInNeededError)):
            revoke_verification(other, made.pk, "why", NOW)
    with pytest.raises(InvalidError):
        revoke_verification(declared, made.pk, "  ", NOW)
    assert revoke_verification(declared, made.pk, "It was not me.", NOW).revoked_because == "It was not me."
    assert _again(declared).assurance_level == 2
    revoke_verification(platform_process("tests"), made.pk, "again", NOW + timedelta(days=1))
    assert LedgerEntry.objects.filter(deed="revoke_verification").count() == 1


def test_the_counter_raises_the_level_of_who_brings_a_code(declared: Actor, world: SmallWorld, counter: Actor) -> None:
    Person.objects.filter(account=declared.account_id).update(
        id_number=NUMBER, id_number_index=blind_index(NUMBER, "person.id_number")
    )
    visit = announce_visit(declared, 5, "/apply/x/check/", NOW)
    assert announce_visit(declared, 5, "/apply/x/check/", NOW) == visit
    assert announce_visit(declared, 5, "/elsewhere/", NOW).code != visit.code
    shown = Shown("resident_card", "韦秀兰", NUMBER, code="00000000" if visit.code != "00000000" else "1")
    with pytest.raises(InvalidError) as refused:
        check_identity(counter, shown, NOW)
    assert list(refused.value.fields) == ["code"]
    assert not Verification.objects.exists()
    check = check_identity(counter, Shown("resident_card", "韦秀兰", NUMBER, code=visit.code), NOW)
    assert check.person.assurance_level == 5
    assert _again(declared).assurance_level == 5
    announced = my_announcement(declared, "/apply/x/check/", TODAY)
    assert announced is not None
    assert announced.is_met
    # Checked again that day it is one verification; a mistaken check is taken back by who made it, and by nobody else.
    check_identity(counter, Shown("resident_card", "韦秀兰", NUMBER), NOW)
    made = Verification.objects.get()
    assert at_desk(counter, check.pk, NOW).assurance_level == 5
    with pytest.raises(NotFoundError):
        revoke_verification(world.window, made.pk, "mistaken", NOW)
    found = of_check(counter, check.pk)
    assert found is not None
    assert (found.verification_id, found.revoked) == (made.pk, False)
    revoke_verification(counter, made.pk, "mistaken", NOW)
    assert _again(declared).assurance_level == 2


def test_settings_of_validity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_DAYS", "counter=1825, face=none")
    assert days_by_name("X_DAYS") == {"counter": 1825, "face": None}
    for wrong in ("counter", "counter=-1", "=3", "counter=x"):
        monkeypatch.setenv("X_DAYS", wrong)
        with pytest.raises(SettingError):
            days_by_name("X_DAYS")
