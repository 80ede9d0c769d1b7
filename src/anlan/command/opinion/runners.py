"""The reader of feeds: runs with the engine, several feeds at a time, each answer taken in one after the other."""

from __future__ import annotations

import asyncio
import time

from django.conf import settings

from anlan.command.models import FeedHealth, OpinionFeed
from anlan.kernel.engine.main import add_runner
from anlan.kernel.engine.stopping import pause
from anlan.kernel.engine.threads import in_thread
from anlan.kernel.fetching import fetch

from . import services

EVERY_S, FORGET_EVERY_S = 10.0, 3600.0
AT_ONCE = 4
ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


async def read_feed_now(feed: OpinionFeed) -> int:
    """Read one feed and take what it brought; returns how many items were new."""
    health: FeedHealth | None = getattr(feed, "health", None)
    fetched = await fetch(
        feed.url, etag=health.etag if health else "", last_modified=health.last_modified if health else "",
        nets=lambda: settings.FEED_NETS, accept=ACCEPT,
    )  # fmt: skip
    return int(await in_thread("opinion", services.take_answer, feed.pk, fetched))


async def run_feeds(stop: asyncio.Event) -> None:
    """Look every few seconds which feeds are due. What a feed answers never ends the reading of the others."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(feed: OpinionFeed) -> None:
        async with gate:
            await read_feed_now(feed)

    forgot = time.monotonic() - FORGET_EVERY_S
    while not stop.is_set():
        if time.monotonic() - forgot >= FORGET_EVERY_S:
            await in_thread("opinion", services.forget_old)
            forgot = time.monotonic()
        due = await in_thread("opinion", services.due_feeds)
        await asyncio.gather(*(one(feed) for feed in due))
        await pause(stop, EVERY_S)


add_runner("opinion", run_feeds)
