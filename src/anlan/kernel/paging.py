"""Pages of long lists: which one an address asks for, and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Beyond this nobody turns pages: the list has filters. It also keeps the row's offset within what a database counts.
MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class Paged:
    """The rows of one page, its number from 1, and whether another follows."""

    rows: list[Any]
    page: int
    more: bool


def page_number(query: Mapping[str, str]) -> int:
    """The page that a query string names with ``page``: 1 to MOST_PAGES; what is not a plain number is the first."""
    given = query.get("page") or ""
    return max(1, min(int(given[:6]), MOST_PAGES)) if given.isascii() and given.isdigit() else 1


def page_within(query: Mapping[str, str], count: int, size: int) -> tuple[int, int]:
    """(page asked for, number of pages) of `count` rows, `size` a page; beyond the end it is the last."""
    pages = max(1, -(-count // size))
    return min(page_number(query), pages), pages


def paged(query: Mapping[str, str], found: Any, size: int) -> Paged:
    """One page of `found` (a query set or a list), `size` rows long; one row further is read to know whether more follow."""
    page = page_number(query)
    rows = list(found[(page - 1) * size : page * size + 1])
    return Paged(rows[:size], page, len(rows) > size)
