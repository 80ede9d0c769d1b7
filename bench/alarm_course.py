"""What every alarm engine is fed with, and how long its alarms take: readings drawn from one seed, sent open loop, and the webhook."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlsplit

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


def delays(
    course: Course, sent: dict[tuple[int, int], float], came: dict[tuple[int, str], float], *, by_rule: bool = True
) -> dict[str, Any]:
    """Milliseconds from the completing reading to its alarm; what never came is counted.

    `by_rule` False: `came` tells the first alarm of a station, whatever its rule.
    """
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
    # Who stands at the threshold stands at the lower depth that must be held too: it must come and is not timed.
    also = {
        (p.station, "held")
        for p in course.plans
        if by_rule and p.rule == "threshold" and p.turn + HELD_S // EVERY_S <= course.turns
    }
    strange = came.keys() - also - {(p.station, p.rule) for p in course.plans}
    missing += len(also - came.keys())

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
