"""A client library that others wrote enters a station, feeds it and reads it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from anlan.sensing.models import Datastream

from .conftest import utc

fsc = pytest.importorskip("frost_sta_client", reason="the client library is a development dependency")


@pytest.fixture
def service(transactional_db: Any, live_server: Any) -> Any:
    """The library, signed in as a gateway of the district: its session and its token travel with every request."""
    from tests.cast import DISTRICT, person, settle

    settle()
    browser = Client()
    browser.force_login(person("sta-client", DISTRICT, "meteo", "admin"))
    token = "a" * 32
    worn = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}; {settings.CSRF_COOKIE_NAME}={token}"

    class Session(fsc.AuthHandler):
        def add_auth_header(self) -> Any:
            def sign(sent: Any) -> Any:
                sent.headers.update({"Cookie": worn, "X-CSRFToken": token, "Referer": live_server.url})
                return sent

            return sign

    return fsc.SensorThingsService(f"{live_server.url}/sta/v1.1", auth_handler=Session("", ""))


def test_a_station_is_entered_fed_and_read(service: Any) -> None:
    from anlan.kernel.clock import real_now

    hour = real_now().replace(minute=0, second=0, microsecond=0)
    thing = fsc.Thing(name="示例站", description="由客户端登记", properties={"region": "110107", "owner": "示例单位"})
    service.create(thing)
    assert thing.id.startswith("sta-")

    stream = fsc.Datastream(
        name="雨量", description="", observation_type="http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
        unit_of_measurement=fsc.UnitOfMeasurement(name="millimetre", symbol="mm", definition="ucum:mm"), properties={"interval_s": 3600},
        observed_property=fsc.ObservedProperty(name="小时雨量", definition="urn:anlan:property:rain_mm", description=""),
        sensor=fsc.Sensor(name="翻斗雨量计", description="", encoding_type="text/html", metadata="0.2 mm"), thing=fsc.Thing(id=thing.id),
    )  # fmt: skip
    service.create(stream)
    assert stream.id == Datastream.objects.get(thing=thing.id).pk

    for n in range(5):
        service.create(
            fsc.Observation(
                phenomenon_time=utc(hour - timedelta(hours=n)), result=float(n), datastream=fsc.Datastream(id=stream.id)
            )
        )
    found = service.datastreams().find(stream.id)
    assert found.unit_of_measurement.symbol == "mm"
    read = found.get_observations().query().filter("result gt 1").orderby("phenomenonTime", "ASC").top(2).list()
    assert [one.result for one in read] == [4.0, 3.0, 2.0]
    assert service.things().find(thing.id).properties["owner"] == "示例单位"

    thing.description = "改过"
    service.update(thing)
    service.patch(thing, [{"op": "replace", "path": "/description", "value": "又改过"}])
    assert service.things().find(thing.id).description == "又改过"
    service.delete(thing)
    assert service.things().query().list().entities == []
