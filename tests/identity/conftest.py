"""Who tests of identities are about: people and who acts for them; a citizen and an officer who sign in."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.kept import copied, kept

if TYPE_CHECKING:
    from django.test import Client

    from tests.identity.people import People
    from tests.world import SmallWorld
    from tongban.identity.models import Account

PHONE = "13800138000"
EMAIL = "wei@example.cn"


@dataclass
class Sent:
    """What would have gone out: the codes, in order, each with where it was to go."""

    codes: list[tuple[str, str]]

    @property
    def code(self) -> str:
        """The last one's digits."""
        found = re.search(r"\d{6}", self.codes[-1][1])
        assert found
        return found[0]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Deliveries are made at once and kept here; the platform sends text messages."""
    from tongban.identity.signin import adapter, forms

    kept = Sent([])

    class Provider:
        def send(self, number: str, text: str, key: str) -> None:  # noqa: ARG002 - a provider's signature
            kept.codes.append((number, text))

    monkeypatch.setattr(adapter, "deliver_at_once", lambda send: send())
    monkeypatch.setattr(adapter, "send_email", lambda to, _subject, body, _key: kept.codes.append((to, body)))
    for module in (adapter, forms):
        monkeypatch.setattr(module, "sms_provider", Provider)
    return kept


def _build() -> "SmallWorld":
    from tests.world import SmallWorld

    return SmallWorld.build()


built_small = kept(_build)


@pytest.fixture
def small(db: None, built_small: "SmallWorld") -> "SmallWorld":
    return copied(built_small)


@pytest.fixture
def citizen(small: "SmallWorld") -> "Account":
    """韦秀兰, who takes codes at a phone and an address."""
    from tongban.identity.models import Account
    from tongban.identity.signin.actions import set_contact
    from tongban.identity.signin.rules import Contact

    set_contact(small.citizen, Contact("phone", PHONE))
    set_contact(small.citizen, Contact("email", EMAIL))
    return Account.objects.get(username="wei")


@pytest.fixture
def officer(small: "SmallWorld") -> "Account":
    """梁志明, a window officer."""
    from tongban.identity.models import Account

    return Account.objects.get(username="liang")


@pytest.fixture
def browser(client: "Client") -> "Client":
    """A browser in English in which nobody is signed in."""
    client.cookies["language"] = "en"
    return client


def _build_people() -> "People":
    from tests.identity.people import People

    return People.build()


built_people = kept(_build_people)


@pytest.fixture
def people(db: None, built_people: "People") -> "People":
    return copied(built_people)
