"""How fast a replay runs at this moment: at 1× while somebody who is there has to decide, slower while the machine is behind,
and never on from where nobody was looking.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min

from anlan.command.models import Incoming, Report
from anlan.command.models.report_clock import DESK
from anlan.decision.models import Proposal
from anlan.kernel import clock, exercises
from anlan.kernel.models import AuditEntry, Outbox, World
from anlan.kernel.wording import words as _
from anlan.places.identity import context_of

from ..models import Replay
from ..presence import people_present
from ..services import tell
from .cast import director

#: Minutes of the world by which simulated people or announcements may be behind before the clock is slowed, and when it is let
#: go again.
BEHIND_MIN, CAUGHT_UP_MIN = 8.0, 2.0
SLOWER = 60.0
#: Wall seconds without a look after which the time in between does not count as played. Counted from the end of the last
#: look: one that takes long, because the machine is slow, is no gap, or the clock would be set back again and again.
GAP = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why the clock is held, said to everybody in the band, and where it can be decided."""

    reason: str
    url: str = ""
    rate: float = 1.0


def decision_waiting(world: uuid.UUID) -> Hold | None:
    """A decision that waits for somebody who is present in the world: an incoming call, a report, a proposed response."""
    people = people_present(world)
    if not people:
        return None
    open_now = _open_decisions(world)
    if not open_now:
        return None
    for person in people:
        ctx = context_of(person, world=world)
        for record, roles, what in open_now:
            if set(record.owner_keys) & ctx.keys or any(ctx.holds(role, record.scope) for role in roles):
                url = record.get_absolute_url() if not isinstance(record, Incoming) else "/desk/"
                return Hold(_("等待%(who)s：%(what)s") % {"who": person.name, "what": what}, url)
    return None


def _open_decisions(world: uuid.UUID) -> list[tuple[Any, tuple[str, ...], str]]:
    """(record, roles whose decision it is, what it is)."""
    ctx = director(world)
    found: list[tuple[Any, tuple[str, ...], str]] = []
    proposed = Proposal.objects.in_world(ctx).open().select_related("plan").order_by("opened_at", "pk")
    found += [(p, (p.approve_role,), str(p)) for p in proposed]
    waiting = {
        "drafted": (("duty_officer",), _("送签")),
        "reviewing": (("duty_chief",), _("审核")),
        "signing": (("duty_leader",), _("签发")),
        "signed": (("duty_officer",), _("发出")),
    }
    for report in Report.objects.in_world(ctx).open().filter(office=DESK).order_by("opened_at", "pk"):
        roles, verb = waiting[report.state]
        found.append((report, roles, f"{verb}「{report.title}」"))
    calls = Incoming.objects.in_world(ctx).open().exclude(channel="message").order_by("opened_at", "pk")
    found += [(i, ("duty_officer",), _("接报")) for i in calls]
    return found


def pace(replay: Replay, *, behind_min: float) -> float:
    """Set the rate that this moment asks for; returns it. Writes only when something changes."""
    if replay.state != Replay.State.RUNNING:
        return 0.0
    hold = decision_waiting(replay.world_id) or _machine_is_behind(replay, behind_min)
    wanted = min(replay.chosen_rate, hold.rate) if hold else replay.chosen_rate
    reason, url = (hold.reason[:200], hold.url) if hold and wanted < replay.chosen_rate else ("", "")
    now = World.objects.only("rate", "ended_at").get(pk=replay.world_id)
    if now.rate == wanted and replay.held_reason == reason:
        return wanted
    ctx = director(replay.world_id, cause=f"replay:{replay.pk}")
    with transaction.atomic():
        fresh = (
            Replay.objects.unscoped("the player works for the exercise itself").select_for_update().get(pk=replay.pk)
        )
        if fresh.state != Replay.State.RUNNING or fresh.chosen_rate != replay.chosen_rate:
            return now.rate
        fresh.held_reason, fresh.held_url = reason, url
        fresh.save(update_fields=["held_reason", "held_url"])
        exercises.set_rate(ctx, fresh.world_id, wanted, reason=reason or _("恢复所选速度"))
        tell(ctx, fresh)
    return wanted


def _machine_is_behind(replay: Replay, behind_min: float) -> Hold | None:
    limit = CAUGHT_UP_MIN if replay.held_reason == _behind() else BEHIND_MIN
    behind = max(behind_min, _announcements_behind(replay.world_id))
    return Hold(_behind(), rate=SLOWER) if behind > limit else None


def _announcements_behind(world: uuid.UUID) -> float:
    """How many minutes of the world passed since the oldest announcement that the bus does not have yet. How many wait says
    nothing: five hundred tasks given in one order leave together a moment later."""
    oldest = Outbox.objects.filter(world=world, published_at__isnull=True).aggregate(at=Min("recorded_at"))["at"]
    if oldest is None:
        return 0.0
    return (clock.real_now() - oldest).total_seconds() * clock.read(world).rate / 60


def _behind() -> str:
    return str(_("本机正忙，暂时放慢"))


def beat(replay: Replay) -> None:
    """Note that the replay was looked at. After a gap (a stop, a crash) the clock goes on from where it was seen last."""
    wall = clock.real_now()
    world = World.objects.get(pk=replay.world_id)
    if replay.state == Replay.State.RUNNING and wall - replay.beat_at > GAP:
        _go_on_from_last_look(replay, world)
        world.refresh_from_db()
    rows = Replay.objects.unscoped("the player works for the exercise itself").filter(pk=replay.pk)
    rows.update(beat_at=wall, beat_world=world.reading().at(wall))


def looked(replay: Replay) -> None:
    """Note that a look has ended: up to here everything that was due has been looked at."""
    rows = Replay.objects.unscoped("the player works for the exercise itself").filter(pk=replay.pk)
    wall = clock.real_now()
    rows.update(beat_at=wall, beat_world=World.objects.get(pk=replay.world_id).reading().at(wall))


def _go_on_from_last_look(replay: Replay, world: World) -> None:
    """Never before the last thing that somebody recorded meanwhile."""
    now = world.reading().now()
    latest = (
        AuditEntry.objects.filter(world=world, at_world__lte=now)
        .order_by("-at_world")
        .values_list("at_world", flat=True)
        .first()
    )
    at = max(replay.beat_world, latest or replay.beat_world)
    if at < now:
        exercises.resume_at(director(world.pk, cause=f"replay:{replay.pk}"), world.pk, at=at)


__all__ = ["Hold", "beat", "decision_waiting", "looked", "pace"]
