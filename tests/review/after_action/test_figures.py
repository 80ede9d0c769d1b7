"""The figures of an after-action report: counted from the records, a gap never counted as nothing."""

from datetime import timedelta
from types import SimpleNamespace

from anlan.command.services import open_incident
from anlan.kernel.documents import Paragraph
from anlan.places.identity import context_of
from anlan.places.models import Person
from anlan.review.after_action.gathering import Round, Story, gather
from anlan.review.after_action.paper_findings import finding_blocks
from anlan.review.after_action.paper_reach import calling_blocks
from anlan.sensing.services import accept_readings
from tests.storming import at


def rain(storm, *amounts):
    rows = [
        {
            "station": "uci.gucheng",
            "time": (at("20 14:00") + timedelta(hours=n)).isoformat(),
            "value": v,
            "property": "rain_mm",
        }
        for n, v in enumerate(amounts)
    ]
    accept_readings(storm.ctx, rows, history=True)


def test_rain_is_summed_over_the_hours_that_were_measured_and_the_gaps_are_counted(storm):
    storm.show(at("20 16:30"))
    rain(storm, 10.0, None, 20.5)
    duty = context_of(Person.objects.get(username="zhibanyuan"), world=storm.world)
    incident = open_incident(duty, text="16时10分古城街道来电：古城南路下凹桥积水，两辆车被困，人数不详")
    story = gather(duty, incident)
    (gauge,) = story.gauges
    assert (gauge.total, gauge.missing) == (30.5, 1)
    assert gauge.maxima[1] == (20.5, at("20 16:00"))
    assert gauge.maxima[3] == (30.5, at("20 16:00")), "a lower bound"
    assert story.exercise
    assert story.incidents == [incident]
    said = [item for block in finding_blocks(story) if not isinstance(block, Paragraph) for item in block.items]
    assert any("缺测1个时次" in text for text in said)
    assert any("被困人数始终不详" in text or "被困" in text for text in said), "unknown is named, not taken for nobody"
    assert any(e.action == "command.incident.open" for e in story.log)


def round_of(**given):
    told = {
        "round": SimpleNamespace(started_at=at("20 05:40"), why="暴雨黄色预警"), "total": 4, "answered": 3, "within_10": 2,
        "median_min": 6.4, "unanswered": ["古城南路社区"], "by_hand": 1, **given,
    }  # fmt: skip
    return Round(**told)


def story_with(*rounds):
    now = at("20 18:00")
    return Story(SimpleNamespace(), SimpleNamespace(), now, now, now, exercise=True, rounds=list(rounds))


def words(blocks):
    return "\n".join(
        str(getattr(b, "text", "")) + str(getattr(b, "rows", "")) + str(getattr(b, "items", "")) for b in blocks
    )


def test_a_round_of_calls_says_its_rate_who_stayed_silent_and_who_was_slow():
    story = story_with(round_of())
    said = words(calling_blocks(story))
    for part in ("75.0%", "6分钟", "仍有1处没有应答：古城南路社区"):
        assert part in said
    found = words(finding_blocks(story))
    assert "1处至今没有应答" in found
    assert "1处超过10分钟才应答" in found


def test_a_round_that_nobody_answered_has_no_median_and_one_without_calls_no_rate():
    silent = words(
        calling_blocks(
            story_with(round_of(answered=0, within_10=0, median_min=None, unanswered=["甲", "乙", "丙", "丁"]))
        )
    )
    assert "0.0%" in silent
    assert "分钟" not in silent.split("叫应情况")[-1].split("仍有")[0]
    empty = words(
        calling_blocks(
            story_with(round_of(total=0, answered=0, within_10=0, median_min=None, unanswered=[], by_hand=0))
        )
    )
    assert "—" in empty
    assert "%" not in empty


def test_calls_that_a_new_round_replaced_are_neither_answered_nor_silent():
    said = words(calling_blocks(story_with(round_of(total=6))))
    assert "2处尚未应答即由新一轮叫应取代" in said


def test_without_any_lapse_the_report_says_so():
    (block,) = finding_blocks(story_with(round_of(total=3, answered=3, within_10=3, unanswered=[])))
    assert "没有发现" in block.text
