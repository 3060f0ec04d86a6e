from hypothesis import given
from hypothesis import strategies as st

from tongban.foundation.ids import has_valid_check_character, uuid7, with_check_character

BODIES = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=4, max_size=24)


@given(BODIES, st.data())
def test_one_wrong_character_is_always_found(body: str, draw: st.DataObject) -> None:
    number = with_check_character(body)
    assert has_valid_check_character(number)
    at = draw.draw(st.integers(0, len(body) - 1))
    wrong = draw.draw(st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ").filter(lambda c: c != number[at]))
    assert not has_valid_check_character(number[:at] + wrong + number[at + 1 :])


def test_nearly_every_swap_of_neighbours_is_found() -> None:
    # ISO 7064's hybrid systems find all single errors and nearly all swaps.
    swaps = found = 0
    for serial in range(2000):
        number = with_check_character(f"45070020261121{serial:07d}")
        for at in range(len(number) - 2):
            if number[at] != number[at + 1]:
                swaps += 1
                swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
                found += not has_valid_check_character(swapped)
    assert found / swaps > 0.99


def test_ids_are_unique_and_ordered_by_time() -> None:
    ids = [uuid7() for _ in range(2000)]
    assert len(set(ids)) == len(ids)
    assert ids == sorted(ids)
    assert {i.version for i in ids} == {7}
