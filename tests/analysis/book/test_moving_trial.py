"""A draft that follows a moving centre, tried on the past: the centre counts where it stood then, not where it stands now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from anlan.analysis import services
from anlan.analysis.book.bodies import shipped_bodies
from anlan.analysis.book.centres import NOWHERE, Track
from anlan.kernel.context import system
from anlan.places.identity import context_of as context_for
from anlan.sensing.services import accept_readings, register_station
from tests.cast import DISTRICT, person, settle

STORM = datetime(2026, 7, 1, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def chief(db):
    settle()
    machine, place = system("test"), "110107000000"
    register_station(machine, code="t.rain", name="站", region=place, properties=["rain_mm"], lon=116.2, lat=39.9)
    register_station(machine, code="t.storm", name="台风中心", region=place, properties=["lon_deg", "lat_deg"])
    rows = [{"station": "t.rain", "time": STORM + i * HOUR, "value": 30} for i in range(8)]
    for hour, lon in ((0, 130.0), (4, 116.5), (7, 130.0)):
        rows += [{"station": "t.storm", "time": STORM + hour * HOUR, "property": "lon_deg", "value": lon},
                 {"station": "t.storm", "time": STORM + hour * HOUR, "property": "lat_deg", "value": 39.9}]  # fmt: skip
    accept_readings(machine, rows, history=True)
    return context_for(person("zhang", DISTRICT, "duty_chief"))


def test_the_draft_says_something_from_the_hour_at_which_the_centre_had_come_near(chief):
    draft = services.open_draft(chief, region=settle()[DISTRICT])
    body = {**shipped_bodies()["rainstorm"], "id": "own.near", "place": {"centre": "t.storm", "radius_km": 100}}
    draft = services.put_body(chief, version=draft, body=body)
    draft = services.try_draft(chief, version=draft, since=STORM - HOUR, until=STORM + 8 * HOUR)
    near = [
        (row["station"], datetime.fromisoformat(row["time"]), row["change"])
        for row in draft.trial["rows"]
        if row["criterion"] == "own.near"
    ]
    assert near == [("t.rain", STORM + 4 * HOUR, "new")]
    assert any(row["criterion"] == "rainstorm" and row["change"] == "same" for row in draft.trial["rows"])


def test_a_track_is_near_only_from_what_had_been_told_by_then():
    track = Track(np.array([10.0, 20.0, 30.0]), np.array([np.nan, 116.0, 130.0]), np.array([39.9, 39.9, 39.9]))
    stamps = np.array([5.0, 10.0, 19.0, 20.0, 29.0, 30.0])
    assert track.within(50, (116.2, 39.9), stamps).tolist() == [False, False, False, True, True, False]
    assert not track.within(50, None, stamps).any()
    assert not NOWHERE.within(20000, (116.2, 39.9), stamps).any()
