"""Whether a replay keeps up: how long after its moment on the world's clock each thing really happened.

    .venv/bin/python bench/replay.py [--rate 600] [--from 2016-07-20T10:00:00+08:00] [--hours 39] [--seconds 900]
                                     [--out FILE.json] [--keep VAR]

A demonstration of its own plays the storm with all posts simulated. Nothing is polled while it runs: afterwards the history of the
world's clock (audit rows of every change of its rate, with both clocks) says at which wall time each moment was due, and what was
stored says when its effect was there. Lags are in wall seconds:

fed        an input of the scenario was carried out
stored     a reading stood in the database
figures    the regional figures of that hour were announced
signal     a signal of that reading was open
published  an announcement reached the bus after it was committed

Also printed: how the wall time was spent, by rate and reason. A replay that has to slow down to keep its order does not keep up.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.standing import PROJECT, Platform, machine, platform


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rate", type=float, default=600)
    parser.add_argument("--from", dest="begin", default="", help="moment of the scenario to begin at")
    parser.add_argument(
        "--hours", type=float, default=0, help="end after so many hours of the storm (0: play it to its end)"
    )
    parser.add_argument("--seconds", type=float, default=900, help="longest wall time")
    parser.add_argument("--out", default="")
    parser.add_argument("--keep", default="")
    told = parser.parse_args(argv)
    with platform(keep=told.keep) as standing:
        standing.connect_django()
        replay = play(standing, told)
        result = {"machine": machine(), "asked": vars(told)} | judge(replay)
    _show(result)
    if told.out:
        Path(told.out).write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


def play(standing: Platform, told: argparse.Namespace) -> Any:
    """Start the replay, wait for its end or for the limits, end it; returns its record."""
    from anlan.kernel import clock
    from anlan.review.models import Replay

    _anlan(standing, "replay", "--rate", f"{told.rate:g}", *(["--from", told.begin] if told.begin else []))
    rows = Replay.objects.unscoped("a measurement looks at every replay").order_by("-started_at")
    replay, began = rows[0], time.monotonic()
    last = replay.starts_at + timedelta(hours=told.hours) if told.hours else replay.ends_at
    while replay.is_open:
        time.sleep(1)
        replay = rows[0]
        now = clock.read(replay.world_id).now()
        print(
            f"\r  {now:%m-%d %H:%M} UTC, {replay.done}/{replay.inputs} inputs {replay.held_reason}   ",
            end="",
            file=sys.stderr,
        )
        if replay.is_open and ((now >= last and told.hours) or time.monotonic() - began > told.seconds):
            _anlan(standing, "replay", "--end")
            replay = rows[0]
    print(file=sys.stderr)
    time.sleep(3)
    return replay


def _anlan(standing: Platform, *arguments: str) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("ANLAN_")} | {"ANLAN_VAR": str(standing.var)}
    command = [sys.executable, "-m", "anlan.config.command", *arguments]
    subprocess.run(command, env=env, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL, timeout=120)


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `wall` on the world's clock ran from `world` at `rate`."""

    wall: datetime
    world: datetime
    rate: float
    reason: str


class Course:
    """The course of a world's clock, from its history."""

    def __init__(self, stretches: list[Stretch]) -> None:
        self.stretches = stretches
        self.begins = [s.wall for s in stretches]

    @classmethod
    def of(cls, world: Any) -> Course:
        from anlan.kernel.models import AuditEntry

        rows = AuditEntry.objects.filter(object_type="kernel.world", object_id=str(world)).order_by("id")
        found: list[Stretch] = []
        for row in rows:
            rate = (
                float(row.data.get("to", 0.0))
                if row.action == "kernel.world.rate"
                else found[-1].rate
                if found
                else 0.0
            )
            if row.action == "kernel.world.end":
                rate = 0.0
            found.append(Stretch(row.at, row.at_world, rate, str(row.data.get("reason", ""))))
        return cls(found)

    def wall_of(self, world: datetime) -> datetime | None:
        """When the world's clock showed `world` for the first time; None when it never did."""
        for here, following in zip(self.stretches, [*self.stretches[1:], None], strict=True):
            if here.rate <= 0 or world < here.world:
                if world <= here.world:
                    return here.wall
                continue
            at = here.wall + (world - here.world) / here.rate
            if following is None or at <= following.wall:
                return at
        return None

    def spent(self) -> dict[str, float]:
        """Wall seconds by rate and reason."""
        found: dict[str, float] = defaultdict(float)
        for here, following in zip(self.stretches, self.stretches[1:], strict=False):
            found[f"{here.rate:g}× {here.reason}".strip()] += (following.wall - here.wall).total_seconds()
        return {name: round(seconds, 1) for name, seconds in found.items() if seconds >= 0.05}

    def reason_at(self, wall: datetime) -> str:
        place = bisect_right(self.begins, wall) - 1
        return self.stretches[max(0, place)].reason


