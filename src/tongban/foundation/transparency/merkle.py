"""Merkle trees as RFC 9162, section 2.1, has them: hashes, proofs and their verification. Pure; needs nothing.

A *node* is a complete subtree: `(level, place)` covers the leaves from `place << level` to `(place + 1 << level) - 1`;
level 0 are the leaves. Any part of a tree that a proof needs is folded from complete nodes, at most one a level.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

Node = tuple[int, int]
Range = tuple[int, int]

EMPTY_ROOT = hashlib.sha256(b"").digest()
HASH_BYTES = 32


def leaf_hash(data: bytes) -> bytes:
    """SHA-256 of 0x00 and the leaf's data (RFC 9162, section 2.1.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and both children's hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The complete subtrees of a growing tree, the largest first: enough to add leaves and to know the root."""

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """`hashes` are those of `complete_nodes(0, size)`, in that order."""
        self.size = size
        self.hashes = list(hashes)
        if len(self.hashes) != size.bit_count():
            raise ValueError(
                f"a tree of {size} leaves has {size.bit_count()} complete subtrees, not {len(self.hashes)}"
            )

    def push(self, leaf: bytes) -> Iterator[tuple[Node, bytes]]:
        """Add a leaf's hash; the nodes it completes above the leaves, lowest first."""
        place, level = self.size, 0
        self.size += 1
        completed: list[tuple[Node, bytes]] = []
        while place & 1:
            leaf = node_hash(self.hashes.pop(), leaf)
            place, level = place >> 1, level + 1
            completed.append(((level, place), leaf))
        self.hashes.append(leaf)
        return iter(completed)

    @property
    def root(self) -> bytes:
        return fold(self.hashes)

    def copy(self) -> "Frontier":
        return Frontier(self.size, self.hashes)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.push(leaf)
    return frontier.root


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash over neighbouring complete subtrees, the largest first, as they stand in one unfinished subtree."""
    if not hashes:
        return EMPTY_ROOT
    found = hashes[-1]
    for one in reversed(hashes[:-1]):
        found = node_hash(one, found)
    return found


def complete_nodes(first: int, end: int) -> list[Node]:
    """The complete subtrees that make up the leaves from `first` to before `end`, the largest first.

    `first` is a multiple of the largest, as it is in every proof.
    """
    found: list[Node] = []
    while first < end:
        level = (end - first).bit_length() - 1
        found.append((level, first >> level))
        first += 1 << level
    return found


def inclusion_ranges(position: int, size: int) -> list[Range]:
    """Over which leaves each hash of the inclusion proof is taken, in the proof's order (section 2.1.3.1).

    Raises:
        ValueError: there is no such position in a tree of this size.
    """
    if not 0 <= position < size:
        raise ValueError(f"there is no position {position} in a tree of {size} entries")
    first, end = 0, size
    found: list[Range] = []
    while end - first > 1:
        middle = first + _split(end - first)
        if position < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((first, middle))
            first = middle
    return found[::-1]


def consistency_ranges(earlier: int, later: int) -> list[Range]:
    """Over which leaves each hash of the consistency proof is taken, in the proof's order (section 2.1.4.1).

    Raises:
        ValueError: the sizes are not 0 < earlier <= later.
    """
    if not 0 < earlier <= later:
        raise ValueError(f"there is no consistency proof from {earlier} to {later} entries")
    first, end = 0, later
    found: list[Range] = []
    whole = True  # whether the part looked at is, in the earlier tree, a complete one that its verifier knows
    while earlier < end:
        middle = first + _split(end - first)
        if earlier <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((first, middle))
            first, whole = middle, False
    if not whole:
        found.append((first, end))
    return found[::-1]


def proof_of(ranges: Sequence[Range], hashes: Mapping[Node, bytes]) -> list[bytes]:
    """The proof whose hashes are taken over `ranges`, from the complete nodes that `nodes_for` names."""
    return [fold([hashes[node] for node in complete_nodes(*one)]) for one in ranges]


def nodes_for(ranges: Iterable[Range]) -> set[Node]:
    """Every complete node that the hashes over `ranges` are folded from."""
    return {node for one in ranges for node in complete_nodes(*one)}


def includes(position: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows this leaf hash at this position of the tree (section 2.1.3.2)."""
    if not 0 <= position < size or not _hashes(leaf, root, *proof):
        return False
    place, last, found = position, size - 1, leaf
    for one in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(one, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, one)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def consistent(earlier: int, later: int, proof: Sequence[bytes], earlier_root: bytes, later_root: bytes) -> bool:
    """Whether the proof shows that the later tree begins with all of the earlier one (section 2.1.4.2)."""
    if not 0 < earlier <= later:
        return False
    if earlier == later:
        return not proof and earlier_root == later_root
    if not _hashes(earlier_root, later_root, *proof):
        return False
    # Where the earlier tree is a complete subtree of the later one, the proof leaves its root out.
    path = [*([earlier_root] if earlier.bit_count() == 1 else []), *proof]
    return bool(path) and _walked(earlier, later, path) == (earlier_root, later_root)


def _walked(earlier: int, later: int, path: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """The roots of both trees that the path leads to; None where it is too long or too short."""
    place, last = earlier - 1, later - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for one in path[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            before, after = node_hash(one, before), node_hash(one, after)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, one)
        place, last = place >> 1, last >> 1
    return (before, after) if last == 0 else None


def _split(leaves: int) -> int:
    """The largest power of two below the number of leaves."""
    return 1 << ((leaves - 1).bit_length() - 1)


def _hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
