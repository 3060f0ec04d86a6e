"""Sizes and days in plain words."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def size_words(size: int) -> str:
    """A file's size: "312 KB", "1.4 MB"."""
    kilobytes = max(1, round(size / 1024))
    return f"{kilobytes} KB" if kilobytes < 1000 else f"{size / 1024 / 1024:.1f} MB"  # noqa: PLR2004 - three digits


def days_left_words(days: int) -> str:
    """Working days until something is due; negative: since it was."""
    if days == 0:
        return _("due today")
    if days < 0:
        return ngettext("%(number)d working day late", "%(number)d working days late", -days) % {"number": -days}
    return ngettext("%(number)d working day left", "%(number)d working days left", days) % {"number": days}
