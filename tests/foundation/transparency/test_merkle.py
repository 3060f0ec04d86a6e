"""The Merkle tree against RFC 9162's own definitions, written out naively, and against published proof cases."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.foundation.transparency import merkle

SIZES = st.integers(1, 130)
HASHES = [merkle.leaf_hash(str(number).encode()) for number in range(130)]


def _root(leaves: list[bytes]) -> bytes:
    """MTH of section 2.1.1, over leaf hashes."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else merkle.EMPTY_ROOT
    half = _half(len(leaves))
    return merkle.node_hash(_root(leaves[:half]), _root(leaves[half:]))


def _half(count: int) -> int:
    half = 1
    while half * 2 < count:
        half *= 2
    return half


def _path(position: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    half = _half(len(leaves))
    if position < half:
        return [*_path(position, leaves[:half]), _root(leaves[half:])]
    return [*_path(position - half, leaves[half:]), _root(leaves[:half])]


def _subproof(earlier: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.4.1."""
    if earlier == len(leaves):
        return [] if whole else [_root(leaves)]
    half = _half(len(leaves))
    if earlier <= half:
        return [*_subproof(earlier, leaves[:half], whole=whole), _root(leaves[half:])]
    return [*_subproof(earlier - half, leaves[half:], whole=False), _root(leaves[:half])]


def _stored(size: int) -> dict[merkle.Node, bytes]:
    """What the tables hold of a tree: its leaves and every complete node above them."""
    frontier = merkle.Frontier()
    nodes = {(0, place): HASHES[place] for place in range(size)}
    for leaf in HASHES[:size]:
        nodes.update(frontier.push(leaf))
    return nodes


@given(SIZES)
def test_root_and_stored_nodes(size: int) -> None:
    nodes = _stored(size)
    assert merkle.root_of(HASHES[:size]) == _root(HASHES[:size])
    assert len(nodes) == 2 * size - size.bit_count()
    for (level, place), value in nodes.items():
        assert value == _root(HASHES[place << level : (place + 1) << level])
    again = merkle.Frontier(size, [nodes[node] for node in merkle.complete_nodes(0, size)])
    assert again.root == _root(HASHES[:size])


def test_the_empty_tree() -> None:
    assert merkle.root_of([]) == merkle.EMPTY_ROOT
    assert not merkle.includes(0, 0, HASHES[0], [], merkle.EMPTY_ROOT)
    with pytest.raises(ValueError, match="no position 0"):
        merkle.inclusion_ranges(0, 0)
    with pytest.raises(ValueError, match="from 0 to 3"):
        merkle.consistency_ranges(0, 3)


@given(SIZES, st.data())
def test_inclusion(size: int, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, size - 1))
    ranges = merkle.inclusion_ranges(position, size)
    nodes = _stored(size)
    proof = merkle.proof_of(ranges, {node: nodes[node] for node in merkle.nodes_for(ranges)})
    root = _root(HASHES[:size])
    assert proof == _path(position, HASHES[:size])
    assert merkle.includes(position, size, HASHES[position], proof, root)
    other = data.draw(st.integers(0, size - 1).filter(lambda p: p != position) if size > 1 else st.just(size))
    assert not merkle.includes(other, size, HASHES[position], proof, root)
    assert not merkle.includes(position, size, merkle.leaf_hash(b"another"), proof, root)
    assert not merkle.includes(position, size, HASHES[position], [*proof, root], root)


@given(SIZES, st.data())
def test_consistency(later: int, data: st.DataObject) -> None:
    earlier = data.draw(st.integers(1, later))
    ranges = merkle.consistency_ranges(earlier, later)
    nodes = _stored(later)
    proof = merkle.proof_of(ranges, {node: nodes[node] for node in merkle.nodes_for(ranges)})
    roots = _root(HASHES[:earlier]), _root(HASHES[:later])
    assert proof == _subproof(earlier, HASHES[:later], whole=True)
    assert merkle.consistent(earlier, later, proof, *roots)
    forked = [*HASHES[: earlier - 1], merkle.leaf_hash(b"another")]
    assert not merkle.consistent(earlier, later, proof, _root(forked), roots[1])
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        broken = [*proof[:place], bytes(32), *proof[place + 1 :]]
        assert not merkle.consistent(earlier, later, broken, *roots)
        assert not merkle.consistent(earlier, later, proof[:-1], *roots)


def _decoded(texts: list[str] | None) -> list[bytes]:
    return [base64.b64decode(text) for text in texts or ()]


@pytest.mark.reference
def test_published_proof_cases(reference: Path) -> None:
    seen = 0
    for case in json.loads((reference / "merkle" / "inclusion.json").read_text()):
        root, leaf = _decoded([case["root"], case["leafHash"]])
        found = merkle.includes(case["leafIdx"], case["treeSize"], leaf, _decoded(case["proof"]), root)
        assert found is not case["wantErr"], case["case"]
        seen += 1
    for case in json.loads((reference / "merkle" / "consistency.json").read_text()):
        roots = _decoded([case["root1"], case["root2"]])
        found = merkle.consistent(case["size1"], case["size2"], _decoded(case["proof"]), *roots)
        assert found is not case["wantErr"], case["case"]
        seen += 1
    assert seen == 196
