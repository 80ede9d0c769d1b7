"""A warning for several counties: one room receives it, and every county's duty room confirms for itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import NotFound
from anlan.kernel.loops import available_steps
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.models import Outbox
from anlan.places.models import Organisation, Post, Region
from anlan.places.queries import region
from anlan.warning.cap.compose import compose_cap
from anlan.warning.models import Notice, WarningReceipt
from anlan.warning.queries import receipts_of
from anlan.warning.services import acknowledge_notice, receive_cap

from .test_receiving import NOON, feed, message, people, take  # noqa: F401

SHIJINGSHAN, FENGTAI = "11/110107/", "11/110106/"


def duty_room(place):
    code = place.short_code
    office = Organisation.objects.create(
        code=f"t.{code}", name=f"{place.name}值班室", kind="bureau", actor="duty", region=place
    )
    return Post.objects.create(
        code=f"t.{code}.duty", name="值班员", organisation=office, region=place, roles=["duty_officer"], rank=1
    )


@pytest.fixture
def rooms(people, exercise):  # noqa: F811
    """The exercise is played in the whole city; 丰台 has a duty room beside 石景山."""
    exercise.scope = "11/"
    exercise.save(update_fields=["scope"])
    city = region("11")
    duty_room(
        Region.objects.create(
            code="110106000000", name="丰台区", level="county", path=FENGTAI, full_name="北京市丰台区", parent=city
        )
    )


@pytest.fixture
def officer(somebody, exercise):
    def of(path):
        return somebody("duty_officer", path, ["warning.notice.view"], world=exercise.pk, name=f"值班员 {path}")

    return of


def test_each_county_confirms_for_itself_and_the_last_one_puts_the_warning_in_force(rooms, feed, officer, clock_to):  # noqa: F811
    notice = take(feed, message()).notice
    assert (notice.scope, notice.due_at) == ("11/", None)
    west, south = officer(SHIJINGSHAN), officer(FENGTAI)
    (mine,) = [r for r in receipts_of(west, notice) if r.scope == SHIJINGSHAN]
    assert [r.region.name for r in receipts_of(feed, notice)] == ["丰台区", "石景山区"]
    assert mine.due_at == NOON + timedelta(minutes=10)
    with pytest.raises(NotFound):
        take_step(south, mine, "acknowledge", {})
    take_step(west, mine, "acknowledge", {"note": "已阅，已转街道"})
    kept = WarningReceipt.objects.in_world(feed).get(scope=SHIJINGSHAN)
    assert (kept.state, kept.note, kept.by_name.split()[0]) == ("acknowledged", "已阅，已转街道", "值班员")
    assert Notice.objects.in_world(feed).get().state == "received", "the other county has not read it yet"
    clock_to(NOON + timedelta(minutes=11))
    pass_due()
    late = Outbox.objects.filter(subject="kernel.deadline.passed").order_by("id").last()
    theirs = WarningReceipt.objects.in_world(feed).get(scope=FENGTAI)
    assert (late.payload["loop"], late.payload["record"]) == ("warning.receipt", str(theirs.pk))
    take_step(south, theirs, "acknowledge", {})
    assert Notice.objects.in_world(feed).get().state == "in_force"


def test_a_city_room_confirms_the_warning_and_the_counties_still_owe_theirs(rooms, feed, officer):  # noqa: F811
    duty_room(region("11"))
    notice = take(feed, message()).notice
    assert notice.due_at == NOON + timedelta(minutes=10)
    acknowledge_notice(officer("11/"), notice=notice)
    assert [r.state for r in receipts_of(feed, notice)] == ["waiting", "waiting"]
    take_step(officer(FENGTAI), receipts_of(officer(FENGTAI), notice)[0], "acknowledge", {})
    assert [(r.region.name, r.state) for r in receipts_of(feed, notice)] == [
        ("石景山区", "waiting"), ("丰台区", "acknowledged"),
    ]  # fmt: skip


def test_what_has_ended_asks_for_no_receipt_any_more(rooms, feed, officer):  # noqa: F811
    first = message()
    notice = take(feed, first).notice
    lifted = message("orange", NOON + timedelta(minutes=1), "Cancel", refers=(first,))
    receive_cap(feed, compose_cap(lifted), "test")
    assert [r.state for r in receipts_of(feed, notice)] == ["lapsed", "lapsed"]
    assert not available_steps(officer(FENGTAI), receipts_of(officer(FENGTAI), notice)[0])


def test_where_one_room_is_concerned_the_warning_itself_is_the_receipt(feed):  # noqa: F811
    notice = take(feed, message()).notice
    assert notice.scope == SHIJINGSHAN
    assert not receipts_of(feed, notice)
