"""The engine's main program. Rooms add their own runners with `add_runner` (a replay's driver, a feed's reader)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from functools import partial

from django.conf import settings
from procrastinate.contrib.django import app as procrastinate_app

from anlan.kernel import reactions
from anlan.kernel.runtime.memory import keep_loaded

from .bus import connect, prepare_stream
from .relay import run_relay, run_sequencer
from .rooms import run_room
from .stopping import stop_on_signals
from .threads import close_threads
from .timers import run_timers

log = logging.getLogger("anlan.engine")
Runner = Callable[[asyncio.Event], Awaitable[None]]
_RUNNERS: dict[str, Runner] = {}
#: What somebody waits for at every moment. `demo` and `run` give it a process of its own, so that no fold, figure or reaction of
#: the engine holds the interpreter while an alarm waits to leave.
PROMPT = frozenset({"relay", "webhooks"})
#: Seconds for which a busy thread may keep the others from running: the relay and the webhooks wait for little and often.
SWITCH_S = 0.0005


def add_runner(name: str, runner: Runner) -> None:
    """Have `runner(stop)` run for as long as the engine does; it is started again when it fails."""
    _RUNNERS[name] = runner


async def run_engine(stop: asyncio.Event | None = None, *, runs: Callable[[str], bool] = lambda _name: True) -> None:
    """Run until SIGTERM or SIGINT (or `stop`). Every part is restarted when it fails; nothing fails silently.

    `runs(name)`: whether this process runs the part of that name.
    """
    stop = stop or asyncio.Event()
    sys.setswitchinterval(SWITCH_S)
    stop_on_signals(stop)
    nc = await connect("anlan-engine")
    js = nc.jetstream(publish_async_max_pending=4096)
    await prepare_stream(js)
    heads = os.path.join(settings.VAR_DIR, "audit", "heads")
    parts: dict[str, Callable[[], Awaitable[None]]] = {
        "relay": lambda: run_relay(js, stop),
        "sequencer": lambda: run_sequencer(stop, heads_file=heads),
        "timers": lambda: run_timers(stop),
        "jobs": lambda: _run_jobs(stop),
    }
    for room, subjects in reactions.rooms().items():
        parts[f"room {room}"] = partial(run_room, js, room, subjects, stop)
    for name, runner in _RUNNERS.items():
        parts[name] = partial(runner, stop)
    parts = {name: part for name, part in parts.items() if runs(name)}
    log.info("engine runs: %s", ", ".join(parts))
    keep_loaded()
    tasks = [asyncio.create_task(_keep_running(name, part, stop), name=name) for name, part in parts.items()]
    await stop.wait()
    _done, late = await asyncio.wait(tasks, timeout=1.5)
    for task in late:
        task.cancel()
    with contextlib.suppress(Exception):
        await asyncio.wait_for(nc.close(), 0.5)
    close_threads()


async def _keep_running(name: str, part: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await part()
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("%s stopped with an error and is started again", name)
            await asyncio.sleep(1)


async def _run_jobs(stop: asyncio.Event) -> None:
    """Procrastinate's worker on an asynchronous connection of its own; a job in hand is taken up again after a kill."""
    connector = procrastinate_app.connector.get_worker_connector()  # type: ignore[attr-defined]
    with procrastinate_app.replace_connector(connector) as app:
        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(concurrency=2, install_signal_handlers=False, fetch_job_polling_interval=2)
            )
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait({worker, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not worker.done():
                worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker
