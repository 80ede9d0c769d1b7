"""A program of another system delivers its alarms: each is a report once, with its original, and what it sends later finds its place."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client

from anlan.command import incoming as queue
from anlan.command import services
from anlan.command.gateways.formats import format_named, read_alarm, shipped_formats
from anlan.command.models import Followup, Incoming, IncomingOriginal
from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.worlds import REAL
from anlan.places import tokens
from anlan.places.models import Organisation
from tests.racing import at_once

DOOR = "/api/v1/command/gateways/alarm_119"
FIRE = {
    "zqbh": "20160720-0117", "jqms": "古城南路 12 号院电动车棚起火，有黑烟", "zqdz": "古城南路12号院", "lasj": "2016-07-20 12:38:00",
    "jd": 116.19, "wd": 39.91, "bjdh": "13800000000", "bkrs": 2, "zqzt": "处置中",
}  # fmt: skip


@pytest.fixture
def program(people):
    """A program of the district's fire brigade with an access token."""
    organisation = Organisation.objects.filter(region__code="110107000000", retired_at__isnull=True).first()
    _token, secret = tokens.make_token(
        system("test"), organisation=organisation, name="消防接处警（示例）", purpose="推送警情", uses=["command.deliver"],
        expires_at=clock.real_now() + timedelta(days=30), limits={},
    )  # fmt: skip
    return Client(headers={"Authorization": f"Bearer {secret}"})


def originals(report):
    return list(IncomingOriginal.objects.in_world(system("test")).filter(incoming=report).order_by("at", "id"))


def send(program, body, door=DOOR):
    return program.post(door, json.dumps(body), content_type="application/json")


def test_an_alarm_comes_once_and_follows_its_event(program, acting):
    first = send(program, FIRE).json()["results"][0]
    assert (first["id"], first["outcome"]) == ("20160720-0117", "new")
    report = Incoming.objects.in_world(system("test")).get(pk=first["incoming"])
    assert (report.channel, report.source, report.source_phone) == ("system", "119指挥中心", "13800000000")
    assert report.facts == {"trapped": 2}
    assert abs(report.position.x - 116.1838) < 0.001, "GCJ-02 is moved to WGS84"
    assert json.loads(bytes(originals(report)[0].body)) == FIRE

    assert send(program, FIRE).json()["results"][0]["outcome"] == "repeated"
    more = send(program, FIRE | {"bkrs": 3, "jqms": "火势扩大，被困 3 人"}).json()["results"][0]
    assert (more["outcome"], more["incoming"]) == ("added", first["incoming"])
    report.refresh_from_db()
    assert "火势扩大" in report.text
    assert report.facts["trapped"] == 3

    send(program, FIRE | {"jqms": "位置核准", "jd": 116.192, "wd": 39.912})
    report.refresh_from_db()
    assert abs(report.position.x - 116.1858) < 0.001, "coordinates that come while it waits are its own"

    officer = acting("zhibanyuan", world=REAL)
    incident = services.open_incident(officer, text=report.text, incoming=report)
    assert send(program, FIRE | {"ssrs": 1, "jqms": "救出 3 人，1 人受伤"}).json()["results"][0]["outcome"] == "added"
    told = Followup.objects.in_world(officer).get(incident=incident)
    assert (told.kind, told.source, told.facts["injured"]) == ("system", "119指挥中心", 1)
    incident.refresh_from_db()
    assert incident.facts["injured"] == 1
    assert [o.outcome for o in originals(report)] == ["new", "added", "added", "added"]
    send(program, FIRE | {"jqms": "到场定位", "jd": 116.194, "wd": 39.913})
    incident.refresh_from_db()
    assert abs(incident.position.x - 116.1878) < 0.001, "and later those of its incident"
    assert queue.waiting(officer).count() == 0


def test_several_at_once_and_one_of_them_unsound(program):
    answer = send(
        program, [FIRE, "起火了", {"zqbh": "2"}, FIRE | {"zqbh": "3", "bkrs": -4, "jd": "east", "lasj": "soon"}]
    )
    assert answer.status_code == 200
    found = answer.json()["results"]
    assert [r["outcome"] for r in found] == ["new", "refused", "refused", "new"]
    assert "JSON 对象" in found[1]["reason"]
    assert "没有内容" in found[2]["reason"]
    assert len(found[3]["unused"]) == 3
    odd = Incoming.objects.in_world(system("test")).get(pk=found[3]["incoming"])
    assert odd.position is None
    assert "trapped" not in odd.facts
    assert "未采用" in odd.text, "the officer reads what was left out"


def test_an_alarm_is_not_lost_over_letters_that_nobody_can_keep(program):
    found = program.post(
        DOOR, r'[{"zqbh": "\u0000a", "jqms": "起火\ud800", "jd": "\u0000", "wd": "\ud800", "lasj": "\u0000", "bkrs": "\u0000"},'
        r' {"zqbh": "b", "jqms": "停电"}]', content_type="application/json",
    ).json()["results"]  # fmt: skip
    assert [r["outcome"] for r in found] == ["new", "new"]
    assert len(found[0]["unused"]) == 3


