"""How a message reaches somebody outside the platform: one interface, and what stands behind it (`delivery`)."""

from collections.abc import Mapping
from typing import Protocol

from tongban.foundation.delivery import SmsProvider, send_email, sms_provider
from tongban.identity.models import Account
from tongban.userspace.models import Contact, Message


class Channel(Protocol):
    """A way to somebody. `send` raises what it will where it fails; it is called again later, with the same key."""

    def address(self, message: Message, contact: Contact | None, account: Account | None) -> str:
        """Where this message goes; empty where it does not.

        Args:
            message: what is to be told.
            contact: what its person chose, if anything.
            account: the person's, for what is told of it whatever they chose: it goes where codes go. Who took an
                account over reads the messages in its space, and may answer them; there they do not reach.
        """

    def send(self, message: Message, address: str) -> None: ...


class Email:
    """Through Django's mail settings (docs/operators.md). Chinese first, English below."""

    def address(self, message: Message, contact: Contact | None, account: Account | None) -> str:
        chosen = contact.email if contact and contact.by_email else ""
        of_account = account.email if account and message.is_of_account else ""
        return str(chosen or of_account or "")

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

    def address(self, message: Message, contact: Contact | None, account: Account | None) -> str:
        chosen = contact.person.phone if contact and contact.by_sms else ""
        # One warning is enough: text messages cost, and mail was looked at first.
        of_account = account.phone if account and message.is_of_account and not account.email else ""
        return str(chosen or of_account or "")

    def send(self, message: Message, address: str) -> None:
        self._provider.send(address, f"【通办】{message.texts['zh']['text']}", str(message.pk))


def channels() -> Mapping[str, Channel]:
    """The channels of this installation, by name."""
    provider = sms_provider()
    return {"email": Email()} | ({"sms": Sms(provider)} if provider else {})
