"""Pages of plans: to read, compare, print, try, carry as a card, and to write a plan of one's own."""

from __future__ import annotations

import base64
import io
import re

import pytest
from django.urls import reverse
from docx import Document as Docx

from anlan.decision.checking import check_documents
from anlan.decision.data.response_levels import shipped_plan_data
from anlan.decision.drafting import LISTED, faults_of, filled, form_of, placed

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(district, client):
    """``browser("fangban")``: somebody signed in, at work."""
    from anlan.places.models import Person

    def sign_in(username):
        client.force_login(Person.objects.get(username=username))
        return client

    return sign_in


def shipped(hazard):
    from anlan.decision.models import PlanVersion

    return PlanVersion.everything.get(hazard=hazard, shipped=True)


def step(name, draft):
    return reverse("loop-step", args=["decision.plan_revision", draft.pk, name])


def text_of(answer):
    return re.sub(r"<[^>]+>", " ", answer.content.decode())


def test_every_shipped_plan_can_be_read_printed_tried_and_carried(browser):
    reader = browser("shuiwu")
    assert "各区县默认" in text_of(reader.get("/plans/"))
    for data in shipped_plan_data():
        plan = shipped(data["id"])
        said = text_of(reader.get(f"/plans/{plan.pk}/"))
        assert data["scope"] in said
        assert "建议值" in said or data["confidence"] != "low"
        assert "级别" in text_of(reader.get(f"/plans/{plan.pk}/try/"))
    plan = shipped("flood")
    paper = Docx(io.BytesIO(reader.get(f"/plans/{plan.pk}/paper.docx").content))
    assert "防汛应急预案" in "".join(p.text for p in paper.paragraphs)
    assert len(paper.tables) >= 6
    card = f"/plans/{plan.pk}/cards/town/"
    assert "危险区人员转移完毕" in text_of(reader.get(card))
    assert "<svg" in reader.get(card + "?print=1").content.decode()
    assert reader.get(f"/plans/{plan.pk}/cards/nobody/").status_code == 404


def test_a_plan_is_tried_on_a_typed_table_and_what_is_wrong_in_it_is_told(browser):
    plan = shipped("flood")
    table = "时间, 变量, 数值\n2016-07-20 09:00, 1小时雨量, 55\n2016-07-20 10:00, rain_1h_mm, 85\n昨天, 1小时雨量, 3\n"
    table += "2016-07-20 11:00, 青蛙, 3"
    said = text_of(browser("shuiwu").post(f"/plans/{plan.pk}/try/", {"event": table}))
    assert "启动 III" in said
    assert "提升 II" in said
    assert "第 4 行" in said
    assert "没有“青蛙”这个量" in said


def test_a_plan_is_tried_on_real_storms_past_incidents_and_a_table_filled_in_by_the_clock_of_the_place(
    browser, district
):
    from anlan.command.services import open_incident
    from anlan.places.identity import context_of
    from anlan.places.models import Person

    plan = shipped("flood")
    reader = browser("zhibanyuan")
    offered = text_of(reader.get(f"/plans/{plan.pk}/try/"))
    assert "2016-07-20 石景山实测暴雨" in offered
    stormed = text_of(reader.get(f"/plans/{plan.pk}/try/?past=real:rain-2016-07-20"))
    assert "启动 III" in stormed
    assert "07-20 12:00" in stormed
    typed = {"row.0.at": "2016-07-20 09:00", "row.0.var": "rain_1h_mm", "row.0.value": "55", "row.1.var": "waterlog_depth_cm",
             "row.1.value": "不详", "row.2.at": "2016-07-20 10:00", "row.2.var": "rain_1h_mm", "row.2.value": "85"}  # fmt: skip
    page = reader.post(f"/plans/{plan.pk}/try/", typed)
    assert "启动 III" in text_of(page)
    assert "提升 II" in text_of(page)
    assert 'value="2016-07-20 10:00"' in page.content.decode(), "what was filled in stands in the table"
    abroad = '{"time": "2016-07-20T01:00:00+00:00", "facts": {"rain_1h_mm": 55}}'
    said = text_of(reader.post(f"/plans/{plan.pk}/try/", {"event": abroad}))
    assert "07-20 09:00" in said
    assert "07-20 01:00" not in said
    ctx = context_of(Person.objects.get(username="zhibanyuan"))
    made = open_incident(ctx, text="古城街道某下凹桥下积水60厘米，两辆车被困")
    offered = text_of(reader.get(f"/plans/{plan.pk}/try/"))
    assert "过去的事件" in offered
    past = text_of(reader.get(f"/plans/{plan.pk}/try/?past=incident:{made.pk}"))
    assert "这些事实没有达到" in past or "启动" in past
    elsewhere = browser("bajiao").get(f"/plans/{plan.pk}/try/?past=incident:{made.pk}")
    assert elsewhere.status_code == 404


