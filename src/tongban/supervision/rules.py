"""Pure rules of supervision: shares that say of what they are, and the classes of visits."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _


class Visits(StrEnum):
    """How often an applicant must come, in the classes of the Guangxi platform's Table 1 (2019)."""

    EXACTLY_ONE = "exactly_one"
    NONE = "none"
    NEITHER = "neither"

    @property
    def label(self) -> str:
        return str(_LABELS[self])


_LABELS = {
    Visits.EXACTLY_ONE: _("need to come only once"),
    Visits.NONE: _("do not need to come"),
    Visits.NEITHER: _("neither, or not stated"),
}


def visits_class(visits: int | None) -> Visits:
    """The class of a number of visits; a number that is not stated is in neither class."""
    if visits == 0:
        return Visits.NONE
    return Visits.EXACTLY_ONE if visits == 1 else Visits.NEITHER


@dataclass(frozen=True)
class Share:
    """A part of a whole. Both are kept, so that nobody has to guess what the per cent are of."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """From 0 to 1; None where the whole is empty."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def percent(self) -> Decimal | None:
        """Per cent to two places, halves rounded up (159 of 1,739 is 9.14)."""
        if not self.denominator:
            return None
        exact = Decimal(self.numerator) * 100 / Decimal(self.denominator)
        return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)

    def as_json(self) -> dict[str, Any]:
        return {
            "numerator": self.numerator,
            "denominator": self.denominator,
            "value": self.value,
            "percent": None if self.percent is None else float(self.percent),
        }


@dataclass(frozen=True)
class Tally:
    """Services counted by class of visits."""

    exactly_one: int = 0
    none: int = 0
    neither: int = 0

    @property
    def items(self) -> int:
        return self.exactly_one + self.none + self.neither

    def of(self, visits: Visits) -> int:
        return {
            Visits.EXACTLY_ONE: self.exactly_one,
            Visits.NONE: self.none,
            Visits.NEITHER: self.neither,
        }[visits]


def visits_shares(theme: Tally, everything: Tally) -> dict[str, Share]:
    """The shares of Table 1, each named by its part and its whole.

    The source text calls 9.14 % and 20 % shares "of the total number of matters": their wholes are the come-once and
    the no-visit services; of all services the theme's shares are the last two.
    """
    return {
        "theme_exactly_one_of_exactly_one": Share(theme.exactly_one, everything.exactly_one),
        "theme_none_of_none": Share(theme.none, everything.none),
        "exactly_one_of_items": Share(everything.exactly_one, everything.items),
        "none_of_items": Share(everything.none, everything.items),
        "neither_of_items": Share(everything.neither, everything.items),
        "theme_exactly_one_of_items": Share(theme.exactly_one, everything.items),
        "theme_none_of_items": Share(theme.none, everything.items),
    }
