"""The watchdog: a process of its own, so that it outlives whatever stands still. `anlan watchdog`, started by the supervisor.

Every ten seconds it brings a probe to the front door and waits for it at an open page. It says what it knows in a file every second
(`kernel.health.state`), and in the database whenever that answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import logging
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.utils.translation import override

from anlan.events.health import ProbePassed
from anlan.kernel import reactions
from anlan.kernel.engine.bus import PREFIX, STREAM, connect
from anlan.kernel.engine.stopping import stop_on_signals
from anlan.kernel.engine.timers import LEFT_LYING, run_timers
from anlan.kernel.health.figures import database_answers
from anlan.kernel.health.processes import processes
from anlan.kernel.health.state import read_state, write_state
from anlan.kernel.wording import shown
from anlan.sensing.probing import register_probe

from . import queries, services
from .chain import STAGES, Chain, Passage, words_for
from .knocking import Refused, knock, listen
from .lane import Lane, Unreachable, run_apart

log = logging.getLogger("anlan.watchdog")
#: Languages in which the file says what is wrong.
LANGUAGES = ("zh-hans", "en")
#: Seconds for the database to say where a probe is, and to write something down.
LOOK_S, WRITE_S = 2.0, 20.0
UPKEEP_EVERY_S, ROOMS_EVERY_S, FORGET_EVERY_S, CLIMB_EVERY_S = 3.0, 10.0, 300.0, 5.0
#: How often it looks for deadlines that the engine has left lying.
STAND_IN_EVERY_S = 0.2


@dataclass(frozen=True, slots=True)
class Manner:
    """How it watches: every so many seconds a probe, late after so many; through which door."""

    every: float
    deadline: float
    address: str
    host: str
    var: Path

    @classmethod
    def of_environment(cls) -> Manner:
        allowed = settings.ALLOWED_HOSTS
        address = os.environ.get("ANLAN_ADDRESS") or "http://127.0.0.1:8000"
        named = next((h for h in allowed if not h.startswith((".", "*"))), "")
        reached = address.partition("://")[2].partition(":")[0]
        return cls(
            every=float(os.environ.get("ANLAN_PROBE_EVERY_S") or 10), deadline=float(os.environ.get("ANLAN_PROBE_DEADLINE_S") or 5),
            address=address, host="" if "*" in allowed or reached in allowed else named, var=Path(settings.VAR_DIR),
        )  # fmt: skip


async def run_watchdog(stop: asyncio.Event | None = None, manner: Manner | None = None) -> None:
    """Run until SIGTERM or SIGINT (or `stop`)."""
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    stop_on_signals(stop)
    await Watchdog(manner or Manner.of_environment(), loop).run(stop)


class Watchdog:
    def __init__(self, manner: Manner, loop: asyncio.AbstractEventLoop) -> None:
        self.manner, self.loop = manner, loop
        self.chain = Chain(manner.deadline, time.monotonic())
        self.looking, self.writing = Lane("looking"), Lane("writing")
        self.registered = False
        self.next_probe = 0.0
        self.reason: dict[int, str] = {}
        self.answers = {"database": False, "bus": False, "live": False}
        self.stages: dict[str, float] = {}
        self.last_passed: datetime | None = None
        self.upkeep: dict[str, Any] | None = None
        self.rooms: dict[str, int] = {}
        self.idle: dict[str, str] = {}
        #: The standstill as it is to be written down: ``{"since", "stage", "text", "mend"}``, with "recovered_at" once it is over.
        self.standstill: dict[str, Any] | None = None
        self.unwritten: list[dict[str, Any]] = []
        self.runs: list[dict[str, Any]] = []
        self._js: Any = None
        self._stop = asyncio.Event()
        self._take_up()

    def _take_up(self) -> None:
        """A standstill that was there when the watchdog was last alive goes on."""
        before = read_state(self.manner.var)
        if before and before.get("state") == "stuck" and before.get("since"):
            since = datetime.fromisoformat(before["since"])
            self.chain.since, self.chain.stage = int(since.timestamp() * 1000), before.get("stage") or "judge"

    async def run(self, stop: asyncio.Event) -> None:
        self._stop = stop
        run_apart(lambda: listen(self.manner.address, self.manner.host, self._heard_live, self._live_is))
        parts = [
            self._follow_bus(),
            self._each(self._probe_when_due, 0.1),
            self._each(self._look_round, 1.0),
            self._each(self._write_down, 0.5),
            self._each(self._stand_in, 1.0),
        ]
        tasks = [asyncio.create_task(part) for part in parts]
        await stop.wait()
        for task in tasks:
            task.cancel()

    async def _each(self, work: Any, pause: float) -> None:
        while True:
            try:
                await work()
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("%s", work.__name__)
            await asyncio.sleep(pause)

    async def _stand_in(self) -> None:
        """Deadlines that the engine leaves lying are acted on from here: nobody waits until it has been started again."""
        await run_timers(self._stop, every=STAND_IN_EVERY_S, left_lying=LEFT_LYING)

    # --- probes ---------------------------------------------------------------------------------------------------

    async def _probe_when_due(self) -> None:
        now = time.monotonic()
        if now >= self.next_probe:
            self.next_probe = now + self.manner.every
            await self._send(now)
        for passage in self.chain.overdue(now):
            await self._find(passage)
        self.chain.forget(now)

    async def _send(self, now: float) -> None:
        if not self.registered:
            with contextlib.suppress(Unreachable, DatabaseTrouble):
                await self.looking.ask(register_probe, seconds=LOOK_S)
                self.registered = True
        number = int(time.time() * 1000)
        self.chain.send(number, now)
        run_apart(lambda: self._knock(number))

    def _knock(self, number: int) -> None:
        """On a thread of its own: the door may be slow to say anything."""
        try:
            knock(self.manner.address, self.manner.host, number, self.manner.deadline)
        except Refused as refused:
            self._tell(self._refused, number, str(refused))
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            self._tell(self.reason.__setitem__, number, f"{type(error).__name__}: {error}"[:200])
        else:
            self._tell(self._note, number, "web", time.monotonic())

    def _refused(self, number: int, why: str) -> None:
        """It came through the door and was not stored."""
        self.reason[number] = why
        self._note(number, "web", time.monotonic())

    def _tell(self, act: Any, *given: Any) -> None:
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(act, *given)

    def _heard_live(self, number: int) -> None:
        self._tell(self._note, number, "live", time.monotonic())

    def _live_is(self, there: bool) -> None:
        self.answers["live"] = there

    def _note(self, number: int, stage: str, now: float) -> None:
        stood = self.chain.stands_still
        passage = self.chain.note(number, stage, now)
        if passage is not None:
            self._passed(passage)
        if stood and not self.chain.stands_still:
            self._recovered()

    def _passed(self, passage: Passage) -> None:
        if self.last_passed is None:
            # Whatever is open from before this process was started is over.
            self.unwritten.append({"recovered_at": datetime.now(UTC)})
        self.last_passed = datetime.now(UTC)
        self.reason.pop(passage.number, None)
        # Written a moment later: the door's own answer may still be on its way.
        self.loop.call_later(0.5, self._keep, passage)

    def _keep(self, passage: Passage) -> None:
        if passage.is_through:
            self.stages = {stage: round(passage.took(stage) or 0.0, 4) for stage in STAGES if stage in passage.passed}
        ms = {f"{s}_ms": round(t * 1000) for s in ("web", "judge", "bus", "live") if (t := passage.took(s)) is not None}
        sent = datetime.fromtimestamp(passage.number / 1000, UTC)
        self.runs = [*self.runs[-500:], {"number": passage.number, "sent_at": sent, "stuck_at": passage.stuck_at, **ms}]

    async def _find(self, passage: Passage) -> None:
        """A probe is late: ask those who should know how far it came."""
        stage = passage.next_stage
        try:
            at = await self.looking.ask(queries.whereabouts, passage.number, seconds=LOOK_S)
            self.answers["database"] = True
            if at != "journal":
                stage = max(stage, at, key=STAGES.index)
        except (Unreachable, DatabaseTrouble):
            self.answers["database"] = await self._database_answers()
            if not self.answers["database"] and stage in ("web", "journal", "judge"):
                stage = "database"
        if passage.is_through:
            return
        now = time.monotonic()
        coming_up = self.chain.is_coming_up(now)
        self.chain.get_stuck(passage, stage, now)
        self._keep(passage)
        said = (
            "the platform is coming up: probe %s waits before %s %s" if coming_up else "probe %s is stuck before %s %s"
        )
        log.log(
            logging.INFO if coming_up else logging.ERROR,
            said,
            passage.number,
            stage,
            self.reason.get(passage.number, ""),
        )
        if self.chain.stands_still:
            self._stands_still()

    async def _database_answers(self) -> bool:
        try:
            return bool(await asyncio.wait_for(asyncio.to_thread(database_answers), LOOK_S + 1))
        except TimeoutError:
            return False

    # --- what is said ---------------------------------------------------------------------------------------------

    def _words(self) -> tuple[Any, Any]:
        why = next(iter(self.reason.values()), "") if self.chain.stage == "journal" else ""
        return words_for(self.chain.stage, self.idle, why)

    def _since(self) -> datetime:
        return datetime.fromtimestamp((self.chain.since or 0) / 1000, UTC)

    def _stands_still(self) -> None:
        self._look_at_processes()
        text, mend = self._words()
        told = {"stage": self.chain.stage, "since": self._since(), "text": text, "mend": mend}
        if self.standstill is None:
            log.error("the platform stands still: %s", text)
        self.standstill = told
        self._say()

    def _recovered(self) -> None:
        now = datetime.now(UTC)
        if self.standstill is not None:
            lasted = (now - self.standstill["since"]).total_seconds()
            log.error("the platform works again after %.0f s (%s)", lasted, self.standstill["text"])
            self.unwritten.append({**self.standstill, "recovered_at": now})
        else:
            self.unwritten.append({"recovered_at": now})
        self.standstill = None
        self._say()

    def _look_at_processes(self) -> None:
        self.idle = {
            p.name: p.state for p in processes(self.manner.var) if p.state != "running" and p.name != "watchdog"
        }

    async def _look_round(self) -> None:
        """Every second: who runs, what the database says, and the state into the file."""
        before = dict(self.idle)
        self._look_at_processes()
        if self.idle and self.idle != before:
            self.next_probe = 0.0  # Something has just stopped: no reason to wait for the next turn.
        self._say()

    def _say(self) -> None:
        state = "stuck" if self.chain.stands_still else "ok" if self.chain.has_passed else "starting"
        if state == "stuck" and self.upkeep:
            state = "maintenance"
        text, mend = self._words() if self.chain.stands_still else ("", "")
        told: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(), "pid": os.getpid(), "state": state, "stage": self.chain.stage,
            "since": self._since().isoformat() if self.chain.stands_still else None, "text": {}, "mend": {},
            "last_passed": self.last_passed.isoformat() if self.last_passed else None, "upkeep": self.upkeep,
            "stages": self.stages, "sent": self.chain.sent, "passed": self.chain.passed, "stuck": self.chain.stuck,
            "rooms": self.rooms, **self.answers, "idle": self.idle, "reason": next(iter(self.reason.values()), ""),
        }  # fmt: skip
        for language in LANGUAGES:
            with override(language):
                told["text"][language], told["mend"][language] = str(shown(text)), str(shown(mend))
        try:
            write_state(self.manner.var, told)
        except OSError as error:
            log.error("the state cannot be written: %s", error)

    # --- the bus --------------------------------------------------------------------------------------------------

    async def _follow_bus(self) -> None:
        while True:
            try:
                client = await connect("anlan-watchdog")
                self._js = client.jetstream()
                await client.subscribe(PREFIX + ProbePassed.subject, cb=self._heard_bus)
                break
            except Exception as error:
                log.warning("the watchdog waits for the bus: %s", error)
                await asyncio.sleep(1)
        while True:
            self.answers["bus"] = client.is_connected
            await self._ask_rooms()
            await asyncio.sleep(ROOMS_EVERY_S if self.answers["bus"] else 1.0)

    async def _heard_bus(self, message: Any) -> None:
        notice = msgspec.json.decode(message.data)
        now, number = time.monotonic(), int(notice["payload"]["number"])
        passage = self.chain.under_way.get(number) or self.chain.through.get(number)
        judged = datetime.fromisoformat(notice["payload"]["judged_at"]).timestamp()
        for stage in ("journal", "judge") if passage is not None else ():
            self._note(number, stage, passage.sent + max(0.0, judged - number / 1000))  # type: ignore[union-attr]
        self._note(number, "bus", now)

    async def _ask_rooms(self) -> None:
        """How many announcements each room has not taken yet."""
        found = {}
        for room in reactions.rooms():
            try:
                info = await self._js.consumer_info(STREAM, f"room-{room}", timeout=2)
            except Exception:
                continue
            found[room] = int(info.num_pending or 0) + int(info.num_ack_pending or 0)
        self.rooms = found

    # --- the database ---------------------------------------------------------------------------------------------

    async def _write_down(self) -> None:
        """Whatever has to be kept, as soon as the database takes it."""
        now = time.monotonic()
        try:
            await self._read_upkeep(now)
            if self.standstill is not None and not self.upkeep:
                await self._write(services.record_standstill, self.standstill)
                if self._due("climb", now, CLIMB_EVERY_S):
                    await self.writing.ask(services.climb_standstill, seconds=WRITE_S)
            while self.unwritten:
                await self._write_over(self.unwritten[0])
                self.unwritten.pop(0)
            while self.runs:
                await self._write(services.keep_run, self.runs[0])
                self.runs.pop(0)
            if self._due("forget", now, FORGET_EVERY_S):
                await self.writing.ask(services.forget_probes, seconds=WRITE_S)
            self.answers["database"] = True
        except Unreachable:
            self.answers["database"] = False
        except DatabaseTrouble as error:
            self.answers["database"] = False
            log.warning("the watchdog waits for the database: %s", str(error).strip().splitlines()[:1])
            await asyncio.sleep(1)

    async def _write(self, act: Any, given: dict[str, Any]) -> None:
        def written() -> None:
            act(**given)

        await self.writing.ask(written, seconds=WRITE_S)

    async def _write_over(self, over: dict[str, Any]) -> None:
        if "since" in over and not self.upkeep:
            await self._write(services.record_standstill, over)
        else:
            await self._write(services.end_standstill, {"recovered_at": over["recovered_at"]})

    async def _read_upkeep(self, now: float) -> None:
        if self._due("upkeep", now, UPKEEP_EVERY_S):
            self.upkeep = await self.writing.ask(queries.upkeep_told, seconds=WRITE_S)
        if self.upkeep and datetime.fromisoformat(self.upkeep["until"]) <= datetime.now(UTC):
            self.upkeep = None

    def _due(self, what: str, now: float, every: float) -> bool:
        done: dict[str, float] = self.__dict__.setdefault("_done", {})
        if now - done.get(what, float("-inf")) < every:
            return False
        done[what] = now
        return True
