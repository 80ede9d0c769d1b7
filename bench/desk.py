"""The duty desk at the worst hour: every action of it with 200 open incidents and 300 people, beside a bare Django page.

    .venv/bin/python bench/desk.py [--open 200] [--users 300] [--think 20] [--seconds 60] [--alone 25] [--out FILE.json] [--keep VAR]

A platform of its own (real supervisor, database, two web processes, engine). Each of the people has a session; what they do is drawn
from one seed.

work      all of them act with a pause of --think seconds on average: look at what is due, take another incident in hand, read a line,
          open an incident, send a report for signature, note what somebody told … The bare pages are two of the actions.
alone     one person, one action after the other without a pause: what an action costs by itself. `bare /` is the median of the bare page
          (one query, one small template) over that of the action, `rows /` the same with the bare desk (as many rows as the desk shows
          from plain queries). Neither has a session, rights, scope, worlds or steps.

Every action is tried once before anything is timed: its status must be 200. A fault while timing makes the exit code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

PROJECT = Path(__file__).resolve().parent.parent
if __package__ in (None, ""):
    sys.path.insert(0, str(PROJECT))

from bench.crowd import Answer, Line, Taken  # noqa: E402
from bench.pages import _quantile, _settle  # noqa: E402
from bench.standing import machine, platform  # noqa: E402

ACCOUNTS = ("zhibanyuan", "zhibanzhang", "daiban")
AIM_MS = 150
#: How often each is done, in parts.
WEIGHTS = {
    "bare page": 8, "bare desk": 4, "desk, whole": 5, "due": 20, "waiting": 10, "incident in hand": 20, "read a line": 15,
    "open an incident": 2, "send for signature": 2, "form of a step": 6, "form of calls": 5, "figures": 3, "note what was told": 3,
    "join": 2,
}  # fmt: skip
CSRF = "benchbenchbenchbenchbenchbench12"


def main(argv: Sequence[str] | None = None) -> int:
    told = _parse(argv)
    result: dict[str, Any] = {"machine": machine(), "asked": vars(told), "aim_p95_ms": AIM_MS}
    with platform(application="bench.bare:application", keep=told.keep) as standing:
        standing.connect_django()
        stock = Stock.made(told.open)
        people = sessions(told.users)
        host, port = standing.address.removeprefix("http://").split(":")
        room = Room(host, int(port), people, stock)
        wrong = asyncio.run(room.try_all())
        for text in wrong:
            print(f"WRONG {text}")
        if wrong:
            return 1
        result["alone"] = asyncio.run(room.alone(told.alone))
        result["work"] = asyncio.run(room.work(think=told.think, seconds=told.seconds))
    result["load"] = machine()["load"]
    _show(result)
    if told.out:
        Path(told.out).write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    return 1 if any(f["faults"] for f in result["work"].values()) else 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--open", type=int, default=200)
    parser.add_argument("--users", type=int, default=300)
    parser.add_argument("--think", type=float, default=20, help="seconds between two actions of a person, on average")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--alone", type=int, default=25, help="times each action is done alone")
    parser.add_argument("--out", default="")
    parser.add_argument("--keep", default="")
    return parser.parse_args(argv)


@dataclass
class Stock:
    """What the actions are done with. Each draft is sent once, each waiting call joined once."""

    incidents: list[str]
    handled: list[str] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def made(cls, count: int) -> Stock:
        """Open incidents, half of them with a drafted report and waiting calls beside them, as services make them."""
        from anlan.command.incoming import receive
        from anlan.command.models import Incident, Report
        from anlan.command.services import open_incident
        from anlan.places.identity import context_of
        from anlan.places.models import Person
        from bench.filling import Filling

        filling = Filling()
        own = min(count // 4, 50)
        filling.incidents(count - own, open_share=1)
        duty = context_of(Person.objects.get(username=ACCOUNTS[0]))
        for n in range(own):
            street = filling.streets[n % len(filling.streets)]
            open_incident(duty, text=f"{street.name}来电：杨庄东街{n + 1}号院地下室进水，{n % 3 + 1}人被困")
        for n in range(60):
            street = filling.streets[n % len(filling.streets)]
            receive(
                duty,
                text=f"{street.name}来电：路口积水约{n + 10}厘米",
                source=f"{street.name}值班员（示例）",
                scope=street.path,
            )
        stock = cls(
            [str(pk) for pk in Incident.objects.in_world(duty).filter(closed_at=None).values_list("pk", flat=True)]
        )
        stock.drafts = [
            str(pk) for pk in Report.objects.in_world(duty).filter(state="drafted").values_list("pk", flat=True)
        ]
        from anlan.command.models import Incoming

        waiting = Incoming.objects.in_world(duty).filter(state="waiting").values_list("pk", "text")
        stock.calls = [(str(pk), text) for pk, text in waiting]
        stock.handled = [
            str(pk) for pk in Incident.objects.in_world(duty).filter(state="handling").values_list("pk", flat=True)
        ]
        _settle(120)
        return stock


def sessions(count: int) -> list[str]:
    """The cookies of so many signed-in browsers."""
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


@dataclass(frozen=True)
class Act:
    """One request: its path, and the form of a POST."""

    path: str
    form: dict[str, str] | None = None
    part: bool = True


class Room:
    """The people at their desks, one kept connection each."""

    def __init__(self, host: str, port: int, people: list[str], stock: Stock) -> None:
        self.host, self.port, self.people, self.stock = host, port, people, stock
        self.chance = random.Random(20160720)
        self.number = 0

    def act(self, name: str) -> Act | None:
        """What somebody does next under this name; None when nothing of it is left to do."""
        incident = self.chance.choice(self.stock.incidents)
        self.number += 1
        if name == "send for signature":
            return (
                Act(f"/loop/command.report/{self.stock.drafts.pop()}/step/submit/", {}) if self.stock.drafts else None
            )
        if name == "join":
            if not self.stock.calls:
                return None
            call, text = self.stock.calls.pop()
            return Act(f"/desk/join/{incident}/", {"text": text, "incoming": call})
        line = (
            f"12时{self.number % 60:02d}分古城街道来电：古城南路{self.number}号下凹桥积水，{self.number % 4 + 1}人被困"
        )
        return {
            "bare page": Act("/bare/", part=False),
            "bare desk": Act("/bare/desk/", part=False),
            "desk, whole": Act("/desk/", part=False),
            "due": Act("/desk/due/"),
            "waiting": Act("/desk/waiting/"),
            "incident in hand": Act(f"/desk/at-hand/?incident={incident}"),
            "read a line": Act("/desk/parse/", {"text": line}),
            "open an incident": Act("/desk/open/", {"text": line}),
            "form of a step": Act(f"/loop/command.incident/{self.chance.choice(self.stock.handled)}/step/progress/?next=/desk/"),
            "form of calls": Act(f"/incidents/{incident}/reported/first/phone/"),
            "figures": Act(f"/incidents/{incident}/figures/", {"injured": str(self.number % 5), "source": "街道值班员（示例）"}),
            "note what was told": Act(f"/incidents/{incident}/followup/", {"text": f"现场来电：第{self.number}次，已设围挡"}),
        }.get(name)  # fmt: skip

    async def ask(self, line: Line, cookie: str, act: Act) -> tuple[Answer | str, float]:
        began = time.perf_counter()
        try:
            if act.form is None:
                answer: Answer | str = await asyncio.wait_for(line.get(act.path, cookie, part=act.part), 30)
            else:
                body = urlencode({"csrfmiddlewaretoken": CSRF, **act.form}).encode()
                answer = await asyncio.wait_for(line.post(act.path, cookie, body, CSRF), 30)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            await line.close()
            answer = type(error).__name__
        return answer, time.perf_counter() - began

    async def try_all(self) -> list[str]:
        """What does not answer as it should; each action is tried once."""
        line, wrong = Line(self.host, self.port), []
        for name in WEIGHTS:
            act = self.act(name)
            answer = (await self.ask(line, self.people[0], act))[0] if act else "nothing to do it with"
            if not isinstance(answer, Answer) or answer.status != 200:
                said = f"{answer.status} {answer.body[:200]!r}" if isinstance(answer, Answer) else answer
                wrong.append(f"{name}: {act.path if act else ''} {said}")
        await line.close()
        return wrong

    async def alone(self, times: int) -> dict[str, Any]:
        line = Line(self.host, self.port)
        taken = {name: Taken() for name in WEIGHTS}
        for turn in range(times):
            for name in WEIGHTS:
                # What can be done only so often is left for those at work.
                act = None if name in ("send for signature", "join") and turn >= 5 else self.act(name)
                if act is not None:
                    taken[name].note(*await self.ask(line, self.people[turn % len(self.people)], act))
        await line.close()
        floor, rows = (statistics.median(taken[name].seconds) for name in ("bare page", "bare desk"))
        return {
            name: {
                **_figures(t),
                "bare_over": round(floor / statistics.median(t.seconds), 2),
                "rows_over": round(rows / statistics.median(t.seconds), 2),
            }
            for name, t in taken.items()
            if t.seconds
        }

    async def work(self, *, think: float, seconds: float) -> dict[str, Any]:
        taken = {name: Taken() for name in WEIGHTS}
        names, weights = list(WEIGHTS), list(WEIGHTS.values())
        end = time.perf_counter() + seconds

        async def one(cookie: str) -> None:
            line = Line(self.host, self.port)
            await asyncio.sleep(self.chance.uniform(0, think))
            while time.perf_counter() < end:
                name = self.chance.choices(names, weights)[0]
                act = self.act(name)
                if act is not None:
                    taken[name].note(*await self.ask(line, cookie, act))
                await asyncio.sleep(self.chance.uniform(0.5, 1.5) * think)
            await line.close()

        await asyncio.gather(*(one(cookie) for cookie in self.people))
        return {name: _figures(t) for name, t in taken.items()}


def _figures(taken: Taken) -> dict[str, Any]:
    return {
        "n": len(taken.seconds), "p50": round(1000 * _quantile(taken.seconds, 50), 1),
        "p95": round(1000 * _quantile(taken.seconds, 95), 1), "faults": taken.faults,
    }  # fmt: skip


def _show(result: dict[str, Any]) -> None:
    print(f"load {result['load']}")
    print(
        f"{'action':<22} {'alone p50':>10} {'p95 ms':>8} {'bare /':>7} {'rows /':>7} {'work p50':>10} {'p95 ms':>8} {'n':>6}  faults"
    )
    for name, alone in result["alone"].items():
        work = result["work"][name]
        ratios = f"{alone['bare_over']:>7} {alone['rows_over']:>7}"
        print(
            f"{name:<22} {alone['p50']:>10} {alone['p95']:>8} {ratios} {work['p50']:>10} {work['p95']:>8} {work['n']:>6}"
            f"  {work['faults'] or ''}"
        )
    late = [name for name, f in result["work"].items() if f["n"] and f["p95"] > AIM_MS]
    print(f"p95 at work over {AIM_MS} ms: {', '.join(late) or 'none'}")


if __name__ == "__main__":
    sys.exit(main())
