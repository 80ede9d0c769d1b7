"""The whole storm by clicks: five people, each in a browser of their own, from the first warning to the paper.

Web and engine are real processes; the exercise's clock stands and is moved by hand. Posts that nobody here holds are played by
simulated people. Nobody reloads a page to see what another one did.
"""

from __future__ import annotations

import io
import re
import zipfile
from types import SimpleNamespace

import pytest

from anlan.places.models import Person
from anlan.review.demonstration import seed
from anlan.review.models import Replay
from anlan.review.replay import cast
from tests.browsing import chromium
from tests.stories.people import answer, named, sit_down
from tests.stories.standing import StandingReplay

pytestmark = [pytest.mark.story, pytest.mark.browser]

PASSWORD = "pass-for-this-story"
FIVE = {
    "duty": "zhibanyuan",
    "leader": "daiban",
    "deputy": "fuzhihui",
    "commander": "zhihuizhang",
    "street": "gucheng",
}
OTHERS = ("bajiao", "gucheng.wangge")
GUCHENG = "古城街道"
SHELTER = "古城街道文体中心避灾安置点"
MOVING_OUT = "山洪、地灾、低洼、危房危险区人员转移完毕"


@pytest.fixture
def stage(running, tmp_path, settings):
    """Seeded district, real web and engine processes."""
    cast.forget()
    seed()
    for username in (*FIVE.values(), *OTHERS):
        person = Person.objects.get(username=username)
        person.set_password(PASSWORD)
        person.save(update_fields=["password"])
    settings.ATTACHMENT_DIR = str(tmp_path / "files")
    # The sample accounts can be used in the demonstration only.
    running.env |= {"ANLAN_DEMO": "1"}
    running.web()
    running.engine()
    return running


def test_the_whole_storm_by_clicks(stage, tmp_path):
    from playwright.sync_api import expect

    with chromium() as browser:
        duty = sit_down(browser, stage.url, FIVE["duty"], PASSWORD)
        storm = the_replay_begins(duty, expect)
        seats = {
            who: sit_down(browser, stage.url, FIVE[who], PASSWORD, phone=who == "street")
            for who in FIVE
            if who != "duty"
        }
        all_five = SimpleNamespace(url=stage.url, expect=expect, tmp=tmp_path, duty=duty, **seats)
        for page in seats.values():
            expect(page.locator(".band")).to_contain_text("演练")
        storm.everybody_stays()
        try:
            warnings_arrive_and_are_answered(all_five, storm)
            readings_light_up_the_map(all_five, storm)
            the_response_is_raised_and_the_street_reports(all_five, storm)
            the_underpass_is_reported_up(all_five, storm)
            the_shelter_fills(all_five, storm)
            strangers_see_nothing(all_five, browser)
            the_commander_raises_and_ends_it(all_five, storm)
            the_paper_is_made(all_five)
        except BaseException:
            for who in FIVE:
                getattr(all_five, who).screenshot(path=tmp_path / f"{who}.png")
            raise


def the_replay_begins(duty, expect):
    """One button on the home page; the page that follows says in its band that this is an exercise."""
    named(duty.locator("#panel-reviewreplay"), "1×").click()
    expect(duty.locator(".band")).to_contain_text("演练")
    return StandingReplay(Replay.objects.unscoped("the test holds the clock").get())


def warnings_arrive_and_are_answered(p, storm):
    """Blue is signed for at home. Yellow calls 162 places: the street answers on its phone, the duty officer writes down another."""
    storm.to("19 18:31")
    p.expect(p.duty.locator("#home")).to_contain_text("暴雨蓝色预警信号")
    named(p.duty.locator("#home .todo li", has_text="暴雨蓝色预警信号"), "签收").click()
    p.expect(p.duty.get_by_role("region", name="我现在要办")).not_to_contain_text("暴雨蓝色预警信号")

    storm.to("20 05:40", "20 05:42")
    p.duty.get_by_role("link", name="暴雨黄色预警", exact=True).click()
    p.expect(p.duty.locator("#board .figures")).to_contain_text("162")
    waiting = p.duty.locator("#waiting tbody tr")
    assert p.duty.locator("#waiting").bounding_box()["y"] < p.duty.locator("#places").bounding_box()["y"], (
        "the silent stand first"
    )
    ours = p.duty.locator("#places li", has=p.duty.locator(".what", has_text=GUCHENG))
    p.expect(ours).to_contain_text("叫应中")

    p.street.goto(f"{p.url}/phone/")
    p.street.locator(".big", has_text="叫应回执").tap()
    p.street.get_by_role("button", name="收到，我在岗").tap()
    p.expect(ours).to_contain_text("已应答 · 古城街道值班员")

    silent = waiting.first.locator("a.title").inner_text()
    named(waiting.first, "登记应答").click()
    p.expect(p.duty.locator("dialog[open]")).to_contain_text(silent)
    answer(p.duty, "登记应答", answered_by="社区值班员", how="phone")
    p.expect(waiting.get_by_role("link", name=silent, exact=True)).to_have_count(0)


