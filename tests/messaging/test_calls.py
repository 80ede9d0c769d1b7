from datetime import UTC, datetime, timedelta

import pytest

from anlan.kernel.auditing import link, verify
from anlan.kernel.engine.timers import pass_due
from anlan.kernel.errors import BadInput, NotAllowed, NotFound
from anlan.kernel.models import AuditEntry, Deadline, Outbox
from anlan.kernel.reactions import drain
from anlan.messaging import queries, services
from anlan.messaging.models import Call, CallAttempt, CallRound, Delivery, Message
from anlan.messaging.services import ring_telephones
from anlan.places.models import Holding, Region

NOON = datetime(2016, 7, 20, 4, 0, tzinfo=UTC)
SECRETARY, DEPUTY, GRID, DUTY = 0, 1, 2, 3


@pytest.fixture
def duty(acting):
    return acting("zhibanyuan")


@pytest.fixture
def wait(clock_to):
    """``wait(minutes=10)``: the clock moves on, what is due is passed, reactions run."""
    clock = {"at": NOON}

    def until(minutes):
        clock["at"] += timedelta(minutes=minutes)
        clock_to(clock["at"])
        pass_due()
        drain()

    return until


def begin(ctx, regions, **more):
    given = {
        "why": "暴雨橙色预警",
        "text": "请到岗到位，通知到户",
        "about": ("warning.notice", "w1", "/warnings/w1/"),
        **more,
    }
    return services.start_calls(ctx, regions=regions, **given)


def call_in(region="110107004000"):
    return Call.everything.get(region_id=region, closed_at=None)


def tried(call, channel=None):
    rows = CallAttempt.objects.filter(call=call)
    rows = rows.filter(channel=channel) if channel else rows
    return list(rows.values_list("rung", "channel", "outcome"))


def test_a_round_calls_the_first_of_every_ladder_and_writes_it_down(duty, street, communities):
    regions = [street(), *communities(2)]
    round_ = begin(duty, regions)
    assert round_.scope == "11/110107/110107004/"
    calls = Call.objects.visible_to(duty).filter(round=round_)
    assert {c.region_id for c in calls} == {r.code for r in regions}
    assert {c.due_at for c in calls} == {NOON + timedelta(minutes=10)}, "ten minutes for an answer in the app"
    assert tried(call_in()) == [(0, "app", "called")]
    assert round_.text.startswith("【演练】")
    assert AuditEntry.objects.filter(action="messaging.call.open").count() == 3
    assert Outbox.objects.filter(subject="messaging.round.started").get().payload["calls"] == 3


def test_the_same_warning_calls_once(duty, street):
    assert begin(duty, [street()]).pk == begin(duty, [street()]).pk
    assert Call.objects.visible_to(duty).count() == 1


def test_an_urgent_call_rings_at_once_and_climbs_after_ten_minutes(duty, street, wait):
    begin(duty, [street()], urgent=True)
    call = call_in()
    assert tried(call) == [(0, "app", "called"), (0, "phone_simulated", "called")]
    wait(10)
    assert tried(call)[2:] == [(1, "app", "called"), (1, "phone_simulated", "called")]


def test_silence_climbs_telephone_next_person_and_ends_with_somebody_who_must_go(duty, communities, wait):
    """0 app, 10 telephone, 20 deputy, 30 telephone, … until the ladder of four is at its end."""
    (community,) = communities(1)
    begin(duty, [community])
    call = call_in(community.code)
    seen = []
    for _n in range(7):
        wait(10)
        seen.append(tried(call)[-1][:2])
    phone, app = "phone_simulated", "app"
    assert seen == [(0, phone), (1, app), (1, phone), (2, app), (2, phone), (3, app), (3, phone)]
    wait(10)
    call = call_in(community.code)
    assert (call.state, call.owner_role) == ("exhausted", "duty_officer")
    assert call.due_at == NOON + timedelta(minutes=90)
    assert Outbox.objects.get(subject="messaging.call.exhausted").payload["region"] == community.code
    wait(10)
    officer = Message.objects.unscoped("test").get(text__contains="请派人上门")
    assert set(officer.deliveries.values_list("person__username", flat=True)) == {"zhibanyuan", "zhibanyuan2"}
    chief = Message.objects.unscoped("test").get(dedupe__startswith=f"late:{call.round_id}:exhausted")
    assert "1 项“无人应答”" in chief.text
    assert chief.urgent, "the first that is told of it is told urgently"
    assert set(chief.deliveries.values_list("person__username", flat=True)) == {"zhibanzhang"}


def test_an_answer_stops_the_ladder(duty, acting, street, wait):
    begin(duty, [street()])
    wait(5)
    answered = services.answer_call(acting("gucheng"), call=call_in(), note="已到岗")
    assert (answered.state, answered.answered_by, answered.answered_means) == (
        "answered",
        "古城街道值班员（示例）",
        "app",
    )
    assert not Deadline.objects.exclude(status="met").exists()
    wait(60)
    assert CallAttempt.objects.filter(call=answered).count() == 2
    event = Outbox.objects.get(subject="messaging.call.answered").payload
    assert (event["region"], event["means"]) == ("110107004", "app")
    assert queries.unread_count(acting("gucheng")) == 0, "whoever answered has read the message"


