"""kill -9 at seeded random moments: no acknowledged reading lost, none stored twice, no signal doubled or missed.

    .venv/bin/python bench/kills.py [--kills 20] [--seed 1 2 3 4 5 6 7 8 9 10] [--stations 40]

A platform of its own is fed without pause. Again and again one of its processes (web, relay, engine, judge, watchdog, bus or database) is
killed; the feeder repeats a batch until it is acknowledged, as any gateway does. In the end the store is compared with what was
acknowledged, reading by reading, and the signals with those that the readings ask for.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import signal
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import httpx

PROJECT = Path(__file__).resolve().parent.parent
if __package__ in (None, ""):
    sys.path.insert(0, str(PROJECT))

from bench.standing import Platform, platform  # noqa: E402

LOUD, QUIET, LIMIT, CLEAR_AFTER = 35.0, 3.0, 30.0, 3
STEP_S = 60
ACCOUNT, PASSWORD = "gauges", "readings-for-the-bench"


@dataclass
class Feeder:
    """Feeds one batch after the other, each until it is acknowledged. `acknowledged`: (station, time s) → value."""

    address: str
    password: str
    stations: list[str]
    seed: int
    acknowledged: dict[tuple[str, int], float] = field(default_factory=dict)
    sent: int = 0
    repeated: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    fault: str = ""

    def run(self) -> None:
        """Until `stop`; what was begun is acknowledged first."""
        chance = Random(self.seed)
        at = (int(time.time()) - 40 * 86400) // STEP_S * STEP_S
        loud = dict.fromkeys(self.stations, 0)
        client = self._enter()
        while not self.stop.is_set() and not self.fault:
            at += STEP_S
            rows = []
            for station in self.stations:
                if loud[station] == 0 and chance.random() < 0.05:
                    loud[station] = chance.randrange(1, 8)
                value = LOUD if loud[station] else QUIET
                loud[station] = max(0, loud[station] - 1)
                rows.append((station, at, value))
            client = self._until_acknowledged(client, rows)

    def _until_acknowledged(self, client: httpx.Client, rows: list[tuple[str, int, float]]) -> httpx.Client:
        body = {
            "readings": [
                {"station": s, "time": datetime.fromtimestamp(at, UTC).isoformat(), "value": v, "property": "depth_cm"}
                for s, at, v in rows
            ]
        }
        first = True
        while True:
            self.sent += 1
            self.repeated += not first
            first = False
            try:
                answer = client.post("/api/v1/sensing/observations", json=body)
            except httpx.HTTPError:
                time.sleep(0.05)
                continue
            if answer.status_code == 200:
                told = answer.json()
                if told["rejected"] or told["accepted"] + told["duplicates"] != len(rows):
                    self.fault = f"a batch was answered with {answer.text[:300]}"
                self.acknowledged.update({(s, at): v for s, at, v in rows})
                return client
            if answer.status_code in (401, 403):
                client = self._enter()
            elif answer.status_code < 500 and answer.status_code not in (408, 425, 429):
                self.fault = f"HTTP {answer.status_code}: {answer.text[:300]}"
                return client
            time.sleep(0.05)

    def _enter(self) -> httpx.Client:
        from bench.crowd import sign_in

        while True:
            with contextlib.suppress(httpx.HTTPError, RuntimeError):
                cookie = sign_in(self.address, ACCOUNT, self.password)
                token = next(c.split("=", 1)[1] for c in cookie.split("; ") if "csrf" in c)
                return httpx.Client(
                    base_url=self.address, timeout=30,
                    headers={"Cookie": cookie, "X-CSRFToken": token, "Referer": self.address},
                )  # fmt: skip
            time.sleep(0.1)


def expected_signals(acknowledged: dict[tuple[str, int], float]) -> Counter[tuple[str, int]]:
    """(station, time since when) of every signal that the readings ask for."""
    found: Counter[tuple[str, int]] = Counter()
    by_station: dict[str, list[tuple[int, float]]] = {}
    for (station, at), value in acknowledged.items():
        by_station.setdefault(station, []).append((at, value))
    for station, rows in by_station.items():
        stands, below = False, 0
        for at, value in sorted(rows):
            if value >= LIMIT:
                if not stands:
                    found[station, at] += 1
                stands, below = True, 0
            elif stands:
                below += 1
                if below >= CLEAR_AFTER:
                    stands, below = False, 0
    return found


def prepare(count: int) -> list[str]:
    """Stations and a criterion of their own, in the platform's database."""
    from anlan.analysis.book.bodies import shipped_bodies
    from anlan.analysis.models import CriteriaVersion
    from anlan.kernel.context import system
    from anlan.kernel.loops import open_record
    from anlan.places.queries import region
    from anlan.sensing.models import Datastream, Thing

    ctx, county = system("bench"), region("110107")
    _enter_account(county)
    things = [
        Thing(code=f"k.{n:04d}", name=f"{n}", scope=county.path, shared_with=["in:110107"], kind="waterlog")
        for n in range(count)
    ]
    Thing.everything.bulk_create(things)
    Datastream.objects.bulk_create(
        [
            Datastream(thing=t, property="depth_cm", unit="cm", least=0, most=1000, interval_s=STEP_S, period_s=0)
            for t in things
        ]
    )
    leaf = {"var": "depth_cm", "op": ">=", "value": LIMIT, "unit": "cm"}
    body = {
        "id": "bench.kills", "zh": "bench", "scheme": "warning", "hazard": "bench", "source": "bench", "confidence": "low",
        "clear_after": CLEAR_AFTER, "levels": [{"level": "orange", "when": leaf}],
    }  # fmt: skip
    open_record(
        ctx, CriteriaVersion, scope=county.path, region=county, number=1000, author="bench", editors=["bench"],
        effective_from=ctx.now(), content={"criteria": {"bench.kills": body}, "off": sorted(shipped_bodies())},
    )  # fmt: skip
    return [t.code for t in things]


