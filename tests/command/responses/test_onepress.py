"""一键通: one press runs a prepared set of calls, orders and shares; pressing twice runs it once."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from django.test import Client
from django.utils.timezone import localtime

from anlan.command.models import Incident, Instruction, PreparedSet, Press
from anlan.command.responses.onepress.samples import samples
from anlan.command.responses.onepress.services import current_set, press, save_set, try_again
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from anlan.kernel.worlds import REAL
from anlan.messaging.models import CallRound, Delivery
from anlan.places.models import Person
from tests.decision.conftest import at


@pytest.fixture
def chief(person, clock_to):
    clock_to(at("20 12:00"))
    return person("zhibanzhang")


@pytest.fixture
def flood(chief):
    sample = next(s for s in samples() if s.id == "flood")
    return save_set(
        chief.inside(REAL), code="flood", name=sample.name, may_press=sample.may_press, parts=sample.parts, seen=0
    )


def test_one_press_calls_orders_and_shares_once_however_often_it_is_pressed(chief, flood, person):
    number = uuid.uuid4()
    made = press(chief, prepared=flood, request=number)
    assert [(r["kind"], r["state"]) for r in made.results] == [
        ("call", "done"), ("order", "done"), ("order", "done"), ("share", "done")
    ], made.results  # fmt: skip
    assert {r["by"] for r in made.results} == {chief.actor.name}
    counts = [
        CallRound.objects.unscoped("test").count(),
        Instruction.objects.unscoped("test").count(),
        Delivery.objects.count(),
    ]
    assert counts[:2] == [1, 2]
    assert press(chief, prepared=flood, request=number).pk == made.pk
    assert counts == [
        CallRound.objects.unscoped("test").count(), Instruction.objects.unscoped("test").count(), Delivery.objects.count()
    ]  # fmt: skip
    with pytest.raises(Refused):
        try_again(chief, pressed=made)
    client = Client()
    client.force_login(Person.objects.get(username="zhibanzhang"))
    shown = client.get(made.get_absolute_url()).content.decode()
    assert "叫应 9 个地方" in shown
    assert "未签收 9" in shown
    # Everybody reads the clock of the place.
    assert shown.count(f"{localtime(chief.now()):%H:%M}</time></td>") == 4
    assert "一键执行" in client.get("/one-press/").content.decode()
    with pytest.raises(NotFound):
        Press.objects.get_visible(person("shuiwu"), pk=made.pk)


def test_a_part_that_is_refused_keeps_no_other_from_running_and_is_tried_again_alone(chief, flood, monkeypatch):
    from anlan.command.responses.onepress import services

    def refuse(*_given):
        raise Refused("线路不通")

    with monkeypatch.context() as broken:
        broken.setitem(services._RUNS, "call", refuse)
        made = press(chief, prepared=flood, request=uuid.uuid4())
    assert [r["state"] for r in made.results] == ["failed", "done", "done", "done"]
    assert made.results[0]["said"] == "线路不通"
    orders = Instruction.objects.unscoped("test").count()
    made = try_again(chief, pressed=made)
    assert [r["state"] for r in made.results] == ["done"] * 4
    assert Instruction.objects.unscoped("test").count() == orders


def test_who_may_press_and_change_is_said_and_versions_are_kept(chief, flood, person):
    with pytest.raises(NotAllowed):
        press(person("zhibanyuan"), prepared=flood, request=uuid.uuid4())
    with pytest.raises(NotAllowed):
        save_set(person("zhibanyuan"), code="flood", name="x", may_press=["duty_chief"], parts=flood.parts)
    elsewhere = Incident(scope="11/110108/", title="邻区积水（示例）")
    with pytest.raises(NotAllowed, match="不在"):
        press(chief, prepared=flood, incident=elsewhere, request=uuid.uuid4())
    newer = save_set(
        chief.inside(REAL), code="flood", name="城市内涝", may_press=["duty_chief"], parts=flood.parts[:1], seen=1
    )
    assert (newer.version, PreparedSet.objects.unscoped("test").get(pk=flood.pk).current) == (2, False)
    with pytest.raises(Refused, match="演练"):
        save_set(chief, code="flood", name="x", may_press=["duty_chief"], parts=flood.parts)
    with pytest.raises(Conflict):
        save_set(chief.inside(REAL), code="flood", name="城市内涝", may_press=["duty_chief"], parts=flood.parts, seen=1)
    flood.refresh_from_db()
    with pytest.raises(Conflict):
        press(chief, prepared=flood, request=uuid.uuid4())
    good = flood.parts[0]
    for wrong in (
        {"kind": "dance"},
        {"text": " "},
        {"groups": []},
        {"groups": ["nobody"]},
        {"kind": "order", "minutes": "0"},
        {"kind": "order", "minutes": "000060999"},
        {"kind": "order", "minutes": "9" * 5000},
    ):
        with pytest.raises(BadInput):
            save_set(chief.inside(REAL), code="other", name="x", may_press=["duty_chief"], parts=[{**good, **wrong}])


def test_changing_a_set_continues_the_own_one_not_one_of_another_place(chief, flood, client):
    own = chief.inside(REAL)
    PreparedSet.objects.unscoped("test").filter(pk=flood.pk).update(scope="11/", shared_with=["org:sjs.duty"])
    foreign = PreparedSet.objects.unscoped("test").get(pk=flood.pk)
    shared = replace(own, keys=own.keys | {"org:sjs.duty"})
    assert PreparedSet.objects.visible_to(shared).filter(pk=foreign.pk).exists()
    assert current_set(shared, "flood") is None
    made = save_set(shared, code="flood", name="本区", may_press=["duty_chief"], parts=flood.parts, seen=0)
    assert (made.version, current_set(shared, "flood")) == (1, made)
    foreign.refresh_from_db()
    assert foreign.current
    with pytest.raises(NotAllowed):
        current_set(replace(own, grants=()), "flood")
