"""One press gives two forms: a few pages for the leader, and everything beside it."""

import io

import docx
import pytest
from django.test import Client

from anlan.command.services import name_commander, open_incident
from anlan.kernel.documents import Timeline
from anlan.kernel.services.files import file_store
from anlan.places.identity import context_of
from anlan.places.models import Person
from anlan.review.after_action.gathering import gather
from anlan.review.after_action.paper import compose
from anlan.review.after_action.paper_brief import FINDINGS, MOMENTS, compose_brief
from anlan.review.after_action.services import papers_of, report_sets
from anlan.review.tasks import make_pdf
from tests.storming import at


@pytest.fixture
def duty(storm):
    storm.show(at("20 14:12"))
    return context_of(Person.objects.get(username="zhibanyuan"), world=storm.world)


@pytest.fixture
def incident(duty):
    return open_incident(duty, text="14时10分古城街道来电：古城南路下凹桥积水，两辆车被困，人数不详")


def browser_of(username, storm):
    browser = Client()
    browser.force_login(Person.objects.get(username=username))
    browser.post("/world/", {"world": str(storm.world)})
    return browser


def test_one_press_gives_both_forms_and_their_pdfs_side_by_side(duty, incident, storm):
    name_commander(duty, incident, name="古城街道值班领导(示例)")
    desk = browser_of("zhibanyuan", storm)
    made = desk.post(f"/api/v1/review/incident/{incident.pk}/reports")
    assert made.status_code == 201, made.content
    for form in ("brief", "full"):
        assert [p["name"].endswith(".docx") for p in made.json()[form]] == [True]
    for paper in papers_of(duty, incident):
        make_pdf(paper=str(paper.pk), world=str(storm.world))
    (found,) = report_sets(duty, incident)
    assert [[a.name.rsplit(".", 1)[1] for a in found[form]] for form in ("brief", "full")] == [["docx", "pdf"]] * 2
    brief, full = (
        "\n".join(p.text for p in docx.Document(io.BytesIO(file_store().read(found[form][0].digest))).paragraphs)
        for form in ("brief", "full")
    )
    for part in ("概况", "经过", "主要数字", "超时、未应答和不详", "经验和改进", "由评估人员填写", "演练"):
        assert part in brief
    assert "时间线" in full
    assert "现场指挥" in full
    page = desk.get("/review/").content.decode()
    assert page.index("摘要") < page.index("全本")


def test_the_short_form_stays_short_whatever_the_storm(duty, incident):
    """Hundreds of moments and findings, and the brief has a few dozen lines; what was left out is counted."""
    story = gather(duty, incident)
    story.incidents *= 300
    paper = compose_brief(story)
    (course,) = [b for b in paper.body if isinstance(b, Timeline)]
    assert len(course.moments) == MOMENTS
    said = str(paper.body)
    assert f"另有{300 - MOMENTS}项见全本" in said
    assert f"另有{300 - FINDINGS}项见全本" in said
    assert len(said) < len(str(compose(story).body)) / 5


def test_unknown_casualties_are_never_added_up_to_nobody(duty, incident):
    story = gather(duty, incident)
    assert "被困不详" in str(compose_brief(story).body)
    assert "0人" not in str(compose_brief(story).body)


def test_others_find_neither_the_report_nor_the_replay(incident, storm, db):
    stranger = browser_of("bajiao", storm)
    assert stranger.get(f"/api/v1/review/incident/{incident.pk}/reports").status_code == 404
    assert stranger.post(f"/api/v1/review/incident/{incident.pk}/reports").status_code == 404
    assert stranger.get("/api/v1/review/nonsense/00000000-0000-0000-0000-000000000000/reports").status_code == 404
    desk = browser_of("zhibanyuan", storm)
    assert desk.get("/api/v1/review/replays/00000000-0000-0000-0000-000000000000").status_code == 404
    document = desk.get("/api/v1/openapi.json").json()
    assert "/api/v1/review/replays/{pk}" in document["paths"]


def test_a_replay_is_read_and_steered_by_whoever_may(storm):
    desk = browser_of("zhibanyuan", storm)
    (shown,) = desk.get("/api/v1/review/replays").json()
    assert shown["title"]
    assert shown["rate"] == 0
    assert (
        desk.post(
            f"/api/v1/review/replays/{shown['id']}/pace", {"rate": 5000}, content_type="application/json"
        ).status_code
        == 422
    )
    community = browser_of("gucheng.wangge", storm)
    assert community.post(f"/api/v1/review/replays/{shown['id']}/end").status_code == 404
