"""Pages of long lists."""

from __future__ import annotations

import pytest

from anlan.kernel.paging import MOST_PAGES, page_number, page_within, paged


@pytest.mark.parametrize(
    ("given", "page"),
    [("3", 3), ("", 1), ("0", 1), ("-2", 1), ("²", 1), ("３", 1), ("two", 1), ("9" * 30, MOST_PAGES)],
)
def test_whatever_an_address_asks_for_is_a_page_that_a_database_can_count(given, page):
    assert page_number({"page": given}) == page


def test_a_page_knows_its_rows_and_whether_more_follow():
    found = list(range(7))
    first, last, beyond = (paged({"page": n}, found, 5) for n in ("1", "2", "3"))
    assert (first.rows, first.page, first.more) == ([0, 1, 2, 3, 4], 1, True)
    assert (last.rows, last.more) == ([5, 6], False)
    assert (beyond.rows, beyond.more) == ([], False)


def test_a_list_that_was_counted_ends_with_its_last_page():
    assert [page_within({"page": n}, 101, 50) for n in ("1", "3", "9")] == [(1, 3), (3, 3), (3, 3)]
    assert page_within({}, 0, 50) == (1, 1)
