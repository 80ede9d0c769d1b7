"""First, continued and final reports in official wording; the unknown is named 待核, never written as none."""

from __future__ import annotations

import pytest

from anlan.command.data.reporting_deadlines import shipped_reporting
from anlan.command.intake.first_report import compose_report, missing_elements

FACTS = {
    "time": "2016-07-20T12:40:00+08:00",
    "report_time": "2016-07-20T12:45:00+08:00",
    "reporter": "古城街道值班员(示例)",
    "source": "sub_district",
    "region": "古城街道",
    "place": "古城南路铁路桥下",
    "kind": "X1101",
    "kind_zh": "城市积水/下凹桥区",
    "dead": 0,
    "injured": 0,
    "cars": 2,
    "water_depth_cm": 60,
    "grade": "一般",
    "measures": ["封闭道路", "调派泵车2台"],
    "addressees": ["区委总值班室", "区政府总值班室"],
}


def said(document, heading):
    return next((p["text"] for p in document["paragraphs"] if p["heading"] == heading), "")


def test_the_first_report_says_what_is_known():
    report = compose_report(FACTS)
    assert report["title"] == "关于古城南路铁路桥下城市积水情况的报告"
    assert report["addressee"] == "区委总值班室、区政府总值班室"
    assert said(report, "基本情况") == (
        "2016年7月20日12时40分，在古城街道古城南路铁路桥下发生城市积水。12时45分接古城街道值班员(示例)报告。最大积水深度约60厘米。"
    )
    assert said(report, "已采取措施") == "一是封闭道路；二是调派泵车2台。"


def test_unknown_people_are_to_be_verified_and_known_zero_is_said():
    losses = said(compose_report(FACTS), "人员伤亡和损失情况")
    assert losses == "无人员死亡、受伤；失联、被困人数待核。涉及车辆2辆。"


def test_missing_elements_are_listed_and_block_nothing():
    report = compose_report(FACTS)
    keys = [item["key"] for item in report["missing"]]
    assert keys == ["course", "casualties", "evacuated", "affected", "trend", "needs", "leader", "signer"]
    assert "伤亡失联（失联、重伤、被困人数不明）" in said(report, "待核要素")
    assert "签发人" not in said(report, "待核要素")


def test_nothing_known_still_gives_a_report():
    report = compose_report({})
    assert said(report, "基本情况") == "事发时间待核，（地点待核）发生突发事件（类型待核）。"
    assert said(report, "人员伤亡和损失情况").startswith("死亡、失联、受伤、被困人数待核。")
    required = {e.key for e in shipped_reporting().required_at("first")}
    assert {item["key"] for item in report["missing"]} == required


@pytest.mark.parametrize("stage", ["first", "continue", "final"])
def test_a_complete_report_misses_nothing(stage):
    full = {element.key: "有" for element in shipped_reporting().elements.values()} | FACTS
    full |= {"missing": 0, "trapped": 0, "seriously_injured": 0, "evacuated": 0, "loss": 3}
    assert missing_elements(full, stage) == []
    assert said(compose_report(full, stage=stage), "待核要素") == ""


def test_an_accident_needs_the_profile_of_the_unit_and_a_flood_does_not():
    assert "unit_profile" not in {m["key"] for m in missing_elements(FACTS | {"kind": "11A02"}, "first")}
    assert "unit_profile" in {m["key"] for m in missing_elements(FACTS | {"kind": "12D02"}, "first")}


def test_the_continued_report_is_numbered_and_tells_the_news_and_the_response():
    report = compose_report(FACTS | {"changes": "积水降至20厘米", "response_level": "Ⅲ级"}, stage="continue", number=2)
    assert report["title"].endswith("情况的续报（二）")
    assert said(report, "最新进展") == "积水降至20厘米"
    assert "已启动Ⅲ级应急响应。" in said(report, "初步研判")


def test_the_final_report_closes():
    report = compose_report(FACTS | {"dead": 1, "loss": 12}, stage="final")
    assert report["title"].endswith("处置情况的终报")
    assert "经核定，死亡1人" in said(report, "人员伤亡和损失情况")
    assert said(report, "下一步工作") == "本事件处置结束，特此终报。"


def test_an_exercise_is_marked_in_the_title():
    assert compose_report(FACTS | {"exercise": True})["title"].startswith("【演练】")


@pytest.mark.parametrize("value", [-1, 1.5, "3", True])
def test_a_count_that_is_no_count_is_refused(value):
    with pytest.raises(ValueError, match="dead"):
        compose_report(FACTS | {"dead": value})


def test_a_stage_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="stage"):
        compose_report(FACTS, stage="second")
