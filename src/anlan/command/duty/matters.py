"""What is open in a region at this moment: everything that a handover has to name."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from anlan.command.models import ReportClock
from anlan.command.models.report import STAGES
from anlan.kernel.context import Context
from anlan.kernel.loops import loops, model_of
from anlan.kernel.scope import above
from anlan.places.models import Region

#: Loops in the order in which they are handed over; those of the command room that are not named here follow by themselves.
ORDER = (
    "command.incident", "command.incoming", "command.report_clock", "command.report", "command.response", "warning.receipt",
    "warning.notice", "decision.proposal", "messaging.call", "command.task", "analysis.signal",
)  # fmt: skip
#: The duty room's own paperwork is no open matter.
OWN = ("command.roster", "command.shift", "command.swap", "command.handover")
#: What many units owe for one matter stands behind that matter, where it is the region's own: loop → its column for the matter.
PARTS = {"command.rollcall_answer": "rollcall", "command.circular_receipt": "circular", "command.sheet_line": "sheet"}
#: So many of one kind are named one by one; of more than that, the rest in one line.
MOST = 60


def open_matters(ctx: Context, region: Region) -> list[dict[str, Any]]:
    """``{"key", "kind", "kind_name", "title", "state", "due_at", "url"}`` for all that is open and that `ctx` may see there.

    Clocks of one report stand together, calls of one round too.
    """
    declared = loops()
    others = sorted(k for k in declared if k.startswith("command.") and k not in ORDER and k not in OWN)
    found: list[dict[str, Any]] = []
    for key in (*ORDER, *others):
        if key in declared and model_of(key).view_permission:
            found += _of(ctx, region, key)
    return found


def _of(ctx: Context, region: Region, key: str) -> list[dict[str, Any]]:
    where = Q(scope__startswith=region.path)
    if key.startswith("warning."):
        where |= Q(scope__in=above(region.path))
    rows = model_of(key).objects.visible_to(ctx).open().filter(where)
    if key in PARTS:
        rows = rows.exclude(**{f"{PARTS[key]}__scope__startswith": region.path})
    if key == ReportClock.loop.key:
        return _clocks(rows)
    if key == "messaging.call":
        return _rounds(rows)
    count = rows.count()
    if not count:
        return []
    title = str(loops()[key].title)
    listed = [
        _matter(f"{key}:{r.pk}", key, title, r.headline, str(r.state_label), r.due_at, r.get_absolute_url())
        for r in rows.with_relations().order_by("due_at", "opened_at")[:MOST]
    ]
    return listed + _rest(key, title, count - len(listed))


def _clocks(rows: Any) -> list[dict[str, Any]]:
    groups: dict[Any, list[ReportClock]] = defaultdict(list)
    for clock in rows.select_related("incident").order_by("legal_at")[: MOST * 10]:
        groups[clock.incident_id, clock.stage, clock.form].append(clock)
    title, names = str(ReportClock.loop.title), dict(STAGES)
    listed = [
        _matter(
            f"command.report_clock:{incident}:{stage}:{form}", ReportClock.loop.key, title,
            _("%(stage)s（%(form)s）%(title)s：报 %(to)s") % {
                "stage": str(names[stage]), "form": group[0].form_name, "title": group[0].incident.title,
                "to": "、".join(dict.fromkeys(c.recipient_name for c in group)),
            },
            str(group[0].state_label), min((c.legal_at for c in group if c.legal_at), default=None),
            group[0].incident.get_absolute_url(),
        )
        for (incident, stage, form), group in list(groups.items())[:MOST]
    ]  # fmt: skip
    return listed + _rest(ReportClock.loop.key, title, rows.count() - sum(len(g) for g in list(groups.values())[:MOST]))


def _rounds(rows: Any) -> list[dict[str, Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for call in rows.select_related("round").order_by("due_at")[: MOST * 20]:
        groups[call.round_id].append(call)
    title = str(loops()["messaging.call"].title)
    listed = [
        _matter(
            f"messaging.round:{pk}", "messaging.call", title,
            _("%(why)s：%(n)d 处还没有应答") % {"why": calls[0].round.why, "n": len(calls)}, "", calls[0].due_at,
            calls[0].round.get_absolute_url(),
        )
        for pk, calls in list(groups.items())[:MOST]
    ]  # fmt: skip
    return listed + _rest("messaging.call", title, rows.count() - sum(len(g) for g in list(groups.values())[:MOST]))


def _rest(key: str, title: str, count: int) -> list[dict[str, Any]]:
    """What is too much to be named one by one, in one line that has to be told like any other: anew when there are more of them."""
    more = _("另有 %(n)d 项") % {"n": count}
    return [_matter(f"{key}:more:{count}", key, title, more, "", None, f"/loop/{key}/")] if count > 0 else []


def _matter(
    key: str, kind: str, kind_name: str, title: str, state: str, due_at: datetime | None, url: str
) -> dict[str, Any]:
    return {
        "key": key, "kind": kind, "kind_name": kind_name, "title": title[:300], "state": state,
        "due_at": due_at.isoformat() if due_at else "", "url": url, "told": False, "word": "",
    }  # fmt: skip


def merged(live: list[dict[str, Any]], marked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is open now, with the ticks and words that were set before."""
    marks = {item["key"]: item for item in marked}
    return [
        {**item, "told": marks[item["key"]]["told"], "word": marks[item["key"]]["word"]} if item["key"] in marks else item
        for item in live
    ]  # fmt: skip
