"""Which of two languages the terminal gets.

The runtime speaks before Django's translations are available, and a bare console often has no
Chinese font, so the language of the terminal decides: ``zh*`` in LC_ALL, LC_MESSAGES or LANG.
"""

import os


def pick(zh: str, en: str) -> str:
    """Return the Chinese text on a Chinese terminal, the English one elsewhere."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return zh if value.lower().startswith("zh") else en
    return en


class RuntimeRefusal(Exception):
    """Something an operator can mend; the text says what, where and how. Shown without a traceback."""
