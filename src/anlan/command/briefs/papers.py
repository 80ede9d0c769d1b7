"""The brief and the day sheet on official paper. Papers are Chinese in every language of the screen."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import localtime

from anlan.command.models import Brief, DaySheet
from anlan.kernel.context import Context
from anlan.kernel.documents import Column, Document, Heading, Items, Paragraph, Table, render_docx, render_pdf
from anlan.kernel.jobs import enqueue
from anlan.kernel.models import Attachment
from anlan.kernel.services.files import file_store
from anlan.kernel.services.papers import keep_paper, keep_paper_once, kept_paper
from anlan.kernel.wording import own_language
from anlan.kernel.wording import words as _
from anlan.kernel.worlds import REAL

from .composing import said
from .queries import lines_of, totals, totals_before


@own_language()
def brief_paper(brief: Brief) -> Document:
    """The paper of a brief: figures as a sentence, then what they are about, then the officer's own words."""
    unit = str(_("%(region)s总值班室") % {"region": brief.region.name})
    day = brief.day
    body: list[Any] = []
    for section in brief.facts:
        body.append(Heading(section["heading"]))
        if section["figures"]:
            body.append(Paragraph("，".join(said(f) for f in section["figures"]) + "。"))
        if section["lines"]:
            body.append(Items(tuple(line["text"] for line in section["lines"]), "（1）"))
        if brief.own.get(section["key"]):
            body.append(Paragraph(brief.own[section["key"]]))
    at = localtime(brief.signed_at or brief.composed_at)
    return Document(
        title=f"{brief.title}\n（{day.year}年{day.month}月{day.day}日）", body=tuple(body), head=f"{unit}值班日报",
        serial=brief.serial or None,
        signers=(brief.signed_by,) if brief.signed_by else (), addressee="、".join(r["name"] for r in brief.recipients), signature=unit,
        date=at.date(), printed_by=unit, printed_on=at.date(), exercise=brief.world_id != REAL,
        notes=(f"数字截至{localtime(brief.composed_at):%Y年%-m月%-d日%H时%M分}，“不详”不等于零。",),
    )  # fmt: skip


def lay_down(ctx: Context, brief: Brief) -> Attachment:
    """Keep the signed paper as .docx and ask for its PDF."""
    from anlan.command.tasks import make_brief_pdf

    kept = keep_paper(ctx, brief, render_docx(brief_paper(brief)), name=_name(brief, "docx"))
    enqueue(make_brief_pdf, brief=str(brief.pk), world=str(ctx.world))
    return kept


def lay_down_pdf(ctx: Context, brief: Brief) -> Attachment:
    """The PDF of the signed paper, made from the very .docx that was laid down. Runs twice without harm."""
    done = kept_paper(brief, "pdf")
    if done is not None:
        return done
    source = kept_paper(brief, "docx")
    data = file_store().read(source.digest) if source else render_docx(brief_paper(brief))
    return keep_paper_once(ctx, brief, render_pdf(data), name=_name(brief, "pdf"))


def _name(brief: Brief, ending: str) -> str:
    return f"{brief.title}{brief.serial}（{brief.day:%Y-%m-%d}）.{ending}"


@own_language()
def sheet_paper(ctx: Context, sheet: DaySheet) -> Document:
    """The day sheet as a table of units with its totals, remarks behind it."""
    rows = sorted(lines_of(sheet), key=lambda x: (x.organisation.kind != "street", x.organisation.code))
    shown = [f for f in sheet.form if f["total"] != "list"]
    columns = (
        Column("单位", 2),
        *(Column(_headed(f), 1.2, "right" if f["kind"] != "text" else "left") for f in shown),
    )
    table = [
        (str(r.organisation), *((r.values.get(f["name"]) if r.state == "filled" else None) for f in shown)) for r in rows
    ]  # fmt: skip
    sums = {t.field["name"]: t for t in totals(sheet, rows, totals_before(ctx, sheet))}
    table.append(("合计", *((sums[f["name"]].value if f["name"] in sums else "") for f in shown)))
    body: list[Any] = [
        Paragraph(_lead(sheet, rows)), Table(columns, tuple(table), total=True, note="“—”为未填报或不详，不等于零；最大类取最大值。"),
    ]  # fmt: skip
    changed = [
        f"{t.field['label']}{t.value:g}{t.field['unit']}，上次{t.before:g}{t.field['unit']}"
        for t in sums.values() if t.value is not None and t.before is not None and t.value != t.before
    ]  # fmt: skip
    if changed:
        body += [Heading("与上次相比"), Paragraph("；".join(changed) + "。")]
    for field in (f for f in sheet.form if f["total"] == "list"):
        told = tuple(f"{r.organisation}：{r.values[field['name']]}" for r in rows if r.values.get(field["name"]))
        if told:
            body += [Heading(field["label"]), Items(told, "1.")]
    if sheet.note:
        body += [Heading("小结"), Paragraph(sheet.note)]
    unit = f"{sheet.region.name}总值班室"
    day = sheet.day
    return Document(
        title=f"{sheet.occasion}{sheet.title}\n（{day.year}年{day.month}月{day.day}日）", body=tuple(body), style="report", signature=unit,
        date=localtime(ctx.now()).date(), exercise=sheet.world_id != REAL,
    )  # fmt: skip


def _headed(field: dict[str, Any]) -> str:
    return f"{field['label']}（{field['unit']}）" if field["unit"] else str(field["label"])


def _lead(sheet: DaySheet, rows: list[Any]) -> str:
    missing = [str(r.organisation) for r in rows if r.state in ("asked", "missing")]
    late = [str(r.organisation) for r in rows if r.late]
    text = f"应填报单位{len(rows)}个，已填报{len(rows) - len(missing)}个。"
    if missing:
        text += f"未填报：{'、'.join(missing)}。"
    return text + (f"迟报：{'、'.join(late)}。" if late else "")
