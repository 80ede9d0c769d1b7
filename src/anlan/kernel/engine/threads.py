"""Named single threads for work with the database: each keeps its own connection, in order."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import OperationalError, close_old_connections, connections

log = logging.getLogger("anlan.engine")
_POOLS: dict[str, ThreadPoolExecutor] = {}
#: A connection that was used within so many seconds is not asked whether it still stands; one that broke is found by its use.
TRUSTED_S = 1.0
_used = threading.local()


async def in_thread(name: str, work: Callable[..., Any], *args: Any) -> Any:
    """Run `work` on the thread called `name`; a lost database is waited for, nothing else is swallowed."""
    pool = _POOLS.setdefault(name, ThreadPoolExecutor(1, thread_name_prefix=f"anlan-{name}"))
    while True:
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, _guarded, work, args)
        except OperationalError as error:
            log.warning("%s waits for the database: %s", name, str(error).strip().splitlines()[0])
            await asyncio.sleep(1)


def _guarded(work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    failed = any(c.errors_occurred for c in connections.all(initialized_only=True))
    if failed or time.monotonic() - getattr(_used, "at", float("-inf")) > TRUSTED_S:
        close_old_connections()
    try:
        done = work(*args)
    except OperationalError:
        connections.close_all()
        raise
    _used.at = time.monotonic()
    return done


def close_threads() -> None:
    for pool in _POOLS.values():
        pool.submit(connections.close_all)
        pool.shutdown(wait=False, cancel_futures=True)
    _POOLS.clear()
