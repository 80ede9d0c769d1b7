"""Devices that keep silent, what was obtained, and how good criteria are."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from anlan.analysis import obtaining, quality, services
from anlan.analysis.models import Maintenance, Signal
from anlan.analysis.quality import lead_minutes
from anlan.analysis.truth import Truth
from anlan.kernel.context import system
from anlan.kernel.reactions import drain
from anlan.places.demonstration import load_people
from anlan.places.models import Person
from anlan.places.queries import region
from anlan.places.seeding import load_regions
from anlan.sensing.services import accept_readings, register_station
from anlan.warning.models import Notice
from tests.remembered import put_back

NOON = datetime(2016, 7, 20, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
STATIONS = {"s.a": (116.18, 39.91), "s.b": (116.20, 39.91), "s.c": (116.19, 39.92)}


@pytest.fixture
def district(db, settings, tmp_path, exercise):
    settings.DEMO, settings.VAR_DIR = True, str(tmp_path)
    put_back("district", lambda: (load_regions(), load_people()))
    for code, (lon, lat) in STATIONS.items():
        register_station(
            system("seed"),
            code=code,
            name=f"{code}站（示例）",
            region="110107",
            properties=["rain_mm"],
            lon=lon,
            lat=lat,
        )
    return exercise


@pytest.fixture
def machine(district):
    return system("test", world=district.pk)


@pytest.fixture
def feed(machine, clock_to):
    """Hourly rain of stations that ends at noon plus `hour`: ``feed(0, s_a=[…])``."""

    def feed(hour, **series):
        clock_to(NOON + hour * HOUR)
        rows = [
            {"station": k.replace("_", "."), "time": NOON + (hour - len(own) + 1 + i) * HOUR, "value": v}
            for k, own in series.items()
            for i, v in enumerate(own)
        ]
        accept_readings(machine, rows)
        drain()

    return feed


@pytest.fixture
def duty(district):
    client = Client()
    client.force_login(Person.objects.get(username="zhibanyuan"))
    return client


def devices(machine, **by):
    return {s.station_id: s for s in Signal.objects.in_world(machine).filter(scheme="device", **by)}


def test_a_silent_device_is_a_signal_until_it_reports_again_and_maintenance_keeps_it_quiet(
    feed, machine, clock_to, duty, django_assert_max_num_queries
):
    feed(0, s_a=[0], s_b=[0])
    assert services.look_for_silence(machine) == []
    clock_to(NOON + 3 * HOUR + timedelta(minutes=1))
    Maintenance.everything.create(
        station_id="s.b", since=NOON, until=NOON + 24 * HOUR, why="换电池", by="system:test", set_at=NOON,
        scope=region("110107").path, shared_with=[],
    )  # fmt: skip
    (raised,) = services.look_for_silence(machine)
    assert (raised.station_id, raised.level, raised.due_at) == ("s.a", "silent", None)
    assert raised.text == "s.a站（示例）小时雨量已 181 分钟没有来数（每 60 分钟应来一次）"
    with django_assert_max_num_queries(12):
        assert services.look_for_silence(machine) == []
    page = duty.get("/signals/?state=devices").content.decode()
    assert raised.text in page
    assert "没有来数" in page
    assert raised.text not in duty.get("/signals/").content.decode()
    assert "设备缺数 1 处" in duty.get("/").content.decode()
    feed(4, s_a=[0])
    (cleared,) = services.look_for_silence(machine)
    assert cleared.state == "cleared"
    assert devices(machine, closed_at=None) == {}


def test_the_share_that_was_obtained_is_a_true_figure_and_below_nine_tenths_a_signal(feed, machine, duty):
    feed(0, s_a=[0] * 24, s_b=[*[0] * 20, *[None] * 4], s_c=[0] * 12)
    found = obtaining.obtained(machine)
    assert [(d.stream.thing_id, d.pct, d.expected, d.enough) for d in found.devices] == [
        ("s.c", 50.0, 24, False), ("s.b", 83.3, 24, False), ("s.a", 100.0, 24, True),
    ]  # fmt: skip
    (county,) = found.counties
    assert (county.pct, county.devices, county.short) == (77.8, 3, 2)
    raised = services.look_for_gaps(machine)
    assert {s.station_id: s.level for s in raised} == {"s.b": "partial", "s.c": "partial"}
    assert services.look_for_silence(machine) == [], "only a count of the readings clears it"
    assert set(devices(machine, closed_at=None)) == {"s.b", "s.c"}
    feed(0, s_c=[0] * 24)
    assert {s.station_id: s.state for s in services.look_for_gaps(machine)} == {"s.c": "cleared"}
    page = duty.get("/signals/obtained/").content.decode()
    assert "83.3%" in page
    answer = duty.get("/api/v1/analysis/obtained").json()
    assert (answer["counties"][0]["short"], answer["devices"][0]["station"]) == (1, "s.b")


def test_precision_and_lead_change_with_what_people_and_authorities_said(feed, machine, duty, clock_to):
    feed(0, s_a=[80], s_b=[0], s_c=[0])
    signal = Signal.objects.in_world(machine).get(criterion="rainstorm")
    step = f"/loop/analysis.signal/{signal.pk}/step/"
    assert duty.post(f"{step}judge_false/", {"reason": "雨量筒被人为注水"}).status_code in (200, 302, 303)
    feed(30, s_a=[0] * 6, s_b=[0] * 6, s_c=[0] * 6)
    feed(31, s_b=[70], s_c=[66])
    second = Signal.objects.in_world(machine).get(criterion="rainstorm", station="s.b")
    clock_to(NOON + 31 * HOUR + timedelta(minutes=4))
    duty.post(f"/loop/analysis.signal/{second.pk}/step/verify/", {"how": "phone"})
    notice = Notice(
        world_id=machine.world, scope="11/110107/", key="k", hazard="rainstorm", color="orange", level=2, headline="暴雨橙色预警",
        sent_at=NOON + 31 * HOUR + timedelta(minutes=40), state="in_force", state_since=NOON, opened_at=NOON,
    )  # fmt: skip
    Notice.everything.bulk_create([notice])
    notice.regions.add(region("110107"))
    clock_to(NOON + 33 * HOUR)
    (found,) = [q for q in quality.quality(machine, NOON - HOUR, NOON + 40 * HOUR) if q.criterion == "rainstorm"]
    assert (found.raised, found.confirmed, found.false, found.precision) == (3, 1, 1, 50.0)
    assert (found.small, found.lead_min, found.led, found.missed) == (True, 40.0, 1, 0)
    assert found.seen_min == 4.0
    page = duty.get("/criteria/quality/?criterion=rainstorm").content.decode()
    assert "50.0%" in page
    assert "仅 2 次，只供参考" in page
    assert "早 40 分钟" in page
    assert "2016-07" in page
    (row,) = [r for r in duty.get("/api/v1/analysis/quality").json() if r["criterion"] == "rainstorm"]
    assert row["precision"] == 50.0
    events = duty.get("/api/v1/analysis/events").json()
    assert {e["hazard"] for e in events} >= {"rainstorm"}
    event = next(e for e in events if e["hazard"] == "rainstorm")
    said = duty.post(
        f"/api/v1/analysis/events/{event['id']}/acknowledge", {"note": ""}, content_type="application/json"
    ).json()
    assert said["known_by"]


def test_what_people_find_out_after_a_signal_has_ended_counts_for_the_precision_and_moves_nothing_else(
    feed, machine, duty, clock_to
):
    feed(0, s_a=[80], s_b=[70], s_c=[0])
    feed(30, s_a=[0] * 30, s_b=[0] * 30, s_c=[0] * 30)
    rows = Signal.objects.in_world(machine).filter(criterion="rainstorm")
    ended = {s.station_id: s for s in rows}
    assert {s.state for s in ended.values()} == {"cleared"}
    closed = {code: (s.closed_at, s.state_since) for code, s in ended.items()}
    clock_to(NOON + 50 * HOUR)

    def found():
        return next(q for q in quality.quality(machine, NOON - HOUR, NOON + 60 * HOUR) if q.criterion == "rainstorm")

    before = found()
    assert (before.raised, before.precision) == (2, None)
    page = duty.get(f"/signals/{ended['s.a'].pk}/").content.decode()
    assert "事后核实" in page
    assert "事后判为误报" in page
    step = f"/loop/analysis.signal/{ended['s.a'].pk}/step"
    assert duty.post(f"{step}/verify/", {"how": "phone"}).status_code == 409, "what has ended is not taken up again"
    assert duty.post(f"{step}/verify_afterwards/", {"how": "visit", "note": "现场有积水痕迹"}).status_code in (
        200,
        302,
        303,
    )
    step = f"/loop/analysis.signal/{ended['s.b'].pk}/step"
    assert duty.post(f"{step}/judge_false_afterwards/", {"reason": ""}).status_code in (400, 422)
    answer = duty.post(f"{step}/judge_false_afterwards/", {"reason": "雨量筒被人为注水"})
    assert answer.status_code in (200, 302, 303)
    told = {s.station_id: (s.state, s.verified, s.quiet, s.is_open) for s in rows.all()}
    assert told["s.a"] == ("cleared", "confirmed", False, False)
    assert (told["s.b"][0], told["s.b"][2:]) == ("judged_false", (False, False))
    assert {s.station_id: (s.closed_at, s.state_since) for s in rows.all()} == closed, "it ended when it ended"
    after = found()
    assert (after.confirmed, after.false, after.precision, after.open_h) == (1, 1, 50.0, before.open_h)
    feed(51, s_a=[0], s_b=[90], s_c=[0])
    assert rows.filter(station="s.b", closed_at=None).exists(), "nothing is kept silent afterwards"
    shown = duty.get(f"/signals/{ended['s.b'].pk}/").content.decode()
    assert "事后判为误报" in shown, "in its history"
    assert 'name="reason"' not in shown, "and no longer offered"


def test_a_lead_is_the_first_signal_of_the_place_at_that_level_within_a_day_and_a_warning_without_one_is_missed():
    real = [
        Truth("rainstorm", "yellow", "11/110107/", NOON),
        Truth("rainstorm", "yellow", "11/110107/", NOON + 2 * HOUR),
        Truth("rainstorm", "red", "11/", NOON + 3 * HOUR),
        Truth("rainstorm", "orange", "11/110101/", NOON),
    ]
    raised = [
        ("11/110107/", 2, NOON - HOUR),
        ("11/110107/", 3, NOON + HOUR),
        ("11/110107/", 4, NOON + 4 * HOUR),
        ("11/110107/", 4, NOON - 40 * HOUR),
    ]
    leads, missed = lead_minutes(raised, real)
    assert leads == [60.0, -60.0]
    assert missed == 1, "nothing was raised in the other county; the repeated warning counts once"
