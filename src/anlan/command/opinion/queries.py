"""What may be asked about public opinion; every answer is cut to what the person may see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from anlan.command.models import (
    Incident,
    Incoming,
    OpinionCheck,
    OpinionFeed,
    OpinionItem,
    OpinionReply,
    OpinionTopic,
    OpinionWord,
)
from anlan.command.services.papers import district_path
from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.loops.record import LoopQuerySet
from anlan.kernel.scope import above

from .gathering import heat, likest

PAGE = 60
#: So many open incidents are compared with a topic.
COMPARED = 200
SUGGESTED = 3


def topics(ctx: Context) -> LoopQuerySet:
    """Visible topics."""
    return OpinionTopic.objects.visible_to(ctx).select_related("region", "incident")


def open_topics(ctx: Context) -> LoopQuerySet:
    """Topics that are not over: what is due first on top."""
    return topics(ctx).open().order_by(F("due_at").asc(nulls_last=True), "-last_at")


def waiting_topics(ctx: Context) -> LoopQuerySet:
    """Topics that nobody has looked at yet."""
    return topics(ctx).filter(state="waiting")


def topic(ctx: Context, pk: Any) -> OpinionTopic:
    """Raises NotFound."""
    return OpinionTopic.objects.select_related("region", "incident", "incoming").get_visible(ctx, pk=pk)


def items_of(ctx: Context, of: OpinionTopic) -> list[OpinionItem]:
    return list(OpinionItem.objects.visible_to(ctx).filter(topic=of).order_by("-seen_at", "-pk"))


def checks_of(ctx: Context, of: OpinionTopic) -> list[OpinionCheck]:
    rows = OpinionCheck.objects.visible_to(ctx).filter(topic=of)
    return list(rows.select_related("organisation").order_by("-opened_at"))


def replies_of(ctx: Context, of: OpinionTopic) -> list[OpinionReply]:
    return list(OpinionReply.objects.visible_to(ctx).filter(topic=of).order_by("at", "pk"))


def loose_items(ctx: Context) -> QuerySet[OpinionItem]:
    """Items that belong to no topic, the newest first."""
    return OpinionItem.objects.visible_to(ctx).filter(topic__isnull=True).order_by("-seen_at", "-pk")


def of_incident(ctx: Context, incident: Incident) -> list[OpinionTopic]:
    """Topics about an incident and about those that were merged into it, the earliest first."""
    about = Q(incident=incident) | Q(incident__merged_into=incident)
    return list(topics(ctx).filter(about).order_by("first_at"))


def unreported(ctx: Context, since: datetime, until: datetime) -> list[OpinionTopic]:
    """Topics between two times that came up before anybody had reported such an event from there: a fact for whoever judges
    whether something was omitted or concealed. One that was found untrue or dismissed is none."""
    rows = topics(ctx).filter(first_at__gt=since, first_at__lte=until, unreported=True)
    return list(rows.exclude(state="dismissed").exclude(verdict="false").order_by("first_at"))


def moments_of(items: Iterable[OpinionItem]) -> list[datetime]:
    """When each sighting of the items was."""
    return [datetime.fromisoformat(s["at"]) for item in items for s in item.sightings]


def heats(ctx: Context, found: Iterable[OpinionTopic], *, hours: int = 24) -> dict[Any, list[int]]:
    """Sightings in each of the last hours by topic, in one query."""
    now = ctx.now()
    rows = OpinionItem.objects.visible_to(ctx).filter(topic__in=[t.pk for t in found]).only("topic_id", "sightings")
    moments: dict[Any, list[datetime]] = {}
    for item in rows:
        moments.setdefault(item.topic_id, []).extend(moments_of([item]))
    return {t.pk: heat(moments.get(t.pk, []), now, hours=hours) for t in found}


def comparable(text: str, at: datetime, region: str, place: str, kind: str, id: Any = None) -> dict[str, Any]:
    """What `gathering` compares."""
    return {"id": id, "text": text, "at": at, "region": region, "place": place, "kind": kind}


def topic_things(rows: Iterable[OpinionTopic]) -> list[dict[str, Any]]:
    return [comparable(t.words, t.last_at, t.region_id, t.place, t.kind, t) for t in rows]


def similar_incidents(ctx: Context, of: OpinionTopic) -> list[dict[str, Any]]:
    """Open incidents, and those that ended within two days, that the topic may be about: ``{id, label, url, reasons}``."""
    since = ctx.now() - timedelta(hours=48)
    rows = (
        Incident.objects.visible_to(ctx).filter(Q(closed_at__isnull=True) | Q(closed_at__gt=since))
        .filter(scope__startswith=district_path(of.scope)).exclude(state__in=("merged", "false")).order_by("-received_at")[:COMPARED]
    )  # fmt: skip
    known = [
        comparable(f"{i.title}{i.text}", i.occurred_at or i.received_at, i.region_id, i.place, i.kind, i) for i in rows
    ]
    new = comparable(of.words, of.first_at, of.region_id, of.place, of.kind)
    return [
        {"id": str(m.id.pk), "label": f"{m.id.number} {m.id.title}", "url": m.id.get_absolute_url(), "reasons": list(m.reasons)}
        for m in likest(new, known)[:SUGGESTED]
    ]  # fmt: skip


def reported_before(ctx: Context, of: OpinionTopic) -> bool:
    """Whether anybody had reported an event there when the topic came up: an incident like it, or a waiting report from there."""
    if similar_incidents(ctx, of):
        return True
    since = of.first_at - timedelta(hours=12)
    near = Incoming.objects.visible_to(ctx).filter(opened_at__gt=since, opened_at__lte=of.opened_at)
    near = near.filter(scope__startswith=district_path(of.scope)).order_by("-opened_at")[:COMPARED]
    rows = [comparable(i.text, i.happened_at or i.opened_at, i.region_id or "", "", "", i) for i in near]
    return bool(likest(comparable(of.words, of.first_at, of.region_id, of.place, ""), rows))


def own_words(path: str) -> dict[str, str]:
    """Sensitive words that a region and those above it keep, with their groups."""
    rows = OpinionWord.objects.unscoped("a region judges by its own words and by those above it")
    return dict(rows.filter(scope__in=above(path), retired_at__isnull=True).values_list("word", "group"))


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed with how it fares: `trouble` says what is wrong, "" when nothing is."""

    feed: OpinionFeed
    trouble: str
    quiet: bool


def feed_states(rows: Iterable[OpinionFeed]) -> list[FeedState]:
    """How feeds fare, by the wall clock. Silent: nothing new for longer than the feed's own limit."""
    from django.utils.translation import gettext as _

    now, found = clock.real_now(), []
    for feed in rows:
        health = getattr(feed, "health", None)
        if health is None or health.tried_at is None:
            found.append(FeedState(feed, "", False))
            continue
        trouble = health.error if health.failures >= 3 else ""
        last = health.fresh_at or health.tried_at
        quiet = now - last > timedelta(hours=feed.silent_hours)
        if not trouble and quiet:
            trouble = _("已 %(n)d 小时没有新内容") % {"n": int((now - last).total_seconds() // 3600)}
        found.append(FeedState(feed, trouble, quiet))
    return found


def feeds(ctx: Context) -> QuerySet[OpinionFeed]:
    rows = OpinionFeed.objects.visible_to(ctx).filter(retired_at__isnull=True).select_related("health")
    return rows.order_by("scope", "name")
