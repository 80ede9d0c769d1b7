from datetime import datetime

import pytest
from django.contrib.gis.geos import Point

from anlan.command import incoming as queue
from anlan.command.models import Followup, Incident, Report, ReportClock
from anlan.command.queries.timeline import timeline
from anlan.command.services import add_followup, confirm_facts, merge, open_incident
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.models import AuditEntry
from anlan.kernel.services.attachments import TooLarge

from .conftest import CALL


def moment(time, day=20):
    return datetime.fromisoformat(f"2016-07-{day:02d}T{time}:00+08:00")


def test_one_sentence_becomes_an_incident_with_what_was_said_and_nothing_more(call):
    assert call.number == "110107-20160720-001"
    assert (call.region.name, call.place, call.kind) == ("古城街道", "古城街道古城南路下凹桥", "X1101")
    assert call.occurred_at == moment("12:35")
    assert call.received_at == moment("12:41")
    assert call.facts["cars"] == 2
    assert call.facts["trapped"] is None
    assert call.facts["deaths"] is None
    assert call.title == "古城街道古城南路下凹桥城市积水，2 辆车被困"
    assert call.state == "received"
    assert call.due_at == moment("12:46")


def test_a_landslide_whose_scale_has_names_of_its_own_is_reported_by_its_level(acting, at):
    """Small to very large on that scale are the four grades of the response law, by which the reporting rules ask."""
    at("12:41")
    duty = acting("zhibanyuan")
    slide = open_incident(duty, text="12时35分五里坨街道来电：山体滑坡，1人受伤")
    confirm_facts(duty, slide, {"deaths": 1, "missing": 0, "injured": 3})
    slide.refresh_from_db()
    assert (slide.grade, slide.grade_level) == ("小型", 4)
    confirm_facts(duty, slide, {"deaths": 4})
    slide.refresh_from_db()
    assert (slide.grade, slide.grade_level) == ("中型", 3)
    rules = set(ReportClock.everything.filter(incident=slide, state="running").values_list("rule_name", flat=True))
    assert any("地质灾害" in rule for rule in rules)


def test_with_people_unknown_there_is_no_grade_but_a_reason(call):
    assert call.grade == ""
    assert call.grading["provisional"]
    assert "deaths_missing" in call.grading["unknown"]


def test_confirmed_figures_grade_it_and_the_history_keeps_what_was_before(acting, call):
    confirm_facts(acting("zhibanyuan"), call, {"deaths": 0, "missing": "0", "trapped": "3人"}, source="街道回电")
    assert call.grade == "一般"
    assert call.facts["trapped"] == 3
    entry = AuditEntry.objects.filter(object_id=str(call.pk), action="command.incident.facts").get()
    assert entry.data["before"] == {"deaths": None, "missing": None, "trapped": None}
    assert entry.data["after"]["trapped"] == 3


def test_a_figure_can_become_unknown_again_and_words_are_no_figure(acting, call):
    ctx = acting("zhibanyuan")
    confirm_facts(ctx, call, {"deaths": 0, "missing": 0})
    confirm_facts(ctx, call, {"missing": "不详"})
    assert call.facts["missing"] is None
    assert call.grade == ""
    with pytest.raises(BadInput) as refused:
        confirm_facts(ctx, call, {"deaths": "很多"})
    assert refused.value.field == "dead" or refused.value.field == "deaths"


def test_casualties_that_go_down_are_taken_and_marked(acting, call):
    ctx = acting("zhibanyuan")
    confirm_facts(ctx, call, {"deaths": 2, "missing": 0})
    confirm_facts(ctx, call, {"deaths": 1})
    last = AuditEntry.objects.filter(object_id=str(call.pk), action="command.incident.facts").latest("id")
    assert call.facts["deaths"] == 1
    assert last.data["fewer"] == ["deaths"]
    assert "请核对" in last.label


def test_a_call_that_says_fewer_undoes_nothing_and_is_in_the_story(acting, call):
    ctx = acting("zhibanyuan")
    confirm_facts(ctx, call, {"injured": 3, "trapped": 3})
    add_followup(
        ctx,
        call,
        text="别处来电：无人员被困，1人受伤",
        facts={"injured": 1, "trapped": 0, "water_depth_cm": 20},
        source="鲁谷街道",
    )
    assert {n: call.facts[n] for n in ("injured", "trapped", "water_depth_cm")} == {
        "injured": 3,
        "trapped": 3,
        "water_depth_cm": 20,
    }
    assert any("未采用，请核实：受伤1人（已知3人）、被困0人（已知3人）" in i.text for i in timeline(ctx, call))
    add_followup(ctx, call, text="救出2人", facts={"rescued": 2, "trapped": 1})
    assert call.facts["trapped"] == 1, "a rescue explains it"


def test_corrections_on_the_desk_win_over_recognition(acting, at):
    at("12:41")
    made = open_incident(
        acting("zhibanyuan"),
        text=CALL,
        corrections={"trapped": "2", "time": "12:30", "kind": "火灾", "place": "八角街道杨庄路"},
    )
    assert made.facts["trapped"] == 2
    assert made.occurred_at == moment("12:30")
    assert (made.region.name == "八角街道" and made.kind_name.startswith("火灾")) or "火" in made.kind_name
    assert set(made.intake["corrected"]) == {"trapped", "time", "kind", "place"}


def test_a_time_ahead_and_a_place_elsewhere_are_refused_with_how_to_mend(acting, at):
    at("12:41")
    ctx = acting("zhibanyuan")
    with pytest.raises(BadInput, match="将来"):
        open_incident(ctx, text=CALL, corrections={"time": "2016-07-20 18:00"})
    with pytest.raises(BadInput, match="没有内容"):
        open_incident(ctx, text="  ")


