"""A proposal waits for a named person; the facts, the level and the person's power decide what becomes of it."""

from __future__ import annotations

import uuid
from datetime import datetime

import pytest
from django.db import transaction

from anlan.decision.models import Proposal, Standing
from anlan.decision.services import approve, contribute, decline, order_change, request_change
from anlan.events.analysis import SignalRaised
from anlan.events.decision import ProposalApproved
from anlan.events.warning import WarningEnded, WarningReceived
from anlan.kernel.announcing import announce
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.models import Outbox
from anlan.kernel.reactions import deliver, drain, event_row

from .conftest import at

ORDER = {"matter": "启动防汛应急响应", "expected_hours": 24, "measures": "各单位按预案上岗"}


def waiting(house):
    return Proposal.objects.in_world(house).open().select_related("plan", "region").first()


def all_of(house):
    return [(p.kind, p.level, p.state) for p in Proposal.objects.in_world(house).order_by("opened_at", "id")]


def tell(house, event):
    """Announce to decision alone: what other rooms do with it is their own tests' business."""
    with transaction.atomic():
        row = event_row(announce(house, event, scope="11/110107/"))
    deliver(row, room="decision")


W1, W2 = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))


def warn(house, color, identifier=W1):
    tell(house, WarningReceived(
        warning=identifier, identifier=identifier, hazard="rainstorm", color=color, action="issue", issuer="北京市气象台",
        sent_at=house.now().isoformat(), headline=f"暴雨{color}", regions=["11"], simulated=True,
    ))  # fmt: skip


def test_figures_over_the_threshold_propose_the_level_with_threshold_fact_and_time(rain, house):
    rain("20 10:00", mm24=95)
    assert waiting(house) is None
    rain("20 11:00", mm24=106)
    found = waiting(house)
    assert (found.kind, found.level, found.approve_role) == ("start", "III", "deputy")
    (proof,) = found.because
    assert (proof["var"], proof["threshold"], proof["area_pct"], proof["share_pct"]) == ("rain_24h_mm", 100, 30, 100)
    assert datetime.fromisoformat(proof["at"]) == at("20 11:00")
    assert proof["fact"] == [{"figure": 106, "share_pct": 100}]
    assert found.confidence == "low"
    assert found.due_at == at("20 11:20")


def test_a_figure_on_too_small_a_share_of_the_area_does_not_count(rain, house):
    rain("20 11:00", mm24=180, share=29)
    assert waiting(house) is None
    rain("20 12:00", mm24=180, share=30)
    assert waiting(house).level == "III"


def test_unknown_figures_never_count_as_reached(rain, house):
    rain("20 11:00", mm24=106)
    unknown = {t["var"]: t["result"] for t in waiting(house).trace}
    assert unknown["stage_vs_warning_m"] == "unknown"
    assert unknown["signal.rainstorm"] == "unknown"
    assert "dike" in waiting(house).unknown


def test_an_official_warning_counts_and_the_highest_in_force_decides(district, house):
    warn(house, "blue")
    assert waiting(house).level == "IV"
    warn(house, "orange", W2)
    assert waiting(house).level == "III"
    assert all_of(house) == [("start", "IV", "lapsed"), ("start", "III", "waiting")]


def test_a_warning_that_ended_counts_no_longer(district, house):
    warn(house, "orange")
    tell(house, WarningEnded(warning=W1, hazard="rainstorm", color="orange", cause="cancelled", regions=["11"]))
    assert waiting(house) is None
    assert all_of(house) == [("start", "III", "lapsed")]


def test_our_own_signal_is_no_official_warning(district, house):
    tell(house, SignalRaised(
        signal="s1", criterion="rainstorm", station="gucheng", region="110107", level="red", value=130, unit="mm",
        clause="", text="达到暴雨红色标准",
    ))  # fmt: skip
    assert waiting(house) is None


def test_only_the_post_that_the_plan_names_or_a_higher_one_approves(rain, house, person):
    rain("20 17:00", mm24=205)
    found = waiting(house)
    assert (found.level, found.approve_role) == ("II", "commander")
    for username in ("fangbanzhuren", "fuzhihui", "zhibanyuan", "fangban"):
        with pytest.raises(NotAllowed):
            approve(person(username), found, ORDER)
    with pytest.raises(NotFound):
        approve(person("gucheng"), found, ORDER)
    approve(person("zongzhihui"), found, ORDER)
    assert found.state == "approved"
    assert found.decided_by.startswith("区委区政府总指挥")


def test_an_order_lacks_no_element(rain, house, person):
    rain("20 11:00", mm24=106)
    for missing in ORDER:
        with pytest.raises(BadInput):
            approve(person("fuzhihui"), waiting(house), {k: v for k, v in ORDER.items() if k != missing})
    assert waiting(house).order_matter == "启动防汛III级应急响应"
    assert "下凹桥区" in waiting(house).order_measures


def test_of_two_people_deciding_at_once_the_second_is_told(rain, house, person):
    rain("20 11:00", mm24=106)
    mine, theirs = waiting(house), waiting(house)
    approve(person("fuzhihui"), mine, ORDER)
    with pytest.raises(Conflict):
        decline(person("zhihuizhang"), theirs, {"reason": "再等一小时"})
    assert Standing.objects.in_world(house).get().level_number == 3


def test_an_approval_announces_the_level_its_cards_and_the_order(rain, house, person):
    rain("20 11:00", mm24=106)
    approve(person("fuzhihui"), waiting(house), ORDER)
    said = Outbox.objects.get(subject=ProposalApproved.subject).payload
    assert (said["kind"], said["level"], said["report_every_min"]) == ("start", "III", 120)
    assert {"id": "f_pump", "role": "utility", "text": "排涝泵车和泵站开启", "t0": "start", "within_min": 45} in said[
        "tasks"
    ]
    assert said["order"]["measures"] == ORDER["measures"]


