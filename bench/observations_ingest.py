"""How many readings a second are accepted and on disk, beside a bare COPY of the same rows; what a fold and the reads take.

    .venv/bin/python bench/observations_ingest.py --streams 1000 10000 100000 [--seconds 10] [--batch 5000]

One process, one connection, a private PostgreSQL that waits for the disk at every commit (both sides alike). The judge runs
elsewhere (``JUDGE=process``). Both sides take turns, so that a busy machine slows both; the ratio is that of their medians.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
STEP_US = 1_000_000


def main() -> int:
    """Prints one JSON object per number of datastreams."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, nargs="+", default=[1_000])
    parser.add_argument("--batch", type=int, default=5_000, help="readings a transaction")
    parser.add_argument("--seconds", type=float, default=6, help="for each side")
    told = parser.parse_args()
    var = Path(tempfile.mkdtemp(prefix="anlan-bench-"))
    os.chmod(var, 0o755)
    platform = _platform(var)
    try:
        for count in told.streams:
            print(json.dumps(measure(count, told.batch, told.seconds)), flush=True)
    finally:
        from django.db import connections

        connections.close_all()
        platform.stop()
        shutil.rmtree(var, ignore_errors=True)
    return 0


def _platform(var: Path) -> Any:
    from anlan.kernel.runtime.postgres import PostgresCluster

    cluster = PostgresCluster(var, durable=True)
    cluster.start()
    os.environ |= {
        "ANLAN_VAR": str(var), "ANLAN_DATABASE_URL": cluster.dsn(), "ANLAN_SECRET_KEY": "bench" * 10,
        "DJANGO_SETTINGS_MODULE": "anlan.config.settings", "ANLAN_NATS_URL": "nats://127.0.0.1:1",
    }  # fmt: skip
    import django
    from django.conf import settings
    from django.core.management import call_command

    django.setup()
    settings.JUDGE = "process"
    call_command("migrate", interactive=False, verbosity=0)
    return cluster


def register(count: int) -> np.ndarray:
    """Datastreams of water depth in the real world, read every second; returns their numbers."""
    from anlan.sensing.models import Datastream, Thing

    have = Thing.everything.count()
    things = [Thing(code=f"b.{n}", name=f"b.{n}", scope="11/110107/", kind="waterlog") for n in range(have, count)]
    Thing.everything.bulk_create(things, batch_size=5000)
    Datastream.objects.bulk_create(
        [
            Datastream(thing=t, property="depth_cm", unit="cm", least=0, most=1000, interval_s=1, period_s=0)
            for t in things
        ],
        batch_size=5000,
    )
    from anlan.sensing.roll import forget_roll

    forget_roll()
    return np.fromiter(Datastream.objects.order_by("pk").values_list("pk", flat=True)[:count], np.int64)


class Feed:
    """Every datastream once a second, one after the other, as batches of a fixed size."""

    def __init__(self, streams: np.ndarray, batch: int, begin: datetime) -> None:
        from anlan.sensing import store

        self.streams, self.batch, self.begin, self.at = streams, batch, store.micros(begin), 0

    def next(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        place = np.arange(self.at, self.at + self.batch)
        self.at += self.batch
        turn, stream = np.divmod(place, len(self.streams))
        return self.streams[stream], self.begin + turn * STEP_US, (place % 997) / 10


def measure(count: int, batch: int, seconds: float) -> dict[str, Any]:
    from anlan.kernel.context import system
    from anlan.kernel.worlds import REAL
    from anlan.sensing import queries, store
    from anlan.sensing.models import Datastream
    from anlan.sensing.services import accept_arrays

    streams = register(count)
    ctx = system("bench")
    begin = BEGIN + timedelta(days=1) * int(np.log10(count))
    feed, bare = Feed(streams, batch, begin), Feed(streams, batch, begin)
    _make_table()
    accept_arrays(ctx, **dict(zip(("stream", "time_us", "value"), feed.next(), strict=True)))
    rates: dict[str, list[float]] = {"accepted": [], "copied": []}
    took: list[float] = []
    spent, cpu = 0.0, 0.0
    while spent < 2 * seconds:
        turn = time.perf_counter()
        for _n in range(10):
            stream, time_us, value = feed.next()
            one, busy = time.perf_counter(), time.process_time()
            told = accept_arrays(ctx, stream=stream, time_us=time_us, value=value, source="bench")
            took.append(time.perf_counter() - one)
            cpu += time.process_time() - busy
            assert told["accepted"] == batch, told
        rates["accepted"].append(10 * batch / (time.perf_counter() - turn))
        half = time.perf_counter()
        for _n in range(10):
            _copy(*bare.next())
        rates["copied"].append(10 * batch / (time.perf_counter() - half))
        spent += time.perf_counter() - turn
    entries, readings = store.waiting(REAL)
    fold_began, fold_cpu = time.perf_counter(), time.process_time()
    folded = store.fold(REAL)
    fold_s, fold_cpu = time.perf_counter() - fold_began, time.process_time() - fold_cpu
    stream = Datastream.objects.get(pk=int(streams[0]))
    hour = begin + timedelta(hours=1)
    answer = {
        "datastreams": count, "batch": batch, "entries": entries, "readings": readings,
        "accepted_per_s": _spread(rates["accepted"]), "copied_per_s": _spread(rates["copied"]),
        "ratio": round(statistics.median(rates["accepted"]) / statistics.median(rates["copied"]), 2),
        "accepted_per_cpu_s": round(len(took) * batch / cpu),
        "accept_ms": {"p50": _ms(took, 0.5), "p99": _ms(took, 0.99)},
        "folded_per_s": round(folded / fold_s), "folded_per_cpu_s": round(folded / fold_cpu),
        "read_year_ms": _ms(_timed(lambda: queries.year(ctx, stream, hour)), 0.5),
        "read_hour_ms": _ms(_timed(lambda: store.frames(REAL, "depth_cm", begin, hour)), 0.5),
        "read_latest_ms": _ms(_timed(lambda: queries.newest_readings(ctx, [stream])), 0.5),
    }  # fmt: skip
    return answer


def _make_table() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bare_copy")
        cursor.execute("CREATE TABLE bare_copy (stream int4, time timestamptz, value float8)")


def _copy(stream: np.ndarray, time_us: np.ndarray, value: np.ndarray) -> None:
    """The same rows by binary COPY, packed by numpy, one commit."""
    from django.db import connection

    rows = np.empty(
        len(stream), [("n", ">i2"), ("a", ">i4"), ("s", ">i4"), ("b", ">i4"), ("t", ">i8"), ("c", ">i4"), ("v", ">f8")]
    )
    rows["n"], rows["a"], rows["b"], rows["c"] = 3, 4, 8, 8
    # PostgreSQL counts from 2000.
    rows["s"], rows["t"], rows["v"] = stream, time_us - 946_684_800_000_000, value
    with connection.cursor() as cursor, cursor.copy("COPY bare_copy FROM STDIN (FORMAT binary)") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8) + rows.tobytes() + b"\xff\xff")


def _timed(ask: Any, times: int = 20) -> list[float]:
    took = []
    for _n in range(times):
        began = time.perf_counter()
        ask()
        took.append(time.perf_counter() - began)
    return took


def _ms(took: list[float], share: float) -> float:
    return round(1000 * sorted(took)[min(len(took) - 1, int(share * len(took)))], 2)


def _spread(rates: list[float]) -> dict[str, int]:
    return {"median": round(statistics.median(rates)), "least": round(min(rates)), "most": round(max(rates))}


if __name__ == "__main__":
    sys.exit(main())
