"""Warnings arrive once, in either form; what is wrong is refused with everything at once and harms nothing."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from anlan.kernel.context import system
from anlan.kernel.errors import NotAllowed, NotFound
from anlan.kernel.models import Outbox
from anlan.kernel.reactions import drain
from anlan.messaging.models import Call, CallRound, Message
from anlan.places.demonstration import load_people
from anlan.places.identity import context_of
from anlan.places.models import Person
from anlan.places.queries import region
from anlan.places.seeding import load_regions
from anlan.warning import queries
from anlan.warning.cap.compose import compose_cap
from anlan.warning.cap.model import CapAlert, CapArea, CapInfo, NamedValue, Reference
from anlan.warning.models import Notice, WarningIntake
from anlan.warning.services import acknowledge_notice, expire_due, receive_cap, receive_text
from tests.remembered import put_back

BEIJING = timezone(timedelta(hours=8))
NOON = datetime(2016, 7, 20, 12, tzinfo=BEIJING)
SEVERITY = {"blue": "Minor", "yellow": "Moderate", "orange": "Severe", "red": "Extreme"}
ZH = {"blue": "蓝", "yellow": "黄", "orange": "橙", "red": "红"}


def message(colour="orange", sent=NOON, kind="Alert", refers=(), codes=("110000000000",), **more):
    fields = {"status": "Exercise", "note": "模拟", **more}
    info = CapInfo(
        event="暴雨", urgency="Immediate", severity=SEVERITY[colour], certainty="Likely", categories=("Met",), language="zh-CN",
        event_codes=(NamedValue("eventCode", "11B03"),), effective=sent, expires=sent + timedelta(hours=12),
        sender_name="北京市气象台", headline=f"北京市气象台发布暴雨{ZH[colour]}色预警信号（模拟）", description="预计有暴雨。",
        areas=(CapArea("北京市", geocodes=tuple(NamedValue("CPEAS Geographic Code", c) for c in codes)),),
    )  # fmt: skip
    return CapAlert(
        identifier=f"11000041600000_{sent:%Y%m%d%H%M%S}", sender="observatory", sent=sent, msg_type=kind, scope="Public",
        references=tuple(Reference(r.sender, r.identifier, r.sent) for r in refers), infos=(info,), **fields,
    )  # fmt: skip


@pytest.fixture
def people(db, settings, tmp_path):
    settings.DEMO, settings.VAR_DIR = True, str(tmp_path)
    put_back("district", lambda: (load_regions(), load_people()))


@pytest.fixture
def feed(people, exercise):
    return system("feed", world=exercise.pk)


def take(ctx, alert, source="test"):
    return receive_cap(ctx, compose_cap(alert), source)


def subjects():
    rows = Outbox.objects.filter(subject__startswith="warning.").order_by("id")
    return [(r.subject.rsplit(".", 1)[-1], r.payload.get("action") or r.payload.get("cause")) for r in rows]


def test_a_warning_is_accepted_and_every_street_and_community_is_called(feed):
    got = take(feed, message())
    drain()
    notice = got.notice
    assert got.outcome == "accepted"
    assert notice.state == "received"
    assert (notice.hazard, notice.color, notice.title) == ("rainstorm", "orange", "暴雨橙色预警")
    assert notice.scope == "11/110107/"
    assert [r.short_code for r in notice.regions.all()] == ["11"]
    assert notice.due_at == NOON + timedelta(minutes=10)
    assert bytes(got.intake.raw) == compose_cap(message())
    round_ = CallRound.objects.in_world(feed).get()
    assert round_.about_id == str(notice.pk)
    assert "【演练】" in round_.text
    called = Call.objects.in_world(feed).filter(round=round_).values_list("region__level", flat=True)
    assert list(called).count("township") == 9
    assert list(called).count("village") > 100
    assert set(called) == {"township", "village"}


def test_blue_is_only_told(feed):
    take(feed, message("blue"))
    drain()
    assert not CallRound.objects.in_world(feed).exists()
    assert Message.objects.in_world(feed).filter(about_type="warning.notice").count() == 1


def test_the_same_message_twice_is_harmless_and_said(feed):
    first = take(feed, message())
    second = take(feed, message(), "another line")
    drain()
    assert (second.outcome, second.notice) == ("duplicate", first.notice)
    assert "收到过" in second.said
    assert Notice.objects.in_world(feed).count() == 1
    assert CallRound.objects.in_world(feed).count() == 1
    assert [i.outcome for i in queries.intakes(feed)] == ["duplicate", "accepted"]


def test_another_message_under_the_same_identifier_is_refused(feed):
    take(feed, message())
    got = take(feed, message("red"))
    assert got.outcome == "refused"
    assert got.faults[0]["code"] == "identifier_reused"
    assert Notice.objects.in_world(feed).get().color == "orange"


def test_a_malformed_message_is_refused_with_all_faults_and_logged(feed):
    got = receive_cap(feed, compose_cap(message()).replace(b"Severe", b"Awful").replace(b"Met<", b"Rain<"), "fax")
    assert got.outcome == "refused"
    assert len(got.faults) >= 2
    assert all(f["message_zh"] and f["path"] for f in got.faults)
    row = WarningIntake.objects.in_world(feed).get()
    assert row.outcome == "refused"
    assert len(row.reasons) == len(got.faults)
    assert row.source == "fax"
    assert not Notice.objects.in_world(feed).exists()
    assert receive_cap(feed, b"not xml at all").outcome == "refused"


def test_an_unknown_region_is_refused_and_a_partly_known_one_is_accepted_for_its_part(feed):
    got = take(feed, message(codes=("990000000000",)))
    assert got.outcome == "refused"
    assert got.unknown_regions == ("990000000000",)
    assert "行政区划" in got.said
    part = take(feed, message(sent=NOON + timedelta(minutes=1), codes=("990000000000", "110107000000")))
    assert part.outcome == "accepted"
    assert part.notice.unknown_regions == ["990000000000"]
    assert [r.short_code for r in part.notice.regions.all()] == ["110107"]
    assert any("990000000000" in r["message_zh"] for r in part.intake.reasons)


@pytest.mark.parametrize("code", ["110000000000", "11000000000000", "110100000000", "110000"])
def test_codes_of_any_length_and_pseudo_cities_are_understood(people, code):
    from anlan.warning.areas import by_codes

    assert [r.short_code for r in by_codes([code]).regions] == ["11"]


def test_real_and_exercise_never_mix(feed, people):
    real = message(status="Actual", note=None)
    assert take(feed, real).faults[0]["code"] == "real_in_exercise"
    outside = system("feed")
    assert (
        take(outside, message(sent=datetime.now(UTC).replace(microsecond=0))).faults[0]["code"] == "exercise_in_reality"
    )
    test = message(sent=datetime.now(UTC).replace(microsecond=0), status="Test", note=None)
    assert take(outside, test).outcome == "refused"
    assert not Notice.objects.in_world(outside).exists()
    assert not Notice.objects.in_world(feed).exists()


def test_a_message_from_the_future_and_one_that_has_run_out_are_refused(feed, clock_to):
    assert take(feed, message(sent=NOON + timedelta(hours=1))).faults[0]["code"] == "sent_ahead"
    clock_to(NOON + timedelta(days=1))
    assert take(feed, message()).faults[0]["code"] == "expired"


def test_an_update_replaces_what_it_refers_to_and_raises(feed, clock_to):
    first = message("yellow")
    take(feed, first)
    drain()
    clock_to(NOON + timedelta(hours=1))
    take(feed, message("orange", sent=NOON + timedelta(hours=1), kind="Update", refers=[first]))
    drain()
    old, new = Notice.objects.in_world(feed).order_by("sent_at")
    assert (old.state, old.ended_by_id, new.action) == ("replaced", new.pk, "raise")
    assert subjects() == [("received", "issue"), ("received", "raise"), ("ended", "replaced")]
    rounds = CallRound.objects.in_world(feed).order_by("started_at")
    assert [r.superseded_by_id for r in rounds] == [rounds[1].pk, None]
    assert queries.highest_colour(feed, region("110107004"), "rainstorm") == "orange"


def test_a_lowered_warning_calls_nobody_again(feed, clock_to):
    first = message("orange")
    take(feed, first)
    drain()
    clock_to(NOON + timedelta(hours=1))
    got = take(feed, message("blue", sent=NOON + timedelta(hours=1), kind="Update", refers=[first]))
    drain()
    assert got.notice.action == "lower"
    assert CallRound.objects.in_world(feed).count() == 1
    assert queries.highest_colour(feed, region("110107"), "rainstorm") == "blue"


def test_a_higher_colour_outranks_a_lower_one_without_reference(feed, clock_to):
    take(feed, message("yellow"))
    clock_to(NOON + timedelta(hours=1))
    take(feed, message("red", sent=NOON + timedelta(hours=1)))
    assert [(n.color, n.state) for n in Notice.objects.in_world(feed).order_by("sent_at")] == [
        ("yellow", "replaced"),
        ("red", "received"),
    ]


def test_a_cancel_ends_and_a_second_one_changes_nothing(feed, clock_to):
    first = message()
    take(feed, first)
    clock_to(NOON + timedelta(hours=3))
    lift = message(sent=NOON + timedelta(hours=3), kind="Cancel", refers=[first])
    assert "已解除" in take(feed, lift).said
    assert Notice.objects.in_world(feed).get().state == "cancelled"
    assert take(feed, lift).outcome == "duplicate"
    assert queries.highest_colour(feed, region("110107"), "rainstorm") is None
    assert subjects()[-1] == ("ended", "cancelled")


def test_a_cancel_that_comes_before_its_warning_still_ends_it(feed, clock_to):
    first = message()
    clock_to(NOON + timedelta(hours=1))
    assert "没有对应" in take(feed, message(sent=NOON + timedelta(hours=1), kind="Cancel", refers=[first])).said
    got = take(feed, first)
    drain()
    assert got.outcome == "accepted"
    assert got.notice.state == "cancelled"
    assert not CallRound.objects.in_world(feed).exists()


def test_a_warning_ends_when_its_time_is_up(feed, clock_to):
    take(feed, message())
    assert expire_due() == 0
    clock_to(NOON + timedelta(hours=12))
    assert expire_due() == 1
    assert expire_due() == 0
    assert Notice.objects.in_world(feed).get().state == "expired"
    assert subjects()[-1] == ("ended", "expired")


TEXT = "北京市气象台2016年07月20日12时00分发布暴雨橙色预警信号：预计本市大部分地区有暴雨，请注意防范。（模拟）"


def test_the_plain_text_of_a_signal_opens_a_warning(feed):
    got = receive_text(feed, TEXT, "传真")
    assert got.outcome == "accepted", got.faults
    assert (got.notice.color, got.notice.issuer, got.notice.sent_at) == ("orange", "北京市气象台", NOON)
    assert [r.short_code for r in got.notice.regions.all()] == ["11"]
    assert receive_text(feed, TEXT).outcome == "duplicate"


def test_text_and_message_of_one_warning_are_one(feed):
    take(feed, message())
    got = receive_text(feed, TEXT)
    drain()
    assert got.outcome == "duplicate"
    assert Notice.objects.in_world(feed).count() == 1
    assert CallRound.objects.in_world(feed).count() == 1


def test_a_text_that_lifts_ends_the_issuers_warning(feed, clock_to):
    receive_text(feed, TEXT)
    clock_to(NOON + timedelta(hours=4))
    got = receive_text(feed, "北京市气象台2016年07月20日16时00分解除暴雨橙色预警信号。（模拟）")
    assert "已解除" in got.said
    assert Notice.objects.in_world(feed).get().state == "cancelled"


def test_a_text_that_says_too_little_is_refused_with_what_is_missing(feed):
    got = receive_text(feed, "明天可能下雨，请注意。演练")
    assert got.outcome == "refused"
    assert {"issuer_unknown", "hazard_unknown"} <= {f["code"] for f in got.faults}


def test_who_may_take_in_and_who_may_read(people, exercise, feed):
    def person(name):
        return context_of(Person.objects.get(username=name), world=exercise.pk)

    with pytest.raises(NotAllowed):
        receive_text(person("gucheng"), TEXT)
    duty = person("zhibanyuan")
    notice = receive_text(duty, TEXT).notice
    assert notice in queries.in_force(person("gucheng"))
    assert notice in queries.in_force(person("gucheng.shuji"))
    with pytest.raises(NotAllowed):
        acknowledge_notice(person("gucheng"), notice=notice)
    assert acknowledge_notice(duty, notice=notice, note="已阅").state == "in_force"


def test_a_foreign_duty_room_sees_and_takes_in_nothing_here(feed, somebody, exercise):
    notice = take(feed, message(codes=("110107000000",))).notice
    rights = ("warning.notice.view", "warning.notice.receive", "warning.intake.view")
    elsewhere = somebody("duty_officer", "33/3309/", rights, keys={"in:33", "in:3309"}, world=exercise.pk)
    assert not queries.in_force(elsewhere).exists()
    assert not queries.intakes(elsewhere).exists()
    with pytest.raises(NotFound):
        Notice.objects.get_visible(elsewhere, pk=notice.pk)
    with pytest.raises(NotAllowed):
        take(elsewhere, message(sent=NOON - timedelta(hours=1), codes=("110107000000",)))
