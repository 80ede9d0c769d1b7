"""What the gateways have the engine do: look into the folder, keep the door for mail open, fetch from mailboxes at a provider."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from django.conf import settings

from anlan.kernel.engine.main import add_runner
from anlan.kernel.engine.stopping import pause
from anlan.kernel.engine.threads import in_thread

from .accounts import Account, BadAccount, accounts
from .collecting import Collector, MailboxFault
from .folder import folder, take_files
from .mail_health import first_read, note

log = logging.getLogger("anlan.gateways")
EVERY_S = 2.0
#: Seconds between two looks into a mailbox; after a fault twice as long each time, up to the second figure.
LOOK_EVERY_S, LOOK_AGAIN_S = 15.0, 300.0


async def run_folder(stop: asyncio.Event) -> None:
    with contextlib.suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
    while not stop.is_set():
        await in_thread("drop", take_files)
        await pause(stop, EVERY_S)


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


async def run_accounts(stop: asyncio.Event) -> None:
    """Only where mailboxes are set (ANLAN_MAIL_BOXES). One that does not answer holds up no other."""
    try:
        found = accounts()
    except BadAccount as fault:
        log.error("no mailbox is read: %s", fault)
        found = []
    await asyncio.gather(*(_run_account(account, stop) for account in found), stop.wait())


async def _run_account(account: Account, stop: asyncio.Event) -> None:
    collector, failures, thread = Collector(account), 0, f"mail {account.key}"
    closing = asyncio.create_task(_close_at_end(collector, stop))
    try:
        while not stop.is_set():
            rest = LOOK_EVERY_S
            try:
                kept, more = await in_thread(thread, _look, collector)
                failures, rest = 0, 0.0 if more else rest
                await in_thread(thread, note, account.key, "", kept, len(collector.left))
            except MailboxFault as fault:
                if stop.is_set():
                    return
                failures += 1
                rest = min(LOOK_EVERY_S * 2**failures, LOOK_AGAIN_S)
                log.log(logging.WARNING if failures == 1 else logging.DEBUG, "mailbox %s: %s", account.key, fault)
                await in_thread(thread, note, account.key, str(fault), 0, len(collector.left))
            await pause(stop, rest)
    finally:
        closing.cancel()
        collector.close()


def _look(collector: Collector) -> tuple[int, bool]:
    return collector.round(first_read(collector.account.key))


async def _close_at_end(collector: Collector, stop: asyncio.Event) -> None:
    """A thread that waits for a server would hold up the end."""
    await stop.wait()
    collector.close()


add_runner("drop folder", run_folder)
add_runner("mailbox", run_mailbox)
add_runner("mailboxes", run_accounts)
