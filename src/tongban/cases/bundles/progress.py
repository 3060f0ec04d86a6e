"""Which parts of a bundle begin, are held or fall away, given how the others stand. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tongban.cases.bundles.definition import Consequence, Edge


class PartState(StrEnum):
    """How a part of a bundle stands."""

    UNNEEDED = "unneeded"  # the answers do not ask for it
    WAITING = "waiting"  # for another part
    SUSPENDED = "suspended"  # until another part was applied for again
    OPEN = "open"  # its agency has it as a case
    DONE = "done"  # granted, and what others need of it is stated
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by the applicant
    CANCELLED = "cancelled"  # because of another part

    @property
    def is_over(self) -> bool:
        return self in _OVER


_OVER = frozenset({PartState.UNNEEDED, PartState.DONE, PartState.REFUSED, PartState.WITHDRAWN, PartState.CANCELLED})
_NOT_BEGUN = frozenset({PartState.WAITING, PartState.SUSPENDED})


@dataclass(frozen=True)
class Change:
    """What becomes of a part, and the part it is because of (empty where nothing stands in its way any more)."""

    part: str
    state: PartState
    because: str = ""


def changes(edges: Sequence[Edge], states: Mapping[str, PartState]) -> list[Change]:
    """Everything that follows from how the parts stand, in the order in which it happens; empty where nothing does.

    A part that is cancelled counts for those that hang on it as one that was withdrawn. A part that is held is not
    begun; it waits again as soon as the part it is held for is under way again.
    """
    now = dict(states)
    found: list[Change] = []
    # Each turn ends a part or moves one that was not begun; a part moves at most three times.
    for _turn in range(3 * len(now) + 1):
        change = next((c for name in now if (c := _change(name, edges, now))), None)
        if change is None:
            break
        now[change.part] = change.state
        found.append(change)
    return found


def _change(name: str, edges: Sequence[Edge], states: Mapping[str, PartState]) -> Change | None:
    state = states[name]
    if state.is_over:
        return None
    incoming = [edge for edge in edges if edge.target == name and edge.source in states]
    told = {edge.source: consequence for edge in incoming if (consequence := consequence_of(edge, states[edge.source]))}
    cancelling = next((source for source, what in told.items() if what is Consequence.CANCEL), "")
    if cancelling:
        return Change(name, PartState.CANCELLED, cancelling)
    if state not in _NOT_BEGUN:
        return None
    holding = next((source for source, what in told.items() if what is Consequence.SUSPEND), "")
    if holding:
        return Change(name, PartState.SUSPENDED, holding) if state is not PartState.SUSPENDED else None
    if all(states[edge.source].is_over for edge in incoming if edge.waits):
        return Change(name, PartState.OPEN)
    return Change(name, PartState.WAITING) if state is PartState.SUSPENDED else None


def consequence_of(edge: Edge, source: PartState) -> Consequence | None:
    """What the state of an edge's source means for its target; None where the source was neither refused nor taken
    back.
    """
    if source is PartState.REFUSED:
        return edge.refused
    return edge.withdrawn if source in {PartState.WITHDRAWN, PartState.CANCELLED} else None
