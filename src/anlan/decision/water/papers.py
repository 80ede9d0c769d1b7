"""The guide and the evacuation plan of one water work as a paper. Papers are Chinese in every language of the screen."""

from __future__ import annotations

from typing import Any

from anlan.kernel.documents import Column, Document, Heading, Paragraph, Table

from .queries import Guide


def guide_paper(guide: Guide) -> Document:
    work = guide.work
    body: list[Any] = [
        Heading("基本情况"),
        Table((Column("项目", 2), Column("内容", 6)), tuple((name, text or None) for name, text in _facts(guide))),
        Heading("水位与处置"),
    ]
    for s in guide.states:
        metres = f"{s.metres:.2f} 米" if s.metres is not None else "未填" if s.unknown else "见险情处置"
        body.append(Heading(f"{s.state.zh}（{metres}）", level=2))
        body.append(Table(
            (Column("谁", 2), Column("做什么", 6)),
            tuple((one.who_name, f"{one.zh}{_mark(one.provenance)}") for one in s.state.steps),
        ))  # fmt: skip
        if s.leaving:
            body.append(Paragraph("、".join(a.name for a in s.leaving) + "。", lead="转移："))
    body += [
        Heading("险情处置"),
        Table(
            (Column("险情", 1.6), Column("怎么看出", 2.6), Column("怎么处置", 3.4), Column("不得", 2.6), Column("何时撤离", 2.2)),
            tuple((d.zh, d.sign, d.treat, d.never, d.leave) for d in guide.dangers),
        ),
        Heading("人员转移"),
        Table(
            (
                Column("转移区", 2), Column("何时", 1.6), Column("人数", 1, "center"), Column("路线", 3), Column("安置点", 2.4),
                Column("责任人", 2),
            ),
            tuple(
                (
                    r["area"].name, r["area"].get_leaves_at_display(), None if r["area"].people is None else str(r["area"].people),
                    r["area"].route or None, str(r["area"].shelter) if r["area"].shelter else None, r["head"] or None,
                )
                for r in guide.rows
            ),
        ) if guide.areas else Paragraph("尚未登记转移区。"),
    ]  # fmt: skip
    total = f"共 {len(guide.areas)} 区 {guide.people} 人" + (
        f"，另有 {guide.uncounted} 区人数未填" if guide.uncounted else ""
    )
    if guide.areas:
        body.append(Paragraph(f"{total}。"))
    whose = str(work.dispatcher or work.operator or "")
    return Document(
        head=whose, style="report", title=f"{work.name}险情处置技术操作指南与人员转移预案", body=tuple(body), signature=whose,
        notes=("“建议值”为平台整理，以批准的调度运用计划和本地预案为准。",),
    )  # fmt: skip


def _facts(guide: Guide) -> list[tuple[str, str]]:
    work = guide.work
    return [
        ("类别", work.get_kind_display()), ("水位站", str(work.station or "")),
        ("坝（堤）顶高程", f"{work.crest_m:.2f} 米" if work.crest_m is not None else ""),
        ("闸门和泄洪设施", work.gates), ("调度运用规定", work.operation),
        ("调度决定单位", str(work.dispatcher or "")), ("管理单位", str(work.operator or "")),
        *guide.responsible, ("依据", work.source),
    ]  # fmt: skip


def _mark(provenance: Any) -> str:
    return "（建议值）" if provenance.suggested else f"（{provenance.source}）"
