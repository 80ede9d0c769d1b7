"""Items as they arrive: each once, judged whom it concerns, put to its topic or made one."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DataError, connection, transaction
from django.utils.timezone import localtime

from anlan.command.models import OpinionFeed, OpinionItem, OpinionTopic
from anlan.command.queries.gazetteer import gazetteer_of
from anlan.command.services.papers import district_path
from anlan.events.command import OpinionGrown, OpinionRaised
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from anlan.kernel.fetching import web_address
from anlan.kernel.loops import open_record, transition
from anlan.kernel.scope import above
from anlan.kernel.texts import whole, whole_line
from anlan.kernel.wording import words as _
from anlan.places.queries import Region, region_at, regions_under

from .. import queries
from ..concerning import Concern, concern_of
from ..data import watching
from ..feeds import LONGEST_TEXT, LONGEST_TITLE, Entry, clean
from ..gathering import item_key, likest, title_key

log = logging.getLogger("anlan.opinion")
KEY = OpinionTopic.loop.key
HANDLE = "command.opinion.handle"
#: What the words of a topic are kept for comparison: of its first items only, else it becomes like everything.
KEPT_WORDS = 600
MOST_SIGHTINGS = 200
#: A topic that was dismissed takes further copies quietly for so long.
QUIET_HOURS = 24
EARLIEST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Home:
    """The district that watches: its region, its names from near to far, the digits that its places' codes begin with."""

    region: Region
    names: tuple[str, ...]
    digits: str

    @property
    def path(self) -> str:
        return self.region.path


def home_of(path: str) -> Home:
    """The district of a path. Raises BadInput where there is none."""
    region = region_at(district_path(path)) if path else None
    if region is None:
        raise BadInput(_("没有可用的辖区"), field="text", mend=_("请本级管理员核对您的岗位"))
    around = Region.objects.filter(path__in=above(region.path)[:-1]).order_by("-path").values_list("name", flat=True)
    return Home(region, (region.name, *around), region.path.rstrip("/").rpartition("/")[2])


def take_entries(ctx: Context, feed: OpinionFeed, entries: Iterable[Entry]) -> int:
    """Take what a feed brought; returns how many items were new. Each entry stands for itself: one that cannot be kept stops no other."""
    home = home_of(feed.scope)
    words = queries.own_words(home.path)
    fresh = 0
    for entry in entries:
        try:
            with transaction.atomic():
                _item, made = _take(ctx, home, entry, origin="feed", feed=feed, words=words)
        except (DataError, Refused):
            log.exception("an item of feed %s cannot be kept", feed.pk)
            continue
        fresh += made
    return fresh


def enter_item(
    ctx: Context, *, text: str = "", url: str = "", source: str = "", published_at: datetime | None = None
) -> OpinionItem:
    """What a person saw: words, a link or both. It always concerns us: the person says so. Known ones gain a sighting.

    Raises BadInput, NotAllowed.
    """
    source, url = whole_line(source, 120, "source", _("来源")), whole_line(url, 1000, "url", _("链接"))
    address = web_address(url)
    if url and not address:
        raise BadInput(_("链接不是完整的网址"), field="url", mend=_("请写成 https:// 开头的网址，或留空"))
    plain = clean(whole(text, LONGEST_TEXT, "text", _("原文")), LONGEST_TEXT)
    if not plain and not address:
        raise BadInput(_("没有写内容，也没有链接"), field="text", mend=_("请粘贴原文或链接"))
    if published_at is not None and published_at > ctx.now() + timedelta(minutes=watching().ahead_minutes):
        raise BadInput(_("发布时间在将来"), field="published_at", mend=_("请核对；不知道就留空"))
    paths = ctx.paths(HANDLE)
    if not paths:
        raise NotAllowed(permission=HANDLE)
    home = home_of(min(paths, key=len))
    entry = Entry(_headline(plain) or address[:LONGEST_TITLE], plain, address, source, published_at)
    with transaction.atomic():
        item, made = _take(
            ctx, home, entry, origin="manual" if plain else "link", words=queries.own_words(home.path), surely=True
        )
        auditing.record(
            ctx, action="command.opinion.entered", label=_("录入舆情"), object_type=KEY, object_id=item.topic_id or item.pk,
            scope=home.path, data={"title": item.title, "url": item.url, "source": item.source, "known": not made},
        )  # fmt: skip
    return item


