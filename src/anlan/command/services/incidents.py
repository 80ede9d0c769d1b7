"""The verbs of an incident: open, add what arrives later, put figures right, grade, merge, close."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import localtime

from anlan.command.facts import FIGURES, QUESTIONS, read_answer
from anlan.command.intake.times import AHEAD_MINUTES
from anlan.command.judging import judge
from anlan.command.models import Followup, Incident, Incoming, Report, Task
from anlan.command.queries.intake import Understood, read_figure, understand
from anlan.events.command import IncidentClosed, IncidentOpened, IncidentUpdated
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, Refused
from anlan.kernel.loops import open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.models import AuditEntry
from anlan.kernel.services.attachments import attach
from anlan.kernel.texts import whole_line
from anlan.kernel.wording import words as _

from .. import incoming as queue
from . import clocks, reports
from .locating import take_position

KEY = Incident.loop.key
#: Figures that rise until somebody has made sure of less.
CASUALTIES = ("deaths", "missing", "serious_injuries", "injured")
#: The same words within so long are the same report (platform default).
TWICE_WITHIN = timedelta(minutes=2)


def open_incident(
    ctx: Context, *, text: str, corrections: Mapping[str, Any] | None = None, incoming: Incoming | None = None,
    source: str = "", phone: str = "", position: Any = None, accuracy_m: int | None = None, once: bool = False,
) -> Incident:  # fmt: skip
    """A line of text becomes an incident with a number, a grade, running clocks and the draft of its first report.

    `corrections`: texts by field name as the desk shows them (see `queries.intake.understand`). `incoming`: the waiting report
    that this is about; its position and source are taken over. `once`: the very same words that somebody made an incident of within
    `TWICE_WITHIN` are refused: two at one desk paste the same message, or one presses twice. Raises BadInput, NotAllowed, Conflict.
    """
    said = understand(ctx, text, corrections)
    if incoming is not None:
        position, accuracy_m = incoming.position or position, incoming.accuracy_m or accuracy_m
        source, phone = source or incoming.source, phone or incoming.source_phone
    source = said.source or whole_line(source, 120, "source", _("来源"))
    phone = said.phone or whole_line(phone, 40, "phone", _("电话"))
    _check_time(ctx, said.occurred_at)
    now = ctx.now()
    scope = said.region.path
    with transaction.atomic():
        # Whoever opens one at the same moment waits here, and then sees what the first has opened.
        number = next_number(ctx, scope, now)
        if once:
            _refuse_twice(ctx, said, now)
        incident = open_record(
            ctx,
            Incident,
            scope=scope,
            number=number,
            title=_title(said),
            kind=said.kind,
            kind_name=said.kind_name,
            region=said.region,
            place=said.place,
            position=position or said.position,
            accuracy_m=accuracy_m if position else said.accuracy_m,
            occurred_at=said.occurred_at or (incoming.happened_at if incoming else None),
            received_at=incoming.opened_at if incoming else now,
            source=source,
            source_phone=phone,
            text=said.text,
            intake={**said.intake, "registered_by": clocks.registering_tier(ctx, scope)},
            facts=_merged(_counted(incoming, corrections), said.facts),
            note={
                "text": said.text[:500],
                "corrected": said.intake.get("corrected", {}),
                **({"incoming": str(incoming.pk)} if incoming else {}),
            },
        )
        announce(
            ctx,
            IncidentOpened(
                incident=str(incident.pk),
                number=incident.number,
                title=incident.title,
                kind=incident.kind,
                region=incident.region.short_code,
                occurred_at=(incident.occurred_at or incident.received_at).isoformat(),
                facts=incident.facts,
            ),
            scope=scope,
            shared_with=incident.shared_with,
        )
        if incoming is not None:
            queue.register(ctx, incoming, incident)
        grade_anew(ctx, incident, tell=False)
        clocks.sync_clocks(ctx, incident)
        reports.draft_report(ctx, incident, "first")
    return incident


def _refuse_twice(ctx: Context, said: Understood, now: datetime) -> None:
    rows = (
        Incident.objects.visible_to(ctx)
        .open()
        .filter(received_at__gt=now - TWICE_WITHIN, received_at__lte=now, text=said.text, region=said.region)
    )
    known = rows.order_by("-received_at").first()
    if known is None:
        return
    opened = AuditEntry.objects.filter(action=f"{KEY}.open", object_type=KEY, object_id=str(known.pk)).first()
    raise Conflict(
        _("同样的来报已于 %(at)s 由%(who)s立为 %(number)s「%(title)s」，没有再立")
        % {
            "at": f"{localtime(known.received_at):%H:%M:%S}", "who": opened.actor_name if opened else _("他人"),
            "number": known.number, "title": known.title,
        },
        mend=_("是同一件事，请在该事件上继续；确是另一件，请在文字里写明不同之处"), incident=str(known.pk),
    )  # fmt: skip


def _merged(*given: Mapping[str, Any]) -> dict[str, Any]:
    """Figures by name; a later known one wins, an unknown one never hides a known one. Every figure is named."""
    return {name: next((g[name] for g in reversed(given) if g.get(name) is not None), None) for name in FIGURES}


def _counted(incoming: Incoming | None, corrections: Mapping[str, Any] | None) -> dict[str, Any]:
    """Figures that came with a waiting report, without those that the person at the desk has emptied."""
    emptied = {name for name, words in (corrections or {}).items() if not str(words).strip()}
    return {
        n: v for n, v in (incoming.facts if incoming else {}).items() if n in FIGURES and FIGURES[n][0] not in emptied
    }


def _check_time(ctx: Context, at: datetime | None) -> None:
    if at is not None and (at - ctx.now()).total_seconds() > AHEAD_MINUTES * 60:
        raise BadInput(
            _("事发时间 %(at)s 在将来") % {"at": localtime(at).strftime("%m-%d %H:%M")},
            field="time",
            mend=_("请核对时间；不知道就清空"),
        )


def _title(said: Understood) -> str:
    what = said.kind_name.split("/")[0] or _("突发情况")
    where = said.place or said.region.name
    if said.region.name not in where and said.region.level in ("township", "village"):
        where = f"{said.region.name}{where}"
    cars = said.facts.get("cars")
    tail = _("，%(n)d 辆车被困") % {"n": cars} if cars and "困" in said.text else ""
    return f"{where}{'' if what in where else what}{tail}"[:200]


def next_number(ctx: Context, scope: str, now: datetime) -> str:
    """110107-20160720-001: the county, the day, the running number of that day in this world."""
    county = next((s for s in scope.split("/") if len(s) == 6), scope.rstrip("/").split("/")[-1])
    prefix = f"{county}-{localtime(now):%Y%m%d}-"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"incident:{ctx.world}:{prefix}"])
    last = (
        Incident.objects.in_world(ctx)
        .filter(number__startswith=prefix)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    return f"{prefix}{int(last.rsplit('-', 1)[1]) + 1 if last else 1:03d}"


def _locked(ctx: Context, incident: Incident) -> Incident:
    found: Incident = Incident.objects.select_for_update(of=("self",)).get_visible(ctx, pk=incident.pk)
    return found


def _still_open(incident: Incident, what: str) -> None:
    if not incident.is_open:
        raise Conflict(
            _("「%(title)s」已是“%(state)s”，不能再%(what)s")
            % {"title": incident.title, "state": incident.state_label, "what": what},
            mend=_("确有新情况的，请作为新的来报立事件"),
        )


def add_followup(
    ctx: Context, incident: Incident, *, text: str = "", kind: str = "call", facts: Mapping[str, Any] | None = None, source: str = "",
    photos: Iterable[Any] = (), simulated: bool | None = None, incoming: Incoming | None = None, position: Any = None,
    accuracy_m: int | None = None,
) -> Followup:  # fmt: skip
    """What arrived later: a call, photos, figures, a position. It is kept as it came; figures change the incident's facts and its
    grade, a position that is more exact than the known one moves it (`locating.take_position`).

    `facts`: known figures only; None changes nothing. `incoming`: the waiting report that this is; its position counts too.
    Raises BadInput, Conflict, TooLarge.
    """
    photos = list(photos)
    known = {name: value for name, value in (facts or {}).items() if name in FIGURES and value is not None}
    if not text.strip() and not known and not photos:
        raise BadInput(_("没有写内容，也没有数字和照片"), field="text", mend=_("请至少写一句，或传一张照片"))
    if len(text) > queue.LONGEST:
        raise BadInput(_("文字超过 %(n)d 字") % {"n": queue.LONGEST}, field="text", mend=_("请分几条记，或用附件"))
    source = whole_line(source, 120, "source", _("来源"))
    with transaction.atomic():
        fresh = _locked(ctx, incident)
        ctx.require("command.incident.open", fresh.scope)
        _still_open(fresh, _("补记"))
        followup = Followup.objects.create(
            incident=fresh, at=ctx.now(), kind=kind, text=text.strip(), facts=known, source=source, by_name=ctx.actor.name[:120],
            simulated=ctx.actor.simulated if simulated is None else simulated, scope=fresh.scope, shared_with=fresh.shared_with,
            world_id=ctx.world,
        )  # fmt: skip
        kept = [
            attach(
                ctx,
                object_type=KEY,
                object_id=fresh.pk,
                scope=fresh.scope,
                shared_with=fresh.shared_with,
                file=p,
                name=p.name,
            )
            for p in photos
        ]
        auditing.record(
            ctx,
            action=f"{KEY}.followup",
            label=dict(Followup._meta.get_field("kind").flatchoices).get(kind, kind),
            object_type=KEY,
            object_id=fresh.pk,
            scope=fresh.scope,
            data={
                "text": followup.text,
                "source": source,
                "facts": known,
                "followup": str(followup.pk),
                "photos": [str(a.pk) for a in kept],
                **({"incoming": str(incoming.pk)} if incoming else {}),
            },
        )
        if incoming is not None:
            joined = queue.join(ctx, incoming, fresh)
            position, accuracy_m = joined.position or position, joined.accuracy_m if joined.position else accuracy_m
        take_position(ctx, fresh, position, accuracy_m, source=source)
        _take_figures(ctx, fresh, _without_fewer(ctx, fresh, known, source), source=source)
    incident.refresh_from_db()
    return followup


def _without_fewer(ctx: Context, incident: Incident, known: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Figures without those that say fewer casualties than are known: a call does not undo them, somebody who has made sure does
    (`confirm_facts`). The words stand in the story, and that the figure was not taken. Fewer trapped is how a rescue goes."""
    fewer = {n: v for n, v in known.items() if n in CASUALTIES and (incident.facts.get(n) or 0) > v}
    unproven = "trapped" in known and not known.get("rescued") and not (incident.facts.get("rescued") or 0)
    if unproven and (incident.facts.get("trapped") or 0) > known["trapped"]:
        fewer["trapped"] = known["trapped"]
    if fewer:
        auditing.record(
            ctx, action=f"{KEY}.fewer", label=_("数字比已知的少，未采用，请核实"), object_type=KEY, object_id=incident.pk,
            scope=incident.scope, data={"fewer": fewer, "known": {n: incident.facts.get(n) for n in fewer}, "source": source[:120]},
        )  # fmt: skip
    return {n: v for n, v in known.items() if n not in fewer}


