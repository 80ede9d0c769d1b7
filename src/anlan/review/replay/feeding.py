"""What reaches the platform from outside, at its time, exactly once: an input's row and its effects commit together."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, transaction

from anlan.action import services as action
from anlan.action.queries import shelter_uses
from anlan.command import incoming
from anlan.command.models import Incident
from anlan.decision.services import order_change
from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.errors import Refused
from anlan.kernel.loops.stepping import take_step
from anlan.places.queries import region, region_at
from anlan.registry.models import RiskSite, Shelter
from anlan.sensing.following import measured_at
from anlan.sensing.services import accept_readings
from anlan.warning.services import receive_cap, receive_text

from ..models import FedInput, Replay
from .cast import Cast, director, moment, place_of
from .scenario import READINGS, Input, Scenario
from .warnings import cap_of

log = logging.getLogger("anlan.replay")

Outcome = FedInput.Outcome
#: What a simulated person could not do yet is tried again after this much time of the world, for at most so long.
TRY_AGAIN = timedelta(minutes=5)
GIVE_UP = timedelta(hours=6)


def feed_due(replay_id: uuid.UUID, cast: Cast, *, most: int = 200) -> int:
    """Feed every input that is due by the world's clock, in order; returns how many."""
    fed = 0
    while fed < most and _feed_next(replay_id, cast):
        fed += 1
    return fed


def _feed_next(replay_id: uuid.UUID, cast: Cast) -> bool:
    with transaction.atomic():
        replay = (
            Replay.objects.unscoped("the player works for the exercise itself").select_for_update().get(pk=replay_id)
        )
        inputs = cast.scenario.inputs
        if replay.state != Replay.State.RUNNING or replay.done >= len(inputs):
            return False
        given = inputs[replay.done]
        ctx = director(replay.world_id, cause=f"replay:{replay.pk}")
        if given.at > ctx.now():
            return False
        outcome, said = _carry_out(ctx, replay, cast, given, replay.done)
        FedInput.objects.create(
            replay=replay, index=replay.done, kind=given.kind, planned_at=given.at, at=ctx.now(), tried_at=given.at,
            outcome=outcome, said=said[:300],
        )  # fmt: skip
        replay.done += 1
        replay.save(update_fields=["done"])
    return True


def try_waiting(replay: Replay, cast: Cast) -> int:
    """Try again what a simulated person could not do because a condition was not met yet."""
    ctx = director(replay.world_id, cause=f"replay:{replay.pk}")
    now, done = ctx.now(), 0
    waiting = FedInput.objects.filter(replay=replay, outcome=Outcome.WAITING, tried_at__lte=now - TRY_AGAIN)
    for row in waiting.order_by("index"):
        with transaction.atomic():
            fresh = FedInput.objects.select_for_update().get(pk=row.pk)
            given = cast.scenario.inputs[fresh.index]
            at = min(now, fresh.tried_at + TRY_AGAIN) if now - fresh.tried_at < 2 * TRY_AGAIN else now
            outcome, said = _carry_out(ctx, replay, cast, given, fresh.index, at=at)
            if outcome == Outcome.WAITING and now - given.at > GIVE_UP:
                outcome = Outcome.FAILED
            fresh.outcome, fresh.said, fresh.tried_at = outcome, said[:300], at
            fresh.save(update_fields=["outcome", "said", "tried_at"])
            done += outcome != Outcome.WAITING
    return done


def _carry_out(
    ctx: Context, replay: Replay, cast: Cast, given: Input, index: int, *, at: datetime | None = None
) -> tuple[str, str]:
    """Outcome and its words. One input that goes wrong never holds up the storm: it is kept, said and passed over."""
    then = moment(ctx, at or given.at)
    try:
        with transaction.atomic():
            return _FEEDS[given.kind](then, replay, cast, given, index)
    except OperationalError:
        raise
    except Refused as refused:
        said = f"{refused.message} {refused.mend}".strip()
        return (Outcome.WAITING if given.kind in ("shelter", "response", "incident") else Outcome.FAILED), said
    except Exception as error:
        log.exception("input %s (%s) of %s", index, given.kind, replay.scenario)
        return Outcome.FAILED, f"{type(error).__name__}: {error}"


