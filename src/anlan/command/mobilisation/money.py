"""Sums of money: whole 分, never fractions of a machine's number."""

from __future__ import annotations

import re
from decimal import Decimal

from anlan.kernel.errors import BadInput
from anlan.kernel.wording import words as _

#: A hundred million yuan is no compensation of a district any more, but a slip of the hand.
MOST_FEN = 10_000_000_000
#: Commas part thousands and nothing else: "1200,50" is no sum here, and never a hundredfold one.
_SUM = re.compile(r"(\d{1,9}|\d{1,3}(,\d{3}){1,2})(\.\d{1,2})?")


def fen_of(text: str, field: str) -> int:
    """``1,234.5`` → 123450. Raises BadInput for what is no sum in yuan with at most two decimals, or is beyond 1 亿元."""
    plain = text.strip().replace("，", ",").removesuffix("元").strip()
    if not plain.isascii() or not _SUM.fullmatch(plain):
        raise BadInput(
            _("金额“%(text)s”看不懂") % {"text": text.strip()[:30]}, field=field, mend=_("写成 1200 或 1200.50，单位元")
        )
    fen = int(Decimal(plain.replace(",", "")) * 100)
    if fen > MOST_FEN:
        raise BadInput(_("金额超过 1 亿元"), field=field, mend=_("请核对单位是元"))
    return fen


def yuan(fen: int | None) -> str:
    """123450 → ``1,234.50``; nothing for None."""
    return "" if fen is None else f"{fen // 100:,}.{fen % 100:02d}"
