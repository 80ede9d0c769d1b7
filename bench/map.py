"""The command map under load: tiles, "what is within 3 km", and plotting seen on other seats.

    .venv/bin/python bench/map.py [--sizes 1000,10000,100000] [--open 200] [--users 300] [--seconds 40] [--tipg PYTHON] [--out FILE.json]

A platform of its own (real supervisor, database, two web processes, engine) with `--open` open incidents; at each size so many registered
things lie in the district (enterprises, protected sites, shelters, teams), and the same is measured again.

alike     tiles of zoom 13 to 16 from us and from tipg over the same table: each must hold the same things, else nothing is timed.
alone     one tile after the other, ours and tipg's in turn, by zoom; then "within 3 km" of an incident and the page of the map.
work      `--users` people with sessions of nine posts: each moves the map every `--think` seconds on average and then asks for `--tiles`
          tiles of the layers shown; every tenth time for what lies within 3 km. Meanwhile one seat draws a sign a second, and ten
          others hear of each on the live stream and fetch it, as the page does.

What each does: we read the session, the person's rights and world, cut only rows that the person may see, count crowded points by
cells, and answer "unchanged" by content; tipg cuts the same table for anybody, whole, with no session. `--tipg`: a Python with tipg and
uvicorn (an environment of its own, never the project's); without it that comparison is left out and said so.
Every action is tried once before anything is timed; a fault while timing makes the exit code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

PROJECT = Path(__file__).resolve().parent.parent
if __package__ in (None, ""):
    sys.path.insert(0, str(PROJECT))

from bench.crowd import Answer, Line, Taken  # noqa: E402
from bench.pages import _quantile, _settle  # noqa: E402
from bench.standing import machine, platform  # noqa: E402
from bench.tile_content import alike, things_in  # noqa: E402

ACCOUNTS = ("zhibanyuan", "zhibanzhang", "daiban", "fuzhihui", "zhihuizhang", "fangban", "gucheng", "bajiao", "shuiwu")
AIMS_MS = {"tiles": (95, 100), "within 3 km": (95, 150), "seen on others": (99, 300)}
#: Layers that the seat of the duty officer shows, the crowded ones more often.
LAYERS = ("command.incident", "registry.team", "registry.shelter", "registry.protected_site", "registry.enterprise")
COMPARED = "registry.enterprise"
ZOOMS = range(11, 17)
WEST, SOUTH, EAST, NORTH = 116.10, 39.88, 116.26, 39.98
CSRF = "benchbenchbenchbenchbenchbench12"
SEATS = 10


def main(argv: Sequence[str] | None = None) -> int:
    told = _parse(argv)
    result: dict[str, Any] = {"machine": machine(), "asked": vars(told), "aims_ms": AIMS_MS, "sizes": {}}
    wrong: list[str] = []
    with platform(keep=told.keep) as standing:
        standing.connect_django()
        stock = Stock(told.open)
        host, port = standing.address.removeprefix("http://").split(":")
        people = sessions(told.users)
        for size in told.sizes:
            stock.fill(size)
            with tipg(told.tipg, standing.runtime()["database_url"]) as other:
                room = Room((host, int(port)), other, people, stock)
                wrong = asyncio.run(room.try_all())
                if wrong:
                    break
                result["sizes"][size] = asyncio.run(room.measured(told))
            _show(size, result["sizes"][size])
    for text in wrong:
        print(f"WRONG {text}")
    result["load"] = machine()["load"]
    if told.out:
        Path(told.out).write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    faults = [f for size in result["sizes"].values() for f in size["work"].values() if f["faults"]]
    return 1 if wrong or faults else 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=lambda s: [int(n) for n in s.split(",")], default=[1_000, 10_000, 100_000])
    parser.add_argument("--open", type=int, default=200)
    parser.add_argument("--users", type=int, default=300)
    parser.add_argument("--think", type=float, default=30, help="seconds between two moves of a person, on average")
    parser.add_argument("--tiles", type=int, default=6, help="tiles a move asks for")
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--alone", type=int, default=240, help="tiles asked alone")
    parser.add_argument("--tipg", default="")
    parser.add_argument("--out", default="")
    parser.add_argument("--keep", default="")
    return parser.parse_args(argv)


class Stock:
    """Open incidents, and registered things up to a size, drawn from one seed."""

    def __init__(self, open_incidents: int) -> None:
        from anlan.command.models import Incident
        from bench.filling import Filling

        self.filling = Filling()
        self.chance = random.Random(350649)
        there = Incident.objects.in_world(self.filling.ctx).filter(closed_at=None).count()
        self.filling.incidents(max(0, open_incidents - there), open_share=1)
        placed = Incident.objects.in_world(self.filling.ctx).filter(closed_at=None, position__isnull=False)
        self.incidents = [(str(i.pk), (i.position.x, i.position.y)) for i in placed if i.position]

    def fill(self, size: int) -> None:
        """Up to `size` registered things: six in ten enterprises, a quarter protected sites, the rest shelters and teams."""
        from django.contrib.gis.geos import Point
        from django.db import connection

        from anlan.registry.models import Enterprise, ProtectedSite, Shelter, Team

        mix: list[tuple[Any, float, dict[str, Any]]] = [
            (Enterprise, 0.6, {"people": 40}), (ProtectedSite, 0.25, {"kind": "school", "people": 300}),
            (Shelter, 0.1, {"grade": "三级", "shelter_class": "场所", "capacity": 200}), (Team, 0.05, {"kind": "T3", "people": 12}),
        ]  # fmt: skip
        for model, share, given in mix:
            wanted, had = round(size * share), model.everything.filter(code__startswith="m").count()
            for start in range(had, wanted, 5000):
                rows = []
                for n in range(start, min(start + 5000, wanted)):
                    street = self.chance.choice(self.filling.streets)
                    # Half of them crowd around the middles of the streets, as they do.
                    near = self.chance.random() < 0.5
                    middle = (street.position.x, street.position.y) if near and street.position else None
                    at = (
                        (self.chance.gauss(middle[0], 0.006), self.chance.gauss(middle[1], 0.005))
                        if middle
                        else (self.chance.uniform(WEST, EAST), self.chance.uniform(SOUTH, NORTH))
                    )
                    rows.append(
                        model(code=f"m{n}", name=f"{street.name}第{n}号（示例）", scope=street.path, position=Point(*at, srid=4326),
                              accuracy_m=50, updated_at=self.filling.now, **given)
                    )  # fmt: skip
                model.everything.bulk_create(rows, batch_size=5000)
            with connection.cursor() as cursor:
                cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")
        _settle(120)


def sessions(count: int) -> list[str]:
    """The cookies of so many signed-in browsers of nine posts; the first is that of a duty officer."""
    from django.conf import settings
    from django.test import Client

    from anlan.places.models import Person

    people = [Person.objects.get(username=name) for name in ACCOUNTS]
    cookies = []
    for n in range(count):
        client = Client()
        client.force_login(people[n % len(people)])
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={CSRF}")
    return cookies


@contextmanager
def tipg(python: str, database_url: str) -> Iterator[int]:
    """tipg over the platform's own database; its port, 0 without it. One process: of several, none would send at once (TCP_NODELAY)."""
    if not python:
        yield 0
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {k: v for k, v in os.environ.items() if not k.startswith(("ANLAN_", "DJANGO_", "PYTHON"))} | _database(
        database_url
    )
    env |= {
        "TIPG_DB_SCHEMAS": '["public"]',
        "TIPG_DB_TABLES": '["public.registry_enterprise"]',
        "TIPG_MAX_FEATURES_PER_TILE": "200000",
    }
    env |= {"TIPG_DB_SPATIAL_EXTENT": "false", "TIPG_DB_DATETIME_EXTENT": "false"}
    command = [python, "-m", "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "warning"]
    process = subprocess.Popen(command, env=env, cwd="/", start_new_session=True)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                asyncio.run(_hello(port))
                break
            except (OSError, asyncio.IncompleteReadError):
                time.sleep(0.3)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _database(address: str) -> dict[str, str]:
    """The same database in the words of libpq, which asyncpg reads too."""
    from urllib.parse import parse_qs, unquote, urlsplit

    parts = urlsplit(address)
    asked = parse_qs(parts.query)
    host = parts.hostname or asked.get("host", [""])[0]
    port = parts.port or int(asked.get("port", ["5432"])[0])
    name = parts.path.lstrip("/")
    login = f"{parts.username or ''}{':' + parts.password if parts.password else ''}"
    return {"DATABASE_URL": f"postgresql://{login}@{quote(unquote(host), safe='')}:{port}/{name}"}


async def _hello(port: int) -> None:
    line = Line("127.0.0.1", port)
    await line.get("/healthz", "")
    await line.close()


def tile_at(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    n = 2**z
    return (
        z,
        int((lon + 180) / 360 * n),
        int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n),
    )


class Room:
    """The people at their maps, one kept connection each."""

    def __init__(self, own: tuple[str, int], other: int, people: list[str], stock: Stock) -> None:
        self.own, self.other, self.people, self.stock = own, other, people, stock
        self.chance = random.Random(20160720)
        self.drawn = 0

    def line(self) -> Line:
        return Line(*self.own)

    def tile(self, zooms: Sequence[int] = ZOOMS) -> tuple[int, int, int]:
        z = self.chance.choice(list(zooms))
        return tile_at(self.chance.uniform(WEST, EAST), self.chance.uniform(SOUTH, NORTH), z)

    def ours(self, layer: str, tile: tuple[int, int, int]) -> str:
        return f"/map/tiles/{layer}/{tile[0]}/{tile[1]}/{tile[2]}.mvt"

    def theirs(self, tile: tuple[int, int, int]) -> str:
        z, x, y = tile
        return f"/collections/public.registry_enterprise/tiles/WebMercatorQuad/{z}/{x}/{y}?properties=name,accuracy_m&geom-column=position"

    def around(self) -> bytes:
        _pk, at = self.chance.choice(self.stock.incidents)
        return json.dumps({"center": at, "radius_m": 3000}).encode()

    def sign(self, at: tuple[float, float]) -> bytes:
        self.drawn += 1
        shape = {"type": "Point", "coordinates": [at[0] + self.chance.uniform(-0.01, 0.01), at[1]]}
        return json.dumps({"symbol": "post", "geometry": shape, "label": f"{self.drawn}"}).encode()

    async def timed(self, ask: Any, into: Taken) -> Answer | None:
        began = time.perf_counter()
        try:
            answer: Answer | str = await asyncio.wait_for(ask, 30)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            answer = type(error).__name__
        if isinstance(answer, Answer) and answer.status in (201, 204):
            answer.status = 200
        into.note(answer, time.perf_counter() - began)
        return answer if isinstance(answer, Answer) else None

    async def try_all(self) -> list[str]:
        """What does not answer as it should; and whether both makers of tiles show the same things."""
        line, cookie, wrong = self.line(), self.people[0], []
        pk, at = self.stock.incidents[0]
        asks = [
            ("page", await line.get(f"/incidents/{pk}/map/", cookie)),
            ("within", await line.post("/map/within/", cookie, self.around(), CSRF, kind="application/json")),
            (
                "draw",
                await line.post(f"/incidents/{pk}/map/plotting/", cookie, self.sign(at), CSRF, kind="application/json"),
            ),
        ]
        wrong += [f"{n}: {a.status} {a.body[:200]!r}" for n, a in asks if a.status not in (200, 201)]
        if self.other and not wrong:
            peer = Line("127.0.0.1", self.other)
            seen = 0
            for _n in range(40):
                tile = self.tile((13, 14, 15, 16))
                mine = await line.get(self.ours(COMPARED, tile), cookie)
                other = await peer.get(self.theirs(tile), "")
                if mine.status != 200 or other.status not in (200, 204):
                    wrong.append(f"tile {tile}: {mine.status}, tipg {other.status} {other.body[:200]!r}")
                    break
                seen += len(things_in(mine.body))
                differs = alike(mine.body, other.body)
                wrong += [f"tile {tile}: {differs} (tipg)"] if differs else []
            if not seen:
                wrong.append("the compared tiles are empty")
            await peer.close()
        await line.close()
        return wrong

    async def measured(self, told: argparse.Namespace) -> dict[str, Any]:
        return {"alone": await self.alone(told.alone), "work": await self.work(told)}

    async def alone(self, times: int) -> dict[str, Any]:
        """Ours and theirs in turn, by zoom; the pages that ask for them."""
        line, peer = self.line(), Line("127.0.0.1", self.other)
        mine = {z: Taken() for z in ZOOMS}
        other = {z: Taken() for z in ZOOMS}
        size = {z: [0, 0] for z in ZOOMS}
        for n in range(times):
            z = list(ZOOMS)[n % len(ZOOMS)]
            tile = self.tile((z,))
            answer = await self.timed(line.get(self.ours(COMPARED, tile), self.people[0]), mine[z])
            size[z][0] += len(answer.body) if answer else 0
            if self.other:
                answer = await self.timed(peer.get(self.theirs(tile), ""), other[z])
                size[z][1] += len(answer.body) if answer else 0
        rest = {"within 3 km": Taken(), "map page": Taken()}
        for n in range(max(5, times // 12)):
            ask = line.post("/map/within/", self.people[0], self.around(), CSRF, kind="application/json")
            await self.timed(ask, rest["within 3 km"])
            pk = self.stock.incidents[n % len(self.stock.incidents)][0]
            await self.timed(line.get(f"/incidents/{pk}/map/", self.people[0]), rest["map page"])
        await line.close()
        await peer.close()
        tiles = {}
        for z in ZOOMS:
            tiles[z] = {"ours": _figures(mine[z]), "kb": round(size[z][0] / 1000 / max(1, len(mine[z].seconds)), 1)}
            if other[z].seconds:
                pairs = [a / b for a, b in zip(mine[z].seconds, other[z].seconds, strict=False)]
                tiles[z] |= {"tipg": _figures(other[z]), "tipg_kb": round(size[z][1] / 1000 / len(other[z].seconds), 1)}
                tiles[z]["ours_over_tipg"] = [round(q, 2) for q in statistics.quantiles(pairs, n=4)]
        return {"tiles": tiles, **{name: _figures(t) for name, t in rest.items()}}

    async def work(self, told: argparse.Namespace) -> dict[str, Any]:
        taken = {name: Taken() for name in ("tiles", "within 3 km", "draw", "seen on others", "tipg tiles")}
        begun: dict[str, float] = {}
        pk, at = self.stock.incidents[0]
        ready = [asyncio.Event() for _n in range(SEATS)]
        seats = [
            asyncio.create_task(
                self.listen(ACCOUNTS_SEEING[n % len(ACCOUNTS_SEEING)], pk, begun, r, taken["seen on others"])
            )
            for n, r in enumerate(ready)
        ]
        await asyncio.gather(*(r.wait() for r in ready))
        end = time.perf_counter() + told.seconds

        async def one(cookie: str) -> None:
            lines = [self.line(), self.line()]
            await asyncio.sleep(self.chance.uniform(0, told.think))
            while time.perf_counter() < end:
                if self.chance.random() < 0.1:
                    ask = lines[0].post("/map/within/", cookie, self.around(), CSRF, kind="application/json")
                    await self.timed(ask, taken["within 3 km"])
                else:
                    await asyncio.gather(*(self.some(line, cookie, told.tiles // 2, taken["tiles"]) for line in lines))
                await asyncio.sleep(self.chance.uniform(0.5, 1.5) * told.think)
            for line in lines:
                await line.close()

        async def drawing() -> None:
            line = self.line()
            while time.perf_counter() < end - 2:
                body = self.sign(at)
                begun[json.loads(body)["label"]] = time.perf_counter()
                path = f"/incidents/{pk}/map/plotting/"
                await self.timed(line.post(path, self.people[0], body, CSRF, kind="application/json"), taken["draw"])
                await asyncio.sleep(1)

        async def peer() -> None:
            line = Line("127.0.0.1", self.other)
            while self.other and time.perf_counter() < end:
                await self.timed(line.get(self.theirs(self.tile()), ""), taken["tipg tiles"])
                await asyncio.sleep(0.5)

        await asyncio.gather(*(one(cookie) for cookie in self.people), drawing(), peer())
        await asyncio.sleep(1)
        for seat in seats:
            seat.cancel()
        told_ = {name: _figures(t) for name, t in taken.items()}
        told_["seen on others"] |= {"expected": len(taken["draw"].seconds) * SEATS}
        return told_

    async def some(self, line: Line, cookie: str, count: int, into: Taken) -> None:
        for _n in range(count):
            await self.timed(line.get(self.ours(self.chance.choice(LAYERS), self.tile()), cookie), into)

    async def listen(
        self, seat: int, incident: str, begun: dict[str, float], ready: asyncio.Event, into: Taken
    ) -> None:
        """A seat that hears of each sign and fetches it, as the page does."""
        cookie, line = self.people[seat], self.line()
        reader, writer = await asyncio.open_connection(*self.own, limit=2**20)
        place = f"{self.own[0]}:{self.own[1]}"
        writer.write(
            f"GET /live/?topics=command.plotting.changed HTTP/1.1\r\nHost: {place}\r\nCookie: {cookie}\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        ready.set()
        while text := (await reader.readline()).decode():
            if not text.startswith("data: {") or '"mark"' not in text:
                continue
            told = json.loads(text[6:])
            answer = await line.get(f"/incidents/{incident}/map/plotting/{told['mark']}/", cookie)
            label = json.loads(answer.body)["properties"]["label"] if answer.status == 200 else ""
            if label in begun:
                into.note(answer, time.perf_counter() - begun[label])


#: Which of the people see every incident of the district: those of the bureau.
ACCOUNTS_SEEING = (1, 2, 9, 10, 11)


def _figures(taken: Taken) -> dict[str, Any]:
    if not taken.seconds:
        return {"n": 0, "faults": taken.faults}
    named = {f"p{q}": round(1000 * _quantile(taken.seconds, q), 1) for q in (50, 95, 99)}
    return {"n": len(taken.seconds), **named, "faults": taken.faults}


def _show(size: int, found: dict[str, Any]) -> None:
    print(f"\n{size} things")
    print(
        f"{'zoom':<6}{'ours p50':>10}{'p95 ms':>8}{'KB':>8}{'tipg p50':>10}{'p95 ms':>8}{'KB':>9}  ours/tipg, quartiles"
    )
    for z, t in found["alone"]["tiles"].items():
        peer = t.get("tipg", {})
        print(
            f"{z:<6}{t['ours']['p50']:>10}{t['ours']['p95']:>8}{t['kb']:>8}{peer.get('p50', '–'):>10}{peer.get('p95', '–'):>8}"
            f"{t.get('tipg_kb', '–'):>9}  {t.get('ours_over_tipg', '')}"
        )
    for name in ("within 3 km", "map page"):
        print(f"alone {name:<16} {found['alone'][name]}")
    for name, f in found["work"].items():
        print(f"work  {name:<16} {f}")
    for name, (share, aim) in AIMS_MS.items():
        got = found["work"][name].get(f"p{share}")
        print(f"{'held  ' if got is not None and got <= aim else 'MISSED'} {name} p{share} {got} ms, aim {aim}")


if __name__ == "__main__":
    sys.exit(main())
