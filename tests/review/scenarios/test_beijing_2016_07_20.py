"""The recorded storm as a scenario: sound, clearly marked, and with figures that drive the levels when expected."""

import csv
import json
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import shape

from anlan import places, registry, review
from anlan.analysis.numerics.area import nearest_shares, rain_facts
from anlan.analysis.numerics.rain import window_sums
from anlan.decision.proposing import propose
from anlan.kernel.facts import load_record
from anlan.places.data.roster import read_regions, read_roster
from anlan.warning.signal_text import parse_signal_text

FOLDER = Path(review.__path__[0], "data/scenarios")
RAIN_HEADER = ["time", "station", "value"]


def moment(text):
    when = datetime.fromisoformat(text)
    assert when.utcoffset() == timedelta(hours=8)
    return when


@cache
def scenario():
    return load_record(FOLDER / "beijing_2016_07_20.yaml").data


@cache
def readings():
    with (FOLDER / scenario()["rain"]["file"]).open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        assert reader.fieldnames == RAIN_HEADER
        return tuple((moment(row["time"]), row["station"], float(row["value"] or "nan")) for row in reader)


@cache
def samples():
    return load_record(Path(registry.__path__[0], "data/shijingshan.yaml")).data


def table():
    """(times, stations, array (station, hour) in mm)."""
    times = sorted({time for time, _, _ in readings()})
    stations = sorted({station for _, station, _ in readings()})
    values = np.full((len(stations), len(times)), np.nan)
    for time, station, value in readings():
        values[stations.index(station), times.index(time)] = value
    return times, stations, values


def levels_by_hour(*, signal_at=()):
    """The level that the flood plan proposes at each hour from the rain of all sites, as {time: level}."""
    times, stations, values = table()
    places_of = {record["code"]: (record["lon"], record["lat"]) for record in samples()["stations"]}
    outlines = json.loads(Path(places.__path__[0], "data/outlines.geojson").read_text(encoding="utf-8"))["features"]
    district = next(shape(f["geometry"]) for f in outlines if f["properties"]["code"] == scenario()["place"])
    shares = nearest_shares(np.array([places_of[station] for station in stations]), district)
    sums = window_sums(values)
    found = {}
    for step, time in enumerate(times):
        facts = rain_facts(sums, shares, step) | {"signal.rainstorm": colour_at(time, signal_at)}
        proposals = propose(facts, hazard="flood")["proposals"]
        found[time] = proposals[0]["level"] if proposals else None
    return found


def colour_at(time, signals):
    return next((colour for sent, colour in reversed(signals) if sent <= time), "none")


def first(levels, level):
    return next(time.isoformat()[5:16] for time, reached in levels.items() if reached == level)


def test_rain_is_complete_hourly_and_ends_its_hour():
    times, _, values = table()
    assert times[0] == moment("2016-07-19T00:00:00+08:00")
    assert times[-1] == moment("2016-07-21T12:00:00+08:00")
    assert all(b - a == timedelta(hours=1) for a, b in pairwise(times))
    assert values.shape == (12, 61)
    assert len(readings()) == 12 * 61
    assert scenario()["rain"]["stamp"] == "end_of_hour"
    assert np.nanmax(values) < 120


def test_the_heaviest_sums_at_gucheng():
    times, stations, values = table()
    sums = window_sums(values[stations.index("uci.gucheng")])
    heaviest = {
        w: (round(float(s.total.max()), 1), times[int(s.total.argmax())].isoformat()[5:16]) for w, s in sums.items()
    }
    assert heaviest == {
        1: (30.4, "07-20T12:00"),
        3: (81.9, "07-20T13:00"),
        6: (141.9, "07-20T15:00"),
        12: (220.0, "07-20T21:00"),
        24: (269.5, "07-21T02:00"),
    }


def test_sites_that_share_a_gauge_are_named_and_all_of_them():
    _, stations, values = table()
    groups = {}
    for station, series in zip(stations, values, strict=True):
        groups.setdefault(series.tobytes(), set()).add(station)
    shared = {frozenset(group) for group in groups.values() if len(group) > 1}
    assert shared == {frozenset(group) for group in scenario()["rain"]["shared_gauges"]}
    letters = {}
    for record in samples()["stations"]:
        if "shared_gauge" in record:
            letters.setdefault(record["shared_gauge"], set()).add(record["code"])
    assert shared == {frozenset(group) for group in letters.values()}


