"""A handbook as a paper to print. Papers are Chinese in every language of the screen."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import localtime

from anlan.kernel.documents import Column, Document, Heading, Items, Paragraph, Table

from .content import Line
from .queries import Held

SUGGESTED = "（建议值）"


def handbook_paper(held: Held) -> Document:
    """Stop lines first: who reads one page reads those."""
    book = held.handbook
    body: list[Any] = [
        Paragraph(book.about, lead="适用："),
        Paragraph("、".join(book.basis), lead="依据："),
        Heading("停止线"), Items(tuple(_said(one) for one in book.stop_lines)),
        Heading("第一小时"),
        Table(
            (Column("分钟内", 1, "center"), Column("谁", 2), Column("做什么", 6)),
            tuple((str(one.within_min), one.who_name, _said(one)) for one in book.first_hour),
        ),
        Heading("要点"), Items(tuple(_said(one) for one in book.key_points)),
        Heading("救援人员的危险"),
        Table((Column("危险", 3), Column("怎么办", 5)), tuple((one.zh, _said(one, one.act)) for one in book.dangers)),
        Heading("叫谁来"),
        Table((Column("谁", 2), Column("来做什么", 6)), tuple((one.who_name, one.zh) for one in book.call)),
        Heading("适用的事件"), Paragraph("、".join(k.zh for k in book.kinds) + "。"),
    ]  # fmt: skip
    low = any(one.provenance.suggested for one in (*book.stop_lines, *book.key_points, *book.dangers, *book.first_hour))
    return Document(
        head=held.whose or "各区县默认", style="report", title=held.version.title, body=tuple(body),
        signature=held.whose or "各区县默认",
        date=localtime(held.version.in_force_from).date() if held.version.region else None,
        notes=(f"标{SUGGESTED}的条目没有成文依据，以本区规定为准。",) if low else (),
    )  # fmt: skip


def _said(one: Line, text: str = "") -> str:
    end = SUGGESTED if one.provenance.suggested else f"（{one.provenance.source}）"
    return f"{text or one.zh}{end}"
