"""The verbs of the watchdog: a probe judged, a standstill raised and ended, work on the platform announced and ended."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.timezone import localtime

from anlan.events.health import ProbePassed
from anlan.events.loops import DeadlinePassed
from anlan.kernel import auditing, clock
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict
from anlan.kernel.health.probing import ACTOR, SCOPE, forget_announcements
from anlan.kernel.loops import open_record, pass_deadline, transition
from anlan.kernel.models import Deadline, Outbox
from anlan.kernel.reactions import deliver
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.messaging import services as messaging
from anlan.places.queries import keys_with_role, posts_below
from anlan.sensing.probing import forget_refused

from ..models import ChainAlarm, ProbeRun, Upkeep
from .loops import CHAIN_ALARM

log = logging.getLogger("anlan.watchdog")
MAINTAIN = "analysis.watchdog.maintain"
#: Work on the platform is announced for at most so long; whoever needs more announces it anew.
LONGEST_UPKEEP_MIN = 24 * 60
#: Probes and what they left are kept so long.
KEPT = timedelta(hours=25)
ANNOUNCEMENTS_KEPT = timedelta(minutes=10)
#: A criterion is noted as evaluated at most this often.
NOTED_EVERY = timedelta(seconds=10)


# --- the probe ----------------------------------------------------------------------------------------------------


def is_probe(entry: Any) -> bool:
    """Whether a journal entry is a probe's: by who brought it, so that nothing has to be looked up."""
    return entry.by == ACTOR


def probe_judged(entry: Any) -> int:
    """The judge has come to a probe's journal entry (``by``, ``value``, ``received_at``): let it walk on. Returns how many probes.

    Must run inside the judge's transaction. An entry that is judged again is announced again; the watchdog takes the first.
    """
    if not is_probe(entry):
        return 0
    return announce_probes([(int(value), entry.received_at) for value in entry.value])


def announce_probes(probes: Iterable[tuple[int, datetime]]) -> int:
    """Announce probes (number, when it was stored) as judged now."""
    ctx, now, n = system("probe"), clock.real_now().isoformat(), 0
    for number, stored_at in probes:
        announce(ctx, ProbePassed(number=number, stored_at=stored_at.isoformat(), judged_at=now), scope=SCOPE)
        n += 1
    return n


def keep_run(*, number: int, sent_at: datetime, stuck_at: str = "", **ms: int | None) -> None:
    """Write down how a probe fared; one that came through late after all is written again. `relay_ms` is looked up."""
    if ms.get("relay_ms") is None:
        row = Outbox.objects.filter(scope=SCOPE, subject=ProbePassed.subject, payload__number=number).first()
        if row is not None and row.published_at is not None:
            ms["relay_ms"] = max(0, round((row.published_at - sent_at).total_seconds() * 1000))
    ProbeRun.objects.update_or_create(number=number, defaults={"sent_at": sent_at, "stuck_at": stuck_at, **ms})


def forget_probes() -> None:
    """Nothing of the probes piles up: their announcements go after minutes, their history after a day."""
    now = clock.real_now()
    forget_announcements(now - ANNOUNCEMENTS_KEPT)
    forget_refused(now - ANNOUNCEMENTS_KEPT)
    ProbeRun.objects.filter(sent_at__lt=now - KEPT).delete()


# --- the standstill -----------------------------------------------------------------------------------------------


def duty_places() -> list[str]:
    """Paths whose duty room answers for this installation, the highest first."""
    paths = sorted({post.region.path for post in posts_below("duty_officer", "")}, key=lambda p: (len(p), p))
    return [p for i, p in enumerate(paths) if not any(p.startswith(q) for q in paths[:i])]


def record_standstill(
    *, stage: str, since: datetime, text: Any, mend: Any, recovered_at: datetime | None = None
) -> ChainAlarm | None:
    """Write down that the chain stands still and call the duty room; or, with `recovered_at`, that it did and works again.

    Doing it twice changes nothing. At most one is open: while it is, another stage only changes its words.
    """
    ctx = system("watchdog")
    with transaction.atomic():
        found = _open_alarm()
        if found is None:
            if ChainAlarm.objects.in_world(ctx).filter(since__gte=since).exists():
                return None
            found = _raise(ctx, stage, since, text, mend, over=recovered_at is not None)
        elif (found.stage, found.text) != (stage, str(text)):
            # What was learnt last counts; the first words may have been written only when the database was back.
            ChainAlarm.objects.in_world(ctx).filter(pk=found.pk).update(stage=stage, text=str(text), mend=str(mend))
    if recovered_at is not None and found is not None:
        end_standstill(recovered_at=recovered_at)
    return found


def _raise(ctx: Context, stage: str, since: datetime, text: Any, mend: Any, *, over: bool) -> ChainAlarm | None:
    places = duty_places() or [SCOPE]
    try:
        with transaction.atomic():
            alarm: ChainAlarm = open_record(
                ctx, ChainAlarm, scope=places[0], shared_with=_duty_keys(places),
                stage=stage, since=since, text=str(text), mend=str(mend), owner_keys=_duty_keys(places),
            )  # fmt: skip
    except IntegrityError:
        return _open_alarm()
    if not over:
        said = _("【平台停顿】%(text)s（%(since)s 起）。%(mend)s") % {
            "text": text, "since": f"{localtime(since):%H:%M:%S}", "mend": mend,
        }  # fmt: skip
        _call(ctx, alarm, said, f"chain:{alarm.pk}:raised", urgent=True)
    return alarm


