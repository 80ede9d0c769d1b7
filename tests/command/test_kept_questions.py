"""Questions that are written down once for the same rights: each asking sees what stands now, and only what is the asker's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import CharField, DateTimeField, UUIDField
from django.test.utils import CaptureQueriesContext

from anlan.command.models import Incident, ReportClock
from anlan.command.queries.timeline import records_of, timeline
from anlan.command.services import add_followup, open_incident
from anlan.kernel import asking
from anlan.kernel.asking import Open, among, ask
from anlan.kernel.scope import ScopeNotGiven


def _incidents(ctx):
    rows = Incident.objects.visible_to(ctx).filter(received_at__gte=Open("since", DateTimeField()))
    return rows.select_related("region").order_by("received_at", "pk")


def _clocks(ctx):
    return ReportClock.objects.visible_to(ctx).filter(among("incident_id", "incidents", UUIDField())).order_by("pk")


def _titles(ctx):
    return Incident.objects.visible_to(ctx).filter(among("number", "numbers", CharField())).values_list("title")


def test_a_kept_question_answers_as_the_question_itself_would(acting, call, at):
    ctx = acting("zhibanyuan")
    since = call.received_at
    assert ask(ctx, _incidents, since=since) == [call]
    at("12:50")
    ctx = acting("zhibanyuan")
    other = open_incident(ctx, text="12时49分八角街道来电：杨庄东街一处围墙倒塌，1人受伤")
    with CaptureQueriesContext(connection) as asked:
        found = ask(ctx, _incidents, since=since)
        assert [i.region.name for i in found] == [call.region.name, other.region.name]
    assert len(asked) == 1
    assert ask(ctx, _incidents, since=since + timedelta(minutes=1)) == [other]
    assert ask(ctx, _clocks, incidents=[call.pk]) == list(
        ReportClock.objects.visible_to(ctx).filter(incident=call).order_by("pk")
    )
    assert ask(ctx, _clocks, incidents=[]) == []
    names = ask(ctx, _titles, numbers=[call.number])
    assert names == [(call.title,)]


def test_nobody_is_answered_with_what_another_person_or_another_world_may_see(acting, call):
    since = call.received_at
    assert ask(acting("zhibanyuan"), _incidents, since=since) == [call]
    assert ask(acting("bajiao"), _incidents, since=since) == []
    assert ask(acting("zhibanyuan"), _incidents, since=since) == [call]
    real = acting("zhibanyuan", world=ReportClock._meta.get_field("world").default)
    assert ask(real, _incidents, since=since) == []


def test_rights_that_end_end_the_answers(acting, call):
    duty = acting("zhibanyuan")
    assert ask(duty, _incidents, since=call.received_at) == [call]
    assert ask(replace(duty, grants=(), keys=frozenset({"person:nobody"})), _incidents, since=call.received_at) == []


def _told_of(ctx):
    return Incident.objects.visible_to(ctx).filter(received_at__lte=ctx.now())


def _reckoned(ctx):
    return Incident.objects.visible_to(ctx).filter(received_at__lte=ctx.now() - timedelta(minutes=5))


def test_whoever_has_the_same_posts_shares_the_question_and_gets_their_own_answer(acting, call):
    Incident.objects.unscoped("told to one person").filter(pk=call.pk).update(shared_with=["person:one"])
    one, other, program = (
        replace(acting("zhibanyuan"), grants=(), keys=frozenset(keys))
        for keys in ({"person:one", "in:0"}, {"person:other", "in:0"}, {"in:0"})
    )
    assert ask(one, _told_of) == [call]
    written = asking._written.cache_info().misses
    assert ask(other, _told_of) == []
    assert ask(one, _told_of) == [call]
    assert asking._written.cache_info().misses == written
    assert ask(program, _told_of) == []
    assert ask(replace(one, keys=frozenset({"person:one", "person:other"})), _told_of) == [call]


def test_a_kept_question_is_asked_at_the_moment_of_its_asking(acting, call, at):
    Incident.objects.unscoped("a minute ahead").filter(pk=call.pk).update(
        received_at=call.received_at + timedelta(minutes=1)
    )
    assert ask(acting("zhibanyuan"), _told_of) == []
    at("12:50")
    assert ask(acting("zhibanyuan"), _told_of) == [call]
    with pytest.raises(ValueError, match="reckon"):
        ask(acting("zhibanyuan"), _reckoned)


def _prepared() -> list[str]:
    """Questions about incidents that the database has prepared on this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [text for (text,) in cursor.fetchall() if '."received_at" >= ' in text]


def test_the_database_prepares_a_question_the_third_time_it_is_asked(acting, call):
    ctx = acting("zhibanyuan")
    for _ in range(asking.UNPREPARED):
        assert ask(ctx, _incidents, since=call.received_at) == [call]
    assert _prepared() == []
    assert ask(ctx, _incidents, since=call.received_at) == [call]
    (statement,) = _prepared()
    assert ctx.paths(Incident.view_permission)[0] in statement
    call.title = "改了名字"
    call.save(update_fields=["title"])
    assert ask(ctx, _incidents, since=call.received_at)[0].title == "改了名字"
    for n in range(3 * asking.PREPARED):
        asking._prepared(f"SELECT %s::int + {n}", [1])
    assert len(connection.connection._prepared._counts) <= asking.PREPARED
    assert _prepared() == [statement]


def test_what_is_not_scoped_or_not_given_is_not_answered(acting, call):
    ctx = acting("zhibanyuan")
    with pytest.raises(ScopeNotGiven):
        ask(ctx, lambda _ctx: Incident.objects.filter(pk=Open("pk", UUIDField())), pk=call.pk)
    with pytest.raises(KeyError):
        ask(ctx, _incidents)


def test_the_story_of_an_incident_tells_what_came_a_moment_ago(acting, call):
    ctx = acting("zhibanyuan")
    before = len(timeline(ctx, call, records_of(ctx, call)))
    add_followup(ctx, call, text="积水约80厘米", facts={"injured": 2})
    told = timeline(ctx, call, records_of(ctx, call))
    assert len(told) > before
    assert any("积水约80厘米" in item.text for item in told)


def test_an_id_that_is_none_takes_nothing_in_hand(page, call):
    desk = page("zhibanyuan")
    for pk in ("x", str(uuid4()), "01a2"):
        assert desk.get("/desk/at-hand/", {"incident": pk}).status_code == 404
    assert page("bajiao").get("/desk/at-hand/", {"incident": str(call.pk)}).status_code in (403, 404)
    assert asking._written.cache_info().maxsize
