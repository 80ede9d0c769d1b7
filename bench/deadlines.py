"""100,000 open deadlines: how late the platform acts on them, beside two peers on the same table size in the same run.

    .venv/bin/python bench/deadlines.py [--open 100000] [--rate 20] [--seconds 30] [--burst 500] [--kills 3] [--peers bare,procrastinate]
                                        [--out FILE.json] [--keep VAR]

A platform of its own (real supervisor, engine, watchdog, database) holds that many open tasks with a deadline each. Then:

steady    deadlines fall due `--rate` a second, and twice `--burst` of them in the same instant
kill      the same, while the engine is killed (kill -9) at seeded moments
halt      an exercise whose clock stood still for an hour and goes on: nothing may be acted on while it stands, all by its own clock after
outage    every process that could act is stopped (SIGSTOP) while an hour's share of the open deadlines falls due, then goes on. Counted
          from the moment of going on: how long until each was acted on

Acted on means: history and announcement of the passed deadline are committed and seen by another connection that looks every 20 ms.
Late is that moment less the due time. Every deadline must be acted on exactly once; otherwise the exit code is 1.

The peers do nothing but mark a row: `bare` is a loop over an indexed table that looks as often as the engine does, `procrastinate` the job
queue of this very house with as many jobs scheduled for later, once as it comes and once told to look as often.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
if __package__ in (None, ""):
    sys.path.insert(0, str(PROJECT))

from bench.standing import Platform, machine, platform  # noqa: E402

LOOK_S = 0.02
LEAD_S = 4.0
PATIENCE_S = 90.0
AIM_S = 1.0


def main(argv: Sequence[str] | None = None) -> int:
    told = _parse(argv)
    result: dict[str, Any] = {"machine": machine(), "asked": vars(told), "aim_p99_s": AIM_S, "phases": {}}
    with platform(keep=told.keep) as standing:
        standing.connect_django()
        store = Store()
        began = time.monotonic()
        store.open_for_later(told.open)
        print(f"  {told.open} open deadlines ({time.monotonic() - began:.0f} s)", file=sys.stderr)
        phases = {
            "steady": lambda: steady(store, told),
            "kill": lambda: kill(store, standing, told),
            "halt": lambda: halt(store, told),
            "outage": lambda: outage(store, standing, told),
        }
        for name, run in phases.items():
            if name not in told.phases.split(","):
                continue
            _show(name, result["phases"].setdefault(name, run()))
        for peer in filter(None, told.peers.split(",")):
            for name, taken in PEERS[peer](told).items():
                _show(name, result["phases"].setdefault(name, taken))
    result["load"] = machine()["load"]
    if told.out:
        Path(told.out).write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    wrong = [name for name, taken in result["phases"].items() if taken["missing"] or taken["twice"]]
    return 1 if wrong else 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--open", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=20, help="deadlines that fall due in a second")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--burst", type=int, default=500, help="deadlines of the same instant, twice in a phase")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--phases", default="steady,kill,halt,outage")
    parser.add_argument("--peers", default="bare,procrastinate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", default="")
    parser.add_argument("--keep", default="", help="use this var and leave it")
    return parser.parse_args(argv)


def schedule(told: argparse.Namespace, begin: datetime) -> list[datetime]:
    """When the deadlines of a phase fall due: spread evenly, with two bursts."""
    even = [begin + timedelta(seconds=n / told.rate) for n in range(told.rate * told.seconds)]
    bursts = [begin + timedelta(seconds=told.seconds * part) for part in (0.33, 0.66)]
    return sorted([*even, *(at for at in bursts for _n in range(told.burst))])


class Store:
    """Tasks with deadlines, written as the services write them."""

    def __init__(self) -> None:
        from bench.filling import Filling

        self.filling = Filling()
        self.response = self.filling.tasks(1)
        self.number = 0

    def open_for_later(self, count: int) -> None:
        day = timedelta(days=1)
        chance = Random(7)
        now = datetime.now(UTC)
        for begin in range(0, count, 5000):
            size = min(5000, count - begin)
            self.write([now + day + chance.random() * 30 * day for _n in range(size)])
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE command_task")
            cursor.execute("VACUUM ANALYZE kernel_deadline")

    def write(self, due: list[datetime], *, world: Any = None) -> dict[str, datetime]:
        """One task for each due time; returns {record id: due}."""
        from django.db import transaction

        from anlan.command.models import Task
        from anlan.kernel.models import Deadline

        tasks = []
        for at in due:
            self.number += 1
            task = self.filling._task(self.response, self.number)
            task.state_since = task.opened_at = at - timedelta(minutes=30)
            task.due_at = at
            task.card = ""
            if world is not None:
                task.world_id, task.response = world, None
            tasks.append(task)
        rows = [
            Deadline(world_id=task.world_id, loop=Task.loop.key, record=task.pk, state=task.state, due_at=at)
            for task, at in zip(tasks, due, strict=True)
        ]
        with transaction.atomic():
            Task.everything.bulk_create(tasks, batch_size=1000)
            Deadline.objects.bulk_create(rows, batch_size=1000)
        return {str(task.pk): at for task, at in zip(tasks, due, strict=True)}


@dataclass
class Watch:
    """Sees what has been acted on, on a connection of its own. `seen`: {record: [(wall time, rung)]}."""

    address: str
    floor: int
    seen: dict[str, list[float]] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        import psycopg

        question = (
            "SELECT id, payload->>'record' FROM kernel_outbox WHERE id > %s AND subject = 'kernel.deadline.passed'"
            " AND (payload->>'rung')::int = 1"
        )
        with psycopg.connect(self.address, autocommit=True) as connection:
            while not self.stop.is_set():
                began = time.time()
                # Numbers are given before the commit: a smaller one may become visible after a greater one.
                for pk, record in connection.execute(question, [max(self.floor, max(self.known, default=0) - 3000)]):
                    if pk not in self.known:
                        self.known.add(pk)
                        self.seen.setdefault(record, []).append(time.time())
                time.sleep(max(0.0, LOOK_S - (time.time() - began)))


@contextmanager
def watching() -> Iterator[Watch]:
    from django.conf import settings
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM kernel_outbox")
        floor = cursor.fetchone()[0]
    watch = Watch(os.environ["ANLAN_DATABASE_URL"], floor)
    assert settings.configured
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.stop.set()
        thread.join(5)


def _wait(watch: Watch, due: dict[str, datetime], until: float) -> None:
    """Until all have been acted on, at most `PATIENCE_S` past `until` (wall time)."""
    while time.time() < until + PATIENCE_S:
        if time.time() > until and len(due.keys() & watch.seen.keys()) == len(due):
            return
        time.sleep(0.05)


def _result(watch: Watch, due: dict[str, datetime], *, counted_from: float = 0.0) -> dict[str, Any]:
    late = [
        times[0] - max(due[record].timestamp(), counted_from) for record, times in watch.seen.items() if record in due
    ]
    missing = len(due) - len(due.keys() & watch.seen.keys())
    return {**_figures(late), "missing": missing, "twice": sum(len(t) > 1 for r, t in watch.seen.items() if r in due)}


def _figures(late: list[float]) -> dict[str, Any]:
    ordered = sorted(late)

    def at(percent: float) -> float:
        return (
            round(ordered[min(len(ordered) - 1, max(0, int(len(ordered) * percent / 100 + 0.999999) - 1))], 3)
            if ordered
            else float("nan")
        )

    over = sum(s > AIM_S for s in ordered)
    return {
        "n": len(ordered), "p50": at(50), "p95": at(95), "p99": at(99), "most": at(100), "early": sum(s < 0 for s in ordered),
        "over_aim": over,
    }  # fmt: skip


def steady(store: Store, told: argparse.Namespace) -> dict[str, Any]:
    begin = datetime.now(UTC) + timedelta(seconds=LEAD_S)
    due = store.write(schedule(told, begin))
    with watching() as watch:
        _wait(watch, due, max(due.values()).timestamp())
        return _result(watch, due)


def kill(store: Store, standing: Platform, told: argparse.Namespace) -> dict[str, Any]:
    chance = Random(told.seed)
    begin = datetime.now(UTC) + timedelta(seconds=LEAD_S)
    due = store.write(schedule(told, begin))
    ends = max(due.values()).timestamp()
    moments = sorted(
        begin.timestamp() + told.seconds * (n + chance.uniform(0.2, 0.8)) / told.kills for n in range(told.kills)
    )
    killed = 0
    with watching() as watch:
        for moment in moments:
            time.sleep(max(0.0, moment - time.time()))
            os.kill(standing.runtime()["pids"]["engine"]["pid"], signal.SIGKILL)
            killed += 1
        _wait(watch, due, ends)
        return {**_result(watch, due), "kills": killed}


def halt(store: Store, told: argparse.Namespace) -> dict[str, Any]:
    """The clock of an exercise stands for an hour: its anchors are moved as an hour of standing would leave them."""
    from anlan.kernel.models import World

    now = datetime.now(UTC)
    world = World.objects.create(title="measurement", anchor_real=now - timedelta(hours=1), anchor_world=now, rate=0)
    due = store.write(schedule(told, now + timedelta(seconds=1)), world=world.pk)
    with watching() as watch:
        time.sleep(4)
        while_standing = len(watch.seen)
        going = datetime.now(UTC)
        World.objects.filter(pk=world.pk).update(anchor_real=going, rate=1.0)
        shift = going - now
        by_wall = {record: at + shift for record, at in due.items()}
        _wait(watch, by_wall, max(by_wall.values()).timestamp())
        taken = _result(watch, by_wall)
    World.objects.filter(pk=world.pk).update(ended_at=datetime.now(UTC))
    return {**taken, "while_standing": while_standing}


def outage(store: Store, standing: Platform, told: argparse.Namespace) -> dict[str, Any]:
    """An hour's share of what is open fell due while nothing could act. A day's worth is what is open."""
    share = told.open // 24
    pids = [standing.runtime()["pids"][name]["pid"] for name in ("engine", "watchdog")]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    now = datetime.now(UTC)
    try:
        due = store.write([now - timedelta(seconds=3600 * (n + 1) / share) for n in range(share)])
    finally:
        with watching() as watch:
            going = time.time()
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
            _wait(watch, due, going)
            taken = _result(watch, due, counted_from=going)
    return {**taken, "per_second": round(share / taken["most"]) if taken["n"] else 0}


# --- peers -------------------------------------------------------------------------------------------------------------

_BARE = """
import sys, time, psycopg
with psycopg.connect(sys.argv[1], autocommit=True) as db:
    while True:
        n = db.execute("UPDATE bench_due SET acted_at = clock_timestamp() WHERE id IN (SELECT id FROM bench_due WHERE acted_at IS NULL"
                       " AND due_at <= now() ORDER BY due_at LIMIT 250 FOR UPDATE SKIP LOCKED)").rowcount
        if n < 250:
            time.sleep(0.1)
