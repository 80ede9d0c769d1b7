"""The clocks of official reports: they start by themselves, the strictest rule wins and names those it beats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Min, Q

from anlan.command.data.reporting_deadlines import shipped_reporting
from anlan.command.deadlines import Clock, deadlines
from anlan.command.judging import locality_of, reporting_facts_of
from anlan.command.loops import DUTY
from anlan.command.models import Incident, Incoming, Report, ReportClock
from anlan.command.models.report_clock import DESK
from anlan.events.command import ReportSent
from anlan.kernel import auditing
from anlan.kernel.announcing import announce_all, gathered
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict, Refused
from anlan.kernel.loops import move_deadline, open_records, transition, transition_all
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.models import AuditEntry
from anlan.kernel.texts import whole_line
from anlan.kernel.wording import words as _
from anlan.places.models import Organisation
from anlan.places.queries import organisations_acting_as

KEY = ReportClock.loop.key
TIER = "county"
STAGES = ("first", "continue", "final")
#: What recording a report by these means fulfils. Who files into a system sends the signed paper with it.
FORMS_OF = {"phone": ("phone",), "written": ("written",), "system": ("system", "direct_report", "app", "written")}
#: Columns that follow the rules while a clock runs.
_FOLLOWS = ("clause", "confidence", "certain", "needs", "supersedes", "minutes", "immediate", "started_at")

#: Who owes a clock, by the office of its sender in the rules: the county's duty desk, the street that registered the incident, the
#: village that told of it, a department that the district has.
OWED_BY_STREET = "town"
OWED_BY_VILLAGE = "village"
#: What registering an incident here is already: nobody reports it once more by these forms.
BY_REGISTERING = frozenset(FORMS_OF["system"]) - {"written"}

Key = tuple[str, str, str, str]


def reporter(ctx: Context) -> Context:
    """The part of the platform that starts clocks and composes drafts, in the world and for the cause of `ctx`."""
    me = system("reporting", world=ctx.world, cause=ctx.cause)
    return replace(me, actor=replace(me.actor, name=_("平台")))


def hold_incidents(ctx: Context, incidents: Iterable[Any]) -> list[Incident]:
    """Lock incidents (ids) until the end of the transaction, always in the same order.

    Whoever changes clocks or reports of an incident holds the incident first: figures that arrive lock it, then its clocks, then its
    reports, and two who came the other way round would wait for each other until the database ends one of them.
    """
    rows = Incident.objects.in_world(reporter(ctx)).select_for_update(of=("self",)).filter(pk__in=set(incidents))
    return list(rows.order_by("pk"))


def sync_clocks(ctx: Context, incident: Incident) -> None:
    """Bring the running clocks of an incident in line with what is known.

    New ones start, a stricter rule replaces a looser one, one that does not apply any more is dropped. What was reported stays, and
    a limit that has passed stays passed, whatever the region ruled since (`_stay_passed`): only the facts move it.
    """
    me = reporter(ctx)
    with transaction.atomic(), gathered(), auditing.gathered():
        hold_incidents(ctx, [incident.pk])
        running = {_key(c): c for c in _clocks(me, incident).open().select_for_update().order_by("pk")}
        for clock in running.values():
            # It is at hand, with what has just become known of it: not read again for every limit.
            clock.incident = incident
        wanted = _wanted(me, incident)
        aside = _set_aside(me, incident)
        wanted = {key: clock for key, clock in wanted.items() if (*key, clock.rule) not in aside}
        passed = _stay_passed(me, incident, running, wanted)
        wanted = {key: clock for key, clock in wanted.items() if key not in passed}
        running = {key: clock for key, clock in running.items() if key not in passed}
        fresh: list[Clock] = []
        ended: dict[tuple[str, str, str], list[ReportClock]] = defaultdict(list)
        for key, clock in wanted.items():
            old = running.pop(key, None)
            if old is None:
                fresh.append(clock)
            elif old.rule == clock.rule:
                _follow(me, old, clock)
            else:
                ended[_replaced_by(old, clock)].append(old)
                fresh.append(clock)
        for old in running.values():
            ended["drop", "reason", _why_dropped(incident, old)].append(old)
        for (step, name, why), clocks in ended.items():
            transition_all(me, clocks, step, evidence={name: why})
        if fresh:
            open_records(me, ReportClock, [_row(me, incident, c) for c in fresh])
        _meet_what_brought_it(me, incident)
        keep_pace(me, incident)


def _set_aside(ctx: Context, incident: Incident) -> set[tuple[str, ...]]:
    """Limits that a person has declared not to apply here, with their rule: the platform does not start them anew."""
    rows = {str(c.pk): (*_key(c), c.rule) for c in _clocks(ctx, incident).filter(state="dropped")}
    acts = AuditEntry.objects.filter(object_type=KEY, object_id__in=list(rows), action=f"{KEY}.drop")
    by_hand = acts.filter(actor__startswith="person:").values_list("object_id", flat=True)
    return {rows[pk] for pk in by_hand} if rows else set()


def _clocks(ctx: Context, incident: Incident) -> Any:
    return ReportClock.objects.in_world(ctx).filter(incident=incident)


def owed_by_county(rows: Any) -> Any:
    """Clocks of the county's duty room: those of a street or a department are its own."""
    return rows.filter(office=DESK)


