"""The minutes of a consultation."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import localtime

from anlan.command.models import Consultation, ConsultationView
from anlan.kernel.documents import Column, Document, Heading, Items, Paragraph, Table
from anlan.kernel.worlds import REAL

MEANS = {"present": "到会", "video": "视频", "phone": "电话", "written": "书面", "app": "平台"}


def minutes_paper(found: Consultation, views: list[ConsultationView]) -> Document:
    """会商纪要: who said what, what was concluded, what was asked of whom. Chinese in every language of the screen."""
    at = localtime(found.convened_at or found.opened_at)
    body: list[Any] = [
        Paragraph(f"{at:%Y}年{at.month}月{at.day}日{at:%H}时{at:%M}分，{found.convened_by}召集会商。{found.reason}"),
        Heading("会商结论"), Paragraph(found.conclusion or "（尚未形成结论）"),
        Heading("各方意见"),
        Table((Column("单位或专家", 1.6), Column("意见", 4), Column("方式", 0.8, "center")),
              tuple((v.name, v.text or str(v.state_label), MEANS.get(v.means)) for v in views)),
    ]  # fmt: skip
    if found.guidance:
        body += [Heading("点对点指导"), Items(tuple(f"{g['to']}：{g['text']}。" for g in found.guidance))]
    body.append(Heading("会商材料"))
    for part in found.material:
        if part["lines"]:
            body.append(Paragraph("；".join(line["text"] for line in part["lines"]), lead=f"{part['title']}："))
    unit = f"{found.region.name}应急指挥部办公室"
    return Document(
        title=f"{found.title}纪要",
        body=tuple(body),
        style="report",
        signature=unit,
        date=at.date(),
        exercise=found.world_id != REAL,
    )
