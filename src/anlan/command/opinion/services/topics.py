"""What people do with a topic: look, join it to an incident, make it a report to the desk, put items right, record replies."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime

from anlan.command import incoming as queue
from anlan.command.models import Incident, Incoming, OpinionItem, OpinionReply, OpinionTopic
from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict
from anlan.kernel.fetching import web_address
from anlan.kernel.loops import transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.texts import whole_line
from anlan.kernel.wording import words as _

from .taking import HANDLE, KEY

LONGEST_REPLY = 4000


def _locked(ctx: Context, topic: OpinionTopic) -> OpinionTopic:
    fresh: OpinionTopic = (
        OpinionTopic.objects.select_related("region").select_for_update(of=("self",)).get_visible(ctx, pk=topic.pk)
    )
    ctx.require(HANDLE, fresh.scope)
    return fresh


def _looked(ctx: Context, topic: OpinionTopic, step: str, evidence: dict[str, Any]) -> OpinionTopic:
    with transaction.atomic():
        fresh = _locked(ctx, topic)
        moved: OpinionTopic = transition(ctx, fresh, step, evidence=evidence, seen_count=fresh.items_count)
    return moved


@step_service(KEY, "watch")
def watch(ctx: Context, topic: OpinionTopic, evidence: dict[str, Any]) -> OpinionTopic:
    """Somebody looked and goes on watching: what comes from now on counts as new."""
    return _looked(ctx, topic, "watch", evidence)


@step_service(KEY, "look")
def look(ctx: Context, topic: OpinionTopic, evidence: dict[str, Any]) -> OpinionTopic:
    return _looked(ctx, topic, "look", evidence)


def _items(ctx: Context, topic: OpinionTopic) -> Any:
    return OpinionItem.objects.in_world(ctx).filter(topic=topic)


def join_incident(ctx: Context, topic: OpinionTopic, incident: Incident) -> OpinionTopic:
    """The topic is about an incident that is known; its course stands on the incident's page and timeline from now on."""
    with transaction.atomic():
        fresh = _locked(ctx, topic)
        target: Incident = Incident.objects.get_visible(ctx, pk=incident.pk)
        if target.merged_into_id:
            raise Conflict(_("「%(title)s」已并入另一事件") % {"title": target.title}, mend=_("请选择并入后的事件"))
        if fresh.incident_id == target.pk:
            return fresh
        before = str(fresh.incident) if fresh.incident_id else ""
        fresh.incident = target
        fresh.save(update_fields=["incident"])
        auditing.record(
            ctx, action=f"{KEY}.join", label=_("归入事件"), object_type=KEY, object_id=fresh.pk, scope=fresh.scope,
            data={"incident": f"{target.number} {target.title}", "id": str(target.pk), "before": before},
        )  # fmt: skip
    return fresh


def report_topic(ctx: Context, topic: OpinionTopic) -> Incoming:
    """One press: the topic becomes a waiting report at the duty desk, with its words, sources and links.

    Raises Conflict when it was reported already or belongs to an incident.
    """
    with transaction.atomic():
        fresh = _locked(ctx, topic)
        if fresh.incident_id or fresh.incoming_id:
            raise Conflict(
                _("「%(title)s」已经报给值班台，或已归入事件") % {"title": fresh.title}, mend=_("请刷新后查看")
            )
        rows = list(_items(ctx, fresh).order_by("seen_at")[:5])
        if not rows:
            raise Conflict(
                _("「%(title)s」里已经没有条目") % {"title": fresh.title}, mend=_("条目已归入别的舆情，请从那里上报")
            )
        sources = "、".join(dict.fromkeys(i.source for i in rows if i.source)) or _("网络")
        first = rows[0]
        body = first.text if first.text and first.text != first.title else ""
        link = _("原文：%(url)s") % {"url": first.url} if first.url else ""
        text = "。".join(p for p in (first.title.rstrip("。"), body[:1500].rstrip("。"), str(link)) if p)
        fresh.incoming = queue.receive(
            ctx, text=text, source=str(_("网络信息（%(sources)s，待核实）") % {"sources": sources})[:120],
            channel=Incoming.Channel.MESSAGE, scope=fresh.scope, region=fresh.region,
        )  # fmt: skip
        fresh.save(update_fields=["incoming"])
        auditing.record(
            ctx, action=f"{KEY}.report", label=_("报值班台"), object_type=KEY, object_id=fresh.pk, scope=fresh.scope,
            data={"incoming": str(fresh.incoming.pk)},
        )  # fmt: skip
    return fresh.incoming


