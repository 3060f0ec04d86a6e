"""Days as sentences say them. Tables, lines of facts and fields write them as ISO 8601 does."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import get_language


def long_date(day: date, *, chinese: bool) -> str:
    """2026年6月8日, or 8 June 2026, whatever the language of the process."""
    return f"{day.year}年{day.month}月{day.day}日" if chinese else f"{day.day} {day:%B %Y}"


def day_in_words(day: date) -> str:
    """A day in a sentence, in the reader's language."""
    return long_date(day, chinese=(get_language() or "").startswith("zh"))


def moment_in_words(moment: datetime) -> str:
    """A day and a time of it in a sentence, in the reader's language: 2026年6月8日 09:30, or 8 June 2026, 09:30."""
    chinese = (get_language() or "").startswith("zh")
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    return f"{long_date(local, chinese=chinese)}{'' if chinese else ','} {local:%H:%M}"