def test_a_higher_level_replaces_the_one_still_waiting(rain, house):
    rain("20 11:00", mm24=106)
    rain("20 17:00", mm24=205)
    assert all_of(house) == [("start", "III", "lapsed"), ("start", "II", "waiting")]


def test_a_level_in_force_is_raised_and_the_rest_of_the_storm_repeats_nothing(rain, house, person):
    rain("20 11:00", mm24=106)
    approve(person("fuzhihui"), waiting(house), ORDER)
    rain("20 12:00", mm24=120)
    assert waiting(house) is None
    rain("20 17:00", mm24=205)
    assert (waiting(house).kind, waiting(house).level) == ("raise", "II")


def test_a_declined_level_is_not_proposed_again_until_it_is_higher_or_long_after(rain, house, person):
    rain("20 11:00", mm24=106)
    decline(person("fuzhihui"), waiting(house), {"reason": "雨势减弱，继续监视"})
    for hour in range(12, 17):
        rain(f"20 {hour}:00", mm24=110)
    assert waiting(house) is None
    rain("20 17:00", mm24=205)
    assert waiting(house).level == "II"
    decline(person("zhihuizhang"), waiting(house), {"reason": "维持"})
    rain("21 04:00", mm24=210)
    assert waiting(house) is None
    rain("21 05:30", mm24=210)
    assert waiting(house).level == "II"


def test_after_lowering_by_hand_the_machine_does_not_ask_to_raise_to_the_same_level(rain, house, person):
    rain("20 17:00", mm24=205)
    approve(person("zhihuizhang"), waiting(house), ORDER)
    rain("21 03:00", mm24=230)
    region = Standing.objects.in_world(house).get().region
    order_change(person("zhihuizhang"), region=region, hazard="flood", kind="lower", level="III", reason="险情受控")
    rain("21 04:00", mm24=228)
    assert waiting(house) is None
    rain("21 05:00", mm24=255)
    assert (waiting(house).kind, waiting(house).level) == ("raise", "I")


def test_lowering_is_proposed_only_after_the_figures_have_stayed_below(rain, house, person):
    rain("20 17:00", mm24=205)
    approve(person("zhihuizhang"), waiting(house), ORDER)
    rain("21 08:00", mm24=190)
    rain("21 13:00", mm24=150)
    assert waiting(house) is None
    rain("21 14:00", mm24=140, mm3=4)
    assert waiting(house) is None, "it still rains"
    rain("21 15:00", mm24=130)
    assert (waiting(house).kind, waiting(house).level, waiting(house).approve_role) == ("lower", "III", "commander")


def test_a_silent_station_is_not_dry_weather(rain, house, person, clock_to, district):
    rain("20 17:00", mm24=205)
    approve(person("zhihuizhang"), waiting(house), ORDER)
    for hour in (4, 11, 18):
        clock_to(at(f"21 {hour}:00"))
        contribute(house, region=district, kind="incident", origin=f"i{hour}", data={"kind": "11A52"}, at=house.now())
    assert waiting(house) is None


def test_an_end_is_signed_by_the_same_post_and_says_how_it_was_verified(rain, house, person, district):
    rain("20 11:00", mm24=106)
    approve(person("fuzhihui"), waiting(house), ORDER)
    asked = request_change(person("zhibanzhang"), region=district, hazard="flood", kind="end", reason="预警解除")
    assert asked.approve_role == "deputy"
    with pytest.raises(BadInput):
        approve(person("fuzhihui"), asked, {"matter": "终止", "measures": "转入常态"})
    approve(person("fuzhihui"), asked, {"matter": "终止", "measures": "转入常态", "checked": "值班长电话核实积水排干"})
    assert not Standing.objects.in_world(house).get().in_force


def test_a_change_by_hand_needs_the_right_a_reason_and_a_sensible_level(person, district):
    with pytest.raises(NotAllowed):
        request_change(person("shuiwu"), region=district, hazard="flood", kind="start", level="IV", reason="请启动")
    with pytest.raises(BadInput):
        request_change(person("zhibanyuan"), region=district, hazard="flood", kind="start", level="IV", reason=" ")
    with pytest.raises(BadInput):
        request_change(person("zhibanyuan"), region=district, hazard="flood", kind="start", level="V", reason="请启动")
    with pytest.raises(Conflict):
        request_change(person("zhibanyuan"), region=district, hazard="flood", kind="raise", level="II", reason="请提升")
    made = request_change(
        person("zhibanyuan"), region=district, hazard="flood", kind="start", level="IV", reason="重大活动保障"
    )
    assert (made.level, made.by_hand) == ("IV", True)
    with pytest.raises(Conflict):
        request_change(person("zhibanzhang"), region=district, hazard="flood", kind="start", level="IV", reason="再请")


def test_an_unanswered_proposal_goes_on_to_the_next_post(rain, house, person, clock_to):
    rain("20 11:00", mm24=106)
    assert set(waiting(house).owner_keys) == {"post:sjs.hq_flood.deputy"}
    clock_to(at("20 11:21"))
    pass_due()
    drain()
    assert set(waiting(house).owner_keys) == {"post:sjs.hq_flood.deputy"}
    clock_to(at("20 11:36"))
    pass_due()
    drain()
    assert set(waiting(house).owner_keys) == {"post:sjs.hq_flood.deputy", "post:sjs.hq_flood.commander"}


def test_the_real_world_and_other_exercises_know_nothing_of_it(rain, house):
    from anlan.kernel.context import system

    rain("20 11:00", mm24=106)
    assert Proposal.objects.in_world(system("test")).count() == 0
