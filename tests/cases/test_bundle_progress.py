"""What follows for the other parts, over all graphs and states: small ones by name, the rest by chance."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.cases.bundles.definition import SHIPPED_BUNDLES, Consequence, Edge
from tongban.cases.bundles.progress import Change, PartState, changes, consequence_of

BAD = {PartState.REFUSED, PartState.WITHDRAWN, PartState.CANCELLED}
MOVING = {PartState.WAITING, PartState.SUSPENDED, PartState.OPEN}


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Edge], dict[str, PartState]]:
    """Edges lead from earlier to later parts where they wait, so that there is no cycle; beside, anywhere."""
    names = [f"p{n}" for n in range(draw(st.integers(2, 6)))]
    edges = []
    for a in range(len(names)):
        for b in range(len(names)):
            if a == b or not draw(st.booleans()):
                continue
            waits = a < b and draw(st.booleans())
            allowed = [c for c in Consequence if waits or c is not Consequence.SUSPEND]
            refused, withdrawn = draw(st.sampled_from(allowed)), draw(st.sampled_from(allowed))
            edges.append(Edge(names[a], names[b], waits, {}, (), refused, withdrawn))
    states = {name: draw(st.sampled_from(PartState)) for name in names}
    return edges, states


def after(edges: Sequence[Edge], states: dict[str, PartState]) -> dict[str, PartState]:
    return states | {change.part: change.state for change in changes(edges, states)}


@given(graphs())
def test_nothing_follows_from_what_followed(graph: tuple[list[Edge], dict[str, PartState]]) -> None:
    edges, states = graph
    assert changes(edges, after(edges, states)) == []


@given(graphs())
def test_what_is_over_stays_as_it_is(graph: tuple[list[Edge], dict[str, PartState]]) -> None:
    edges, states = graph
    then = after(edges, states)
    assert all(then[name] is state for name, state in states.items() if state.is_over)


@given(graphs())
def test_nobody_begins_before_what_it_waits_for(graph: tuple[list[Edge], dict[str, PartState]]) -> None:
    edges, states = graph
    now = dict(states)
    for change in changes(edges, states):
        if change.state is PartState.OPEN:
            for edge in edges:
                if edge.target == change.part and edge.waits:
                    assert now[edge.source].is_over
                    assert consequence_of(edge, now[edge.source]) in {None, Consequence.CONTINUE}
        now[change.part] = change.state


@given(graphs())
def test_a_cancellation_reaches_whom_it_must_and_nobody_else(graph: tuple[list[Edge], dict[str, PartState]]) -> None:
    edges, states = graph
    then = after(edges, states)
    for name, state in then.items():
        told = {e.source for e in edges if e.target == name and consequence_of(e, then[e.source]) is Consequence.CANCEL}
        if states[name] in MOVING and told:
            assert state is PartState.CANCELLED
        if state is PartState.CANCELLED and states[name] is not PartState.CANCELLED:
            assert told


@given(graphs())
def test_nobody_waits_for_ever(graph: tuple[list[Edge], dict[str, PartState]]) -> None:
    """Once no agency has anything left to decide, a part is over, or held with somebody to blame."""
    edges, states = graph
    then = after(edges, {n: PartState.DONE if s is PartState.OPEN else s for n, s in states.items()})
    while PartState.OPEN in then.values():
        then = after(edges, {n: PartState.DONE if s is PartState.OPEN else s for n, s in then.items()})
    for name, state in then.items():
        if state is PartState.SUSPENDED:
            sources = [e.source for e in edges if e.target == name and then[e.source] in BAD]
            assert sources
        elif not state.is_over:
            # It waits for one that is itself held.
            assert any(e.target == name and e.waits and not then[e.source].is_over for e in edges)


@given(graphs(), st.randoms())
def test_the_order_of_parts_and_edges_does_not_matter(
    graph: tuple[list[Edge], dict[str, PartState]], dice: random.Random
) -> None:
    edges, states = graph
    mixed_edges, mixed = list(edges), list(states.items())
    dice.shuffle(mixed_edges)
    dice.shuffle(mixed)
    assert after(mixed_edges, dict(mixed)) == after(edges, states)


MATRIX = [
    (waits, ended, consequence)
    for waits in (True, False)
    for ended in (PartState.REFUSED, PartState.WITHDRAWN, PartState.CANCELLED)
    for consequence in Consequence
    if waits or consequence is not Consequence.SUSPEND
]


@pytest.mark.parametrize(("waits", "ended", "consequence"), MATRIX)
def test_every_consequence(waits: bool, ended: PartState, consequence: Consequence) -> None:  # noqa: FBT001 - a case
    """The stated consequence is that of the event, and the other one's does not act."""
    other = Consequence.CANCEL if consequence is Consequence.CONTINUE else Consequence.CONTINUE
    refused, withdrawn = (consequence, other) if ended is PartState.REFUSED else (other, consequence)
    edge = Edge("a", "b", waits, {}, (), refused, withdrawn)
    before = PartState.WAITING if waits else PartState.OPEN
    expected = {
        Consequence.CONTINUE: [Change("b", PartState.OPEN)] if waits else [],
        Consequence.SUSPEND: [Change("b", PartState.SUSPENDED, "a")],
        Consequence.CANCEL: [Change("b", PartState.CANCELLED, "a")],
    }[consequence]
    assert changes([edge], {"a": ended, "b": before}) == expected


# What the shipped bundles say of each edge: (source, target): after a refusal, after a withdrawal of the source.
SAID = {
    "restaurant": {
        ("food", "sign"): ("cancelled", "cancelled"),
        ("food", "drain"): ("open", "cancelled"),
        ("drain", "food"): ("open", "open"),
        ("food", "insurance"): ("suspended", "cancelled"),
    },
    "newborn": {
        ("birth", "vaccination"): ("open", "open"),
        ("birth", "insurance"): ("suspended", "cancelled"),
        ("birth", "card"): ("suspended", "cancelled"),
        ("insurance", "card"): ("open", "open"),
    },
    "house": {
        ("contract", "tax"): ("suspended", "cancelled"),
        ("contract", "title"): ("suspended", "cancelled"),
        ("tax", "title"): ("suspended", "suspended"),
        ("contract", "fund"): ("cancelled", "cancelled"),
    },
}


@pytest.mark.parametrize("code", SAID)
def test_every_edge_of_what_ships(code: str) -> None:
    """Both events at every edge, the rest of the bundle as it stands on that day."""
    bundle = SHIPPED_BUNDLES.document(code, 1)
    assert SAID[code].keys() == {(edge.source, edge.target) for edge in bundle.edges}
    begun = {name: not any(edge.waits for edge in bundle.into(name)) for name in bundle.parts}
    for (source, target), said in SAID[code].items():
        for ended, expected in zip((PartState.REFUSED, PartState.WITHDRAWN), said, strict=True):
            states = {name: PartState.OPEN if on else PartState.WAITING for name, on in begun.items()}
            # What the source waits for is done: it is its turn.
            states |= {edge.source: PartState.DONE for edge in bundle.into(source) if edge.waits}
            assert after(bundle.edges, states | {source: ended})[target] == expected, (source, target, ended)


def test_what_is_held_waits_again_when_the_other_is_under_way_again() -> None:
    edge = Edge("a", "b", True, {}, (), Consequence.SUSPEND, Consequence.CANCEL)
    assert changes([edge], {"a": PartState.OPEN, "b": PartState.SUSPENDED}) == [Change("b", PartState.WAITING)]
    assert after([edge], {"a": PartState.DONE, "b": PartState.SUSPENDED})["b"] is PartState.OPEN
