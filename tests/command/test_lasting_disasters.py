"""A disaster that lasts is reported every day until it is stable, then its verified figures are owed; what is asked is answered soon."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from anlan.command.circulars.services import register_circular
from anlan.command.due import gather
from anlan.command.models import ReportClock
from anlan.command.queries.timeline import timeline
from anlan.command.services import meet_clocks, merge, open_incident
from anlan.kernel.errors import Conflict, NotAllowed, Refused
from anlan.kernel.loops import available_steps
from anlan.kernel.loops.stepping import take_step


def moment(day, time):
    return datetime.fromisoformat(f"2016-07-{day:02d}T{time}:00+08:00")


@pytest.fixture
def handling(acting, call):
    """The call, verified."""
    take_step(acting("zhibanyuan"), call, "verify", {"how": "电话回拨"})
    call.refresh_from_db()
    return call


def owed(ctx, incident, stage):
    rows = ReportClock.objects.in_world(ctx).open().filter(incident=incident, stage=stage).order_by("office")
    return {c.office: c for c in rows}


def names(ctx, incident):
    return {step.name for step in available_steps(ctx, incident)}


def test_every_day_without_news_too_until_stable_then_verified_figures(acting, at, handling):
    ctx = acting("zhibanyuan")
    assert owed(ctx, handling, "zero") == {}, "nobody has said that it lasts"
    at("14:00")
    ctx = acting("zhibanyuan")
    take_step(ctx, handling, "begin_daily", {})
    daily = owed(ctx, handling, "zero")
    assert {o: c.legal_at for o, c in daily.items()} == {"county": moment(21, "09:00"), "town": moment(21, "08:00")}
    assert (daily["county"].recipient, daily["county"].form) == ("city_emergency", "system")
    assert daily["town"].owner_keys == ["org:sjs.st.gucheng"]
    assert "零报告" in str(daily["county"])
    handling.refresh_from_db()
    assert "begin_daily" not in names(ctx, handling)
    with pytest.raises((Conflict, NotAllowed, Refused)):
        take_step(ctx, handling, "begin_daily", {})

    at("08:40", day=21)
    ctx = acting("zhibanyuan")
    assert any("零报告" in row.text for row in gather(ctx).rows), "it stands on the desk"
    meet_clocks(ctx, [daily["county"]], means="system", received_by="市局值班室")
    assert owed(ctx, handling, "zero")["county"].legal_at == moment(22, "09:00")
    # A day that is reported too late is late, and the next one is owed all the same.
    at("09:30", day=22)
    ctx = acting("zhibanyuan")
    (met,) = meet_clocks(ctx, [owed(ctx, handling, "zero")["county"]], means="system", received_by="市局值班室")
    assert met.late_minutes == 30
    assert owed(ctx, handling, "zero")["county"].legal_at == moment(23, "09:00")

    assert owed(ctx, handling, "zero")["town"].legal_at == moment(21, "08:00"), "the street's own report is its own"
    at("16:00", day=22)
    ctx = acting("zhibanyuan")
    handling.refresh_from_db()
    take_step(ctx, handling, "settle", {"how": "降雨停止，转移人员全部返回"})
    assert owed(ctx, handling, "zero") == {}
    verify = owed(ctx, handling, "verify")["county"]
    assert verify.legal_at == moment(30, "00:00"), (
        "the end of the fifth working day: a Friday's matter ends on the next Friday"
    )
    assert any("灾情已稳定" in item.text for item in timeline(ctx, handling))
    meet_clocks(ctx, [verify], means="system", received_by="市局")
    assert owed(ctx, handling, "verify") == {}


def test_what_ends_or_joins_another_takes_its_duty_along(acting, at, handling):
    ctx = acting("zhibanyuan")
    take_step(ctx, handling, "begin_daily", {})
    other = open_incident(ctx, text="古城街道古城路社区地下室积水")
    handling.refresh_from_db()
    merge(ctx, handling, into=other)
    assert owed(ctx, handling, "zero") == {}
    assert set(owed(ctx, other, "zero")) == {"county", "town"}


def test_only_a_natural_disaster_can_be_reported_daily(acting, at):
    at("12:00")
    ctx = acting("zhibanyuan")
    fire = open_incident(ctx, text="古城街道古城路居民楼起火，2人被困")
    take_step(ctx, fire, "verify", {"how": "119"})
    fire.refresh_from_db()
    assert not {"begin_daily", "settle"} & names(ctx, fire)


def test_what_a_level_above_asks_to_verify_is_owed_within_half_an_hour(acting, at, call):
    at("13:00")
    ctx = acting("zhibanyuan")
    asked = register_circular(
        ctx,
        title="核实古城南路积水人员情况",
        kind="verify",
        issuer="市政府总值班室",
        text="请核实有无人员被困",
        incident=call,
    )
    assert asked.due_at == asked.done_by == moment(20, "13:30")
    own = register_circular(
        ctx, title="核实", kind="verify", issuer="市政府总值班室", text="一小时内", incident=call,
        done_by=ctx.now() + timedelta(hours=1),
    )  # fmt: skip
    assert own.due_at == moment(20, "14:00")
    assert any("核实古城南路积水人员情况" in row.text for row in gather(ctx).rows)
    take_step(ctx, asked, "complete", {"text": "13:10 电话反馈：无人被困"})
    asked.refresh_from_db()
    assert asked.state == "done"
