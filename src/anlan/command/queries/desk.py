"""What the duty desk owes: clocks of reports in groups, and everything else that rests on the duty room, most urgent first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from anlan.command.loops import DUTY
from anlan.command.models import Incoming, Report, ReportClock
from anlan.command.models.report import STAGES
from anlan.kernel.context import Context, Grant
from anlan.kernel.loops import available_steps
from anlan.kernel.loops.todo import todos
from anlan.kernel.web.steps import step_url

LIMIT = 60
#: No loop fills the desk alone.
PER_LOOP = 20
#: Loops whose records stand on the desk in groups, or in a column of their own.
_IN_GROUPS = (ReportClock.loop.key, Report.loop.key, Incoming.loop.key)


#: What a group of clocks needs; a desk holds hundreds of them.
_CLOCK = (
    "state", "stage", "form", "form_name", "recipient_name", "legal_at", "certain", "immediate", "scope", "owner_role",
    "incident__title",
)  # fmt: skip


@dataclass
class Due:
    """One row of the middle column. `button`: ``{label, url, kind}`` with kind post or form (fetched when it is
    pressed); `record` is whose step it is."""

    id: str
    text: str
    where: str
    url: str
    due_at: datetime | None
    late: bool
    button: dict[str, Any] | None = None
    provisional: bool = False
    immediate: bool = False
    record: Any = None


def due(ctx: Context) -> list[Due]:
    """Everything due at this desk, the most urgent first. A leader or chief sees what the whole room owes."""
    rows = _reporting(ctx)
    now = ctx.now()
    for item in todos(_as_room(ctx), LIMIT, per_loop=PER_LOOP, without=_IN_GROUPS).items:
        record = item.record
        rows.append(
            Due(
                id=str(record.pk),
                text=f"{item.asked}：{item.text}",
                where=str(record.loop.title),
                url=item.url,
                due_at=item.due_at,
                late=item.late,
                record=record,
            )
        )
    rows.sort(key=lambda r: (not (r.immediate and r.due_at is None), r.due_at is None, r.due_at or now))
    shown = rows[:LIMIT]
    for row in shown:
        if row.record is not None:
            row.button = _button(ctx, row.record)
    return shown


def _as_room(ctx: Context) -> Context:
    """The person with the duty roles of the room that the person belongs to, to list with; never to act with."""
    paths = {g.path for g in ctx.grants if g.role in DUTY}
    return replace(ctx, grants=(*ctx.grants, *(Grant(role, path) for role in DUTY for path in paths)))


def _button(ctx: Context, record: Any) -> dict[str, Any] | None:
    step = next((s for s in available_steps(ctx, record) if s.main), None)
    if step is None:
        return None
    simple = not step.evidence and not step.confirm
    url = step_url(record, step.name)
    return {"label": step.label, "url": url if simple else f"{url}?next=/desk/", "kind": "post" if simple else "form"}


def _reporting(ctx: Context) -> list[Due]:
    """Clocks by incident, stage and form; those on paper carry the next step of their report."""
    now = ctx.now()
    rows_of_county = ReportClock.objects.visible_to(ctx).open().exclude(owner_role="town")
    clocks = list(rows_of_county.select_related("incident").only(*_CLOCK).order_by("legal_at")[:400])
    groups: dict[tuple[Any, str, str], list[ReportClock]] = defaultdict(list)
    for clock in clocks:
        groups[clock.incident_id, clock.stage, clock.form].append(clock)
    papers = _papers(ctx)
    rows, used = [], set()
    for (incident, stage, form), group in groups.items():
        report = papers.get((incident, stage)) if form == "written" else None
        if report is not None:
            used.add(report.pk)
        rows.append(_group(ctx, group, report, now))
    for report in papers.values():
        if report.pk not in used:
            rows.append(_paper(ctx, report, now))
    return rows


def _papers(ctx: Context) -> dict[tuple[Any, str], Report]:
    rows = Report.objects.visible_to(ctx).open().defer("body").order_by("opened_at")[:200]
    return {(r.incident_id, r.stage): r for r in rows}


def _group(ctx: Context, group: list[ReportClock], report: Report | None, now: datetime) -> Due:
    first = group[0]
    at = min((c.legal_at for c in group if c.legal_at), default=None)
    if report is not None and report.due_at is not None:
        at = min(at, report.due_at) if at else report.due_at
    stage = str(dict(STAGES)[first.stage])
    to = "、".join(dict.fromkeys(c.recipient_name for c in group))
    row = Due(
        id=f"{first.incident_id}-{first.stage}-{first.form}",
        text=_("%(stage)s（%(form)s）%(title)s")
        % {"stage": stage, "form": first.form_name, "title": first.incident.title},
        where=_("报 %(to)s") % {"to": to},
        url=report.get_absolute_url() if report else first.incident.get_absolute_url(),
        due_at=at,
        late=at is not None and at <= now,
        provisional=all(not c.certain for c in group),
        immediate=any(c.immediate for c in group),
    )
    if report is not None:
        row.record = report
        row.where = f"{report.state_label} · {row.where}"
    elif first.form == "written":
        row.button = {"label": _("起草"), "url": f"/incidents/{first.incident_id}/draft/{first.stage}/", "kind": "post"}
    elif may_report(ctx, first):
        row.button = {
            "label": _("登记"),
            "url": f"/incidents/{first.incident_id}/reported/{first.stage}/{first.form}/",
            "kind": "form",
        }
    return row


def may_report(ctx: Context, clock: ReportClock) -> bool:
    return any(ctx.holds(role, clock.scope) for role in DUTY)


def phone_fields(group: Iterable[ReportClock]) -> list[dict[str, Any]]:
    """Who took the report at each recipient; an empty one was not called yet, unless all are empty."""
    return [
        {
            "name": f"to-{c.pk}", "label": _("%(to)s：接收人") % {"to": c.recipient_name}, "kind": "text", "required": False, "default": "",
            "help": _("没有打通的留空，时限继续走"), "max_length": 60,
        }
        for c in group
    ]  # fmt: skip


def _paper(ctx: Context, report: Report, now: datetime) -> Due:
    return Due(
        id=str(report.pk), text=f"{report.todo}：{report.title}", where=str(report.state_label), url=report.get_absolute_url(),
        due_at=report.due_at, late=report.is_late(now), record=report,
    )  # fmt: skip


__all__ = ["Due", "due", "may_report", "phone_fields", "step_url"]