def readings_light_up_the_map(p, storm):
    """A gauge takes its value on the open map, a signal says which standard is reached, by which clause; a warning it is not."""
    storm.to("20 09:55")
    p.leader.goto(f"{p.url}/map/")
    p.leader.wait_for_selector("[data-map][data-ready]")
    p.expect(p.leader.locator("[data-link]")).to_have_attribute("data-state", "open")
    p.duty.goto(f"{p.url}/signals/")
    storm.to("20 10:01")
    p.leader.wait_for_function(
        "() => { const map = document.querySelector('[data-map]').mountedMap.map;"
        " const of = id => ({source: 'l-sensing.station', id, ...(map.getSource('l-sensing.station').type === 'vector'"
        " ? {sourceLayer: 'sensing.station'} : {})});"
        " return map.getFeatureState(of('uci.gucheng')).value > 0; }"
    )
    ours = p.duty.locator("#signals tr", has_text="石景山古城站")
    p.expect(ours).to_contain_text(re.compile(r"达到暴雨..标准：\d+小时雨量 [\d.]+ mm（标准 ≥"))
    ours.locator("summary").first.click()
    p.expect(ours.locator(".trace .clause")).not_to_be_empty()
    assert not re.search(r"(蓝|黄|橙|红)色预警", p.duty.locator("#signals").inner_text()), (
        "our own signal is no warning"
    )


def the_response_is_raised_and_the_street_reports(p, storm):
    """The deputy commander decides before the reasons; the street takes a task on its phone and reports it without a network."""
    storm.to("20 11:00")
    p.duty.goto(f"{p.url}/responses/")
    p.duty.locator("a.title").first.click()
    named(p.deputy.locator("#home .todo li", has_text="III级应急响应"), "批准").click()
    reason = p.deputy.locator("#proposal tr[data-holds=true]", has_text="24小时雨量")
    p.expect(reason).to_contain_text(re.compile(r"\d mm（100% 面积）"))
    named(p.deputy.locator("#proposal"), "批准…").click()
    answer(p.deputy, "批准", note="同意")
    p.expect(p.deputy.locator("#proposal")).to_contain_text("已批准")
    p.expect(p.duty.locator("#response h1")).to_contain_text("III级")
    ours = p.duty.locator("#board li", has_text=GUCHENG).locator("a.cell", has_text=MOVING_OUT)
    p.expect(ours).to_contain_text("待签收")

    p.street.goto(f"{p.url}/phone/")
    p.street.locator(".big", has_text="我的任务").tap()
    card = p.street.locator("article.card", has_text=MOVING_OUT)
    card.get_by_role("button", name="签收").tap()
    p.expect(ours).to_contain_text("办理中")

    p.expect(card).to_contain_text("办理中")
    p.street.context.set_offline(True)
    card.get_by_role("button", name="办结", exact=True).first.tap()
    card.locator("[name=text]").fill("低洼平房住户转移完毕，无人滞留")
    card.locator("input[type=number]:visible").first.fill("83")
    card.locator("input[type=file]").first.set_input_files(a_photo(p.tmp))
    p.expect(card.locator(".attachments li")).to_have_count(1)
    card.locator("button.send").tap()
    p.expect(p.street.locator(".unsent")).to_have_text(re.compile(r"1\s*条未送达"))
    p.expect(ours).to_contain_text("办理中")
    p.street.context.set_offline(False)
    p.expect(p.street.locator(".unsent")).to_have_text(re.compile(r"0\s*条未送达"))
    p.expect(ours).to_contain_text("待核验")
    ours.click()
    p.expect(p.duty.locator("#task")).to_contain_text("低洼平房住户转移完毕")
    p.expect(p.duty.locator("#task .figures").first).to_contain_text("83")
    p.expect(p.duty.locator("#task .attachments li")).to_have_count(1)


