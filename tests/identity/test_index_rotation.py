"""The key of the look-up indexes is changed while people register and sign in: everybody is found, nobody twice."""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction
from django.test import Client

from tests.identity.people import number
from tests.world import PASSWORD
from tongban.foundation import resealing
from tongban.foundation.errors import ConflictError
from tongban.foundation.keys import KeyRing, Keys, KeysError
from tongban.foundation.models import LedgerEntry
from tongban.foundation.sealing import blind_index
from tongban.foundation.suites import AES_256_GCM
from tongban.government.models import Platform
from tongban.identity.actions import Identity, open_account, register_person
from tongban.identity.actor import platform_process
from tongban.identity.delegating import invited_people
from tongban.identity.finding import PaperGiven, index_of, person_by_paper
from tongban.identity.models import Account, Delegation, ForeignIdentity, IdentityPaper, Person, TrustedProvider
from tongban.identity.papers import PaperKind
from tongban.identity.signin.accounts import account_named, contact_index
from tongban.identity.signin.rules import Contact

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STEP = resealing.GRACE + resealing.BETWEEN_PASSES
BY = platform_process("test")
RESIDENT = PaperKind.RESIDENT
# A column of every table that is looked up by.
LOOKED_UP: dict[str, tuple[Any, str]] = {
    "identity_person": (Person, "id_number_index"),
    "identity_account": (Account, "phone_index"),
    "identity_identitypaper": (IdentityPaper, "number_index"),
    "identity_delegation": (Delegation, "invited_index"),
    "identity_foreignidentity": (ForeignIdentity, "subject_index"),
}


class Hearing(KeyRing):
    """The keys as each thread has heard of them: `hears` is what a process knows that read the file at that time."""

    def __init__(self, path: Path) -> None:
        self._of_thread = threading.local()
        super().__init__(path)

    def hears(self, keys: Keys | None) -> None:
        self._of_thread.keys = keys

    def current(self) -> Keys:
        return getattr(self._of_thread, "keys", None) or super().current()


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hearing:
    made = Hearing(tmp_path / "keys.json")
    monkeypatch.setattr(settings, "KEYS", made)
    monkeypatch.setattr(settings, "CONTENT_ROOT", tmp_path / "content")
    return made


@pytest.fixture
def known(db: None, ring: Hearing) -> "Known":
    return Known()


class Known:
    """A row of every table that is looked up by, found as the platform finds it."""

    def __init__(self) -> None:
        self.serial = 0
        self.provider = TrustedProvider.objects.create(
            platform=Platform.objects.create(code="neighbour", name="邻省", kind="provincial"),
            issuer="https://neighbour.example.cn", client_id="here", client_secret="s", highest_level=3,
            trusted_since=NOW,
        )  # fmt: skip
        self.found: list[Callable[[], bool]] = []
        self.add()

    def add(self) -> None:
        """One more of each."""
        self.serial += 1
        at = self.serial
        resident, passport, phone = number(date(1990, 1, 1), at), f"E{at:08}", f"138{at:08}"
        account = open_account(BY, f"user{at}", None)
        account.take_contact("phone", phone, contact_index(Contact("phone", phone)))
        paper = PaperGiven(PaperKind.PASSPORT, passport, "FRA")
        person = register_person(BY, Identity("韦一", resident, papers=(paper,)), account)
        invitation = Delegation.objects.create(
            person=person, invited_name="韦一", invited_index=index_of(RESIDENT, resident), valid_from=NOW.date()
        )
        index = blind_index(f"{self.provider.pk}|{at}", "foreign_identity.subject")
        ForeignIdentity.objects.create(provider=self.provider, subject_index=index, person=person, linked_at=NOW)
        subjects = ForeignIdentity.objects.filter(provider=self.provider, subject_index=index)
        self.found += [
            lambda: person_by_paper(RESIDENT, resident) == person,
            lambda: person_by_paper(PaperKind.PASSPORT, passport, "FRA") == person,
            lambda: account_named(phone) == account,
            lambda: list(invited_people(Delegation.objects.get(pk=invitation.pk))) == [person],
            lambda: Delegation.objects.filter(invited_index__in={index_of(RESIDENT, resident)}).exists(),
            lambda: subjects.get().person_id == person.pk,
        ]

    def check(self) -> None:
        """All are found, and none can be entered again."""
        assert all(found() for found in self.found)
        for at in range(1, self.serial + 1):
            with pytest.raises(ConflictError):
                register_person(BY, Identity("陆二", number(date(1990, 1, 1), at)))
            with pytest.raises(ConflictError):
                register_person(BY, Identity("陆二", papers=(PaperGiven(PaperKind.PASSPORT, f"E{at:08}", "FRA"),)))
            with pytest.raises(IntegrityError), transaction.atomic():
                Account.objects.create(username="other", phone_index=contact_index(Contact("phone", f"138{at:08}")))
            with pytest.raises(IntegrityError), transaction.atomic():
                ForeignIdentity.objects.create(
                    provider=self.provider, person=Person.objects.earliest("pk"), linked_at=NOW,
                    subject_index=blind_index(f"{self.provider.pk}|{at}", "foreign_identity.subject"),
                )  # fmt: skip


