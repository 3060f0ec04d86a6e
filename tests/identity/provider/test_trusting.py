"""Whose sign-in is taken: one officer enters it, another confirms it, each with a reason in the ledger."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from tests.identity.provider.party import OPERATOR
from tests.world import SmallWorld, account_of
from tongban.foundation.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from tongban.foundation.models import LedgerEntry
from tongban.government.models import Platform
from tongban.identity.actions import Identity, appoint, open_account, register_person
from tongban.identity.actor import Actor, actor_for
from tongban.identity.models import Role
from tongban.identity.provider.actions.federation import Trust, confirm_trust, end_trust, trust_provider
from tongban.identity.provider.models import TrustedProvider
from tongban.identity.provider.queries import kept_providers, trusted_provider, trusted_providers

pytestmark = pytest.mark.django_db
State = TrustedProvider.State
TRUST = Trust("https://gd.example.cn", "guangxi-1", "ssh-it-is-secret", highest_level=3)


@pytest.fixture
def neighbour(db: None) -> Platform:
    return Platform.objects.create(code="guangdong", name="广东", name_en="Guangdong", kind="provincial")


@pytest.fixture
def staff(db: None, world: SmallWorld) -> dict[str, Actor]:
    """The three separated duties, one human each."""
    made = {}
    for role in (Role.ADMINISTRATOR, Role.SECURITY_OFFICER, Role.AUDITOR):
        account = open_account(OPERATOR, f"test.{role}", None)
        person = register_person(OPERATOR, Identity(str(role)), account)
        appoint(OPERATOR, person, world.agency, role, timezone.localdate().replace(year=2024))
        made[str(role)] = actor_for(account, "", timezone.localdate())
    return made


def test_one_enters_it_and_another_confirms_it(world: SmallWorld, neighbour: Platform, staff: dict[str, Actor]) -> None:
    now, enters, confirms = timezone.now(), staff["administrator"], staff["security_officer"]
    for stranger in (confirms, staff["auditor"], world.reviewer, world.citizen):
        with pytest.raises(NotAllowedError):
            trust_provider(stranger, neighbour, TRUST, now, "协议")
    with pytest.raises(InvalidError) as refused:
        trust_provider(enters, None, Trust("http://x", "", "", 9), now)
    assert set(refused.value.fields) == {"platform", "issuer", "client_id", "client_secret", "highest_level", "reason"}
    made = trust_provider(enters, neighbour, TRUST, now, "两省区一网通办合作协议")
    assert made.state == State.WAITING
    assert trusted_providers() == [], "nobody signs in by it yet"
    with pytest.raises(NotFoundError):
        trusted_provider(made.pk)
    for stranger in (enters, staff["auditor"], world.reviewer):
        with pytest.raises(NotAllowedError):
            confirm_trust(stranger, made.pk, now)
    confirm_trust(confirms, made.pk, now)
    assert [one.pk for one in trusted_providers()] == [made.pk]
    with pytest.raises(ConflictError):
        confirm_trust(confirms, made.pk, now)
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        TrustedProvider.objects.update(confirmed_by=enters.account_id)
    # What was confirmed is what is taken: a change waits anew, and keeps the secret where none is given.
    changed = trust_provider(enters, neighbour, Trust(TRUST.issuer, "guangxi-2", "", 4), now, "提高等级")
    assert (changed.pk, changed.state, changed.client_secret) == (made.pk, State.WAITING, TRUST.client_secret)
    with pytest.raises(InvalidError):
        end_trust(confirms, made.pk, now, " ")
    end_trust(confirms, made.pk, now, "证书泄露")
    deeds = LedgerEntry.objects.filter(object_id=neighbour.pk).order_by("id").values_list("deed", "account_id")
    assert list(deeds) == [
        ("trust_provider", enters.account_id),
        ("confirm_trust", confirms.account_id),
        ("trust_provider", enters.account_id),
        ("end_trust", confirms.account_id),
    ]
    assert [(one.provider.state, one.provider.reason) for one in kept_providers(enters)] == [(State.ENDED, "证书泄露")]
    with pytest.raises(NotAllowedError):
        kept_providers(staff["auditor"])
    # The operator answers for both sides of a command.
    assert trust_provider(OPERATOR, neighbour, TRUST, now).state == State.TAKEN


def test_its_pages(client: Client, neighbour: Platform, staff: dict[str, Actor]) -> None:
    client.force_login(account_of(staff["administrator"]))
    assert "/workbench/trusted/enter/" in client.get("/workbench/trusted/").content.decode()
    given = {
        "platform": str(neighbour.pk), "issuer": TRUST.issuer, "client_id": TRUST.client_id, "highest_level": "3",
        "client_secret": TRUST.client_secret, "reason": "合作协议",
    }  # fmt: skip
    wrong = client.post("/workbench/trusted/enter/", given | {"reason": "", "platform": ""})
    assert (wrong.status_code, TRUST.client_secret in wrong.content.decode()) == (422, False)
    page = client.post("/workbench/trusted/enter/", given).headers["Location"]
    shown = client.get(page).content.decode()
    assert "合作协议" in shown
    assert TRUST.client_secret not in shown
    assert 'value="confirm"' not in shown
    assert client.post(page, {"deed": "confirm"}).status_code == 403
    client.force_login(account_of(staff["security_officer"]))
    assert client.get("/workbench/trusted/enter/").status_code == 403
    assert client.get(f"{page}change/").status_code == 403
    assert 'value="confirm"' in client.get(page).content.decode()
    assert client.post(page, {"deed": "confirm"}).status_code == 302
    assert "广东" in Client().get("/sign-in").content.decode()
    assert client.post(page, {"deed": "end", "reason": ""}).status_code == 422
    assert client.post(page, {"deed": "end", "reason": "到期"}).status_code == 302
    assert trusted_providers() == []
    client.force_login(account_of(staff["administrator"]))
    again = client.post(f"{page}change/", given | {"client_secret": "", "reason": "续签"})
    assert again.headers["Location"] == page
    client.force_login(account_of(staff["auditor"]))
    assert client.get("/workbench/trusted/").status_code == 403