def test_answering_twice_changes_nothing(duty, acting, street):
    begin(duty, [street()])
    call = call_in()
    services.answer_call(acting("gucheng"), call=call)
    assert services.answer_call(acting("gucheng"), call=call.pk).answered_by
    assert Outbox.objects.filter(subject="messaging.call.answered").count() == 1


def test_everybody_called_so_far_may_answer_and_nobody_else(duty, acting, street, wait):
    begin(duty, [street()], urgent=True)
    call = call_in()
    with pytest.raises(NotAllowed):
        services.answer_call(acting("gucheng.zhuren"), call=call)
    with pytest.raises(NotFound):
        services.answer_call(acting("bajiao"), call=call)
    wait(10)
    assert services.answer_call(acting("gucheng.zhuren"), call=call).state == "answered"


def test_a_late_answer_counts_as_late(duty, acting, street, wait):
    begin(duty, [street()], urgent=True)
    for _n in range(3):
        wait(10)
    assert call_in().state == "exhausted"
    assert services.answer_call(acting("gucheng"), call=call_in()).state == "answered_late"


def test_the_desk_writes_down_who_answered_and_how(duty, acting, street):
    begin(duty, [street()])
    call = call_in()
    with pytest.raises(BadInput):
        services.record_answer_by_hand(duty, call=call, answered_by="", how="phone")
    services.record_no_answer(duty, call=call, who="古城街道值班员", note="占线")
    done = services.record_answer_by_hand(duty, call=call, answered_by="古城街道值班员", how="phone", note="已组织巡查")
    assert (done.answered_means, done.answered_by) == ("by_hand", "古城街道值班员")
    assert [o for _r, _c, o in tried(call, "call_by_hand")] == ["no_answer", "answered"]
    assert "区总值班室值班员1（示例）登记" in CallAttempt.objects.filter(call=call).last().detail


def test_a_street_records_for_its_communities_only(duty, acting, communities):
    (community,) = communities(1)
    begin(duty, [community])
    with pytest.raises(NotFound):
        services.record_answer_by_hand(acting("bajiao"), call=call_in(community.code), answered_by="书记", how="phone")
    assert (
        services.record_answer_by_hand(
            acting("gucheng"), call=call_in(community.code), answered_by="书记", how="in_person"
        ).answered_by
        == "书记"
    )


def test_somebody_goes_there_and_proves_it(duty, acting, street, wait):
    begin(duty, [street()], urgent=True)
    for _n in range(3):
        wait(10)
    duty = acting("zhibanyuan")
    call = services.send_somebody(duty, call=call_in(), who="巡查车组")
    assert (call.state, call.due_at) == ("visiting", NOON + timedelta(minutes=60))
    with pytest.raises(BadInput):
        services.mark_reached(duty, call=call, who="巡查车组", reached="")
    done = services.mark_reached(duty, call=call, who="巡查车组", reached="街道值班员")
    assert (done.state, done.answered_by) == ("reached", "街道值班员")


def test_a_post_without_a_holder_is_passed_over_and_written_down(duty, street, wait):
    Holding.objects.filter(post__code="sjs.st.gucheng.duty").update(until=NOON)
    begin(duty, [street()])
    assert tried(call_in()) == [(0, "app", "nobody"), (1, "app", "called")]


def test_where_nobody_can_be_called_somebody_must_go_at_once(duty, street, wait):
    Holding.objects.filter(post__code__in=["sjs.st.gucheng.duty", "sjs.st.gucheng.director", "sjs.duty.chief"]).update(
        until=NOON
    )
    begin(duty, [street()])
    wait(0)
    assert call_in().state == "exhausted"
    assert [o for _r, _c, o in tried(call_in())] == ["nobody"] * 3


def test_a_higher_colour_starts_a_new_round_that_replaces_the_older(duty, acting, street, communities):
    first = begin(duty, [street(), *communities(2)], series="warning:rainstorm")
    services.answer_call(acting("gucheng"), call=call_in())
    second = begin(
        duty,
        [street(), *communities(2)],
        series="warning:rainstorm",
        about=("warning.notice", "w2", ""),
        why="暴雨红色预警",
    )
    states = dict(Call.objects.visible_to(duty).filter(round=first).values_list("region_id", "state"))
    assert sorted(states.values()) == ["answered", "superseded", "superseded"]
    first.refresh_from_db()
    assert first.superseded_by == second
    assert "暴雨红色预警" in first.closed_reason
    assert Call.objects.visible_to(duty).open().filter(round=second).count() == 3


def test_one_press_rings_all_who_have_not_answered(duty, acting, street, communities):
    round_ = begin(duty, [street(), *communities(2)])
    services.answer_call(acting("gucheng"), call=call_in())
    assert services.chase_calls(duty, round=round_) == 2
    assert CallAttempt.objects.filter(channel="phone_simulated").count() == 2
    assert Message.objects.unscoped("test").filter(text__contains="催办").count() == 1
    with pytest.raises(NotAllowed):
        services.chase_calls(acting("gucheng"), round=round_)


