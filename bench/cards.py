"""How soon 500 task cards that are issued at one press stand on every screen concerned.

    .venv/bin/python bench/cards.py [--cards 500] [--desks 10] [--units 10] [--presses 5] [--out FILE.json] [--keep VAR]

A demonstration of its own (real supervisor, durable database, two web processes, engine) gets so many communities, each with a post
and somebody who holds it. `--desks` pages of the headquarters and `--units` pages of communities are open, each on its live stream.
One press of 下达 gives an order to all of them. Taken is the time from the press (before the first byte of the form leaves) to the
arrival of the announcement of each card on each page that may see it: all cards on a desk, its own on a community's page. A card that
does not arrive within 30 s is counted as lost, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import httpx

from bench.standing import machine, platform

LONGEST_S = 30
DESKS = ("fangban", "zhibanyuan", "zhibanzhang", "daiban", "zhihuizhang")


def main(argv: Sequence[str] | None = None) -> int:
    told = _parse(argv)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    result: dict[str, Any] = {"machine": machine(), "asked": vars(told), "presses": []}
    with platform(keep=told.keep) as standing:
        standing.connect_django()
        codes = fill(told.cards)
        desks = [cookie_of(DESKS[n % len(DESKS)]) for n in range(told.desks)]
        units = {code: cookie_of(f"bench-{code}") for code in codes[: told.units]}
        for number in range(told.presses):
            taken = asyncio.run(measure(standing.address, desks, units, codes))
            result["presses"].append(taken)
            print(f"press {number + 1}: {json.dumps(taken)}")
    lost = sum(one["lost"] for one in result["presses"])
    result["p99_worst_ms"] = max(one["p99_ms"] for one in result["presses"])
    print(
        f"{told.cards} cards, {told.desks} desks and {told.units} units: worst p99 {result['p99_worst_ms']:.0f} ms, lost {lost}"
    )
    if told.out:
        Path(told.out).write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    return 1 if lost else 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cards", type=int, default=500)
    parser.add_argument("--desks", type=int, default=10)
    parser.add_argument("--units", type=int, default=10)
    parser.add_argument("--presses", type=int, default=5)
    parser.add_argument("--out", default="", help="file for all figures as JSON")
    parser.add_argument("--keep", default="", help="use this var and leave it")
    return parser.parse_args(argv)


def fill(count: int) -> list[str]:
    """So many communities below a street, each with a duty post that somebody holds; returns their codes."""
    from anlan.kernel import clock
    from anlan.places.models import Holding, Organisation, Person, Post
    from anlan.places.queries import region

    street, now = region("110107004000"), clock.real_now()
    codes = [f"bench.{n:04d}" for n in range(count)]
    missing = [c for c in codes if not Organisation.objects.filter(pk=c).exists()]
    made = [
        Organisation(
            code=c, name=f"测量社区{c[6:]}", kind="committee", region=street, scope=street.path, parent_id="sjs.st.gucheng",
            sample=True, updated_at=now,
        )
        for c in missing
    ]  # fmt: skip
    Organisation.objects.bulk_create(made, batch_size=500)
    posts = [
        Post(
            code=f"{c}.duty", name="值班员", organisation_id=c, region=street, scope=street.path, roles=["village"], sample=True,
            updated_at=now,
        )
        for c in missing
    ]  # fmt: skip
    Post.objects.bulk_create(posts, batch_size=500)
    people = [
        # whoever still has to choose a password gets no live stream
        Person(
            username=f"bench-{c}",
            name=f"值班员{c[6:]}（示例）",
            sample=True,
            is_active=True,
            must_change_password=False,
        )
        for c in missing
    ]
    Person.objects.bulk_create(people, batch_size=500)
    Holding.objects.bulk_create(
        [Holding(person=who, post=post, since=now) for who, post in zip(people, posts, strict=True)], batch_size=500
    )
    return codes


def cookie_of(username: str) -> str:
    """The cookie of a signed-in browser, with a form token."""
    from django.conf import settings
    from django.test import Client

    from anlan.places.models import Person

    client = Client()
    client.force_login(Person.objects.get(username=username))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"


TOKEN = "a" * 32


async def measure(address: str, desks: list[str], units: dict[str, str], codes: list[str]) -> dict[str, Any]:
    """One press; milliseconds until each card stood on each page."""
    async with AsyncExitStack() as stack:
        pages = [await _listening(stack, address, cookie) for cookie in desks]
        own = {code: await _listening(stack, address, cookie) for code, cookie in units.items()}
        form = [
            ("text", f"测量：巡查 {time.time_ns()}"),
            ("minutes", "60"),
            *(("organisations", code) for code in codes),
        ]
        head = {
            "Cookie": desks[0], "X-CSRFToken": TOKEN, "Accept": "application/json", "Referer": f"{address}/instructions/new/",
            "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        async with httpx.AsyncClient(timeout=120) as client:
            pressed = time.monotonic()
            answer = await client.post(f"{address}/instructions/new/", content=urlencode(form), headers=head)
            answered = time.monotonic()
        answer.raise_for_status()
        cards = await asyncio.to_thread(cards_of, answer.json()["redirect"])
        wanted = [(page, set(cards.values())) for page in pages] + [(own[c], {cards[c]}) for c in own]
        until = pressed + LONGEST_S
        while time.monotonic() < until and any(cards - page.keys() for page, cards in wanted):
            await asyncio.sleep(0.01)
    took = sorted(page[card] - pressed for page, cards in wanted for card in cards if card in page)
    lost = sum(len(cards - page.keys()) for page, cards in wanted)
    if not took:
        raise RuntimeError("no card arrived on any page")
    return {
        "answer_ms": round((answered - pressed) * 1000, 1), "median_ms": _at(took, 0.5), "p99_ms": _at(took, 0.99),
        "worst_ms": _at(took, 1), "arrivals": len(took), "lost": lost,
    }  # fmt: skip


def cards_of(path: str) -> dict[str, str]:
    """{organisation: task} of the instruction on this page."""
    from anlan.command.models import Task

    rows = Task.objects.unscoped("a measurement").filter(instruction=path.rstrip("/").rsplit("/", 1)[-1])
    return {code: str(pk) for code, pk in rows.values_list("organisation_id", "pk")}


async def _listening(stack: AsyncExitStack, address: str, cookie: str) -> dict[str, float]:
    """An open page's live stream: when which record was first told of."""
    came: dict[str, float] = {}
    begun = asyncio.Event()

    async def listen() -> None:
        asked = ("GET", f"{address}/live/?topics=kernel.loop.")
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
                if live.get("record"):
                    came.setdefault(str(live["record"]), at)

    task = asyncio.create_task(listen())
    stack.push_async_callback(_stopped, task)
    await asyncio.wait_for(begun.wait(), LONGEST_S)
    return came


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError, httpx.HTTPError):
        await task


def _at(sorted_seconds: list[float], share: float) -> float:
    """The figure at this share of the whole, in milliseconds."""
    return round(sorted_seconds[min(len(sorted_seconds) - 1, int(share * len(sorted_seconds)))] * 1000, 1)


if __name__ == "__main__":
    sys.exit(main())
