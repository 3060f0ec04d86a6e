"""Reading identities."""

from dataclasses import dataclass
from datetime import date

from tongban.foundation.errors import SignInNeededError
from tongban.identity.actor import Actor, Hat, hats_of
from tongban.identity.models import Account


@dataclass(frozen=True)
class Myself:
    """Who is signed in, in which hat, and which hats there are to wear today."""

    username: str
    actor: Actor
    hats: list[Hat]


def who_am_i(actor: Actor, today: date) -> Myself:
    """The actor's own account.

    Raises:
        SignInNeededError: nobody is signed in.
    """
    account = Account.objects.filter(pk=actor.account_id).first() if actor.account_id else None
    if account is None:
        raise SignInNeededError
    return Myself(account.username, actor, hats_of(account, today))