def _readings(ctx: Context, replay: Replay, cast: Cast, given: Input, index: int) -> tuple[str, str]:
    answer = accept_readings(ctx, given.data["rows"], source="回放（模拟）")
    return Outcome.DONE, f"{answer['accepted']} / {len(answer['rejected'])}"


def _warning(ctx: Context, replay: Replay, cast: Cast, given: Input, index: int) -> tuple[str, str]:
    """The same warning twice, as it happens in life: as a message and as a text. The second one changes nothing."""
    first = receive_cap(ctx, cap_of(cast.scenario, given.data), source="预警发布系统（模拟）")
    second = receive_text(ctx, given.data["text"], source="传真（模拟）")
    outcome = Outcome.FAILED if first.outcome == "refused" else Outcome.DONE
    return outcome, f"{first.said}；{second.said}"


def _call(ctx: Context, replay: Replay, cast: Cast, given: Input, index: int) -> tuple[str, str]:
    """The telephone of the duty room rings; whoever is on duty answers, or the simulated duty officer does after a while."""
    return _report(ctx, replay, given, index, post=given.data["from"], channel=given.data.get("channel", "phone"))


def _note(ctx: Context, replay: Replay, cast: Cast, given: Input, index: int) -> tuple[str, str]:
    return _report(ctx, replay, given, index, post=given.data["by"], channel="message")


def _report(ctx: Context, replay: Replay, given: Input, index: int, *, post: str, channel: str) -> tuple[str, str]:
    scope, name = place_of(post)
    row = incoming.receive(
        ctx, text=given.data["text"], source=f"{name}（模拟）", channel=channel, scope=scope or replay.scope,
        region=region_at(scope), happened_at=given.at, simulated=True, client_id=uuid.uuid5(replay.pk, str(index)),
    )  # fmt: skip
    return Outcome.DONE, row.text[:120]


def _waterlogging(ctx: Context, replay: Replay, cast: Cast, given: Input, index: int) -> tuple[str, str]:
    site = RiskSite.objects.in_world(ctx).get(code=given.data["point"])
    row = {
        "station": site.code, "time": given.at, "value": float(given.data["depth_cm"]), "property": measured_at(site.kind),
    }  # fmt: skip
    answer = accept_readings(ctx, [row], source=place_of(given.data["by"])[1])
    if answer["rejected"]:
        return Outcome.FAILED, answer["rejected"][0]["reason"]
    auditing.record(
        ctx, action="review.waterlogging.reported", label="积水报告（模拟）", object_type="registry.risk_site", object_id=site.pk,
        scope=site.scope, data={"point": site.name, "depth_cm": given.data["depth_cm"], "by": given.data["by"]},
    )  # fmt: skip
    return Outcome.DONE, f"{site.name} {given.data['depth_cm']} cm"


def _shelter(ctx: Context, replay: Replay, cast: Cast, given: Input, index: int) -> tuple[str, str]:
    player = _player(ctx, cast, given)
    if player is None:
        return Outcome.LEFT, given.data["by"]
    shelter = Shelter.objects.in_world(ctx).get(code=given.data["shelter"])
    people, act = int(given.data["people"]), given.data["action"]
    use = shelter_uses(player).filter(shelter=shelter).first()
    if act == "open" and use is None:
        action.open_shelter(player, shelter=shelter, people=people)
    elif use is None:
        return Outcome.WAITING, "尚未开放"
    elif act in ("open", "count"):
        action.count_people(player, use=use, people=people, note="模拟清点")
    else:
        if use.people != people:
            use = action.count_people(player, use=use, people=people, note="模拟清点")
        action.close_shelter(player, use=use, where="人员已全部返家或投亲靠友（模拟）")
    done = {"open": "开放", "count": "清点"}.get(act, "关闭")
    return Outcome.DONE, f"{shelter.name} {done} {people} 人"


