"""From a notice and its occasion to the texts of a message, in Chinese and English. Pure."""

import uuid
from dataclasses import dataclass
from datetime import date

from tongban.foundation.dates import long_date

Texts = dict[str, dict[str, str]]

# A namespace of our own (RFC 9562, version 5), so that a message's id follows from what it is.
_NAMESPACE = uuid.UUID("5c0f2a1e-0c7a-5b1e-9f43-7b1f6f1f2c11")


@dataclass(frozen=True)
class Occasion:
    """What a message is about."""

    service: str
    service_en: str
    case_number: str
    due: date | None = None
    because: tuple[str, str] = ("", "")
    until: date | None = None
    # Whether the due date may still move, because the holidays of that year are not announced yet.
    due_provisional: bool = False


_PROVISIONAL = ("（暂定）", " (provisional)")


@dataclass(frozen=True)
class Notice:
    """Titles and texts: Chinese, English. `{due}` only where the act always sets a due date."""

    title: tuple[str, str]
    text: tuple[str, str]


def compose(notice: Notice, occasion: Occasion) -> Texts:
    """Both languages of a message."""
    return {"zh": _text(notice, occasion, 0), "en": _text(notice, occasion, 1)}


def _text(notice: Notice, occasion: Occasion, language: int) -> dict[str, str]:
    chinese = language == 0
    service = occasion.service if chinese else occasion.service_en or occasion.service
    due = _day(occasion.due, chinese=chinese) + _PROVISIONAL[language] * occasion.due_provisional
    until = _day(occasion.until, chinese=chinese)
    text = notice.text[language].format(
        service=service, case=occasion.case_number, due=due, because=occasion.because[language], until=until
    )
    return {"title": notice.title[language], "text": text}


def _day(day: date | None, *, chinese: bool) -> str:
    if day is None:
        return "法定期限" if chinese else "the date set by law"
    return long_date(day, chinese=chinese)


def message_id(event_id: int, notice: str, recipient: uuid.UUID) -> uuid.UUID:
    """The id of the one message that an event makes for a recipient (a person or a post)."""
    return uuid.uuid5(_NAMESPACE, f"{event_id} {notice} {recipient}")
