"""The book of criteria: drafted, tried on what was measured, released by a second person; the version of any moment is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from anlan.analysis import services
from anlan.analysis.book.bodies import BadBody, read_body, shipped_bodies
from anlan.analysis.book.in_force import book_key, criteria_in_force, resolve
from anlan.analysis.criteria import shipped_criteria
from anlan.analysis.models import CriteriaVersion, Signal, SignalEvent, StationLevel
from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.worlds import REAL
from anlan.places.identity import context_of as context_for
from anlan.sensing.models import Thing
from anlan.sensing.services import accept_readings, register_station
from tests.cast import BAJIAO, DISTRICT, GUCHENG, HAIDIAN, person, settle

STORM = datetime(2026, 7, 1, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def land(db):
    regions = settle()
    for code, place in (("t.gucheng", "110107004000"), ("t.bajiao", "110107003000")):
        register_station(
            system("test"), code=code, name=code, region=place, properties=["rain_mm"], lon=116.2, lat=39.9
        )
    rows = [{"station": "t.gucheng", "time": STORM + i * HOUR, "value": v} for i, v in enumerate((5, 15, 20, 5, 0, 0))]
    accept_readings(system("test"), rows, history=True)
    return regions


@pytest.fixture
def chief(land):
    return context_for(person("zhang", DISTRICT, "duty_chief"))


@pytest.fixture
def leader(land):
    return context_for(person("li", DISTRICT, "duty_leader"))


def cell(criterion, level, path="", station="", **cells):
    return {"criterion": criterion, "level": level, "path": path, "cells": cells, "station": station}


def drafted(chief, *rows):
    draft = services.open_draft(chief, region=settle()[DISTRICT])
    draft, problems = services.edit_cells(chief, version=draft, rows=rows)
    assert problems == []
    return draft


def released(chief, leader, *rows, at=None):
    draft = drafted(chief, *rows)
    draft = services.try_draft(chief, version=draft, since=STORM - HOUR, until=STORM + 12 * HOUR)
    take_step(chief, draft, "submit", {"why": "本区排水能力低"})
    return take_step(leader, draft, "release", {"checked": "已核对试算", **({"from": at} if at else {})})


def orange(book, code="t.gucheng"):
    (rainstorm,) = [c for c in resolve(book, Thing.everything.get(pk=code)) if c.id == "rainstorm"]
    return rainstorm.level("orange").when.value


def test_a_lowered_standard_is_tried_released_by_another_and_in_force_from_then_on(chief, leader):
    before = datetime.now(UTC)
    draft = drafted(chief, cell("rainstorm", "orange", value="35", margin="5"))
    tried = services.try_draft(chief, version=draft, since=STORM - HOUR, until=STORM + 12 * HOUR)
    assert tried.state == "tried"
    (new,) = [r for r in tried.trial["rows"] if r["change"] == "new"]
    assert (new["station"], new["criterion"], new["level"], new["value"]) == ("t.gucheng", "rainstorm", "orange", 40.0)
    assert orange(criteria_in_force(REAL)) == 50
    take_step(chief, tried, "submit", {"why": "本区排水能力低"})
    with pytest.raises(NotAllowed):
        take_step(chief, tried, "release", {"checked": "自己看过"})
    take_step(leader, tried, "release", {"checked": "已核对试算"})
    now = criteria_in_force(REAL)
    assert orange(now) == 35
    assert next(c for c in now.resolve("t.gucheng", GUCHENG) if c.id == "rainstorm").version == str(tried.pk)
    assert now.resolve("x", HAIDIAN) == shipped_criteria()
    assert orange(criteria_in_force(REAL, before)) == 50


def test_who_took_part_in_the_change_cannot_release_it_whatever_posts_they_hold(land, leader):
    both = context_for(person("wang", DISTRICT, "duty_chief", "duty_leader"))
    draft = drafted(both, cell("rainstorm", "red", value="90"))
    draft = services.try_draft(both, version=draft, since=STORM, until=STORM + HOUR)
    take_step(both, draft, "submit", {"why": "试"})
    with pytest.raises(Refused, match="不能由自己发布"):
        take_step(both, draft, "release", {"checked": "好"})
    take_step(leader, draft, "return", {"why": "请补充依据"})
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_change_after_the_trial_has_to_be_tried_again(chief):
    draft = drafted(chief, cell("rainstorm", "red", value="90"))
    draft = services.try_draft(chief, version=draft, since=STORM, until=STORM + HOUR)
    draft, _ = services.edit_cells(chief, version=draft, rows=[cell("rainstorm", "red", value="80")])
    assert (draft.state, draft.trial) == ("draft", {})
    with pytest.raises(Conflict):
        take_step(chief, draft, "submit", {"why": "没试过"})


def test_the_next_version_replaces_the_last_and_withdrawing_goes_back_to_what_ships(chief, leader):
    first = released(chief, leader, cell("rainstorm", "orange", value="45"))
    second = released(chief, leader, cell("rainstorm", "orange", value="40"))
    first.refresh_from_db()
    assert (first.state, first.effective_until, second.number) == ("superseded", second.effective_from, 2)
    assert orange(criteria_in_force(REAL)) == 40
    assert orange(criteria_in_force(REAL, second.effective_from - timedelta(microseconds=1))) == 45
    take_step(leader, second, "withdraw", {"why": "恢复国家标准"})
    assert orange(criteria_in_force(REAL)) == 50


def test_a_version_may_come_into_force_later_and_the_one_before_holds_until_then(chief, leader):
    first = released(chief, leader, cell("rainstorm", "orange", value="45"))
    later = datetime.now(UTC) + timedelta(days=2)
    planned = released(chief, leader, cell("rainstorm", "orange", value="40"), at=later.isoformat())
    assert orange(criteria_in_force(REAL)) == 45
    assert orange(criteria_in_force(REAL, later + HOUR)) == 40
    # Until its day comes it may be withdrawn, and nothing falls back to what ships in between.
    take_step(leader, planned, "withdraw", {"why": "再议"})
    first.refresh_from_db()
    assert (first.state, first.effective_until) == ("released", None)
    assert orange(criteria_in_force(REAL, later + HOUR)) == 45


def test_a_planned_version_takes_over_on_its_day_and_ends_the_one_before(chief, leader, monkeypatch):
    first = released(chief, leader, cell("rainstorm", "orange", value="45"))
    later = datetime.now(UTC) + timedelta(days=2)
    second = released(chief, leader, cell("rainstorm", "orange", value="40"), at=later.isoformat())
    assert services.supersede_passed(system("test")) == []
    monkeypatch.setattr(clock, "real_now", lambda: later + HOUR)
    assert services.supersede_passed(system("test")) == [first]
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.effective_until, second.state) == ("superseded", second.effective_from, "released")


def test_a_version_that_cannot_be_read_counts_for_nothing_and_stops_nobody(chief, leader):
    version = released(chief, leader, cell("rainstorm", "orange", value="35"))
    CriteriaVersion.everything.filter(pk=version.pk).update(
        content={"criteria": {"rainstorm": {"levels": "of a later build"}}}
    )
    book = criteria_in_force(REAL)
    assert orange(book) == 50
    assert [path for path, _ in book.unread] == [version.scope]


def test_an_exercise_of_the_past_is_judged_by_what_is_in_force_today(chief, leader, exercise, clock_to):
    released(chief, leader, cell("rainstorm", "orange", value="35"))
    clock_to(STORM)
    assert orange(criteria_in_force(exercise.pk)) == 35


def test_a_bad_cell_is_refused_with_its_place_and_the_others_are_kept(chief):
    draft = services.open_draft(chief, region=settle()[DISTRICT])
    draft, problems = services.edit_cells(
        chief, version=draft,
        rows=[cell("rainstorm", "red", value="很多"), cell("rainstorm", "blue", window="90天"), cell("rainstorm", "yellow", value="45")],
    )  # fmt: skip
    assert [(p["key"], p["column"]) for p in problems] == [("rainstorm|red|", "value"), ("rainstorm|blue|", "window_h")]
    assert all(p["message"] for p in problems)
    whens = {one["level"]: one["when"]["value"] for one in draft.content["criteria"]["rainstorm"]["levels"]}
    assert (whens["yellow"], whens["red"]) == (45, 100)


def test_a_station_may_have_its_own_form_of_a_criterion_and_one_may_be_switched_off(chief, leader):
    draft = drafted(chief, cell("rainstorm", "orange", value="30", station="t.bajiao"))
    draft = services.reshape(chief, version=draft, criterion="gale", action="off")
    draft = services.try_draft(chief, version=draft, since=STORM, until=STORM + HOUR)
    take_step(chief, draft, "submit", {"why": "下凹处"})
    take_step(leader, draft, "release", {"checked": "好"})
    book = criteria_in_force(REAL)
    assert (orange(book, "t.bajiao"), orange(book, "t.gucheng")) == (30, 50)
    assert "gale" not in {c.id for c in book.resolve("t.gucheng", GUCHENG)}
    assert book.resolve("a", GUCHENG) is book.resolve("b", GUCHENG)


def test_a_criterion_bound_to_a_place_applies_inside_it_and_follows_a_moving_centre(chief, leader):
    storm = register_station(
        system("test"),
        code="t.storm",
        name="台风中心",
        region="110107000000",
        properties=["lon_deg", "lat_deg"],
        interval_s=3600,
    )
    square = {
        "type": "Polygon",
        "coordinates": [[[116.1, 39.8], [116.3, 39.8], [116.3, 40], [116.1, 40], [116.1, 39.8]]],
    }
    draft = services.open_draft(chief, region=settle()[DISTRICT])
    for body in (
        {**shipped_bodies()["rainstorm"], "id": "own.square", "place": {"polygon": square}},
        {**shipped_bodies()["rainstorm"], "id": "own.near", "place": {"centre": "t.storm", "radius_km": 100}},
    ):
        draft = services.put_body(chief, version=draft, body=body)
    draft = services.try_draft(chief, version=draft, since=STORM, until=STORM + HOUR)
    take_step(chief, draft, "submit", {"why": "台风"})
    take_step(leader, draft, "release", {"checked": "好"})

    def applying(lonlat):
        found = criteria_in_force(REAL).resolve("x", GUCHENG, lonlat)
        return sorted(c.id for c in found if c.id.startswith("own."))

    assert applying((116.2, 39.9)) == ["own.square"]
    assert applying((117.0, 39.9)) == []
    rows = [{"station": storm.pk, "time": STORM, "property": "lon_deg", "value": 117.5},
            {"station": storm.pk, "time": STORM, "property": "lat_deg", "value": 39.9}]  # fmt: skip
    accept_readings(system("test"), rows, history=True)
    assert applying((117.0, 39.9)) == ["own.near"]


def test_foreign_regions_neither_see_nor_change_the_book(chief, land):
    elsewhere = context_for(person("zhao", HAIDIAN, "duty_chief"))
    draft = drafted(chief, cell("rainstorm", "red", value="90"))
    assert not CriteriaVersion.objects.visible_to(elsewhere).exists()
    with pytest.raises((NotAllowed, NotFound)):
        services.edit_cells(elsewhere, version=draft, rows=[cell("rainstorm", "red", value="10")])
    with pytest.raises(NotAllowed):
        services.open_draft(elsewhere, region=land[DISTRICT])
    with pytest.raises(Conflict):
        services.open_draft(chief, region=land[DISTRICT])
    street = context_for(person("sun", BAJIAO, "town"))
    with pytest.raises(NotAllowed):
        services.open_draft(street, region=land[BAJIAO])


def test_an_exercise_changes_nothing_of_the_book(chief, exercise, land):
    with pytest.raises(Refused, match="演练"):
        services.open_draft(chief.inside(exercise.pk), region=land[DISTRICT])


def test_a_station_has_levels_of_its_own_with_their_source_and_a_divisor_is_never_nought(chief):
    station = Thing.everything.get(pk="t.gucheng")
    services.set_station_level(chief, station=station, name="prepare_3h_mm", value=60, source="山洪调查评价")
    assert criteria_in_force(REAL).own("t.gucheng") == {"prepare_3h_mm": 60}
    with pytest.raises(BadInput, match="大于 0"):
        services.set_station_level(chief, station=station, name="prepare_3h_mm", value=0, source="x")
    with pytest.raises(BadInput, match="依据"):
        services.set_station_level(chief, station=station, name="warning_m", value=3, source=" ")
    services.set_station_level(chief, station=station, name="prepare_3h_mm", value=None, source="")
    assert not StationLevel.everything.exists()


def test_maintenance_is_known_for_its_time_and_may_end_early(chief):
    station = Thing.everything.get(pk="t.gucheng")
    now = datetime.now(UTC)
    row = services.set_maintenance(chief, station=station, since=now - HOUR, until=now + HOUR, why="更换翻斗")
    book = criteria_in_force(REAL)
    assert book.maintained("t.gucheng", now.timestamp())
    assert not book.maintained("t.bajiao", now.timestamp())
    services.end_maintenance(chief, row=row)
    again = criteria_in_force(REAL)
    assert not again.maintained("t.gucheng", (now + timedelta(minutes=30)).timestamp())
    assert again.key != book.key
    with pytest.raises(BadInput, match="不晚于"):
        services.set_maintenance(chief, station=station, since=now, until=now, why="x")


def test_every_shipped_criterion_reads_back_from_its_plain_form():
    for criterion in shipped_criteria():
        again = read_body(shipped_bodies()[criterion.id])
        assert [(lv.name, repr(lv.when), lv.words) for lv in again.levels] == [
            (lv.name, repr(lv.when), lv.words) for lv in criterion.levels
        ]


RAIN = shipped_bodies()["rainstorm"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"levels": []}, "至少要有一个级别"),
        ({"levels": [{"level": "purple", "when": {"always": True}}]}, "级别应为"),
        ({"levels": [{"level": "red", "when": {"var": "rain_mm", "op": ">=", "value": 1e99, "unit": "mm"}}]}, "needs a number"),
        ({"levels": [{"level": "red", "when": {"var": "rain_mm", "op": ">=", "value": 3, "unit": "cm"}}]}, "单位是 mm"),
        ({"levels": [{"level": "red", "when": {"var": "visibility_m", "op": "<", "value": -3, "unit": "m"}}]}, "可信范围"),
        ({"levels": [{"level": "red", "when": {"var": "rain_mm", "op": ">=", "value": 3, "window_h": 9000}}]}, "30 days"),
        ({"season": [["6-1", "9-1"]]}, "月-日"),
        ({"clear_after": 0}, "1 到 100"),
        ({"hold_off_min": float("nan")}, "数字"),
        ({"confidence": "sure"}, "可信度"),
        ({"place": {"polygon": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}}}, "自相交"),
        ({"place": {"polygon": {"type": "Polygon", "coordinates": "x"}}}, "GeoJSON"),
        ({"place": {"centre": "t", "radius_km": 0}}, "0.1"),
        ({"surprise": 1}, "不认得"),
        ({"id": "Rain storm"}, "编号"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_used_is_refused_with_what_and_where(change, said):
    with pytest.raises(BadBody) as refused:
        read_body({**RAIN, **change})
    assert said in str(refused.value) + refused.value.mend


def test_a_trial_says_which_real_warnings_would_have_been_met_and_which_missed(chief, monkeypatch):
    from anlan.analysis import truth

    real = [
        truth.Truth("rainstorm", "orange", DISTRICT, STORM + 3 * HOUR),
        truth.Truth("rainstorm", "red", DISTRICT, STORM + 3 * HOUR),
        truth.Truth("rainstorm", "orange", HAIDIAN, STORM),
    ]
    monkeypatch.setattr(truth, "_FINDS", {"test": lambda ctx, since, until: real})
    draft = drafted(chief, cell("rainstorm", "orange", value="35"))
    tried = services.try_draft(chief, version=draft, since=STORM - HOUR, until=STORM + 12 * HOUR)
    met = [(w["level"], bool(w["draft"]), bool(w["in_force"])) for w in tried.trial["warnings"]]
    assert sorted(met) == [("orange", True, False), ("red", False, False)]


def test_a_signal_whose_criterion_or_station_is_gone_does_not_stand_for_ever(chief, leader):
    machine = system("test")
    for code in ("t.gucheng", "t.bajiao"):
        accept_readings(machine, [{"station": code, "time": STORM + 6 * HOUR, "value": 60.0}])
    standing = Signal.objects.in_world(machine).open()
    assert services.clear_unwatched(machine) == [], "they are all still judged"
    before = set(standing.values_list("station_id", "criterion"))
    assert {("t.gucheng", "rainstorm"), ("t.bajiao", "rainstorm")} <= before
    draft = services.open_draft(chief, region=settle()[DISTRICT])
    draft = services.reshape(chief, version=draft, criterion="rainstorm", action="off")
    draft = services.try_draft(chief, version=draft, since=STORM - HOUR, until=STORM + 12 * HOUR)
    take_step(chief, draft, "submit", {"why": "改由市级研判"})
    take_step(leader, draft, "release", {"checked": "已核对试算"})
    # Rain that nobody judges by that criterion neither clears nor moves it.
    for hour in range(7, 12):
        accept_readings(machine, [{"station": "t.gucheng", "time": STORM + hour * HOUR, "value": 0.0}])
    assert ("t.gucheng", "rainstorm") in set(standing.values_list("station_id", "criterion"))
    Thing.everything.filter(pk="t.bajiao").update(retired=True)
    cleared = {(s.station_id, s.criterion): s for s in services.clear_unwatched(machine)}
    assert {s.state for s in cleared.values()} == {"cleared"}
    assert "判据已不适用于本站" in cleared["t.gucheng", "rainstorm"].text
    assert "测站已停用" in cleared["t.bajiao", "rainstorm"].text
    assert not standing.filter(criterion="rainstorm").exists()
    assert not standing.filter(station="t.bajiao").exists()
    assert (
        not SignalEvent.objects.in_world(machine).filter(hazard="rainstorm", scheme="warning", closed_at=None).exists()
    )
    assert services.clear_unwatched(machine) == []


def test_work_that_is_called_off_and_a_level_that_is_taken_away_are_noticed_by_whoever_judges(chief):
    gucheng, bajiao = Thing.everything.get(pk="t.gucheng"), Thing.everything.get(pk="t.bajiao")
    now = datetime.now(UTC)
    off = services.set_maintenance(chief, station=gucheng, since=now + 2 * HOUR, until=now + 4 * HOUR, why="更换翻斗")
    services.set_maintenance(chief, station=bajiao, since=now + 2 * HOUR, until=now + 5 * HOUR, why="更换翻斗")
    services.set_station_level(chief, station=gucheng, name="warning_m", value=3.2, source="水利局核定")
    services.set_station_level(chief, station=bajiao, name="warning_m", value=3.4, source="水利局核定")
    before = book_key(datetime.now(UTC))
    services.end_maintenance(chief, row=off)
    without = book_key(datetime.now(UTC))
    assert without != before, "signals would be kept back for work that nobody does"
    services.set_station_level(chief, station=gucheng, name="warning_m", value=None, source="")
    assert book_key(datetime.now(UTC)) != without


def test_a_trial_between_times_without_an_offset_is_refused(chief):
    draft = drafted(chief, cell("rainstorm", "orange", value="35"))
    with pytest.raises(BadInput):
        services.try_draft(chief, version=draft, since=STORM.replace(tzinfo=None), until=STORM + HOUR)