def test_a_bureau_writes_its_own_plan_from_the_shipped_one_to_approval_and_compares_them(browser):
    from anlan.decision.models import PlanRevision, PlanVersion

    office = browser("fangban")
    answer = office.post(
        "/plans/new/", {"model": "flood", "zh": "石景山区防汛应急预案", "id": "sjs-flood", "type": "special"}
    )
    draft = PlanRevision.everything.get()
    assert answer.headers["Location"] == f"/plans/drafts/{draft.pk}/"
    page = office.get(f"/plans/drafts/{draft.pk}/").content.decode()
    assert "没有错误，可以送审" in page
    row = next(r for r in form_of(draft.content)["levels"][1]["whens"] if r["var"] == "rain_1h_mm")
    assert f'name="III.when.{row["n"]}.value" value="50"' in page
    given = fields_of(draft.content) | {"edition": "1", f"III.when.{row['n']}.value": "45"}
    assert office.post(f"/plans/drafts/{draft.pk}/", given).status_code == 302
    assert office.post(f"/plans/drafts/{draft.pk}/", given).status_code == 409
    assert office.post(step("submit", draft), {"summary": "按本区排水能力核定"}).status_code in (200, 302)
    assert browser("zhihuizhang").post(step("approve", draft), {}).status_code in (200, 302)
    mine = PlanVersion.everything.get(key="sjs-flood")
    said = text_of(browser("shuiwu").get(f"/plans/{mine.pk}/compare/"))
    assert "1小时雨量 ≥ 50 mm" in said
    assert "1小时雨量 ≥ 45 mm" in said
    assert browser("shuiwu").get(f"/plans/drafts/{draft.pk}/").status_code == 404
    assert browser("shuiwu").post("/plans/new/", {"model": "flood"}).status_code == 403


def fields_of(content):
    """What a browser would send of the whole form: the same names that the page has."""
    form, sent = form_of(content), {}
    for level in form["levels"]:
        name = level["level"]
        sent |= {f"{name}.{key}": str(level[key]) for key in ("report", "source", "confidence", "approve", "role")}
        sent |= {f"{name}.whens": "1", f"{name}.cards": "1"}
        for row in level["whens"]:
            keys = ("group", "var", "op", "value", "max", "area", "over", "note")
            sent |= {f"{name}.when.{row['n']}.{key}": str(row[key]) for key in keys}
        for card in level["cards"]:
            keys = ("zh", "role", "t0", "within", "needs", "takes", "place", "steps")
            sent |= {f"{name}.card.{card['n']}.{key}": str(card[key]) for key in keys}
            if card["renew"]:
                sent[f"{name}.card.{card['n']}.renew"] = "1"
    for listed in LISTED:
        sent[f"{listed.name}.rows"] = "1"
        for row in form["tables"][listed.name]:
            for key in listed.fields:
                value = row[key]
                sent[f"{listed.name}.{row['n']}.{key}"] = value
                if isinstance(value, list):
                    sent[f"{listed.name}.{row['n']}.{key}.shown"] = "1"
    sent |= {key: text for key, text in form["texts"].items()} | {"variables": form["own"]}
    return sent | {key: text for key, text in form["lists"].items()}


def typed_in(content, **changed):
    sent = fields_of(content) | changed
    return filled(
        content,
        sent,
        lambda name: sent[name] if isinstance(sent.get(name), list) else [sent[name]] if name in sent else [],
    )


def test_the_form_gives_back_what_it_was_given_and_changes_only_what_was_filled_in():
    for data in shipped_plan_data():
        assert typed_in(data) == data
    changed = filled(shipped_plan_data()[0], {"IV.cards": "1", "IV.card.0.gone": "1", "downgrade": "雨停\n雨停\n水退"})
    level = next(lv for lv in changed["levels"] if lv["level"] == "IV")
    assert "t_verify" not in {c["id"] for c in level["tasks"]}
    assert changed["downgrade"] == ["雨停", "水退"]


