"""How fast pages are with many records and many people, beside a bare Django page in the same processes.

    .venv/bin/python bench/pages.py [--sizes 100,1000,10000] [--tasks 1000] [--users 50] [--repeats 3] [--looks 200]
                                    [--seconds 15] [--work 30] [--think 4] [--only PAGE,…] [--out FILE.json] [--keep VAR]

A demonstration of its own (real supervisor, durable database, two web processes, engine) is filled to each of the sizes. Two ways of
asking, both over loopback:

press   all users load one page again and again without a pause. Every page takes its turn right after the bare page, so that
        what else goes on in the machine weighs on both; the order changes with each repeat. `×` is the page's p95 over that of the
        bare page just before, its spread over the repeats in brackets.
work    all users go from page to page with a pause of --think seconds on average. This is what a person feels.

Before anything is timed, each page is loaded twice by each account: status 200, the words that must stand on it, equal length
but for tokens and clocks; otherwise the page is named and left out, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import re
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.crowd import Answer, Crowd, Line, Someone, Taken, sign_in
from bench.standing import Platform, machine, platform

ACCOUNTS = (
    "zhibanyuan",
    "zhibanzhang",
    "daiban",
    "fuzhihui",
    "zhihuizhang",
    "fangban",
    "gucheng",
    "bajiao",
    "shuiwu",
    "gongan",
)
BARE = "bare"
#: Tiles that cover the district, from the whole of it down to a neighbourhood.
TILES = ((10, 842, 387), (11, 1684, 775), (13, 6739, 3103), (13, 6740, 3103))
MOST_DIFFERENT = 64
"""Bytes by which two answers to the same address may differ: clocks and ages move on."""


@dataclass
class Page:
    """A page to measure: its name, the addresses that an account may open, a word that must stand on it."""

    name: str
    word: str
    paths: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Figure:
    """p50 and p95 in milliseconds; `ratio` of the p95 to the bare page's (median, least, most over the repeats)."""

    p50: float
    p95: float
    per_second: float
    answers: int
    faults: dict[str, int]
    ratio: tuple[float, float, float] | None = None


def main(argv: Sequence[str] | None = None) -> int:
    told = _parse(argv)
    sizes = [int(n) for n in told.sizes.split(",")]
    result: dict[str, Any] = {"machine": machine(), "asked": vars(told), "sizes": {}}
    with platform(application="bench.bare:application", keep=told.keep) as standing:
        standing.connect_django()
        logging.getLogger("httpx").setLevel(logging.WARNING)
        filled, complaints = _fill_base(told.tasks), []
        for size in sizes:
            began = time.monotonic()
            filled.incidents(max(0, size - filled.there()))
            _settle()
            print(f"  {size} incidents ({time.monotonic() - began:.0f} s)", file=sys.stderr)
            people, pages, wrong = asyncio.run(
                _people(standing, told.users, told.only.split(",") if told.only else [], filled.response)
            )
            complaints += [f"{size}: {text}" for text in wrong]
            taken = asyncio.run(_measure(standing, people, pages, told))
            result["sizes"][str(size)] = taken
            _show(size, taken)
            if told.out:
                Path(told.out).write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    _show_growth(result["sizes"])
    for text in complaints:
        print(f"LEFT OUT {text}")
    return 1 if complaints else 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default="100,1000,10000")
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--looks", type=int, default=200, help="answers per page and repeat")
    parser.add_argument("--seconds", type=float, default=15, help="longest time per page and repeat")
    parser.add_argument("--work", type=float, default=30, help="seconds of work per repeat (0: leave it out)")
    parser.add_argument("--think", type=float, default=4, help="seconds between two pages of a person, on average")
    parser.add_argument("--only", default="", help="pages by name, separated by commas")
    parser.add_argument("--out", default="", help="file for all figures as JSON")
    parser.add_argument("--keep", default="", help="use this var and leave it")
    return parser.parse_args(argv)


@dataclass
class Filled:
    """What stands in the database besides incidents, and the means to add those."""

    filling: Any
    response: str

    def incidents(self, count: int) -> None:
        self.filling.incidents(count)

    def there(self) -> int:
        from anlan.command.models import Incident

        found: int = Incident.objects.in_world(self.filling.ctx).count()
        return found


def _fill_base(tasks: int) -> Filled:
    from anlan.command.models import Response
    from bench.filling import Filling

    filling = Filling()
    before = Response.objects.in_world(filling.ctx).open().first()
    if before is not None:
        return Filled(filling, str(before.pk))
    filling.readings()
    filling.calls()
    return Filled(filling, str(filling.tasks(tasks).pk))


