"""The command map under load: tiles, "within 3 km", and plotting seen on other seats, with 100,000 objects and 200 open incidents.

    python bench/map.py URL COOKIE_FILE INCIDENT [--seats 10] [--people 30] [--seconds 30] [--tipg URL]

URL: a running platform (filled before by bench/filling.py or a demo). COOKIE_FILE: one ``Cookie`` header a line, one a person.
INCIDENT: id of an open incident with a position. `--people` ask at once what 300 people at their own pace do. `--tipg`: address of a
tile template of tipg over the same table (``http://…/collections/public.registry_shelter/tiles/WebMercatorQuad/{z}/{x}/{y}``); without it
that comparison is left out and said so. Prints one JSON object: p50, p95, p99 in ms and how many of each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np

#: Tiles of the district, zoom 10 to 15, around the incident.
ZOOMS = range(10, 16)
LAYERS = ("command.incident", "registry.shelter", "registry.team", "registry.protected_site", "registry.enterprise")


def figures(took: list[float]) -> dict[str, float | int]:
    """Milliseconds of `took` seconds; empty for nothing measured."""
    if not took:
        return {}
    p50, p95, p99 = np.percentile(np.array(took) * 1000, [50, 95, 99])
    return {"n": len(took), "p50": round(p50, 1), "p95": round(p95, 1), "p99": round(p99, 1)}


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    n = 2**z
    y = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * n
    return z, int((lon + 180) / 360 * n) + random.randint(-1, 1), int(y) + random.randint(-1, 1)


async def timed(ask: Any, into: list[float]) -> httpx.Response:
    began = time.perf_counter()
    answer: httpx.Response = await ask
    into.append(time.perf_counter() - began)
    answer.raise_for_status()
    return answer


async def person(
    client: httpx.AsyncClient, at: tuple[float, float], until: float, into: dict[str, list[float]]
) -> None:
    """Pans, and every tenth time asks what lies within 3 km."""
    while time.monotonic() < until:
        z, x, y = tile_of(*at, random.choice(ZOOMS))
        await timed(client.get(f"/map/tiles/{random.choice(LAYERS)}/{z}/{x}/{y}.mvt"), into["tiles"])
        if random.random() < 0.1:
            body = {"center": at, "radius_m": 3000}
            await timed(client.post("/map/within/", json=body), into["within_3km"])


async def listen(client: httpx.AsyncClient, seen: dict[str, float], ready: asyncio.Event, delays: list[float]) -> None:
    """A seat that hears of each mark and fetches it, as the page does."""
    async with client.stream("GET", "/live/", params={"topics": "command.plotting.changed"}, timeout=None) as stream:
        ready.set()
        async for line in stream.aiter_lines():
            if not line.startswith("data: {") or '"mark"' not in line:
                continue
            told = json.loads(line[6:])
            path = f"/incidents/{told['incident']}/map/plotting/{told['mark']}/"
            label = (await client.get(path)).json()["properties"]["label"]
            if label in seen:
                delays.append(time.perf_counter() - seen[label])


async def main() -> None:
    read = argparse.ArgumentParser()
    read.add_argument("url")
    read.add_argument("cookies", type=Path)
    read.add_argument("incident")
    read.add_argument("--seats", type=int, default=10)
    read.add_argument("--people", type=int, default=30)
    read.add_argument("--seconds", type=float, default=30)
    read.add_argument("--tipg", default="")
    given = read.parse_args()
    cookies = given.cookies.read_text().split("\n")

    def client(n: int) -> httpx.AsyncClient:
        cookie = cookies[n % max(1, len([c for c in cookies if c]))]
        token = re.search(r"csrftoken=([^;]+)", cookie)
        headers = {"Cookie": cookie, "Referer": given.url, **({"X-CSRFToken": token[1]} if token else {})}
        return httpx.AsyncClient(base_url=given.url, headers=headers, timeout=60)

    first = client(0)
    page = (await first.get(f"/incidents/{given.incident}/map/")).text
    found = re.search(r'id="map-config"[^>]*>(.*?)</script>', page, re.S)
    if found is None:
        raise SystemExit("no map of this incident: is the cookie signed in, and may its person see it?")
    focus = json.loads(found[1])["focus"]
    at = (focus["lon"], focus["lat"])
    into: dict[str, list[float]] = {"tiles": [], "within_3km": [], "seen_on_others": [], "tipg": []}
    seen: dict[str, float] = {}
    events = [asyncio.Event() for _ in range(given.seats)]
    seats = [asyncio.create_task(listen(client(n + 1), seen, e, into["seen_on_others"])) for n, e in enumerate(events)]
    await asyncio.gather(*(e.wait() for e in events))
    until = time.monotonic() + given.seconds
    crowd = [asyncio.create_task(person(client(n), at, until, into)) for n in range(given.people)]
    while time.monotonic() < until:
        label = f"{random.random():.9f}"
        seen[label] = time.perf_counter()
        shape = {"type": "Point", "coordinates": [at[0] + random.uniform(-0.01, 0.01), at[1]]}
        body = {"symbol": "post", "geometry": shape, "label": label}
        (await first.post(f"/incidents/{given.incident}/map/plotting/", json=body)).raise_for_status()
        if given.tipg:
            z, x, y = tile_of(*at, random.choice(ZOOMS))
            async with httpx.AsyncClient(timeout=60) as other:
                await timed(other.get(given.tipg.format(z=z, x=x, y=y)), into["tipg"])
        await asyncio.sleep(0.25)
    await asyncio.gather(*crowd)
    await asyncio.sleep(2)
    for seat in seats:
        seat.cancel()
    told = {name: figures(took) for name, took in into.items()}
    print(json.dumps({**told, "drawn": len(seen), "seats": given.seats, "people": given.people}))


if __name__ == "__main__":
    asyncio.run(main())
