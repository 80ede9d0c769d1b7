"""An enterprise files its plan by its own account: handed in, returned with what is missing, completed, filed with a number."""

from __future__ import annotations

import io

import pytest
from django.urls import reverse

from anlan.kernel.days import working_term_end

from .test_importing import paper
from .test_plan_pages import browser, text_of  # noqa: F401

pytestmark = pytest.mark.django_db
ALL = ["form", "review", "text", "risk"]


def step(filing, name):
    return reverse("loop-step", args=["decision.plan_filing", filing.pk, name])


def test_an_enterprise_hands_its_plan_in_and_the_bureau_files_it_or_says_what_is_missing(browser, district):  # noqa: F811
    from anlan.decision.models import PlanFiling

    unit = browser("yuanqu")
    given = {"title": "园区综合应急预案", "kind": "overall", "published_on": "2026-01-05", "materials": ALL[:2]}
    assert unit.post("/plan-filings/", given | {"published_on": "2099-01-01"}).status_code in (400, 422)
    assert unit.post("/plan-filings/", given).status_code == 302
    filing = PlanFiling.everything.get()
    assert filing.due_at == working_term_end(filing.opened_at, 5), "five working days (办法 第28条)"
    upload = io.BytesIO(paper())
    upload.name = "园区综合应急预案.docx"
    assert unit.post(f"/attach/decision.plan_filing/{filing.pk}/", {"file": upload}).status_code in (201, 302)
    assert unit.post(step(filing, "accept"), {"filing_number": "1"}).status_code in (403, 404), "not by itself"
    from anlan.places.models import Organisation, Post

    street = Organisation.objects.get(pk="sjs.unit.park").region
    Post.objects.filter(organisation_id="sjs.unit.site").update(region=street, scope=street.path)
    assert browser("jikeng").get(f"/plan-filings/{filing.pk}/").status_code == 404, (
        "not a neighbour's in the same street"
    )
    assert "园区综合应急预案" not in text_of(browser("jikeng").get("/plan-filings/"))
    office = browser("fangban")
    page = text_of(office.get(f"/plan-filings/{filing.pk}/"))
    assert "缺 2 项" in page
    assert "园区综合应急预案.docx" in page
    refused = office.post(step(filing, "accept"), {"filing_number": "示例备〔2026〕1号"})
    assert "应急预案电子文档、风险评估结果和应急资源调查清单" in text_of(refused)
    assert office.post(step(filing, "return"), {"missing": "缺电子文档和风险评估结果"}).status_code in (200, 302)
    unit = browser("yuanqu")
    assert "缺电子文档和风险评估结果" in text_of(unit.get(f"/plan-filings/{filing.pk}/"))
    assert unit.post(step(filing, "complete"), {"note": "已补齐"}).status_code in (200, 302)
    assert browser("fangban").post(step(filing, "accept"), {"filing_number": "示例备〔2026〕1号"}).status_code in (
        200,
        302,
    )
    filing.refresh_from_db()
    assert (filing.state, filing.filing_number, filing.refile_by.year - filing.filed_at.year) == (
        "filed",
        "示例备〔2026〕1号",
        3,
    )
    assert "重新备案" in text_of(browser("yuanqu").get(f"/plan-filings/{filing.pk}/"))
    assert browser("shuiwu").get(f"/plan-filings/{filing.pk}/").status_code in (403, 404)
    assert browser("shuiwu").post("/plan-filings/", given).status_code in (403, 404)
