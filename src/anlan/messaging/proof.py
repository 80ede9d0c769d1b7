"""The proof sheet of a round (叫应证明): who was called, when, by which channel, who answered. One content, three forms."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.documents import Column as TableColumn
from anlan.kernel.documents import Document, Heading, Paragraph, Table
from anlan.kernel.spreadsheet import Column, write_xlsx

from .calling import calling_rule
from .models import Call, CallRound
from .queries import ANSWERED, attach_attempts, pressing, round_progress


def proof_rows(ctx: Context, round_: CallRound) -> list[dict[str, Any]]:
    """One row per call that the person may see, the unanswered first."""
    calls = list(
        Call.objects.visible_to(ctx)
        .filter(round=round_)
        .select_related("region__parent", "round")
        .order_by(pressing(), "region_id")
    )
    attach_attempts(calls)
    return [_row(call) for call in calls]


def _row(call: Call) -> dict[str, Any]:
    answered = call.state in ANSWERED
    first = call.log[0] if call.log else None
    above = call.region.parent if call.region.level == "village" else None
    return {
        "township": above.name if above is not None else call.region.name,
        "region": call.region.name,
        "code": call.region_id,
        "state": str(call.state_label),
        "called": first.post_name if first else "",
        "first_at": first.at if first else None,
        "attempts": len([a for a in call.log if a.outcome not in ("answered", "nobody")]),
        "answered_by": call.answered_by,
        "means": means_label(call.answered_means),
        "answered_at": call.closed_at if answered else None,
        "minutes": round((call.closed_at - call.opened_at).total_seconds() / 60, 1)
        if answered and call.closed_at
        else None,
        "note": call.answered_note,
        "log": attempts_text(call),
        "simulated": any(a.simulated for a in call.log),
    }


def means_label(means: str) -> str:
    labels = {"app": _("应用内"), "phone": _("电话"), "by_hand": _("人工登记"), "in_person": _("当面")}
    return labels.get(means, means)


def attempts_text(call: Call) -> str:
    """Every attempt in one line each, as a court would want it."""
    lines = []
    for a in call.log:
        mark = _("（模拟）") if a.simulated and a.channel != "phone_simulated" else ""
        said = f"{localtime(a.at):%m-%d %H:%M:%S} {a.post_name} {a.channel_label} {a.get_outcome_display()}{mark}"
        lines.append(said + (f" {a.detail}" if a.detail else ""))
    return "\n".join(lines)


def proof_xlsx(ctx: Context, round_: CallRound) -> bytes:
    columns = [
        Column("township", _("街道乡镇")),
        Column("region", _("叫应对象")),
        Column("code", _("区划代码")),
        Column("state", _("结果")),
        Column("called", _("首先叫应")),
        Column("first_at", _("首次叫应时间"), kind="datetime"),
        Column("attempts", _("叫应次数"), kind="int"),
        Column("answered_by", _("应答人")),
        Column("means", _("应答方式")),
        Column("answered_at", _("应答时间"), kind="datetime"),
        Column("minutes", _("用时（分钟）"), kind="decimal"),
        Column("note", _("说明")),
        Column("log", _("全部叫应记录")),
    ]
    return write_xlsx(columns, proof_rows(ctx, round_), title=proof_title(round_, ctx), notes=[_summary(ctx, round_)])


def proof_title(round_: CallRound, ctx: Context) -> str:
    return f"{'【演练】' if ctx.is_exercise else ''}{_('叫应证明')}：{round_.why}"


def proof_paper(ctx: Context, round_: CallRound) -> Document:
    """The proof as a document."""
    rows = proof_rows(ctx, round_)
    rule = calling_rule()
    table = Table(
        columns=(
            TableColumn(_("街道乡镇"), 1.3), TableColumn(_("叫应对象"), 1.6), TableColumn(_("结果"), 1.1),
            TableColumn(_("首次叫应"), 1.2), TableColumn(_("次数"), 0.6, "right"), TableColumn(_("应答人"), 2.0),
            TableColumn(_("方式"), 1.0), TableColumn(_("应答时间"), 1.2),
        ),
        rows=tuple(
            (
                r["township"], r["region"], r["state"], _moment(r["first_at"]), r["attempts"], r["answered_by"] or None,
                r["means"] or None, _moment(r["answered_at"]),
            )
            for r in rows
        ),
    )  # fmt: skip
    notes = [_("叫应时限：%(rule)s（%(source)s，建议值）") % {"rule": rule.rule, "source": rule.source}]
    if any(r["simulated"] for r in rows):
        notes.append(_("表中标“模拟”的电话没有真实拨打。"))
    return Document(
        title=f"{_('叫应证明')}\n{round_.why}",
        style="report",
        body=(
            Heading(_("叫应内容")),
            Paragraph(round_.text),
            Heading(_("总体情况")),
            Paragraph(_summary(ctx, round_)),
            Heading(_("逐项结果")),
            table,
        ),
        signature=round_.started_by_name,
        date=localtime(ctx.now()).date(),
        notes=tuple(notes),
        exercise=ctx.is_exercise,
    )


def _moment(at: Any) -> str | None:
    return f"{localtime(at):%m-%d %H:%M}" if at else None


def _summary(ctx: Context, round_: CallRound) -> str:
    progress = round_progress(ctx, round_)
    return _(
        "%(at)s 由%(by)s发起，叫应 %(total)d 个地区，已应答 %(answered)d 个，无人应答 %(exhausted)d 个；统计时间 %(now)s。"
    ) % {
        "at": f"{localtime(round_.started_at):%Y-%m-%d %H:%M:%S}", "total": progress.total,
        "by": str(round_.started_by_name).removesuffix("发起"),
        "answered": progress.answered, "exhausted": progress.exhausted, "now": f"{localtime(ctx.now()):%Y-%m-%d %H:%M:%S}",
    }  # fmt: skip