def the_underpass_is_reported_up(p, storm):
    """A call is checked and becomes an incident; the report is signed in another browser and goes up; what comes later follows."""
    storm.to("20 11:40", "20 12:39")
    p.duty.goto(f"{p.url}/desk/")
    storm.to("20 12:40")
    call = p.duty.locator("#desk-waiting li", has_text="两辆车被困水中")
    named(call, "接报").click()
    chip = p.duty.locator("[data-recognised] input")
    seen = {"place": "古城街道古城南街下凹桥", "cars": "2", "trapped": "", "dead": ""}
    p.expect(chip.and_(p.duty.locator("[name=cars]"))).to_have_value("2")
    for name, value in seen.items():
        assert p.duty.locator(f"[data-recognised] [name={name}]").input_value() == value
    p.duty.locator("[data-recognised] [name=place]").fill("古城街道古城南街铁路下凹桥")
    p.duty.locator("form[data-intake] [data-submit]").click()
    at_hand = p.duty.locator("#desk-at-hand")
    p.expect(at_hand.locator("h1")).to_contain_text("古城南街铁路下凹桥")
    p.expect(at_hand).to_contain_text("被困 未知")
    p.expect(call).to_have_count(0)
    clock = at_hand.locator("[aria-label='报送时限'] li", has_text="市政府总值班室（电话）")
    p.expect(clock.locator(".clock")).to_have_text(re.compile(r"剩\s*\d+:\d\d"))
    clock.locator("summary").click()
    p.expect(clock.locator(".trace .clause")).not_to_be_empty()
    clock.locator("summary").click()

    due = p.duty.locator("#desk-due-list li", has_text="首报（书面）")
    named(due, "送签").click()
    p.expect(due).to_contain_text("待签发")
    p.leader.goto(f"{p.url}/")
    p.leader.locator("#home .todo").get_by_role("link", name=re.compile("情况的报告")).click()
    p.expect(p.leader.locator("#report")).to_contain_text("待核")
    named(p.leader.locator("#report"), "签发").click()
    p.expect(p.leader.locator("#report")).to_contain_text("已签发待发出")
    named(due, "登记发出").click()
    named(p.duty.locator("#report"), "登记发出…").click()
    answer(p.duty, "登记发出", means="system", received_by="对方值班员")
    p.expect(p.duty.locator("#report header .state").first).to_have_text("已发出")
    p.duty.goto(f"{p.url}/desk/")
    p.expect(at_hand).to_contain_text(re.compile(r"已报送 \d+ 处"))
    p.expect(p.leader.locator("#report")).to_contain_text("按时")

    # What the street says next belongs to the same: one press joins it, and the follow-up report goes the same way.
    storm.to("20 13:05")
    named(p.duty.locator("#desk-waiting li", has_text="13时05分"), "接报").click()
    named(p.duty.locator("[data-duplicates]"), "并入").click()
    p.expect(at_hand).to_contain_text("积水深度 60 厘米")
    named(p.duty.locator("#desk-due-list li", has_text="续报（书面）"), "起草").click()
    p.expect(p.duty.locator("#report")).to_contain_text("续报")
    p.expect(p.duty.locator("#report textarea", has_text="60").first).to_be_visible()
    named(p.duty.locator("#report"), "送签").click()
    p.expect(p.duty.locator("#report header .state").first).to_have_text("待签发")
    p.leader.goto(f"{p.url}/")
    named(p.leader.locator("#home .todo li", has_text="续报"), "签发").click()
    named(p.leader.locator("#report"), "签发").click()
    named(p.duty.locator("#report"), "登记发出…").click()
    answer(p.duty, "登记发出", means="system")
    p.expect(p.duty.locator("#report")).to_contain_text("已发出")


def the_shelter_fills(p, storm):
    """The street opens a shelter and counts; the totals on the duty officer's page follow by themselves."""
    storm.to("20 14:05")
    p.duty.goto(f"{p.url}/shelters/")
    totals = p.duty.locator("#shelters .figures").first
    p.street.goto(f"{p.url}/shelters/")
    named(p.street.locator("#shelters li", has_text=SHELTER), "开放").tap()
    p.expect(p.duty.locator("#open tbody tr", has_text=SHELTER)).to_contain_text("未清点")
    named(p.street.locator("#open tbody tr", has_text=SHELTER), "清点人数…").tap()
    answer(p.street, "清点人数", people="68", note="老人 12 人")
    p.expect(p.duty.locator("#open tbody tr", has_text=SHELTER).locator("td.n").first).to_have_text("68")
    p.expect(totals).to_contain_text(re.compile(r"在场人数\s*68"))


