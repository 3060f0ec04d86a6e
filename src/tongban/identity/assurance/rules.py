"""Which level a person's verifications give. Pure: verifications and the day are arguments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

# What a person has said of themselves and nobody has checked (L2).
DECLARED = 2
LOWEST, HIGHEST = 1, 5


@dataclass(frozen=True)
class Held:
    """A verification as it stands.

    Attributes:
        level: the level it gave, 1 to 5.
        valid_until: the day from which it counts no more; None where it does not lapse.
        revoked: whether it was revoked.
    """

    level: int
    valid_until: date | None = None
    revoked: bool = False


def counts(held: Held, today: date) -> bool:
    """Whether a verification counts on the day."""
    return not held.revoked and (held.valid_until is None or today < held.valid_until)


def level_on(today: date, verifications: Iterable[Held]) -> int:
    """The person's level on the day: the highest that still counts; where none does, what they declared (L2)."""
    return max((held.level for held in verifications if counts(held, today)), default=DECLARED)


def valid_until(made_on: date, days: int | None) -> date | None:
    """The day from which a verification counts no more; None where its source sets no validity (in days)."""
    return None if days is None else made_on + timedelta(days=days)