def end_standstill(*, recovered_at: datetime) -> ChainAlarm | None:
    """A probe came through again: the open standstill is over, and those who were called hear how long it lasted."""
    ctx = system("watchdog")
    with transaction.atomic():
        found = _open_alarm()
        if found is None:
            return None
        done: ChainAlarm = transition(ctx, found, "recover", recovered_at=recovered_at)
        said = _("【平台恢复】%(text)s，自 %(since)s 停顿 %(n)d 秒，已恢复。请核对这段时间的来报和实况") % {
            "text": done.text, "since": f"{localtime(done.since):%m-%d %H:%M:%S}", "n": done.outage_s or 0,
        }  # fmt: skip
        _call(ctx, done, said, f"chain:{done.pk}:over", urgent=False)
    return done


def climb_standstill() -> int:
    """Climb what is due of the open standstill when the engine does not; who is named by it is told from here. Returns how many."""
    ctx = system("watchdog")
    found = _open_alarm()
    if found is None:
        return 0
    climbed = 0
    due = Deadline.objects.filter(loop=CHAIN_ALARM.key, record=found.pk, status="open", due_at__lte=ctx.now())
    for deadline in due:
        if pass_deadline(ctx, deadline):
            climbed += 1
    late = Outbox.objects.filter(
        subject=DeadlinePassed.subject, published_at=None, recorded_at__gte=found.since, payload__record=str(found.pk)
    )
    for row in late:
        deliver(row, room="messaging")
    if climbed:
        _push(found)
    return climbed


def _open_alarm() -> ChainAlarm | None:
    found: ChainAlarm | None = ChainAlarm.objects.in_world(system("watchdog")).open().first()
    return found


def _duty_keys(places: Iterable[str]) -> list[str]:
    return sorted({key for place in places for key in keys_with_role("duty_officer", place)})


def _call(ctx: Context, alarm: ChainAlarm, text: Any, dedupe: str, *, urgent: bool) -> None:
    places = duty_places()
    keys = {*_duty_keys(places), *(key for place in places for key in keys_with_role("admin", place))}
    sent = messaging.send(
        ctx, text=str(text), to_keys=sorted(keys), about=(CHAIN_ALARM.key, alarm.pk, alarm.get_absolute_url()), urgent=urgent,
        scope=alarm.scope, dedupe=dedupe,
    )  # fmt: skip
    if sent is not None:
        transaction.on_commit(lambda: _push(alarm))


def _push(alarm: ChainAlarm) -> None:
    """Hand over mails and ring telephones from here: the engine that would do it may be what stands still."""
    for kind, pk in messaging.waiting_about(CHAIN_ALARM.key, str(alarm.pk)):
        try:
            if kind == "email":
                messaging.deliver_mail(pk)
            else:
                messaging.ring_telephones([pk])
        except Exception as error:  # the queued job tries again when the engine is back
            log.warning("delivery %s: %s", pk, error)


# --- work on the platform -----------------------------------------------------------------------------------------


def current_upkeep() -> Upkeep | None:
    return Upkeep.objects.filter(ended_at=None, until__gt=clock.real_now()).order_by("-until").first()


@transaction.atomic
def begin_upkeep(ctx: Context, *, reason: str, minutes: int) -> Upkeep:
    """From now on, and for `minutes`, a standstill calls nobody. Raises Conflict when somebody works on it already."""
    _require(ctx)
    if not reason.strip():
        raise BadInput(_("请写明检修的理由"), field="reason")
    if not 1 <= minutes <= LONGEST_UPKEEP_MIN:
        raise BadInput(
            _("检修时长应为 1～%(most)d 分钟") % {"most": LONGEST_UPKEEP_MIN},
            field="minutes",
            mend=_("更长的检修请到时再开始一次"),
        )
    there = current_upkeep()
    if there is not None:
        raise Conflict(
            _("正在检修：%(reason)s，到 %(until)s 为止")
            % {"reason": there.reason, "until": f"{localtime(there.until):%m-%d %H:%M}"}
        )
    now = clock.real_now()
    made = Upkeep.objects.create(
        reason=whole(reason, 200, "reason"), begun_at=now, until=now + timedelta(minutes=minutes), by=ctx.actor.key,
        by_name=ctx.actor.name[:120],
    )  # fmt: skip
    _note_upkeep(ctx, made, "begin", _("开始检修"))
    return made


@transaction.atomic
def end_upkeep(ctx: Context) -> Upkeep | None:
    """The work is done; a standstill calls the duty room again. None when nobody was at work."""
    _require(ctx)
    there = Upkeep.objects.select_for_update().filter(ended_at=None, until__gt=clock.real_now()).first()
    if there is None:
        return None
    there.ended_at = clock.real_now()
    there.save(update_fields=["ended_at"])
    _note_upkeep(ctx, there, "end", _("结束检修"))
    return there


def _require(ctx: Context) -> None:
    for place in duty_places():
        if ctx.may(MAINTAIN, place):
            return
    ctx.require(MAINTAIN, "")


def _note_upkeep(ctx: Context, row: Upkeep, action: str, label: Any) -> None:
    auditing.record(
        ctx, action=f"analysis.upkeep.{action}", label=label, object_type="analysis.upkeep", object_id=row.pk,
        scope=(duty_places() or [""])[0], data={"reason": row.reason, "until": row.until},
    )  # fmt: skip