def registering_tier(ctx: Context, scope: str) -> str:
    """Who registers an incident: the street itself, or the duty room of its county."""
    on_duty = any(ctx.holds(role, scope) for role in DUTY)
    return OWED_BY_STREET if ctx.holds(OWED_BY_STREET, scope) and not on_duty else TIER


def reported_times(ctx: Context, incident: Incident) -> tuple[datetime | None, datetime | None]:
    """When the first report went up and when the last one did, from the clocks that were met."""
    met = owed_by_county(_clocks(ctx, incident)).filter(state="met", stage__in=("first", "continue"))
    found = met.aggregate(first=Min("met_at", filter=Q(stage="first")), last=Max("met_at"))
    return found["first"], found["last"]


def _key(clock: Any) -> Key:
    return clock.office, clock.recipient, clock.form, clock.stage


def office_of(ctx: Context, sender: str, scope: str) -> str:
    """Whose desk makes the reports of a sender of the rules: a department that nobody acts as here is answered for by the county's."""
    office = shipped_reporting().parties[sender].office
    if office in (DESK, OWED_BY_STREET, OWED_BY_VILLAGE) or bodies_of(ctx, sender, scope):
        return office
    return DESK if shipped_reporting().parties[sender].tier == TIER else office


def bodies_of(ctx: Context, sender: str, scope: str) -> list[Organisation]:
    """The organisation of the region that a sender of the rules is; empty where there is none."""
    actor = shipped_reporting().parties[sender].actor
    return ctx.once(
        ("reporting bodies", actor, scope), lambda: organisations_acting_as(actor, scope)[:1] if actor else []
    )  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Owed:
    """A clock of the rules, and whose desk owes it here."""

    clock: Clock
    office: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.clock, name)


def _wanted(ctx: Context, incident: Incident) -> dict[Key, Any]:
    """The strictest clock per office, recipient, form and stage that is owed now, certain or not."""
    found: dict[Key, Any] = {}
    for key, clock in _owed(ctx, incident, locality_of(incident, ctx.now())):
        found[key] = _stricter(found.get(key), clock)
    return found


def _stay_passed(ctx: Context, incident: Incident, running: dict[Key, ReportClock], wanted: dict[Key, Any]) -> set[Key]:
    """Which of the running limits have passed and would be moved or taken away only because a region ruled otherwise since: by the
    shipped rules and the facts of now the same rule still counts from the same moment."""
    now = ctx.now()
    late = {
        k: c for k, c in running.items() if c.legal_at is not None and c.legal_at <= now and _eased(c, wanted.get(k))
    }
    if not late:
        return set()
    shipped = {name: value for name, value in locality_of(incident, now).items() if name not in ("rules", "off")}
    counts = {(*key, clock.rule, clock.start_at) for key, clock in _owed(ctx, incident, shipped)}
    return {k for k, c in late.items() if (*k, c.rule, c.started_at) in counts}


