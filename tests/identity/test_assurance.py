"""Assurance: which level verifications give, sources, the counter, lapsing, revoking."""

import base64
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from tests.kept import copied, kept
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
from tongban.identity.assurance.certificate import Certificate
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


built = kept(SmallWorld.build)


@pytest.fixture
def world(db: None, built: SmallWorld) -> SmallWorld:
    return copied(built)


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


# --- certificates ---


class Authority:
    """A certificate authority of the tests'."""

    def __init__(self, name: str = "测试认证中心") -> None:
        self.key, self.now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.own = self._sign(self.name, self.key.public_key(), is_authority=True)

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, is_authority: bool = False
    ) -> x509.Certificate:
        use = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
        use |= {"encipher_only": False, "decipher_only": False, "digital_signature": not is_authority}
        use |= {"key_cert_sign": is_authority, "crl_sign": is_authority}
        identifier = x509.SubjectKeyIdentifier.from_public_key
        return (
            x509.CertificateBuilder(self.name, subject, key, x509.random_serial_number())
            .not_valid_before(self.now - timedelta(days=1))
            .not_valid_after(self.now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**use), critical=True)
            .add_extension(identifier(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )

    def certificate(self, name: str, number: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        parts = ((x509.NameOID.COMMON_NAME, name), (x509.NameOID.SERIAL_NUMBER, f"SF{number}"))
        subject = x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])
        return self._sign(subject, key.public_key()), key

    def revocations(self, *certificates: x509.Certificate) -> bytes:
        made = x509.CertificateRevocationListBuilder().issuer_name(self.name)
        made = made.last_update(self.now).next_update(self.now + timedelta(days=1))
        for one in certificates:
            revoked = x509.RevokedCertificateBuilder().serial_number(one.serial_number).revocation_date(self.now)
            made = made.add_revoked_certificate(revoked.build())
        return made.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def test_a_certificate_names_its_holder_who_signs_a_challenge(
    declared: Actor, client: Client, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, now = Authority(), datetime.now(UTC)
    settings.CERTIFICATE_AUTHORITIES, settings.CERTIFICATE_NUMBER = tmp_path / "ca.pem", "2.5.4.5"
    settings.CERTIFICATE_AUTHORITIES.write_bytes(authority.own.public_bytes(Encoding.PEM))
    source = Certificate()
    subject = Subject(Person.objects.get(account=declared.account_id).pk, "韦秀兰", "")

    def given(held: x509.Certificate, key: ec.EllipticCurvePrivateKey, whose: Subject = subject) -> dict[str, str]:
        challenge = source.asks(whose)[0].value
        signature = base64.b64encode(key.sign(challenge.encode(), ec.ECDSA(hashes.SHA256()))).decode()
        pem = held.public_bytes(Encoding.PEM).decode()
        return {"challenge": challenge, "certificate": pem, "signature": signature}

    def refused(stated: dict[str, str], of: Subject = subject, at: datetime = now) -> str:
        with pytest.raises(InvalidError) as found:
            source.verify(of, stated, at)
        return next(iter(found.value.fields))

    mine, key = authority.certificate("韦秀兰", NUMBER)
    monkeypatch.setattr(registry, "sources", lambda: {source.code: source})
    for module in ("actions", "queries"):
        monkeypatch.setattr(f"tongban.identity.assurance.{module}.sources", registry.sources)
    client.force_login(Account.objects.get(pk=str(declared.account_id)))
    page = client.get("/me/assurance/by/certificate/")
    assert page.content.decode().count("<textarea") == 3
    posted = client.post("/me/assurance/by/certificate/", given(mine, key))
    assert posted.status_code == 302, posted.content.decode()
    assert _again(declared).assurance_level == 5
    found = source.verify(subject, given(mine, key), now)
    assert found.id_number == NUMBER
    assert found.evidence["serial"] == f"{mine.serial_number:x}"
    # Another's line or signature, another's name or number, an authority nobody trusts, a time that is over.
    _other, other_key = authority.certificate("韦秀兰", NUMBER)
    assert refused(given(mine, other_key)) == "signature"
    assert refused(given(mine, key) | {"challenge": "x"}) == "challenge"
    assert refused(given(mine, key, Subject(uuid.uuid4(), "韦秀兰", ""))) == "challenge"
    assert refused(given(*authority.certificate("梁志明", NUMBER))) == "certificate"
    assert refused(given(mine, key), Subject(subject.person_id, "韦秀兰", NUMBER[:-1] + "0")) == "certificate"
    assert refused(given(*Authority().certificate("韦秀兰", NUMBER))) == "certificate"
    assert refused(given(mine, key), at=now + timedelta(days=31)) == "certificate"
    assert refused(given(authority.own, authority.key)) == "certificate"
    assert refused(given(mine, key) | {"certificate": "x"}) == "certificate"
    # What was revoked counts no more, and without a list that is in time nothing does.
    settings.CERTIFICATE_REVOCATIONS = tmp_path / "crl.pem"
    settings.CERTIFICATE_REVOCATIONS.write_bytes(authority.revocations())
    assert source.verify(subject, given(mine, key), now).id_number == NUMBER
    settings.CERTIFICATE_REVOCATIONS.write_bytes(authority.revocations(mine))
    assert refused(given(mine, key)) == "certificate"
    settings.CERTIFICATE_REVOCATIONS.write_bytes(Authority().revocations())
    assert refused(given(mine, key)) == "certificate"
