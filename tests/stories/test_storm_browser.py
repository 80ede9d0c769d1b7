"""The hour of the flooded underpass, in five real browsers: each sees the others' work without reloading."""

from __future__ import annotations

import pytest

from anlan.kernel.context import system
from anlan.kernel.models import AuditEntry
from anlan.places.models import Person
from anlan.review.demonstration import seed
from anlan.review.replay import cast
from anlan.review.services import end_replay, start_replay
from tests.browsing import chromium, patient
from tests.running import until
from tests.stories.moving import moved
from tests.storming import at

pytestmark = [pytest.mark.story, pytest.mark.browser]

PASSWORD = "pass-for-this-story"
PEOPLE = {
    "duty": "zhibanyuan",
    "leader": "daiban",
    "deputy": "fuzhihui",
    "street": "gucheng",
    "community": "gucheng.shuji",
}


@pytest.fixture
def stage(running):
    """Seeded district, real web and engine processes."""
    cast.forget()
    seed()
    for username in PEOPLE.values():
        person = Person.objects.get(username=username)
        person.set_password(PASSWORD)
        person.save(update_fields=["password"])
    # The sample accounts can be used in the demonstration only.
    running.env["ANLAN_DEMO"] = "1"
    running.web()
    running.engine()
    return running


@pytest.fixture
def pages(stage):
    """One browser with a person each, signed in through the page."""
    with chromium() as browser:
        opened = {}
        for role, username in PEOPLE.items():
            small = role == "community"
            size = {"width": 390, "height": 844} if small else {"width": 1366, "height": 768}
            context = patient(browser.new_context(viewport=size, locale="zh-CN"))
            page = context.new_page()
            page.goto(f"{stage.url}/signin/")
            page.fill("#username", username)
            page.fill("#password", PASSWORD)
            page.click("button.main")
            page.wait_for_url(f"{stage.url}/")
            opened[role] = page
        yield opened


def test_five_people_in_the_storm(stage, pages):
    duty, leader, deputy, street, community = (pages[r] for r in PEOPLE)
    replay = start_replay(system("story"), scenario="beijing_2016_07_20", rate=60, begin=at("20 12:36"))
    try:
        duty.goto(f"{stage.url}/desk/")
        leader.goto(f"{stage.url}/")
        street.goto(f"{stage.url}/")
        community.goto(f"{stage.url}/phone/")
        deputy.goto(f"{stage.url}/")
        assert "演练" in duty.locator(".band").inner_text()

        # The orange warning is in force: a response is proposed, and the clock waits for the one who decides. The deputy
        # commander approves; the street, whose page shows it by itself, has tasks and takes one.
        proposal = _proposal(replay)
        if proposal.approve_role == "deputy":
            deputy.locator("#home").get_by_text("级应急响应").first.wait_for()
        _step(
            deputy,
            stage,
            proposal,
            "approve",
            {"matter": str(proposal), "expected_hours": "24", "measures": "按预案执行"},
        )
        task = _task(replay)
        street.locator("#home").get_by_text("签收").first.wait_for()
        _step(street, stage, task, "acknowledge")
        until(lambda: _task(replay, state="acknowledged") is not None)

        # The telephone rings at 12:40; she registers it; the street sees the incident appear.
        duty.get_by_text("两辆车被困水中").first.wait_for()
        duty.locator("#exercise-pace").get_by_text("等待").wait_for()
        duty.get_by_role("link", name="接报").last.click()
        duty.locator("[data-recognised] input[name=cars]").wait_for()
        duty.get_by_role("button", name="立事件").click()
        duty.get_by_text("古城南街下凹桥").nth(1).wait_for()
        incident = _incident(replay)
        street.goto(f"{stage.url}/incidents/{incident.pk}/")
        street.get_by_text(incident.number).first.wait_for()

        # The draft goes to the leader, whose page shows it by itself; signed there, it is at her desk to be sent.
        _step(duty, stage, _report(incident), "submit")
        leader.locator("#home").get_by_text("签发").first.wait_for()
        _step(leader, stage, _report(incident), "sign")
        duty.locator("#desk-due-list").get_by_text("发出").first.wait_for()
        _step(duty, stage, _report(incident), "send", {"means": "system", "received_by": "对方值班员"})
        until(lambda: _report(incident).state == "sent")

        # The community's phone page is there; what belongs to the district's desk is not.
        assert community.locator("body").inner_text().strip()
        assert community.goto(f"{stage.url}/desk/").status in (403, 404)
    finally:
        end_replay(system("story"), replay)
    _moves_to_another_machine(stage, replay, incident)


def _moves_to_another_machine(stage, replay, incident):
    """The exercise has ended. Saved and restored elsewhere, all of it is there again: rows, papers, the record of who did what."""
    until(lambda: AuditEntry.objects.filter(seq=None).count() == 0)
    stage.stop()
    with moved() as there:
        there.assert_every_table_is_equal()
        there.assert_every_attachment_is_whole()
        there.assert_nobody_changed_the_record()
        there.assert_one_signs_in_and_reads(
            PEOPLE["duty"], PASSWORD, world=replay.world_id, address=f"/incidents/{incident.pk}/", word=incident.number
        )


def _step(page, stage, record, step, given=None):
    """What pressing the button sends, from the person's own browser with its session and token."""
    said = page.evaluate(
        """async ([url, given]) => {
          const body = new FormData();
          for (const [name, value] of Object.entries(given)) body.append(name, value);
          const token = document.querySelector('meta[name=csrf]').content;
          const answer = await fetch(url, {method: 'POST', body, headers: {'X-CSRFToken': token, 'Accept': 'application/json'}});
          return [answer.status, await answer.text()];
        }""",
        [f"/loop/{record.loop.key}/{record.pk}/step/{step}/", given or {}],
    )
    assert said[0] < 300, said


def _ctx(replay):
    return system("story", world=replay.world_id)


def _incident(replay):
    from anlan.command.models import Incident

    until(lambda: Incident.objects.in_world(_ctx(replay)).exists())
    return Incident.objects.in_world(_ctx(replay)).get()


def _report(incident):
    from anlan.command.models import Report

    return Report.objects.unscoped("the story looks at the paper").get(incident=incident, stage="first")


def _proposal(replay):
    from anlan.decision.models import Proposal

    until(lambda: Proposal.objects.in_world(_ctx(replay)).open().exists())
    return Proposal.objects.in_world(_ctx(replay)).open().get()


def _task(replay, state="issued"):
    from anlan.command.models import Task

    until(lambda: Task.objects.in_world(_ctx(replay)).filter(organisation="sjs.st.gucheng", state=state).exists())
    return Task.objects.in_world(_ctx(replay)).filter(organisation="sjs.st.gucheng", state=state).first()
