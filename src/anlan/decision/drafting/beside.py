"""Which line of the form a finding of the check belongs to, and what is wrong with what was typed there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ..data.plan_document import A_YEAR_MIN
from ..plan_files import Finding
from ..wording import condition_text
from .conditions import rows_of
from .variables import Choice, choices_for

_LEVEL = re.compile(r"\.levels\[(\w+)\]")
_ITEM = re.compile(r"\.(tasks|notify|resources|organisation)\[([^\]]*)\]")
_WHEN = re.compile(r"\.triggers\.?(.*)$")


def placed(content: Mapping[str, Any], problems: Iterable[Mapping[str, str]]) -> dict[str, list[dict[str, str]]]:
    """``{"III.when.2": [problem], "III.card.t_x": …, "III": …, "notify.n_1": …, "": …}``: each problem beside its line.

    What was typed wrongly is said in the words of `faults_of`; what the reading says of the same line is left out then.
    """
    found: dict[str, list[dict[str, str]]] = {}
    typed = faults_of(content)
    for fault in typed:
        found.setdefault(fault.where, []).append(fault.as_dict())
    for problem in problems:
        where = anchor(content, problem)
        if problem.get("code") == "unreadable" and where in found:
            continue
        if dict(problem) not in found.get(where, []):
            found.setdefault(where, []).append(dict(problem))
    return found


def anchor(content: Mapping[str, Any], problem: Mapping[str, str]) -> str:
    """The line of the form that a problem is about; empty: the plan as a whole."""
    where = problem.get("where", "")
    levels = [lv for lv in content.get("levels") or () if isinstance(lv, Mapping)]
    hit = _LEVEL.search(where)
    item = _ITEM.search(where)
    if hit is None:
        return f"{item[1]}.{item[2]}" if item else ""
    name = str(levels[int(hit[1])].get("level")) if hit[1].isdecimal() and int(hit[1]) < len(levels) else hit[1]
    if item is not None and item[1] == "tasks":
        return f"{name}.card.{item[2]}"
    level = next((lv for lv in levels if lv.get("level") == name), None)
    when = _WHEN.search(where)
    if level is None or when is None:
        return name
    for row in rows_of(level.get("triggers")) or ():
        leaf = row["leaf"]
        if (row["path"] and when[1].startswith(row["path"])) or f"“{leaf.get('var')}”" in problem.get("what", ""):
            return f"{name}.when.{row['n']}"
    for row in rows_of(level.get("triggers")) or ():
        if _text(row["leaf"]) in problem.get("what", ""):
            return f"{name}.when.{row['n']}"
    return name


def faults_of(content: Mapping[str, Any]) -> list[Finding]:
    """What was typed that cannot be a figure, a text or a limit, in words; `where` is the line of the form."""
    known = choices_for(content)
    found: list[Finding] = []
    for level in content.get("levels") or ():
        if not isinstance(level, Mapping):
            continue
        name = str(level.get("level"))
        rows = rows_of(level.get("triggers"))
        if rows == []:
            found.append(Finding("no_condition", name, f"{name}级没有启动条件", "至少填写一行条件，或删去这一级"))
        for row in rows or ():
            for what, mend in _wrong(row["leaf"], known):
                found.append(Finding("bad_condition", f"{name}.when.{row['n']}", what, mend))
        if not _whole(level.get("report_every_min"), 1):
            found.append(Finding("bad_limit", name, f"{name}级的报告间隔不是整数分钟", "填写 1 以上的整数"))
        for card in level.get("tasks") or ():
            if isinstance(card, Mapping):
                found += _of_card(name, card)
    for line in content.get("notify") or ():
        if isinstance(line, Mapping) and not _whole(line.get("within_min"), 0):
            said = line.get("zh") or line.get("role")
            found.append(
                Finding("bad_limit", f"notify.{line.get('id')}", f"“{said}”没有写几分钟内通知到", "填写整数分钟")
            )
    return found


def _of_card(level: str, card: Mapping[str, Any]) -> list[Finding]:
    where, found = f"{level}.card.{card.get('id')}", []
    if not _whole(card.get("within_min"), 0):
        found.append(Finding("bad_limit", where, f"“{card.get('zh')}”没有写多少分钟内完成", "填写整数分钟"))
    if not card.get("role"):
        found.append(Finding("no_role", where, f"“{card.get('zh')}”没有写由谁承担", "选择承担的岗位或单位"))
    if "takes_min" in card and not _whole(card["takes_min"], 0):
        found.append(Finding("bad_limit", where, f"“{card.get('zh')}”本身要做多久不是整数分钟", "填写整数分钟，或留空"))
    return found


def _wrong(leaf: Mapping[str, Any], known: Mapping[str, Choice]) -> list[tuple[str, str]]:
    choice = known.get(str(leaf.get("var")))
    op, found = str(leaf.get("op", "")), []
    name = choice.zh if choice else str(leaf.get("var"))
    kind = choice.kind if choice else "number"
    flags = op in ("is_true", "is_false")
    if flags != (kind == "flag") and choice is not None:
        found.append((f"“{name}”不能用这种比较", "是非的量选“为是”或“为否”，其余的选大小或“为”"))
    elif kind == "text" and choice is not None:
        found += _wrong_text(leaf, choice)
    elif op == "range":
        low, high = leaf.get("min"), leaf.get("max")
        if not _number(low) or not _number(high):
            found.append((f"“{name}”介于的两个数值没有填全", "填写下限和上限"))
        elif float(low or 0) >= float(high or 0):
            found.append((f"“{name}”的下限 {low} 不小于上限 {high}", "下限填小的，上限填大的"))
    elif not flags:
        listed = leaf.get("value") if isinstance(leaf.get("value"), list) else [leaf.get("value")]
        if not listed or not all(_number(v) for v in listed):
            found.append(
                (f"“{name}”没有填数值", f"填写数字{f'，单位 {choice.unit}' if choice and choice.unit else ''}")
            )
    for key, said, most in (("area_pct", "面积占比", 100), ("over", "计入的数值", None)):
        if key in leaf and (not _number(leaf[key]) or (most is not None and not 0 < leaf[key] <= most)):
            found.append((f"“{name}”的{said}不对", "填写 0 到 100 的数字，或留空" if most else "填写数字，或留空"))
    return found


def _wrong_text(leaf: Mapping[str, Any], choice: Choice) -> list[tuple[str, str]]:
    listed = leaf.get("value") if isinstance(leaf.get("value"), list) else [leaf.get("value")]
    codes = {code for code, _zh in choice.texts}
    offered = "、".join(zh for _code, zh in choice.texts)
    strange = [v for v in listed or () if v not in codes]
    if strange or not listed:
        said = "、".join(str(v) for v in strange if v) or "空"
        return [(f"“{choice.zh}”没有“{said}”这个取值", f"可填：{offered}")]
    if leaf.get("op") == "range":
        return [(f"“{choice.zh}”不能用“介于”", "选“达到”或“为”")]
    return []


def _text(leaf: Mapping[str, Any]) -> str:
    try:
        return condition_text(leaf)
    except (TypeError, ValueError):
        return "\0"


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= A_YEAR_MIN
