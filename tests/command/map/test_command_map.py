"""One incident in focus: what the page is told, what lies around, what was known and is planned, who sits where, what lacks."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta

from django.contrib.gis.geos import Point
from openpyxl import load_workbook

from anlan.command.map.devices import rule_for, scene_devices
from anlan.command.map.moments import moment_of_incident
from anlan.command.models import Incident
from anlan.command.responses.services import issue_tasks
from anlan.command.services import open_incident
from anlan.kernel.clock import real_now
from anlan.kernel.loops.stepping import take_step
from anlan.places.models import Organisation
from anlan.registry.facts import supply_items
from anlan.registry.models import Shelter, StockLine, Warehouse

JSON = "application/json"


def moment(text):
    return datetime.fromisoformat(f"2016-07-20T{text}:00+08:00")


def test_the_page_opens_on_the_incident_and_hides_what_is_foreign(page, call, at):
    at("12:45")
    client = page("zhibanyuan")
    config = client.get(f"/incidents/{call.pk}/map/").context["map_config"]
    assert (config["focus"]["lon"], config["focus"]["radii_km"]) == (call.position.x, [1, 3, 5])
    west, south, east, north = config["view"]
    assert west < call.position.x < east
    assert south < call.position.y < north
    assert config["plotting"]["may"] is True
    assert datetime.fromisoformat(config["time"]["to"]) - datetime.fromisoformat(config["time"]["now"]) == timedelta(
        hours=6
    )
    assert client.get("/wall/incidents/").context["map_config"]["views"][0]["title"] == call.title
    assert page("bajiao").get(f"/incidents/{call.pk}/map/").status_code == 404
    Incident.objects.unscoped("nobody knows the place").filter(pk=call.pk).update(position=None)
    assert "lon" not in page("zhibanyuan").get(f"/incidents/{call.pk}/map/").context["map_config"]["focus"]


def test_what_lies_around_is_taken_away_as_a_spreadsheet(page, call, at):
    at("12:45")
    near = Point(call.position.x + 0.001, call.position.y, srid=4326)
    Shelter.objects.create(
        code="sh.1", name="一号避难场所（示例）", scope=call.scope, updated_at=real_now(), grade="三级", shelter_class="场所",
        capacity=300, organisation=Organisation.objects.filter(kind="street").first(), position=near,
    )  # fmt: skip
    asked = {"center": list(call.position.coords), "radius_m": 1000}
    answer = page("zhibanyuan").post(f"/incidents/{call.pk}/map/within.xlsx", json.dumps(asked), JSON)
    cells = [
        c for row in load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True) for c in row if c
    ]
    assert "一号避难场所（示例）" in cells
    assert any("300" in str(c) and "人" in str(c) for c in cells), "the totals stand above the list"
    wrong = page("zhibanyuan").post(f"/incidents/{call.pk}/map/within.xlsx", "[]", JSON, headers={"accept": JSON})
    assert wrong.status_code == 422
    assert page("bajiao").post(f"/incidents/{call.pk}/map/within.xlsx", json.dumps(asked), JSON).status_code == 404


def test_then_and_ahead_tell_what_was_known_and_what_is_planned(acting, at, call, page):
    at("12:50")
    duty = acting("zhibanyuan")
    street = Organisation.objects.filter(kind="street", region__name__startswith="古城").first()
    issue_tasks(duty, text="封闭下凹桥两端", organisations=[str(street.pk)], due_at=moment("13:30"), incident=call)
    at("13:00")
    duty = acting("zhibanyuan")
    assert moment_of_incident(duty, call, moment("12:30"))["story"] == []
    then = moment_of_incident(duty, call, moment("12:45"))
    assert then["known"] > 0
    assert then["tasks"] == []
    assert [t["planned"] for t in moment_of_incident(duty, call, moment("13:20"))["tasks"]] == [False]
    ahead = moment_of_incident(duty, call, moment("14:00"))
    assert [(t["task"].text, t["planned"]) for t in ahead["tasks"]] == [("封闭下凹桥两端", True)]
    client = page("zhibanyuan")
    shown = client.get(f"/incidents/{call.pk}/map/moment/?at=2016-07-20T14:00:00%2B08:00").content.decode()
    assert "封闭下凹桥两端" in shown
    marks = client.get(f"/incidents/{call.pk}/map/").context["map_config"]["time"]["events"]
    assert "plan" in {m["kind"] for m in marks}
    inside = client.post(
        "/map/within/", json.dumps({"center": list(call.position.coords), "radius_m": 1000}), JSON
    ).json()
    assert "command.task" in {g["id"] for g in inside["groups"]}, "open tasks are found around it"


def test_what_lies_around_adds_up_the_stock_by_item_and_leaves_out_what_has_expired(page, call, at):
    at("12:45")
    common = {"scope": call.scope, "updated_at": real_now()}
    store = Warehouse.objects.create(code="wh.1", name="一号库（示例）", mode="实物", position=call.position, **common)
    item = next(iter(supply_items().values()))
    for n, (amount, expires) in enumerate(((30, None), (12, "2030-01-01"), (500, "2016-07-19"), (None, None))):
        StockLine.objects.create(
            code=f"st.{n}", name=item.name, warehouse=store, item=item.key, quantity=amount, unit="件", expires=expires, **common
        )  # fmt: skip
    asked = json.dumps({"center": list(call.position.coords), "radius_m": 1000})
    told = page("zhibanyuan").post("/map/within/", asked, JSON).json()["totals"]
    held = [(t["label"], float(t["value"]), t["unit"]) for t in told if item.name in t["label"]]
    assert held == [(f"物资仓库 · {item.name}", 42.0, "件")]
    box = [[call.position.x + dx, call.position.y + dy] for dx, dy in ((-1e-3, -1e-3), (1e-3, -1e-3), (1e-3, 1e-3))]
    drawn = page("zhibanyuan").post("/map/within/", json.dumps({"polygon": box}), JSON).json()["totals"]
    assert [t for t in drawn if item.name in t["label"]], "a drawn shape adds up as a circle does"


def test_the_wall_hears_of_a_new_incident_and_of_one_that_is_over(acting, page, call, at):
    at("12:45")
    wall = page("zhibanyuan").get("/wall/incidents/").context["map_config"]["wall"]
    assert wall["live"] == "command.incident.>"

    def shown(who="zhibanyuan"):
        return {v.get("id") for v in page(who).get(wall["url"]).json()["views"]}

    assert shown() == {str(call.pk)}
    new = open_incident(acting("zhibanyuan"), text="12时40分八角街道来电：八角南路小区地下室进水")
    assert shown() == {str(call.pk), str(new.pk)}
    assert str(call.pk) not in shown("bajiao"), "another street's incident is not on its wall"
    take_step(acting("zhibanzhang"), new, "dismiss", {"reason": "误报"})
    assert shown() == {str(call.pk)}


def test_a_seat_keeps_what_its_person_chose_there_and_nobody_elses(page, call, at):
    at("12:45")
    client = page("zhibanyuan")

    def on(who):
        config = page(who).get(f"/incidents/{call.pk}/map/").context["map_config"]
        return config["seats"]["now"], {layer["id"] for layer in config["layers"] if layer["shown"]}

    seat, first = on("zhibanyuan")
    assert seat == "duty"
    assert "command.incident" in first
    body = json.dumps({"seat": "site", "layers": ["registry.team"]})
    assert client.post("/map/seat/", body, JSON).status_code == 204
    assert on("zhibanyuan") == ("site", {"registry.team"})
    assert on("zhibanzhang")[0] == "duty"
    for wrong in ({"seat": "king"}, {"seat": "duty", "layers": "all"}, {"seat": "duty", "layers": [1]}):
        assert (
            page("zhibanyuan").post("/map/seat/", json.dumps(wrong), JSON, headers={"accept": JSON}).status_code == 422
        )


def test_the_scene_says_which_devices_it_should_have_and_lacks(acting, at, call, page):
    at("12:45")
    duty = acting("zhibanyuan")
    assert rule_for("X1101").radius_m == 3000, "our own kinds follow their group"
    assert [n.id for n in rule_for("13B00").needs] == ["camera"]
    scene = scene_devices(duty, call)
    lacking = {w.title: w.lacking for w in scene.wanted}
    assert lacking["视频监控"] == 2
    heard, should = scene.obtained
    assert heard <= should
    shown = page("zhibanyuan").get(f"/incidents/{call.pk}/map/devices/").content.decode()
    assert "缺 2 台" in shown
    call.position = None
    assert scene_devices(duty, call).placed is False
