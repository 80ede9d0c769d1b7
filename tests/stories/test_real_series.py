"""Real series through both doors: the page is what the script writes, sums agree with plain arithmetic, a typhoon moves a criterion."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby

import pytest

from anlan.analysis import services
from anlan.analysis.book.bodies import shipped_bodies
from anlan.analysis.levels import rank_of
from anlan.analysis.models import CriteriaVersion, Signal
from anlan.analysis.watching.judge import Judge
from anlan.kernel.context import system
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.reactions import drain
from anlan.places.identity import context_of as context_for
from anlan.places.seeding import load_regions
from anlan.sensing.services import accept_readings, register_station
from scripts import real_outcomes, real_readings, real_series
from tests.cast import DISTRICT, person, settle
from tests.remembered import put_back

HOUR = timedelta(hours=1)
STANDARDS = (("red", 3, 100), ("orange", 3, 50), ("yellow", 6, 50), ("blue", 12, 50))
RADIUS_KM = 300


@pytest.fixture
def folder(shared):
    return shared / real_series.FOLDER


@pytest.mark.django_db
def test_the_page_says_what_the_door_answers_today(folder):
    """When this fails: ANLAN_SHARED=… .venv/bin/python scripts/real_series.py"""
    assert real_series.page(folder) == real_series.PAGE.read_text(encoding="utf-8")


def test_the_first_signal_of_every_beijing_storm_is_where_plain_arithmetic_puts_it(folder):
    rows = list(real_readings.records(folder / "beijing_hourly_rain_events.csv"))
    raised = 0
    for series in real_series.all_series(folder):
        if not series.id.startswith("beijing-"):
            continue
        found: dict[str, tuple[str, str]] = {}
        for signal in real_series.try_one(series, folder).signals:
            if signal["criterion"] == "rainstorm":
                found.setdefault(signal["station"], (signal["time"], signal["level"]))
        own = sorted(
            (r["station_zh"], r["time_local"], float(r["rain_mm_1h"])) for r in rows if r["event"] in series.id
        )
        plain = {name: reached for name, site in groupby(own, key=lambda r: r[0]) if (reached := first_reached(site))}
        assert found == plain, series.id
        raised += len(found)
    assert raised > 15


def first_reached(site):
    """(time, highest level) of the first hour at which a standard is reached, by adding up lists."""
    amounts = []
    for _, written, amount in site:
        amounts.append(amount)
        for level, hours, threshold in STANDARDS:
            if round(sum(amounts[-hours:]), 6) >= threshold:
                return real_readings.beijing(written), level
    return None


def test_a_typhoon_carries_a_criterion_to_the_stations_it_comes_near(folder, exercise, clock_to):
    """In-Fa as it was told; the rain is composed: 20 mm every hour, all the way."""
    track = list(real_readings.of_json(real_readings.cma_track)(folder / "typhoon_infa_2021_cma_track.json"))
    entered = datetime.fromisoformat(real_series.inside_spans(track)[RADIUS_KM][0])
    lon, lat = real_series.ZHOUSHAN
    settle()
    machine = system("test", world=exercise.pk)
    place = "110107000000"
    register_station(machine, code="t.putuo", name="站", region=place, properties=["rain_mm"], lon=lon, lat=lat)
    register_station(machine, code="t.infa", name="台风中心", region=place, properties=["lon_deg", "lat_deg"])
    follow_the_storm(entered - 48 * HOUR)
    for step in range(-6, 2):
        at = entered + step * HOUR
        clock_to(at)
        told = [
            {"station": "t.infa", "time": time, "property": name, "value": value}
            for time, _, value, name, _ in track
            if datetime.fromisoformat(time) == at and name != "pressure_hpa"
        ]
        accept_readings(machine, told)
        accept_readings(machine, [{"station": "t.putuo", "time": at, "value": 20}])
        drain()
        near = Signal.objects.in_world(machine).filter(criterion="own.near").exists()
        assert near == (step >= 0), at
    signal = Signal.objects.in_world(machine).get(criterion="own.near")
    assert (signal.station_id, signal.level, signal.opened_at) == ("t.putuo", "orange", entered)


@pytest.mark.parametrize("name", ["beijing-2016-07-20", "taizhou-2022", "biliuhe-20120804", "textbook"])
def test_the_platform_raises_what_the_file_raises(name, folder, exercise, clock_to, settings):
    """The same readings through the store and the judge, hour by hour: the same signals at the same hours, up to the same levels."""
    settings.JUDGE = "process"
    put_back("regions", load_regions)
    series = next(s for s in real_series.all_series(folder) if s.id == name)
    rows = sorted(series.rows(folder / series.file), key=lambda row: datetime.fromisoformat(row[0]))
    machine = system("gateway", world=exercise.pk)
    measured = {site: sorted({row[3] for row in rows if row[1] == site}) for site in {row[1] for row in rows}}
    for i, (site, properties) in enumerate(sorted(measured.items())):
        register_station(machine, code=f"r.{i}", name=site, region="110107000000", properties=properties)
    codes = {site: f"r.{i}" for i, site in enumerate(sorted(measured))}
    clock_to(datetime.fromisoformat(rows[-1][0]))
    for _, hour in groupby(rows, key=lambda row: row[0]):
        said = [
            {"station": codes[s], "time": t, "value": v or None, "property": p, "unit": u} for t, s, v, p, u in hour
        ]
        assert accept_readings(machine, said)["rejected"] == []
    Judge().catch_up(exercise.pk)

    of_the_file: dict[tuple[str, str], list[tuple[datetime, str]]] = {}
    for signal in real_series.try_one(series, folder).signals:
        key = (signal["criterion"], codes[signal["station"]])
        of_the_file.setdefault(key, []).append((datetime.fromisoformat(signal["time"]), signal["level"]))
    kept: dict[tuple[str, str], list[tuple[datetime, str]]] = {}
    standing = Signal.objects.in_world(machine).filter(scheme__in=["warning", "response"], station__isnull=False)
    for one in standing.order_by("since"):
        kept.setdefault((one.criterion, one.station_id), []).append((one.since, one.peak))
    assert {key: signals[0][0] for key, signals in kept.items()} == {
        key: rises[0][0] for key, rises in of_the_file.items()
    }
    for key, signals in kept.items():
        assert {since for since, _ in signals} <= {time for time, _ in of_the_file[key]}
        assert max(map(rank_of, dict(signals).values())) == max(map(rank_of, dict(of_the_file[key]).values()))


def follow_the_storm(since):
    """Rainstorm near the centre, as a criterion that was in force from `since` on."""
    chief = context_for(person("zhang", DISTRICT, "duty_chief"))
    leader = context_for(person("li", DISTRICT, "duty_leader"))
    draft = services.open_draft(chief, region=settle()[DISTRICT])
    body = {**shipped_bodies()["rainstorm"], "id": "own.near", "place": {"centre": "t.infa", "radius_km": RADIUS_KM}}
    draft = services.put_body(chief, version=draft, body=body)
    draft = services.try_draft(chief, version=draft, since=since, until=since + HOUR)
    take_step(chief, draft, "submit", {"why": "台风"})
    take_step(leader, draft, "release", {"checked": "好"})
    CriteriaVersion.everything.filter(pk=draft.pk).update(effective_from=since)


def test_a_warning_is_held_against_the_series_it_falls_into_and_no_other(folder):
    outcomes = {s.id: real_series.try_one(s, folder) for s in real_series.all_series(folder) if "2016" in s.id}
    known = real_outcomes.known_warnings(folder)
    yellow = next(w for w in known if w.get("compare"))
    minutes, first = real_outcomes.lead_min(yellow, outcomes["beijing-2016-07-20"])
    assert (minutes, first["level"]) == (-80, "yellow")  # the observatory warned of what was still to come
    assert [k for k, o in outcomes.items() if real_outcomes.comparable(yellow, o)] == ["beijing-2016-07-20"]
    listed = {"issuer": "北京市气象台", "province": "北京", "event": "高温", "colour": "orange"}
    assert real_outcomes.comparable({**listed, "issued": "2016-06-25T08:00:00+08:00"}, outcomes["gucheng-2016"])
    assert not real_outcomes.comparable({**listed, "issued": "2017-06-25T08:00:00+08:00"}, outcomes["gucheng-2016"])
    assert not real_outcomes.comparable(
        {**listed, "province": "上海", "issued": "2016-06-25T08:00:00+08:00"}, outcomes["gucheng-2016"]
    )


def test_the_track_as_a_table_is_the_track_as_a_document(folder):
    table = real_readings.records(folder / "typhoon_infa_2021_cma_track.csv")
    document = list(real_readings.of_json(real_readings.cma_track)(folder / "typhoon_infa_2021_cma_track.json"))
    centres = zip(document[::3], document[1::3], strict=True)
    assert [(r["time"], r["lon"], r["lat"]) for r in table] == [(lon[0], lon[2], lat[2]) for lon, lat in centres]