def _response(ctx: Context, replay: Replay, cast: Cast, given: Input, index: int) -> tuple[str, str]:
    player = _player(ctx, cast, given)
    if player is None:
        return Outcome.LEFT, given.data["by"]
    data = given.data
    proposal = order_change(
        player, region=region(cast.scenario.place), hazard=data["hazard"], kind=data["action"], reason=f"{data['reason']}（模拟）",
        level=data.get("to", ""), checked=f"值班室电话核实：{data['reason']}（模拟）",
    )  # fmt: skip
    return Outcome.DONE, str(proposal)


def _incident(ctx: Context, replay: Replay, cast: Cast, given: Input, index: int) -> tuple[str, str]:
    player = _player(ctx, cast, given)
    if player is None:
        return Outcome.LEFT, given.data["by"]
    found = incident_at(ctx, given.data["point"])
    if found is None:
        return Outcome.WAITING, "没有对应的未结束事件"
    take_step(player, found, "close", {"conclusion": f"{given.data['reason']}（模拟）"})
    return Outcome.DONE, found.number


def incident_at(ctx: Context, point: str) -> Incident | None:
    """The open incident at a point of the base records: where it was placed, or what its words name."""
    site = RiskSite.objects.in_world(ctx).filter(code=point).first()
    rows = list(Incident.objects.in_world(ctx).open().order_by("received_at"))
    if site is None:
        return rows[0] if rows else None
    plain = site.name.split("（")[0]
    named = [i for i in rows if plain in i.text or plain in i.place or (site.position and i.position == site.position)]
    near = [i for i in rows if i.scope.startswith(site.scope) or site.scope.startswith(i.scope)]
    return next(iter(named or near), None)


def _player(ctx: Context, cast: Cast, given: Input) -> Context | None:
    found = cast.context(given.data["by"])
    return moment(found, ctx.now()) if found is not None else None


_FEEDS: dict[str, Callable[[Context, Replay, Cast, Input, int], tuple[str, str]]] = {
    READINGS: _readings,
    "warning": _warning,
    "call": _call,
    "note": _note,
    "waterlogging": _waterlogging,
    "shelter": _shelter,
    "response": _response,
    "incident": _incident,
}


def feed_history(ctx: Context, scenario: Scenario, upto: datetime) -> None:
    """What had been measured before the replay begins: stored without an announcement. Points under water start dry."""
    rows = [*scenario.history]
    rows += [r for i in scenario.inputs if i.kind == READINGS and i.at <= upto for r in i.data["rows"]]
    points: dict[str, dict[str, Any]] = {}
    for site in RiskSite.objects.in_world(ctx).filter(scope__startswith=region(scenario.place).path):
        points[site.code] = {
            "station": site.code,
            "time": scenario.starts,
            "value": 0.0,
            "property": measured_at(site.kind),
        }
    for i in scenario.inputs:
        if i.kind == "waterlogging" and i.at <= upto and i.data["point"] in points:
            points[i.data["point"]] |= {"time": i.at, "value": float(i.data["depth_cm"])}
    accept_readings(ctx, [*rows, *points.values()], history=True, source="回放（模拟）")


def skip_to(scenario: Scenario, at: datetime) -> int:
    """The index of the first input after `at`: what happened before is history."""
    return next((n for n, i in enumerate(scenario.inputs) if i.at > at), len(scenario.inputs))


def feed_warning_in_force(ctx: Context, replay: Replay, cast: Cast, at: datetime) -> None:
    """When a replay begins late, the warning that is in force by then has to be known."""
    issued = [i for i in scenario_warnings(cast.scenario) if i.at <= at]
    if issued and issued[-1].data["msg_type"] != "Cancel" and datetime.fromisoformat(issued[-1].data["expires"]) > at:
        _warning(ctx, replay, cast, issued[-1], 0)


def scenario_warnings(scenario: Scenario) -> list[Input]:
    return [i for i in scenario.inputs if i.kind == "warning"]


__all__ = ["feed_due", "feed_history", "feed_warning_in_force", "incident_at", "skip_to", "try_waiting"]
