"""How many readings a second are acknowledged, stored and judged, all of it on this machine, beside what peers take in.

    .venv/bin/python bench/observations_judged.py [--streams 1000 10000 100000] [--seconds 15] [--peers 1000 10000 100000]

Ours is the whole platform (web, engine with fold and relay, judge, watchdog, bus, database that waits for the disk). Readings go in by
`accept_arrays`, the door of gateways, 5,000 a transaction, one after the other; a batch is acknowledged when it is committed. The clock
stops when the last reading is judged, so what the judge is behind counts, and once more when the journal is folded. Three criteria apply
to every station (threshold, held for a minute, rise within ten minutes); fifty stations must raise a signal each, no other may, and every
reading must be found again.
`--http`: the same over HTTP, 5,000 rows of JSON a request, two connections.

Peers take the same readings as line protocol over HTTP, 5,000 lines a request, two connections, written beforehand; they judge nothing.
VictoriaMetrics answers from memory and writes to disk every few seconds; InfluxDB 1.6 answers after its log was synced. Afterwards
they are asked how many readings they hold.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
import numpy as np

PROJECT = Path(__file__).resolve().parent.parent
if __package__ in (None, ""):
    sys.path.insert(0, str(PROJECT))

from bench.alarm_course import Lines  # noqa: E402
from bench.alarm_peers import answers, programs  # noqa: E402

BATCH, LOUD, LIMIT = 5_000, 50, 30.0
STEP_US = 1_000_000
#: No more than this may wait for the judge (readings): beyond it the feeder waits, as a gateway would have to.
MOST_BEHIND = 1_000_000


class Feed:
    """Every datastream once a second, one after the other; after some turns fifty of them stand at the limit."""

    def __init__(self, streams: np.ndarray) -> None:
        self.streams, self.at = streams, 0
        # Whole days back, so that what is read is of the past and no reading of the future.
        begin = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=40)
        self.begin_us = int(begin.timestamp()) * 1_000_000

    def next(self, size: int = BATCH) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        place = np.arange(self.at, self.at + size)
        self.at += size
        turn, stream = np.divmod(place, len(self.streams))
        value = 3.0 + (place % 97) / 10
        value[(stream < LOUD) & (turn >= 3)] = LIMIT + 5
        return self.streams[stream], self.begin_us + turn * STEP_US, value


def prepare(count: int) -> np.ndarray:
    """Stations of water depth and three criteria; returns the numbers of the datastreams."""
    from anlan.analysis.book.bodies import shipped_bodies
    from anlan.analysis.models import CriteriaVersion
    from anlan.kernel.context import system
    from anlan.kernel.loops import open_record
    from anlan.places.queries import region
    from anlan.sensing.models import Datastream, Thing

    ctx, county = system("bench"), region("110107")
    things = [
        Thing(code=f"j.{n:06d}", name=f"{n}", scope=county.path, shared_with=["in:110107"], kind="waterlog")
        for n in range(count)
    ]
    Thing.everything.bulk_create(things, batch_size=5000)
    streams = Datastream.objects.bulk_create(
        [
            Datastream(thing=t, property="depth_cm", unit="cm", least=0, most=1000, interval_s=1, period_s=0)
            for t in things
        ],
        batch_size=5000,
    )
    leaf = {"var": "depth_cm", "op": ">=", "unit": "cm"}
    leaves = {
        "threshold": leaf | {"value": LIMIT}, "held": leaf | {"value": 900.0, "fn": "held", "window_min": 1},
        "rise": leaf | {"value": 900.0, "fn": "rise", "window_min": 10},
    }  # fmt: skip
    criteria = {
        f"bench.{name}": {
            "id": f"bench.{name}", "zh": name, "scheme": "warning", "hazard": f"bench_{name}", "source": "bench", "confidence": "low",
            "levels": [{"level": "orange", "when": one}],
        }
        for name, one in leaves.items()
    }  # fmt: skip
    open_record(
        ctx, CriteriaVersion, scope=county.path, region=county, number=1000, author="bench", editors=["bench"],
        effective_from=ctx.now(), content={"criteria": criteria, "off": sorted(shipped_bodies())},
    )  # fmt: skip
    return np.array([s.pk for s in streams])


def behind() -> tuple[int, int]:
    """Entries of the journal that are not judged, and the last one's id."""
    from django.db import connection

    from anlan.kernel.worlds import REAL

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(max(id), 0) FROM sensing_journal WHERE world_id = %s"
            " AND id > (SELECT position FROM analysis_watch WHERE world_id = %s)",
            [REAL, REAL],
        )
        found: tuple[int, int] = cursor.fetchone()
        return found


