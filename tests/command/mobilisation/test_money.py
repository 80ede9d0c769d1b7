"""Sums as people write them."""

import pytest

from anlan.command.mobilisation.money import fen_of, yuan
from anlan.kernel.errors import BadInput


@pytest.mark.parametrize(
    ("text", "fen"),
    [("1200", 120_000), ("1,200.50", 120_050), (" 0.1元 ", 10), ("0", 0), ("99999999.99", 9_999_999_999)],
)
def test_a_sum_is_whole_fen(text, fen):
    assert fen_of(text, "sum") == fen


@pytest.mark.parametrize("text", ["", "abc", "-1", "1.234", "1e9", "٣", "NaN", "999999999", "1.2.3", "一百"])
def test_what_is_no_sum_is_refused(text):
    with pytest.raises(BadInput) as refused:
        fen_of(text, "sum")
    assert refused.value.field == "sum"


def test_a_sum_is_shown_in_yuan():
    assert [yuan(123_456_789), yuan(5), yuan(None)] == ["1,234,567.89", "0.05", ""]
