"""Words that are both kept and shown. What is kept is written in the platform's own language, whoever wrote it; what is shown is
in the reader's.

A service names its texts with ``from anlan.kernel.wording import words as _``: as a string (in a row, an audit entry, a message, an
event) such a text is Chinese, as the message of a refusal it is read in the language of whoever asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext, override


class Words(str):
    """The text in the platform's own language, which is the msgid itself; `shown()` gives it in the language that is active."""

    msgid: str
    given: Any

    def __new__(cls, msgid: str, given: Any = None) -> Words:
        made = super().__new__(cls, msgid if given is None else msgid % _each(given, kept))
        made.msgid, made.given = msgid, given
        return made

    def __mod__(self, given: Any) -> Words:
        return Words(self.msgid, given)

    def shown(self) -> str:
        text = gettext(self.msgid)
        return text if self.given is None else text % _each(self.given, shown)


def words(msgid: str) -> Words:
    """A text of the platform, marked for translation by its name ``_``."""
    return Words(msgid)


def kept(value: Any) -> Any:
    """`value` as it is stored: a text that waits for a language becomes Chinese; anything else stays."""
    if isinstance(value, Words):
        return str(value)
    if isinstance(value, Promise):
        with override(settings.LANGUAGE_CODE):
            return str(value)
    return value


def shown(value: Any) -> Any:
    """`value` as its reader sees it: texts in the active language; anything else stays."""
    if isinstance(value, Words):
        return value.shown()
    return str(value) if isinstance(value, Promise) else value


def read(text: str) -> str:
    """A stored text of the platform in the reader's language, where it is one that has a translation; else as it is."""
    return gettext(text) if text else text


@contextmanager
def own_language() -> Iterator[None]:
    """Texts made inside (labels of choices, titles, papers) are in the platform's own language."""
    with override(settings.LANGUAGE_CODE):
        yield


def _each(given: Any, read_as: Any) -> Any:
    if isinstance(given, Mapping):
        return {name: read_as(value) for name, value in given.items()}
    return tuple(read_as(value) for value in given) if isinstance(given, tuple) else read_as(given)
