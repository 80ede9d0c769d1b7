"""Parts of pages that are drawn once for each content: a row that was drawn a moment ago from the same values is taken as it was.

A part can show nobody what is not theirs, because it knows nothing else: its template is given the named values alone, neither the
request nor the person nor the page, and all of these values, down to their types, with the language are what it is found by. Whoever
gets a kept part was about to have the very same drawn. What rights change belongs to the values (a button that is there or not).
Values are plain data: words, numbers, moments, lists and mappings of them; anything else is drawn anew each time.

A part may hold forms: the token and the world of the page are put in for each page anew. It must not ask for the time by itself
(``{% now %}``): a moment is a value.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.template import Context
from django.template.loader import get_template
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language

#: Stands in a part where a page puts its own token and world. What is drawn from values is escaped: no text can contain it.
SEAL = "<seal-of-the-page>"
#: Tells a template that it draws such a part.
PART = "drawn_part"
#: So many characters are kept for each of the two generations, in every process.
MOST_KEPT = 4_000_000

_SAME = frozenset({str, type(None), UUID})
_BY_TYPE = frozenset({bool, int, date, SafeString})
#: Equal ones may be written otherwise: 1.0 and 1.00.
_AS_WRITTEN = frozenset({float, Decimal})


class NotPlain(TypeError):
    """A value that is no plain data, so that nothing can be found by it."""


class _Kept:
    """What was asked for lately. Two generations: when the younger is full it becomes the older, and what nobody asked for is gone.

    Used by all threads of a process: each step is one operation on a mapping, and what gets lost between two is drawn again.
    """

    def __init__(self, most: int) -> None:
        self.most, self.size = most, 0
        self.young: dict[Hashable, str] = {}
        self.old: dict[Hashable, str] = {}

    def get(self, key: Hashable) -> str | None:
        found = self.young.get(key)
        if found is None and (found := self.old.get(key)) is not None:
            self.put(key, found)
        return found

    def put(self, key: Hashable, text: str) -> None:
        if self.size + len(text) > self.most:
            self.old, self.young, self.size = self.young, {}, 0
        self.young[key] = text
        self.size += len(text)

    def clear(self) -> None:
        self.young, self.old, self.size = {}, {}, 0


KEPT = _Kept(MOST_KEPT)


def drawn(name: str, values: Mapping[str, Any]) -> str:
    """The template `name` drawn from `values` alone, `SEAL` in the place of each form's token."""
    template = get_template(name).template  # type: ignore[attr-defined]  # the one engine of the house
    try:
        key = (template, get_language(), frozen(values))
    except NotPlain:
        return str(template.render(Context({**values, PART: True})))
    found = KEPT.get(key)
    if found is None:
        found = str(template.render(Context({**values, PART: True})))
        KEPT.put(key, found)
    return found


def frozen(value: Any) -> Hashable:
    """`value` as something to be found by: equal only where every word, number, order and type is. Raises NotPlain."""
    kind = type(value)
    if kind in _SAME:
        return value  # type: ignore[no-any-return]
    if kind in _BY_TYPE:
        return (kind, value)
    if kind in _AS_WRITTEN:
        return (kind, str(value))
    if kind is dict:
        return (dict, *((name, frozen(one)) for name, one in value.items()))
    if kind is list or kind is tuple:
        return (list, *map(frozen, value))
    if kind is datetime:
        # The same moment is written otherwise in another offset.
        return (datetime, value, value.tzinfo)
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, str | tuple):
        # A choice or a named tuple: beside what it holds, its template may ask for what its class adds.
        return (kind, str(value)) if isinstance(value, str) else (kind, *map(frozen, value))
    raise NotPlain(kind.__name__)
