"""From an accepted reading to the alarm: our platform beside VictoriaMetrics with vmalert and Prometheus with Alertmanager.

    .venv/bin/python bench/alarms.py [--stations 10000] [--rate 1000] [--seconds 60] [--only anlan vm prometheus]

Everybody gets the same readings at the same moments, open loop (nobody waits for anybody): every ten milliseconds a batch of
readings, each station in its turn. Quiet values all the time; now and then a station is chosen whose next readings reach a threshold,
a depth held for a minute, or a sum of ten minutes. The clock runs from the moment at which the reading that completes the
condition is sent to the arrival of its alarm at a webhook (and, for us, on an open page's live stream). Load goes to loopback only.

The peers are those of Debian 12 (`apt-get install victoria-metrics prometheus prometheus-alertmanager`), evaluated every second and
told not to hold anything back. A peer that is not installed is said so and left out.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import math
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import httpx

PROJECT = Path(__file__).resolve().parent.parent
if __package__ in (None, ""):
    sys.path.insert(0, str(PROJECT))

EVERY_S, TICK_S = 10, 0.01
THRESHOLD, HELD, SUM = 30.0, 20.0, 15.0
HELD_S, SUM_S = 60, 600


@dataclass(frozen=True, slots=True)
class Plan:
    """One alarm that must come: of `station` by `rule`, completed by the reading of turn `turn`."""

    station: int
    rule: str
    turn: int


@dataclass(slots=True)
class Course:
    """What every station reads at every turn; the same for everybody, drawn from one seed."""

    stations: int
    turns: int
    plans: list[Plan] = field(default_factory=list)

    @staticmethod
    def drawn(stations: int, turns: int, alarms: int) -> Course:
        chance = Random(20160720)
        chosen = chance.sample(range(stations), min(alarms, stations))
        course = Course(stations, turns)
        for n, station in enumerate(chosen):
            rule = ("threshold", "held", "sum")[n % 3] if station % 2 == 0 else "sum"
            rule = rule if (station % 2 == 1) == (rule == "sum") else ("threshold" if n % 2 else "held")
            before = {"threshold": 0, "held": HELD_S // EVERY_S - 1, "sum": 2}[rule]
            first = chance.randrange(1, max(2, turns - before))
            course.plans.append(Plan(station, rule, first + before))
        return course

    def values(self) -> dict[tuple[int, int], float]:
        """(station, turn) → what is not quiet."""
        loud: dict[tuple[int, int], float] = {}
        for plan in self.plans:
            if plan.rule == "threshold":
                for turn in range(plan.turn, self.turns):
                    loud[plan.station, turn] = 35.0
            elif plan.rule == "held":
                for turn in range(plan.turn - HELD_S // EVERY_S + 1, self.turns):
                    loud[plan.station, turn] = 22.0
            else:
                for turn in range(plan.turn - 2, plan.turn + 1):
                    loud[plan.station, turn] = 5.5
        return loud


def is_rain(station: int) -> bool:
    return station % 2 == 1


class Receiver:
    """A webhook: notes when which alarm came first."""

    def __init__(self, station_of: Callable[[dict[str, Any]], list[tuple[int, str]]]) -> None:
        self.station_of = station_of
        self.came: dict[tuple[int, str], float] = {}
        self.port = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Receiver:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_given: object) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = next((int(h[15:]) for h in head.split("\r\n") if h.startswith("content-length:")), 0)
                body = await reader.readexactly(length)
                at = time.monotonic()
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{}")
                with contextlib.suppress(ValueError):
                    for key in self.station_of(json.loads(body or b"{}")):
                        self.came.setdefault(key, at)
        writer.close()


async def feed(
    course: Course, rate: int, send: Callable[[int, list[tuple[int, float]]], Any]
) -> dict[tuple[int, int], float]:
    """Send every turn of every station at its moment; returns when each (station, turn) was sent. Open loop."""
    loud, sent = course.values(), {}
    each = max(1, round(rate * TICK_S))
    per_turn = math.ceil(course.stations / each)
    began = time.monotonic() + 0.2
    tasks: set[asyncio.Task[Any]] = set()
    late = 0.0
    for tick in range(per_turn * course.turns):
        turn, part = divmod(tick, per_turn)
        due = began + tick * TICK_S
        wait = due - time.monotonic()
        late = max(late, -wait)
        if wait > 0:
            await asyncio.sleep(wait)
        own = range(part * each, min((part + 1) * each, course.stations))
        rows = [(s, loud.get((s, turn), 0.0 if is_rain(s) else 3.0)) for s in own]
        now = time.monotonic()
        sent.update(dict.fromkeys(((s, turn) for s in own), now))
        task = asyncio.create_task(send(turn, rows))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    print(f"    the feed was late by {late * 1000:.0f} ms at most", file=sys.stderr)
    return sent


def delays(course: Course, sent: dict[tuple[int, int], float], came: dict[tuple[int, str], float]) -> dict[str, Any]:
    """Milliseconds from the completing reading to its alarm; what never came is counted."""
    found, early, missing = [], 0, 0
    for plan in course.plans:
        at = came.get((plan.station, plan.rule))
        if at is None:
            missing += 1
        elif at < sent[plan.station, plan.turn]:
            early += 1
        else:
            found.append((at - sent[plan.station, plan.turn]) * 1000)
    found.sort()
    strange = [k for k in came if k not in {(p.station, p.rule) for p in course.plans}]

    def at(share: float) -> float | None:
        return round(found[min(len(found) - 1, int(share * len(found)))], 1) if found else None

    return {
        "alarms": len(course.plans), "came": len(found), "missing": missing, "early": early, "unasked": len(strange),
        "ms": {"min": at(0), "p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1)},
    }  # fmt: skip


class Lines:
    """Kept connections to one address; a raw HTTP/1.1 client, since a comfortable one would be slower than what it measures."""

    def __init__(self, address: str, headers: dict[str, str], most: int = 32) -> None:
        at = urlsplit(address)
        self.host, self.port = at.hostname or "127.0.0.1", at.port or 80
        self.head = "".join(f"{k}: {v}\r\n" for k, v in {"Host": at.netloc, **headers}.items())
        self.free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter] | None] = asyncio.Queue()
        for _n in range(most):
            self.free.put_nowait(None)

    async def post(self, path: str, body: bytes, kind: str = "application/json") -> tuple[int, bytes]:
        """One POST over a free connection: status and body."""
        line = await self.free.get()
        try:
            reader, writer = line or await asyncio.open_connection(self.host, self.port, limit=2**24)
            writer.write(
                f"POST {path} HTTP/1.1\r\n{self.head}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            lower = head.lower()
            if "transfer-encoding: chunked" in lower:
                parts = []
                while size := int((await reader.readline()).strip() or b"0", 16):
                    parts.append(await reader.readexactly(size))
                    await reader.readexactly(2)
                await reader.readline()
                found = b"".join(parts)
            else:
                length = next((int(h[15:]) for h in lower.split("\r\n") if h.startswith("content-length:")), 0)
                found = await reader.readexactly(length)
            line = None if "connection: close" in lower else (reader, writer)
            return int(head.split(" ", 2)[1]), found
        finally:
            self.free.put_nowait(line)


# --- ours -------------------------------------------------------------------------------------------------------------


BODIES = {
    "bench.threshold": {"var": "depth_cm", "op": ">=", "value": THRESHOLD, "unit": "cm"},
    "bench.held": {"var": "depth_cm", "op": ">=", "value": HELD, "unit": "cm", "fn": "held", "window_min": HELD_S / 60},
    "bench.sum": {"var": "rain_mm", "op": ">=", "value": SUM, "unit": "mm", "fn": "sum", "window_min": SUM_S / 60},
}


def prepare_ours(stations: int, url: str) -> None:
    """Stations, criteria in force and a webhook, in the platform's own database."""
    from django.contrib.gis.geos import Point
    from django.db import transaction

    from anlan.analysis.book.bodies import shipped_bodies
    from anlan.analysis.models import CriteriaVersion
    from anlan.kernel.context import system
    from anlan.kernel.loops import open_record
    from anlan.kernel.webhooks.models import Progress, Subscription
    from anlan.places.identity import context_of
    from anlan.places.models import Person
    from anlan.places.queries import region
    from anlan.sensing.models import Datastream, Thing

    ctx = system("bench")
    chance = Random(1)
    county = region("110107")
    west, south, east, north = county.outline.extent
    things = [
        Thing(
            code=f"b.{n:06d}", name=f"{n}", scope=county.path, shared_with=["in:110107"], kind="rain" if is_rain(n) else "waterlog",
            position=Point(chance.uniform(west, east), chance.uniform(south, north), srid=4326),
        )
        for n in range(stations)
    ]  # fmt: skip
    with transaction.atomic():
        Thing.everything.bulk_create(things, batch_size=5000)
        Datastream.objects.bulk_create(
            [
                Datastream(
                    thing=t, property="rain_mm", unit="mm", least=0, most=500, interval_s=EVERY_S, period_s=EVERY_S
                )
                if is_rain(n)
                else Datastream(
                    thing=t, property="depth_cm", unit="cm", least=0, most=1000, interval_s=EVERY_S, period_s=0
                )
                for n, t in enumerate(things)
            ],
            batch_size=5000,
        )
        criteria = {
            name: {
                "id": name, "zh": name, "scheme": "warning", "hazard": name.replace(".", "_"), "source": "bench", "confidence": "low",
                "levels": [{"level": "orange", "when": leaf}],
            }
            for name, leaf in BODIES.items()
        }  # fmt: skip
        now = ctx.now()
        open_record(
            ctx, CriteriaVersion, scope=county.path, region=county, number=1000, author="bench", editors=["bench"], effective_from=now,
            content={"criteria": criteria, "off": sorted(shipped_bodies())},
        )  # fmt: skip
        keeper = context_of(Person.objects.get(username="admin"))
        row = open_record(
            ctx, Subscription, scope=county.path, name="bench", url=url, subjects=["analysis.signal."], acts_for=keeper.actor.key,
            created_by=keeper.actor.key,
        )  # fmt: skip
        Subscription.everything.filter(pk=row.pk).update(state="active")
        from anlan.kernel.models import Outbox

        last = Outbox.objects.exclude(position=None).order_by("-position").values_list("position", flat=True).first()
        Progress.objects.update_or_create(subscription_id=row.pk, defaults={"position": last or 0})


