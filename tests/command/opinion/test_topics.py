"""Public opinion from the first item to the reply: gathered, looked at, verified, joined to its incident."""

from datetime import datetime, timedelta

import pytest

from anlan.command.models import Incoming, OpinionCheck, OpinionItem, OpinionTopic
from anlan.command.opinion import queries
from anlan.command.opinion.services import (
    ask_to_verify,
    enter_item,
    join_incident,
    move_item,
    raise_item,
    record_reply,
    report_topic,
)
from anlan.command.services import open_incident
from anlan.events.command import OpinionJudged, OpinionRaised
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.models import Outbox
from anlan.kernel.reactions import drain
from anlan.messaging.models import Delivery
from tests.command.conftest import CALL

UNDERPASS = "石景山古城南路下凹桥积水齐腰深，两辆车被淹没"


def topics(ctx):
    return list(OpinionTopic.objects.visible_to(ctx).order_by("opened_at", "pk"))


def told(username):
    return [d.message.text for d in Delivery.objects.filter(person__username=username).select_related("message")]


def test_a_topic_from_three_feeds_is_watched_verified_replied_to_and_closed(acting, at, feed, brings):
    at("13:00")
    ctx = acting("zhibanyuan")
    one, two, three = feed("甲报"), feed("乙网"), feed("丙论坛")
    moment = datetime.fromisoformat("2016-07-20T12:50:00+08:00")
    assert brings(one, UNDERPASS, at=moment) == 1
    assert brings(one, UNDERPASS, at=moment) == 0
    assert brings(two, f"{UNDERPASS} - 乙网新闻") == 0
    at("13:20")
    ctx = acting("zhibanyuan")
    assert brings(three, "古城南路下凹桥有车被淹，水太深了", "西安古城墙内涝", "石景山文艺汇演") == 3
    (topic,) = topics(ctx)
    assert (topic.state, topic.items_count, topic.region.name) == ("waiting", 3, "古城街道")
    assert topic.first_at == moment
    assert topic.unreported
    assert [t.pk for t in queries.unreported(ctx, moment - timedelta(hours=1), ctx.now())] == [topic.pk]
    assert sum(queries.heats(ctx, [topic])[topic.pk]) == 3
    aside = {i.title: i.why for i in queries.loose_items(ctx)}
    assert set(aside) == {"西安古城墙内涝", "石景山文艺汇演"}
    assert any("西安" in why for why in aside["西安古城墙内涝"])
    events = [e.payload for e in Outbox.objects.filter(subject=OpinionRaised.subject)]
    assert [(e["topic"], e["unreported"]) for e in events] == [(str(topic.pk), True)]

    take_step(ctx, topic, "watch", {"note": "和来电是一件事"})
    with pytest.raises(BadInput, match="没有这个单位"):
        ask_to_verify(ctx, topic, organisation="no-such", minutes=30)
    street = acting("gucheng")
    unit = next(code for code, _n in _takers(topic))
    check = ask_to_verify(ctx, topic, organisation=unit, minutes=30)
    topic.refresh_from_db()
    assert topic.state == "verifying"
    assert any("请核实" in text for text in told("gucheng"))
    with pytest.raises(NotFound):
        OpinionTopic.objects.get_visible(street, pk=topic.pk)
    with pytest.raises(NotFound):
        OpinionCheck.objects.get_visible(acting("bajiao"), pk=check.pk)
    take_step(
        street,
        OpinionCheck.objects.get_visible(street, pk=check.pk),
        "answer",
        {"verdict": "partly", "grounds": "水深 40 厘米，无人被困"},
    )
    topic.refresh_from_db()
    assert (topic.state, topic.verdict, topic.verdict_grounds) == ("verified", "partly", "水深 40 厘米，无人被困")
    assert Outbox.objects.get(subject=OpinionJudged.subject).payload["verdict"] == "partly"

    with pytest.raises(BadInput, match="在将来"):
        record_reply(ctx, topic, by="区应急局", where="官方账号", words="已处置", at=ctx.now() + timedelta(hours=1))
    reply = record_reply(ctx, topic, by="区应急局", where="官方账号", words="桥下积水约 40 厘米，无人被困，正在抽排。")
    assert queries.replies_of(ctx, topic) == [reply]
    take_step(ctx, topic, "close", {"conclusion": "部分属实，已回应"})
    assert brings(one, "古城南路下凹桥又积水了，两辆车被淹没") == 1
    assert [t.state for t in topics(ctx)] == ["closed", "waiting"]


def _takers(topic):
    from anlan.command.opinion.services.checking import takers

    return takers(topic)


