"""A local rule that was entered ahead of its day holds from that day by itself, and no longer than it says."""

from __future__ import annotations

from datetime import timedelta

from django.utils.timezone import localtime

from anlan.command import rule_days
from anlan.command.models import LocalRule, ReportClock
from anlan.command.services import open_incident
from anlan.kernel import clock
from anlan.kernel.worlds import REAL
from tests.command.conftest import CALL


def test_running_limits_follow_on_the_day_and_go_back_after_it(acting):
    rule_days._followed.clear()
    ctx = acting("zhibanyuan", world=REAL)
    incident = open_incident(ctx, text=CALL)
    today = localtime(clock.real_now()).date()
    running = (
        ReportClock.objects.in_world(ctx)
        .open()
        .filter(incident=incident, form="written", stage="first", office="county")
    )
    shipped = running.filter(rule="gov_30_60").order_by("pk").first()
    entry = LocalRule.everything.create(
        scope="11/110107/",
        rule=shipped.rule,
        written_min=shipped.minutes - 5,
        source="区规定",
        since=today + timedelta(days=1),
        updated_at=clock.real_now(),
    )

    def minutes():
        return running.get(recipient=shipped.recipient).minutes

    assert rule_days.follow_rules_of_today() == 0
    assert minutes() == shipped.minutes, "tomorrow's"
    LocalRule.everything.filter(pk=entry.pk).update(since=today)
    assert rule_days.follow_rules_of_today() == 1
    assert minutes() == shipped.minutes - 5
    assert rule_days.follow_rules_of_today() == 0, "once a day"
    yesterday = today - timedelta(days=1)
    LocalRule.everything.filter(pk=entry.pk).update(since=yesterday, until=yesterday)
    rule_days._followed.clear()
    assert rule_days.follow_rules_of_today() == 1
    assert minutes() == shipped.minutes
