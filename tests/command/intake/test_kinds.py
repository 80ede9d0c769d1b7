"""The kind of event, by its words; the codes are those of the shipped table of kinds."""

from __future__ import annotations

from pathlib import Path

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
        # seldom ones, by things and what became of them
        ("桥面裂了个大口子", "12P04"),
        ("铝厂钢水包漏了", "X1212"),
        ("地铁里有人跳下站台", "12L04"),
        ("三轮在道口让火车撞了", "12K03"),
        ("收割机把人腿绞进去了", "12R02"),
        ("丢了一枚放射源", "12T03"),
        ("打完疫苗五个孩子起疹子", "13B02"),
        ("银行门口排了老长的队要取钱，说是要倒闭", "14C01"),
        ("配电房着火", "12P08"),
        ("隧道里一辆车烧起来了", "12G07"),
        ("发生压力容器事故", "12N02"),
        ("物业的仨人下去掏化粪池，第三个背人也倒里头了", "X1202"),
        # what was used, and what did not happen, names nothing
        ("积水路段乘客由消防用橡皮艇转运", "X1101"),
        ("老山自行车馆门口有人摔倒", None),
        ("变压器烧毁停电，无人员被困电梯", "12P08"),
        ("明天开展危化品泄漏演练", None),
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


def test_every_kind_that_has_a_name_of_its_own_is_reached():
    """Those called 其他 and the groups' own leftovers are for the officer to choose."""
    kinds = yaml.safe_load((Path(analysis_data.__file__).parent / "incident_types.yaml").read_text("utf-8"))
    known = {kind.code for kind in table().kinds}
    listed = [*kinds["types"]["items"], *kinds["own_types"]["items"]]
    assert [k["zh"] for k in listed if k["code"] not in known and not k["zh"].startswith("其他")] == ["行驶事故"]