def test_a_topic_that_nobody_looks_at_rises_and_one_that_is_watched_rises_with_worse_news(
    acting, at, exercise, feed, brings
):
    at("13:00")
    ctx = acting("zhibanyuan")
    source = feed("甲报")
    brings(source, UNDERPASS)
    (topic,) = topics(ctx)
    assert topic.due_at - topic.opened_at == timedelta(minutes=15)
    at("13:31")
    ctx = acting("zhibanyuan")
    for _rung in range(3):
        pass_due()
        drain()
    assert any(UNDERPASS in text for text in told("zhibanzhang"))
    take_step(ctx, topic, "watch", {})
    brings(source, "古城南路下凹桥积水两辆车被淹没现场视频流出")
    topic.refresh_from_db()
    assert topic.state == "watching"
    brings(source, "古城南路下凹桥积水两辆车被淹没，一人失联")
    topic.refresh_from_db()
    assert (topic.state, topic.sensitive) == ("waiting", ["失联"])
    assert topic.due_at - topic.state_since == timedelta(minutes=5)


def test_a_topic_becomes_a_report_at_the_desk_and_follows_it_to_its_incident(acting, at, feed, brings):
    at("13:00")
    ctx = acting("zhibanyuan")
    brings(feed("甲报"), UNDERPASS)
    (topic,) = topics(ctx)
    waiting = report_topic(ctx, topic)
    assert UNDERPASS in waiting.text
    with pytest.raises(Conflict):
        report_topic(ctx, topic)
    incident = open_incident(ctx, text=waiting.text, incoming=Incoming.objects.get_visible(ctx, pk=waiting.pk))
    drain()
    drain()
    topic.refresh_from_db()
    assert topic.incident_id == incident.pk
    assert queries.of_incident(ctx, incident) == [topic]
    from anlan.command.queries.timeline import timeline

    assert any(i.action.startswith("command.opinion.") for i in timeline(ctx, incident))


def test_an_incident_that_is_known_is_suggested_and_then_nothing_was_omitted(acting, at, feed, brings, call):
    at("13:10")
    ctx = acting("zhibanyuan")
    brings(feed("甲报"), UNDERPASS)
    (topic,) = topics(ctx)
    assert not topic.unreported
    assert [s["id"] for s in topic.suggested] == [str(call.pk)]
    assert join_incident(ctx, topic, call).incident_id == call.pk
    assert CALL in call.text


def test_people_enter_what_they_saw_and_put_gathering_right(acting, at, feed, brings):
    at("13:00")
    ctx = acting("zhibanyuan")
    for bad, field in (
        ({}, "text"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"text": "看", "published_at": ctx.now() + timedelta(days=1)}, "published_at"),
    ):
        with pytest.raises(BadInput) as refused:
            enter_item(ctx, **bad)
        assert refused.value.field == field
    item = enter_item(ctx, text="<b>邻居说苹果园那边停电了</b>", source="业主群")
    assert item.title == "邻居说苹果园那边停电了"
    assert item.topic is not None
    assert enter_item(ctx, text="邻居说苹果园那边停电了", source="朋友圈").pk == item.pk
    with pytest.raises(NotAllowed):
        enter_item(acting("gucheng"), text="看到积水")
    brings(feed("甲报"), UNDERPASS, "某地办运动会")
    assert len(topics(ctx)) == 2
    aside = OpinionItem.objects.visible_to(ctx).get(title="某地办运动会")
    raised = raise_item(ctx, aside)
    with pytest.raises(Conflict):
        raise_item(ctx, aside)
    moved = move_item(ctx, aside, item.topic)
    raised.refresh_from_db()
    assert (moved.topic_id, raised.items_count) == (item.topic_id, 0)
    assert raised.state == "dismissed", "nothing is left in it"
    with pytest.raises(Conflict, match="没有条目"):
        report_topic(ctx, raised)


def test_dates_of_another_age_are_not_believed_and_old_news_opens_nothing(acting, at, feed, brings):
    at("13:00")
    ctx = acting("zhibanyuan")
    source = feed("甲报")
    for year in (1970, 2099):
        brings(source, f"石景山古城路积水第{year}号消息快看", at=datetime(year, 1, 1).astimezone())
    assert set(OpinionItem.objects.visible_to(ctx).values_list("published_at", flat=True)) == {None}
    before = len(topics(ctx))
    brings(source, "石景山鲁谷路一处民房起火浓烟滚滚", at=ctx.now() - timedelta(days=10))
    assert len(topics(ctx)) == before