def _settle(seconds: float = 180) -> None:
    """Wait until the engine has chained the history and passed on every announcement, and let the database learn its tables."""
    from django.db import connection

    from anlan.kernel.models import AuditEntry, Outbox

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not AuditEntry.objects.filter(seq=None).exists() and not Outbox.objects.filter(published_at=None).exists():
            return
        time.sleep(0.5)
    print("  the engine has not caught up; measuring all the same", file=sys.stderr)


async def _people(
    standing: Platform, users: int, only: Sequence[str], response: str
) -> tuple[list[Someone], list[str], list[str]]:
    """Signed-in people with what each may open; pages that are as they should be; complaints about the others."""
    cookies = {
        name: sign_in(standing.address, name, standing.password())
        for name in ACCOUNTS[: max(1, min(users, len(ACCOUNTS)))]
    }
    pages = await asyncio.to_thread(_pages, list(cookies), response)
    pages = [page for page in pages if not only or page.name in only or page.name == BARE]
    good, wrong = [], []
    host, port = standing.address.removeprefix("http://").split(":")
    line = Line(host, int(port))
    for page in pages:
        fault = await _fault_of(line, page, cookies)
        (wrong if fault else good).append(f"{page.name}: {fault}" if fault else page.name)
    await line.close()
    by_name = {page.name: page for page in pages}
    people = []
    for number in range(users):
        account = list(cookies)[number % len(cookies)]
        own = {name: by_name[name].paths.get(account, []) for name in good}
        people.append(Someone(account, cookies[account], own))
    return people, good, wrong


async def _fault_of(line: Line, page: Page, cookies: dict[str, str]) -> str:
    """What is wrong with a page; empty when it may be timed."""
    if not any(page.paths.values()):
        return "nobody may open it"
    lacking = 0
    page.paths = {
        account: paths for account, paths in page.paths.items() if await _may_open(line, paths, cookies[account])
    }
    if not any(page.paths.values()):
        return "it answers 403 or 404 to everybody"
    for account, paths in page.paths.items():
        for path in paths[:2]:
            first, second = await line.get(path, cookies[account]), await line.get(path, cookies[account])
            for answer in (first, second):
                if answer.status != 200:
                    return f"{path} answers {answer.status} to {account}"
            lacking += page.word.encode() not in first.body
            if abs(len(_still(first)) - len(_still(second))) > MOST_DIFFERENT:
                return f"{path} is not the same twice ({len(first.body)} and {len(second.body)} bytes)"
    looked = sum(len(paths[:2]) for paths in page.paths.values())
    return f"the word {page.word!r} is missing" if lacking == looked else ""


async def _may_open(line: Line, paths: list[str], cookie: str) -> bool:
    """Whether the account's post opens this page at all."""
    return bool(paths) and (await line.get(paths[0], cookie)).status not in (403, 404)


def _still(answer: Answer) -> bytes:
    """The body without tokens."""
    return re.sub(rb'csrf[^"]*"[^"]*"[^"]*"', b"", answer.body)


def _pages(accounts: Sequence[str], response: str) -> list[Page]:
    """Every page with the addresses that each account may open."""
    from django.urls import Resolver404, resolve

    from anlan.command.models import Incident
    from anlan.kernel.layers import layers, layers_for
    from anlan.messaging.models import CallRound
    from anlan.places.identity import context_of
    from anlan.places.models import Person

    tasks = "/tasks/"
    try:
        resolve(tasks)
    except Resolver404:
        tasks = "/loop/command.task/"
    fixed = {
        BARE: ("/bare/", "石景山区"), "home": ("/", "</html>"), "desk": ("/desk/", "</html>"), "incidents": ("/incidents/", "</html>"),
        "tasks": (tasks, "</html>"), "map": ("/map/", "</html>"), "layers.json": ("/map/layers.json", "sensing"),
    }  # fmt: skip
    pages = {name: Page(name, word, {account: [path] for account in accounts}) for name, (path, word) in fixed.items()}
    for name, word in (("incident", "</html>"), ("board", "</html>"), ("calls", "</html>"), ("tiles", "")):
        pages[name] = Page(name, word)
    known = list(layers())
    for account in accounts:
        ctx = context_of(Person.objects.get(username=account))
        incidents = Incident.objects.visible_to(ctx).order_by("-received_at").values_list("pk", flat=True)[:200]
        pages["incident"].paths[account] = [f"/incidents/{pk}/" for pk in list(incidents)[::10]]
        pages["board"].paths[account] = [f"/responses/{response}/"]
        rounds = CallRound.objects.visible_to(ctx).values_list("pk", flat=True)[:1]
        pages["calls"].paths[account] = [f"/calls/{pk}/" for pk in rounds]
        own = {layer.key for layer in layers_for(ctx)}
        drawn = [
            key for key in known if key in own and key in ("command.incident", "sensing.station", "registry.shelter")
        ]
        pages["tiles"].paths[account] = [f"/map/tiles/{key}/{z}/{x}/{y}.mvt" for key in drawn for z, x, y in TILES]
    return list(pages.values())


