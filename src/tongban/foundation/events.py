"""Domain events: how upper layers learn what happened in lower ones.

An action announces its event with its ledger entry (`ledger.append(..., announcing=...)`), in its own transaction. The
worker (`foundation.outbox`) hands events to every handler that asked for them. A handler is registered by a package's
`handlers.py`:

    @handles("case.accepted", "case.decided")
    def tell_the_applicant(events: Sequence[Event]) -> None: ...

It gets up to some hundreds at once, in order, inside a transaction, and writes to this database only: its work, the
knowledge that it was done, and the event's removal stand or fall together. What reaches outside (e-mail, another
system) is written down here and done by a periodic job (`foundation.jobs`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True)
class Event:
    """What happened: `id` is that of its ledger entry, and grows with time for one object."""

    id: int
    name: str
    object_type: str
    object_id: str
    at: datetime
    detail: Mapping[str, Any]


Handler = Callable[[Sequence[Event]], None]


@dataclass(frozen=True)
class Subscription:
    name: str
    events: frozenset[str]
    handle: Handler


_subscriptions: dict[str, Subscription] = {}


def handles(*events: str) -> Callable[[Handler], Handler]:
    """Register the function below as a handler of these events. Its module and name identify it for ever."""

    def register(handler: Handler) -> Handler:
        name = f"{handler.__module__.removeprefix('tongban.')}.{handler.__name__}"
        _subscriptions[name] = Subscription(name, frozenset(events), handler)
        return handler

    return register


def subscriptions() -> Mapping[str, Subscription]:
    """Every handler of every installed package, by name."""
    autodiscover_modules("handlers")
    return _subscriptions
