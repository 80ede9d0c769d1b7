"""The result sheet of a roll call (点名结果) and the rates of a month, as spreadsheets and as a paper."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from anlan.command.data.rollcall import rollcall_rule
from anlan.command.models import RollCall, RollCallAnswer
from anlan.kernel.context import Context
from anlan.kernel.documents import Column as TableColumn
from anlan.kernel.documents import Document, Heading, Paragraph, Table, render_docx
from anlan.kernel.spreadsheet import Column, write_xlsx

from .loops import HOW_HEARD
from .queries import Tally, UnitRate, answers_of, proofs, tallies


def means_label(means: str) -> str:
    """How an answer came, in words."""
    return str(dict(HOW_HEARD).get(means, _("平台内应答") if means == "app" else means))


def result_rows(ctx: Context, call: RollCall) -> list[dict[str, Any]]:
    """One row per unit that the person may see, the absent first."""
    answers = answers_of(ctx, call)
    asked = proofs(answers, call)
    return [_row(answer, asked.get(answer.pk, [])) for answer in answers]


def _row(answer: RollCallAnswer, deliveries: list[Any]) -> dict[str, Any]:
    return {
        "unit": str(answer.organisation),
        "post": answer.post_name,
        "called": "、".join(who["name"] for who in answer.called),
        "state": str(answer.state_label),
        "asked_at": answer.opened_at,
        "answered_at": answer.answered_at,
        "seconds": int((answer.answered_at - answer.opened_at).total_seconds()) if answer.answered_at else None,
        "answered_by": answer.answered_by,
        "means": means_label(answer.means),
        "note": answer.note,
        "proof": "\n".join(proof_line(d) for d in deliveries),
    }


def proof_line(delivery: Any) -> str:
    """One delivery as the sheet shows it: when, by which channel, how far it got."""
    said = f"{localtime(delivery.queued_at):%m-%d %H:%M:%S} {delivery.get_channel_display()} {delivery.get_state_display()}"
    return f"{said} {localtime(delivery.read_at):%H:%M:%S}" if delivery.read_at else said


def summary(call: RollCall, tally: Tally) -> str:
    """The result in one sentence."""
    rate = _("未到统计时间") if tally.rate is None else f"{tally.rate:g}%"
    return _(
        "%(at)s 由%(by)s发起，应答时限 %(due)s，点名 %(asked)d 个单位，按时应答 %(in_time)d 个，迟应答 %(late)d 个，"
        "未应答 %(missed)d 个，待应答 %(waiting)d 个，应答率 %(rate)s。"
    ) % {
        "at": f"{localtime(call.opened_at):%Y-%m-%d %H:%M}", "by": call.drawn_by.removesuffix("发起"),
        "due": f"{localtime(call.answer_by):%H:%M}", "asked": tally.asked, "in_time": tally.in_time, "late": tally.late,
        "missed": tally.missed, "waiting": tally.waiting, "rate": rate,
    }  # fmt: skip


def result_title(ctx: Context, call: RollCall) -> str:
    return f"{'【演练】' if ctx.is_exercise else ''}{_('点名结果')}：{call.title}"


def result_xlsx(ctx: Context, call: RollCall) -> bytes:
    columns = [
        Column("unit", _("单位")), Column("post", _("值守岗位")), Column("called", _("被点名人")), Column("state", _("结果")),
        Column("asked_at", _("点名时间"), kind="datetime"), Column("answered_at", _("应答时间"), kind="datetime"),
        Column("seconds", _("用时（秒）"), kind="int"), Column("answered_by", _("应答人")), Column("means", _("应答方式")),
        Column("note", _("说明")), Column("proof", _("通知记录")),
    ]  # fmt: skip
    tally = tallies(ctx, [call]).get(call.pk, Tally())
    return write_xlsx(columns, result_rows(ctx, call), title=result_title(ctx, call), notes=[summary(call, tally)])


def result_docx(ctx: Context, call: RollCall) -> bytes:
    rows = result_rows(ctx, call)
    tally = tallies(ctx, [call]).get(call.pk, Tally())
    table = Table(
        columns=(
            TableColumn(_("单位"), 1.8), TableColumn(_("结果"), 1.0), TableColumn(_("应答时间"), 1.3),
            TableColumn(_("应答人"), 2.2), TableColumn(_("方式"), 1.1), TableColumn(_("说明"), 2.0),
        ),
        rows=tuple(
            (
                r["unit"], r["state"], f"{localtime(r['answered_at']):%H:%M:%S}" if r["answered_at"] else None,
                r["answered_by"] or None, r["means"] or None, r["note"] or None,
            )
            for r in rows
        ),
    )  # fmt: skip
    target = _("目标应答率 %(n)g%%（%(source)s）") % {
        "n": rollcall_rule().target_percent,
        "source": rollcall_rule().source,
    }
    return render_docx(Document(
        title=f"{_('点名结果')}\n{call.title}", style="report",
        body=(Heading(_("总体情况")), Paragraph(summary(call, tally)), Heading(_("逐个单位")), table),
        signature=call.drawn_by, date=localtime(ctx.now()).date(), notes=(target,), exercise=ctx.is_exercise,
    ))  # fmt: skip


def rates_xlsx(units: list[UnitRate], total: Tally, title: str) -> bytes:
    columns = [
        Column("unit", _("单位")), Column("asked", _("被点名次数"), kind="int"), Column("in_time", _("按时应答"), kind="int"),
        Column("late", _("迟应答"), kind="int"), Column("missed", _("未应答"), kind="int"),
        Column("rate", _("应答率（%）"), kind="decimal"), Column("median_s", _("应答用时中位数（秒）"), kind="int"),
    ]  # fmt: skip
    rows = [_rate_row(u.name, u.tally, u.median_s) for u in units]
    rows.append(_rate_row(_("合计"), total, None))
    return write_xlsx(columns, rows, title=title, notes=[rates_note()])


def _rate_row(name: str, tally: Tally, median_s: int | None) -> dict[str, Any]:
    return {
        "unit": name, "asked": tally.asked, "in_time": tally.in_time, "late": tally.late, "missed": tally.missed,
        "rate": tally.rate, "median_s": median_s,
    }  # fmt: skip


def rates_note() -> str:
    """How the rate is computed, said wherever it is shown."""
    return _(
        "应答率＝按时应答次数÷已到时限的点名次数；迟应答、有正当原因的未应答都不算按时；撤销的点名不计。目标 %(n)g%%。"
    ) % {"n": rollcall_rule().target_percent}
