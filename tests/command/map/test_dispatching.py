"""From the map: a team that is pressed is sent; cameras lead to their own page; what the scenes lack counts."""

from __future__ import annotations

import pytest
from django.contrib.gis.geos import Point

from anlan.command.map import devices, dispatching
from anlan.command.map.cameras import video_of
from anlan.command.map.devices import scenes_obtained
from anlan.command.models import Instruction, Task
from anlan.command.responses.instructions.queries import tasks_of
from anlan.command.services import dismiss, open_incident
from anlan.kernel.clock import real_now
from anlan.kernel.errors import BadInput, NotAllowed, NotFound
from anlan.places.models import Organisation
from anlan.registry.models import Team
from anlan.sensing.models import Thing


@pytest.fixture
def team(call):
    street = Organisation.objects.filter(kind="street", region__name__startswith="古城").first()
    return Team.objects.create(
        code="t.1", name="古城应急中队（示例）", scope=street.region.path, updated_at=real_now(), kind="T3", people=20, organisation=street,
        position=Point(call.position.x + 0.001, call.position.y, srid=4326),
    )  # fmt: skip


def test_a_team_pressed_on_the_map_is_sent_and_its_unit_has_a_task(page, call, at, team):
    at("12:45")
    client = page("zhibanyuan")
    shown = client.get(f"/incidents/{call.pk}/map/inspect/registry.team/{team.pk}/").content.decode()
    assert "派到本事件" in shown
    assert "古城应急中队" in shown
    body = {"layer": "registry.team", "id": str(team.pk), "text": "带泵车到下凹桥排水", "minutes": "30"}
    answer = client.post(f"/incidents/{call.pk}/map/dispatch/", body)
    made = Instruction.objects.unscoped("the test looks").get()
    assert f'data-dispatched="{made.pk}"' in answer.content.decode()
    task = Task.objects.unscoped("the test looks").get()
    assert (made.source, made.incident_id, task.organisation_id) == ("map", call.pk, team.organisation_id)
    assert task.text == "古城应急中队（示例）：带泵车到下凹桥排水", (
        "who reads it knows which of the unit's teams is meant"
    )
    again = page("zhibanyuan").get(f"/incidents/{call.pk}/map/").context["map_config"]
    assert again["inspect_url"].endswith("/map/inspect/")


def test_who_may_not_order_is_offered_nothing_and_what_nobody_answers_for_is_said(acting, call, at, team, page):
    at("12:45")
    street = acting("gucheng.wangge")
    assert dispatching.offered(street, call, "registry.team", str(team.pk)) is None
    given = {"layer": "registry.team", "pk": str(team.pk), "text": "出动", "minutes": 30}
    with pytest.raises((NotAllowed, NotFound)):
        dispatching.dispatch(street, incident=call, **given)
    assert page("bajiao").get(f"/incidents/{call.pk}/map/inspect/registry.team/{team.pk}/").status_code == 404
    duty = acting("zhibanyuan")
    with pytest.raises(NotFound):
        dispatching.dispatch(duty, incident=call, **{**given, "layer": "command.incident"})
    with pytest.raises(BadInput, match="时限"):
        dispatching.dispatch(duty, incident=call, **{**given, "minutes": 0})
    Team.objects.unscoped("nobody answers for it").update(organisation=None)
    with pytest.raises(BadInput, match="没有登记所属单位"):
        dispatching.dispatch(duty, incident=call, **given)
    assert Instruction.objects.unscoped("the test looks").count() == 0


def test_the_same_form_sent_twice_gives_one_order(acting, call, at, team):
    at("12:45")
    number = "0198c5a0-0000-7000-8000-000000000001"
    given = {"layer": "registry.team", "pk": str(team.pk), "text": "出动", "minutes": 30, "request": number}
    first = dispatching.dispatch(acting("zhibanyuan"), incident=call, **given)
    assert dispatching.dispatch(acting("zhibanyuan"), incident=call, **given).pk == first.pk
    assert len(tasks_of(acting("zhibanyuan"), first)) == 1


def camera(call, code, video):
    return Thing.objects.create(
        code=code, name=f"{code}探头（示例）", kind="camera", scope=call.scope, properties={"video": video} if video else {},
        position=Point(call.position.x + 0.001, call.position.y, srid=4326),
    )  # fmt: skip


def test_a_camera_leads_to_its_own_https_page_and_to_nothing_else(page, call, at):
    at("12:45")
    good = camera(call, "cam.1", "https://video.example/1?a=1")
    assert video_of(good) == "https://video.example/1?a=1"
    for wrong in (
        "javascript:alert(1)",
        "http://video.example/1",
        "https://",
        "https://u:p@video.example/",
        7,
        None,
        "https://[bad",
    ):
        good.properties = {"video": wrong}
        assert video_of(good) == ""
    client = page("zhibanyuan")
    shown = client.get(f"/incidents/{call.pk}/map/inspect/command.camera/cam.1/").content.decode()
    assert 'href="https://video.example/1?a=1"' in shown
    assert "不转发也不保存" in shown
    assert "看视频" in client.get(f"/incidents/{call.pk}/map/devices/").content.decode()


def test_what_a_scene_lacks_counts_as_not_obtained(acting, call, at, page, monkeypatch):
    at("12:45")
    found = scenes_obtained(acting("zhibanyuan"))
    (scene,) = found["scenes"]
    assert "视频监控缺2台" in scene["lacks"]
    assert scene["pct"] == found["total"] == round(100 * scene["heard"] / scene["should"])
    assert found["total"] < found["least"]
    mute = camera(call, "cam.9", "")
    found = scenes_obtained(acting("zhibanyuan"))
    assert "视频监控缺1台" in found["scenes"][0]["lacks"]
    assert mute.name in [d.name for d in found["scenes"][0]["silent"]], "there, and never heard"
    assert found["silent"] == len(found["scenes"][0]["silent"])
    shown = page("zhibanyuan").get("/scenes/").content.decode()
    assert call.title in shown
    assert "全部 1 个现场" in shown
    assert "cam.9探头（示例）</a>（从未有读数）" in shown
    assert scenes_obtained(acting("bajiao"))["scenes"] == []
    at("12:50")
    other = open_incident(acting("zhibanyuan"), text="八角街道来电：八角西街道路积水，一辆车被困")
    monkeypatch.setattr(devices, "PAGE", 1)
    pages = [scenes_obtained(acting("zhibanyuan"), number) for number in (1, 2, 999_999)]
    shares = {s["incident"].pk: s["pct"] for s in (pages[0]["scenes"] + pages[1]["scenes"])}
    assert set(shares) == {call.pk, other.pk}
    assert list(shares.values()) == sorted(shares.values()), "the worst first, over all pages"
    assert pages[1]["scenes"] == pages[2]["scenes"], "a page beyond the end is the last"
    assert (pages[1]["page"], pages[1]["pages"], pages[1]["count"]) == (2, 2, 2)
    both = sum(s["lacking"] for p in pages[:2] for s in p["scenes"])
    assert {p["lacking"] for p in pages} == {both}, "the totals are of all scenes, whatever page is shown"
    shown = page("zhibanyuan").get("/scenes/?page=2").content.decode()
    assert "全部 2 个现场" in shown
    assert "?page=1" in shown
    monkeypatch.undo()
    dismiss(acting("zhibanzhang"), other, {"reason": "误报"})
    call.position = None
    call.save(update_fields=["position"])
    assert scenes_obtained(acting("zhibanyuan"))["total"] is None, "nobody knows the place: no share is made up"
