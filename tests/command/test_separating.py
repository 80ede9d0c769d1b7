"""A merge that was wrong is taken back: a number of its own, the clocks of when it was received, figures where they belong."""

from __future__ import annotations

import pytest

from anlan.command.models import Followup, Incident, Report, ReportClock
from anlan.command.queries.timeline import timeline
from anlan.command.services import add_followup, merge, open_incident, separate
from anlan.kernel.errors import BadInput, Conflict, NotFound


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