def test_the_figures_alone_propose_three_before_noon_two_in_the_late_afternoon_and_one_at_night():
    levels = levels_by_hour()
    assert first(levels, "III") == "07-20T11:00"
    assert first(levels, "II") == "07-20T17:00"
    assert first(levels, "I") == "07-20T21:00"


def test_the_composed_warnings_propose_four_and_never_pre_empt_the_figures():
    signals = [
        (moment(item["at"]), item["data"]["colour"] if item["data"]["msg_type"] != "Cancel" else "none")
        for item in scenario()["inputs"]
        if item["kind"] == "warning"
    ]
    with_warnings, figures = levels_by_hour(signal_at=signals), levels_by_hour()
    assert first(with_warnings, "IV") == "07-19T19:00"
    for level in ("III", "II", "I"):
        assert first(with_warnings, level) == first(figures, level)
    assert not [colour for _, colour in signals if colour == "red"]


def test_inputs_stand_in_order_and_within_the_replay():
    times = [moment(item["at"]) for item in scenario()["inputs"]]
    assert times == sorted(times)
    assert moment(scenario()["starts"]) <= times[0]
    assert times[-1] <= moment(scenario()["ends"])
    assert readings()[-1][0] <= moment(scenario()["ends"])


def warnings():
    return [item for item in scenario()["inputs"] if item["kind"] == "warning"]


@pytest.mark.parametrize("item", warnings(), ids=lambda item: str(item["data"]["number"]))
def test_a_composed_warning_is_marked_and_its_plain_text_says_what_its_fields_say(item):
    data = item["data"]
    assert "（模拟）" in data["headline"]
    assert data["text"].endswith("（模拟）")
    notice = parse_signal_text(data["text"])
    assert notice.issuer == scenario()["warning_defaults"]["issuer"]
    assert notice.hazard == "rainstorm"
    assert notice.colour == data["colour"]
    assert notice.sent == moment(data["sent"]) == moment(item["at"])
    if data["msg_type"] == "Cancel":
        assert notice.action == "解除"


def test_a_warning_chain_starts_once_ends_once_and_each_expires_later_than_it_starts():
    chain = [item["data"] for item in warnings()]
    assert [data["number"] for data in chain] == list(range(1, len(chain) + 1))
    assert [data["msg_type"] for data in chain] == ["Alert", "Update", "Update", "Update", "Cancel"]
    severities = {"blue": "Minor", "yellow": "Moderate", "orange": "Severe", "red": "Extreme"}
    for data, after in zip(chain, [*chain[1:], None], strict=True):
        assert data["severity"] == severities[data["colour"]]
        assert moment(data["expires"]) > moment(data["effective"]) >= moment(data["sent"])
        if after:
            assert moment(after["sent"]) <= moment(data["expires"])
    assert scenario()["warning_defaults"]["status"] == "Exercise"
    assert len(scenario()["warning_defaults"]["issuer_code"]) == 14
    assert {area["geocode"] for area in scenario()["warning_defaults"]["areas"]} <= read_regions().keys()


def test_the_call_of_the_sub_district_names_cars_and_leaves_people_unknown():
    calls = [item for item in scenario()["inputs"] if item["kind"] == "call"]
    assert calls[0]["at"] == "2016-07-20T12:40:00+08:00"
    assert "两辆车" in calls[0]["data"]["text"]
    assert "人还不清楚" in calls[0]["data"]["text"]
    assert len(calls) >= 3
    assert any("60厘米" in call["data"]["text"] for call in calls)
    assert any("无人员伤亡" in call["data"]["text"] for call in calls)


def test_every_name_leads_somewhere():
    posts = {post.code for post in read_roster().posts}
    points = {record["code"] for record in samples()["waterlog_points"]}
    shelters = {record["code"]: record for record in samples()["shelters"]}
    for item in scenario()["inputs"]:
        data = item["data"]
        assert {data[key] for key in ("by", "from", "to") if item["kind"] != "response" and key in data} <= posts
        if item["kind"] == "response":
            assert data["by"] in posts
        if "point" in data:
            assert data["point"] in points
        if "shelter" in data:
            assert 0 <= data["people"] <= shelters[data["shelter"]]["capacity"]
    assert {decision["by"] for decision in scenario()["decisions"]} <= posts


