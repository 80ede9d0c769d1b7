"""Reading feeds: which are due, and what an answer means for the feed and for its items. Times here are of the wall clock."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import OperationalError, transaction

from anlan.command.models import FeedHealth, OpinionFeed, OpinionItem
from anlan.kernel import clock
from anlan.kernel.context import Context, system
from anlan.kernel.errors import Refused
from anlan.kernel.fetching import Fetched

from ..data import watching
from ..feeds import NotAFeed, read_feed
from .taking import take_entries

log = logging.getLogger("anlan.opinion")
#: A feed that fails is asked more seldom, at most so much.
MOST_PATIENCE = 8


def reader() -> Context:
    """The part of the platform that reads feeds: in the real world only, exercises have none."""
    return system("opinion")


def due_feeds(most: int = 20) -> list[OpinionFeed]:
    """Feeds in use that are to be read now, the longest waiting first."""
    now = clock.real_now()
    rows = OpinionFeed.objects.unscoped("feeds of all regions are read by one part of the platform")
    found = []
    for feed in rows.filter(retired_at__isnull=True).select_related("health"):
        health = getattr(feed, "health", None)
        if health is None or health.tried_at is None:
            found.append((timedelta.max, feed))
            continue
        pause = timedelta(minutes=feed.every_min * min(MOST_PATIENCE, 2 ** min(health.failures, 3)))
        if now - health.tried_at >= pause:
            found.append((now - health.tried_at - pause, feed))
    return [feed for _late, feed in sorted(found, key=lambda one: one[0], reverse=True)[:most]]


def forget_old() -> int:
    """Remove what feeds brought and concerns nobody here, after so many days; returns how many. What stands in a topic stays."""
    before = clock.real_now() - timedelta(days=watching().keep_days)
    rows = OpinionItem.objects.in_world(reader()).filter(
        topic__isnull=True, origin=OpinionItem.Origin.FEED, seen_at__lt=before
    )
    return int(rows.delete()[0])


def take_answer(feed_id: object, fetched: Fetched) -> int:
    """Note how reading went and take what came; returns how many items were new. Runs twice without harm."""
    ctx = reader()
    feed = OpinionFeed.objects.in_world(ctx).filter(pk=feed_id, retired_at__isnull=True).first()
    if feed is None:
        return 0
    health, _made = FeedHealth.objects.get_or_create(feed=feed)
    health.tried_at = clock.real_now()
    fresh, error = 0, fetched.error
    if not error and not fetched.unchanged:
        try:
            fresh = take_entries(ctx, feed, read_feed(fetched.body, fetched.content_type))
        except (NotAFeed, Refused) as refused:
            error = str(refused)
        except OperationalError:
            raise
        except Exception as fault:
            # Whatever a stranger sends, the reader of the other feeds goes on.
            log.exception("feed %s", feed.pk)
            error = f"{type(fault).__name__}: {fault}"
    with transaction.atomic():
        health.error = error[:300]
        if error:
            health.failures += 1
        else:
            health.failures, health.read_at = 0, health.tried_at
            if not fetched.unchanged:
                health.etag, health.last_modified = fetched.etag, fetched.last_modified
            if fresh:
                health.fresh_at, health.brought = health.tried_at, health.brought + fresh
        health.save()
    return fresh
