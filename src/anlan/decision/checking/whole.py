"""A plan as a whole, and several together: salvaged part by part, so that one fault does not hide the others."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from anlan.kernel.facts import FactError, Record, read_vocabulary

from ..data.plan_document import Plan, parse_plan, read_level, read_task, roles_of
from ..plan_files import Finding, open_plans, shipped
from ..wording import role_name
from .cards import check_cards, circles
from .linking import check_link
from .triggers import check_triggers

SEVERITIES = ("error", "warning", "advice")


def check_documents(document: Any, held: Mapping[str, Collection[str]] | None = None) -> dict[str, Any]:
    """``{"valid", "plans": [{"plan", "hazard", "type", "levels", "tasks", "roles", "variables", "suggested"}], "problems": [{"plan",
    "where", "what", "mend", "severity", "code"}]}``; with one plan its figures stand at the top as well.

    `valid`: no problem of severity error. `held`: role → who holds it (see `check_plan`). Raises BadFacts when there is no plan.
    """
    opened = open_plans(document)
    findings = list(opened.findings)
    read: list[Plan] = []
    for data in opened.plans:
        plan, found = _salvaged(data)
        findings += found
        if plan is not None:
            read.append(plan)
            findings += _named(plan.id, check_plan(plan, held))
    findings += _links(read)
    findings.sort(key=lambda f: SEVERITIES.index(f.severity))
    told = [summary(plan) for plan in read]
    alone = told[0] if len(told) == 1 else {}
    return {
        "valid": bool(read) and not any(f.severity == "error" for f in findings), **alone, "plans": told,
        "problems": [f.as_dict() for f in findings],
    }  # fmt: skip


def check_plan(plan: Plan, held: Mapping[str, Collection[str]] | None = None) -> list[Finding]:
    """What does not hold together in one plan that can be read. `held`: who holds each role where the plan is used."""
    at = f"$[{plan.id}]"
    return [*check_triggers(plan, at), *check_cards(plan, at, held), *_notices(plan, at), *_whole(plan, at)]


def summary(plan: Plan) -> dict[str, Any]:
    suggested = [lv.level for lv in plan.levels if lv.provenance.suggested]
    return {
        "plan": plan.id, "hazard": plan.hazard, "type": plan.type, "levels": [lv.level for lv in plan.levels],
        "tasks": {lv.level: len(lv.tasks) for lv in plan.levels}, "roles": sorted(roles_of([plan])),
        "variables": sorted(plan.variables), "suggested": suggested,
    }  # fmt: skip


def _salvaged(data: Mapping[str, Any]) -> tuple[Plan | None, list[Finding]]:
    """The plan without the parts that cannot be read, each of which is a finding."""
    name = str(data.get("id"))
    findings: list[Finding] = []

    def bad(wrong: FactError) -> None:
        findings.append(
            Finding("unreadable", wrong.path, wrong.what, "按导出格式改正（见 anlan plan export）", "error", name)
        )

    kept = {**data, "levels": []}
    seen: set[Any] = set()
    try:
        vocabulary = read_vocabulary(Record("plan", f"$[{name}]", data))
        given = data.get("levels")
        if not isinstance(given, list):
            raise FactError("plan", f"$[{name}].levels", "应是一列级别")
    except FactError as wrong:
        bad(wrong)
        return None, findings
    for i, raw in enumerate(given):
        level = raw.get("level") if isinstance(raw, Mapping) else None
        path = f"$[{name}].levels[{level or i}]"
        try:
            if level in seen:
                raise FactError("plan", path, f"{level}级写了两次")
            part = Record("plan", path, {**raw, "tasks": []}, Record("plan", f"$[{name}]", data))
            read_level(part, vocabulary)
        except FactError as wrong:
            bad(wrong)
            continue
        except TypeError:
            bad(FactError("plan", path, f"应是一个级别，收到的是 {raw!r:.60}"))
            continue
        seen.add(level)
        tasks, ids = [], set()
        listed = raw["tasks"] if isinstance(raw["tasks"], list) else []
        if not isinstance(raw["tasks"], list):
            bad(FactError("plan", f"{path}.tasks", "应是一列任务卡"))
        for j, task in enumerate(listed):
            place = f"{path}.tasks[{task.get('id', j) if isinstance(task, Mapping) else j}]"
            try:
                card = read_task(Record("plan", place, task, part))
            except FactError as wrong:
                bad(wrong)
                continue
            if card.id in ids:
                findings.append(
                    Finding(
                        "duplicate",
                        place,
                        f"任务编号“{card.id}”在{level}级用了两次",
                        "每张任务卡用自己的编号",
                        "error",
                        name,
                    )
                )
                continue
            ids.add(card.id)
            tasks.append(task)
        kept["levels"].append({**raw, "tasks": tasks})
    try:
        return parse_plan(kept), findings
    except FactError as wrong:
        bad(wrong)
        return None, findings


def _notices(plan: Plan, at: str) -> Iterator[Finding]:
    lines = {line.id: line for line in plan.notify}
    for line in plan.notify:
        before = lines.get(line.after)
        if line.after and before is None:
            yield Finding(
                "phone_tree", f"{at}.notify[{line.id}].after", f"电话树里没有“{line.after}”", "改为已有的编号，或留空"
            )
        elif before is not None and before.within_min > line.within_min:
            yield Finding(
                "phone_tree", f"{at}.notify[{line.id}]",
                f"“{line.zh or role_name(line.role)}”须在 {line.within_min} 分钟内通知到，先通知的"
                f"“{before.zh or role_name(before.role)}”却是 {before.within_min} 分钟", "放宽后一个，或收紧前一个", "warning",
            )  # fmt: skip
        if before is not None and set(line.levels) - set(before.levels):
            lost = "、".join(sorted(set(line.levels) - set(before.levels)))
            yield Finding(
                "phone_tree", f"{at}.notify[{line.id}].levels", f"{lost}级要通知它，但先通知的“{before.zh}”不在该级名单里，传不下去",
                "使前一个的级别包含后一个",
            )  # fmt: skip
    for circle in circles({line.id: (line.after,) for line in plan.notify if line.after}):
        yield Finding("cycle", f"{at}.notify", f"电话树绕成了圈：{' → '.join([*circle, circle[0]])}", "改正 after")


def _whole(plan: Plan, at: str) -> Iterator[Finding]:
    numbers = [lv.number for lv in plan.levels]
    for number in range(numbers[0], numbers[-1]):
        if number not in numbers:
            name = {1: "I", 2: "II", 3: "III", 4: "IV"}[number]
            yield Finding(
                "level_missing", f"{at}.levels", f"中间缺少{name}级", "补上，或说明本预案不设这一级", "warning"
            )
    if not plan.downgrade:
        yield Finding("no_downgrade", f"{at}.downgrade", "没有降级条件", "写明何时可以降级", "warning")
    if not plan.terminate:
        yield Finding("no_terminate", f"{at}.terminate", "没有终止条件", "写明何时可以终止、由谁决定", "warning")


def _links(plans: list[Plan]) -> Iterator[Finding]:
    """Plans linked to an upper one: none leads into a circle, none into nowhere."""
    by_id: dict[str, Plan] = {}
    for plan in plans:
        if plan.id in by_id:
            yield Finding(
                "duplicate",
                f"$[{plan.id}].id",
                f"有两个预案的编号都是“{plan.id}”",
                "每个预案用自己的编号",
                "error",
                plan.id,
            )
        by_id.setdefault(plan.id, plan)
    for plan in plans:
        if plan.upper and plan.upper not in by_id and shipped(plan.upper) is None:
            yield Finding(
                "unknown_upper", f"$[{plan.id}].upper", f"上级预案“{plan.upper}”不在文件里，也不是平台自带的", "核对编号",
                "advice",
                plan.id,
            )  # fmt: skip
        above = by_id.get(plan.upper)
        if above is None and plan.upper and (data := shipped(plan.upper)) is not None:
            above = parse_plan(data)
        if above is not None and above is not plan:
            yield from check_link(above, plan)
    for circle in circles({p.id: (p.upper,) for p in by_id.values() if p.upper}):
        yield Finding(
            "cycle",
            f"$[{circle[0]}].upper",
            f"上级预案绕成了圈：{' → '.join([*circle, circle[0]])}",
            "改正 upper",
            "error",
            circle[0],
        )


def _named(plan: str, findings: list[Finding]) -> list[Finding]:
    for finding in findings:
        finding.plan = plan
    return findings