def test_conditions_are_joined_anew_as_rows_and_a_row_typed_wrongly_is_told_beside_its_line():
    flood = shipped_plan_data()[0]
    rows = next(lv for lv in form_of(flood)["levels"] if lv["level"] == "III")["whens"]
    free = next(r["n"] for r in rows if not r["var"])
    hour = next(r for r in rows if r["var"] == "rain_1h_mm")
    joined = typed_in(flood, **{
        f"III.when.{free}.var": "relocated", f"III.when.{free}.op": ">=", f"III.when.{free}.value": "500",
        f"III.when.{free}.group": str(hour["group"]), f"III.when.{hour['n']}.value": "40",
    })  # fmt: skip
    ways = next(lv for lv in joined["levels"] if lv["level"] == "III")["triggers"]["any"]
    assert {
        "all": [
            {"var": "rain_1h_mm", "op": ">=", "value": 40, "unit": "mm"},
            {"var": "relocated", "op": ">=", "value": 500, "unit": "人"},
        ]
    } in ways
    assert faults_of(joined) == []
    wrong = typed_in(
        joined, **{f"III.when.{hour['n']}.value": "很大", "IV.when.0.var": "dike", "IV.when.0.value": "塌了"}
    )
    told = {f.where: f.what for f in faults_of(wrong)}
    assert told == {f"III.when.{hour['n']}": "“1小时雨量”没有填数值", "IV.when.0": "“堤防险情”没有“塌了”这个取值"}
    beside = placed(wrong, check_documents(wrong)["problems"])
    assert [p["code"] for p in beside[f"III.when.{hour['n']}"]] == ["bad_condition"]
    words = typed_in(flood, **{"IV.when.0.var": "dike", "IV.when.0.op": "==", "IV.when.0.value": "较大险情"})
    assert words["levels"][0]["triggers"]["any"][0] == {"var": "dike", "op": "==", "value": "较大险情"}
    stricter = placed(words, check_documents(words)["problems"])
    assert [p["code"] for p in stricter["IV.when.0"]] == ["same_as_higher"]


def test_cards_lists_and_levels_are_edited_in_the_page():
    flood = shipped_plan_data()[0]
    free = len(flood["levels"][0]["tasks"])
    lines = len(flood["notify"])
    changed = typed_in(flood, **{
        f"IV.card.{free}.zh": "巡查下凹桥", f"IV.card.{free}.role": "town", f"IV.card.{free}.within": "30",
        f"IV.card.{free}.needs": "1", f"IV.card.{free}.steps": "到点\n拍照", "notify.0.levels": ["III", "II"],
        f"notify.{lines}.role": "water", f"notify.{lines}.within_min": "15", "resources.0.quantity": "20", "resources.0.item": "pump_truck",
        "organisation.0.role": "town", "organisation.0.held_by": "古城街道、八角街道", "I.gone": "1",
        "annexes.0.title": "通讯录", "annexes.0.text": "见名册", "upper": "city-flood",
    })  # fmt: skip
    card = changed["levels"][0]["tasks"][-1]
    assert (card["zh"], card["needs"], card["steps"]) == ("巡查下凹桥", ["t_verify"], ["到点", "拍照"])
    assert [lv["level"] for lv in changed["levels"]] == ["IV", "III", "II"]
    assert set(changed["notify"][0]["levels"]) == {"III", "II"}
    assert (changed["notify"][-1]["role"], changed["notify"][-1]["within_min"]) == ("water", 15)
    assert (changed["resources"][0]["quantity"], changed["resources"][0]["item"]) == (20, "pump_truck")
    assert changed["organisation"][0]["held_by"] == ["古城街道", "八角街道"]
    assert (changed["annexes"], changed["upper"]) == ([{"title": "通讯录", "text": "见名册"}], "city-flood")
    again = filled(changed, {"level.add": "I"})
    assert [lv["level"] for lv in again["levels"]] == ["IV", "III", "II", "I"]
    assert form_of(again)["missing"] == []


