"""Minimisation against brute force: all 3^k implicants, all minimum covers, on small random tables."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongban.observatory.qca.cover import irredundant_covers, minimum_covers
from tongban.observatory.qca.minimise import Effort, minimise
from tongban.observatory.qca.primes import primes_against, primes_of_union
from tongban.observatory.qca.sets import FREE, Space, Terms, covers
from tongban.observatory.qca.truthtable import Cuts, TruthTable, truth_table

Rows = set[tuple[int, ...]]


def brute_force_primes(levels: tuple[int, ...], positive: Rows, negative: Rows) -> Rows:
    """Maximal terms without a negative row and with a positive one, by looking at every term there is."""
    terms = np.array(list(itertools.product(*((FREE, *range(count)) for count in levels))), dtype=np.int8)

    def holds(rows: Rows) -> np.ndarray:
        """Which of the terms hold in any of the rows."""
        every = np.array(sorted(rows), dtype=np.int8).reshape(-1, len(levels))
        return np.asarray(((terms[:, None] == FREE) | (terms[:, None] == every)).all(axis=2).any(axis=1))

    implicant = ~holds(negative)
    implicants = as_rows(terms[implicant])
    return {
        term
        for term in as_rows(terms[implicant & holds(positive)])
        if not any((*term[:at], FREE, *term[at + 1 :]) in implicants for at, value in enumerate(term) if value != FREE)
    }


def brute_force_covers(chart: np.ndarray) -> Rows:
    """All covers of the smallest size, by trying all sets of primes of growing size."""
    for size in range(1, len(chart) + 1):
        each = itertools.chain.from_iterable(itertools.combinations(range(len(chart)), size))
        chosen = np.fromiter(each, dtype=np.int64).reshape(-1, size)
        whole = chart[chosen[:, 0]]
        for others in chosen.T[1:]:
            whole |= chart[others]
        if len(found := chosen[whole.all(axis=1)]):
            return as_rows(found)
    return set()


def random_table(seed: int) -> tuple[tuple[int, ...], Terms, Terms]:
    """Levels, positive rows and negative rows; about a third of the tables are multi-value."""
    generator = np.random.default_rng(seed)
    conditions = int(generator.integers(2, 7))
    most = 3 if seed % 3 == 0 and conditions <= 4 else 2
    levels = tuple(int(count) for count in generator.integers(2, most + 1, conditions))
    space = np.array(list(itertools.product(*(range(count) for count in levels))), dtype=np.int8)
    share = generator.uniform(0.1, 0.9)
    drawn = generator.permutation(len(space))[: max(2, int(share * len(space)))]
    out = generator.integers(0, 2, len(drawn))
    out[0] = 1
    return levels, space[drawn[out == 1]], space[drawn[out == 0]]


def as_rows(terms: np.ndarray) -> Rows:
    return set(map(tuple, terms.tolist()))


@pytest.mark.parametrize("block", range(10))
def test_primes_and_minimum_covers_agree_with_brute_force_on_500_tables(block: int) -> None:
    for seed in range(block * 50, block * 50 + 50):
        levels, positive, negative = random_table(seed)
        primes = primes_against(positive, negative)
        assert as_rows(primes) == brute_force_primes(levels, as_rows(positive), as_rows(negative)), seed
        chart = covers(primes, positive)
        found = minimum_covers(chart, [0] * len(primes), limit=10**6)
        assert found.complete, seed
        assert found.count == len(found.models) == len(set(found.models)), seed
        if math.comb(len(primes), found.size) <= 100_000:
            assert set(found.models) == brute_force_covers(chart), seed


@pytest.mark.parametrize("block", range(4))
def test_consensus_finds_the_primes_of_a_union(block: int) -> None:
    for seed in range(block * 25, block * 25 + 25):
        levels, positive, _ = random_table(seed)
        space = Space(tuple("ABCDEF"[: len(levels)]), levels)
        rest = as_rows(np.array(list(itertools.product(*(range(count) for count in levels))), dtype=np.int8)) - as_rows(
            positive
        )
        assert as_rows(primes_of_union(space, positive)) == brute_force_primes(levels, as_rows(positive), rest), seed


def test_terms_wider_than_a_machine_word_grow_the_same_primes(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(40):
        levels, positive, _ = random_table(seed)
        space = Space(tuple("ABCDEF"[: len(levels)]), levels)
        at_once = primes_of_union(space, positive)
        with monkeypatch.context() as patch:
            patch.setattr("tongban.observatory.qca.primes.WORD", 0)
            assert np.array_equal(at_once, primes_of_union(space, positive)), seed


def test_hitting_sets_beyond_the_table_give_the_same_primes(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(60):
        _, positive, negative = random_table(seed)
        by_table = primes_against(positive, negative)
        with monkeypatch.context() as patch:
            patch.setattr("tongban.observatory.qca.primes.TABLE_CONDITIONS", 0)
            assert np.array_equal(by_table, primes_against(positive, negative)), seed


def test_irredundant_covers_are_all_covers_without_a_spare_prime() -> None:
    for seed in range(80):
        _, positive, negative = random_table(seed)
        chart = covers(primes_against(positive, negative), positive)
        if len(chart) > 11:
            continue
        expected = {
            chosen
            for size in range(1, len(chart) + 1)
            for chosen in itertools.combinations(range(len(chart)), size)
            if chart[list(chosen)].any(axis=0).all()
            and not any(chart[[at for at in chosen if at != spare]].any(axis=0).all() for spare in chosen)
        }
        found, complete = irredundant_covers(chart, limit=10**6)
        assert complete
        assert len(found) == len(expected)
        assert set(found) == expected, seed


def test_searches_that_run_out_of_steps_say_so_and_list_only_models() -> None:
    tables = (random_table(seed) for seed in range(40))
    charts = [covers(primes_against(positive, negative), positive) for _, positive, negative in tables]
    stopped = 0
    for chart in charts:
        everything = minimum_covers(chart, [0] * len(chart), limit=10**6)
        found = minimum_covers(chart, [0] * len(chart), limit=10**6, steps=3)
        assert found.proven
        assert found.models
        assert set(found.models) <= set(everything.models)
        assert found.complete == (found.count == everything.count and found.complete_count)
        stopped += not found.complete
        every, _ = irredundant_covers(chart, limit=10**6)
        some, complete = irredundant_covers(chart, limit=10**6, steps=3)
        assert set(some) <= set(every)
        assert not complete or len(some) == len(every)
    assert 0 < stopped < len(charts)


def test_models_with_many_terms_are_counted_beyond_what_is_listed() -> None:
    chart = np.repeat(np.eye(4, dtype=np.bool_), 3, axis=0)  # three primes for each of four rows: 81 models
    found = minimum_covers(chart, [0] * len(chart), limit=100, terms=40)
    assert (found.count, len(found.models), found.complete_count, found.complete) == (81, 10, True, False)


def crisp_table(levels: tuple[int, ...], positive: Terms, negative: Terms) -> TruthTable:
    """The truth table of one case in each row."""
    space = Space(tuple("ABCDEF"[: len(levels)]), levels, multi_value=max(levels) > 2)
    data = np.concatenate([positive, negative]).astype(float)
    outcome = np.concatenate([np.ones(len(positive)), np.zeros(len(negative))])
    return truth_table(space, data, outcome, Cuts())


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), expected=st.lists(st.sampled_from([0, 1, None]), min_size=6, max_size=6))
def test_every_solution_agrees_with_the_truth_table_on_every_row(seed: int, expected: list[int | None]) -> None:
    levels, positive, negative = random_table(seed)
    table = crisp_table(levels, positive, negative)
    expectations = {
        name: None if value is None else frozenset({value})
        for name, value in zip(table.space.conditions, expected[: len(levels)], strict=True)
    }
    found = minimise(table, expectations, Effort(models=20, pairs=30, irredundant=False))
    solutions = [found.complex, found.parsimonious, *(pair.solution for pair in found.pairs)]
    for solution in solutions:
        for model in solution.models:
            holds = covers(solution.terms(model), np.concatenate([positive, negative])).any(axis=0)
            assert holds.tolist() == [True] * len(positive) + [False] * len(negative)
    for pair in found.pairs:
        narrow = solution_terms(found.complex, found.complex.models[pair.complex_model])
        wide = solution_terms(found.parsimonious, found.parsimonious.models[pair.parsimonious_model])
        everything = np.array(list(itertools.product(*(range(count) for count in levels))), dtype=np.int8)
        for model in pair.solution.models:
            middle = covers(pair.solution.terms(model), everything).any(axis=0)
            assert not (covers(narrow, everything).any(axis=0) & ~middle).any()
            assert not (middle & ~covers(wide, everything).any(axis=0)).any()


def solution_terms(solution: object, model: tuple[int, ...]) -> Terms:
    return solution.terms(model)  # type: ignore[attr-defined, no-any-return]  # a Solution; kept short for reading


def test_no_expectations_leave_the_complex_solution() -> None:
    for seed in range(40):
        levels, positive, negative = random_table(seed)
        table = crisp_table(levels, positive, negative)
        either = dict.fromkeys(table.space.conditions)
        found = minimise(table, either, Effort(models=10, pairs=10, irredundant=False))
        for pair in found.pairs:
            assert as_rows(pair.solution.primes) == as_rows(found.complex.primes)


def test_no_negative_row_makes_the_parsimonious_solution_always_true() -> None:
    table = crisp_table((2, 2), np.array([[0, 1], [1, 1]], dtype=np.int8), np.empty((0, 2), dtype=np.int8))
    found = minimise(table, {"A": None, "B": None}, Effort())
    assert found.parsimonious.space.labels(found.parsimonious.primes) == ["1"]
    assert found.complex.space.labels(found.complex.primes) == ["B"]


def test_a_time_limit_leaves_a_model_and_a_proven_bound() -> None:
    generator = np.random.default_rng(11)
    rows = np.unique(generator.integers(0, 2, (400, 12), dtype=np.int8), axis=0)
    rows = rows[generator.permutation(len(rows))[:200]]
    out = generator.integers(0, 2, 200)
    positive, negative = rows[out == 1], rows[out == 0]
    primes = primes_against(positive, negative)
    chart = covers(primes, positive)
    found = minimum_covers(chart, [0] * len(primes), limit=10, deadline=0.0)
    assert found.models
    assert chart[list(found.models[0])].any(axis=0).all()
    assert found.bound <= found.size
    assert not found.complete
