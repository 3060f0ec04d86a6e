"""How a text reaches somebody outside the platform: by SMS through the operator's provider, by e-mail.

`TONGBAN_SMS` names the provider of SMS: empty for none, `file` for the development provider that writes what it would
send into TONGBAN_HOME/outbox/sms.jsonl, or the dotted path of a class with `send(number, text, key)`.
"""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Protocol

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string

from tongban.foundation.logging import place_of

log = structlog.get_logger(__name__)

# Deliveries that may wait for a slow provider at once in one process.
_AT_ONCE = 4


class SmsProvider(Protocol):
    """What a provider of SMS does: hand over a text for a number. `key` is the same each time one text is tried."""

    def send(self, number: str, text: str, key: str) -> None: ...


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


def sms_provider() -> SmsProvider | None:
    """The provider of this installation, or None where there is none."""
    return _provider(settings.SMS_PROVIDER)


@cache
def _provider(name: str) -> SmsProvider | None:
    if name == "file":
        return SmsToFile()
    found: SmsProvider | None = import_string(name)() if name else None
    return found


def send_email(address: str, subject: str, body: str, key: str) -> None:
    """Hand over a mail. It has the same Message-ID whenever it is tried: a server knows it again (RFC 5322, 3.6.4)."""
    headers = {"Message-ID": f"<{key}@{settings.EMAIL_MESSAGE_DOMAIN}>"}
    EmailMessage(subject=subject, body=body, to=[address], headers=headers).send()


@cache
def _senders() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="delivery")


def deliver_at_once(send: Callable[[], None]) -> None:
    """Have something sent now, beside the request, which does not wait: how long it takes would tell whether there was
    something to send. What fails is logged and not tried again; whoever waits for it asks for another.
    """

    def carefully() -> None:
        try:
            send()
        except Exception as error:  # noqa: BLE001 - whatever a provider raises; its words may hold the number
            log.error("delivery failed", place=place_of(error))  # noqa: TRY400 - the same

    _senders().submit(carefully)