def test_a_draft_is_written_in_the_page_with_its_findings_its_upper_plan_a_map_and_the_stores_compared(
    browser, district
):
    from anlan.decision.models import PlanRevision, PlanVersion
    from anlan.kernel.services.attachments import attachments_of
    from anlan.places.identity import context_of
    from anlan.places.models import Person

    office = browser("fangban")
    office.post("/plans/new/", {"model": "flood", "zh": "石景山区防汛应急预案", "id": "sjs-flood", "type": "special"})
    draft = PlanRevision.everything.get()
    address = f"/plans/drafts/{draft.pk}/"
    sent = fields_of(draft.content) | {
        "resources.0.quantity": "9000",
        "resources.0.item": "pump_truck",
        "resources.0.unit": "辆",
        "upper": "flood",
        "edition": "1",
    }
    assert office.post(address, sent).status_code == 302
    page = text_of(office.get(address))
    assert "本区仓库和队伍合计 0 辆，缺 9000 辆" in page
    assert "没有错误，可以送审" in page
    draft.refresh_from_db()
    hour = next(r for r in form_of(draft.content)["levels"][1]["whens"] if r["var"] == "rain_1h_mm")
    office.post(address, fields_of(draft.content) | {f"III.when.{hour['n']}.value": "", "edition": "2"})
    page = office.get(address).content.decode()
    assert page.index("“1小时雨量”没有填数值") < page.index("data-when"), "at the head, and again beside the line"
    assert page.count("“1小时雨量”没有填数值") == 2
    refused = office.post(step("submit", draft), {"summary": "送审"})
    assert "“1小时雨量”没有填数值" in text_of(refused)
    draft.refresh_from_db()
    office.post(address, fields_of(draft.content) | {f"III.when.{hour['n']}.value": "45", "edition": "3"})
    area = "116.18,39.90;116.20,39.90;116.20,39.92"
    assert "平方公里" in text_of(office.get(f"/plans/maps/new/?area={area}"))
    office.post("/plans/maps/new/", {"area": area, "draft": str(draft.pk), "title": "转移范围"})
    picture = io.BytesIO(PNG)
    picture.name = "转移路线.png"
    assert office.post(f"/attach/decision.plan_revision/{draft.pk}/", {"file": picture}).status_code in (201, 302)
    assert (
        browser("shuiwu")
        .post("/plans/maps/new/", {"area": area, "draft": str(draft.pk), "title": "转移范围"})
        .status_code
        == 403
    )
    office = browser("fangban")
    assert office.post(step("submit", draft), {"summary": "按本区排水能力核定"}).status_code in (200, 302)
    assert browser("zhihuizhang").post(step("approve", draft), {}).status_code in (200, 302)
    mine = PlanVersion.everything.get(key="sjs-flood")
    assert (mine.record.upper.code, mine.content["maps"][0]["title"], len(mine.content["maps"][0]["area"])) == (
        "flood",
        "转移范围",
        3,
    )
    reader = browser("shuiwu")
    said = text_of(reader.get(f"/plans/{mine.pk}/"))
    assert "转移范围" in said
    assert "转移路线.png" in said
    ctx = context_of(Person.objects.get(username="shuiwu"))
    (kept,) = attachments_of(ctx, object_type="decision.plan", object_id=mine.pk)
    assert reader.get(f"/attachment/{kept.pk}/").status_code == 200


def test_a_paper_plan_is_uploaded_and_proof_read_beside_its_words(browser):
    from anlan.decision.models import PlanRevision

    from .test_importing import paper

    office = browser("fangban")
    upload = io.BytesIO(paper())
    upload.name = "防汛预案.docx"
    answer = office.post("/plans/new/", {"id": "paper-flood", "type": "special", "file": upload})
    draft = PlanRevision.everything.get()
    assert answer.headers["Location"] == f"/plans/drafts/{draft.pk}/"
    assert (draft.imported_from, draft.record.title) == ("防汛预案.docx", "某区防汛应急预案")
    said = text_of(office.get(f"/plans/drafts/{draft.pk}/"))
    assert "1 段没有识别" in said
    assert "（2）河水变得很浑浊；" in said
    bad = io.BytesIO(b"no paper")
    bad.name = "坏.docx"
    refused = office.post("/plans/new/", {"id": "bad", "type": "special", "file": bad})
    assert refused.status_code == 422 or refused.status_code == 400
    assert "不是可以读取的 .docx" in text_of(refused)


def test_whoever_reviews_a_new_plan_reads_it_before_deciding(browser):
    from anlan.decision.models import PlanRevision

    office = browser("fangban")
    office.post("/plans/new/", {"model": "flood", "zh": "石景山区防汛应急预案", "id": "sjs-flood", "type": "special"})
    draft = PlanRevision.everything.get()
    office.post(step("submit", draft), {"summary": "按本区排水能力核定"})
    said = text_of(browser("zhihuizhang").get(f"/plans/drafts/{draft.pk}/"))
    assert "24小时雨量 ≥ 250 mm" in said
    assert "任务卡 30 张" in said
    assert "编修说明：按本区排水能力核定" in said