def confirm_facts(
    ctx: Context, incident: Incident, facts: Mapping[str, Any], *, source: str = "", note: str = ""
) -> Incident:
    """Figures that somebody has made sure of, as texts or numbers, and answers to `facts.QUESTIONS`; emptied ones become unknown
    again. Keeps what was before.

    Raises BadInput for what is no count and no answer, NotAllowed, Conflict.
    """
    given = {
        n: read_figure(v, str(FIGURES[n][1]), n) if v is not None else None for n, v in facts.items() if n in FIGURES
    } | {n: read_answer(v, n) for n, v in facts.items() if n in QUESTIONS}
    with transaction.atomic():
        fresh = _locked(ctx, incident)
        ctx.require("command.incident.open", fresh.scope)
        _still_open(fresh, _("改数字"))
        _take_figures(ctx, fresh, given, source=source, note=note)
    incident.refresh_from_db()
    return fresh


def _take_figures(
    ctx: Context, incident: Incident, facts: Mapping[str, Any], *, source: str = "", note: str = ""
) -> None:
    before = {name: incident.facts.get(name) for name in facts}
    changed = {name: value for name, value in facts.items() if value != before[name]}
    if not changed:
        return
    fewer = [n for n, v in changed.items() if n in CASUALTIES and v is not None and (before[n] or 0) > v]
    incident.facts = {**incident.facts, **changed}
    incident.save(update_fields=["facts"])
    auditing.record(
        ctx,
        action=f"{KEY}.facts",
        label=_("更新数字（有减少，请核对）") if fewer else _("更新数字"),
        object_type=KEY,
        object_id=incident.pk,
        scope=incident.scope,
        data={
            "before": {n: before[n] for n in changed},
            "after": changed,
            "source": source,
            "note": note,
            "fewer": fewer,
        },
    )
    regrade(ctx, incident)