def ours_of(body: dict[str, Any]) -> list[tuple[int, str]]:
    given = body.get("data", {})
    given = given.get("payload", given) if isinstance(given, dict) else {}
    station, criterion = str(given.get("station") or ""), str(given.get("criterion") or "")
    if not station.startswith("b.") or not str(body.get("type", "")).endswith("raised"):
        return []
    return [(int(station[2:]), criterion.removeprefix("bench."))]


@asynccontextmanager
async def page(address: str, cookie: str, rules_of: dict[int, str]) -> AsyncIterator[dict[tuple[int, str], float]]:
    """An open page's live stream: when the first signal of which station came (`rules_of`: what is planned for each)."""
    came: dict[tuple[int, str], float] = {}
    begun = asyncio.Event()

    async def listen() -> None:
        asked = ("GET", f"{address}/live/?topics=analysis.signal")
        async with (
            httpx.AsyncClient(timeout=None) as client,
            client.stream(*asked, headers={"Cookie": cookie}) as stream,
        ):
            async for line in stream.aiter_lines():
                begun.set()
                if not line.startswith("data:"):
                    continue
                at = time.monotonic()
                notice = json.loads(line[5:] or "{}")
                live = notice.get("live") or notice.get("payload") or notice
                station = str(live.get("station") or "")
                if station.startswith("b.") and int(station[2:]) in rules_of:
                    came.setdefault((int(station[2:]), rules_of[int(station[2:])]), at)

    task = asyncio.create_task(listen())
    await asyncio.wait_for(begun.wait(), 30)
    try:
        yield came
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, httpx.HTTPError):
            await task


