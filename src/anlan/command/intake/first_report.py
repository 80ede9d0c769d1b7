"""The text of an official report — 首报, 续报, 终报 — from the facts of an incident, in official wording.

Pure: a dict of facts in, a structured document out; the look (head, serial number, paper) belongs to the documents.
What is not known is written 待核, never as none; what the rules require and nobody knows yet is listed and blocks
nothing.
Which elements a stage requires comes from ``command/data/reporting_deadlines.yaml`` (``elements``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from anlan.command.data.reporting_deadlines import shipped_reporting
from anlan.kernel.documents.body import chinese_number

BEIJING = timezone(timedelta(hours=8))
STAGES = {"first": "首报", "continue": "续报", "final": "终报"}
UNKNOWN = "待核"
NOT_FILLED = "尚未填写"
CASUALTIES = (
    ("dead", "死亡"),
    ("missing", "失联"),
    ("seriously_injured", "重伤"),
    ("injured", "受伤"),
    ("trapped", "被困"),
)
SOURCES = {
    "hotline_110": "110指挥中心",
    "hotline_119": "119指挥中心",
    "hotline_120": "120急救中心",
    "hotline_12345": "12345市民服务热线",
    "hotline_12350": "12350安全生产举报电话",
    "grid": "网格员",
    "sensor": "监测设备报警",
    "media": "网络信息",
    "sub_district": "街道（乡镇）",
    "community": "社区（村）",
    "unit": "事发单位",
    "public": "群众",
}
ACCIDENT = "12"


def compose_report(facts: Mapping[str, object], *, stage: str = "first", number: int = 1) -> dict[str, Any]:
    """The report of ``stage`` (``first``, ``continue``, ``final``) as a document.

    ``facts``, all optional: ``title``, ``time``, ``report_time`` (aware datetime or ISO 8601), ``reporter``, ``source``
    (code or words), ``place``, ``region`` (name), ``kind`` (code), ``kind_zh``, ``unit_profile``, ``course``; counts
    ``dead``, ``missing``, ``seriously_injured``, ``injured``, ``trapped``, ``evacuated``, ``cars``, ``houses`` (int,
    None is unknown), ``water_depth_cm``; ``loss`` (10,000 yuan), ``affected``, ``cause``, ``trend``, ``needs``,
    ``leader``,
    ``grade``, ``response_level``, ``public_opinion``, ``attachments``, ``signer``, ``serial``, ``reporting_unit``;
    ``measures``, ``forces``, ``next_step``, ``addressees`` (text or list); ``changes`` (news since the last report);
    ``exercise``.

    Returns {"stage", "stage_zh", "number", "title", "addressee", "paragraphs": [{"heading", "text"}], "missing":
    [{"key", "zh", "note"}], "signer", "reporting_unit", "exercise"}. Raises ``ValueError`` for an unknown stage and
    for a count that is not a whole number of at least 0.
    """
    if stage not in STAGES:
        raise ValueError(f"stage must be one of {', '.join(STAGES)}")
    _check_counts(facts)
    missing = missing_elements(facts, stage)
    sections = [
        ("基本情况", _situation(facts)),
        ("最新进展", _text(facts.get("changes"))) if stage == "continue" else ("", ""),
        ("人员伤亡和损失情况", _losses(facts, stage)),
        ("初步研判", _judgement(facts, stage)),
        ("已采取措施", _measures(facts)),
        ("下一步工作", _next_step(facts, stage)),
        ("待核要素", _to_verify(missing)),
    ]
    return {
        "stage": stage,
        "stage_zh": STAGES[stage],
        "number": number,
        "title": _title(facts, stage, number),
        "addressee": "、".join(_list(facts.get("addressees"))) or UNKNOWN,
        "paragraphs": [{"heading": heading, "text": text} for heading, text in sections if text],
        "missing": missing,
        "signer": _text(facts.get("signer")) or None,
        "reporting_unit": _text(facts.get("reporting_unit")) or None,
        "exercise": bool(facts.get("exercise")),
    }


def missing_elements(facts: Mapping[str, object], stage: str) -> list[dict[str, str]]:
    """The elements required at ``stage`` that ``facts`` do not tell: key, Chinese name, and what exactly is missing."""
    found = []
    for element in shipped_reporting().required_at(stage):
        note = _missing_note(facts, element.key)
        if note is not None:
            found.append({"key": element.key, "zh": element.zh, "note": note})
    return found


def _missing_note(facts: Mapping[str, object], key: str) -> str | None:
    """None when the element is there; else what to ask for."""
    if key == "casualties":
        names = [zh for name, zh in CASUALTIES if facts.get(name) is None]
        return "、".join(names) + "人数不明" if names else None
    if key == "report_time":
        absent = [zh for name, zh in (("report_time", "接报时间"), ("reporter", "报告人")) if not facts.get(name)]
        return "、".join(absent) if absent else None
    if key == "event_type":
        return None if facts.get("kind") or facts.get("kind_zh") else "事件类型未定"
    if key == "unit_profile" and not str(facts.get("kind") or ACCIDENT).startswith(ACCIDENT):
        # required for accidents: a flooded street has no unit
        return None
    if key == "grade":
        return None if facts.get("grade") else "尚未定级"
    value = facts.get(key)
    return None if value not in (None, "", [], ()) else NOT_FILLED


def _title(facts: Mapping[str, object], stage: str, number: int) -> str:
    given = _text(facts.get("title"))
    what = given or f"{_text(facts.get('place')) or _text(facts.get('region')) or '某地'}{_kind(facts) or '突发事件'}"
    suffix = {"first": "情况的报告", "continue": f"情况的续报（{_ordinal(number)}）", "final": "处置情况的终报"}[stage]
    mark = "【演练】" if facts.get("exercise") else ""
    return f"{mark}关于{what}{suffix}"


def _ordinal(number: int) -> str:
    return chinese_number(number) if 1 <= number <= 99 else str(number)


def _situation(facts: Mapping[str, object]) -> str:
    when, called = _moment(facts.get("time")), _moment(facts.get("report_time"))
    region, place = _text(facts.get("region")), _text(facts.get("place"))
    if region not in place:
        place = region + place
    sentences = []
    if first := _text(facts.get("serial")):
        sentences.append(f"首报见{first}。")
    start = f"{_chinese_time(when)}，" if when else f"事发时间{UNKNOWN}，"
    where = f"在{place}" if place else f"（地点{UNKNOWN}）"
    sentences.append(f"{start}{where}发生{_kind(facts) or '突发事件（类型' + UNKNOWN + '）'}。")
    told_by = _told_by(facts)
    if called or told_by:
        clock = _chinese_time(called, after=when) if called else f"接报时间{UNKNOWN}，"
        sentences.append(f"{clock}接{told_by or '有关方面'}报告。")
    if profile := _text(facts.get("unit_profile")):
        sentences.append(f"事发单位概况：{_full_stop(profile)}")
    if course := _text(facts.get("course")):
        sentences.append(_full_stop(course))
    depth = facts.get("water_depth_cm")
    if isinstance(depth, int | float):
        sentences.append(f"最大积水深度约{depth:g}厘米。")
    if affected := _text(facts.get("affected")):
        sentences.append(f"影响范围：{_full_stop(affected)}")
    return "".join(sentences)


def _told_by(facts: Mapping[str, object]) -> str:
    """The one who told it; a hot line is named together with its caller, others speak for themselves."""
    code, reporter = _text(facts.get("source")), _text(facts.get("reporter"))
    source = SOURCES.get(code, code)
    if reporter and (code not in SOURCES or code.startswith("hotline")) and source and source != reporter:
        return f"{source}（{reporter}）"
    return reporter or source


def _losses(facts: Mapping[str, object], stage: str) -> str:
    known = [f"{zh}{facts[name]}人" for name, zh in CASUALTIES if facts.get(name)]
    nobody = [zh for name, zh in CASUALTIES if facts.get(name) == 0 and name != "seriously_injured"]
    unknown = [zh for name, zh in CASUALTIES if facts.get(name) is None and name != "seriously_injured"]
    parts = []
    if known:
        parts.append(("截至目前，已知" if stage != "final" else "经核定，") + "、".join(known))
    if nobody:
        parts.append(f"无人员{'、'.join(nobody)}")
    if unknown:
        parts.append(f"{'、'.join(unknown)}人数{UNKNOWN}")
    sentences = ["；".join(parts) + "。"] if parts else []
    if (evacuated := facts.get("evacuated")) is not None:
        sentences.append(f"已转移疏散{evacuated}人。" if evacuated else "目前无人员转移。")
    counted = (("cars", "涉及车辆", "辆"), ("houses", "受损房屋", "间"))
    things = [f"{zh}{facts[name]}{unit}" for name, zh, unit in counted if facts.get(name)]
    if things:
        sentences.append("、".join(things) + "。")
    if (loss := facts.get("loss")) is not None:
        verb = "核定" if stage == "final" else "初步估计"
        sentences.append(f"直接经济损失{verb}{loss}万元。")
    elif stage != "first":
        sentences.append(f"直接经济损失{UNKNOWN}。")
    return "".join(sentences)


def _judgement(facts: Mapping[str, object], stage: str) -> str:
    sentences = []
    grade = _text(facts.get("grade"))
    verb = "核定" if stage == "final" else "初判"
    if grade:
        sentences.append(f"{verb}为{grade}{'' if grade.endswith('级') else '级'}突发事件。")
    if level := _text(facts.get("response_level")):
        level = level.removesuffix("应急响应").removesuffix("响应").removesuffix("级")
        sentences.append(f"已启动{level}级应急响应。")
    cause = _text(facts.get("cause"))
    if cause:
        sentences.append(f"原因初步判断：{_full_stop(cause)}")
    elif stage != "first":
        sentences.append(f"原因{UNKNOWN}。")
    if stage != "final" and (trend := _text(facts.get("trend"))):
        sentences.append(f"发展趋势：{_full_stop(trend)}")
    return "".join(sentences)


def _measures(facts: Mapping[str, object]) -> str:
    sentences = []
    measures = _list(facts.get("measures"))
    if len(measures) == 1:
        sentences.append(_full_stop(measures[0]))
    elif measures:
        numbered = [f"{_ordinal(n)}是{m.rstrip('。；')}" for n, m in enumerate(measures, 1)]
        sentences.append("；".join(numbered) + "。")
    if forces := _list(facts.get("forces")):
        sentences.append(f"到场力量：{'、'.join(f.rstrip('。') for f in forces)}。")
    if leader := _text(facts.get("leader")):
        sentences.append(f"现场指挥：{_full_stop(leader)}")
    return "".join(sentences) or f"处置措施{UNKNOWN}。"


def _next_step(facts: Mapping[str, object], stage: str) -> str:
    sentences = []
    if step := _list(facts.get("next_step")):
        sentences.append(_full_stop("；".join(s.rstrip("。；") for s in step)))
    if stage != "final" and (needs := _text(facts.get("needs"))):
        sentences.append(f"需上级支援事项：{_full_stop(needs)}")
    if opinion := _text(facts.get("public_opinion")):
        sentences.append(f"舆情与信息发布：{_full_stop(opinion)}")
    if stage == "final":
        sentences.append("本事件处置结束，特此终报。")
    else:
        sentences.append("有关情况正在进一步核实，后续进展将及时续报。")
    return "".join(sentences)


def _to_verify(missing: list[dict[str, str]]) -> str:
    """One sentence on what still has to be found out; who signs and how it is numbered is no matter for the reader."""
    asked = [item for item in missing if item["key"] not in ("signer", "serial", "attachments")]
    if not asked:
        return ""
    names = [item["zh"].split("(")[0] + (f"（{item['note']}）" if item["note"] != NOT_FILLED else "") for item in asked]
    return "、".join(names) + "正在核实。"


def _kind(facts: Mapping[str, object]) -> str:
    name = _text(facts.get("kind_zh"))
    return name.split("(")[0].split("/")[0] if name else ""


def _check_counts(facts: Mapping[str, object]) -> None:
    for name in (*(n for n, _zh in CASUALTIES), "evacuated", "cars", "houses"):
        value = facts.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise ValueError(f"{name} must be a whole number of at least 0 or None, got {value!r}")


def _moment(value: object) -> datetime | None:
    if isinstance(value, str) and value:
        value = datetime.fromisoformat(value)
    return value if isinstance(value, datetime) else None


def _chinese_time(moment: datetime | None, *, after: datetime | None = None) -> str:
    """2016年7月20日12时40分, in Beijing time; only the clock when ``after``, said before it, is of the same day."""
    if moment is None:
        return ""
    moment = moment.astimezone(BEIJING) if moment.tzinfo else moment
    after = after.astimezone(BEIJING) if after and after.tzinfo else after
    if after and after.date() == moment.date():
        return f"{moment.hour}时{moment.minute:02d}分"
    return f"{moment.year}年{moment.month}月{moment.day}日{moment.hour}时{moment.minute:02d}分"


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return "；".join(str(item) for item in value)
    return "" if value is None else str(value).strip()


def _list(value: object) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, list | tuple):
        return [str(item).strip() for item in value if str(item).strip()]
    return [str(value).strip()]


def _full_stop(text: str) -> str:
    return text if text.endswith(("。", "！", "？")) else text.rstrip("；，;,") + "。"
