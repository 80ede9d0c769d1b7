"""Typed texts are kept whole or refused."""

import pytest

from anlan.kernel.errors import BadInput
from anlan.kernel.texts import whole, whole_line


def test_a_text_that_is_too_long_is_refused_with_how_much_and_where():
    for keep in (whole, whole_line):
        assert keep("字" * 10, 10, "why") == "字" * 10
        with pytest.raises(BadInput, match="原因最多 10 字，现有 13 字，多了 3 字") as refused:
            keep("字" * 13, 10, "why", "原因")
        assert refused.value.field == "why"


def test_paragraphs_stay_and_blanks_around_do_not_count():
    assert whole("  一\r\n\r\n二\0\x07 \n", 4, "text") == "一\n\n二"
    assert whole_line(" 一\r\n\u202e 二\0 ", 3, "text") == "一 二"
    assert whole("", 0, "text") == ""
