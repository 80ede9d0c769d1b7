"""What a plan counts on against what the region's stores, teams and shelters hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.timezone import localdate

from anlan.kernel.context import Context
from anlan.places.queries import Region
from anlan.registry.facts import supply_items
from anlan.registry.queries import equipment_of, shelters_under, stock_of, teams_under

from ..plan_files import Finding

#: What a resource may be besides an item of the catalogue: its name and unit.
COUNTED_NAMES = {
    "teams": ("救援队伍", "支"), "team_people": ("救援队伍人数", "人"), "shelters": ("避难场所", "处"),
    "shelter_places": ("避难场所容量", "人"),
}  # fmt: skip


def resource_choices() -> list[tuple[str, str]]:
    """(key, name with unit) of everything that a resource can be compared with."""
    counted = [(key, f"{name}（{unit}）") for key, (name, unit) in COUNTED_NAMES.items()]
    return counted + [(i.key, f"{i.name}（{i.unit}）") for i in supply_items().values()]


def lacking(ctx: Context, content: Mapping[str, Any], region: Region) -> list[Finding]:
    """What the plan counts on and the region does not have, as warnings; what cannot be compared, as advice."""
    found: list[Finding] = []
    for resource in content.get("resources") or ():
        if isinstance(resource, Mapping):
            found += _compared(ctx, resource, region)
    asked = {
        str(card.get("role"))
        for level in content.get("levels") or () if isinstance(level, Mapping)
        for card in level.get("tasks") or () if isinstance(card, Mapping)
    }  # fmt: skip
    if "teams" in asked and not teams_under(ctx, region.path).exists():
        found.append(
            Finding("no_teams", "", "预案给专业救援队伍派了任务，本区基础库里没有队伍", "先在基础库登记队伍", "warning")
        )
    return found


def _compared(ctx: Context, resource: Mapping[str, Any], region: Region) -> list[Finding]:
    name, wanted = str(resource.get("zh") or resource.get("id")), resource.get("quantity")
    where = f"$.resources[{resource.get('id')}]"
    key = resource.get("item") or next((i.key for i in supply_items().values() if i.name == name), "")
    if not isinstance(wanted, int | float) or isinstance(wanted, bool):
        mend = "按本区实际填写；并选对应的物资品目，平台据此核对库存"
        return [Finding("no_quantity", where, f"“{name}”没有写数量", mend, "advice")]
    if not key:
        return [
            Finding("no_item", where, f"“{name}”没有对应的物资品目，无法核对", "选择品目、队伍或避难场所", "advice")
        ]
    if key not in COUNTED_NAMES and key not in supply_items():
        return [Finding("unknown_item", where, f"物资目录里没有品目“{key}”", "重新选择品目", "warning")]
    have, unit, said = _held(ctx, str(key), region)
    if resource.get("unit") and resource["unit"] != unit:
        return [
            Finding(
                "other_unit",
                where,
                f"“{name}”的单位是{resource['unit']}，登记用{unit}，无法比较",
                f"改用{unit}",
                "advice",
            )
        ]
    if have >= wanted:
        return []
    what = f"“{name}”预案要 {wanted:g} {unit}，本区{said} {have:g} {unit}，缺 {wanted - have:g} {unit}"
    return [Finding("too_little", where, what, "增储、签订代储协议，或写明由谁支援", "warning")]


def _held(ctx: Context, key: str, region: Region) -> tuple[float, str, str]:
    """(how much, unit, where from). What has expired does not count; a quantity that nobody has entered counts as none."""
    path = region.path
    if key in ("teams", "team_people"):
        teams = list(teams_under(ctx, path))
        return (len(teams), "支", "登记") if key == "teams" else (sum(t.people or 0 for t in teams), "人", "登记队伍")
    if key in ("shelters", "shelter_places"):
        usable = [s for s in shelters_under(ctx, path) if s.status != "unusable"]
        return (
            (len(usable), "处", "可用")
            if key == "shelters"
            else (sum(s.capacity or 0 for s in usable), "人", "可用避难场所")
        )
    lines = stock_of(ctx, key, path=path)
    stored = sum(
        float(line.quantity or 0) for line in lines if line.expires is None or line.expires >= localdate(ctx.now())
    )
    carried = sum(e.quantity or 0 for e in equipment_of(ctx, key, path=path))
    return stored + carried, supply_items()[key].unit, "仓库和队伍合计"