def measure_ours(count: int, seconds: float, http: bool) -> dict[str, Any]:
    from bench.standing import platform

    # The demonstration brings the account that sends over HTTP; nothing else of it is needed.
    with platform(demonstration=http) as standing:
        standing.connect_django()
        from django.conf import settings
        from django.db import connections

        from anlan.analysis.models import Signal
        from anlan.kernel.context import system
        from anlan.kernel.worlds import REAL
        from anlan.sensing import store
        from anlan.sensing.services import accept_arrays

        settings.JUDGE = "process"
        streams = prepare(count)
        feed, ctx = Feed(streams), system("bench")
        # One reading of each first: the judge looks for new stations and versions every ten seconds, and builds its board then.
        for _n in range(-(-count // BATCH)):
            _put(accept_arrays, ctx, feed.next(min(BATCH, count)))
        time.sleep(15)
        while behind()[0]:
            time.sleep(0.1)
        began, first, took = time.perf_counter(), feed.at, []
        if http:
            asyncio.run(_over_http(standing, feed, seconds))
        while not http and time.perf_counter() - began < seconds:
            for _n in range(20):
                one = time.perf_counter()
                _put(accept_arrays, ctx, feed.next())
                took.append(1000 * (time.perf_counter() - one))
            while behind()[0] * BATCH > MOST_BEHIND:
                time.sleep(0.05)
        fed_s, fed = time.perf_counter() - began, feed.at - first
        while behind()[0]:
            time.sleep(0.02)
        judged_s = time.perf_counter() - began
        while store.waiting(REAL)[1] >= 50_000:
            time.sleep(0.1)
        folded_s = time.perf_counter() - began
        raised = Signal.everything.filter(world_id=REAL, criterion__startswith="bench.")
        signals = sorted(raised.values_list("station_id", flat=True))
        assert signals == [f"j.{n:06d}" for n in range(min(LOUD, count))], f"{len(signals)} signals: {signals[:5]}"
        stored = 0
        for at in range(0, count, 1000):
            stored += len(store.read_flat(REAL, streams[at : at + 1000].tolist()))
        assert stored == feed.at, f"{stored} stored of {feed.at}"
        connections.close_all()
        took.sort()
        return {
            "system": "anlan over HTTP" if http else "anlan", "streams": count, "readings": fed, "acknowledged_per_s": round(fed / fed_s),
            "stored_and_judged_per_s": round(fed / judged_s), "judge_behind_s": round(judged_s - fed_s, 2),
            "batch_ms": {"p50": round(took[len(took) // 2], 1), "p99": round(took[int(0.99 * len(took))], 1)} if took else None,
            "judged_and_folded_per_s": round(fed / folded_s), "signals": len(signals),
        }  # fmt: skip


def _put(accept: Any, ctx: Any, given: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    stream, time_us, value = given
    told = accept(ctx, stream=stream, time_us=time_us, value=value, source="bench")
    assert told["accepted"] == len(stream), told


async def _over_http(standing: Any, feed: Feed, seconds: float) -> None:
    from bench.crowd import sign_in

    cookie = await asyncio.to_thread(sign_in, standing.address, "shuiwu", standing.password())
    token = next(c.split("=", 1)[1] for c in cookie.split("; ") if "csrf" in c)
    line = Lines(standing.address, {"Cookie": cookie, "X-CSRFToken": token, "Referer": standing.address}, most=2)
    codes = {int(pk): f"j.{n:06d}" for n, pk in enumerate(feed.streams)}
    until = time.monotonic() + seconds

    async def send() -> None:
        while time.monotonic() < until:
            stream, time_us, value = feed.next()
            rows = [
                {"station": codes[s], "time": datetime.fromtimestamp(t // 1_000_000, UTC).isoformat(), "value": v, "property": "depth_cm"}
                for s, t, v in zip(stream.tolist(), time_us.tolist(), value.tolist(), strict=True)
            ]  # fmt: skip
            status, told = await line.post("/api/v1/sensing/observations", json.dumps({"readings": rows}).encode())
            assert (status, json.loads(told).get("accepted")) == (200, BATCH), told[:300]

    await asyncio.gather(send(), send())


def bodies(count: int, batches: int, unit: int) -> Iterator[bytes]:
    """Line protocol, times in nanoseconds times `unit` (1), each datastream a station."""
    feed = Feed(np.arange(count))
    for _n in range(batches):
        stream, time_us, value = feed.next()
        yield "".join(
            f"depth_cm,station=j{s} value={v} {t * unit}\n"
            for s, t, v in zip(stream.tolist(), time_us.tolist(), value.tolist(), strict=True)
        ).encode()


PEERS = {
    "victoria-metrics": (
        [
            "victoria-metrics", "-httpListenAddr=127.0.0.1:18429", "-storageDataPath=data", "-loggerLevel=WARN",
            "-retentionPeriod=2",
        ],
        "http://127.0.0.1:18429", "/health", "/write",
    ),
    "influxd": (["influxd", "-config", "influxdb.conf"], "http://127.0.0.1:18430", "/query?q=SHOW+DATABASES", "/write?db=bench"),
}  # fmt: skip
INFLUX = """reporting-disabled = true
bind-address = "127.0.0.1:18431"
[meta]
dir = "meta"
[data]
dir = "data"
wal-dir = "wal"
query-log-enabled = false
max-series-per-database = 0
cache-max-memory-size = 4294967296
[http]
bind-address = "127.0.0.1:18430"
log-enabled = false
[monitor]
store-enabled = false
"""


async def measure_peer(name: str, count: int, batches: int) -> dict[str, Any]:
    command, address, alive, path = PEERS[name]
    folder = Path(tempfile.mkdtemp(prefix=f"anlan-{name}-"))
    (folder / "influxdb.conf").write_text(INFLUX, encoding="ascii")
    ready = list(bodies(count, batches, 1_000))
    try:
        with programs(command, folder=folder):
            await answers(address + alive)
            line = Lines(address, {}, most=2)
            if name == "influxd":
                await line.post("/query", b"q=CREATE%20DATABASE%20bench", "application/x-www-form-urlencoded")
            waiting = iter(ready)
            began = time.perf_counter()

            async def send() -> None:
                for body in waiting:
                    status, told = await line.post(path, body, "text/plain")
                    assert status in (200, 204), (status, told[:300])

            await asyncio.gather(send(), send())
            took = time.perf_counter() - began
            held = await _held(name, address)
        assert held == batches * BATCH, f"{name} holds {held}"
        return {
            "system": name, "streams": count, "readings": held, "acknowledged_per_s": round(batches * BATCH / took),
            "judged": False,
        }  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _held(name: str, address: str) -> int:
    """How many readings a peer holds."""
    async with httpx.AsyncClient(timeout=60, base_url=address) as client:
        if name == "influxd":
            asked = await client.get("/query", params={"db": "bench", "q": "SELECT count(value) FROM depth_cm"})
            return int(asked.json()["results"][0]["series"][0]["values"][0][1])
        await client.get("/internal/force_flush")
        asked = await client.get("/api/v1/query", params={"query": "sum(count_over_time(depth_cm_value[100d]))"})
        return int(asked.json()["data"]["result"][0]["value"][1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--peers", type=int, nargs="*", default=[1_000, 10_000, 100_000])
    parser.add_argument("--http", type=int, nargs="*", default=[])
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--batches", type=int, default=500, help="for each peer")
    told = parser.parse_args()
    for counts, http in ((told.streams, False), (told.http, True)):
        for count in counts:
            # A process of its own for each: what is connected to one database does not move to the next.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                print(json.dumps(pool.submit(measure_ours, count, told.seconds, http).result()), flush=True)
    for name in PEERS:
        if shutil.which(name) is None:
            print(json.dumps({"system": name, "absent": True}), flush=True)
            continue
        for count in told.peers:
            print(json.dumps(asyncio.run(measure_peer(name, count, told.batches))), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
