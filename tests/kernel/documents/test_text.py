"""Titles break where they read well."""

from __future__ import annotations

import pytest

from anlan.kernel.documents.body import chinese_number
from anlan.kernel.documents.text import clean, may_break, title_lines, width


def test_a_short_title_stays_in_one_line():
    assert title_lines("关于启动防汛Ⅲ级应急响应的命令", 19) == ["关于启动防汛Ⅲ级应急响应的命令"]


@pytest.mark.parametrize(
    "title",
    [
        "关于做好2016年7月20日前后强降雨防范应对和隐患排查整治工作的紧急通知",
        "石景山区防汛抗旱指挥部关于印发《石景山区2016年防汛应急预案（试行）》的通知",
        "A" * 60,
        "雨" * 41,
        "2016年7月20日" * 6,
    ],
)
def test_a_long_title_breaks_into_lines_that_fit_and_loses_nothing(title):
    lines = title_lines(title, 19)
    assert "".join(lines) == title
    assert all(width(line) <= 19 for line in lines) or title[0] == "A"
    assert len(lines) >= 2


def test_a_line_break_that_somebody_set_is_kept():
    assert title_lines("关于古城街道\n积水情况的报告", 19) == ["关于古城街道", "积水情况的报告"]


@pytest.mark.parametrize(
    ("text", "at"), [("7月20日", 1), ("7月20日", 2), ("7月20日", 3), ("《预案》", 1), ("预案》", 2)]
)
def test_a_line_never_ends_inside_a_date_or_on_the_wrong_side_of_a_bracket(text, at):
    assert not may_break(text, at)


@pytest.mark.parametrize(("number", "text"), [(1, "一"), (10, "十"), (12, "十二"), (20, "二十"), (99, "九十九")])
def test_numbers_of_headings(number, text):
    assert chinese_number(number) == text


def test_ordinary_text_is_left_as_it_is():
    text = "古城站　30.4毫米 𠮷 é “引号” — ……"
    assert clean(text) == text
