"""What is masked shows enough to recognise and too little to use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.foundation.masking import masked


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("450102199003071234", "id-number", "4501**********1234"),
        ("13812345678", "phone", "138****5678"),
        ("zhang.san@example.cn", "email", "z****@example.cn"),
        ("广西壮族自治区灵山县灵城街道1号", "text", "广西壮族自治****"),
        ("王芳", "text", "王****"),
        ("1234", "id-number", "12****"),
        ("", "text", ""),
    ],
)
def test_examples(value: str, kind: str, shown: str) -> None:
    assert masked(value, kind) == shown


@given(st.text(min_size=2, max_size=60), st.sampled_from(["id-number", "phone", "email", "text", "anything"]))
def test_something_is_always_hidden(value: str, kind: str) -> None:
    shown = masked(value, kind)
    assert not value.strip() or "*" in shown