"""


def bare(told: argparse.Namespace) -> dict[str, Any]:
    """A loop over an indexed table: nothing is written but the mark."""
    import psycopg

    address = os.environ["ANLAN_DATABASE_URL"]
    with psycopg.connect(address, autocommit=True) as db:
        db.execute("CREATE TABLE bench_due (id bigserial PRIMARY KEY, due_at timestamptz, acted_at timestamptz)")
        db.execute("CREATE INDEX ON bench_due (due_at) WHERE acted_at IS NULL")
        db.execute(
            "INSERT INTO bench_due (due_at) SELECT now() + interval '1 day' + random() * interval '30 days'"
            " FROM generate_series(1, %s)",
            [told.open],
        )
        begin = datetime.now(UTC) + timedelta(seconds=LEAD_S)
        due = schedule(told, begin)
        with db.cursor() as cursor, cursor.copy("COPY bench_due (due_at) FROM STDIN") as copy:
            for at in due:
                copy.write_row([at])
        peer = subprocess.Popen([sys.executable, "-c", _BARE, address])
        try:
            time.sleep(max(0.0, due[-1].timestamp() + 3 - time.time()))
            late = [
                r[0]
                for r in db.execute(
                    "SELECT extract(epoch FROM acted_at - due_at)::float FROM bench_due WHERE acted_at IS NOT NULL"
                )
            ]
        finally:
            peer.kill()
            peer.wait()
        db.execute("DROP TABLE bench_due")
    return {"peer: bare loop, steady": {**_figures(late), "missing": len(due) - len(late), "twice": 0}}


def procrastinate(told: argparse.Namespace) -> dict[str, Any]:
    """The job queue with every deadline as a job scheduled for its time, in a schema of its own."""
    found = {}
    for name, every in (("5 s, as it comes", 5.0), ("0.1 s", 0.1)):
        found[f"peer: procrastinate looking every {name}, steady"] = asyncio.run(_procrastinate(told, every))
    return found


async def _procrastinate(told: argparse.Namespace, every: float) -> dict[str, Any]:
    import procrastinate as queue
    import psycopg
    from psycopg.conninfo import make_conninfo

    platform_db = os.environ["ANLAN_DATABASE_URL"]
    with psycopg.connect(platform_db, autocommit=True) as db:
        db.execute("DROP SCHEMA IF EXISTS bench_peer CASCADE")
        db.execute("CREATE SCHEMA bench_peer")
    address = make_conninfo(platform_db, options="-c search_path=bench_peer")
    app = queue.App(connector=queue.PsycopgConnector(conninfo=address))
    acted: dict[int, float] = {}

    @app.task(name="act")
    async def act(number: int) -> None:
        acted[number] = time.time()

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        begin = datetime.now(UTC) + timedelta(seconds=LEAD_S + 3)
        due = schedule(told, begin)
        insert = (
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, scheduled_at) SELECT 'default', 'act',"
            " jsonb_build_object('number', {number}), 'todo', {at} "
        )
        with psycopg.connect(address, autocommit=True) as db:
            later = "now() + interval '1 day' + random() * interval '30 days'"
            db.execute(insert.format(number="-n", at=later) + "FROM generate_series(1, %s) n", [told.open])
            with db.cursor() as cursor:
                cursor.executemany(insert.format(number="%s", at="%s"), list(enumerate(due)))
        worker = asyncio.create_task(
            app.run_worker_async(concurrency=4, fetch_job_polling_interval=every, install_signal_handlers=False)
        )
        end = due[-1].timestamp() + PATIENCE_S / 3
        while time.time() < end and len(acted) < len(due):
            await asyncio.sleep(0.1)
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    with psycopg.connect(platform_db, autocommit=True) as db:
        db.execute("DROP SCHEMA IF EXISTS bench_peer CASCADE")
    late = [at - due[n].timestamp() for n, at in acted.items()]
    return {**_figures(late), "missing": len(due) - len(acted), "twice": 0}


PEERS = {"bare": bare, "procrastinate": procrastinate}


def _show(name: str, taken: dict[str, Any]) -> None:
    more = {k: v for k, v in taken.items() if k not in ("n", "p50", "p95", "p99", "most")}
    said = " ".join(f"{k} {v}" for k, v in Counter(more).items() if v)
    print(
        f"{name:<52} n {taken['n']:>6}  late p50 {taken['p50']:>7.3f}  p99 {taken['p99']:>7.3f}  most {taken['most']:>7.3f} s  {said}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