def test_the_simulated_telephone_rings_once_and_tells_whoever_plays_the_person(duty, street):
    begin(duty, [street()], urgent=True)
    ids = [str(d.pk) for d in Delivery.objects.filter(channel="phone_simulated")]
    assert ring_telephones(ids) == 1
    assert ring_telephones(ids) == 0
    rang = Outbox.objects.get(subject="messaging.phone.rang").payload
    assert (rang["username"], rang["calls"]) == ("gucheng", [str(call_in().pk)])
    assert tried(call_in(), "phone_simulated") == [(0, "phone_simulated", "rang")]


def test_a_simulated_person_answers_and_is_marked_so(duty, acting, street):
    begin(duty, [street()], urgent=True)
    services.answer_call(acting("gucheng", simulated=True), call=call_in(), means="phone")
    attempt = CallAttempt.objects.filter(outcome="answered").get()
    assert (attempt.channel, attempt.simulated) == ("phone_simulated", True)


def test_many_answers_at_once_leave_what_single_ones_leave(duty, acting, street, communities):
    regions = [street(), street("110107003000"), *communities(1)]
    begin(duty, regions)
    first, second, third = (call_in(region.code) for region in regions)
    services.answer_call(acting("bajiao"), call=second, note="先到一步")
    answers = [
        services.Answer(acting("laoshan", simulated=True), third, "app", "不是我的"),
        services.Answer(acting("gucheng", simulated=True), first, "app", "已收到"),
        services.Answer(acting("bajiao"), second, "app", "又答一次"),
    ]
    foreign, mine, again = services.answer_calls(answers)
    assert isinstance(foreign, NotFound)
    assert call_in(third.region_id).state == "calling", "one that is refused changes nothing and holds up no other"
    assert (mine.state, mine.answered_note, mine.closed_at) == ("answered", "已收到", NOON)
    assert (again.state, again.answered_note) == ("answered", "先到一步"), "the first answer stands"
    assert tried(first)[-1] == (0, "app", CallAttempt.Outcome.ANSWERED)
    assert CallAttempt.objects.get(call=first, outcome="answered").simulated
    assert Delivery.objects.get(person__username="gucheng", channel="app").read_at == NOON
    assert Outbox.objects.filter(subject="messaging.call.answered", payload__call=str(first.pk)).count() == 1
    assert not Deadline.objects.filter(record__in=[first.pk, second.pk]).exclude(status="met").exists()
    link()
    assert verify().intact


def test_each_person_sees_their_own_part_of_a_round(duty, acting, street, communities):
    (community,) = communities(1)
    round_ = begin(duty, [street(), street("110107003000"), community])
    assert queries.round_progress(duty, round_).total == 3
    assert queries.round_progress(acting("gucheng"), round_).total == 2
    assert list(queries.rounds(acting("gucheng"))) == [round_]
    assert not queries.rounds(acting("laoshan")).exists()
    with pytest.raises(NotFound):
        CallRound.objects.get_visible(acting("laoshan"), pk=round_.pk)


def test_progress_counts_each_place_and_puts_the_unanswered_first(duty, acting, street, communities):
    round_ = begin(duty, [street(), street("110107003000"), *communities(2)])
    services.answer_call(acting("bajiao"), call=call_in("110107003000"))
    progress = queries.round_progress(duty, round_)
    (county,) = progress.counties
    assert (county.total, county.answered, county.reached) == (4, 1, 4)
    assert [(p.name, p.total, p.answered) for p in county.below] == [("古城街道", 3, 0), ("八角街道", 1, 1)]
    assert [c.state for c in progress.waiting] == ["calling"] * 3


def test_a_whole_district_is_called_in_few_statements(duty, django_assert_max_num_queries):
    regions = list(Region.objects.filter(path__startswith="11/110107/", level__in=["township", "village"]))
    assert len(regions) > 150
    with django_assert_max_num_queries(60):
        round_ = begin(duty, regions, urgent=True)
    assert Call.objects.visible_to(duty).filter(round=round_).count() == len(regions)
    assert AuditEntry.objects.filter(action="messaging.call.open").count() == len(regions)
    link()
    assert verify().intact
    with django_assert_max_num_queries(6):
        assert queries.round_progress(duty, round_).total == len(regions)


def test_a_silent_district_climbs_in_few_statements(duty, clock_to, django_assert_max_num_queries):
    regions = list(Region.objects.filter(path__startswith="11/110107/", level__in=["township", "village"]))
    begin(duty, regions, urgent=True)
    clock_to(NOON + timedelta(minutes=10))
    assert pass_due() == len(regions)
    from anlan.kernel.context import system

    with django_assert_max_num_queries(60):
        assert services.climb_calls(system("test", world=duty.world)) == len(regions)
    assert set(Call.objects.visible_to(duty).values_list("rung_now", flat=True)) == {1}


def test_a_district_person_who_may_not_start_is_refused(acting, street):
    with pytest.raises(NotAllowed):
        begin(acting("gucheng"), [street()])
    with pytest.raises(BadInput):
        begin(acting("zhibanyuan"), [])