def _headline(text: str) -> str:
    """The first sentence of what was pasted, as a title."""
    ends = [i for c in "。！!？?\n；;" if (i := text.find(c)) >= 4]
    return text[: min(ends, default=60)][:80]


def _take(
    ctx: Context, home: Home, entry: Entry, *, origin: str, feed: OpinionFeed | None = None, words: dict[str, str], surely: bool = False,
) -> tuple[OpinionItem, bool]:  # fmt: skip
    """The item and whether it is new. One district takes one item at a time, so that two feeds cannot open one topic twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"opinion:{ctx.world}:{home.path}"])
    now = ctx.now()
    source = entry.source or (feed.name if feed else "")
    key, alike = item_key(entry.title, entry.text, entry.url), title_key(entry.title)
    known = _known(ctx, home, key, alike, now)
    if known is not None:
        _see_again(ctx, known, source, entry.url, now)
        if surely and known.topic_id is None:
            _place(ctx, home, known, surely=True)
        return known, False
    published = believable(entry.published_at, now)
    said = concern_of(
        f"{entry.title}。{entry.text}" if entry.text != entry.title else entry.title, localtime(published or now), gazetteer_of(home.path),
        home=home.names, own_codes=home.digits, local=surely or bool(feed and feed.local), words=words,
    )  # fmt: skip
    item = OpinionItem(
        key=key, title_key=alike, origin=origin, feed=feed, source=source[:120], title=entry.title[:LONGEST_TITLE],
        text=entry.text[:LONGEST_TEXT], url=entry.url[:1000], published_at=published, seen_at=now,
        sightings=[{"at": now.isoformat(), "source": source[:120], "url": entry.url[:1000]}], sensitive=list(said.sensitive)[:20],
        recognised=_kept(said), by_name=ctx.actor.name[:120] if feed is None else "", why=list(said.why), scope=home.path,
        world_id=ctx.world,
    )  # fmt: skip
    old = not surely and published is not None and now - published > timedelta(hours=watching().oldest_hours)
    if old:
        item.why = [*item.why, _("发布已超过 %(n)d 小时") % {"n": watching().oldest_hours}]
    item.save(force_insert=True)
    if surely or (said.ours and not old):
        _place(ctx, home, item, surely=surely)
    return item, True


def believable(at: datetime | None, now: datetime) -> datetime | None:
    """A stated time, unless it is of another age or in the future."""
    if at is None or at.year < EARLIEST_YEAR or at > now + timedelta(minutes=watching().ahead_minutes):
        return None
    return at


def _kept(said: Concern) -> dict[str, Any]:
    return {
        "region": said.region, "place": said.place, "kind": said.kind, "kind_name": said.kind_name, "elsewhere": said.elsewhere,
        "facts": dict(said.facts), "ours": said.ours,
    }  # fmt: skip


def _known(ctx: Context, home: Home, key: str, alike: str, now: datetime) -> OpinionItem | None:
    rows = OpinionItem.objects.in_world(ctx).select_for_update(of=("self",)).filter(scope=home.path)
    found = rows.filter(key=key).first()
    if found is None and alike:
        since = now - timedelta(hours=watching().together_hours)
        found = rows.filter(title_key=alike, seen_at__gt=since).order_by("seen_at").first()
    return found


def _see_again(ctx: Context, item: OpinionItem, source: str, url: str, now: datetime) -> None:
    """The same from another source, or at another address, is a further sighting; from the same it is nothing new."""
    if any(s["source"] == source[:120] for s in item.sightings) or len(item.sightings) >= MOST_SIGHTINGS:
        return
    item.sightings = [*item.sightings, {"at": now.isoformat(), "source": source[:120], "url": url[:1000]}]
    item.save(update_fields=["sightings"])
    if item.topic_id:
        topic = OpinionTopic.objects.select_for_update(of=("self",)).in_world(ctx).get(pk=item.topic_id)
        _grow(ctx, topic, item, count=1)


def _place(ctx: Context, home: Home, item: OpinionItem, *, surely: bool = False) -> None:
    """Put an item to the topic that it is likest to, or open one."""
    said = item.recognised
    new = queries.comparable(
        f"{item.title}{item.text}", item.at, said.get("region", ""), said.get("place", ""), said.get("kind", "")
    )
    since = item.seen_at - timedelta(hours=QUIET_HOURS)
    rows = OpinionTopic.objects.in_world(ctx).select_for_update(of=("self",)).filter(scope=home.path)
    candidates = [*rows.open(), *([] if surely else rows.filter(state="dismissed", closed_at__gt=since))]
    found = likest(new, queries.topic_things(candidates))
    if not found:
        _open_topic(ctx, home, item)
        return
    topic: OpinionTopic = found[0].id
    item.topic, item.why = topic, list(found[0].reasons)
    item.save(update_fields=["topic", "why"])
    _grow(ctx, topic, item, count=1)


def _open_topic(ctx: Context, home: Home, item: OpinionItem) -> OpinionTopic:
    said = item.recognised
    region = home.region
    if said.get("region"):
        region = next(iter(regions_under(home.path).filter(code=said["region"])), None) or region
    me = _watcher(ctx)
    topic: OpinionTopic = open_record(
        me, OpinionTopic, scope=home.path, title=item.title[:200], region=region, place=said.get("place", ""),
        kind=said.get("kind", ""), kind_name=said.get("kind_name", ""), words=f"{item.title}{item.text}"[:KEPT_WORDS],
        sensitive=item.sensitive, first_at=min(item.at, item.seen_at), last_at=item.at, items_count=1,
        note={"title": item.title, "source": item.source, "why": item.why},
    )  # fmt: skip
    item.topic = topic
    item.save(update_fields=["topic"])
    topic.suggested = queries.similar_incidents(me, topic)
    topic.unreported = not queries.reported_before(me, topic)
    topic.save(update_fields=["suggested", "unreported"])
    announce(
        ctx,
        OpinionRaised(
            topic=str(topic.pk), title=topic.title, region=topic.region.short_code, kind=topic.kind, first_at=topic.first_at.isoformat(),
            sensitive=topic.sensitive, unreported=topic.unreported,
        ),
        scope=topic.scope, shared_with=topic.shared_with,
    )  # fmt: skip
    return topic


def _watcher(ctx: Context) -> Context:
    """Topics are opened by the platform's own watching, in the world and for the cause of `ctx`."""
    return system("opinion", world=ctx.world, cause=ctx.cause)


