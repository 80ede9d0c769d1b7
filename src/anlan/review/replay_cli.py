"""``anlan replay``: play a recorded event as an exercise on a running platform, from the command line."""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import datetime
from typing import Any

from django.utils.timezone import is_naive, make_aware

from anlan.kernel.clock import read, real_now
from anlan.kernel.context import system
from anlan.kernel.errors import Refused

from .models import Replay
from .replay.scenario import scenarios
from .services import end_replay, start_replay


def main(argv: list[str]) -> int:
    """Start (and with --wait follow) a replay, or end the one that runs. JSON on stdout, progress on stderr; 2 for bad input."""
    parser = argparse.ArgumentParser(prog="anlan replay", description="Play a recorded event as an exercise.")
    parser.add_argument("--scenario", default="beijing_2016_07_20", help=f"one of: {', '.join(scenarios())}")
    parser.add_argument("--rate", type=float, default=60, help="times faster than life, 1 to 600 (default 60)")
    parser.add_argument("--from", dest="begin", help="moment to begin at, ISO 8601 (default: the scenario's start)")
    parser.add_argument("--wait", action="store_true", help="stay until the replay has ended")
    parser.add_argument("--end", action="store_true", help="end the replay that runs, start none")
    told = parser.parse_args(argv)
    ctx = system("命令行")
    try:
        if told.end:
            return _end(ctx)
        replay = start_replay(ctx, scenario=told.scenario, rate=told.rate, begin=_moment(told.begin))
    except ValueError as error:
        print(f"anlan replay: {error}", file=sys.stderr)
        return 2
    except Refused as refused:
        print(f"{refused.message} {refused.mend}".strip(), file=sys.stderr)
        return 2
    if told.wait:
        _follow(replay)
    print(json.dumps(_told(replay), ensure_ascii=False))
    return 0


def _end(ctx: Any) -> int:
    running = _rows().exclude(state=Replay.State.ENDED).first()
    if running is None:
        print("anlan replay: no replay runs", file=sys.stderr)
        return 2
    print(json.dumps(_told(end_replay(ctx, running)), ensure_ascii=False))
    return 0


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    at = datetime.fromisoformat(text)
    return make_aware(at) if is_naive(at) else at


def _follow(replay: Replay) -> None:
    """Until the engine has ended it; says every few seconds where it is."""
    shown = 0.0
    while replay.is_open:
        time.sleep(0.5)
        replay.refresh_from_db()
        if time.monotonic() - shown > 5:
            shown = time.monotonic()
            reading = read(replay.world_id)
            idle = (real_now() - replay.beat_at).total_seconds()
            note = f"  {replay.held_reason}" if replay.held_reason else ""
            note += "  (no engine looks at it; is the platform running?)" if idle > 10 else ""
            print(
                f"{reading.now().astimezone():%m-%d %H:%M}  {reading.rate:g}×  {replay.done}/{replay.inputs}{note}",
                file=sys.stderr,
            )


def _rows() -> Any:
    return Replay.objects.unscoped("the command line acts for the operator of the installation")


def _told(replay: Replay) -> dict[str, Any]:
    fed = {row.outcome: 0 for row in replay.fed.all()}
    for row in replay.fed.all():
        fed[row.outcome] += 1
    return {
        "replay": str(replay.pk), "world": str(replay.world_id), "scenario": replay.scenario, "state": replay.state,
        "rate": replay.chosen_rate, "starts": replay.starts_at.isoformat(), "ends": replay.ends_at.isoformat(),
        "inputs": replay.inputs, "fed": fed,
    }  # fmt: skip
