"""The log of a day on paper."""

from __future__ import annotations

from datetime import date, timedelta

from anlan.kernel.context import Context
from anlan.kernel.documents import Column, Document, Heading, Moment, Paragraph, Table, Timeline
from anlan.kernel.wording import own_language
from anlan.kernel.wording import words as _
from anlan.kernel.worlds import REAL
from anlan.places.models import Region

from .log import duty_day, log_entries
from .queries import own_day


def log_paper(ctx: Context, region: Region, day: date) -> Document:
    """值班日志 of a day: who was on duty, then everything in order of time. Papers are Chinese in every language of the screen."""
    with own_language():
        since, until = duty_day(day)
        lines = log_entries(ctx, region, since, until)
        rows = tuple(
            (s.seat_name, s.person.name, f"{s.starts_at.astimezone(since.tzinfo):%m-%d %H:%M}—{s.until}",
             f"{s.signed_on_at.astimezone(since.tzinfo):%m-%d %H:%M}" if s.signed_on_at else None, str(s.state_label))
            for s in own_day(ctx, region, since, until)
        )  # fmt: skip
        moments = tuple(
            Moment(line.at, f"{line.text}{_('（已更正：%(text)s）') % {'text': '；'.join(line.corrected_by)} if line.corrected_by else ''}",
                   line.who, line.simulated)
            for line in lines
        )  # fmt: skip
        head = (Column("班位", 1.2), Column("姓名", 2), Column("时间", 2), Column("签到", 1.4), Column("情况", 1))
        body = (
            Heading("当班人员"), Table(head, rows, empty="（没有值班表）"), Heading("值班记录"),
            Timeline(moments) if moments else Paragraph("当日无记录。"),
        )  # fmt: skip
        unit = f"{region.name}总值班室"
        return Document(
            title=f"{unit}值班日志\n（{day.year}年{day.month}月{day.day}日）", body=body, style="report", signature=unit,
            date=min(day + timedelta(days=1), ctx.now().astimezone(since.tzinfo).date()), exercise=ctx.world != REAL,
        )  # fmt: skip