def _lasting(ctx: Context, incident: Incident, locality: dict[str, Any]) -> Iterator[tuple[Key, Any]]:
    """What a lasting disaster owes: the county's own, and its street's where it stays within one."""
    from .lasting import lasting_clocks  # the verbs there bring these clocks in line

    for rule in lasting_clocks(ctx, incident, locality, tier=TIER):
        clock = Owed(rule, office_of(ctx, rule.sender, incident.scope))
        mine = clock.office == OWED_BY_STREET and bool(bodies_of(ctx, clock.sender, incident.scope))
        if mine or shipped_reporting().parties[clock.sender].tier == TIER:
            yield _key(clock), clock


def _eased(old: ReportClock, clock: Any) -> bool:
    """Whether a limit would be dropped, replaced by a looser one, or be due at another time under the same rule."""
    if clock is None or old.rule != clock.rule:
        return clock is None or not _beats(clock, old)
    return bool(old.legal_at != clock.late_after)


def _owed(ctx: Context, incident: Incident, locality: dict[str, Any]) -> Iterator[tuple[Key, Any]]:
    """Every clock that is owed now by the county, by its departments, and by the street that registered the incident."""
    if incident.state in ("false", "merged"):
        return
    yield from _lasting(ctx, incident, locality)
    first, last = reported_times(ctx, incident)
    met = {_key(c) for c in _clocks(ctx, incident).filter(state="met")}
    told = {(office, recipient) for office, recipient, _form, stage in met if stage == "first"}
    parties = shipped_reporting().parties
    by_street = (incident.intake or {}).get("registered_by") == OWED_BY_STREET
    for rule in deadlines(reporting_facts_of(incident, first=first, last=last), locality=locality, tier=TIER):
        if rule.stage not in STAGES or not rule.recipient or rule.period or parties[rule.sender].tier == "unit":
            continue
        clock = Owed(rule, office_of(ctx, rule.sender, incident.scope))
        key = _key(clock)
        if clock.office == OWED_BY_STREET:
            if by_street and clock.stage == "first" and clock.form not in BY_REGISTERING and key not in met:
                yield key, clock
            continue
        if parties[clock.sender].tier != TIER:
            continue
        if parties[clock.recipient].tier in ("public", "unit") or (clock.late_after is None and not clock.immediate):
            continue
        if clock.stage == "first":
            if key in met:
                continue
        elif (
            (clock.office, clock.recipient) not in told
            or (clock.stage == "continue") == bool(incident.closed_at)
            or (clock.stage == "final" and key in met)
        ):
            continue
        yield key, clock


def _stricter(known: Any, clock: Any) -> Any:
    return clock if known is None or (clock.strictest and not known.strictest) else known


def _follow(ctx: Context, old: ReportClock, clock: Any) -> None:
    """The same rule, known better: its due time or its certainty may have moved."""
    values = _row(ctx, old.incident, clock)
    changed = [name for name in _FOLLOWS if getattr(old, name) != values[name]]
    moved = old.legal_at != clock.late_after
    if not changed and not moved:
        return
    for name in changed:
        setattr(old, name, values[name])
    old.legal_at = clock.late_after
    old.save(update_fields=[*changed, "legal_at"])
    if moved:
        move_deadline(ctx, old, due_at=clock.late_after, reason=_("起算时间或级别有变"))


def _beats(clock: Any, old: ReportClock) -> bool:
    earlier = old.legal_at is not None and clock.late_after is not None and clock.late_after < old.legal_at
    return bool(clock.immediate or earlier)


def _replaced_by(old: ReportClock, clock: Any) -> tuple[str, str, str]:
    """The step that ends a clock in whose place another one runs, with the name and the words of its evidence."""
    if _beats(clock, old):
        return "supersede", "by", f"{clock.rule_zh}（{clock.clause}）"[:200]
    return "drop", "reason", str(_("“%(rule)s”经核实不适用") % {"rule": old.rule_name})


