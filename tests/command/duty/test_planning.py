"""Laying out a month, taking turns and finding what is wrong: pure, on plain values."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from anlan.command.data.duty_rules import Seat, duty_rules
from anlan.command.duty.cells import Away, Busy, Circumstances, changed, counts_of, faults_of, lay_out, take_turns
from anlan.kernel.days import day_kinds, days_of

ZONE = ZoneInfo("Asia/Shanghai")
RULES = duty_rules()
CHIEF = Seat("chief", "值班长", "duty_chief", ("08:30",), 24, 1, True, True, "all")
OFFICER = Seat("officer", "值班员", "duty_officer", ("08:00", "20:00"), 12, 1, True, True, "all")
LEADER = Seat("leader", "带班领导", "duty_leader", ("08:30",), 24, 1, False, True, "all")
EVERYBODY = {p: frozenset({"duty_chief", "duty_officer", "duty_leader"}) for p in "abcdef"}


def around(busy=(), away=(), serving="abcdef"):
    return Circumstances(tuple(busy), tuple(away), frozenset(serving), EVERYBODY)


def month(*seats, first=date(2026, 2, 1), strong=()):
    return lay_out(days_of(first), seats, seats, off=set(), strong=set(strong), zone=ZONE)


def kinds(cells, circumstances=None):
    return [(f.key, f.kind, f.hard) for f in faults_of(cells, circumstances or around(), RULES)]


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def test_every_day_gets_its_shifts_and_the_last_reaches_into_the_next_month():
    cells = month(CHIEF, OFFICER)
    assert len(cells) == 28 * 3
    assert cells[-1].ends == at("2026-03-01T08:00")
    assert cells[-1].day == date(2026, 2, 28)
    assert len({c.key for c in cells}) == len(cells)


def test_a_key_period_has_the_stronger_template():
    double = Seat("leader", "带班领导", "duty_leader", ("08:30",), 24, 2, False, True, "all")
    cells = lay_out(days_of(date(2026, 2, 1)), (LEADER,), (double,), off=set(), strong={date(2026, 2, 17)}, zone=ZONE)
    assert len(cells) == 29
    assert [c.key[-1] for c in cells if c.strong] == ["0", "1"]


def test_turns_pass_over_whoever_is_away_and_begin_where_the_last_month_ended():
    away = [Away("b", date(2026, 2, 1), date(2026, 2, 3), "休假")]
    cells = take_turns(
        month(CHIEF)[:5], {"chief": ("a", "b", "c")}, around(away=away), RULES, last={("chief", False): "a"}
    )
    # b is away on the first three days, and on the third a shift would end on the fourth.
    assert "".join(c.person for c in cells) == "cacba"
    assert not [k for k in kinds(cells) if k[2]]


def test_where_nobody_has_rested_the_cell_stays_vacant():
    cells = take_turns(month(CHIEF)[:3], {"chief": ("a",)}, around(), RULES)
    assert [c.person for c in cells] == ["a", "", "a"]


def test_days_off_have_a_turn_of_their_own():
    off = {date(2026, 2, 7), date(2026, 2, 8)}
    seat = Seat("officer", "值班员", "duty_officer", ("08:00",), 8, 1, True, True, "all")
    cells = lay_out([date(2026, 2, d) for d in range(6, 10)], (seat,), (seat,), off=off, strong=set(), zone=ZONE)
    filled = take_turns(cells, {"officer": ("a", "b", "c")}, around(), RULES)
    assert [c.person for c in filled] == ["a", "a", "b", "b"]
    assert counts_of(filled)["a"] == {"shifts": 2, "hours": 16.0, "off": 1}


def test_a_person_in_two_places_is_hard():
    cells = month(CHIEF, OFFICER)[:3]
    cells = changed(cells, {cells[0].key: "a", cells[1].key: "a", cells[2].key: "b"})
    assert [(k, hard) for _key, k, hard in kinds(cells)] == [("twice", True), ("twice", True)]


def test_a_night_shift_meets_the_next_day_across_midnight_and_across_the_end_of_the_month():
    last = [c for c in month(OFFICER) if c.day == date(2026, 2, 28)]
    cells = changed(last, {last[0].key: "b", last[1].key: "a"})
    early = Busy("a", at("2026-03-01T07:00"), at("2026-03-01T15:00"), "另一区")
    assert [k[1] for k in kinds(cells, around(busy=[early]))] == ["elsewhere"]
    right_after = Busy("a", at("2026-03-01T08:00"), at("2026-03-01T16:00"), "本区")
    found = faults_of(cells, around(busy=[right_after]), RULES)
    assert [(f.kind, f.hard, f.about["hours"], f.about["asked"]) for f in found] == [("rest", False, 0.0, 12)]


def test_leave_that_begins_on_the_morning_a_night_shift_ends_keeps_the_person_off_it():
    night = next(c for c in month(OFFICER) if c.key.split(":")[2] == "2000")
    cells = changed([night], {night.key: "a"})
    begins = night.day + timedelta(days=1)
    assert [k[1] for k in kinds(cells, around(away=[Away("a", begins, begins, "病假")]))] == ["leave"]
    later = begins + timedelta(days=1)
    assert kinds(cells, around(away=[Away("a", later, later)])) == []


def test_a_shift_that_ends_at_midnight_does_not_touch_the_next_day():
    seat = Seat("officer", "值班员", "duty_officer", ("16:00",), 8, 1, True, True, "all")
    cell = month(seat)[0]
    cells = changed([cell], {cell.key: "a"})
    assert kinds(cells, around(away=[Away("a", date(2026, 2, 2), date(2026, 2, 2))])) == []


def test_in_a_key_period_no_leader_is_in_charge_twice_in_a_row():
    strong = {date(2026, 2, 2)}
    cells = month(LEADER, strong=strong)[:3]
    cells = changed(cells, dict.fromkeys((c.key for c in cells), "a"))
    assert [k[0][:10] for k in kinds(cells) if k[1] == "again"] == ["2026-02-02"]


@pytest.mark.parametrize(("serving", "kind"), [("b", "gone"), ("a", "post")])
def test_who_has_left_is_hard_and_who_lacks_the_post_is_noted(serving, kind):
    cell = month(CHIEF)[0]
    circumstances = Circumstances(serving=frozenset(serving), roles={})
    found = faults_of(changed([cell], {cell.key: "a"}), circumstances, RULES)
    assert [(f.kind, f.hard) for f in found] == [(kind, kind == "gone")]


def test_a_vacant_seat_counts_only_where_it_is_required():
    driver = Seat("driver", "驾驶员", "", ("08:30",), 24, 1, False, False, "all")
    assert [k[1] for k in kinds(month(driver, CHIEF)[:2])] == ["vacant"]


def test_the_calendar_knows_holidays_and_days_worked_instead_and_the_bureau_is_right():
    october = days_of(date(2026, 10, 1))
    known = day_kinds(october, {date(2026, 10, 9): (True, "本区放假")})
    assert known[date(2026, 10, 1)].off
    assert known[date(2026, 10, 1)].name
    assert not known[date(2026, 10, 10)].off
    assert known[date(2026, 10, 10)].name
    assert known[date(2026, 10, 9)].off
    assert known[date(2026, 10, 9)].name == "本区放假"


def test_a_year_without_an_arrangement_says_so():
    known = day_kinds([date(2035, 1, 1), date(2035, 1, 6)], {})
    assert not known[date(2035, 1, 1)].off
    assert known[date(2035, 1, 6)].off
    assert not any(k.certain for k in known.values())
