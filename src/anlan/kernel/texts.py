"""What a person typed is kept whole or refused: a text that is cut says something else than was written. What a machine made may be cut."""

from __future__ import annotations

import unicodedata
from typing import Any

from .errors import BadInput
from .wording import words as _


def whole(text: str, most: int, field: str, what: Any = "") -> str:
    """The text with its line ends made plain, without control characters and blanks around it; may be empty.

    `what` names it to whoever typed it. Raises BadInput naming the field when it has more than `most` characters.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return _measured(
        "".join(c for c in plain if c in "\n\t" or unicodedata.category(c) != "Cc").strip(), most, field, what
    )


def whole_line(text: str, most: int, field: str, what: Any = "") -> str:
    """One line of it, blanks run together, without control and direction characters. Raises as `whole`."""
    kept = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return _measured(" ".join(kept.split()), most, field, what)


def _measured(kept: str, most: int, field: str, what: Any) -> str:
    if len(kept) > most:
        raise BadInput(
            _("%(what)s最多 %(n)d 字，现有 %(now)d 字，多了 %(over)d 字") % {
                "what": what or _("这一项"), "n": most, "now": len(kept), "over": len(kept) - most,
            },
            field=field, mend=_("没有保存；请写短些再保存"),
        )  # fmt: skip
    return kept