def _why_dropped(incident: Incident, clock: ReportClock) -> str:
    if incident.state == "merged":
        return _("事件已并入另一事件")
    if incident.state == "false":
        return _("事件定为误报")
    if clock.stage == "zero":
        return _("灾情已稳定，转为核报")
    if incident.closed_at and clock.stage == "continue":
        return _("事件已结束，改报终报")
    return _("“%(rule)s”经核实不适用") % {"rule": clock.rule_name}


def _row(ctx: Context, incident: Incident, clock: Any) -> dict[str, Any]:
    return {
        "incident": incident, "scope": incident.scope, "stage": clock.stage, "rule": clock.rule, "rule_name": clock.rule_zh,
        "sender": clock.sender, "sender_name": clock.sender_zh, "recipient": clock.recipient,
        "recipient_name": clock.recipient_zh, "form": clock.form, "form_name": clock.form_zh, "minutes": clock.minutes,
        "started_at": clock.start_at, "legal_at": clock.late_after, "clause": clock.clause[:300],
        "confidence": clock.confidence, "immediate": clock.immediate, "certain": clock.certain, "needs": list(clock.needs),
        "supersedes": [one.as_dict() for one in clock.supersedes], "office": clock.office, **_owner(ctx, incident, clock),
    }  # fmt: skip


def _owner(ctx: Context, incident: Incident, clock: Any) -> dict[str, Any]:
    """A clock of a street, village or department rests on it, everything else on the county's duty room."""
    if clock.office == DESK:
        return {}
    keys = [o.key for o in bodies_of(ctx, clock.sender, incident.scope)]
    return {"owner_role": shipped_reporting().parties[clock.sender].actor, "owner_keys": keys, "shared_with": keys}


def _meet_what_brought_it(ctx: Context, incident: Incident) -> None:
    """A village that told of the incident by phone has made its report: its clock is kept as met when the report came in."""
    brought = Incoming.objects.in_world(ctx).filter(
        incident=incident, channel=Incoming.Channel.FIELD, region__level="village"
    )
    told = brought.order_by("opened_at").select_related("region").first()
    mine = _clocks(ctx, incident).filter(office=OWED_BY_VILLAGE)
    if told is None or told.region is None or mine.exists():
        return
    facts = reporting_facts_of(incident, first=None, last=None)
    found = deadlines(facts, locality=locality_of(incident, ctx.now()), tier=TIER)
    rule = next((c for c in found if c.sender == OWED_BY_VILLAGE and c.form == "app"), None)
    if rule is None:
        return
    keys = [o.key for o in bodies_of(ctx, OWED_BY_VILLAGE, told.region.path)]
    values = _row(ctx, incident, Owed(rule, OWED_BY_VILLAGE)) | {
        "sender_name": told.region.name, "owner_keys": keys, "shared_with": keys,
    }  # fmt: skip
    clock = open_records(ctx, ReportClock, [values])[0]
    transition(
        ctx, clock, "meet", evidence={"means": "system", "received_by": _("平台")}, met_at=told.opened_at, means="app",
        reported_by=told.source[:160], received_by=_("平台"),
    )  # fmt: skip


def keep_pace(ctx: Context, incident: Incident) -> None:
    """Reports under way race the strictest written limit of their office and stage: when it moves, their own time moves with it."""
    rows = Report.objects.in_world(ctx).open().select_for_update(of=("self",)).filter(incident=incident, corrects=None)
    for report in rows:
        began, at = legal_limit(ctx, incident, report.office, report.stage)
        if (began, at) == (report.legal_from, report.legal_at) or at is None:
            continue
        report.legal_from, report.legal_at = began, at
        report.save(update_fields=["legal_from", "legal_at"])
        due = getattr(report, str(report.loop.state(report.state).within))()
        if due != report.due_at:
            move_deadline(ctx, report, due_at=due, reason=_("法定时限有变，审签时间随之调整"))


def legal_limit(ctx: Context, incident: Incident, office: str, stage: str) -> tuple[datetime | None, datetime | None]:
    """From when to when the strictest running written limit of an office and stage counts; of others where none is in writing."""
    rows = _clocks(ctx, incident).open().filter(office=office, stage=stage, legal_at__isnull=False)
    first = (
        rows.filter(form="written").order_by("legal_at").first()
        or rows.exclude(form="phone").order_by("legal_at").first()
    )
    return (first.started_at or incident.received_at, first.legal_at) if first else (None, None)


