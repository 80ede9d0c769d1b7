"""The minutes of a consultation."""

from __future__ import annotations

from typing import Any

from anlan.command.minutes import minutes_paper as paper
from anlan.command.minutes import said_at, to_be_done
from anlan.command.models import Consultation, ConsultationView
from anlan.kernel.documents import Column, Document, Heading, Paragraph, Table
from anlan.kernel.worlds import REAL

MEANS = {"present": "到会", "video": "视频", "phone": "电话", "written": "书面", "app": "平台"}


def minutes_paper(found: Consultation, views: list[ConsultationView]) -> Document:
    """会商纪要: who said what, what was concluded, what was asked of whom. Chinese in every language of the screen."""
    at = found.convened_at or found.opened_at
    body: list[Any] = [
        Paragraph(f"{said_at(at)}，{found.convened_by}召集会商。{found.reason}"),
        Heading("会商结论"), Paragraph(found.conclusion or "（尚未形成结论）"),
        Heading("各方意见"),
        Table((Column("单位或专家", 1.6), Column("意见", 4), Column("方式", 0.8, "center")),
              tuple((v.name, v.text or str(v.state_label), MEANS.get(v.means)) for v in views)),
    ]  # fmt: skip
    if found.guidance:
        body += [Heading("点对点指导"), to_be_done((g["to"], g["text"]) for g in found.guidance)]
    body.append(Heading("会商材料"))
    for part in found.material:
        if part["lines"]:
            body.append(Paragraph("；".join(line["text"] for line in part["lines"]), lead=f"{part['title']}："))
    return paper(
        title=f"{found.title}纪要", body=body, unit=f"{found.region.name}应急指挥部办公室", at=at,
        exercise=found.world_id != REAL,
    )  # fmt: skip
