"""What a report's page shows beside its words: how the legal time was used, what reviewers changed, where it went."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q
from django.utils.translation import gettext as _

from anlan.command.models import Report, ReportDelivery
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.models import AuditEntry
from anlan.kernel.moments import moment_in

from .timeline import TimelineItem

KEY = Report.loop.key
#: The states whose time is counted, in their order.
PHASES = ("drafted", "reviewing", "signing", "signed")
PAGE = 50
_WORDS = re.compile(r"\d+|[A-Za-z]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Phase:
    """Minutes that one part of the chain has taken so far; `running` while it is the present one; `share` of the whole limit in
    percent (0 where no limit runs)."""

    name: str
    label: str
    minutes: int
    running: bool
    share: int = 0


@dataclass(frozen=True, slots=True)
class LegalTime:
    """A report against its legal limit: whole minutes; `left` is below 0 when it is past. Review is inside the limit, never beside it."""

    total: int | None
    left: int | None
    late: bool
    due_at: datetime | None
    phases: tuple[Phase, ...]

    @property
    def said(self) -> str:
        """法定 30 分钟，剩 12 分钟，审核已用 9 分钟."""
        used = [
            _("%(what)s已用 %(n)d 分钟") % {"what": p.label, "n": p.minutes}
            for p in self.phases
            if p.minutes or p.running
        ]
        if self.total is None or self.left is None:
            return "，".join([_("没有正在计时的书面时限"), *used])
        rest = _("剩 %(n)d 分钟") % {"n": self.left} if self.left >= 0 else _("已超 %(n)d 分钟") % {"n": -self.left}
        return "，".join([_("法定 %(n)d 分钟") % {"n": self.total}, rest, *used])


def legal_time(report: Report, now: datetime) -> LegalTime:
    """How the time of a report was used up to now (or to its sending)."""
    return legal_times([report], now)[report.pk]


def legal_times(
    reports: Sequence[Report], now: datetime, story: Iterable[TimelineItem] | None = None
) -> dict[Any, LegalTime]:
    """`legal_time` of several reports by id. `story`: the timeline that holds their steps, when the caller has read it already."""
    moves = _moves(reports, story)
    return {report.pk: _used(report, moves[str(report.pk)], now) for report in reports}


def _used(report: Report, moves: list[tuple[datetime, str]], now: datetime) -> LegalTime:
    until = report.sent_at or now
    spent: dict[str, float] = {}
    state, since = "drafted", report.opened_at
    for at, target in moves:
        spent[state] = spent.get(state, 0) + (at - since).total_seconds()
        state, since = target, at
    if state in PHASES:
        spent[state] = spent.get(state, 0) + max(0.0, (until - since).total_seconds())
    labels = {"drafted": _("拟稿"), "reviewing": _("审核"), "signing": _("签发"), "signed": _("发出")}
    total = left = None
    if report.legal_at is not None and report.legal_from is not None:
        total = round((report.legal_at - report.legal_from).total_seconds() / 60)
        left = int((report.legal_at - until).total_seconds() // 60)
    whole = max(total or 0, sum(spent.values()) / 60)
    phases = tuple(
        Phase(
            name,
            labels[name],
            int(spent[name] // 60),
            name == report.state,
            round(spent[name] / 0.6 / whole) if total else 0,
        )
        for name in PHASES
        if name in spent
    )
    return LegalTime(total, left, left is not None and left < 0, report.legal_at, phases)


def _moves(
    reports: Sequence[Report], story: Iterable[TimelineItem] | None = None
) -> dict[str, list[tuple[datetime, str]]]:
    moves: dict[str, list[tuple[datetime, str]]] = {str(r.pk): [] for r in reports}
    steps = {f"{KEY}.{s.name}": s.target for s in Report.loop.steps}
    if story is not None:
        taken = [(one.object_id, one.action, one.at) for one in story]
    else:
        rows = AuditEntry.objects.filter(object_type=KEY, object_id__in=list(moves), action__in=list(steps))
        taken = list(rows.order_by("id").values_list("object_id", "action", "at_world"))
    for record, action, at in taken:
        if record in moves and action in steps:
            moves[record].append((at, steps[action]))
    return moves


@dataclass(frozen=True, slots=True)
class Change:
    """What one person changed in a draft: `parts` are ``(heading, [(kind, words)])`` with kind same, gone or new."""

    at: datetime
    who: str
    post: str
    parts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def changes_of(report: Report) -> list[Change]:
    """The changes that people made in the words of a report, the newest first: the signer sees what the reviewer altered."""
    rows = AuditEntry.objects.filter(object_type=KEY, object_id=str(report.pk), action=f"{KEY}.edit").order_by("-id")
    found = [
        Change(r.at_world, r.actor_name, r.post, _parts(r.data.get("before") or {}, r.data.get("after") or {}))
        for r in rows
    ]
    return [change for change in found if change.parts]


def _parts(before: dict[str, Any], after: dict[str, Any]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    old, new = _texts(before), _texts(after)
    names = list(dict.fromkeys([*new, *old]))
    return tuple((n, differences(old.get(n, ""), new.get(n, ""))) for n in names if old.get(n, "") != new.get(n, ""))


def _texts(said: dict[str, Any]) -> dict[str, str]:
    texts = {_("标题"): str(said.get("title", ""))}
    for paragraph in said.get("paragraphs", []):
        heading = paragraph.get("heading") or _("正文")
        texts[heading] = f"{texts.get(heading, '')}{paragraph.get('text', '')}"
    return texts


def differences(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """Pieces of two texts in reading order: same, gone (only before), new (only after). A number is never split."""
    a, b = _WORDS.findall(before), _WORDS.findall(after)
    found: list[tuple[str, str]] = []
    for tag, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(("same", "".join(a[i:j])))
            continue
        found += [("gone", "".join(a[i:j]))] if j > i else []
        found += [("new", "".join(b[k:m]))] if m > k else []
    return tuple(found)


def deliveries_of(ctx: Context, report: Report) -> list[ReportDelivery]:
    """Where a report went, in the order of its addressees."""
    order = {name: n for n, name in enumerate(report.addressees)}
    rows = ReportDelivery.objects.visible_to(ctx).filter(report=report)
    return sorted(rows, key=lambda d: order.get(d.recipient_name, len(order)))


@dataclass(frozen=True, slots=True)
class ReportPage:
    rows: list[Report]
    next_url: str


STATES = ("open", "sent", "all")


def report_page(ctx: Context, filters: dict[str, str]) -> ReportPage:
    """The register of reports by filters (``state`` open, sent, all; ``q``; ``before``), the newest first."""
    rows = Report.objects.visible_to(ctx).select_related("incident", "corrects").defer("body")
    state = filters.get("state") or "open"
    if state == "open":
        rows = rows.open()
    elif state == "sent":
        rows = rows.filter(state="sent")
    if words := filters.get("q", "").strip():
        rows = rows.filter(
            Q(title__icontains=words) | Q(serial__icontains=words) | Q(incident__number__icontains=words)
        )
    if before := filters.get("before"):
        at = moment_in(before.replace(" ", "+"))
        if at is None:
            raise BadInput("before", field="before")
        rows = rows.filter(opened_at__lt=at)
    rows = rows.annotate(
        recipients=Count("deliveries"), received=Count("deliveries", filter=Q(deliveries__received_at__isnull=False))
    )
    order: Sequence[Any] = ("-opened_at", "-id") if state != "open" else (F("due_at").asc(nulls_last=True), "opened_at")
    found = list(rows.order_by(*order)[: PAGE + 1])
    more = len(found) > PAGE and state != "open"
    kept = {k: v for k, v in filters.items() if k in ("state", "q")}
    return ReportPage(
        found[:PAGE], "?" + urlencode({**kept, "before": found[PAGE - 1].opened_at.isoformat()}) if more else ""
    )
