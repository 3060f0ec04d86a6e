"""How a message reaches somebody outside the platform: one interface, and what stands behind it.

`TONGBAN_SMS` names the provider of SMS: empty for none, `file` for the development provider that writes what it would
send into TONGBAN_HOME/outbox/sms.jsonl, or the dotted path of a class with `send(number, text, key)`.
"""

import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string

from tongban.userspace.models import Contact, Message


class Channel(Protocol):
    """A way to somebody. `send` raises what it will where it fails; it is called again later, with the same key."""

    def wanted(self, contact: Contact) -> bool: ...
    def send(self, message: Message, contact: Contact) -> None: ...


class SmsProvider(Protocol):
    """What a provider of SMS does: hand over a text for a number. `key` is the same each time one text is tried."""

    def send(self, number: str, text: str, key: str) -> None: ...


class Email:
    """Through Django's mail settings (docs/operators.md). Chinese first, English below."""

    def wanted(self, contact: Contact) -> bool:
        return contact.by_email and bool(contact.email)

    def send(self, message: Message, contact: Contact) -> None:
        chinese, english = message.texts["zh"], message.texts["en"]
        EmailMessage(
            subject=f"{chinese['title']} {english['title']}",
            body=f"{chinese['text']}\n\n{english['text']}\n",
            to=[contact.email],
            # The same whenever it is tried: a server that got it before knows it again (RFC 5322, 3.6.4).
            headers={"Message-ID": f"<{message.pk}@{settings.EMAIL_MESSAGE_DOMAIN}>"},
        ).send()


class Sms:
    """Through the provider that the operator chose; Chinese only, as short as a text message is."""

    def __init__(self, provider: SmsProvider) -> None:
        self._provider = provider

    def wanted(self, contact: Contact) -> bool:
        return contact.by_sms and bool(contact.person.phone)

    def send(self, message: Message, contact: Contact) -> None:
        self._provider.send(contact.person.phone, f"【通办】{message.texts['zh']['text']}", str(message.pk))


class SmsToFile:
    """For development: one JSON line a text, in a file that only its owner may read. It reaches nobody."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or settings.HOME / "outbox" / "sms.jsonl"

    def send(self, number: str, text: str, key: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"key": key, "number": number, "text": text}, ensure_ascii=False) + "\n"
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(line)


@cache
def channels() -> Mapping[str, Channel]:
    """The channels of this installation, by name."""
    found: dict[str, Channel] = {"email": Email()}
    if settings.SMS_PROVIDER == "file":
        found["sms"] = Sms(SmsToFile())
    elif settings.SMS_PROVIDER:
        found["sms"] = Sms(import_string(settings.SMS_PROVIDER)())
    return found