def steps_of_change(now: datetime = NOW) -> Iterator[datetime]:
    """Begin a change of the key and take it to its end, whole passes at a time; the moment of each."""
    resealing.rotate_index(now)
    while settings.KEYS.refresh().turning:
        yield now
        now += STEP
        assert now < NOW + timedelta(days=2), "the change comes to an end"
        resealing.reseal(now)


def generations(table: str) -> set[tuple[int | None, int | None]]:
    """What generations stand in the two places of a column; one that is not in the key file as -1."""
    marks = {key.mark: key.number for key in settings.KEYS.refresh().index_keys.values()} | {None: None}
    column = LOOKED_UP[table][1]
    with connection.cursor() as cursor:
        places = ", ".join(f"substr({column}[{place}], 1, 4)" for place in (1, 2))
        cursor.execute(f"SELECT {places} FROM {table} WHERE {column} IS NOT NULL")
        return {(marks.get(first, -1), marks.get(second, -1)) for first, second in cursor.fetchall()}


def test_everybody_is_found_and_nobody_twice_at_every_step(known: Known, ring: Hearing) -> None:
    seen = []
    for _now in steps_of_change():
        known.check()
        known.add()
        known.check()
        keys = ring.current()
        seen.append((keys.looked_up_by.number, keys.turning and keys.turning.state))
    known.check()
    assert list(dict.fromkeys(seen)) == [(1, "coming"), (2, "ending"), (2, "ended")]
    assert {table: generations(table) for table in LOOKED_UP} == {table: {(2, None)} for table in LOOKED_UP}
    assert not any(resealing.under_old_keys().values())
    assert set(json.loads(ring.path.read_text())["index_keys"]) == {"2"}
    deeds = LedgerEntry.objects.filter(object_type="index_key").order_by("id")
    assert list(deeds.values_list("deed", "object_id")) == [
        ("rotate_key", "index-2"), ("activate_key", "index-2"), ("retire_key", "index-1"),
    ]  # fmt: skip
    # The next one takes the place of the one before.
    for _now in steps_of_change(NOW + timedelta(days=1)):
        known.check()
    known.check()
    assert generations("identity_person") == {(None, 3)}


def test_no_step_is_taken_before_every_process_has_heard_of_the_last(known: Known, ring: Hearing) -> None:
    resealing.rotate_index(NOW)
    resealing.reseal(NOW)
    assert not any(resealing.under_old_keys().values())
    resealing.reseal(NOW + resealing.GRACE - timedelta(seconds=1))
    assert ring.refresh().looked_up_by.number == 1
    with pytest.raises(KeysError, match="being changed already"):
        resealing.rotate_index(NOW)
    resealing.reseal(NOW + STEP)
    assert ring.refresh().looked_up_by.number == 2
    resealing.reseal(NOW + STEP + timedelta(minutes=59))
    assert generations("identity_person") == {(2, 1)}


