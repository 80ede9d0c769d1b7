"""The paper by which the commander at the scene is appointed."""

from __future__ import annotations

from django.utils.timezone import localtime

from anlan.command.data.site_post import site_rules
from anlan.command.models import SitePost
from anlan.kernel.documents import Column, Document, Heading, Items, Paragraph, Table
from anlan.kernel.worlds import REAL
from anlan.places.queries import region_at

from ..services.papers import district_path


def appointment_paper(post: SitePost) -> Document:
    """成立现场指挥部和指定现场指挥官的通知. Papers are Chinese in every language of the screen."""
    at = localtime(post.opened_at)
    region = region_at(district_path(post.scope)) or post.incident.region
    body = (
        Paragraph(
            f"为做好{post.incident.title}处置工作，决定自{at:%Y}年{at.month}月{at.day}日{at:%H}时{at:%M}分起成立现场指挥部"
            f"{f'，设在{post.place}' if post.place else ''}。现将有关事项通知如下。"
        ),
        Heading("现场指挥官"),
        Paragraph(f"由{post.commander_name}担任现场指挥官，{localtime(post.commander_since):%m月%d日%H时%M分}起履职。"),
        Heading("指挥权限"), Items(tuple(f"{text}（{p.source}{'，建议值' if p.suggested else ''}）。" for text, p in site_rules().powers)),
        Heading("工作组"),
        Table((Column("工作组", 1.4), Column("牵头单位", 2), Column("职责", 3.4)),
              tuple((g["name"], g["lead"] or None, g["duty"]) for g in post.groups)),
    )  # fmt: skip
    agency = f"{region.name}应急指挥部"
    return Document(
        head=agency, title="关于成立现场指挥部并指定现场指挥官的通知", body=body, addressee="各有关单位", signature=agency, date=at.date(),
        signers=(post.appointed_by,), exercise=post.world_id != REAL,
    )  # fmt: skip
