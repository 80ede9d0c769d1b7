"""What the gateways have the engine do: look into the folder, keep the mailbox open."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from django.conf import settings

from anlan.kernel.engine.main import add_runner
from anlan.kernel.engine.threads import in_thread

from .folder import folder, take_files

log = logging.getLogger("anlan.gateways")
EVERY_S = 2.0


async def run_folder(stop: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
    while not stop.is_set():
        await in_thread("drop", take_files)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_S)


async def run_mailbox(stop: asyncio.Event) -> None:
    """Only where an address to listen on is set (ANLAN_MAIL_LISTEN)."""
    host, _colon, port = settings.MAIL_LISTEN.rpartition(":")
    if not port.isdigit():
        await stop.wait()
        return
    from .mailbox import serve

    server = await serve(host or "127.0.0.1", int(port))
    log.info("mailbox of the desk on %s", settings.MAIL_LISTEN)
    try:
        await stop.wait()
    finally:
        server.close()


add_runner("drop folder", run_folder)
add_runner("mailbox", run_mailbox)
