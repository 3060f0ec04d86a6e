"""What the provider's tests share. Models are imported inside: Django is set up after conftest files are read."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.kept import kept

if TYPE_CHECKING:
    from django.test import Client

    from tests.identity.provider.party import Party
    from tests.world import SmallWorld


# Making a signing key takes longer than the world around it: the one of the first module is every module's.
_MADE: list[dict[str, Any]] = []


def _build() -> "SmallWorld":
    """A small world and a signing key."""
    from django.utils import timezone

    from tests.world import SmallWorld
    from tongban.identity.provider.keys import shown_keys
    from tongban.identity.provider.models import SigningKey

    built = SmallWorld.build()
    if _MADE:
        SigningKey.objects.create(**_MADE[0] | {"made_at": timezone.now()})
    else:
        shown_keys(timezone.now())
        _MADE.append(dict(SigningKey.objects.values("key_id", "public", "private").get()))
    return built


world = kept(_build)


@pytest.fixture(scope="module")
def registered(world: "SmallWorld", django_db_blocker: Any) -> "Party":
    """An application in the directory, for all tests of a module."""
    from tests.identity.provider.party import published

    with django_db_blocker.unblock():
        return published(world.agency)


@pytest.fixture
def party(db: None, registered: "Party") -> "Party":
    """That application, as it stands when a test begins."""
    from tests.identity.provider.party import Party

    return Party(registered.application, registered.secret)


@pytest.fixture
def browser(db: None, world: "SmallWorld", client: "Client") -> "Client":
    """The citizen's browser, signed in, in English."""
    from tongban.identity.models import Account

    client.force_login(Account.objects.get(pk=str(world.citizen.account_id)))
    client.cookies["language"] = "en"
    return client
