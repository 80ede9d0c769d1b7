"""Many requests at once are few commits, each with its own answer; a bad body is refused before it costs anything."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from anlan.kernel.context import system
from anlan.kernel.errors import BadInput
from anlan.kernel.worlds import REAL
from anlan.places.models import Person
from anlan.places.seeding import load_regions
from anlan.sensing import store
from anlan.sensing.api import MAX_BODY
from anlan.sensing.gathering import Gathering
from anlan.sensing.models import Journal
from anlan.sensing.seeding import load_stations
from anlan.sensing.services import Batch, accept_readings, accept_together
from tests.cast import person, signed_in
from tests.remembered import put_back

NOON = datetime(2016, 7, 20, 4, tzinfo=UTC)


def row(hours=0, value=1.0, station="uci.gucheng"):
    return {"station": station, "time": (NOON - timedelta(hours=hours)).isoformat(), "value": value}


@pytest.mark.django_db(transaction=True)
def test_requests_of_one_moment_share_a_commit_and_each_gets_its_own_answer():
    load_regions()
    load_stations()
    first, going_on, together = threading.Event(), threading.Event(), []

    def accept(batches):
        together.append(len(batches))
        first.set()
        assert going_on.wait(60)
        return accept_together(batches)

    gathering, answers = Gathering(accept), {}

    def send(name, *rows):
        try:
            answers[name] = gathering.submit(Batch(system("gateway"), rows, "test"))
        finally:
            connection.close()

    sent = [threading.Thread(target=send, args=(0, row(0)))]
    sent[0].start()
    assert first.wait(60)
    for n in range(1, 6):
        # The same reading from two of them, another value for it from a third, and one that is refused.
        rows = [row(n if n < 4 else 1, 2.0 if n == 5 else 1.0), *([row(value=-1)] if n == 3 else [])]
        sent.append(threading.Thread(target=send, args=(n, *rows)))
        sent[-1].start()
    while sum(map(len, gathering._waiting.values())) < 5:
        first.wait(0.01)
    going_on.set()
    for thread in sent:
        thread.join(60)
    assert together == [1, 5]
    assert Journal.objects.count() == 2
    told = [(answers[n]["accepted"], answers[n]["duplicates"], len(answers[n]["rejected"])) for n in range(6)]
    assert told[0] == told[2] == (1, 0, 0)
    assert told[3] == (1, 0, 1)
    assert sorted((told[1], told[4])) in ([(0, 1, 0), (1, 0, 0)], [(1, 0, 0), (1, 0, 0)])
    (columns,) = store.read(REAL, None).values()
    assert len(columns.value) == 4


@pytest.mark.django_db(transaction=True)
def test_two_gateways_that_send_the_same_at_the_same_time_store_it_once():
    load_regions()
    load_stations()
    begin, outcomes = threading.Barrier(3), []

    def send():
        try:
            begin.wait(60)
            for hour in range(40):
                outcomes.append(accept_together([Batch(system("gateway"), [row(hour, float(hour))])])[0])
        finally:
            connection.close()

    def fold():
        try:
            begin.wait(60)
            for _n in range(20):
                store.fold(REAL)
        finally:
            connection.close()

    threads = [threading.Thread(target=send), threading.Thread(target=send), threading.Thread(target=fold)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sum(o["accepted"] for o in outcomes) == sum(o["duplicates"] for o in outcomes) == 40
    store.fold(REAL)
    (columns,) = store.read(REAL, None).values()
    assert sorted(columns.value.tolist()) == [float(h) for h in range(40)]


@pytest.fixture
def gateway(db):
    put_back("gauges", lambda: (load_regions(), load_stations()))
    return signed_in(Client(), person("gateway", "11/110107/", "meteo"))


def post(client, body):
    body = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post("/api/v1/sensing/observations", body, content_type="application/json")


def test_a_body_with_nonsense_in_it_loses_only_the_nonsense(gateway):
    rows = [row(0), row(1, float("nan")), row(2, float("inf")), "x", [], row(3, 10**400), {"station": {"a": 1}}, row(4)]
    answer = post(gateway, {"readings": rows}).json()
    assert (answer["accepted"], [r["index"] for r in answer["rejected"]]) == (2, [1, 2, 3, 4, 5, 6])
    for time in (
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00",
        "1970-01-01T08:00:00+08:00",
        "2099-01-01T00:00:00Z",
    ):
        assert post(gateway, {"readings": [row() | {"time": time}]}).json()["rejected"], time


@pytest.mark.parametrize("body", ["", "no json", "[]", '{"readings": 3}', "[" * 100_000, b"\xff\xfe"])
def test_what_is_no_batch_is_refused_with_how_to_write_one(gateway, body):
    answer = post(gateway, body)
    assert (answer.status_code, "readings" in answer.json()["mend"]) == (422, True)


def test_a_million_readings_in_one_body_are_refused_before_they_are_read(gateway):
    answer = post(gateway, b"[" + b"0," * (MAX_BODY // 2) + b"0]")
    assert answer.status_code == 413
    assert "分批" in answer.json()["mend"]
    assert Journal.objects.count() == 0
    assert post(gateway, {"readings": [row()] * 20_001}).status_code == 422


def test_an_account_that_is_bound_to_a_station_reports_for_no_other(gateway):
    from anlan.sensing.models import Datastream
    from anlan.sensing.services import accept_arrays, bind_feeder

    key = f"person:{Person.objects.get(username='gateway').pk}"
    assert bind_feeder(system("admin"), key=key, stations=["uci.gucheng"]) == ["uci.gucheng"]
    answer = post(gateway, {"readings": [row(), row(station="uci.tiantan")]}).json()
    assert (answer["accepted"], len(answer["rejected"])) == (1, 1)
    bind_feeder(system("admin"), key="system:gateway", stations=["uci.gucheng"])
    (refused,) = accept_readings(system("gateway"), [row(station="uci.tiantan")])["rejected"]
    assert "只报指定的测站" in refused["reason"]
    streams = Datastream.objects.filter(thing__in=["uci.gucheng", "uci.tiantan"]).order_by("thing")
    told = accept_arrays(
        system("gateway"),
        stream=[s.pk for s in streams],
        time_us=[store.micros(NOON - timedelta(hours=9))] * 2,
        value=[1.0, 1.0],
    )
    assert (told["accepted"], [r["code"] for r in told["rejected"]]) == (1, ["bound"])
    with pytest.raises(BadInput):
        accept_arrays(system("gateway"), stream=[1], time_us=[1, 2], value=[1.0])