def test_processes_that_have_heard_of_different_steps_enter_nobody_twice(known: Known, ring: Hearing) -> None:
    """At every step one process is a step behind the other; each finds what the other enters, and refuses it."""
    heard = [ring.current()]
    for _now in steps_of_change():
        if ring.current().index_keys != heard[-1].index_keys:
            heard.append(ring.current())
        for first, second in ((heard[-2], heard[-1]), (heard[-1], heard[-2])):
            ring.hears(first)
            known.add()
            ring.hears(second)
            known.check()
        ring.hears(None)
    assert len(heard) == 4


def test_two_enter_one_number_at_one_moment_each_under_its_own_keys(transactional_db: None, ring: Hearing) -> None:
    """One has not heard of the change yet; both have looked, found nobody, and write."""
    before = ring.current()
    resealing.rotate_index(NOW)
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def enter(keys: Keys, serial: int) -> None:
        ring.hears(keys)
        try:
            together.wait()
            register_person(BY, Identity("韦一", number(date(1990, 1, 1), serial)))
            outcomes.append("entered")
        except ConflictError:
            outcomes.append("refused")
        finally:
            connection.close()

    for serial in range(20):
        pair = [threading.Thread(target=enter, args=(keys, serial)) for keys in (before, ring.current())]
        for thread in pair:
            thread.start()
        for thread in pair:
            thread.join()
    assert sorted(outcomes) == ["entered"] * 20 + ["refused"] * 20
    assert Person.objects.count() == 20


def test_what_a_former_version_left_is_found_and_moved(known: Known, ring: Hearing) -> None:
    """Its indexes are the permanent digests themselves, and nothing else is kept of whom an invitation is for."""
    content = json.loads(ring.path.read_text())
    del content["index_keys"]
    ring.path.write_text(json.dumps(content))
    assert ring.refresh().looked_up_by.number == 0
    for table, (model, column) in LOOKED_UP.items():
        for pk, digest in model.objects.values_list("pk", column):
            with connection.cursor() as cursor:
                # As the migration leaves it.
                cursor.execute(
                    f"UPDATE {table} SET {column} ="
                    r" ARRAY['\x00000000'::bytea || decode(%s, 'hex'), NULL, NULL] WHERE id = %s",
                    [digest, pk],
                )
    known.check()
    for _now in steps_of_change():
        known.check()
    known.check()
    assert {table: generations(table) for table in LOOKED_UP} == {table: {(None, 1)} for table in LOOKED_UP}


def test_rows_of_an_old_copy_are_moved_at_once(known: Known, ring: Hearing) -> None:
    """The database was restored without its keys, whose generation is gone here."""
    for table, (_model, column) in LOOKED_UP.items():
        with connection.cursor() as cursor:
            foreign = f"'\\x00000007'::bytea || substr({column}[2], 5)"
            cursor.execute(
                f"UPDATE {table} SET {column} = ARRAY[NULL, {foreign}, {column}[3]] WHERE {column} IS NOT NULL"
            )
    assert not any(found() for found in known.found[:3])
    assert resealing.mend_indexes().rows == 5
    known.check()
    assert resealing.mend_indexes().rows == 0


def test_it_can_be_compared_and_nothing_else(known: Known) -> None:
    with pytest.raises(FieldError):
        Person.objects.filter(id_number_index__gt="0").exists()
    assert not Person.objects.filter(id_number_index__in=[]).exists()
    with pytest.raises(ValueError, match="not a blind index"):
        Person.objects.create(name="x", id_number_index=number(date(1990, 1, 1)))


KILLED = """
import sys
import django
django.setup()
from datetime import datetime
from tongban.foundation import resealing
resealing.ROWS_A_BATCH = 2
batch = resealing._reseal_batch
def told(table, reached, done):
    before, last = done.rows, batch(table, reached, done)
    if table.table == "identity_person":
        print(done.rows - before, flush=True)
        sys.stdin.readline()  # the batch is written, and its transaction open
    return last
resealing._reseal_batch = told
resealing.reseal(datetime.fromisoformat(sys.argv[1]))
"""


