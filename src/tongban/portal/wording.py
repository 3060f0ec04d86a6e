"""What numbers and codes of a service mean in plain words."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongban.items.models import LimitUnit, Material, Necessity, ServiceVersion


def limit_words(amount: int | None, unit: str) -> str:
    """A limit as a reader says it: "20 working days", "on the spot"; empty where none is stated."""
    if amount is None:
        return ""
    if amount == 0:
        return _("on the spot")
    words = {
        LimitUnit.DAY: ngettext("%(number)d day", "%(number)d days", amount),
        LimitUnit.MONTH: ngettext("%(number)d month", "%(number)d months", amount),
    }.get(LimitUnit(unit or LimitUnit.WORKING_DAY))
    words = words or ngettext("%(number)d working day", "%(number)d working days", amount)
    return words % {"number": amount}


def promised_words(version: ServiceVersion) -> str:
    """How long the agency says it takes."""
    return limit_words(version.promised_limit, version.promised_limit_unit) or version.text("promised_limit_note")


def legal_words(version: ServiceVersion) -> str:
    """How long the law allows."""
    return limit_words(version.legal_limit, version.legal_limit_unit) or version.text("legal_limit_note")


def visits_words(visits: int | None) -> str:
    """How often the applicant has to come; empty where it is not stated."""
    if visits is None:
        return ""
    if visits == 0:
        return _("You do not need to come")
    return ngettext("Come once only", "Come %(number)d times", visits) % {"number": visits}


def fee_words(version: ServiceVersion) -> str:
    """Whether it costs anything; what exactly stands in the fee rows. Empty where it is not stated."""
    if version.is_charged is None:
        return ""
    return _("A fee is charged") if version.is_charged else _("Free of charge")


def audience_words(version: ServiceVersion) -> str:
    """For whom the service is."""
    names = {"person": _("People"), "organisation": _("Organisations")}
    return _(" and ").join(names[audience] for audience in ("person", "organisation") if audience in version.audiences)


def channel_words(version: ServiceVersion) -> str:
    """By which ways one can apply."""
    labels = dict(ServiceVersion.Channel.choices)
    return joined(labels[channel] for channel in version.channels if channel in labels)


def joined(words: Iterable[object]) -> str:
    """Words in a row, as the reader's language separates them."""
    return _(", ").join(str(word) for word in words)


def necessity_kind(material: Material) -> str:
    """The kit's kind of tag for how much a material is needed."""
    return {Necessity.REQUIRED: "active", Necessity.DEFERRABLE: "waiting"}.get(
        Necessity(material.necessity) if material.necessity else Necessity.OPTIONAL, "neutral"
    )


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
