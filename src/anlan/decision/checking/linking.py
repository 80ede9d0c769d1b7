"""Plans linked up and down: whether a lower plan fits the one above it, and what the one above asks of nobody below. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..data.plan_document import Plan
from ..plan_files import Finding
from ..wording import role_name
from .implying import alternatives, follows

#: Roles of an upper plan that a lower level has to have a card for itself.
HANDED_DOWN = {
    "street": ("town", "info_officer"),
    "village": ("village", "info_officer", "grid"),
    "department": (),
    "enterprise": ("unit",),
}


def check_link(upper: Plan, lower: Plan) -> list[Finding]:
    """What does not fit between a plan and the one above it: triggers looser or missing, roles left out, responses not pulled."""
    return [*_triggers(upper, lower), *_roles(upper, lower), *_pulled(upper, lower)]


def _triggers(upper: Plan, lower: Plan) -> Iterator[Finding]:
    """At a level of the same name the lower plan starts no later than the upper one."""
    if upper.hazard != lower.hazard:
        return
    for level in upper.levels:
        mine = [one for lv in lower.levels if lv.number <= level.number for one in alternatives(lv.triggers)]
        if not any(lv.number == level.number for lv in lower.levels):
            yield Finding(
                "level_missing", f"$[{lower.id}].levels", f"上级预案有{level.level}级，本预案没有", "补上这一级，或写明按上级执行",
                "warning", lower.id,
            )  # fmt: skip
            continue
        ways = alternatives(level.triggers)
        late = [way for way in ways if not any(follows(way, one) for one in mine)]
        if late:
            yield Finding(
                "looser_than_upper", f"$[{lower.id}].levels[{level.level}].triggers",
                f"{level.level}级有 {len(late)} 个条件上级已启动而本预案还不启动", "不宽于上级，或以“上级响应”作为条件",
                "warning", lower.id,
            )  # fmt: skip


def _roles(upper: Plan, lower: Plan) -> Iterator[Finding]:
    has = {c.role for lv in lower.levels for c in lv.tasks} | {m.role for m in lower.organisation}
    for role in HANDED_DOWN.get(lower.type, ()):
        asked = [c for lv in upper.levels for c in lv.tasks if c.role == role]
        if asked and role not in has:
            names = "、".join(dict.fromkeys(c.zh for c in asked))
            yield Finding(
                "role_missing_below", f"$[{lower.id}].levels", f"上级预案给“{role_name(role)}”的任务本预案没有承接：{names}", "补任务卡",
                "error", lower.id,
            )  # fmt: skip


def _pulled(upper: Plan, lower: Plan) -> Iterator[Finding]:
    """The upper response pulls ours: a condition on it belongs into every level."""
    variable = f"city_response.{upper.hazard}"
    if upper.hazard != lower.hazard or lower.type not in ("special", "street"):
        return
    missing = [
        lv.level
        for lv in lower.levels
        if variable not in {t.var for way in alternatives(lv.triggers) for t in way if hasattr(t, "var")}
    ]
    if missing:
        yield Finding(
            "not_pulled", f"$[{lower.id}].levels[{missing[0]}].triggers", f"{'、'.join(missing)}级没有写“上级启动时本级启动”",
            f"加上条件 {variable}", "advice", lower.id,
        )  # fmt: skip
