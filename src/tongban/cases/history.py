"""What a case's events say about time: a fold of the events, from which every deadline follows. Pure.

The events carry everything that is needed: the limits in force when the case was filed (with the submission), the time
that does not count (with the notice of it), the extension. Replaying them gives the same dates at any time.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from tongban.cases.procedure import Procedure
from tongban.foundation.clock import Limit, Pause, Unit

# Keys of the limits that come from the service version, beside those of rules adopted by the region.
LEGAL, PROMISED = "legal", "promised"
# What the submission says under `transit` where limits run from the arrival at the competent agency (`ClockStart`).
WAITS_FOR_ARRIVAL = "competent"


@dataclass(frozen=True)
class Happening:
    """One event as the clock sees it. `at` is local time; `stage` where the case stood after it."""

    action: str
    at: datetime
    stage: str
    data: Mapping[str, Any] = field(default_factory=dict)
    account_id: uuid.UUID | None = None

    @property
    def on(self) -> date:
        return self.at.date()


@dataclass(frozen=True)
class CaseTimes:
    """The days clocks start from, and what does not count.

    Attributes:
        materials_at: when the applicant last handed something in (submission or supplement).
        arrived_at: when the competent agency had what another place collected; None where nobody did.
        transit: where it was collected and has not arrived yet: `competent` (the limits wait for its arrival) or
            `hand_in` (they run); empty otherwise.
        accepted_on, decided_on: the days of those acts; a deemed acceptance is dated back to the receipt.
        limit_since: the day since which the limit of the present stage runs.
        limits: limits that differ from the rules' own: `legal` and `promised` of the service version, and those of
            rules the region adopted, by rule.
        pauses: the time of special procedures (art 45), from the day they began to the day they ended, at most as
            long as the applicant was told.
        extension: units by which the decision was extended (art 42).
        expires_on: when the licence to be renewed expires.
        deferred_until: by when a deferred material must follow.
    """

    materials_at: datetime
    arrived_at: datetime | None = None
    transit: str = ""
    accepted_on: date | None = None
    decided_on: date | None = None
    limit_since: date | None = None
    limits: Mapping[str, Limit] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()
    extension: int = 0
    expires_on: date | None = None
    deferred_until: date | None = None

    @property
    def materials_on(self) -> date:
        return self.materials_at.date()

    @property
    def reached_at(self) -> datetime:
        """When the competent agency had the materials: art 32 counts from there."""
        return max(self.materials_at, self.arrived_at) if self.arrived_at else self.materials_at

    @property
    def reached_on(self) -> date:
        return self.reached_at.date()

    @property
    def waits(self) -> bool:
        """Whether no limit runs yet, because what was collected elsewhere has not arrived."""
        return self.transit == WAITS_FOR_ARRIVAL


def limits_as_data(limits: Mapping[str, Limit]) -> dict[str, list[Any]]:
    """Limits as they stand in the event of the submission."""
    return {name: [limit.amount, limit.unit.value] for name, limit in limits.items()}


def _limits(data: Mapping[str, Any]) -> dict[str, Limit]:
    return {name: Limit(amount, Unit(unit)) for name, (amount, unit) in data.items()}


class _Fold:
    """The state of the replay."""

    def __init__(self, procedure: Procedure, first: Happening, limits: Mapping[str, Limit]) -> None:
        self.procedure = procedure
        self.stage = first.stage
        self.materials_at = first.at
        self.transit = str(first.data.get("transit", ""))
        self.arrived_at: datetime | None = None
        self.moments: dict[str, date] = {}
        self.limit_since = first.on
        self.limits = _limits(first.data["limits"]) if "limits" in first.data else dict(limits)
        self.expires_on = _day(first.data.get("expires_on"))
        self.deferred_until: date | None = None
        self.extension = 0
        self.pauses: list[Pause] = []
        self.open: tuple[date, date, str] | None = None

    def take(self, event: Happening) -> None:
        action = self.procedure.actions.get(event.action)
        if action and action.stamps == "materials":
            self.materials_at = event.at
        elif action and action.stamps:
            reached = max(self.materials_at, self.arrived_at) if self.arrived_at else self.materials_at
            self.moments[action.stamps] = reached.date() if action.dated else event.on
        if event.data.get("arrived"):
            self.arrived_at = event.at if self.transit == WAITS_FOR_ARRIVAL else None
            self.transit = ""
        self.extension += int(event.data.get("extension", 0))
        self.deferred_until = _day(event.data.get("deferred_until")) or self.deferred_until
        self._move(event)

    def _move(self, event: Happening) -> None:
        before, after = self.procedure.states[self.stage], self.procedure.states[event.stage]
        until = _day(event.data.get("until"))
        if self.open and (event.stage != self.stage or until):
            self._close(event.on)
        if after.pause and until:
            self.open = (event.on, until, str(event.data.get("pause", after.pause[0])))
        if after.limit != before.limit:
            self.limit_since = event.on
        self.stage = event.stage

    def _close(self, day: date) -> None:
        if self.open:
            begun, until, reason = self.open
            self.pauses.append(Pause(begun, max(begun, min(until, day)), reason))
            self.open = None

    def times(self) -> CaseTimes:
        pauses = list(self.pauses)
        if self.open:
            begun, until, reason = self.open
            pauses.append(Pause(begun, max(begun, until), reason))
        return CaseTimes(
            materials_at=self.materials_at,
            arrived_at=self.arrived_at,
            transit=self.transit,
            accepted_on=self.moments.get("accepted"),
            decided_on=self.moments.get("decided"),
            limit_since=self.limit_since,
            limits=self.limits,
            pauses=tuple(pauses),
            extension=self.extension,
            expires_on=self.expires_on,
            deferred_until=self.deferred_until,
        )


def replay(events: Iterable[Happening], procedure: Procedure, limits: Mapping[str, Limit] | None = None) -> CaseTimes:
    """What the events say about time.

    Args:
        events: in order; the first is the submission.
        procedure: the version the case follows.
        limits: for submissions that do not carry their limits yet (cases of earlier releases).
    """
    first, *rest = events
    fold = _Fold(procedure, first, limits or {})
    for event in rest:
        fold.take(event)
    return fold.times()


def _day(text: object) -> date | None:
    return date.fromisoformat(str(text)) if text else None
