"""Plain texts of warning signals are taken apart; what they do not say stays unknown."""

from __future__ import annotations

import csv
from datetime import datetime

import pytest

from anlan.warning.signal_text import BEIJING, parse_signal_text

NOW = datetime(2016, 7, 20, 18, 0, tzinfo=BEIJING)


def read(text: str):
    return parse_signal_text(text, now=NOW, issuer_place="北京")


def test_a_rainstorm_signal():
    warning = read(
        "北京市气象台2016年07月20日10时35分发布暴雨橙色预警信号,预计20日11时至21日02时，本市大部分地区小时雨量可达50毫米以上，"
        "请注意防范。防御指南：1.低洼地带注意积水；2.减少外出。（预警信息来源：国家预警信息发布中心）"
    )
    assert warning.issuer == "北京市气象台"
    assert warning.sent == datetime(2016, 7, 20, 10, 35, tzinfo=BEIJING)
    assert (warning.hazard, warning.colour, warning.level) == ("rainstorm", "orange", 2)
    assert (warning.action, warning.msg_type) == ("发布", "Alert")
    assert warning.area_names == ("本市",)
    assert warning.instruction == "1.低洼地带注意积水；2.减少外出。"
    assert warning.text.endswith("请注意防范。")
    assert warning.event_code == "11B03"
    assert set(warning.unknown) == {"expires"}


@pytest.mark.parametrize(
    ("text", "action", "colour", "before", "kind"),
    [
        ("市气象台7月20日10时35分将暴雨黄色预警信号升级为橙色预警信号", "升级", "orange", "yellow", "Update"),
        ("市气象台7月20日16时将暴雨橙色预警信号降级为黄色预警信号", "降级", "yellow", "orange", "Update"),
        ("市气象台20日10时35分继续发布暴雨蓝色预警信号", "继续", "blue", None, "Update"),
        ("市气象台20日10:35变更发布暴雨红色预警信号", "变更", "red", None, "Update"),
        ("市气象台2016-07-20 17:00解除暴雨橙色预警信号", "解除", "orange", None, "Cancel"),
        ("市气象台20日17时00分撤销暴雨橙色预警", "解除", "orange", None, "Cancel"),
        ("市规划自然资源委与市气象局20日11时联合发布地质灾害Ⅱ级预警", "发布", "orange", None, "Alert"),
    ],
)
def test_what_is_done_with_the_signal(text, action, colour, before, kind):
    warning = read(text)
    assert (warning.action, warning.colour, warning.previous_colour, warning.msg_type) == (action, colour, before, kind)
    assert warning.sent.date() == NOW.date()


@pytest.mark.parametrize(
    ("text", "hazard"),
    [
        ("某区气象台2024年1月2日3时4分发布道路结冰黄色预警", "icyroad"),
        ("某区气象台2024年1月2日3时4分发布雷雨大风橙色预警", "thunder_gale"),
        ("某区气象台2024年1月2日3时4分发布森林火险红色预警", "forest_fire"),
        ("某市水务局2024年1月2日3时4分发布城市内涝黄色预警", "waterlog"),
        ("某市水务局2024年1月2日3时4分发布山洪灾害橙色预警", "flash_flood"),
        ("某市2024年1月2日3时4分发布空气重污染橙色预警", "air"),
        ("某海洋预报台2024年1月2日3时4分发布风暴潮蓝色预警", "storm_surge"),
        ("某气象台2024年1月2日3时4分发布台风白色预警", "typhoon"),
    ],
)
def test_the_hazard_with_the_longest_name_is_meant(text, hazard):
    assert read(text).hazard == hazard


def test_the_issuer_of_a_joint_warning_is_both():
    warning = read("市规划自然资源委与市气象局20日11时联合发布地质灾害橙色预警")
    assert warning.issuer == "北京市规划自然资源委与北京市气象局"


def test_a_text_that_is_no_signal_leaves_everything_unknown_with_reasons():
    warning = read("今天天气不错，大家辛苦了")
    assert (warning.issuer, warning.sent, warning.hazard, warning.colour, warning.action) == (None,) * 5
    assert {"issuer", "sent", "hazard", "colour", "action", "area_names"} <= set(warning.unknown)
    assert all(warning.unknown.values())


def test_a_date_that_does_not_exist_is_unknown_not_an_error():
    warning = read("市气象台2016年02月30日10时35分发布暴雨橙色预警信号")
    assert warning.sent is None
    assert "不存在" in warning.unknown["sent"]


def test_without_a_clock_a_short_date_stays_unknown():
    warning = parse_signal_text("市气象台20日10时35分发布暴雨橙色预警信号")
    assert warning.sent is None
    assert "没有写年月" in warning.unknown["sent"]


def test_a_short_date_is_the_latest_one_that_has_come():
    in_january = datetime(2017, 1, 1, 0, 30, tzinfo=BEIJING)
    warning = parse_signal_text("市气象台31日22时发布大雾橙色预警信号", now=in_january)
    assert warning.sent == datetime(2016, 12, 31, 22, 0, tzinfo=BEIJING)


def test_an_exercise_is_never_live():
    assert not read("【演练】北京市气象台2016年07月20日10时35分发布暴雨橙色预警信号").live


def test_endless_text_is_refused():
    with pytest.raises(ValueError, match="exceeds"):
        read("暴雨" * 20_000)


def test_real_texts(shared):
    with (shared / "data/04_meteo_hydro/warning_texts.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        received = datetime.fromisoformat(row["issued_local"]).replace(tzinfo=BEIJING)
        warning = parse_signal_text(row["text"], now=received, issuer_place="北京")
        assert warning.hazard_zh == row["event"], row["text"]
        assert {"red": "红", "orange": "橙", "yellow": "黄", "blue": "蓝", "white": "白"}[warning.colour] == row[
            "colour"
        ][0]
        # one row was catalogued by its arrival, six minutes after the time written in the text
        assert abs((warning.sent - received).total_seconds()) <= 600, row["text"]
        assert warning.issuer.replace("气象台", "气象局") == row["issuer"].replace("气象台", "气象局")
    assert len(rows) == 19


def test_real_titles(shared):
    with (shared / "data/04_meteo_hydro/nmc_alarm_list.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            warning = parse_signal_text(row["title"])
            level = {"001": "red", "002": "orange", "003": "yellow", "004": "blue"}[row["icon_code"][-3:]]
            assert warning.colour == level
            assert warning.hazard == {"0002": "rainstorm", "0021": "geo_risk"}[row["icon_code"][1:5]]
            assert row["title"].startswith(warning.issuer)
            assert warning.sent is None