def test_without_a_number_the_same_words_are_a_repeat_for_an_hour_and_an_alarm_again_later(program):
    alarm = {"text": "闸门水位超警"}
    door = "/api/v1/command/gateways/plain"
    outcomes = [send(program, alarm, door).json()["results"][0]["outcome"] for _turn in range(2)]
    IncomingOriginal.objects.in_world(system("test")).update(at=clock.real_now() - timedelta(hours=2))
    outcomes.append(send(program, alarm, door).json()["results"][0]["outcome"])
    assert outcomes == ["new", "repeated", "new"]


def test_what_is_added_to_a_long_report_is_read_whole(program):
    done = send(program, FIRE | {"jqms": "火" * 6000}).json()["results"][0]
    for n in range(3):
        assert send(program, FIRE | {"jqms": f"第 {n} 次更新" + "大" * 900}).json()["results"][0]["outcome"] == "added"
    text = Incoming.objects.in_world(system("test")).get(pk=done["incoming"]).text
    assert len(text) <= queue.LONGEST
    assert text.endswith("大" * 900)
    assert "第 2 次更新" in text
    assert text.startswith("古城南路12号院")


def test_the_same_alarm_at_the_same_moment_is_one(program, transactional_db):
    at_once(*[lambda: send(program, FIRE)] * 3)
    assert Incoming.objects.in_world(system("test")).count() == 1
    assert IncomingOriginal.objects.in_world(system("test")).count() == 1


@pytest.mark.parametrize(
    ("door", "body", "status"),
    [
        ("/api/v1/command/gateways/alarm_999", "{}", 404),
        (DOOR, "{'a': 1}", 422),
        (DOOR, '{"jqms": NaN}', 422),
        (DOOR, json.dumps([{}] * 201), 422),
        ("/api/v1/command/incidents", "{}", 403),
    ],
)
def test_what_is_no_report_is_refused_with_its_reason(program, door, body, status):
    answer = program.post(door, body, content_type="application/json")
    assert answer.status_code == status
    assert answer.json()["message"]


def test_who_has_no_token_for_it_delivers_nothing(people, client):
    assert send(client, FIRE).status_code in (401, 403)
    assert not Incoming.objects.in_world(system("test")).exists()


def test_a_region_outside_is_said_and_the_report_stays(program):
    done = send(program, FIRE | {"xzqh": "330000"}).json()["results"][0]
    kept = Incoming.objects.in_world(system("test")).get(pk=done["incoming"])
    assert kept.scope == "11/110107/"
    assert "不在本接入单位的辖区" in kept.text


def test_every_format_reads_its_own_names_and_clocks_of_every_kind():
    assert set(shipped_formats()) >= {"plain", "alarm_110", "alarm_119", "alarm_120"}
    for key, form in shipped_formats().items():
        names = {name: paths[0] for name, paths in form.paths.items() if paths}
        if any("." in path for path in names.values()):
            continue
        report = read_alarm(
            {names["text"]: "两车相撞", names["id"]: 7, names["time"]: 1468989600, names["place"]: "石景山路"}, form
        )
        assert (report.foreign_id, report.text) == ("7", "石景山路，两车相撞"), key
        assert report.at.isoformat() == "2016-07-20T04:40:00+00:00"
    plain = format_named("plain")
    assert read_alarm({"text": "起火", "time": 1468989600000}, plain).at.year == 2016
    assert read_alarm({"text": "起火", "time": "2016/07/20 12:40"}, plain).at.isoformat() == "2016-07-20T12:40:00+08:00"
    assert read_alarm({"text": "起火", "facts": {"injured": "不详", "deaths": 0}}, plain).facts == {"deaths": 0}
    assert read_alarm({"text": "起火", "facts": {"injured": "不详", "deaths": "两"}}, plain).doubts
    taken_back = read_alarm({"bjnr": "起火", "ajzt": "误报"}, format_named("alarm_110"))
    assert taken_back.ended
    with pytest.raises(BadInput):
        read_alarm([], plain)
    with pytest.raises(NotFound):
        format_named("nothing")


def test_pages_show_where_a_report_went_and_its_originals_to_whoever_may(program, client, people):
    from anlan.places.models import Person

    done = send(program, FIRE | {"xzqh": "110107004"}).json()["results"][0]
    send(program, FIRE | {"xzqh": "110107004", "jqms": "火已扑灭"})
    kept = Incoming.objects.in_world(system("test")).get(pk=done["incoming"])

    def page(username, address):
        who = Person.objects.get(username=username)
        Person.objects.filter(pk=who.pk).update(must_change_password=False)
        client.force_login(who)
        return client.get(address)

    listed = page("zhibanyuan", "/incoming/?channel=system")
    assert "古城南路 12 号院" in listed.content.decode()
    one = page("zhibanyuan", f"/incoming/{kept.pk}/").content.decode()
    assert "20160720-0117" in one
    assert one.count("下载原件") == 2
    original = originals(kept)[0]
    got = client.get(f"/incoming/original/{original.pk}/")
    assert json.loads(got.content) == FIRE | {"xzqh": "110107004"}
    assert "attachment" in got["Content-Disposition"]
    assert page("gucheng", f"/incoming/{kept.pk}/").status_code == 200
    assert page("bajiao", f"/incoming/{kept.pk}/").status_code == 404
    assert page("bajiao", f"/incoming/original/{original.pk}/").status_code == 404
    assert "古城南路 12 号院" not in page("bajiao", "/incoming/").content.decode()
