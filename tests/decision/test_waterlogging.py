"""Water at the points of the district: measured and reported depths decide the flood plan's two triggers of waterlogging."""

from __future__ import annotations

from datetime import datetime

import pytest
import yaml
from django.conf import settings

from anlan.analysis.models import RegionFigures
from anlan.decision.models import Contribution, Proposal
from anlan.decision.proposing import propose
from anlan.decision.queries import parsed, plans_in_force
from anlan.decision.services import contribute
from anlan.decision.services.board import board, with_incidents
from anlan.decision.showing import fact_text, threshold_text
from anlan.kernel.reactions import drain
from anlan.sensing.services import accept_readings, register_station

from .conftest import at

POINTS = [f"wl.{n}" for n in range(1, 8)]


@pytest.fixture
def water(district, house, clock_to):
    """``water("20 12:00", {"wl.1": 30})``: depths in cm are reported for points at that time."""
    for n, code in enumerate(POINTS):
        register_station(
            house, code=code, name=f"{n + 1}号下凹桥（示例）", region="110107004000", properties=["underpass_depth_cm"],
            interval_s=366 * 86400, kind="waterlog",
        )  # fmt: skip

    def rise(when, depths):
        clock_to(at(when))
        rows = [
            {"station": c, "time": at(when), "value": cm, "property": "underpass_depth_cm"} for c, cm in depths.items()
        ]
        assert not accept_readings(house, rows)["rejected"]
        drain()

    return rise


def known(house, district, name, when):
    return board(house, district, at(when))[0].get(name)


def test_points_over_the_limit_of_the_plan_propose_its_level_with_their_trace(water, house, district):
    water("20 10:00", dict.fromkeys(POINTS, 0.0))
    assert known(house, district, "waterlog_points", "20 10:01")["value"] == {"each": [0.0] * 7, "unread": 0}
    water("20 11:00", {"wl.1": 16, "wl.2": 18, "wl.3": 14.9})
    assert not Proposal.objects.in_world(house).exists(), "two points of 15 cm are not three"
    water("20 11:30", {"wl.3": 15})
    four = Proposal.objects.in_world(house).open().get()
    assert (four.level, [b["var"] for b in four.because]) == ("IV", ["waterlog_depth_cm", "waterlog_points"])
    water("20 13:00", {"wl.1": 60, "wl.2": 34, "wl.3": 30, "wl.4": 29})
    assert Proposal.objects.in_world(house).open().get().level == "IV", "four points of 27 cm are not five"
    water("20 13:40", {"wl.5": 27})
    three = Proposal.objects.in_world(house).open().get()
    counted = next(b for b in three.because if b["var"] == "waterlog_points")
    assert (three.level, counted["fact"], counted["threshold"], counted["over"]) == ("III", 5, 5, 27)
    assert "27 cm" in threshold_text(counted)
    deepest = next(b for b in three.because if b["var"] == "waterlog_depth_cm")
    assert deepest["fact"] == 60
    assert "1号下凹桥" in deepest["source"]


def test_a_point_that_nobody_reads_is_unknown_and_never_dry(water, house, district):
    water("20 11:00", {"wl.1": 30, "wl.2": 0})
    points = known(house, district, "waterlog_points", "20 11:01")["value"]
    assert points == {"each": [30.0, 0.0], "unread": 5}
    assert known(house, district, "waterlog_depth_cm", "20 11:01")["value"] == {"at_least": 30.0}
    facts = {n: known(house, district, n, "20 11:01")["value"] for n in ("waterlog_points", "waterlog_depth_cm")}
    (plan,) = propose(facts, "flood")["considered"]
    three = next(lv for lv in plan["levels"] if lv["level"] == "III")
    leaf = next(t for t in three["trace"] if t["var"] == "waterlog_points")
    assert (leaf["result"], leaf["fact"]) == ("unknown", {"at_least": 1, "at_most": 6})
    assert fact_text(points, "") == "1 处有（30），1 处为零，5 处不详"
    water("21 11:30", {"wl.2": 0})
    assert known(house, district, "waterlog_points", "21 11:31")["value"] == {"each": [0.0], "unread": 6}, "a day old"


def test_an_incident_deeper_than_every_point_counts_as_depth_and_not_as_a_point_more(water, house, district):
    water("20 12:00", dict.fromkeys(POINTS, 0.0) | {"wl.1": 20.0})
    flooded = {"kind": "X1101", "facts": {"water_depth_cm": 60}}
    contribute(house, region=district, kind=Contribution.Kind.INCIDENT, origin="i1", data=flooded, at=at("20 12:05"))

    plan = next(parsed(p) for p in plans_in_force(district) if p.hazard == "flood")
    facts, incidents = board(house, district, at("20 12:06"))
    seen = with_incidents(facts, incidents, plan)
    assert seen["waterlog_depth_cm"]["value"] == 60
    assert seen["waterlog_points"]["value"]["each"][:2] == [20.0, 0.0]


def test_the_depths_of_the_replay_reach_the_third_level_at_twenty_to_two(house, district):
    """The scenario's reports, point by point: five of 27 cm stand together from 13:40 to 14:50."""
    file = settings.BASE_DIR / "review" / "data" / "scenarios" / "beijing_2016_07_20.yaml"
    inputs = [i for i in yaml.safe_load(file.read_text(encoding="utf-8"))["inputs"] if i["kind"] == "waterlogging"]
    now, levels = {}, []
    for one in inputs:
        now[one["data"]["point"]] = one["data"]["depth_cm"]
        facts = {"waterlog_depth_cm": max(now.values()), "waterlog_points": {"each": list(now.values()), "unread": 0}}
        proposed = [p["level"] for p in propose(facts, "flood")["proposals"]]
        if not levels or levels[-1][1] != proposed:
            levels.append((datetime.fromisoformat(one["at"]).strftime("%d %H:%M"), proposed))
    assert levels == [
        ("20 10:25", []), ("20 11:45", ["IV"]), ("20 13:40", ["III"]), ("20 14:50", ["IV"]), ("20 22:50", []),
    ]  # fmt: skip


def test_figures_of_rain_and_of_water_of_one_hour_stand_in_one_row(water, house, district):
    register_station(
        house, code="g1", name="示例站", region="110107004000", properties=["rain_mm"], lon=116.18, lat=39.91
    )
    water("20 12:00", {"wl.1": 20.0})
    accept_readings(house, [{"station": "g1", "time": at("20 12:00"), "value": 12.0}])
    drain()
    (row,) = RegionFigures.objects.in_world(house).filter(region=district)
    assert {"rain_1h_mm", "waterlog_depth_cm"} <= set(row.figures)
