"""Two stations of the district and one of the neighbour, asked by somebody who signs in."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from anlan.kernel.clock import real_now
from anlan.kernel.context import system
from anlan.sensing.models import Datastream
from anlan.sensing.services import accept_readings, register_station
from tests.cast import DISTRICT, GUCHENG, person, settle

ROOT = "http://testserver/sta/v1.1"


class Asker:
    """Asks as one person; answers are (status, content)."""

    def __init__(self, client, somebody=None):
        self.client = client
        if somebody is not None:
            client.force_login(somebody)

    def get(self, address, **options):
        answer = self.client.get(f"/sta/v1.1/{address}", {f"${k}": v for k, v in options.items()})
        return answer.status_code, answer.json() if answer.content and "json" in answer["Content-Type"] else answer

    def value(self, address, **options):
        status, content = self.get(address, **options)
        assert status == 200, content
        return content["value"]

    def ids(self, address, **options):
        return [one["@iot.id"] for one in self.value(address, **options)]

    def fault(self, address, status=400, **options):
        found, content = self.get(address, **options)
        assert found == status, content
        assert content["code"] == status
        assert content["message"]
        return content

    def send(self, method, address, body=None):
        answer = getattr(self.client, method)(
            f"/sta/v1.1/{address}", json.dumps(body) if body is not None else "", content_type="application/json"
        )
        return answer.status_code, answer.json() if answer.content else None, answer


@pytest.fixture
def land(db):
    """The stations; `hour` is the last full hour of the wall clock."""
    settle()
    ctx = system("test")
    register_station(
        ctx, code="ex.gucheng", name="古城站（示例）", region="110107004000", lon=116.18, lat=39.91, accuracy_m=50,
        properties=["rain_mm"], county="石景山区",
    )  # fmt: skip
    register_station(
        ctx, code="ex.bajiao", name="八角桥（示例）", region="110107003000", lon=116.20, lat=39.90, kind="waterlog",
        properties=["underpass_depth_cm", "rain_mm"], interval_s=600,
    )  # fmt: skip
    register_station(
        ctx,
        code="ex.haidian",
        name="海淀站（示例）",
        region="110108000000",
        lon=116.30,
        lat=39.96,
        properties=["rain_mm"],
    )
    hour = real_now().replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    streams = {(s.thing_id, s.property): s.pk for s in Datastream.objects.all()}
    return SimpleNamespace(
        ctx=ctx, hour=hour, rain=streams["ex.gucheng", "rain_mm"], depth=streams["ex.bajiao", "underpass_depth_cm"],
        rain_bajiao=streams["ex.bajiao", "rain_mm"], foreign=streams["ex.haidian", "rain_mm"],
    )  # fmt: skip


@pytest.fixture
def readings(land):
    """Ten hours of rain at each station, newest last: 0 … 9 at Gucheng, 10 … 19 at Bajiao, 20 … 29 at Haidian; and one depth."""
    rows = [
        {"station": code, "time": (land.hour - timedelta(hours=9 - n)).isoformat(), "value": float(start + n)}
        for start, code in ((0, "ex.gucheng"), (10, "ex.bajiao"), (20, "ex.haidian"))
        for n in range(10)
    ]
    depth = {"station": "ex.bajiao", "property": "underpass_depth_cm", "time": land.hour.isoformat(), "value": 27.5}
    said = accept_readings(land.ctx, [*rows, depth])
    assert said["accepted"] == 31
    return land


@pytest.fixture
def reader(land, client):
    """A duty officer of a street of the district: sees the district, changes nothing."""
    return Asker(client, person("sta-reader", GUCHENG, "town"))


@pytest.fixture
def gateway(land, client):
    """Somebody of the district who feeds readings and keeps the stations."""
    return Asker(client, person("sta-gateway", DISTRICT, "meteo", "admin"))


def utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