def regrade(ctx: Context, incident: Incident) -> Incident:
    """Judge the grade anew by what is known, move the clocks with it, and bring the draft that nobody has edited up to date."""
    with transaction.atomic():
        grade_anew(ctx, incident, tell=True)
        clocks.sync_clocks(ctx, incident)
        reports.refresh_drafts(ctx, incident)
    return incident


def grade_anew(ctx: Context, incident: Incident, *, tell: bool) -> None:
    """Judge the grade by what is known and keep it with its clause; `tell` announces it to other rooms."""
    found = judge(incident)
    before = incident.grade
    incident.grade, incident.grade_level, incident.grading = found["grade"] or "", found["level"], found
    incident.save(update_fields=["grade", "grade_level", "grading"])
    if before != incident.grade or not tell:
        auditing.record(
            ctx,
            action=f"{KEY}.grade",
            label=_("拟定级别") if not before else _("调整级别"),
            object_type=KEY,
            object_id=incident.pk,
            scope=incident.scope,
            data={
                "grade": incident.grade,
                "was": before,
                "clause": found["clause"],
                "provisional": found["provisional"],
                "unknown": found["unknown"],
            },
        )
    if tell:
        announce(
            ctx,
            IncidentUpdated(incident=str(incident.pk), region=incident.region.short_code, grade=incident.grade, facts=incident.facts),
            scope=incident.scope, shared_with=incident.shared_with,
        )  # fmt: skip


