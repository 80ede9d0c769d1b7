"""What the duty desk owes: clocks of reports in groups, and everything else that rests on the duty room, most urgent first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg, BoolOr
from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    Func,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    UUIDField,
    Value,
    When,
    Window,
)  # fmt: skip
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from anlan.command.due import (
    Brought,
    Due,
    as_room,
    brought_elsewhere,
    folded,
    gather,
    owed_by_loop,
    page_button,
    register,
    urgency,
)  # fmt: skip
from anlan.command.loops import DUTY
from anlan.command.models import Incident, Incoming, Report, ReportClock
from anlan.command.models.report_clock import DESK, STAGES
from anlan.kernel.asking import Open, among, ask
from anlan.kernel.context import Context
from anlan.kernel.loops import available_steps
from anlan.kernel.loops.todo import todos
from anlan.kernel.web.steps import step_url

LIMIT = 40
#: Groups of clocks that become rows; the others are counted.
GROUPS = 120
#: So many are named at the head of an incident's own page.
OWED = 5
#: Loops whose records stand on the desk in groups, or in a column of their own.
_IN_GROUPS = (ReportClock.loop.key, Report.loop.key, Incoming.loop.key)


class _Tally(Func):
    """COUNT over the rows of a question that is grouped already."""

    function = "COUNT"
    window_compatible = True
    output_field = IntegerField()


@dataclass(frozen=True, slots=True)
class DueList:
    """`rows` as they are shown; `total` and `late` count what is owed in all, shown or not."""

    rows: list[Due]
    total: int
    late: int

    @property
    def left_out(self) -> int:
        """How many are on no row and behind none."""
        return self.total - sum(1 + len(row.more) for row in self.rows)


def due(ctx: Context) -> DueList:
    """Everything due at this desk, the most urgent first. A leader or chief sees what the whole room owes."""
    now = ctx.now()
    every = gather(ctx)
    shown = folded(every.rows, now)[:LIMIT]
    for row in shown:
        row.loud = row.calls(now)
        for one in (row, *row.more):
            if one.record is not None and one.button is None:
                # Where no one step is the thing to do, its page is: no row without its button.
                one.button = _button(ctx, one.record) or page_button(_("去办理"), one.url)
    return DueList(shown, every.total, every.late)


@register("command.obligations", title=_lazy("待办"))
def obligations(ctx: Context) -> Brought:
    """Whatever loops put on the duty room, but for those that stand in groups."""
    without = {*_IN_GROUPS, *brought_elsewhere()}
    found = todos(as_room(ctx), LIMIT, without=without, known=owed_by_loop(ctx))
    rows = [
        Due(
            id=str(item.record.pk), text=f"{item.asked}：{item.text}", where=str(item.record.loop.title), url=item.url,
            due_at=item.due_at, late=item.late, record=item.record, matter=_matter(item.record),
        )
        for item in found.items
    ]  # fmt: skip
    return Brought(rows, found.total, found.late)


def _matter(record: Any) -> str:
    """The incident that a record belongs to, by the column that says so; empty for others."""
    if isinstance(record, Incident):
        return str(record.pk)
    return str(getattr(record, "incident_id", None) or "")


def _button(ctx: Context, record: Any, back: str = "/desk/") -> dict[str, Any] | None:
    step = next((s for s in available_steps(ctx, record) if s.main), None)
    if step is None:
        return None
    if record.reasons_first and not _is_own_draft(record):
        # Whoever signs or decides reads first.
        return {"label": step.label, "url": record.get_absolute_url(), "kind": "page"}
    simple = not step.evidence and not step.confirm
    url = step_url(record, step.name)
    return {"label": step.label, "url": url if simple else f"{url}?next={back}", "kind": "post" if simple else "form"}


def _is_own_draft(record: Any) -> bool:
    """A report that the duty officer has before him at the desk anyway: it goes up by one press."""
    return isinstance(record, Report) and bool(record.state == Report.loop.initial)


def owed_in(ctx: Context, incident: Incident, records: Mapping[str, Mapping[str, Any]]) -> list[Due]:
    """What this very person must do about an incident, the most urgent first. `records`: those of `queries.timeline.records_of`."""
    now, back = ctx.now(), incident.get_absolute_url()
    rows = []
    for record in (r for found in records.values() for r in found.values() if r.is_open):
        button = _button(ctx, record, back)
        if button is None or isinstance(record, ReportClock):
            continue
        rows.append(
            Due(
                id=str(record.pk), text=f"{record.todo or record.state_label}：{record.headline}", where=str(record.loop.title),
                url=record.get_absolute_url(), due_at=record.due_at, late=record.is_late(now), button=button,
            )
        )  # fmt: skip
    clocks = [c for c in records.get(ReportClock.loop.key, {}).values() if c.is_open and c.form != "written"]
    for stage, form in dict.fromkeys((c.stage, c.form) for c in clocks):
        group = [c for c in clocks if (c.stage, c.form) == (stage, form) and _button(ctx, c, back)]
        if not group:
            continue
        first = min(group, key=lambda c: (c.legal_at or c.started_at, c.recipient))
        rows.append(
            Due(
                id=str(first.pk), text=_("%(stage)s（%(form)s）") % {"stage": dict(STAGES)[stage], "form": first.form_name}, url=back,
                where=_("报 %(to)s") % {"to": "、".join(dict.fromkeys(c.recipient_name for c in group))}, due_at=first.legal_at,
                late=first.legal_at is not None and first.legal_at <= now, immediate=first.legal_at is None,
                since=first.started_at if first.legal_at is None else None, button=_button(ctx, first, back),
            )
        )  # fmt: skip
    return sorted(rows, key=urgency)[:OWED]


@register("command.reporting", title=_lazy("信息报送"), url="/incidents/")
def reporting(ctx: Context) -> Brought:
    """Clocks by incident, stage and form; those on paper carry the next step of their report."""
    now = ctx.now()
    groups = _groups(ctx, now)
    written = [(g["incident_id"], g["stage"]) for g in groups if g["form"] == "written"]
    papers = _papers_of(ctx, written)
    words = _Words()
    rows = [_group(ctx, g, papers.get((g["incident_id"], g["stage"], g["form"])), now, words) for g in groups]
    alone = ask(ctx, _papers_alone)
    rows += [_paper(ctx, report, now) for report in alone]
    if not groups:
        return Brought(rows, len(rows), sum(row.late for row in rows))
    # A paper's own time may be nearer than its limit: what is shown is counted as it is shown, the rest by its limit.
    shown_late = sum(g["at"] is not None and g["at"] <= now for g in groups)
    behind, behind_late = groups[0]["groups"] - len(groups), groups[0]["late"] - shown_late
    return Brought(rows, len(rows) + behind, sum(row.late for row in rows) + behind_late)


def _groups(ctx: Context, now: datetime) -> list[dict[str, Any]]:
    """Open clocks of the duty room put together in the database, what is owed first first: a desk may have a thousand of them.

    The first `GROUPS`; each says how many ``groups`` there are in all, and how many of those are ``late``.
    """
    return ask(ctx, _grouped, now=now)


def _grouped(ctx: Context) -> QuerySet[Any]:
    rows = ReportClock.objects.visible_to(ctx).open().filter(office=DESK).order_by()
    past = Case(When(at__lte=Open("now", DateTimeField()), then=Value(1)))
    return (
        rows.values("incident_id", "stage", "form", "form_name", "incident__title")
        .annotate(
            at=Min("legal_at"), since=Min("started_at"), to=ArrayAgg("recipient_name", order_by=("legal_at", "recipient_name")),
            at_scope=Min("scope"),
            immediate=BoolOr("immediate"), certain=BoolOr("certain"),
            groups=Window(_Tally(Value(1))), late=Window(_Tally(past)),
        )
        .order_by(Coalesce("at", "since"), "incident_id", "stage", "form")[:GROUPS]
    )  # fmt: skip


def _papers(ctx: Context) -> Any:
    return Report.objects.visible_to(ctx).open().filter(office=DESK).defer("body")


def _papers_of(ctx: Context, written: list[tuple[Any, str]]) -> dict[tuple[Any, str, str], Report]:
    """The papers under way for limits in writing. A correction answers no limit and never stands for a paper that is still owed."""
    if not written:
        return {}
    found = ask(ctx, _papers_of_these, incidents=list({incident for incident, _stage in written}))
    return {(r.incident_id, r.stage, "written"): r for r in found}


def _papers_of_these(ctx: Context) -> Any:
    wanted = among("incident_id", "incidents", UUIDField())
    return _papers(ctx).filter(wanted, corrects=None).order_by("opened_at")


def _papers_alone(ctx: Context) -> Any:
    """Papers under way that no open limit in writing asks for."""
    limit = (
        ReportClock.objects.visible_to(ctx)
        .open()
        .filter(office=DESK, form="written", incident=OuterRef("incident"), stage=OuterRef("stage"))
    )
    return _papers(ctx).filter(Q(corrects__isnull=False) | ~Exists(limit)).order_by("opened_at")[:GROUPS]


class _Words:
    """What the rows of limits say in the language of whoever asks, looked up once for all of them."""

    def __init__(self) -> None:
        self.stages = {name: str(label) for name, label in STAGES}
        self.text, self.to = _("%(stage)s（%(form)s）%(title)s"), _("报 %(to)s")
        self.draft, self.record = _("起草"), _("登记")


def _group(ctx: Context, group: dict[str, Any], report: Report | None, now: datetime, words: _Words) -> Due:
    """One row for a stage of an incident's reporting in one form."""
    incident, at = group["incident_id"], group["at"]
    if report is not None and report.due_at is not None:
        at = min(at, report.due_at) if at else report.due_at
    stage = words.stages[group["stage"]]
    row = Due(
        id=f"{incident}-{group['stage']}-{group['form']}",
        text=words.text % {"stage": stage, "form": group["form_name"], "title": group["incident__title"]},
        where=words.to % {"to": "、".join(dict.fromkeys(group["to"]))},
        url=report.get_absolute_url() if report else f"/incidents/{incident}/",
        due_at=at,
        late=at is not None and at <= now,
        provisional=not group["certain"],
        immediate=group["immediate"],
        matter=str(incident),
        since=group["since"] if at is None else None,
    )
    if report is not None:
        row.record = report
        row.where = f"{report.state_label} · {row.where}"
    elif group["form"] == "written":
        row.button = {"label": words.draft, "url": f"/incidents/{incident}/draft/{group['stage']}/", "kind": "post"}
    elif may_report(ctx, group["at_scope"]):
        row.button = {
            "label": words.record,
            "url": f"/incidents/{incident}/reported/{group['stage']}/{group['form']}/",
            "kind": "form",
        }
    return row


def may_report(ctx: Context, scope: str) -> bool:
    return any(ctx.holds(role, scope) for role in DUTY)


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
        due_at=report.due_at, late=report.is_late(now), record=report, matter=str(report.incident_id),
    )  # fmt: skip


__all__ = ["Due", "DueList", "due", "may_report", "phone_fields", "step_url"]