def judge(replay: Any) -> dict[str, Any]:
    """Lags in wall seconds by what was measured, and how the time was spent."""
    from anlan.analysis.models import Signal
    from anlan.kernel.models import AuditEntry, FailedReaction, Outbox
    from anlan.review.models import FedInput
    from anlan.sensing import store

    course, world = Course.of(replay.world_id), replay.world_id
    lags: dict[str, list[float]] = {name: [] for name in ("fed", "stored", "figures", "signal", "published")}

    def note(name: str, due: datetime, done: datetime) -> None:
        wall = course.wall_of(due)
        if due > replay.starts_at and wall is not None:
            lags[name].append(max(0.0, (done - wall).total_seconds()))

    recorded: dict[datetime, datetime] = {}
    stored = store.read_flat(world, None, store.micros(replay.starts_at))
    for due_us, received_us in zip(stored.time_us.tolist(), stored.received_us.tolist(), strict=True):
        due, done = store.moment(due_us), course.wall_of(store.moment(received_us))
        if done is not None:
            note("stored", due, done)
            recorded[due] = max(done, recorded.get(due, done))
    for planned, at in FedInput.objects.filter(replay=replay).values_list("planned_at", "at"):
        done = course.wall_of(at)
        if done is not None:
            note("fed", planned, done)
    heard = Outbox.objects.filter(world_id=world)
    for row in heard.filter(subject="analysis.figures.updated"):
        note("figures", datetime.fromisoformat(row.payload["at"]), row.recorded_at)
    since = {
        str(pk): at
        for pk, at in Signal.objects.unscoped("a measurement").filter(world_id=world).values_list("pk", "since")
    }
    for row in AuditEntry.objects.filter(world_id=world, action="analysis.signal.open"):
        if row.object_id in since:
            note("signal", since[row.object_id], row.at)
    for done, committed in heard.exclude(published_at=None).values_list("published_at", "recorded_at"):
        lags["published"].append((done - committed).total_seconds())
    first, last = course.stretches[0].wall, course.stretches[-1].wall
    played = course.stretches[-1].world - course.stretches[0].world
    failed = FailedReaction.objects.filter(resolved_at=None).count()
    return {
        "inputs": f"{replay.done}/{replay.inputs}", "outcomes": _outcomes(replay), "wall_s": round((last - first).total_seconds(), 1),
        "storm_h": round(played.total_seconds() / 3600, 1), "pace": round(played / (last - first)) if last > first else 0,
        "spent_s": course.spent(), "announcements": heard.count(), "failed_reactions": failed,
        "lag_s": {name: _quantiles(values) for name, values in lags.items()},
    }  # fmt: skip


def _outcomes(replay: Any) -> dict[str, int]:
    from django.db.models import Count

    from anlan.review.models import FedInput

    return dict(FedInput.objects.filter(replay=replay).order_by().values_list("outcome").annotate(n=Count("pk")))


def _quantiles(values: list[float]) -> dict[str, float | int]:
    if not values:
        return {"n": 0}
    ordered = sorted(values)
    at = {f"p{p}": round(ordered[min(len(ordered) - 1, -(-len(ordered) * p // 100) - 1)], 2) for p in (50, 99)}
    return {"n": len(ordered), **at, "max": round(ordered[-1], 2)}


def _show(result: dict[str, Any]) -> None:
    print(f"{result['storm_h']} h of the storm in {result['wall_s']} s: {result['pace']}× on the whole")
    print(f"inputs {result['inputs']} {result['outcomes']}")
    counted = f"{result['announcements']} announcements, {result['failed_reactions']} failed reactions"
    print(f"load {result['machine']['load']}, {counted}")
    for how, seconds in result["spent_s"].items():
        print(f"  {seconds:>7} s at {how}")
    print(f"{'lag, wall s':<12} {'n':>7} {'p50':>8} {'p99':>8} {'max':>8}")
    for name, row in result["lag_s"].items():
        print(f"{name:<12} {row['n']:>7} {row.get('p50', '–'):>8} {row.get('p99', '–'):>8} {row.get('max', '–'):>8}")


if __name__ == "__main__":
    raise SystemExit(main())
