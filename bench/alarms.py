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
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx
import numpy as np

PROJECT = Path(__file__).resolve().parent.parent
if __package__ in (None, ""):
    sys.path.insert(0, str(PROJECT))

from bench.alarm_course import (  # noqa: E402
    EVERY_S,
    HELD,
    HELD_S,
    SUM,
    SUM_S,
    THRESHOLD,
    Course,
    Lines,
    Receiver,
    delays,
    feed,
    is_rain,
)
from bench.alarm_peers import measure_prometheus, measure_vm  # noqa: E402

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


def stages() -> dict[str, list[float]]:
    """Milliseconds (median, 95th, 99th of a hundred) on the way of a signal: stored to raised, raised to the bus. Of what is still held."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1000 * extract(epoch FROM o.recorded_at - j.recorded_at), 1000 * extract(epoch FROM o.published_at - o.recorded_at)"
            " FROM kernel_outbox o JOIN sensing_journal j ON o.cause = 'journal:' || j.id"
            " WHERE o.subject = 'analysis.signal.raised' AND o.published_at IS NOT NULL"
        )
        rows = np.array(cursor.fetchall(), float).reshape(-1, 2)
    named = {"stored_to_raised": rows[:, 0], "raised_to_bus": rows[:, 1]}
    return {
        name: [round(v, 1) for v in np.percentile(took, [50, 95, 99]).tolist()]
        for name, took in named.items()
        if len(took)
    }


async def measure_ours(course: Course, rate: int) -> dict[str, Any]:
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
                "webhook": delays(course, sent, receiver.came), "page": delays(course, sent, on_page, by_rule=False),
                "answer_ms": {"p50": round(answered[len(answered) // 2], 1), "p99": round(answered[int(0.99 * len(answered))], 1)},
            }  # fmt: skip
            found["stages_ms"] = await asyncio.to_thread(stages)
            if refused:
                found["refused"] = [len(refused), refused[0]]
            return found


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
