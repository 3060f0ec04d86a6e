"""How a message reaches somebody outside the platform: one interface, and what stands behind it (`delivery`)."""

from collections.abc import Mapping
from typing import Protocol

from tongban.foundation.delivery import SmsProvider, send_email, sms_provider
from tongban.userspace.models import Contact, Message


class Channel(Protocol):
    """A way to somebody. `send` raises what it will where it fails; it is called again later, with the same key."""

    def wanted(self, contact: Contact) -> bool: ...
    def send(self, message: Message, contact: Contact) -> None: ...


class Email:
    """Through Django's mail settings (docs/operators.md). Chinese first, English below."""

    def wanted(self, contact: Contact) -> bool:
        return contact.by_email and bool(contact.email)

    def send(self, message: Message, contact: Contact) -> None:
        chinese, english = message.texts["zh"], message.texts["en"]
        send_email(
            contact.email,
            f"{chinese['title']} {english['title']}",
            f"{chinese['text']}\n\n{english['text']}\n",
            str(message.pk),
        )


class Sms:
    """Through the provider that the operator chose; Chinese only, as short as a text message is."""

    def __init__(self, provider: SmsProvider) -> None:
        self._provider = provider

    def wanted(self, contact: Contact) -> bool:
        return contact.by_sms and bool(contact.person.phone)

    def send(self, message: Message, contact: Contact) -> None:
        self._provider.send(contact.person.phone, f"【通办】{message.texts['zh']['text']}", str(message.pk))


def channels() -> Mapping[str, Channel]:
    """The channels of this installation, by name."""
    provider = sms_provider()
    return {"email": Email()} | ({"sms": Sms(provider)} if provider else {})
