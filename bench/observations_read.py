"""How long the three questions of every day take at hundreds of millions of stored readings, beside a bare table of the same rows.

    .venv/bin/python bench/observations_read.py [--stations 100 1000 4000] [--bare 100 1000] [--asked 200]

A year of every station, read every ten minutes: 10,000 stations are 525,600,000 readings. They are written in the store's own layout
(`write_part`), by two processes, each month of a station in four parts as the fold leaves them, and every hour of the property in eight;
the newest 40,000 go in through `accept_arrays` and are not folded. The bare table is ``(stream int4, time timestamptz, value float8)``
with an index over (stream, time) and one over (time), both analysed. Answers are compared before anything is timed.

Asked are, each time of another station or hour: the year of a station (its hours, and its single readings), the newest of all, and the
hourly map of the district. The first answer of each kind is told by itself: it comes from disk.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

PROJECT = Path(__file__).resolve().parent.parent
if __package__ in (None, ""):
    sys.path.insert(0, str(PROJECT))

YEAR, STEP_S, PER_DAY = 2025, 600, 144
BEGIN, END = datetime(YEAR, 1, 1, tzinfo=UTC), datetime(YEAR + 1, 1, 1, tzinfo=UTC)
PER_HOUR = 6
SCOPE = "11/110107/"
CHUNK = 250
NAME = "air_temp_c"


def begin_platform(var: Path) -> Any:
    """A private database (durable) with the tables of the platform; returns it."""
    from anlan.kernel.runtime.postgres import PostgresCluster

    cluster = PostgresCluster(var, durable=True)
    cluster.start()
    connect(str(var), cluster.dsn())
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    return cluster


def connect(var: str, dsn: str) -> None:
    """Django in this process, on that database."""
    os.environ |= {
        "ANLAN_VAR": var, "ANLAN_DATABASE_URL": dsn, "ANLAN_SECRET_KEY": "bench" * 10,
        "DJANGO_SETTINGS_MODULE": "anlan.config.settings", "ANLAN_NATS_URL": "nats://127.0.0.1:1",
    }  # fmt: skip
    import django
    from django.conf import settings

    django.setup()
    settings.JUDGE = "process"


def register(first: int, count: int) -> list[int]:
    """Stations of air temperature, `count` more of them; returns the numbers of their datastreams."""
    from django.contrib.gis.geos import Point

    from anlan.sensing.models import Datastream, Thing

    chance = Random(first)
    things = [
        Thing(
            code=f"b.{n:06d}", name=f"b.{n:06d}", scope=SCOPE, kind="weather",
            position=Point(chance.uniform(116.1, 116.3), chance.uniform(39.8, 40.0), srid=4326),
        )
        for n in range(first, first + count)
    ]  # fmt: skip
    Thing.everything.bulk_create(things, batch_size=5000)
    streams = [
        Datastream(thing=t, property=NAME, unit="℃", least=-60, most=60, interval_s=STEP_S, period_s=0) for t in things
    ]
    return [s.pk for s in Datastream.objects.bulk_create(streams, batch_size=5000)]


def values_of(pks: np.ndarray) -> np.ndarray:
    """Temperatures in tenths, [station, step of the year]: a year's and a day's course and what the weather does."""
    steps = int((END - BEGIN).total_seconds()) // STEP_S
    at = np.arange(1, steps + 1)
    course = 12 - 15 * np.cos(2 * np.pi * at / steps) - 5 * np.cos(2 * np.pi * at / PER_DAY)
    rows = np.empty((len(pks), steps))
    for n, pk in enumerate(pks.tolist()):
        chance = np.random.default_rng(pk)
        rows[n] = course + np.cumsum(chance.normal(0, 0.15, steps)) * 0.1 + chance.normal(0, 0.3, steps)
    return np.clip(np.round(rows, 1), -59, 59)


def write_part(var: str, dsn: str, pks: list[int], position: int) -> int:
    """The year of these stations into blocks, frames and rows of the newest, as parts of `position`; returns how many readings."""
    connect(var, dsn)
    from django.db import connection, transaction

    from anlan.kernel.worlds import REAL
    from anlan.sensing import store
    from anlan.sensing.store.blocks import _COLUMNS as BLOCK_COLUMNS
    from anlan.sensing.store.cells import cells_of
    from anlan.sensing.store.frames import _write
    from anlan.sensing.store.packing import READING, pack_records

    begin_us = store.micros(BEGIN)
    steps = int((END - BEGIN).total_seconds()) // STEP_S
    time_us = begin_us + np.arange(1, steps + 1) * STEP_S * 1_000_000
    month = time_us.astype("datetime64[us]").astype("datetime64[M]")
    bounds = [0, *(np.flatnonzero(np.diff(month.astype(int))) + 1).tolist(), steps]
    kept = []
    for at in range(0, len(pks), CHUNK):
        own = np.array(pks[at : at + CHUNK])
        value = values_of(own)
        with transaction.atomic(), connection.cursor() as cursor:
            with cursor.copy(
                "COPY sensing_block (world_id, datastream_id, start, part, count, payload) FROM STDIN (FORMAT binary)"
            ) as copy:
                copy.set_types(BLOCK_COLUMNS)
                for n, pk in enumerate(own.tolist()):
                    for a, b in pairwise(bounds):
                        start = month[a].astype("datetime64[us]").astype(datetime).replace(tzinfo=UTC)
                        ends = [a, b - 12, b - 5, b - 1, b] if b - a > 20 else [a, b]
                        for part, (c, d) in enumerate(pairwise(ends)):
                            rows = np.zeros(d - c, READING)
                            rows["time"], rows["value"], rows["lag"] = time_us[c:d], value[n, c:d], 1_500_000
                            copy.write_row((REAL, pk, start, position * 10 + part, d - c, pack_records(rows)))
            store.keep_latest(
                REAL, stream=own, time_us=np.full(len(own), time_us[-1]), value=value[:, -1].copy(),
                entry=np.zeros(len(own), np.int64),
            )  # fmt: skip
        kept.append((own, value))
    # Every hour of the property: 150 stations at a time would make too many parts, all of the year at once too much memory.
    streams = np.concatenate([own for own, _v in kept])
    for day in range(0, steps, 10 * PER_DAY):
        part = np.concatenate([v[:, day : day + 10 * PER_DAY] for _o, v in kept])
        stamps = time_us[day : day + 10 * PER_DAY]
        cells = cells_of(np.repeat(streams, len(stamps)), np.tile(stamps, len(streams)), part.reshape(-1))
        with transaction.atomic():
            _write(REAL, NAME, position, cells)
    return len(streams) * steps


def fill(var: str, dsn: str, pks: list[int], first: int) -> float:
    """All of it, by two processes; returns the seconds that it took."""
    from anlan.sensing import store
    from anlan.sensing.store.blocks import make_partitions

    began = time.monotonic()
    make_partitions(np.array([store.micros(BEGIN), store.micros(END)]))
    size = max(CHUNK // 5, math.ceil(len(pks) / 8))
    parts = [pks[at : at + size] for at in range(0, len(pks), size)]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        work = [pool.submit(write_part, var, dsn, part, first + n) for n, part in enumerate(parts)]
        print(f"    {sum(w.result() for w in work):,} readings written", file=sys.stderr)
    return time.monotonic() - began


def fill_bare(pks: list[int]) -> float:
    from django.db import connection

    from anlan.sensing import store

    began = time.monotonic()
    steps = int((END - BEGIN).total_seconds()) // STEP_S
    time_us = store.micros(BEGIN) + np.arange(1, steps + 1) * STEP_S * 1_000_000 - 946_684_800_000_000
    layout = [("n", ">i2"), ("a", ">i4"), ("s", ">i4"), ("b", ">i4"), ("t", ">i8"), ("c", ">i4"), ("v", ">f8")]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bare")
        cursor.execute("CREATE TABLE bare (stream int4, time timestamptz, value float8)")
        for at in range(0, len(pks), CHUNK):
            own = np.array(pks[at : at + CHUNK])
            value = values_of(own)
            rows = np.empty((steps, len(own)), layout)
            rows["n"], rows["a"], rows["b"], rows["c"] = 3, 4, 8, 8
            rows["s"], rows["t"], rows["v"] = own[None, :], time_us[:, None], value.T
            with cursor.copy("COPY bare FROM STDIN (FORMAT binary)") as copy:
                copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8) + rows.tobytes() + b"\xff\xff")
        cursor.execute("SET maintenance_work_mem = '2GB'")
        cursor.execute("CREATE INDEX ON bare (stream, time)")
        cursor.execute("CREATE INDEX ON bare (time)")
        cursor.execute("ANALYZE bare")
    return time.monotonic() - began


def questions(pks: list[int]) -> dict[str, tuple[Callable[[Random], Any], Callable[[Random], Any]]]:
    """What is asked: of the platform, and of the bare table. Both answer the same to the same chance."""
    from django.db import connection

    from anlan.kernel.context import Actor, Context, Grant
    from anlan.sensing import queries
    from anlan.sensing.models import Datastream

    grant = Grant("bench", SCOPE, frozenset({"sensing.station.view"}))
    ctx = Context(actor=Actor("system:bench", "bench"), grants=(grant,))

    def stream(chance: Random) -> Datastream:
        found: Datastream = Datastream.objects.get(pk=chance.choice(pks))
        return found

    def hour(chance: Random) -> datetime:
        return BEGIN + timedelta(hours=chance.randrange(1, 8000))

    def rows(sql: str, given: list[Any]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, given)
            return list(cursor.fetchall())

    def year(chance: Random) -> Any:
        cells = queries.year(ctx, stream(chance), END)
        return [(h, round(m, 6)) for h, m in zip(cells.hour_us.tolist(), cells.mean.tolist(), strict=True)]

    def year_bare(chance: Random) -> Any:
        sql = (
            "SELECT (extract(epoch FROM date_trunc('hour', time - interval '1 microsecond') + interval '1 hour') * 1000000)::int8,"
            " avg(value) FROM bare WHERE stream = %s AND time > %s AND time <= %s GROUP BY 1 ORDER BY 1"
        )
        return [(h, round(m, 6)) for h, m in rows(sql, [chance.choice(pks), BEGIN, END])]

    def single(chance: Random) -> Any:
        one = stream(chance)
        return queries.series(ctx, [one], since=BEGIN, until=END)[one.pk]

    def single_bare(chance: Random) -> Any:
        sql = "SELECT time, value FROM bare WHERE stream = %s AND time > %s AND time <= %s ORDER BY time"
        return rows(sql, [chance.choice(pks), BEGIN, END])

    def newest(_chance: Random) -> Any:
        found = queries.stations_with_latest(ctx, NAME)
        return sorted(found.values_list("code", "value_at", "value"))

    def newest_bare(_chance: Random) -> Any:
        sql = (
            "SELECT s.thing_id, l.time, l.value FROM sensing_datastream s CROSS JOIN LATERAL (SELECT time, value FROM bare"
            " WHERE stream = s.id ORDER BY time DESC LIMIT 1) l ORDER BY 1"
        )
        return rows(sql, [])

    def hourly(chance: Random) -> Any:
        until = hour(chance)
        found = queries.hourly(ctx, NAME, until - timedelta(hours=1), until)[until]
        return sorted((code, round(mean or 0, 6), least, most, n) for code, mean, least, most, n in found)

    def hourly_bare(chance: Random) -> Any:
        until = hour(chance)
        sql = (
            "SELECT d.thing_id, b.m, b.l, b.h, b.n FROM (SELECT stream, avg(value) AS m, min(value) AS l, max(value) AS h, count(*) AS n"
            " FROM bare WHERE time > %s AND time <= %s GROUP BY stream) b JOIN sensing_datastream d ON d.id = b.stream"
        )
        return sorted(
            (c, round(m, 6), low, high, n) for c, m, low, high, n in rows(sql, [until - timedelta(hours=1), until])
        )

    return {
        "year, hours": (year, year_bare), "year, readings": (single, single_bare), "newest of all": (newest, newest_bare),
        "map of an hour": (hourly, hourly_bare),
    }  # fmt: skip


def timed(ask: Callable[[Random], Any], asked: int) -> dict[str, float]:
    """Milliseconds: the first, the median, the 95th of a hundred."""
    chance, took = Random(7), []
    for _n in range(asked):
        began = time.perf_counter()
        ask(chance)
        took.append(1000 * (time.perf_counter() - began))
    rest = sorted(took[1:])
    return {
        "first": round(took[0], 1),
        "p50": round(rest[len(rest) // 2], 1),
        "p95": round(rest[int(0.95 * len(rest))], 1),
    }


def drop_caches() -> bool:
    """Where it is allowed: files are read from disk again."""
    try:
        os.sync()
        Path("/proc/sys/vm/drop_caches").write_text("3", encoding="ascii")
    except OSError:
        return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stations", type=int, nargs="+", default=[100, 1_000, 4_000], help="ascending")
    parser.add_argument(
        "--bare", type=int, nargs="*", default=[100, 1_000], help="of these, with the bare table beside"
    )
    parser.add_argument("--asked", type=int, default=200)
    parser.add_argument(
        "--ask-when", type=Path, metavar="FILE", help="ask only while it is there: others may work while this fills"
    )
    told = parser.parse_args()
    var = Path(tempfile.mkdtemp(prefix="anlan-bench-"))
    os.chmod(var, 0o755)
    cluster = begin_platform(var)
    try:
        from django.db import connection, connections

        from anlan.kernel.context import system
        from anlan.kernel.runtime.memory import keep_loaded
        from anlan.sensing.services import accept_arrays

        pks: list[int] = []
        for round_no, count in enumerate(sorted(told.stations)):
            fresh = register(len(pks), count - len(pks))
            connections.close_all()
            seconds = fill(str(var), cluster.dsn(), fresh, 1 + 100 * round_no)
            pks += fresh
            bare_s = fill_bare(pks) if count in told.bare else None
            asked = questions(pks)
            if bare_s is not None:
                for name, (ours, bare) in asked.items():
                    assert ours(Random(1)) == bare(Random(1)), f"{name}: the answers differ"
            if count == max(told.stations):
                late = np.repeat(np.array(pks[:10_000]), 4)
                at = int(END.timestamp() * 1e6) + (np.tile(np.arange(4), len(late) // 4) + 1) * STEP_S * 1_000_000
                accept_arrays(system("bench"), stream=late, time_us=at, value=np.full(len(late), 1.5))
            with connection.cursor() as cursor:
                cursor.execute(
                    "VACUUM ANALYZE sensing_block, sensing_frame, sensing_latest, sensing_datastream, sensing_thing"
                )
                cursor.execute(
                    "SELECT sum(count), sum(pg_column_size(payload)) FROM sensing_block"
                    if count <= 1000
                    else "SELECT NULL, sum(pg_total_relation_size(relid)) FROM pg_partition_tree('sensing_block')"
                )
                size = cursor.fetchone()[1]
            print(f"    {count} stations are there", file=sys.stderr, flush=True)
            dropped = drop_caches()
            # As every process that answers pages does.
            keep_loaded()
            answer: dict[str, Any] = {
                "stations": count, "readings": count * int((END - BEGIN).total_seconds()) // STEP_S, "gb": round(float(size) / 1e9, 2),
                "filled_s": round(seconds), "compared": bare_s is not None, "cold_first": dropped,
                "ms": {name: timed(ours, told.asked) for name, (ours, _b) in asked.items()},
            }  # fmt: skip
            if bare_s is not None:
                answer["bare_filled_s"] = round(bare_s)
                answer["bare_ms"] = {name: timed(bare, told.asked) for name, (_o, bare) in asked.items()}
            print(json.dumps(answer), flush=True)
        connections.close_all()
    finally:
        cluster.stop()
        shutil.rmtree(var, ignore_errors=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
