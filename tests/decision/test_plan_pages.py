"""Pages of plans: to read, compare, print, try, carry as a card, and to write a plan of one's own."""

from __future__ import annotations

import io
import re

import pytest
from django.urls import reverse
from docx import Document as Docx

from anlan.decision.data.response_levels import shipped_plan_data
from anlan.decision.drafting import filled, form_of

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
    names = re.findall(r'name="(III\.leaf\.\d+\.value)" value="50"', page)
    given = {"edition": "1", "zh": "石景山区防汛应急预案", names[0]: "45"}
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


def test_the_form_gives_back_what_it_was_given_and_changes_only_what_was_filled_in():
    for data in shipped_plan_data():
        form = form_of(data)
        fields = {leaf["name"]: str(leaf["value"]) for lv in form["levels"] for leaf in lv["leaves"]}
        fields |= {f"{lv['level']}.report": str(lv["report"]) for lv in form["levels"]}
        for lv in form["levels"]:
            fields[f"{lv['level']}.cards"] = "1"
            for c in lv["cards"]:
                keys = {"zh": "zh", "role": "role", "t0": "t0", "within": "within"}
                fields |= {f"{lv['level']}.card.{c['n']}.{k}": str(c[v]) for k, v in keys.items()}
        assert filled(data, fields) == data
    changed = filled(shipped_plan_data()[0], {"IV.cards": "1", "IV.card.0.gone": "1", "downgrade": "雨停\n雨停\n水退"})
    level = next(lv for lv in changed["levels"] if lv["level"] == "IV")
    assert "t_verify" not in {c["id"] for c in level["tasks"]}
    assert changed["downgrade"] == ["雨停", "水退"]


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
