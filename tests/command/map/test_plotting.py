"""What people draw on the map of an incident: seen by the other seats, kept version by version, taken back by who did it."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from django.db import connection

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.command.map import plotting
from anlan.command.map.symbols import symbols
from anlan.command.models import Incident, PlotMark
from anlan.kernel.auditing import AuditEntry
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.models import Outbox
from tests.racing import at_once

POST = {"type": "Point", "coordinates": [116.188, 39.911]}
AREA = {"type": "Polygon", "coordinates": [[[116.18, 39.90], [116.19, 39.90], [116.19, 39.91], [116.18, 39.90]]]}


def labels(features):
    return [f["properties"]["label"] for f in features]


def test_signs_carry_the_code_of_the_standard_where_we_know_it_and_say_where_not():
    known = symbols()
    assert known["event.A10100"].code == "A10100"
    assert "GB/T 35649" in known["event.A10100"].source or known["event.A10100"].source
    assert (known["post"].code, known["post"].confidence) == ("", "low")
    assert {s.kind for s in known.values()} == {"point", "line", "area"}


def test_a_sign_is_drawn_changed_by_another_taken_off_and_every_version_stays(acting, at, call):
    at("12:45")
    post = plotting.draw(acting("zhibanyuan"), incident=call, symbol="post", geometry=POST, label="桥东侧").mark
    at("12:50")
    chief = acting("zhibanzhang")
    moved = {"type": "Point", "coordinates": [116.19, 39.912]}
    second = plotting.redraw(chief, incident=call, mark=post.pk, seen=1, geometry=moved, label="桥西侧")
    assert second.over == "", "the chief had seen what is there"
    # The duty officer's page still has version 1: the last writer wins and is told so.
    at("12:51")
    duty = acting("zhibanyuan")
    third = plotting.redraw(duty, incident=call, mark=post.pk, seen=1, label="桥南侧")
    assert third.over
    assert "12:50:00" in third.over
    assert third.mark.geometry.coords == (116.19, 39.912), "what was left out stays"
    at("12:55")
    plotting.remove(acting("zhibanzhang"), incident=call, mark=post.pk, seen=3)
    assert plotting.marks_of(duty, call) == []
    with pytest.raises(Conflict, match="去掉"):
        plotting.redraw(duty, incident=call, mark=post.pk, seen=3, label="还要")
    changes = [(v.version, v.change, v.label) for v in plotting.history_of(duty, post)]
    assert changes == [
        (4, "removed", "桥南侧"),
        (3, "changed", "桥南侧"),
        (2, "changed", "桥西侧"),
        (1, "drawn", "桥东侧"),
    ]
    assert AuditEntry.objects.filter(object_type="command.plotting", object_id=str(post.pk)).count() == 4
    told = Outbox.objects.filter(subject="command.plotting.changed").order_by("id")
    assert [row.live["revision"] for row in told] == [1, 2, 3, 4]
    # What stood there then.
    then = datetime.fromisoformat("2016-07-20T12:50:30+08:00")
    assert labels(plotting.marks_of(duty, call, then)) == ["桥西侧"]
    assert plotting.marks_of(duty, call, datetime.fromisoformat("2016-07-20T12:44:00+08:00")) == []


def test_undo_takes_back_ones_own_step_by_step_but_not_what_another_has_changed(acting, call):
    duty, chief = acting("zhibanyuan"), acting("zhibanzhang")
    post = plotting.draw(duty, incident=call, symbol="post", geometry=POST, label="甲").mark
    plotting.redraw(duty, incident=call, mark=post.pk, seen=1, label="乙")
    area = plotting.draw(duty, incident=call, symbol="danger_area", geometry=AREA, label="丙").mark
    plotting.remove(duty, incident=call, mark=area.pk)
    seen = []
    for _step in range(4):
        plotting.undo(duty, incident=call)
        seen.append(sorted(labels(plotting.marks_of(duty, call))))
    assert seen == [["丙", "乙"], ["乙"], ["甲"], []]
    with pytest.raises(Conflict, match="没有可以撤销"):
        plotting.undo(duty, incident=call)
    other = plotting.draw(duty, incident=call, symbol="post", geometry=POST).mark
    plotting.redraw(chief, incident=call, mark=other.pk, seen=1, label="改")
    with pytest.raises(Conflict, match="又改过"):
        plotting.undo(duty, incident=call)


@pytest.mark.parametrize(
    ("symbol", "geometry", "field"),
    [
        ("nothing", POST, "symbol"),
        ("post", AREA, "geometry"),
        ("post", {"type": "Point", "coordinates": ["x", 39]}, "geometry"),
        ("post", {"type": "Point", "coordinates": [float("nan"), 39]}, "geometry"),
        ("cordon", {"type": "LineString", "coordinates": [[116, 39], [116, 39]]}, "geometry"),
        ("cordon", {"type": "LineString", "coordinates": [[116 + i / 1e6, 39] for i in range(501)]}, "geometry"),
        ("danger_area", {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}, "geometry"),
        ("danger_area", {"type": "Polygon", "coordinates": "all"}, "geometry"),
        ("danger_area", None, "geometry"),
    ],
)
def test_what_is_no_drawing_is_refused_with_how_to_mend(acting, call, symbol, geometry, field):
    with pytest.raises(BadInput) as fault:
        plotting.draw(acting("zhibanyuan"), incident=call, symbol=symbol, geometry=geometry)
    assert fault.value.field == field
    assert fault.value.mend


def test_who_may_not_and_what_is_over_and_another_world(acting, call):
    from anlan.kernel.worlds import REAL

    duty = acting("zhibanyuan")
    mark = plotting.draw(duty, incident=call, symbol="post", geometry=POST).mark
    with pytest.raises(NotFound):
        plotting.draw(acting("bajiao"), incident=call, symbol="post", geometry=POST)
    assert plotting.marks_of(acting("bajiao"), call) == []
    with pytest.raises(NotFound):
        plotting.mark_of(acting("zhibanyuan", world=REAL), call, mark.pk)
    with pytest.raises(NotFound):
        plotting.remove(duty, incident=Incident(pk=mark.pk), mark=mark.pk)
    blind = acting("shuiwu")
    with pytest.raises((NotFound, NotAllowed)):
        plotting.draw(blind, incident=call, symbol="post", geometry=POST)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE command_incident SET closed_at = now() WHERE id = %s", [call.pk])
    with pytest.raises(Conflict, match="已经结束"):
        plotting.draw(duty, incident=call, symbol="post", geometry=POST)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_two_versions_one_after_the_other(acting, call):
    duty, chief = acting("zhibanyuan"), acting("zhibanzhang")
    post = plotting.draw(duty, incident=call, symbol="post", geometry=POST).mark

    def change(ctx, label):
        return lambda: plotting.redraw(ctx, incident=call, mark=post.pk, seen=1, label=label)

    came = at_once(change(duty, "甲"), change(chief, "乙"))
    assert sorted(c.mark.version for c in came) == [2, 3]
    second = max(came, key=lambda c: c.mark.version)
    assert PlotMark.objects.unscoped("the test looks").get(pk=post.pk).label == second.mark.label
    assert len([c for c in came if c.over]) == 1, "the one that came last is told over whose change"


def test_by_request_a_seat_draws_and_a_million_points_are_refused_before_they_are_read(page, call, at):
    at("12:45")
    client, url = page("zhibanyuan"), f"/incidents/{call.pk}/map/plotting/"
    made = client.post(
        url, json.dumps({"symbol": "danger_area", "geometry": AREA, "label": "积水"}), "application/json"
    )
    assert made.status_code == 201
    pk = made.json()["id"]
    assert labels(client.get(url).json()["features"]) == ["积水"]
    one = client.get(f"{url}{pk}/").json()
    assert [h["change"] for h in one["history"]] == ["drawn"]
    changed = client.post(f"{url}{pk}/", json.dumps({"seen": 1, "label": "退水"}), "application/json").json()
    assert (changed["properties"]["label"], changed["over"]) == ("退水", "")
    assert client.delete(f"{url}{pk}/?seen=2").status_code == 200
    assert client.post(f"{url}undo/").json()["properties"]["gone"] is False
    huge = json.dumps(
        {"symbol": "danger_area", "geometry": {"type": "Polygon", "coordinates": [[[116.1, 39.9]] * 1_000_000]}}
    )
    refused = client.post(url, huge, "application/json", headers={"accept": "application/json"})
    assert (refused.status_code, refused.json()["field"]) == (422, "geometry")
    assert "500" in refused.json()["mend"]
    deep = "[" * 90_000
    assert client.post(url, deep, "application/json", headers={"accept": "application/json"}).status_code == 422
    assert page("bajiao").get(url).status_code == 404


def test_a_program_draws_changes_and_takes_off_by_the_api(page, call, at):
    at("12:45")
    client, url = page("zhibanyuan"), f"/api/v1/command/incidents/{call.pk}/plotting"
    made = client.post(url, {"symbol": "post", "geometry": POST, "label": "甲"}, "application/json")
    assert made.status_code == 201
    one = f"{url}/{made.json()['id']}"
    changed = client.put(one, {"seen": 1, "label": "乙"}, "application/json").json()
    assert (changed["properties"]["version"], changed["over"]) == (2, "")
    assert labels(client.get(url).json()["features"]) == ["乙"]
    assert client.post(url, {"symbol": "post", "geometry": AREA}, "application/json").status_code == 422
    assert client.delete(one).json()["properties"]["gone"] is True
    assert client.get(url).json()["features"] == []
    assert page("bajiao").get(url).status_code == 404


def test_every_group_of_events_has_a_sign_that_is_found_by_its_kinds_and_drawn(page, call, at):
    at("12:45")
    signs = {
        s["key"]: s
        for s in page("zhibanyuan").get(f"/incidents/{call.pk}/map/").context["map_config"]["plotting"]["symbols"]
    }
    groups = [k for k in shipped_kinds().kinds.values() if k.level == "group"]
    coded = {s["code"] for s in signs.values() if s["code"]}
    assert coded == {g.symbol for g in groups if g.symbol}, "each code of the standard that we know, once"
    assert all(f"event.{g.symbol or g.code}" in signs for g in groups)
    finds = {key: " ".join(sign["finds"]) for key, sign in signs.items()}
    assert any("内涝" in words for words in finds.values())
    strokes = set("MLHVCSQTAZmlhvcsqtaz0123456789 .-,")
    assert all(s["picture"] and set(s["picture"]) <= strokes for s in signs.values() if s["kind"] == "point")


def test_the_wall_shows_what_is_drawn_on_every_open_incident_and_nothing_foreign(page, call, at, acting):
    at("12:45")
    here = {"type": "Point", "coordinates": list(call.position.coords)}
    plotting.draw(acting("zhibanyuan"), incident=call, symbol="post", geometry=here, label="桥东指挥部")
    shown = page("daiban").get("/wall/incidents/").context["map_config"]["plotting"]
    assert [m["properties"]["label"] for m in shown["marks"]] == ["桥东指挥部"]
    assert (shown["may"], list(shown["urls"])) == (False, [str(call.pk)])
    foreign = page("bajiao").get("/wall/incidents/").context["map_config"]["plotting"]
    assert (foreign["marks"], foreign["urls"]) == ([], {})
