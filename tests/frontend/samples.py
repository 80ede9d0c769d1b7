"""Sample contexts for the pages of the stage: what the rooms will give, written by hand."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from typing import Any

CST = timezone(timedelta(hours=8))
NOW = datetime(2016, 7, 20, 12, 44, 31, tzinfo=CST)
LONG_NAME = "石景山区八角街道古城南路西社区居民委员会（含古城南路二号院、三号院及地铁古城车辆段宿舍区）"


def after(minutes: float) -> str:
    return (NOW + timedelta(minutes=minutes)).isoformat()


NAV = [
    {"key": k, "glyph": g, "label": label, "url": url, "active": False, "count": n, "pages": pages}
    for k, g, label, url, n, pages in [
        ("home", "首", "首页", "/home/", 3, []),
        ("sense", "感", "感知", "/map/", None, [("一张图", "/map/"), ("监测站", "/style/")]),
        ("analyse", "分", "分析", "/style/", 2, []),
        ("decide", "决", "决策", "/style/", None, []),
        (
            "command",
            "指",
            "指挥",
            "/desk/",
            5,
            [("值班台", "/desk/"), ("响应看板", "/board/"), ("叫应", "/calls/")]
            + [(f"第 {n} 个页面", f"/style/?page={n}") for n in range(1, 32)],
        ),
        ("act", "行", "行动", "/style/", None, []),
        ("review", "评", "评估", "/style/", None, []),
        ("base", "库", "基础库", "/style/", None, []),
    ]
]
for _item in NAV:
    _item["pages"] = [{"label": label, "url": url} for label, url in _item["pages"]]
    _item["groups"] = [
        (name, _item["pages"][at : at + 12]) for at, name in ((0, _item["label"]), (12, "值守"), (24, "名册与规定"))
    ]
    _item["groups"] = [group for group in _item["groups"] if group[1]]

DUTY = [
    {"role": "带班", "name": "带班领导(示例)", "url": "/style/"},
    {"role": "值班长", "name": "值班长(示例)", "url": "/style/"},
    {"role": "值班员", "name": "值班员(示例)"},
]

TODO = [
    {
        "id": 1,
        "text": "首报 古城街道下凹桥积水",
        "where": "→ 市应急局 · 书面",
        "url": "/style/",
        "due": after(-3.2),
        "phase": "late",
        "action": {"label": "送签", "url": "/act/", "method": "post"},
    },
    {
        "id": 2,
        "text": "叫应 八角街道未应答 3 人",
        "where": "暴雨橙色预警",
        "url": "/calls/",
        "due": after(1.7),
        "action": {"label": "去叫应", "url": "/calls/"},
    },
    {
        "id": 3,
        "text": "确认防汛Ⅲ级响应建议",
        "where": "依据：3 小时 71.2 毫米",
        "url": "/style/",
        "due": after(14),
        "action": {"label": "审批", "url": "/style/"},
    },
    {
        "id": 4,
        "text": "处置反馈 水务局",
        "where": "抽排下凹桥积水",
        "url": "/style/",
        "due": after(82),
        "action": {"label": "催办", "url": "/act/", "method": "post"},
    },
    {
        "id": 5,
        "text": "核实 " + LONG_NAME + "转移人数",
        "where": "八角街道",
        "url": "/style/",
        "due": after(1600),
        "action": {"label": "核实", "url": "/style/"},
    },
]

BASIS = {
    "said": "拟启动防汛Ⅲ级响应",
    "clause": "《石景山区防汛应急预案》3.2：3 小时降雨达到 70 毫米且覆盖面积超过 30 %",
    "source": "示例预案",
    "version": "2024 版",
    "effective": "2024-06-01",
    "trace": [
        {"label": "3 小时降雨", "threshold": 70, "fact": 71.2, "unit": " 毫米", "result": "true"},
        {"label": "覆盖面积", "threshold": 30, "fact": 64, "unit": " %", "result": "true"},
        {"label": "被困人数", "threshold": 3, "fact": None, "unit": " 人", "result": "unknown"},
    ],
    "unknown": ["被困人数若达到 3 人，升为Ⅱ级"],
    "beaten": [{"label": "区级 2 小时书面报告", "clause": "第十二条"}],
}

EVIDENCE = [
    {
        "name": "depth",
        "label": "积水深度",
        "kind": "decimal",
        "required": True,
        "unit": "厘米",
        "minimum": 0,
        "maximum": 500,
        "help": "最深处",
    },
    {
        "name": "result",
        "label": "处置结果",
        "kind": "choice",
        "required": True,
        "choices": [("pumping", "正在抽排"), ("cleared", "已排空"), ("closed", "已封路")],
    },
    {"name": "photo", "label": "现场照片", "kind": "photo", "required": False},
    {"name": "note", "label": "说明", "kind": "longtext", "required": False, "max_length": 500},
]

ACTIONS = [
    {"name": "sign", "label": "送签", "url": "/act/", "method": "post", "main": True, "evidence": []},
    {"name": "feedback", "label": "反馈", "url": "/act/refuse/", "method": "post", "evidence": EVIDENCE},
    {
        "name": "close",
        "label": "结束",
        "url": "/act/",
        "method": "post",
        "evidence": [],
        "confirm": "结束后不能再派任务，确定结束？",
    },
]

TIMELINE = [
    {
        "id": 1,
        "day": "7 月 20 日",
        "at": after(-42),
        "text": "古城街道值班员（示例）电话报告：下凹桥积水，两车被困",
        "who": "值班员（示例）接报",
        "major": True,
    },
    {"id": 2, "at": after(-40), "text": "拟定为一般事件", "who": "平台", "basis": BASIS},
    {
        "id": 3,
        "at": after(-31),
        "text": "首报送市应急局",
        "who": "带班领导（示例）签发",
        "major": True,
        "attachments": [{"name": "首报.docx", "url": "/style/"}],
    },
    {"id": 4, "at": after(-12), "text": "水务局抢险队到场，泵车 1 台开始抽排", "who": "水务局（示例）"},
]


def ledger(rows: int) -> dict[str, Any]:
    return {
        "id": "ledger-demo",
        "title": "队伍",
        "count": rows,
        "page": 1,
        "pages": max(1, rows // 50),
        "next_url": "/style/?page=2" if rows > 50 else "",
        "columns": [
            {"key": "name", "label": "名称", "sort_url": "/style/?sort=name", "sorted": "ascending"},
            {"key": "scope", "label": "区划"},
            {"key": "people", "label": "人数", "numeric": True, "sort_url": "/style/?sort=people"},
            {"key": "state", "label": "状态"},
            {"key": "due", "label": "到场时限"},
            {"key": "seen", "label": "最近位置"},
            {"key": "note", "label": "备注", "hidden": True},
        ],
        "rows": [
            {
                "id": i,
                "url": "/style/",
                "phase": "late" if i == 0 else "",
                "cells": [
                    {"value": LONG_NAME if i == 1 else f"防汛抢险队 {i + 1}（示例）"},
                    {"value": "八角街道"},
                    {"value": None if i == 2 else 20 + i, "kind": "number"},
                    {"value": "超时未到" if i == 0 else "待命", "kind": "state", "phase": "late" if i == 0 else "open"},
                    {"value": after(i * 17 - 6), "kind": "due"},
                    {"value": after(-i * 11 - 1), "kind": "age"},
                    {"value": "—"},
                ],
            }
            for i in range(min(rows, 50))
        ],
        "search": {"url": "/style/", "q": ""},
        "filters": [{"label": "区划：八角街道", "remove_url": "/style/"}],
        "add_filters": [{"label": "状态", "options": [{"label": "待命", "url": "/style/"}]}],
        "views": [{"label": "全部", "url": "/style/", "active": True}, {"label": "我管的", "url": "/style/"}],
        "bulk": [{"label": "停用", "url": "/act/"}],
        "export_url": "/style/",
        "import_url": "/style/",
        "add_url": "/style/",
        "map_url": "/map/",
        "empty": {
            "title": "这里会列出应急队伍",
            "how": "可逐个新增，或用表格一次导入。",
            "url": "/style/",
            "action": "导入表格",
        },
    }


def storm_chart() -> dict[str, Any]:
    hours = [0.2, 0.4, 1.6, 3.1, 8.4, 12.7, 20.3, 24.6, 26.3, 18.1, 9.7, None, 4.2, 2.2, 1.0]
    points = [[after((i - 8) * 60), v] for i, v in enumerate(hours)]
    total, sums = 0.0, []
    for at, v in points:
        total += v or 0
        sums.append([at, None if v is None else round(total, 1)])
    return {
        "title": "古城站逐时降雨",
        "unit": "毫米",
        "zoom": False,
        "series": [{"name": "逐时", "kind": "bar", "points": points}, {"name": "累计", "kind": "line", "points": sums}],
        "lines": [{"label": "3 小时达到橙色标准", "value": 50}],
    }


SAMPLE: dict[str, Any] = {
    "levels": ["blue", "yellow", "orange", "red"],
    "states": [
        {"label": "待接收", "phase": "open"},
        {"label": "已送达", "phase": "waiting"},
        {"label": "处置中", "phase": "working"},
        {"label": "已办结", "phase": "done"},
        {"label": "已取消", "phase": "ended"},
        {"label": "超时", "phase": "late"},
    ],
    "clocks": [
        {"due": after(87)},
        {"due": after(4)},
        {"due": after(-1.7)},
        {"met": after(-20)},
        {"since": after(-33)},
        {},
    ],
    "figures": [
        {"name": "开放事件", "value": 2, "url": "/style/"},
        {"name": "被困", "value": None, "url": "/style/"},
        {"name": "已转移", "value": 412, "unit": "人", "of": "应转移 530", "url": "/style/"},
        {"name": "达到橙色标准", "value": 6, "unit": "站", "url": "/map/"},
    ],
    "todo": TODO,
    "actions": ACTIONS,
    "basis": BASIS,
    "timeline": TIMELINE,
    "fields": [
        *EVIDENCE,
        {
            "name": "when",
            "label": "发生时间",
            "kind": "datetime",
            "required": True,
            "fault": "时间写成 2016-07-20 12:40 的样子",
            "value": "昨天",
        },
        {
            "name": "level",
            "label": "预警级别",
            "kind": "level",
            "required": True,
            "choices": [("blue", "蓝色"), ("yellow", "黄色"), ("orange", "橙色"), ("red", "红色")],
        },
    ],
    "attachments": [
        {"name": "下凹桥现场.jpg", "url": "/style/", "size": "1.2 MB"},
        {"name": "值班电话录音（12 时 40 分，古城街道办事处值班室来电）.mp3", "url": "/style/"},
    ],
    "people": [
        {"name": "社区书记（示例）", "post": "古城南路社区", "phone": "13800000000", "url": "/style/"},
        {"name": "抢险队长（示例）", "phone": "01088000000"},
    ],
    "tabs": [
        {"label": "办理", "url": "#", "active": True, "count": 3},
        {"label": "资源", "url": "#", "count": 12},
        {"label": "文书", "url": "#"},
    ],
    "ledger": ledger(120),
    "chart": storm_chart(),
}

ACCOUNTS = [
    {"post": p, "username": u, "password": "stage-only", "place": w}
    for p, u, w in [
        ("值班员", "duty", "区应急局"),
        ("带班领导", "leader", "区应急局"),
        ("指挥长", "chief", "区防指"),
        ("街道值班", "gucheng", "古城街道"),
        ("社区书记", "secretary", "古城南路社区"),
    ]
]

PLACES = [
    ("古城", 116.185, 39.907),
    ("八角", 116.205, 39.905),
    ("鲁谷", 116.235, 39.898),
    ("苹果园", 116.178, 39.925),
    ("金顶街", 116.163, 39.930),
    ("五里坨", 116.105, 39.950),
    ("老山", 116.225, 39.912),
    ("八宝山", 116.243, 39.910),
    ("广宁", 116.130, 39.935),
]


def ring(lon: float, lat: float, r: float, n: int = 24, wobble: float = 0.18) -> list[list[float]]:
    corners = [
        [
            lon + r * 1.3 * math.cos(2 * math.pi * i / n) * (1 + wobble * math.sin(3 * i)),
            lat + r * math.sin(2 * math.pi * i / n) * (1 + wobble * math.cos(2 * i)),
        ]
        for i in range(n)
    ]
    return [*corners, corners[0]]


def collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}


def point(key: str, lon: float, lat: float, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"id": key, **properties},
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
    }


#: An imagined district: the stage draws no real border.
OUTLINE = collection(
    [
        {
            "type": "Feature",
            "properties": {"name": "示例区"},
            "geometry": {"type": "Polygon", "coordinates": [ring(116.18, 39.92, 0.055, wobble=0.08)]},
        }
    ]
)

LAYERS: dict[str, dict[str, Any]] = {
    "rain": collection(
        [
            point(
                f"r{i}",
                lon + 0.004,
                lat + 0.004,
                name=f"{n}站",
                value=[26.3, 19.2, 12, 8.8, None, 2.4, 35.6, 52.1, 0][i],
            )
            for i, (n, lon, lat) in enumerate(PLACES)
        ]
    ),
    "teams": collection(
        [
            point(f"t{i}", lon - 0.005, lat - 0.003, name=f"抢险队 {i + 1}", accuracy_m=400 if i % 2 else 0)
            for i, (_n, lon, lat) in enumerate(PLACES)
        ]
    ),
    "shelters": collection(
        [point(f"s{i}", lon + 0.003, lat - 0.006, name=f"{n}避难所") for i, (n, lon, lat) in enumerate(PLACES)]
    ),
    "incidents": collection([point("i1", 116.187, 39.903, name="下凹桥积水", late=True)]),
    "warnings": collection(
        [
            {
                "type": "Feature",
                "properties": {"id": "w1", "level": "orange", "name": "暴雨橙色预警"},
                "geometry": {"type": "Polygon", "coordinates": [ring(116.2, 39.91, 0.03)]},
            }
        ]
    ),
    "many": collection(
        [
            point(f"m{i}", 116.1 + 0.17 * ((i * 0.6180339) % 1), 39.88 + 0.08 * ((i * 0.7548776) % 1), name=f"单位 {i}")
            for i in range(10_000)
        ]
    ),
}


def map_config(**more: Any) -> dict[str, Any]:
    def layer(key: str, title: str, stage: str, **rest: Any) -> dict[str, Any]:
        return {
            "id": key,
            "title": title,
            "stage": stage,
            "source": {"type": "geojson", "url": f"/map/layer/{key}/"},
            "count": len(LAYERS[key]["features"]),
            **rest,
        }

    return {
        "bounds": [116.09, 39.86, 116.27, 39.98],
        "base": [
            {"id": "land", "type": "geojson", "url": "/map/base/outline/", "kind": "land"},
            {"id": "places", "type": "geojson", "url": "/map/base/places/", "kind": "place", "label": "name"},
        ],
        "layers": [
            layer("rain", "雨量站", "sense", kind="measured", unit="毫米/时", live="sensing.reading.*"),
            layer("warnings", "生效预警", "warn", kind="area", level="level", live="warning.>"),
            layer("incidents", "当前事件", "command", symbol="报", shape="diamond", live="command.incident.>"),
            layer("teams", "队伍", "act", symbol="队", shape="square"),
            layer("shelters", "避难场所", "base", symbol="避", shape="circle"),
            layer("many", "企业", "base", symbol="企", shape="square", shown=False),
        ],
        "inspect_url": "/map/inspect/",
        "within_url": "/map/within/",
        "time": {
            "from": after(-720),
            "to": after(240),
            "now": after(0),
            "events": [{"at": after(-420), "label": "暴雨橙色预警"}, {"at": after(-42), "label": "下凹桥积水"}],
        },
        **more,
    }


def phone_data(person: str) -> dict[str, Any]:
    return {
        "as_of": datetime.now(CST).isoformat(),
        "clock": {"now": datetime.now(CST).isoformat(), "rate": 1, "anchor": datetime.now(CST).isoformat()},
        "person": {"key": person, "name": "社区书记（示例）", "post": "古城南路社区"},
        "exercise": "2016·7·20 暴雨",
        "kinds": [
            {"code": c, "label": n}
            for c, n in [
                ("11A", "积水"),
                ("11B", "房屋漏雨"),
                ("11C", "滑坡迹象"),
                ("11D", "有人被困"),
                ("11E", "停电"),
                ("11Z", "其他"),
            ]
        ],
        "villages": [
            {"code": str(i), "name": f"{n}社区", "lon": lon, "lat": lat} for i, (n, lon, lat) in enumerate(PLACES)
        ],
        "outline": OUTLINE,
        "tasks": [
            {
                "id": "k1",
                "title": "巡查下凹桥并拍照",
                "place": "古城大街下凹桥",
                "detail": "发现积水超过 27 厘米立即封路",
                "due": (datetime.now(CST) + timedelta(minutes=-2)).isoformat(),
                "state": "open",
                "state_label": "待接收",
                "fields": [{"name": "depth", "label": "水深", "kind": "int", "unit": "厘米", "required": True}],
                "steps": [
                    {"name": "accept", "label": "接收", "main": True},
                    {"name": "feedback", "label": "反馈", "evidence": True},
                ],
            }
        ],
        "calls": [
            {
                "id": "c1",
                "title": "暴雨橙色预警叫应",
                "text": "未来 3 小时本区有 50 毫米以上降雨，请组织低洼院落转移。",
                "from": "古城街道值班员（示例）",
                "level": "orange",
                "due": (datetime.now(CST) + timedelta(minutes=5)).isoformat(),
            }
        ],
        "grid": {
            "title": "古城南路社区第三网格",
            "members": [
                {
                    "id": f"h{i}",
                    "name": f"示例户 {i + 1}",
                    "address": f"{i + 1} 号楼",
                    "people": None if i == 3 else i % 4 + 1,
                    "phone": f"138000000{i:02d}",
                    "needs": "行动不便" if i % 5 == 0 else "",
                    "reached": i > 5,
                }
                for i in range(12)
            ],
        },
    }