def set_sensitive(ctx: Context, incident: Incident, *, sensitive: bool) -> Incident:
    """Mark an incident as sensitive (place, time, people): it is reported one level higher, its grade stays."""
    with transaction.atomic():
        fresh = _locked(ctx, incident)
        ctx.require("command.incident.open", fresh.scope)
        fresh.sensitive = sensitive
        fresh.save(update_fields=["sensitive"])
        auditing.record(
            ctx, action=f"{KEY}.sensitive", label=_("标为敏感") if sensitive else _("取消敏感"), object_type=KEY, object_id=fresh.pk,
            scope=fresh.scope, data={"sensitive": sensitive},
        )  # fmt: skip
        regrade(ctx, fresh)
    return fresh


def merge(ctx: Context, incident: Incident, *, into: Incident) -> Incident:
    """Join an incident to the one that it turned out to be. Its words and figures go over, its clocks stop. Returns the target."""
    if incident.pk == into.pk:
        raise BadInput(_("不能并入自己"), field="into", mend=_("请选另一个事件"))
    with transaction.atomic():
        # Always in the same order, so that two merges cannot wait for each other.
        one, two = (_locked(ctx, i) for i in sorted((incident, into), key=lambda i: i.pk))
        fresh, target = (one, two) if one.pk == incident.pk else (two, one)
        _still_open(target, _("并入"))
        moved = transition(
            ctx, fresh, "merge", evidence={"into": f"{target.number} {target.title}"[:200]}, merged_into=target
        )
        _stop_reporting(ctx, moved, _("事件已并入 %(number)s") % {"number": target.number})
        if moved.disaster_since and not target.disaster_since:
            target.disaster_since, target.stable_at = moved.disaster_since, moved.stable_at
            target.save(update_fields=["disaster_since", "stable_at"])
            clocks.sync_clocks(ctx, target)
        known = {n: v for n, v in moved.facts.items() if v is not None and target.facts.get(n) is None}
        add_followup(
            ctx, target, text=moved.text, kind="merged", facts=known, source=moved.source or moved.number,
            position=moved.position, accuracy_m=moved.accuracy_m,
        )  # fmt: skip
    incident.refresh_from_db()
    into.refresh_from_db()
    return target


