"""How a message reaches somebody outside the platform: one interface, and what stands behind it (`delivery`).

Every message goes where the account takes codes, which its holder has proven to be theirs; there is no other address.
"""

from collections.abc import Mapping
from typing import Protocol

from tongban.foundation.delivery import SmsProvider, send_email, sms_provider
from tongban.identity.models import Account
from tongban.userspace.models import Contact, Message


class Channel(Protocol):
    """A way to somebody. `send` raises what it will where it fails; it is called again later, with the same key."""

    def address(self, message: Message, chosen: Contact | None, account: Account | None) -> str:
        """Where this message goes; empty where it does not.

        What is told of the account itself goes whatever was chosen: who took an account over reads the messages in its
        space, and may answer them; where codes go they do not reach.

        Args:
            message: what is to be told.
            chosen: what its person chose, if anything.
            account: the person's.
        """

    def send(self, message: Message, address: str) -> None: ...


class Email:
    """Through Django's mail settings (docs/operators.md). Chinese first, English below."""

    def address(self, message: Message, chosen: Contact | None, account: Account | None) -> str:
        wanted = message.is_of_account or (chosen is not None and chosen.by_email)
        return str(account.email or "") if account and wanted else ""

    def send(self, message: Message, address: str) -> None:
        chinese, english = message.texts["zh"], message.texts["en"]
        send_email(
            address,
            f"{chinese['title']} {english['title']}",
            f"{chinese['text']}\n\n{english['text']}\n",
            str(message.pk),
        )


class Sms:
    """Through the provider that the operator chose; Chinese only, as short as a text message is."""

    def __init__(self, provider: SmsProvider) -> None:
        self._provider = provider

    def address(self, message: Message, chosen: Contact | None, account: Account | None) -> str:
        if account is None:
            return ""
        # One warning is enough: text messages cost, and mail was looked at first.
        wanted = (message.is_of_account and not account.email) or (chosen is not None and chosen.by_sms)
        return str(account.phone or "") if wanted else ""

    def send(self, message: Message, address: str) -> None:
        self._provider.send(address, f"【通办】{message.texts['zh']['text']}", str(message.pk))


def channels() -> Mapping[str, Channel]:
    """The channels of this installation, by name."""
    provider = sms_provider()
    return {"email": Email()} | ({"sms": Sms(provider)} if provider else {})
