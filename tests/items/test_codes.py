"""Codes of 12, 31 and 33 characters; credit codes, embedded and wrong."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from tongban.items.codes import (
    CodeFault,
    build_code,
    credit_code_fault,
    embedded_credit_code,
    is_region_code,
    parse_code,
)

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_CODES = st.tuples(
    st.from_regex(r"[0-9]{8}", fullmatch=True), st.text(st.sampled_from(ALPHABET), min_size=9, max_size=9)
).map(lambda parts: "".join(parts) + uscc.calc_check_digit("".join(parts)))
BASIC = st.from_regex(r"[0-9A-Z]{12}", fullmatch=True)


@given(CREDIT_CODES, st.integers(0, 5), BASIC, st.sampled_from(["", "01", "99"]))
def test_what_is_built_is_parsed(credit: str, level: int, basic: str, handling: str) -> None:
    code = build_code(credit, level, basic, handling)
    assert len(str(code)) == (33 if handling else 31)
    assert len(code.implementation_code) == 31
    assert parse_code(str(code)) == (code, [])


@given(CREDIT_CODES, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_told_and_does_not_stop(credit: str, position: int, other: str) -> None:
    wrong = credit[:position] + other + credit[position + 1 :]
    code, faults = parse_code(f"{wrong}3442199806003")
    assert code is not None
    assert bool(faults) == (wrong != credit)


@pytest.mark.reference
def test_samples_of_real_codes(reference: Path) -> None:
    with (reference / "standards" / "item_code_samples.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            code, faults = parse_code(row["code"])
            assert code is not None
            assert not faults
            assert "|".join((code.credit_code, str(code.level + 1), code.basic_code)) == row["split"]
    with (reference / "standards" / "test_vectors_uscc.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert (credit_code_fault(row["uscc"]) is None) == (row["valid"] == "1")


def test_faults_have_names() -> None:
    assert credit_code_fault("11440113455413717J") is CodeFault.CHECK_CHARACTER
    assert credit_code_fault("TE5116020105116050") is CodeFault.FORMAT
    assert credit_code_fault("11511301452259996u") is CodeFault.LOWER_CASE
    assert credit_code_fault("68236467-9") is CodeFault.LENGTH
    assert parse_code("123") == (None, [CodeFault.LENGTH])
    with pytest.raises(ValueError, match="check_character"):
        build_code("11440113455413717J", 3, "442199806003")


@pytest.mark.parametrize(
    ("code", "embedded"),
    [
        ("511Z07001006-511602000000-000-11511301008778183N-1-00", "11511301008778183N"),
        ("511A62001004-511602000000-000-TE5116020105116050-1-00", "TE5116020105116050"),
        ("G-000007-001-511602000000-000-115113010833722043-1-00", "115113010833722043"),
        ("511A0138000000-511602000000-000-4148481895459659776-1-00", None),
        ("", None),
    ],
)
def test_credit_codes_in_other_platforms_codes(code: str, embedded: str | None) -> None:
    assert embedded_credit_code(code) == embedded


def test_region_codes() -> None:
    good = "100000000000 450000000000 450700000000 450702000000 450702103000 441900003000 429004000000"
    bad = "4507 000000000000 450700000001 ４５００００００００００ 450002000000"
    assert all(is_region_code(code) for code in good.split())
    assert not any(is_region_code(code) for code in bad.split())
