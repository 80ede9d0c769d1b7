"""The kind of event, by its words; the codes are those of the shipped table of kinds."""

from __future__ import annotations

import pytest
import yaml

from anlan.analysis import data as analysis_data
from anlan.command.intake.kinds import recognise_kind, table


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("下凹桥积水", "X1101"),
        ("地下室进水", "11A02"),
        ("暴雨导致路面积水,两车被困", "X1101"),
        ("槽罐车侧翻液氨泄漏", "X1215"),
        ("居民楼5号楼着火", "12G03"),
        ("电动车充电起火", "X1204"),
        ("发生踩踏", "12S99"),
        ("电梯困人", "12N04"),
        ("食堂学生呕吐", "13B03"),
        ("水泥罐车侧翻压住轿车", "12H01"),
        ("小客车掉河里了", "12H03"),
        ("有人掉河里了", "X1218"),
        ("大货车与小客车相撞起火", "12H04"),
        ("充电宝炸了把沙发点着", "X1204"),
        ("老两口在家,煤炉中毒昏过去了", "13C03"),
        ("发生3.1级地震,未接到房屋倒塌报告", "11C02"),
        ("两辆车蹭了一下", "12H02"),
        ("排队的人被货车撞了,俩伤着了", "12H02"),
        ("化粪池清掏,下去的叫没人应", "X1202"),
        ("没有发生火灾", None),
        ("消防水箱没水", None),
        ("人找着了,搜救结束", None),
        ("是误报", None),
        ("喝多了来电", None),
    ],
)
def test_kind(text, code):
    assert recognise_kind(text).value == code


def test_other_kinds_that_were_named_are_offered():
    field = recognise_kind("大风刮倒广告牌砸中燃气管道,燃气泄漏")
    assert field.value == "X1201"
    assert {c["code"] for c in field.details["candidates"]} == {"X1210", "11B06"}


def test_every_code_is_one_of_the_shipped_kinds_or_their_groups():
    from importlib.resources import files

    shipped = yaml.safe_load(files(analysis_data).joinpath("incident_types.yaml").read_text("utf-8"))
    known = {item["code"] for part in shipped.values() if isinstance(part, list) for item in part if "code" in item}

    def walk(value):
        if isinstance(value, dict):
            if isinstance(value.get("code"), str):
                known.add(value["code"])
            for item in value.values():
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    walk(shipped)
    group = {code[:3] + "00" for code in known}
    unknown = {k.code for k in table().kinds if k.code not in known and k.code not in group}
    assert unknown <= {"12Y00"}
