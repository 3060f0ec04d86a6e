"""Prime implicants: every one of them, without ever listing the remainders.

Two ways to the same set:

*Against the negative rows.* A term made from a positive row p by keeping the literals in a set S is an implicant
when every negative row n differs from p somewhere in S. So the *bad* sets S are exactly the subsets of
"where p agrees with n", over all n; a prime implicant is a good set all of whose one-smaller subsets are bad.
`primes_against` tabulates bad sets for all 2^k sets at once, one bit of a machine word for each positive row,
and closes the table downwards with k vector operations. The table also answers which rows a prime covers.
Beyond `TABLE_CONDITIONS` conditions the same sets are found as minimal hitting sets, row by row.

*From a union of terms.* Where the terms are given and everything else is negative (complex and intermediate
solutions in large spaces) `primes_of_union` grows them by iterated consensus (Quine 1955), here on sets of
values, so that multi-value conditions need no case of their own.
"""

import time
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from tongban.observatory.qca.sets import FREE, Space, Terms, different

TABLE_CONDITIONS = 22
"""Up to here the table of all sets of conditions fits a few cache-friendly megabytes (2^22 words are 32 MB)."""

WORD = 64
Words = npt.NDArray[np.uint64]
Packed = npt.NDArray[np.int64]
"""Terms as sets of allowed values, one bit for each value of each condition."""

BLOCK = 512
"""Terms that are held against all others at once."""


class OutOfTimeError(Exception):
    """The time limit passed before all prime implicants were known."""


def primes_against(positive: Terms, negative: Terms, deadline: float | None = None) -> Terms:
    """All prime implicants that cover a positive row and no negative one; every other row is free to be either.

    Args:
        positive: Rows to cover, shape (rows, conditions).
        negative: Rows that must not be covered.
        deadline: `time.monotonic()` after which to give up.

    Returns:
        The primes, sorted, each once.

    Raises:
        OutOfTimeError: The deadline passed.
    """
    conditions = positive.shape[1]
    if not len(positive):
        return np.empty((0, conditions), dtype=np.int8)
    if not len(negative):
        return np.full((1, conditions), FREE, dtype=np.int8)
    bits = 1 << np.arange(conditions, dtype=np.int64)
    agreements = [np.unique((negative == row) @ bits) for row in positive]
    parts: list[Terms] = []
    if conditions <= TABLE_CONDITIONS:
        for start in range(0, len(positive), WORD):
            _check(deadline)
            batch = positive[start : start + WORD]
            parts.append(_from_table(batch, agreements[start : start + WORD]))
    else:
        everything = (1 << conditions) - 1
        for row, agreement in zip(positive, agreements, strict=True):
            differences = [everything ^ int(mask) for mask in agreement]
            kept = np.array(list(_minimal_hitting_sets(differences, deadline)), dtype=np.int64)
            parts.append(_terms(np.broadcast_to(row, (len(kept), conditions)), kept))
    return different(np.concatenate(parts))


def _from_table(rows: Terms, agreements: list[npt.NDArray[np.int64]]) -> Terms:
    """The primes that cover any of up to 64 rows, from the table of bad sets of conditions; some more than once."""
    conditions = rows.shape[1]
    bad: Words = np.zeros(1 << conditions, dtype=np.uint64)
    for at, agreement in enumerate(agreements):
        bad[agreement] |= np.uint64(1 << at)
    for bit in range(conditions):  # what lies inside a bad set is bad
        without, having = _halves(bad, bit)
        without |= having
    good = ~bad
    for bit in range(conditions):  # minimal: taking any one condition away makes it bad
        _, having = _halves(good, bit)
        having &= _halves(bad, bit)[0]
    if len(rows) < WORD:
        good &= np.uint64((1 << len(rows)) - 1)
    sets = np.flatnonzero(good)
    words = good[sets]
    found = [
        _terms(np.broadcast_to(row, (int(chosen.sum()), conditions)), sets[chosen])
        for at, row in enumerate(rows)
        for chosen in [(words >> np.uint64(at)) & np.uint64(1) == 1]
    ]
    return np.concatenate(found)


def _halves(table: Words, bit: int) -> tuple[Words, Words]:
    """The entries of the sets without and with one condition, as views that line up."""
    paired = table.reshape(-1, 2, 1 << bit)
    return paired[:, 0, :], paired[:, 1, :]


def _terms(rows: Terms, kept: npt.NDArray[np.int64]) -> Terms:
    """The rows with all conditions outside the sets `kept` set free."""
    bits = 1 << np.arange(rows.shape[1], dtype=np.int64)
    return np.where(kept[:, None] & bits, rows, np.int8(FREE)).astype(np.int8)


def _minimal_hitting_sets(differences: list[int], deadline: float | None) -> Iterator[int]:
    """Every minimal set of conditions that meets all `differences` (Berge's multiplication, sets as bits)."""
    minimal: list[int] = []
    for difference in sorted(set(differences), key=int.bit_count):
        if not any(known & difference == known for known in minimal):
            minimal.append(difference)
    hitting = [0]
    for difference in minimal:
        _check(deadline)
        hits = [known for known in hitting if known & difference]
        grown: list[int] = []
        for known in hitting:
            if known & difference:
                continue
            rest = difference
            while rest:
                bit = rest & -rest
                rest ^= bit
                candidate = known | bit
                if not any(hit & candidate == hit for hit in hits):
                    grown.append(candidate)
        hitting = hits + grown
    return iter(hitting)