async def measure_ours(course: Course, rate: int) -> dict[str, Any]:
    import os

    from bench.crowd import sign_in
    from bench.standing import platform

    os.environ |= {"ANLAN_WEBHOOK_NETS": "127.0.0.0/8", "ANLAN_WEBHOOK_HOSTS": "127.0.0.1"}
    async with Receiver(ours_of) as receiver:
        with platform() as standing:
            standing.connect_django()
            await asyncio.to_thread(prepare_ours, course.stations, f"http://127.0.0.1:{receiver.port}/")
            cookie = await asyncio.to_thread(sign_in, standing.address, "shuiwu", standing.password())
            watching = await asyncio.to_thread(sign_in, standing.address, "zhibanyuan", standing.password())
            # The judge looks for new stations and versions every ten seconds.
            await asyncio.sleep(15)
            token = next(c.split("=", 1)[1] for c in cookie.split("; ") if "csrf" in c)
            headers = {"Cookie": cookie, "X-CSRFToken": token, "Referer": standing.address}
            base = int(time.time()) // EVERY_S * EVERY_S
            refused: list[Any] = []
            answered: list[float] = []
            line = Lines(standing.address, headers)

            async def send(turn: int, rows: Sequence[tuple[int, float]]) -> None:
                at = datetime.fromtimestamp(base + turn * EVERY_S, UTC).isoformat()
                readings = [
                    {
                        "station": f"b.{s:06d}",
                        "time": at,
                        "value": v,
                        "property": "rain_mm" if is_rain(s) else "depth_cm",
                    }
                    for s, v in rows
                ]
                began = time.monotonic()
                status, told = await line.post(
                    "/api/v1/sensing/observations", json.dumps({"readings": readings}).encode()
                )
                answered.append((time.monotonic() - began) * 1000)
                if status != 200 or json.loads(told)["rejected"]:
                    refused.append(told[:300].decode("utf-8", "replace"))

            planned = {p.station: p.rule for p in course.plans}
            async with page(standing.address, watching, planned) as on_page:
                sent = await feed(course, rate, send)
                await asyncio.sleep(10)
            answered.sort()
            found = {
                "webhook": delays(course, sent, receiver.came), "page": delays(course, sent, on_page),
                "answer_ms": {"p50": round(answered[len(answered) // 2], 1), "p99": round(answered[int(0.99 * len(answered))], 1)},
            }  # fmt: skip
            if refused:
                found["refused"] = [len(refused), refused[0]]
            return found


# --- peers ------------------------------------------------------------------------------------------------------------


def rules(interval: str, *, held_s: int = HELD_S, count: int = HELD_S // EVERY_S, total: float = SUM) -> str:
    """The same three conditions for PromQL."""
    named = {
        "threshold": f"depth_cm >= {THRESHOLD}",
        "held": f"min_over_time(depth_cm[{held_s}s]) >= {HELD} and count_over_time(depth_cm[{held_s}s]) >= {count}",
        "sum": f"sum_over_time(rain_mm[{SUM_S}s]) >= {total}",
    }
    lines = ["groups:", "- name: bench", f"  interval: {interval}", "  rules:"]
    for name, expression in named.items():
        lines += [f"  - alert: {name}", f"    expr: {json.dumps(expression)}"]
    return "\n".join(lines) + "\n"


def alerts_of(body: Any) -> list[tuple[int, str]]:
    rows = body.get("alerts", []) if isinstance(body, dict) else body
    return [
        (int(row["labels"]["station"]), row["labels"]["alertname"])
        for row in rows
        if "station" in row.get("labels", {}) and row.get("status", "firing") != "resolved"
    ]


@contextmanager
def programs(*commands: list[str], folder: Path) -> Iterator[None]:
    """Run programs for as long as the block lasts."""
    running = []
    try:
        for command in commands:
            log = (folder / f"{Path(command[0]).name}.log").open("wb")
            running.append(subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder))
        yield
    finally:
        for one in running:
            one.terminate()
        for one in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                one.wait(10)
            one.kill()


async def answers(url: str, seconds: float = 60) -> None:
    """Wait until an address answers."""
    async with httpx.AsyncClient(timeout=2) as client:
        for _try in range(int(seconds * 5)):
            with contextlib.suppress(httpx.HTTPError):
                if (await client.get(url)).status_code == 200:
                    return
            await asyncio.sleep(0.2)
    raise RuntimeError(f"{url} does not answer")


async def measure_vm(course: Course, rate: int) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="anlan-vm-"))
    (folder / "rules.yml").write_text(rules("1s"), encoding="ascii")
    try:
        async with Receiver(alerts_of) as receiver:
            store = [
                "victoria-metrics", "-httpListenAddr=127.0.0.1:18428", "-storageDataPath=data", "-search.latencyOffset=0s",
                "-search.disableCache", "-loggerLevel=WARN",
            ]  # fmt: skip
            alert = [
                "vmalert", "-rule=rules.yml", "-datasource.url=http://127.0.0.1:18428", "-evaluationInterval=1s",
                f"-notifier.url=http://127.0.0.1:{receiver.port}", "-httpListenAddr=127.0.0.1:18880", "-loggerLevel=WARN",
                "-datasource.lookback=0s", "-datasource.queryStep=10s",
            ]  # fmt: skip
            with programs(store, alert, folder=folder):
                await answers("http://127.0.0.1:18428/health")
                line = Lines("http://127.0.0.1:18428", {})

                async def send(turn: int, rows: Sequence[tuple[int, float]]) -> None:
                    at = int(time.time() * 1000)
                    text = "".join(
                        f'{"rain_mm" if is_rain(s) else "depth_cm"}{{station="{s}"}} {v} {at}\n' for s, v in rows
                    )
                    await line.post("/api/v1/import/prometheus", text.encode(), "text/plain")

                sent = await feed(course, rate, send)
                await asyncio.sleep(20)
            return {"webhook": delays(course, sent, receiver.came)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def measure_prometheus(course: Course, rate: int) -> dict[str, Any]:
    """Prometheus fetches: an exporter shows the newest value of every station, fetched every second."""
    folder = Path(tempfile.mkdtemp(prefix="anlan-prom-"))
    newest = {s: 0.0 if is_rain(s) else 3.0 for s in range(course.stations)}

    async def export(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                text = "".join(
                    f'{"rain_mm" if is_rain(s) else "depth_cm"}{{station="{s}"}} {v}\n' for s, v in newest.items()
                ).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: %d\r\n\r\n"
                    % len(text)
                    + text
                )
                await writer.drain()

    try:
        async with Receiver(alerts_of) as receiver:
            server = await asyncio.start_server(export, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            # A value that is fetched every second until the next one comes counts ten times: the third reading completes the sum with
            # its first fetch, the sixth the minute (fifty seconds of fetches and one).
            text = rules("1s", held_s=HELD_S - EVERY_S, count=HELD_S - EVERY_S - 2, total=5.5 * (2 * EVERY_S + 1))
            (folder / "rules.yml").write_text(text, encoding="ascii")
            (folder / "prometheus.yml").write_text(
                "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\nrule_files: [rules.yml]\n"
                "alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:19093']}]}]}\n"
                f"scrape_configs: [{{job_name: bench, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n",
                encoding="ascii",
            )
            (folder / "alertmanager.yml").write_text(
                "route: {receiver: bench, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}\n"
                f"receivers: [{{name: bench, webhook_configs: [{{url: 'http://127.0.0.1:{receiver.port}/'}}]}}]\n",
                encoding="ascii",
            )
            prometheus = [
                "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=127.0.0.1:19090",
                "--log.level=warn",
            ]  # fmt: skip
            manager = [
                "prometheus-alertmanager", "--config.file=alertmanager.yml", "--storage.path=am", "--web.listen-address=127.0.0.1:19093",
                "--cluster.listen-address=", "--log.level=warn",
            ]  # fmt: skip
            with programs(manager, prometheus, folder=folder):
                await answers("http://127.0.0.1:19093/-/ready")
                await answers("http://127.0.0.1:19090/-/ready")

                async def send(turn: int, rows: Sequence[tuple[int, float]]) -> None:
                    newest.update(rows)

                sent = await feed(course, rate, send)
                await asyncio.sleep(20)
            server.close()
            return {"webhook": delays(course, sent, receiver.came)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


MEASURES = {"anlan": measure_ours, "vm": measure_vm, "prometheus": measure_prometheus}
NEEDS = {"anlan": (), "vm": ("victoria-metrics", "vmalert"), "prometheus": ("prometheus", "prometheus-alertmanager")}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stations", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=1_000, help="readings a second")
    parser.add_argument("--seconds", type=int, default=100)
    parser.add_argument("--alarms", type=int, default=300)
    parser.add_argument("--only", nargs="+", choices=list(MEASURES), default=list(MEASURES))
    told = parser.parse_args()
    if told.stations != told.rate * EVERY_S:
        parser.error(f"a station reads every {EVERY_S} s: --stations must be {EVERY_S} times --rate")
    turns = max(8, round(told.seconds / EVERY_S))
    logging.getLogger("httpx").setLevel(logging.WARNING)
    course = Course.drawn(told.stations, turns, told.alarms)
    for name in told.only:
        absent = [p for p in NEEDS[name] if shutil.which(p) is None]
        if absent:
            print(json.dumps({"system": name, "absent": absent}), flush=True)
            continue
        found = asyncio.run(MEASURES[name](course, told.rate))
        print(
            json.dumps({"system": name, "stations": told.stations, "rate": told.rate, "turns": turns, **found}),
            flush=True,
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
