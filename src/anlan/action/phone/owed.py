"""Report clocks and reports that wait for this person: what a street, a village, a signer owes, on the phone like a task."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from anlan.command.models import Report, ReportClock
from anlan.command.services import meet_clocks
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.loops.todo import obligations

#: So many limits and papers at most; the most urgent first.
MOST = 30


def owed_reports(ctx: Context) -> list[dict[str, Any]]:
    """Limits met by a call or a filing are recorded here; what is owed on paper has its report's own page, for review and signature."""
    papers = obligations(ctx, Report.loop.key)
    waiting = (
        list(papers.select_related("incident").defer("body").order_by("due_at")[:MOST]) if papers is not None else []
    )
    limits = obligations(ctx, ReportClock.loop.key)
    # What is owed at once has no number and is late from the moment on at which it began.
    by_time = Coalesce("legal_at", "started_at")
    rows = list(limits.select_related("incident").order_by(by_time)[: 2 * MOST]) if limits is not None else []
    # A paper under way carries its own time, whoever has it in hand; only the paper that nobody has begun is a limit of its own.
    # A correction answers no limit.
    papers_begun = (
        Report.objects.visible_to(ctx).open().filter(incident__in={c.incident_id for c in rows}, corrects=None)
    )
    begun = set(papers_begun.values_list("incident_id", "office", "stage")) if rows else set()
    open_ones = [c for c in rows if c.form != "written" or (c.incident_id, c.office, c.stage) not in begun]
    return [*(_paper(r) for r in waiting), *(_limit(c) for c in open_ones[:MOST])]


def _limit(clock: ReportClock) -> dict[str, Any]:
    to = {"name": "received_by", "label": _("对方接收人"), "kind": "text", "unit": "", "required": False, "choices": []}
    spoken = clock.form != "written"
    return {
        "id": str(clock.pk), "title": str(clock), "detail": clock.incident.title,
        "place": _("依据 %(clause)s") % {"clause": clock.clause} if clock.clause else "",
        "due": clock.legal_at.isoformat() if clock.legal_at else clock.started_at.isoformat() if clock.started_at else None,
        "state": clock.state, "state_label": str(clock.state_label), "fields": [to] if spoken else [],
        "steps": [{"name": "meet", "label": _("登记已报送"), "main": True, "fields": ["received_by"], "evidence": True}] if spoken else [],
        "page": {"url": clock.get_absolute_url(), "label": _("看事件和时限") if spoken else _("去拟稿报送")},
    }  # fmt: skip


def _paper(report: Report) -> dict[str, Any]:
    return {
        "id": str(report.pk), "title": f"{report.todo}：{report.title}", "detail": "", "place": report.incident.number,
        "due": report.due_at.isoformat() if report.due_at else None, "state": report.state, "state_label": str(report.state_label),
        "fields": [], "steps": [], "page": {"url": report.get_absolute_url(), "label": _("打开报告办理")},
    }  # fmt: skip


def record_made(ctx: Context, clock: ReportClock, step: Any, given: Any) -> dict[str, Any]:
    """A call or filing that was made, from the phone. Raises BadInput, Conflict (met already), NotAllowed."""
    if step != "meet" or clock.form == "written":
        raise BadInput(_("没有这一步"), field="step", mend=_("请刷新后重试"))
    who = given.get("received_by") if isinstance(given, dict) else None
    means = "phone" if clock.form == "phone" else "system"
    meet_clocks(ctx, [clock], means=means, received_by=who if isinstance(who, str) else "")
    return {"record": str(clock.pk)}