def _enter_account(county: Any) -> None:
    """Somebody who may report for every station of the county."""
    from anlan.kernel import clock
    from anlan.places.models import Holding, Organisation, Person, Post

    body = Organisation.objects.create(code="gauges", name="gauges", kind="bureau", region=county)
    post = Post.objects.create(code="gauges.1", name="gauges", organisation=body, region=county, roles=["meteo"])
    person = Person(username=ACCOUNT, name=ACCOUNT, must_change_password=False, scope=county.path)
    person.set_password(PASSWORD)
    person.save()
    Holding.objects.create(person=person, post=post, since=clock.real_now())


def pids_of(standing: Platform) -> dict[str, int]:
    """Processes of the platform that run now, by name."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        return {name: int(one["pid"]) for name, one in standing.runtime()["pids"].items()}
    return {}


def kill_some(
    standing: Platform, feeder: Feeder, kills: int, chance: Random, pause_s: tuple[float, float]
) -> Counter[str]:
    """Kill one process after the other, each time when something was acknowledged since the last; returns which and how often."""
    killed: Counter[str] = Counter()
    while sum(killed.values()) < kills and not feeder.fault:
        time.sleep(chance.uniform(*pause_s))
        seen = len(feeder.acknowledged)
        pids = pids_of(standing)
        name = chance.choice(sorted(pids)) if pids else ""
        if not name:
            continue
        with contextlib.suppress(ProcessLookupError):
            os.kill(pids[name], signal.SIGKILL)
            killed[name] += 1
        # Let it come back as far as the next acknowledgement: two of one kind of death are not one long outage.
        while len(feeder.acknowledged) == seen and not feeder.fault:
            time.sleep(0.02)
    return killed


def compare(feeder: Feeder) -> dict[str, Any]:
    """The store and the signals beside what was acknowledged."""
    from django.db import connection

    from anlan.analysis.models import Signal, Watch
    from anlan.kernel.worlds import REAL
    from anlan.sensing import store
    from anlan.sensing.models import Datastream, Journal

    # Everything that was accepted is judged before it is compared.
    for _look in range(3000):
        last = Journal.objects.filter(world_id=REAL).order_by("-pk").values_list("pk", flat=True).first()
        watch = Watch.objects.filter(pk=REAL).first()
        if watch is not None and last is not None and watch.position >= last:
            break
        connection.close()
        time.sleep(0.1)
    codes = dict(Datastream.objects.filter(thing__in=feeder.stations).values_list("pk", "thing_id"))
    stored: dict[tuple[str, int], float] = {}
    rows = doubled = 0
    for pk, columns in store.read(REAL, list(codes), None, None).items():
        for at, value in zip((columns.time_us // 1_000_000).tolist(), columns.value.tolist(), strict=True):
            rows += 1
            doubled += (codes[pk], at) in stored
            stored[codes[pk], at] = value
    lost = [key for key, value in feeder.acknowledged.items() if stored.get(key) != value]
    wanted = expected_signals(feeder.acknowledged)
    have = Counter(
        (s.station_id, int(s.since.timestamp()))
        for s in Signal.everything.filter(world_id=REAL, criterion="bench.kills")
    )
    return {
        "acknowledged": len(feeder.acknowledged), "stored": rows, "lost": len(lost), "stored_twice": doubled,
        "unasked": len(stored.keys() - feeder.acknowledged.keys()), "signals_expected": sum(wanted.values()),
        "signals": sum(have.values()), "signals_missed": sum((wanted - have).values()),
        "signals_doubled": sum((have - wanted).values()), "batches_sent": feeder.sent, "batches_repeated": feeder.repeated,
    }  # fmt: skip


def survive(*, kills: int, seed: int, stations: int, pause_s: tuple[float, float] = (0.2, 2.0)) -> dict[str, Any]:
    """One run; the answer says what was lost, doubled or missed (all 0 when nothing was)."""
    from django.db import connections

    chance = Random(seed)
    with platform(demonstration=False) as standing:
        standing.connect_django()
        codes = prepare(stations)
        connections.close_all()
        # Killed once before it counts: the judge that follows knows the stations and criteria with its first reading.
        os.kill(pids_of(standing)["judge"], signal.SIGKILL)
        feeder = Feeder(standing.address, PASSWORD, codes, seed)
        thread = threading.Thread(target=feeder.run, daemon=True)
        thread.start()
        began = time.monotonic()
        try:
            killed = kill_some(standing, feeder, kills, chance, pause_s)
        finally:
            feeder.stop.set()
            thread.join(120)
        # Ours broke with the database that was killed last.
        connections.close_all()
        found = compare(feeder)
        connections.close_all()
    return {
        "seed": seed, "kills": dict(killed), "seconds": round(time.monotonic() - began), **found, "fault": feeder.fault,
    }  # fmt: skip


def unharmed(found: dict[str, Any]) -> bool:
    """Whether nothing was lost, doubled or missed, and something was there to lose."""
    bad = ("lost", "stored_twice", "unasked", "signals_missed", "signals_doubled")
    return (
        not found["fault"] and not any(found[name] for name in bad) and min(found["acknowledged"], found["signals"]) > 0
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="of each seed")
    parser.add_argument("--seed", type=int, nargs="+", default=[1])
    parser.add_argument("--stations", type=int, default=40)
    parser.add_argument(
        "--pause", type=float, nargs=2, default=(0.2, 2.0), help="seconds between two kills, least and most"
    )
    told = parser.parse_args()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    harmed = 0
    for seed in told.seed:
        # A process of its own for each: what is connected to one database does not move to the next.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            found = pool.submit(
                partial(survive, kills=told.kills, seed=seed, stations=told.stations, pause_s=tuple(told.pause))
            ).result()
        harmed += not unharmed(found)
        print(json.dumps(found), flush=True)
    return 1 if harmed else 0


if __name__ == "__main__":
    raise SystemExit(main())