def primes_of_union(space: Space, terms: Terms, deadline: float | None = None) -> Terms:
    """All prime implicants of the disjunction of `terms`, everything outside it being negative.

    Raises:
        OutOfTimeError: The deadline passed.
    """
    fields = _Fields(space.levels)
    packed = [fields.pack(term) for term in terms.tolist()]
    primes = _grown(fields, packed, deadline) if fields.width < WORD else _grown_wide(fields, packed, deadline)
    single = {term for prime in primes for term in fields.single_valued(prime)}
    maximal = single
    if fields.multi:  # the parts of one may lie inside another
        maximal = {term for term in single if not any(term != other and term & other == term for other in single)}
    found = np.array([fields.unpack(term) for term in maximal], dtype=np.int8).reshape(-1, len(space))
    return different(found)


def _grown(fields: "_Fields", packed: list[int], deadline: float | None) -> list[int]:
    """The consensus of all terms with all, round after round, until none adds anything; terms fit a machine word."""
    primes = np.empty(0, dtype=np.int64)
    fresh = _maximal(np.unique(np.array(packed, dtype=np.int64)))
    while len(fresh):
        primes = np.concatenate([primes[~_inside(primes, fresh)], fresh])
        grown = []
        for start in range(0, len(fresh), BLOCK):
            _check(deadline)
            grown.append(fields.consensus_of(fresh[start : start + BLOCK], primes))
        candidates = np.unique(np.concatenate(grown))
        fresh = _maximal(candidates[~_inside(candidates, primes)])
    return [int(term) for term in primes]


def _inside(terms: Packed, others: Packed) -> npt.NDArray[np.bool_]:
    """Which of `terms` lies inside one of `others`."""
    found = np.zeros(len(terms), dtype=np.bool_)
    for start in range(0, len(terms), BLOCK):
        part = terms[start : start + BLOCK, None]
        found[start : start + BLOCK] = (part & others == part).any(axis=1)
    return found


def _maximal(terms: Packed) -> Packed:
    """The different terms that lie inside no other of them."""
    found = np.ones(len(terms), dtype=np.bool_)
    for start in range(0, len(terms), BLOCK):
        part = terms[start : start + BLOCK, None]
        found[start : start + BLOCK] = (part & terms == part).sum(axis=1) == 1  # inside itself alone
    return terms[found]


def _grown_wide(fields: "_Fields", packed: list[int], deadline: float | None) -> list[int]:
    """The same where a term has more values than a machine word has bits, term by term."""
    primes: set[int] = set()
    waiting = packed
    while waiting:
        _check(deadline)
        candidate = waiting.pop()
        if any(candidate & prime == candidate for prime in primes):
            continue
        primes = {prime for prime in primes if prime & candidate != prime}
        waiting.extend(fields.consensus(candidate, primes))
        primes.add(candidate)
    return list(primes)


class _Fields:
    """Terms as sets of allowed values: one bit for each value of each condition, in one integer."""

    def __init__(self, levels: tuple[int, ...]) -> None:
        self.levels = levels
        self.starts: list[int] = []
        start = 0
        for count in levels:
            self.starts.append(start)
            start += count
        self.masks = [((1 << count) - 1) << at for at, count in zip(self.starts, levels, strict=True)]
        self.width = start
        self.multi = [mask for mask, count in zip(self.masks, levels, strict=True) if count > 2]  # noqa: PLR2004

    def pack(self, term: Iterable[int]) -> int:
        packed = 0
        for value, start, mask in zip(term, self.starts, self.masks, strict=True):
            packed |= mask if value == FREE else 1 << (start + value)
        return packed

    def unpack(self, packed: int) -> list[int]:
        values = []
        for start, mask in zip(self.starts, self.masks, strict=True):
            field = packed & mask
            values.append(FREE if field == mask else (field >> start).bit_length() - 1)
        return values

    def consensus(self, term: int, others: Iterable[int]) -> Iterator[int]:
        """What `term` and another term imply together beyond either."""
        for other in others:
            common = term & other
            clashes = [mask for mask in self.masks if not common & mask]
            if len(clashes) > 1:
                continue
            for mask in clashes or self.multi:
                yield (common & ~mask) | ((term | other) & mask)

    def consensus_of(self, terms: Packed, others: Packed) -> Packed:
        """What each of `terms` and each of `others` imply together beyond either, of all pairs at once."""
        common, either = terms[:, None] & others, terms[:, None] | others
        clashes = np.zeros(common.shape, dtype=np.int64)
        where = np.zeros(common.shape, dtype=np.int64)
        for mask in self.masks:
            clash = common & mask == 0
            clashes += clash
            where |= np.where(clash, mask, 0)
        one = clashes == 1
        grown = [(common[one] & ~where[one]) | (either[one] & where[one])]
        none = clashes == 0
        grown += [(common[none] & ~mask) | (either[none] & mask) for mask in self.multi]
        return np.unique(np.concatenate(grown))

    def single_valued(self, packed: int) -> Iterator[int]:
        """The parts of a term whose literals name one value, as solutions are written."""
        for start, mask, count in zip(self.starts, self.masks, self.levels, strict=True):
            field = packed & mask
            if field != mask and field.bit_count() > 1:
                for value in range(count):
                    bit = 1 << (start + value)
                    if field & bit:
                        yield from self.single_valued((packed & ~mask) | bit)
                return
        yield packed


def _check(deadline: float | None) -> None:
    if deadline is not None and time.monotonic() > deadline:
        raise OutOfTimeError
