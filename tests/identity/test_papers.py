"""Numbers of identity papers: what passes, what does not, what they are found by."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from tongban.identity.capacity import Capacity, birthday, capacity, is_adult
from tongban.identity.papers import PaperKind, born_on, is_valid, number_to_find

DAYS = st.dates(date(1930, 1, 1), date(2020, 12, 31))


def checked(front: str) -> str:
    """The 17 digits with their check character (GB 11643, MOD 11-2)."""
    return front + str(ric.calc_check_digit(front + "0"))


@pytest.mark.parametrize(
    ("kind", "number", "country", "valid"),
    [
        ("passport", "E1234567", "VNM", True),
        ("passport", "E1234567", "CHN", False),
        ("passport", "ABCDEFG", "VNM", False),
        ("passport", "E12345678901", "VNM", False),
        ("permanent_residence", "USA110175031512", "CHN", True),
        ("permanent_residence", "USA110175133212", "CHN", False),
        ("hk_macao_permit", "H12345678", "CHN", True),
        ("hk_macao_permit", "h1234567801", "CHN", True),
        ("hk_macao_permit", "T12345678", "CHN", False),
        ("taiwan_permit", "12345678", "CHN", True),
        ("taiwan_permit", "1234567", "CHN", False),
    ],
)
def test_forms_of_numbers(kind: str, number: str, country: str, *, valid: bool) -> None:
    assert is_valid(PaperKind(kind), number, country) is valid


@given(st.sampled_from(["450721", "810000", "820000", "830000", "911840"]), DAYS, st.integers(0, 999))
def test_eighteen_characters_belong_to_one_kind_and_say_the_birth(place: str, born: date, serial: int) -> None:
    number = checked(f"{place}{born:%Y%m%d}{serial:03d}")
    kinds = [kind for kind in PaperKind if kind is not PaperKind.PASSPORT and is_valid(kind, number)]
    expected = {"4": PaperKind.RESIDENT, "8": PaperKind.HMT_RESIDENCE, "9": PaperKind.PERMANENT_RESIDENCE}[number[0]]
    assert kinds == [expected]
    assert born_on(expected, number) == born
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    assert not is_valid(expected, wrong)


def test_a_renewed_permit_is_found_by_the_same_number() -> None:
    assert number_to_find(PaperKind.HK_MACAO_PERMIT, "h 1234567802") == "H12345678"
    assert number_to_find(PaperKind.TAIWAN_PERMIT, "1234567801") == "12345678"


@given(DAYS, st.integers(0, 40000))
def test_majority_is_on_the_birthday(born: date, later: int) -> None:
    day = date.fromordinal(born.toordinal() + later)
    assert is_adult(born, day) == (day >= birthday(born, 18))
    assert (capacity(born, day) is Capacity.CHILD) == (day < birthday(born, 14))


def test_who_was_born_on_29_february_is_of_age_on_the_28th() -> None:
    assert birthday(date(2008, 2, 29), 18) == date(2026, 2, 28)
