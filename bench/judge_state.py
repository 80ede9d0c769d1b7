"""What the judge holds for 10,000 stations with windows of thirty days, and how soon it is whole again after a kill.

    .venv/bin/python bench/judge_state.py [--stations 10000] [--step 3600] [--days 31]

The whole platform with rain stations that report every `step` seconds, `days` of history in the store, the shipped criteria and three
of our own (sums of 1 h, 72 h and 30 d). Then, `--times` times each: the judge is killed (-9), a reading that must raise a signal is sent,
and the clock runs until that signal stands (windows rebuilt, judged, committed). The reading lacks a tenth of a millimetre without
the thirty days behind it, so a judge that had not rebuilt its windows would stay silent. Then one web process is killed, both, the
database, everything; the clock runs until a reading is acknowledged again. Memory is PSS and RSS of the judge, and its greatest RSS.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np

PROJECT = Path(__file__).resolve().parent.parent
if __package__ in (None, ""):
    sys.path.insert(0, str(PROJECT))

from bench.kills import pids_of  # noqa: E402
from bench.standing import Platform, platform  # noqa: E402

#: What falls in an hour, and the thirty days' sum that a station reaches with its next hour only.
DRIZZLE, MONTH_H = 0.1, 720
WARN = "bench.month"


def prepare(stations: int, step_s: int) -> np.ndarray:
    from anlan.analysis.models import CriteriaVersion
    from anlan.kernel.context import system
    from anlan.kernel.loops import open_record
    from anlan.places.queries import region
    from anlan.sensing.models import Datastream, Thing

    ctx, county = system("bench"), region("110107")
    things = [
        Thing(code=f"m.{n:06d}", name=f"{n}", scope=county.path, shared_with=["in:110107"], kind="rain")
        for n in range(stations)
    ]
    Thing.everything.bulk_create(things, batch_size=5000)
    streams = Datastream.objects.bulk_create(
        [
            Datastream(thing=t, property="rain_mm", unit="mm", least=0, most=500, interval_s=step_s, period_s=step_s)
            for t in things
        ],
        batch_size=5000,
    )
    # The month's sum is reached with the loud reading on top of what fell before, and not by that reading alone.
    limits = {"bench.hour": (1, 400.0), "bench.days": (72, 450.0), WARN: (MONTH_H, DRIZZLE * (MONTH_H - 1) + 99.9)}
    criteria = {
        name: {
            "id": name, "zh": name, "scheme": "warning", "hazard": name.replace(".", "_"), "source": "bench", "confidence": "low",
            "levels": [
                {
                    "level": "orange",
                    "when": {"var": "rain_mm", "op": ">=", "value": limit, "unit": "mm", "fn": "sum", "window_min": 60 * hours},
                }
            ],
        }
        for name, (hours, limit) in limits.items()
    }  # fmt: skip
    open_record(
        ctx, CriteriaVersion, scope=county.path, region=county, number=1000, author="bench", editors=["bench"],
        effective_from=ctx.now(), content={"criteria": criteria, "off": []},
    )  # fmt: skip
    return np.array([s.pk for s in streams])


def fill(streams: np.ndarray, step_s: int, days: int, top: datetime) -> float:
    """The history, `top` included; returns seconds."""
    from anlan.kernel.context import system
    from anlan.kernel.worlds import REAL
    from anlan.sensing import store
    from anlan.sensing.services import accept_arrays

    ctx, began = system("bench"), time.monotonic()
    steps = days * 86400 // step_s
    each = max(1, 200_000 // len(streams))
    last_us = store.micros(top)
    for at in range(steps, 0, -each):
        turns = np.arange(at - 1, max(-1, at - 1 - each), -1)
        stream, turn = np.tile(streams, len(turns)), np.repeat(turns, len(streams))
        told = accept_arrays(
            ctx, stream=stream, time_us=last_us - turn * step_s * 1_000_000,
            value=np.full(len(stream), DRIZZLE * step_s / 3600), history=True,
        )  # fmt: skip
        assert told["accepted"] == len(stream), told["rejected"][:1]
        while store.waiting(REAL)[1] > 3_000_000:
            store.fold(REAL)
    store.fold(REAL)
    return time.monotonic() - began


def memory(pid: int) -> dict[str, int]:
    """MB."""
    told = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    pss = next(int(line.split()[1]) for line in told if line.startswith("Pss:"))
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    rss = next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
    return {"pss": pss // 1024, "rss": rss // 1024, "greatest_rss": peak // 1024}


class Gate:
    """A sender that asks again until it is answered."""

    def __init__(self, standing: Platform) -> None:
        self.standing = standing
        self.client = self._enter()

    def _enter(self) -> httpx.Client:
        from bench.crowd import sign_in

        cookie = sign_in(self.standing.address, "shuiwu", self.standing.password())
        token = next(c.split("=", 1)[1] for c in cookie.split("; ") if "csrf" in c)
        return httpx.Client(
            base_url=self.standing.address, timeout=30,
            headers={"Cookie": cookie, "X-CSRFToken": token, "Referer": self.standing.address},
        )  # fmt: skip

    def send(self, station: str, at: datetime, value: float) -> float:
        """Until it is acknowledged; returns the seconds that it took."""
        began = time.monotonic()
        body = {"readings": [{"station": station, "time": at.isoformat(), "value": value, "property": "rain_mm"}]}
        while True:
            with contextlib.suppress(httpx.HTTPError):
                answer = self.client.post("/api/v1/sensing/observations", json=body)
                if answer.status_code == 200:
                    assert not answer.json()["rejected"], answer.text
                    return time.monotonic() - began
            time.sleep(0.01)


def kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def raised(station: str) -> bool:
    from anlan.analysis.models import Signal

    return Signal.everything.filter(station_id=station, criterion=WARN).exists()


def until(true: Callable[[], bool], seconds: float = 300) -> float:
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            raise TimeoutError
        time.sleep(0.02)
    return time.monotonic() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stations", type=int, default=10_000)
    parser.add_argument("--step", type=int, default=3600, help="seconds between the readings of a station")
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--times", type=int, default=3)
    told = parser.parse_args()
    with platform() as standing:
        standing.connect_django()
        from django.conf import settings
        from django.db import connections

        settings.JUDGE = "process"
        streams = prepare(told.stations, told.step)
        top = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=12)
        filled_s = fill(streams, told.step, told.days, top)
        found: dict[str, Any] = {
            "stations": told.stations, "step_s": told.step, "readings": len(streams) * told.days * 86400 // told.step,
            "filled_s": round(filled_s),
        }  # fmt: skip
        gate, next_at = Gate(standing), top + timedelta(seconds=told.step)
        n, whole = 0, []
        for _time in range(told.times):
            kill([pids_of(standing)["judge"]])
            began = time.monotonic()
            gate.send(f"m.{n:06d}", next_at, 100.0)
            until(lambda: raised(f"m.{n:06d}"))  # noqa: B023  # asked at once
            whole.append(time.monotonic() - began)
            n += 1
            time.sleep(3)
        found["judge_killed_to_signal_s"] = [round(w, 2) for w in whole]
        found["judge_mb"] = memory(pids_of(standing)["judge"])
        found["signal_when_standing_s"] = round(_plain(gate, n, next_at), 3)
        n += 1
        again: dict[str, list[float]] = {}
        for what in ("web0", "web", "postgres", "everything"):
            for _time in range(told.times):
                time.sleep(4)
                pids = pids_of(standing)
                webs = [name for name in pids if name.startswith("web")]
                chosen = {"web0": webs[:1], "web": webs, "postgres": ["postgres"], "everything": list(pids)}[what]
                kill([pids[name] for name in chosen])
                again.setdefault(what, []).append(round(gate.send(f"m.{n:06d}", next_at, 1.0), 2))
                n += 1
        connections.close_all()
        found["accepting_again_s"] = again
        found["restart_s"] = _restarted(standing, n, next_at)
    print(json.dumps(found), flush=True)
    return 0


def _plain(gate: Gate, n: int, at: datetime) -> float:
    began = time.monotonic()
    gate.send(f"m.{n:06d}", at, 100.0)
    until(lambda: raised(f"m.{n:06d}"))
    return time.monotonic() - began


def _restarted(standing: Platform, n: int, at: datetime) -> dict[str, float]:
    """The supervisor and all others are killed and started by hand: seconds to the first acknowledgement, and to its signal."""
    from django.db import connections

    assert standing.process is not None
    pids = list(pids_of(standing).values())
    standing.process.kill()
    standing.process.wait()
    kill(pids)
    began = time.monotonic()
    starting = threading.Thread(target=standing.start, daemon=True)
    starting.start()
    starting.join()
    gate = Gate(standing)
    gate.send(f"m.{n:06d}", at, 100.0)
    accepted = time.monotonic() - began
    standing.connect_django()
    connections.close_all()
    until(lambda: raised(f"m.{n:06d}"))
    return {"accepted": round(accepted, 2), "signal": round(time.monotonic() - began, 2)}


if __name__ == "__main__":
    raise SystemExit(main())