def _grow(ctx: Context, topic: OpinionTopic, item: OpinionItem, *, count: int) -> None:
    """Count an item in a locked topic; what is watched rises again when much came or something worse is said."""
    worse = [w for w in item.sensitive if w not in topic.sensitive]
    topic.items_count += count
    topic.last_at = max(topic.last_at, item.at)
    topic.first_at = min(topic.first_at, item.at)
    topic.sensitive = [*topic.sensitive, *worse][:20]
    if len(topic.words) < KEPT_WORDS // 2:
        topic.words = f"{topic.words}{item.title}"[:KEPT_WORDS]
    topic.save(update_fields=["items_count", "last_at", "first_at", "sensitive", "words"])
    more = topic.items_count - topic.seen_count
    if topic.state == "watching" and (worse or more >= max(watching().rise_from, topic.seen_count)):
        why = _("新出现：%(words)s") % {"words": "、".join(worse)} if worse else _("又有 %(n)d 条") % {"n": more}
        transition(_watcher(ctx), topic, "rise", evidence={"why": str(why)})
    announce(
        ctx, OpinionGrown(topic=str(topic.pk), region=topic.region.short_code, items=topic.items_count),
        scope=topic.scope, shared_with=topic.shared_with,
    )  # fmt: skip


def raise_item(ctx: Context, item: OpinionItem) -> OpinionTopic:
    """A person says that an item left aside does concern us. Raises Conflict when it stands in a topic already."""
    with transaction.atomic():
        fresh: OpinionItem = OpinionItem.objects.select_for_update(of=("self",)).get_visible(ctx, pk=item.pk)
        ctx.require(HANDLE, fresh.scope)
        if fresh.topic_id:
            raise Conflict(_("这一条已经归入「%(title)s」") % {"title": fresh.topic}, mend=_("请刷新后查看"))
        _place(ctx, home_of(fresh.scope), fresh, surely=True)
        auditing.record(
            ctx, action="command.opinion.raised", label=_("列为舆情"), object_type=KEY, object_id=fresh.topic_id, scope=fresh.scope,
            data={"title": fresh.title, "item": str(fresh.pk)},
        )  # fmt: skip
    assert fresh.topic is not None
    return fresh.topic