def test_a_pass_that_is_killed_is_gone_on_with(transactional_db: None, ring: Hearing) -> None:
    for serial in range(6):
        register_person(BY, Identity("韦一", number(date(1990, 1, 1), serial)))
    resealing.rotate_index(NOW)
    environment = os.environ | {
        "TONGBAN_KEYS_FILE": str(ring.path),
        "DATABASE_URL": os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{connection.settings_dict['NAME']}",
    }
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, NOW.isoformat()],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdin
    assert child.stdout
    try:
        assert child.stdout.readline() == "2\n"
        child.stdin.write("\n")
        child.stdin.flush()
        assert child.stdout.readline() == "2\n"
    finally:
        child.send_signal(signal.SIGKILL)
        child.communicate()
    # PostgreSQL rolls the second batch back when it notices: a lock on its rows is had once that is done.
    with transaction.atomic():
        assert len(Person.objects.select_for_update()) == 6
    assert resealing.under_old_keys()["identity_person"] == 4
    assert resealing.reseal(NOW).rows == 4
    now = NOW
    while ring.refresh().turning:
        now += STEP
        resealing.reseal(now)
    assert generations("identity_person") == {(2, None)}
    assert all(person_by_paper(RESIDENT, number(date(1990, 1, 1), serial)) for serial in range(6))


class Load:
    """People who register, sign in by telephone and are looked up, each kind in threads of its own, until stopped."""

    def __init__(self) -> None:
        self.stop, self.entered, self.signed_in = threading.Event(), list[str](), 0
        self.problems: list[Exception] = []
        self._serials = itertools.count()
        for at in range(3):
            phone = f"1380000000{at}"
            account = open_account(BY, f"user{at}", PASSWORD)
            account.take_contact("phone", phone, contact_index(Contact("phone", phone)))
            register_person(BY, Identity("韦一"), account)
        works = (self.register, self.sign_in, self.look_up)
        self.threads = [threading.Thread(target=self._until_stopped, args=(work,)) for work in works]

    def __enter__(self) -> Self:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _until_stopped(self, work: Callable[[], None]) -> None:
        try:
            while not self.stop.is_set():
                work()
        except Exception as error:  # noqa: BLE001 - whatever it is fails the test
            self.problems.append(error)
        finally:
            connection.close()

    def register(self) -> None:
        day, serial = divmod(next(self._serials), 900)
        resident = number(date(1990, 1, 1) + timedelta(days=day), serial)
        register_person(BY, Identity("韦一", resident))
        self.entered.append(resident)

    def sign_in(self) -> None:
        typed = {"username": f"1380000000{self.signed_in % 3}", "password": PASSWORD}
        answer = Client().post("/sign-in", typed)
        assert answer.headers.get("Location") == "/me/", answer
        self.signed_in += 1

    def look_up(self) -> None:
        for resident in self.entered[-20:]:
            assert person_by_paper(RESIDENT, resident)
            with pytest.raises(ConflictError):
                register_person(BY, Identity("陆二", resident))

    def go_on(self) -> None:
        """Until each has done something more."""
        entered, signed_in = len(self.entered) + 5, self.signed_in + 1
        while (len(self.entered) < entered or self.signed_in < signed_in) and not self.problems:
            self.threads[0].join(0.01)


def test_under_load_nothing_is_refused_and_nobody_doubled(transactional_db: None, ring: Hearing) -> None:
    with Load() as load:
        for step, now in enumerate(steps_of_change()):
            if not step:
                resealing.rotate("fields", AES_256_GCM, now)
            load.go_on()
            resealing.reseal(now)
        load.go_on()
    assert load.problems == []
    assert Person.objects.count() == len(load.entered) + 3
    assert all(person_by_paper(RESIDENT, resident) for resident in load.entered)
    assert account_named("13800000000")
    assert generations("identity_person") == generations("identity_account") == {(2, None)}
    assert not any(resealing.under_old_keys().values())
