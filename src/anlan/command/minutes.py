"""Minutes as a paper: what consultations and meetings of commissions have in common. Papers are Chinese in every language of the screen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime

from anlan.kernel.documents import Document, Items


def said_at(at: datetime) -> str:
    """``2016年7月20日13时05分`` in the zone of the place."""
    local = localtime(at)
    return f"{local:%Y}年{local.month}月{local.day}日{local:%H}时{local:%M}分"


def to_be_done(rows: Iterable[tuple[str, str]]) -> Items:
    """What was asked of whom, as (who, what)."""
    return Items(tuple(f"{who}：{what.rstrip('。')}。" if who else f"{what.rstrip('。')}。" for who, what in rows))


def minutes_paper(
    *, title: str, body: Iterable[Any], unit: str, at: datetime, exercise: bool, head: str = "", serial: str = "", signer: str = ""
) -> Document:  # fmt: skip
    """With a `head` it is an official paper with serial and signer, without one a report."""
    return Document(
        title=title, body=tuple(body), style="official" if head else "report", head=head, serial=serial or None,
        signers=(signer,) if signer else (), signature=unit, date=localtime(at).date(), exercise=exercise,
    )  # fmt: skip