def test_waterlogging_ends_everywhere_before_the_response_ends():
    depth = {}
    for item in scenario()["inputs"]:
        if item["kind"] == "waterlogging":
            depth[item["data"]["point"]] = item["data"]["depth_cm"]
        if item["kind"] == "response" and item["data"]["action"] == "end":
            assert set(depth.values()) == {0}
            break
    else:
        pytest.fail("the response never ends")


def test_shelters_that_open_are_emptied_and_closed():
    people, opened = {}, set()
    for item in scenario()["inputs"]:
        if item["kind"] == "shelter":
            code, action = item["data"]["shelter"], item["data"]["action"]
            assert (action == "open") == (code not in opened)
            opened = opened - {code} if action == "close" else opened | {code}
            people[code] = item["data"]["people"]
    assert not opened
    assert set(people.values()) == {0}


def player(post):
    return next((p for p in scenario()["players"] if any(fnmatchcase(post, pattern) for pattern in p["posts"])), None)


def test_some_are_silent_most_answer_and_no_pattern_is_idle():
    posts = [post.code for post in read_roster().posts]
    secretaries = [post for post in posts if post.endswith(".secretary")]
    silent = [post for post in secretaries if (player(post) or {}).get("calls", {}).get("silent")]
    assert 5 <= len(silent) <= len(secretaries) / 3
    matched = {id(player(post)) for post in posts}
    for entry in scenario()["players"]:
        assert id(entry) in matched, entry["posts"]


def test_whoever_is_silent_some_community_is_reached_by_nobody_of_its_own():
    """So that the ladder is seen to climb to the street."""
    ladders = {}
    for rung in read_roster().ladders:
        ladders.setdefault(rung.region, []).append(rung.post)
    unreached = [
        region
        for region, ladder in ladders.items()
        if len(ladder) == 4 and all((player(post) or {}).get("calls", {}).get("silent") for post in ladder[:3])
    ]
    assert len(unreached) >= 1


def test_every_department_but_one_reacts_to_tasks():
    departments = [post.code for post in read_roster().posts if post.code.endswith(".liaison")]
    mute = [post for post in departments if (player(post) or {}).get("tasks", {"silent": True}).get("silent")]
    assert mute == ["sjs.comm.liaison"]


def test_reports_name_tasks_of_the_shipped_plan_and_end_with_a_general_one():
    plans = Path(propose.__globals__["__file__"]).with_name("data") / "response_levels.yaml"
    known = plans.read_text(encoding="utf-8")
    for task, entries in scenario()["reports"].items():
        assert f"id: {task}," in known or f"id: {task}\n" in known, task
        assert entries[-1]["posts"] == ["*"] or task == "f_transfer"
        for entry in entries:
            assert entry["text"].endswith("。")
            assert all(isinstance(figure, int) and figure >= 0 for figure in entry.get("figures", {}).values())


def test_evacuated_people_agree_with_those_in_the_shelters():
    evacuated = {entry["posts"][0]: entry["figures"]["evacuated"] for entry in scenario()["reports"]["f_transfer"]}
    most = {}
    for item in scenario()["inputs"]:
        if item["kind"] == "shelter":
            most[item["data"]["by"]] = max(most.get(item["data"]["by"], 0), item["data"]["people"])
    for post, people in most.items():
        assert evacuated[next(pattern for pattern in evacuated if fnmatchcase(post, pattern))] == people


def test_rain_agrees_with_the_development_data(shared):
    path = shared / "data/04_meteo_hydro/beijing_hourly_rain_events.csv"
    with path.open(encoding="utf-8", newline="") as file:
        theirs = {
            (row["time_local"], f"uci.{row['station'].lower()}"): float(row["rain_mm_1h"])
            for row in csv.DictReader(file)
            if row["event"] == "2016-07-20"
        }
    for time, station, value in readings():
        assert theirs[time.strftime("%Y-%m-%d %H:%M"), station] == value
