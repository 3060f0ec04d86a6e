"""What the government package asks of an actor.

The actor and the authority table stand in the identity package, one layer above: here is only their shape.
"""

from typing import Protocol

from tongban.foundation.ledger import LedgerActor


class GovernmentActor(LedgerActor, Protocol):
    """Whoever reads or maintains platforms, regions, departments, agencies and docking tasks."""

    def may(self, deed: str, kind: str, /) -> bool: ...

    def require(self, deed: str, kind: str, /) -> None: ...
