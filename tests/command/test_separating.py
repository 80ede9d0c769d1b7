"""A merge that was wrong is taken back: a number of its own, the clocks of when it was received, figures where they belong."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from anlan.command.models import Followup, Incident, Report, ReportClock
from anlan.command.queries.timeline import timeline
from anlan.command.services import (
    add_followup,
    confirm_facts,
    merge,
    open_incident,
    separate,
    split_off,
    splittable,
)
from anlan.kernel.errors import BadInput, Conflict, NotFound
from tests.command.gateways.test_folder_and_mailbox import picture


def test_what_was_merged_becomes_an_event_of_its_own(acting, at, call):
    ctx = acting("zhibanyuan")
    at("12:50")
    other = open_incident(ctx, text="市民来电：古城路社区 3 号楼地下室积水约80厘米，1人受伤")
    at("12:55")
    merge(ctx, other, into=call)
    assert (call.facts["injured"], call.facts["water_depth_cm"]) == (1, 80)
    add_followup(ctx, call, text="又有人受伤", facts={"injured": 3})
    at("13:20")
    old = separate(ctx, other, {"reason": "相距两公里，是另一处积水"})
    fresh = Incident.objects.in_world(ctx).get(pk=old.merged_into_id)
    assert old.state == "separated"
    assert (fresh.state, fresh.number != other.number, fresh.received_at) == ("received", True, other.received_at)
    assert (fresh.facts["injured"], fresh.facts["water_depth_cm"]) == (1, 80)
    assert ReportClock.objects.in_world(ctx).open().filter(incident=fresh).exists()
    assert Report.objects.in_world(ctx).filter(incident=fresh, stage="first", state="drafted").exists()

    call.refresh_from_db()
    assert call.facts["water_depth_cm"] is None, "known only from the merge"
    assert call.facts["injured"] == 3, "somebody has told it anew since"
    assert Followup.objects.in_world(ctx).filter(incident=call, kind="note", text__contains=fresh.number).exists()
    assert any("拆分" in item.text for item in timeline(ctx, call))
    assert not any(str(item.object_id) == str(old.pk) for item in timeline(ctx, call))


def test_only_what_is_merged_is_separated_once_with_a_reason_and_by_who_may(acting, call):
    ctx = acting("zhibanyuan")
    with pytest.raises(Conflict):
        separate(ctx, call, {"reason": "误并"})
    other = open_incident(ctx, text="八角街道路面塌陷")
    merge(ctx, other, into=call)
    with pytest.raises(BadInput):
        separate(ctx, other, {"reason": ""})
    with pytest.raises(NotFound):
        separate(acting("gucheng"), other, {"reason": "不归我们"})
    separate(ctx, other, {"reason": "误并"})
    with pytest.raises(Conflict):
        separate(ctx, other, {"reason": "误并"})


def test_what_arrived_later_is_split_off_with_its_own_number_clocks_and_figures(acting, at, call):
    ctx = acting("zhibanyuan")
    at("12:45")
    add_followup(ctx, call, text="又有一人受伤", facts={"injured": 1})
    at("12:55")
    add_followup(
        ctx, call, text="市民来电：八角街道八角北路地下车库积水约80厘米，3人受伤", source="市民", kind="call",
        facts={"injured": 3, "water_depth_cm": 80},
    )  # fmt: skip
    other = Followup.objects.in_world(ctx).get(incident=call, text__contains="八角北路")
    at("13:20")
    with pytest.raises(BadInput):
        split_off(ctx, call, followups=[other.pk], reason=" ")
    with pytest.raises(BadInput):
        split_off(ctx, call, followups=[], reason="另一处")
    with pytest.raises(NotFound):
        split_off(acting("bajiao"), call, followups=[other.pk], reason="另一处")
    fresh = split_off(ctx, call, followups=[other.pk], reason="相距两公里，是另一处积水")

    assert (fresh.region.name, fresh.received_at, fresh.state) == ("八角街道", other.at, "received")
    assert (fresh.facts["injured"], fresh.facts["water_depth_cm"]) == (3, 80)
    clocks = ReportClock.objects.in_world(ctx).open()
    assert {c.started_at for c in clocks.filter(incident=fresh, stage="first", form="phone", office="county")} == {
        other.at
    }
    assert Report.objects.in_world(ctx).filter(incident=fresh, stage="first", state="drafted").exists()
    assert (call.facts["injured"], call.facts["water_depth_cm"]) == (1, None), "what was known before it was told"
    assert clocks.filter(incident=call, stage="first").exists()
    assert any(fresh.number in item.text for item in timeline(ctx, call))
    assert any(call.number in item.text for item in timeline(ctx, fresh))
    assert [f.text for f in splittable(ctx, call)] == ["又有一人受伤"]
    with pytest.raises(Conflict):
        split_off(ctx, call, followups=[other.pk], reason="再拆一次")


def test_a_figure_that_somebody_confirmed_since_stays_and_photos_go_along(acting, call):
    ctx = acting("zhibanyuan")
    photo = SimpleUploadedFile("现场.png", picture(), content_type="image/png")
    add_followup(ctx, call, text="古城大街起火，2人受伤", facts={"injured": 2}, photos=[photo])
    confirm_facts(ctx, call, {"injured": "4"}, source="医院")
    (told,) = splittable(ctx, call)
    fresh = split_off(ctx, call, followups=[told.pk], reason="另一件事")
    assert (call.facts["injured"], fresh.facts["injured"]) == (4, 2)
    shown = [item.attachments for item in timeline(ctx, fresh) if item.attachments]
    assert [a["name"] for row in shown for a in row] == ["现场.png"]
    assert any(item.attachments for item in timeline(ctx, call)), "the old story keeps what it showed"