def strangers_see_nothing(p, browser):
    """Another street has none of Gucheng's tasks and cannot open them; a grid worker has the own tasks and no desk."""
    tasks = p.street.goto(f"{p.url}/tasks/") and p.street.locator("#tasks a[href^='/tasks/']")
    address = tasks.first.get_attribute("href")
    bajiao = sit_down(browser, p.url, OTHERS[0], PASSWORD)
    bajiao.goto(f"{p.url}/tasks/")
    assert GUCHENG not in bajiao.locator("#tasks").inner_text()
    assert bajiao.goto(f"{p.url}{address}").status == 404
    bajiao.context.close()
    grid = sit_down(browser, p.url, OTHERS[1], PASSWORD, phone=True)
    assert grid.goto(f"{p.url}{address}").status == 404
    for closed in ("/desk/", "/proposals/"):
        assert grid.goto(f"{p.url}{closed}").status in (403, 404), closed
    grid.context.close()


def the_commander_raises_and_ends_it(p, storm):
    """II is the commander's. When the rain is over the incident is closed, the response lowered and ended by the same hand."""
    storm.to("20 15:55", "20 17:00")
    named(p.commander.locator("#home .todo li", has_text="II级应急响应"), "批准").click()
    named(p.commander.locator("#proposal"), "批准…").click()
    answer(p.commander, "批准")
    p.expect(p.commander.locator("#proposal")).to_contain_text("已批准")

    # To close it is offered to who may, and to nobody else; the same with the response.
    for page in (p.duty, p.leader):
        page.goto(f"{p.url}/incidents/")
        page.get_by_role("link", name=re.compile("下凹桥")).first.click()
        p.expect(page.locator("#incident-head")).to_contain_text("110107-20160720-001")
    p.expect(p.duty.get_by_role("button", name="结束事件…")).to_have_count(0)
    named(p.leader.locator("#incident-head"), "核实…").click()
    answer(p.leader, "核实", how="电话回拨街道值班室")
    named(p.leader.locator("#incident-head"), "结束事件…").click()
    answer(p.leader, "结束事件", conclusion="积水排干，人员安全，道路恢复通行")
    p.expect(p.leader.locator("#incident-head")).to_contain_text("已结束")

    storm.to("20 21:00", "20 21:30", "21 02:30")
    for page in (p.duty, p.street):
        page.goto(f"{p.url}/responses/")
        page.locator("a.title").first.click()
        p.expect(page.locator("#response h1")).to_contain_text("II级")
    p.expect(p.street.get_by_role("button", name="终止…")).to_have_count(0)
    change(p, "降低", level="III", reason="暴雨橙色预警已降级，雨势明显减弱")
    p.expect(p.duty.locator("#response h1")).to_contain_text("III级")
    storm.to("21 06:30", "21 09:30")
    change(p, "终止", reason="预警已解除，积水排干", checked="值班室电话核实：预警解除，积水点全部排干")
    p.expect(p.duty.locator("#response header .state").first).to_have_text("已终止")


def change(p, what, **words):
    """The commander's order on the response board."""
    p.commander.goto(f"{p.url}/responses/")
    p.commander.locator("a.title").first.click()
    named(p.commander.locator("#response"), f"{what}…").click()
    answer(p.commander, what, **words)


def the_paper_is_made(p):
    """One press makes the after-action report; both papers are what they say they are."""
    p.duty.goto(f"{p.url}/review/")
    row = p.duty.locator("#reports > section > ul > li", has_text="应急响应").first
    named(row, "生成评估报告").click()
    words = fetched(p.duty, p.duty.locator("#reports a[title$='.docx']").first)
    assert "word/document.xml" in zipfile.ZipFile(io.BytesIO(words)).namelist()
    printed = fetched(p.duty, p.duty.locator("#reports a[title$='.pdf']").first)
    assert printed.startswith(b"%PDF")


def fetched(page, link):
    with page.expect_download() as waiting:
        link.click()
    return waiting.value.path().read_bytes()


def a_photo(folder):
    from PIL import Image

    file = folder / "现场.jpg"
    Image.new("RGB", (640, 480), "grey").save(file)
    return str(file)