async def _measure(
    standing: Platform, people: list[Someone], pages: list[str], told: argparse.Namespace
) -> dict[str, Any]:
    crowd = Crowd(standing.address, people)
    measured = [page for page in pages if page != BARE]
    pressed: dict[str, list[Taken]] = {page: [] for page in measured}
    floors: dict[str, list[Taken]] = {page: [] for page in measured}
    worked: dict[str, list[Taken]] = {page: [] for page in pages}
    try:
        for page in pages:
            await crowd.press(page, looks=2 * len(people) if page == BARE else len(people) // 2, seconds=told.seconds)
        for repeat in range(told.repeats):
            order = measured if repeat % 2 == 0 else measured[::-1]
            for page in order:
                floors[page].append(await crowd.press(BARE, looks=told.looks, seconds=told.seconds))
                pressed[page].append(await crowd.press(page, looks=told.looks, seconds=told.seconds))
            if told.work:
                for page, taken in (await crowd.work(pages, think=told.think, seconds=told.work)).items():
                    worked[page].append(taken)
    finally:
        await crowd.close()
    all_floors = [taken for page in measured for taken in floors[page]]
    return {
        "load": machine()["load"],
        "press": {BARE: asdict(_figure(all_floors))} | {p: asdict(_figure(pressed[p], floors[p])) for p in measured},
        "work": {page: asdict(_figure(worked[page])) for page in pages if worked[page]},
    }


def _figure(taken: list[Taken], floors: list[Taken] | None = None) -> Figure:
    seconds = [s for t in taken for s in t.seconds]
    faults: dict[str, int] = {}
    for t in taken:
        for name, count in t.faults.items():
            faults[name] = faults.get(name, 0) + count
    ratios = [
        _quantile(t.seconds, 95) / _quantile(f.seconds, 95)
        for t, f in zip(taken, floors or [], strict=False)
        if t.seconds and f.seconds
    ]
    span = sum(t.span for t in taken)
    return Figure(
        p50=round(1000 * _quantile(seconds, 50), 1), p95=round(1000 * _quantile(seconds, 95), 1),
        per_second=round(len(seconds) / span, 1) if span else 0.0, answers=len(seconds), faults=faults,
        ratio=(round(statistics.median(ratios), 1), round(min(ratios), 1), round(max(ratios), 1)) if ratios else None,
    )  # fmt: skip


def _quantile(values: list[float], percent: int) -> float:
    """Nearest rank; nan without values."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-len(ordered) * percent // 100) - 1))]


def _show(size: int, taken: dict[str, Any]) -> None:
    print(f"\n{size} incidents, load {taken['load']}")
    print(
        f"{'page':<12} {'press p50':>10} {'p95 ms':>8} {'/s':>7} {'× bare (spread)':>20} {'work p50':>10} {'p95 ms':>8}  faults"
    )
    for page, figure in taken["press"].items():
        ratio = "" if figure["ratio"] is None else "{} ({}–{})".format(*figure["ratio"])
        work = taken["work"].get(page, {"p50": "", "p95": "", "faults": {}})
        faults = " ".join(f"{k}×{v}" for k, v in {**figure["faults"], **work["faults"]}.items())
        line = f"{page:<12} {figure['p50']:>10} {figure['p95']:>8} {figure['per_second']:>7} {ratio:>20}"
        print(f"{line} {work['p50']:>10} {work['p95']:>8}  {faults}")


def _show_growth(sizes: dict[str, Any]) -> None:
    if len(sizes) < 2:
        return
    print(f"\np95 under press, ms\n{'page':<12} " + " ".join(f"{size:>8}" for size in sizes))
    for page in next(iter(sizes.values()))["press"]:
        print(
            f"{page:<12} " + " ".join(f"{taken['press'].get(page, {}).get('p95', '–'):>8}" for taken in sizes.values())
        )


if __name__ == "__main__":
    raise SystemExit(main())
