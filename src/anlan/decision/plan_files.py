"""Plans as files: an exported plan, a list of plans, or a bare file of response levels, read into the exported form.

Reading is forgiving where the meaning is plain (level 3 for III, a source given once for all) and says what it filled in; what
cannot be read is left to `checking`. Pure: no database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from anlan.kernel.doors import parse_json, read_text
from anlan.kernel.facts import strict_yaml
from anlan.kernel.figures import BadFacts, Problem

from .data.plan_document import LEVELS
from .data.response_levels import shipped_plan_data

ROMAN = {1: "I", 2: "II", 3: "III", 4: "IV"}
_WRITTEN = {"Ⅰ": "I", "Ⅱ": "II", "Ⅲ": "III", "Ⅳ": "IV", "1": "I", "2": "II", "3": "III", "4": "IV"}
_LEVEL_NAMES = ("一", "二", "三", "四")
MOST_PLANS = 2000
#: What a plan has to say of itself, and what stands in for it while it does not.
_FILLED = (
    ("basis", "编制依据", "未注明"),
    ("source", "出处", "未注明"),
    ("confidence", "把握程度", "low"),
    ("downgrade", "降级条件", ()),
    ("terminate", "终止条件", ()),
)


@dataclass(slots=True)
class Finding:
    """One thing that is not right: `severity` error (cannot be used), warning (should be mended) or advice."""

    code: str
    where: str
    what: str
    mend: str
    severity: str = "error"
    plan: str = ""

    def as_dict(self) -> dict[str, str]:
        named = {"plan": self.plan} if self.plan else {}
        return {
            **named, "where": self.where, "what": self.what, "mend": self.mend, "severity": self.severity, "code": self.code,
        }  # fmt: skip


@dataclass(slots=True)
class PlanFile:
    """What a file holds: plans in the exported form, and what had to be filled in or left out on the way."""

    plans: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_plan_file(name: str) -> Any:
    """The document of a JSON or YAML file, or of standard input for ``-``. A key written twice is refused. Raises BadFacts."""
    text = read_text(name)
    try:
        if text.lstrip()[:1] in ("{", "["):
            try:
                return parse_json(text)
            except ValueError as wrong:
                if "写了两次" in str(wrong):
                    raise
        return strict_yaml(text)
    except (yaml.YAMLError, ValueError, RecursionError) as wrong:
        mend = "请核对括号、引号和缩进；同一层的键不能写两次"
        raise BadFacts([Problem(name, "not_a_plan", f"“{name}”既不是 JSON 也不是 YAML：{wrong}；{mend}")]) from None


def open_plans(document: Any) -> PlanFile:
    """Whatever form the document has, as plans in the exported form. Raises BadFacts when it holds no plan at all."""
    found = PlanFile()
    for place, raw in _plans_in(document):
        if not isinstance(raw, Mapping):
            found.findings.append(
                Finding("not_a_plan", place, f"应是一个预案，收到的是 {_short(raw)}", "请按导出格式书写")
            )
            continue
        found.plans.append(_in_exported_form(place, raw, document, found.findings))
    if len(found.plans) > MOST_PLANS:
        raise BadFacts([Problem("", "too_many", f"一次最多核对 {MOST_PLANS} 个预案，请分开提交")])
    return found


def shipped(plan_id: str) -> dict[str, Any] | None:
    """A shipped plan in the exported form."""
    return next((data for data in shipped_plan_data() if data["id"] == plan_id), None)


def _plans_in(document: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(document, Mapping):
        for key in ("plans", "hazards"):
            if key in document:
                given = document[key]
                if not isinstance(given, list) or not given:
                    raise BadFacts([Problem(key, "not_a_list", f"“{key}”应是一列预案，不能为空")])
                return (
                    (f"$.{key}[{raw.get('id', i) if isinstance(raw, Mapping) else i}]", raw)
                    for i, raw in enumerate(given)
                )
        if "levels" in document:
            return iter([(f"$[{document.get('id', '?')}]", document)])
    if isinstance(document, list) and document:
        return ((f"$[{raw.get('id', i) if isinstance(raw, Mapping) else i}]", raw) for i, raw in enumerate(document))
    raise BadFacts(
        [Problem("", "not_a_plan", "文件里没有预案：应有 levels（一个预案）、plans（多个）或 hazards（响应级别表）")]
    )


def _in_exported_form(place: str, raw: Mapping[str, Any], document: Any, findings: list[Finding]) -> dict[str, Any]:
    plan = {k: v for k, v in raw.items()}
    if "id" not in plan:
        plan["id"] = "unnamed"
        findings.append(Finding("missing", f"{place}.id", "没有编号 id", "请填英文编号，如 flood"))
    name = str(plan["id"])
    plan.setdefault("hazard", name)
    plan.setdefault("zh", name)
    like = next((p for p in shipped_plan_data() if p["hazard"] == plan["hazard"]), None)
    if "hq" not in plan and like is not None:
        plan["hq"] = like["hq"]
    _fill(place, name, plan, document, findings)
    if "vocabulary" not in plan:
        plan["vocabulary"] = _vocabulary(document)
    if isinstance(plan.get("levels"), list):
        plan["levels"] = [
            _level(f"{place}.levels[{i}]", name, level, document, findings) for i, level in enumerate(plan["levels"])
        ]
    if isinstance(document, Mapping) and "common_tasks" in document:
        findings.append(
            Finding("compact", place, "这是本平台内部的紧凑写法", "请用 anlan plan export 导出后核对", "error", name)
        )
    return plan


def _fill(place: str, name: str, plan: dict[str, Any], document: Any, findings: list[Finding]) -> None:
    shared = document if isinstance(document, Mapping) and "levels" not in document else {}
    for key, said, stand_in in _FILLED:
        if key in plan:
            continue
        if key in shared:
            plan[key] = shared[key]
            continue
        plan[key] = list(stand_in) if isinstance(stand_in, tuple) else stand_in
        severity = "advice" if key == "confidence" else "warning"
        findings.append(Finding("missing", f"{place}.{key}", f"没有写{said}", f"请补上{said}（{key}）", severity, name))


def _level(place: str, plan: str, raw: Any, document: Any, findings: list[Finding]) -> Any:
    if not isinstance(raw, Mapping):
        return raw
    level = dict(raw)
    given = level.get("level")
    text = str(given).strip().removesuffix("级").upper() if given is not None and not isinstance(given, bool) else ""
    if text in _LEVEL_NAMES:
        text = ROMAN[_LEVEL_NAMES.index(text) + 1]
    name = _WRITTEN.get(text, text)
    if name in LEVELS:
        level["level"] = name
    level.setdefault("zh", f"{level.get('level')}级")
    if "tasks" not in level:
        level["tasks"] = []
        findings.append(
            Finding("no_tasks", f"{place}.tasks", f"{level['zh']}没有任务卡", "请补上各岗位的任务", "warning", plan)
        )
    if "report_every_min" not in level:
        level["report_every_min"] = 240
        findings.append(
            Finding("missing", f"{place}.report_every_min", "没有写多久报告一次", "请补上，单位分钟", "warning", plan)
        )
    approve = level.get("approve")
    if isinstance(approve, Mapping) and "role" in approve and "zh" not in approve:
        level["approve"] = {**approve, "zh": str(approve["role"])}
    return level


def _vocabulary(document: Any) -> Any:
    """The texts that variables may take: of the file where it says so, else of the shipped plans."""
    shipped_one = shipped_plan_data()[0]["vocabulary"]
    if not isinstance(document, Mapping):
        return shipped_one
    if "vocabulary" in document:
        return document["vocabulary"]
    meta = document.get("meta")
    orders = meta.get("orders") if isinstance(meta, Mapping) else None
    if isinstance(orders, Mapping):
        return {**shipped_one, "orders": {**shipped_one["orders"], **orders}}
    return shipped_one


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