def test_numbers_of_a_day_run_on(acting, call):
    assert open_incident(acting("zhibanyuan"), text="八角街道杨庄东街一处围墙倒塌").number == "110107-20160720-002"


def test_a_street_opens_its_own_and_sees_no_other(acting, call):
    street = acting("bajiao")
    own = open_incident(street, text="八角街道杨庄东街路面积水")
    assert own.scope.startswith("11/110107/110107")
    assert Report.objects.in_world(street).filter(incident=own).exists()
    with pytest.raises(NotFound):
        Incident.objects.get_visible(street, pk=call.pk)
    with pytest.raises(NotFound):
        add_followup(street, call, text="我们也看到了")


def test_a_department_cannot_open_one(acting, at):
    at("12:41")
    with pytest.raises((NotAllowed, BadInput)):
        open_incident(acting("shuiwu"), text=CALL)


def test_what_arrives_later_is_kept_as_it_came_and_moves_the_figures(acting, call):
    add_followup(
        acting("gucheng"),
        call,
        text="消防已到场，救出1人",
        facts={"rescued": 1, "trapped": 1, "deaths": None},
        source="古城街道",
    )
    kept = Followup.objects.in_world(acting("zhibanyuan")).get(incident=call)
    assert kept.facts == {"rescued": 1, "trapped": 1}
    assert call.facts["trapped"] == 1
    assert call.facts["deaths"] is None


def test_a_better_position_that_arrives_later_is_taken_and_every_one_is_in_the_story(acting, call):
    ctx, here = acting("zhibanyuan"), Point(116.1846, 39.9052, srid=4326)
    Incident.everything.filter(pk=call.pk).update(position=Point(116.19, 39.91, srid=4326), accuracy_m=800)
    waiting = queue.receive(
        acting("gucheng.wangge"),
        text="我在桥下，照片已发",
        source="网格员",
        scope="11/110107/110107004/",
        position=here,
        accuracy_m=15,
    )
    add_followup(ctx, call, text=waiting.text, source="网格员", incoming=waiting)
    assert ((call.position.x, call.position.y), call.accuracy_m) == ((here.x, here.y), 15)
    add_followup(ctx, call, text="又有来电", source="市民", position=Point(116.186, 39.906, srid=4326), accuracy_m=500)
    add_followup(ctx, call, text="手机定位漂移", source="街道", position=Point(121.47, 31.23, srid=4326), accuracy_m=10)
    call.refresh_from_db()
    assert call.position.x == here.x, "neither a coarser one nor one in another city moves it"
    story = [i.text for i in timeline(ctx, call)]
    assert any("位置更新（网格员）：116.18460，39.90520（误差约 15 米），距原位置" in t for t in story)
    assert sum("未采用，请核对" in t for t in story) == 2


def test_a_photo_of_30_mb_is_refused_in_words_and_nothing_is_half_done(acting, call):
    class Photo:
        name, size = "IMG_0001.jpg", 30 * 2**20

        def read(self):
            raise AssertionError("must not be read")

    with pytest.raises(TooLarge, match=r"30\.0 MB"):
        add_followup(acting("gucheng"), call, text="现场照片", photos=[Photo()])
    assert not Followup.objects.in_world(acting("zhibanyuan")).filter(incident=call).exists()


def test_merging_moves_words_and_stops_the_clocks(acting, call):
    ctx = acting("zhibanyuan")
    second = open_incident(ctx, text="市民来电：古城南路下凹桥积水约80厘米，有车被淹")
    merge(ctx, second, into=call)
    assert second.state == "merged"
    assert second.merged_into_id == call.pk
    assert not ReportClock.objects.in_world(ctx).open().filter(incident=second).exists()
    assert Report.objects.in_world(ctx).get(incident=second).state == "withdrawn"
    assert Followup.objects.in_world(ctx).get(incident=call).kind == "merged"
    assert call.facts["water_depth_cm"] == 80
    with pytest.raises(Conflict):
        merge(ctx, call, into=second)


def test_a_waiting_report_becomes_an_incident_or_joins_one(acting, at):
    at("12:40")
    ctx = acting("zhibanyuan")
    first = queue.receive(acting("gucheng"), text=CALL, source="古城街道", scope="11/110107/110107004/")
    again = queue.receive(
        acting("gucheng"), text="桥下水更深了，约1米", source="古城街道", scope="11/110107/110107004/"
    )
    incident = open_incident(ctx, text=first.text, incoming=first)
    add_followup(ctx, incident, text=again.text, incoming=again)
    first.refresh_from_db(), again.refresh_from_db()
    assert (first.state, again.state) == ("registered", "joined")
    assert incident.received_at == moment("12:40")


def test_it_does_not_close_before_the_first_report_went_up(acting, call):
    chief = acting("zhibanzhang")
    take_step(chief, call, "verify", {"how": "回拨街道"})
    with pytest.raises(Refused, match="首报还没有发出"):
        take_step(chief, call, "close", {"conclusion": "积水已排除"})


def test_a_false_alarm_stops_everything_and_keeps_it(acting, call):
    take_step(acting("zhibanzhang"), call, "dismiss", {"reason": "街道误看监控回放"})
    clocks = ReportClock.objects.in_world(acting("zhibanyuan")).filter(incident=call)
    assert {c.state for c in clocks} == {"dropped"}
    assert clocks.count() > 3
