"""Finding a name by what a person types: its characters, its pinyin, the initials of its pinyin. Pure."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from pypinyin import Style, lazy_pinyin


@lru_cache(maxsize=50_000)
def pinyin_of(name: str) -> tuple[str, str]:
    """(whole pinyin, initials) of a name, in lower case; what is no Chinese character stays as it is."""
    whole = "".join(lazy_pinyin(name)).lower()
    return whole, "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()


def typed(text: str) -> str:
    """What was typed, ready to be compared: full-width letters made plain, lower case, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def says(words: str, *names: str) -> bool:
    """Whether one of the names holds `words` (as `typed` gives them), in characters, pinyin or initials."""
    if any(words in name.lower() for name in names):
        return True
    if not (words.isascii() and words.isalpha()):
        return False
    return any(words in initials or whole.startswith(words) for whole, initials in map(pinyin_of, names))