def follow_incoming(ctx: Context, incoming: Incoming) -> None:
    """The report that a topic became has become an incident, or part of one: so has the topic. Runs twice without harm."""
    incident = incoming.incident
    if incident is None:
        return
    rows = OpinionTopic.objects.in_world(ctx).filter(incoming=incoming, incident__isnull=True)
    for topic in rows:
        join_incident(ctx, topic, incident)


def move_item(ctx: Context, item: OpinionItem, topic: OpinionTopic) -> OpinionItem:
    """Put an item where it belongs: gathering proposes, people put it right."""
    with transaction.atomic():
        fresh: OpinionItem = OpinionItem.objects.select_for_update(of=("self",)).get_visible(ctx, pk=item.pk)
        # Always in the same order, so that two moves cannot wait for each other.
        ids = sorted({topic.pk, *([fresh.topic_id] if fresh.topic_id else [])})
        locked = {pk: _locked(ctx, OpinionTopic(pk=pk)) for pk in ids}
        target = locked[topic.pk]
        if fresh.topic_id == target.pk:
            return fresh
        if target.scope != fresh.scope:
            raise BadInput(_("不是同一个区的舆情"), field="topic", mend=_("请选本区的舆情"))
        weight = len(fresh.sightings) or 1
        if fresh.topic_id:
            source = locked[fresh.topic_id]
            source.items_count = max(0, source.items_count - weight)
            source.seen_count = min(source.seen_count, source.items_count)
            source.save(update_fields=["items_count", "seen_count"])
            emptied = source.state in ("waiting", "watching") and not _items(ctx, source).exclude(pk=fresh.pk).exists()
            if emptied:
                reason = _("条目已全部归入「%(title)s」") % {"title": target.title}
                transition(ctx, source, "dismiss", evidence={"reason": reason})
        target.items_count += weight
        target.last_at = max(target.last_at, fresh.at)
        target.save(update_fields=["items_count", "last_at"])
        fresh.topic, fresh.why = target, [_("%(name)s归入") % {"name": ctx.actor.name}]
        fresh.save(update_fields=["topic", "why"])
        auditing.record(
            ctx, action=f"{KEY}.moved", label=_("改归条目"), object_type=KEY, object_id=target.pk, scope=target.scope,
            data={"title": fresh.title, "item": str(fresh.pk)},
        )  # fmt: skip
    return fresh


def record_reply(
    ctx: Context, topic: OpinionTopic, *, by: str, where: str, words: str, at: datetime | None = None, url: str = ""
) -> OpinionReply:
    """A reply that was given: who, where, when, in which words. `at` None means now. Raises BadInput naming the field, Conflict."""
    labels = {"by": _("谁回应的"), "where": _("在哪里回应的"), "words": _("回应原文")}
    given = {
        "by": whole_line(by, 120, "by", labels["by"]), "where": whole_line(where, 200, "where", labels["where"]),
        "words": words.strip(),
    }  # fmt: skip
    for name, value in given.items():
        if not value:
            raise BadInput(_("没有填“%(label)s”") % {"label": labels[name]}, field=name, mend=_("请补上后再登记"))
    if len(given["words"]) > LONGEST_REPLY:
        raise BadInput(_("回应原文超过 %(n)d 字") % {"n": LONGEST_REPLY}, field="words", mend=_("请摘要，全文用链接"))
    address = web_address(url)
    if url.strip() and not address:
        raise BadInput(_("链接不是完整的网址"), field="url", mend=_("请写成 https:// 开头的网址，或留空"))
    now = ctx.now()
    moment = at or now
    if moment > now + timedelta(minutes=1):
        raise BadInput(
            _("回应时间 %(at)s 在将来") % {"at": f"{localtime(moment):%m-%d %H:%M}"}, field="at", mend=_("请核对时间")
        )
    with transaction.atomic():
        fresh = _locked(ctx, topic)
        if fresh.state == "dismissed":
            raise Conflict(_("「%(title)s」已定为无需处置") % {"title": fresh.title}, mend=_("请刷新后查看"))
        reply = OpinionReply.objects.create(
            topic=fresh, at=moment, where=given["where"], by=given["by"], words=given["words"], url=address,
            recorded_by=ctx.actor.name[:120], recorded_at=now, scope=fresh.scope, shared_with=fresh.shared_with, world_id=ctx.world,
        )  # fmt: skip
        auditing.record(
            ctx, action=f"{KEY}.reply", label=_("登记回应"), object_type=KEY, object_id=fresh.pk, scope=fresh.scope,
            data={"by": reply.by, "where": reply.where, "at": moment, "words": reply.words[:500], "url": address},
        )  # fmt: skip
    return reply