def meet_clocks(
    ctx: Context,
    clocks: Iterable[ReportClock],
    *,
    means: str,
    received_by: str = "",
    report: Report | None = None,
    at: datetime | None = None,
) -> list[ReportClock]:
    """Record that reports were made: by whom, by what means, to whom, when. Lateness is a fact and stays one.

    `at`: when it was really done, not before the incident was received and not in the future (default now). Raises BadInput, also
    where these means are not the form that a limit asks for: a call is no paper, a paper is no call.
    """
    if means not in FORMS_OF:
        raise BadInput(
            _("没有“%(means)s”这种方式") % {"means": means}, field="means", mend=_("请选择电话、书面或系统直报")
        )
    received_by = whole_line(received_by, 120, "received_by", _("接收人"))
    done: list[ReportClock] = []
    clocks = list(clocks)
    with transaction.atomic():
        hold_incidents(ctx, (c.incident_id for c in clocks))
        for clock in clocks:
            when = _checked(ctx, clock, means, at)
            given = {"means": means, "received_by": received_by, "report": str(report.pk) if report else ""}
            done.append(transition(
                ctx, clock, "meet", evidence=given, met_at=when, means=means, received_by=received_by,
                reported_by=f"{ctx.actor.name} {ctx.actor.post}".strip()[:160], report=report,
            ))  # fmt: skip
        if not done:
            raise Conflict(_("这些时限都已办结"), mend=_("请刷新后查看最新状态"))
        announce_all(ctx, [(_sent(c, report), c.scope, c.shared_with) for c in done])
        for incident in {c.incident_id: c.incident for c in done}.values():
            sync_clocks(ctx, incident)
    return done


def _checked(ctx: Context, clock: ReportClock, means: str, at: datetime | None) -> datetime:
    if clock.form not in FORMS_OF[means]:
        raise BadInput(
            _("“%(clock)s”要的是%(form)s报告，这种方式不能算") % {"clock": clock, "form": clock.form_name}, field="means",
            mend=_("电话和书面分别计时：打了电话请登记在电话时限上，书面时限在报告发出时登记"),
        )  # fmt: skip
    now = ctx.now()
    if at is not None and not clock.incident.received_at <= at <= now:
        raise BadInput(_("报送时间应在接报之后、此刻之前"), field="at", mend=_("请核对时间"))
    return at or now


def _sent(clock: ReportClock, report: Report | None) -> ReportSent:
    stage = "continued" if clock.stage == "continue" else clock.stage
    return ReportSent(
        report=str(report.pk) if report else "", incident=str(clock.incident_id), stage=stage, recipient=clock.recipient_name,
        sent_at=clock.met_at.isoformat() if clock.met_at else "",
    )  # fmt: skip


@step_service(KEY, "drop")
def set_aside(ctx: Context, clock: ReportClock, evidence: dict[str, Any]) -> ReportClock:
    """A person judges that the rule does not apply. Raises Refused once its limit has passed: lateness is a fact and stays one."""
    if clock.legal_at is not None and clock.legal_at < ctx.now():
        raise Refused(
            _("“%(clock)s”的时限已过，不能再定为不适用") % {"clock": clock},
            mend=_("请补报并登记；规则确不适用的，在“报送质量”里对这条疑似迟报说明"),
        )
    dropped: ReportClock = transition(ctx, clock, "drop", evidence=evidence)
    return dropped


@step_service(KEY, "meet")
def meet(ctx: Context, clock: ReportClock, evidence: dict[str, Any]) -> ReportClock:
    """One clock met by hand: a call made, a paper handed over, a form filed."""
    report = None
    if evidence.get("report"):
        report = Report.objects.get_visible(ctx, pk=evidence["report"], incident_id=clock.incident_id)
    means, received_by = str(evidence.get("means") or ""), str(evidence.get("received_by") or "")
    return meet_clocks(ctx, [clock], report=report, means=means, received_by=received_by)[0]