def _stop_reporting(ctx: Context, incident: Incident, reason: str) -> None:
    """What has not gone up does not: a false alarm is not reported because its paper was signed already. Its number stays used."""
    me = clocks.reporter(ctx)
    for report in Report.objects.in_world(me).open().filter(incident=incident, corrects=None):
        transition(me, report, "void" if report.state == "signed" else "withdraw", evidence={"reason": reason})
    clocks.sync_clocks(ctx, incident)


@step_service(KEY, "verify")
def verify(ctx: Context, incident: Incident, evidence: dict[str, Any]) -> Incident:
    """Somebody made sure that it is so; the draft says how."""
    with transaction.atomic():
        moved: Incident = transition(ctx, incident, "verify", evidence=evidence)
        reports.refresh_drafts(ctx, moved)
    return moved


@step_service(KEY, "progress")
def note_progress(ctx: Context, incident: Incident, evidence: dict[str, Any]) -> Incident:
    """What was done or seen since; it goes into the draft that nobody has edited."""
    with transaction.atomic():
        moved: Incident = transition(ctx, incident, "progress", evidence=evidence)
        reports.refresh_drafts(ctx, moved)
    return moved


@step_service(KEY, "close")
def close(ctx: Context, incident: Incident, evidence: dict[str, Any]) -> Incident:
    """End an incident. Refused while its first report has not gone up or while somebody still works on a task of it.

    The clocks of the final report start, and its draft is composed. A disaster that was reported every day is stable from then on.
    """
    with transaction.atomic():
        _guard_close(ctx, incident)
        lasting = {"stable_at": ctx.now()} if incident.disaster_since and not incident.stable_at else {}
        moved: Incident = transition(ctx, incident, "close", evidence=evidence, **lasting)
        announce(
            ctx,
            IncidentClosed(incident=str(moved.pk), region=moved.region.short_code),
            scope=moved.scope,
            shared_with=moved.shared_with,
        )
        me = clocks.reporter(ctx)
        for report in Report.objects.in_world(me).filter(
            incident=moved, stage="continue", corrects=None, state__in=("drafted", "reviewing", "signing")
        ):
            transition(me, report, "withdraw", evidence={"reason": _("事件已结束，改报终报")})
        clocks.sync_clocks(ctx, moved)
        reports.draft_report(ctx, moved, "final")
    return moved


def _guard_close(ctx: Context, incident: Incident) -> None:
    me = clocks.reporter(ctx)
    if not Report.objects.in_world(me).filter(incident=incident, office="county", stage="first", state="sent").exists():
        raise Refused(_("首报还没有发出，不能结束事件"), mend=_("请先签发并发出首报；如是误报，请“定为误报”"))
    tasks = Task.objects.in_world(me).filter(incident=incident, closed_at__isnull=True).count()
    if tasks:
        raise Refused(
            _("还有 %(n)d 项任务没有办结，不能结束事件") % {"n": tasks}, mend=_("请先核验办结，或撤销不再需要的任务")
        )


@step_service(KEY, "dismiss")
def dismiss(ctx: Context, incident: Incident, evidence: dict[str, Any]) -> Incident:
    """It was a false alarm: clocks stop, drafts are withdrawn, everything is kept."""
    with transaction.atomic():
        moved: Incident = transition(ctx, incident, "dismiss", evidence=evidence)
        announce(
            ctx,
            IncidentClosed(incident=str(moved.pk), region=moved.region.short_code),
            scope=moved.scope,
            shared_with=moved.shared_with,
        )
        _stop_reporting(ctx, moved, _("事件定为误报"))
    return moved
