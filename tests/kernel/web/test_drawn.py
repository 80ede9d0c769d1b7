"""A part of a page is drawn once for each content, and shown to nobody whose content is another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from anlan.kernel.web import drawn

ROW = "command/desk_due_item.html"


@pytest.fixture(autouse=True)
def nothing_kept():
    drawn.KEPT.clear()
    yield
    drawn.KEPT.clear()


def row(**changed):
    return {
        "id": "1", "text": "首报（电话）", "where": "报 市政府总值班室", "url": "/incidents/1/",
        "due_at": datetime(2016, 7, 20, 5, tzinfo=UTC), "late": False, "button": {"label": "登记", "url": "/x/", "kind": "post"},
        "provisional": False, "immediate": False,
        "matter": "1", "loud": False, "since": None, "more": [], **changed,
    }  # fmt: skip


def page(**values):
    """The row in two pages of two people: each with a token of its own."""
    source = Template('{% load drawn %}{% drawn "command/desk_due_item.html" d=d %}')
    return source.render(Context({"request": RequestFactory().get("/"), **values}))


def test_the_same_values_are_drawn_once_and_carry_the_token_of_the_page_they_stand_in():
    first = page(d=row(), csrf_token="first-token")
    assert 'value="first-token"' in first
    second = page(d=row(), csrf_token="second-token")
    assert second == first.replace("first-token", "second-token")
    assert drawn.SEAL not in second
    (key,) = drawn.KEPT.young
    drawn.KEPT.young[key] = "kept"
    assert page(d=row(), csrf_token="third-token") == "kept"


def test_another_right_another_word_another_hour_or_another_language_is_another_row():
    shown = page(d=row(), csrf_token="t")
    assert "登记" in shown
    assert "登记" not in page(d=row(button=None), csrf_token="t")
    assert "首报（书面）" in page(d=row(text="首报（书面）"), csrf_token="t")
    assert 'data-phase="late"' in page(d=row(late=True), csrf_token="t")
    assert "13:30" in page(d=row(due_at=datetime(2016, 7, 20, 5, 30, tzinfo=UTC)), csrf_token="t")
    assert page(d=row(), csrf_token="t") == shown
    with translation.override("en"):
        assert "剩" not in page(d=row(), csrf_token="t")
    assert "剩" in page(d=row(), csrf_token="t")


def test_a_part_knows_nothing_of_the_page_that_it_stands_in():
    source = Template('{% load drawn %}{% drawn "parts/state.html" label=label %}')
    assert "done" not in source.render(Context({"label": "已办", "phase": "done"}))


def test_what_is_written_by_a_stranger_stays_text_also_where_it_looks_like_the_seal():
    shown = page(d=row(text=f"{drawn.SEAL}<b>"), csrf_token="secret")
    assert drawn.SEAL not in shown
    assert shown.count("secret") == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True), (0, False), (1, 1.0), ("1", 1), (None, ""), (Decimal("1.0"), Decimal("1.00")), ("<b>", mark_safe("<b>")),
        (["a", "b"], ["b", "a"]), ({"a": 1, "b": 2}, {"b": 2, "a": 1}), ({"a": None}, {}),
        (datetime(2016, 7, 20, tzinfo=UTC), datetime(2016, 7, 20, 8, tzinfo=timezone(timedelta(hours=8)))),
    ],
)  # fmt: skip
def test_what_would_be_drawn_otherwise_is_found_otherwise(one, other):
    assert drawn.frozen(one) == drawn.frozen(one)
    assert drawn.frozen(one) != drawn.frozen(other)


def test_a_word_is_found_by_what_it_says_in_the_language_of_the_reader():
    word = gettext_lazy("值班台")
    assert drawn.frozen([word]) == drawn.frozen(["值班台"])
    with translation.override("en"):
        assert drawn.frozen([word]) != drawn.frozen(["值班台"])


def test_what_is_no_plain_data_is_drawn_anew_each_time():
    class Record:
        said = "甲"

        def __str__(self):
            return self.said

    record = Record()
    assert "甲" in drawn.drawn("parts/state.html", {"label": record})
    record.said = "乙"
    assert "乙" in drawn.drawn("parts/state.html", {"label": record})
    assert not drawn.KEPT.young


def test_little_is_kept_and_what_was_asked_for_lately_stays():
    kept = drawn._Kept(100)
    kept.put("a", "x" * 40)
    for n in range(20):
        kept.put(n, "y" * 20)
        assert kept.get("a")
        assert kept.size <= 100
    assert sum(len(t) for t in [*kept.young.values(), *kept.old.values()]) <= 200
    assert kept.get(3) is None
