"""The demonstration's base records from data/shijingshan.yaml. Idempotent: a second run writes only what differs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils.translation import gettext as _

from anlan.kernel.context import Context, system
from anlan.kernel.ledgers import ledger_of, save_row
from anlan.places.queries import organisations_acting_as, region

from . import facts

DATA = Path(__file__).parent / "data"


@transaction.atomic
def load_demonstration(file: str = "shijingshan.yaml") -> dict[str, int]:
    """Enter or correct every record of the file; returns the number of rows by ledger key. Needs regions and organisations."""
    raw = yaml.safe_load((DATA / file).read_text(encoding="utf-8"))
    ctx = system("registry.seeding")
    place = region(raw["place"])
    counts = {}
    for key, entries in _entries(raw, place.path):
        counts[key] = _load(ctx, key, entries, home=place.path, shared=place.key)
    return counts


def _entries(raw: dict[str, Any], place: str) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    yield (
        "registry.station",
        [
            _placed(s, "unit", "interval_min", "period_min", "county", "shared_gauge", kind=s["property"])
            for s in raw["stations"]
        ],
    )
    yield (
        "registry.risk_site",
        [_placed(w, "kind", "warn_cm", "close_cm", "owner", affects=w["catches"]) for w in raw["waterlog_points"]],
    )
    yield (
        "registry.team",
        [
            _placed(t, "speciality", "people", "ready_min", "organisation", "leader", kind=t["type"])
            for t in raw["teams"]
        ],
    )
    yield "registry.equipment", [_equipment(t, line) for t in raw["teams"] for line in t["equipment"]]
    yield (
        "registry.warehouse",
        [_placed(w, "mode", "area_m2", "keeper", organisation=w["owner"]) for w in raw["warehouses"]],
    )
    yield "registry.stock_line", [_stock(w, line) for w in raw["warehouses"] for line in w["stock"]]
    yield "registry.shelter", [_shelter(s) for s in raw["shelters"]]
    yield (
        "registry.water_work",
        [
            _placed(
                w,
                "kind",
                "warn_m",
                "guarantee_m",
                "crest_m",
                "gates",
                "operation",
                "dispatcher",
                "operator",
                "head",
                "patrol",
                "source",
            )
            for w in raw["water_works"]
        ],
    )
    yield (
        "registry.evacuation_area",
        [
            _placed(a, "water_work", "leaves_at", "people", "households", "weak", "route", "shelter", "head")
            for a in raw["evacuation_areas"]
        ],
    )
    yield "registry.protected_site", [_placed(p, "kind", "people", "contact") for p in raw["protected_sites"]]
    yield "registry.enterprise", [_enterprise(o) for o in organisations_acting_as("unit", place)]


def _placed(entry: dict[str, Any], *names: str, **more: Any) -> dict[str, Any]:
    """What every placed record has, the fields of the same name, and those that are called otherwise."""
    same = {n: entry.get(n) for n in names}
    return {
        "code": entry["code"], "name": entry["name"], "scope": entry["region"], "position": (entry["lon"], entry["lat"]),
        "accuracy_m": entry["accuracy_m"], "_sample": not entry.get("real", False), **same, **more,
    }  # fmt: skip


def _shelter(entry: dict[str, Any]) -> dict[str, Any]:
    names = (
        "grade",
        "indoor",
        "effective_area_m2",
        "capacity",
        "daily_use",
        "facilities",
        "hazards",
        "switch_min",
        "contact",
        "status",
    )
    return _placed(entry, *names, shelter_class=entry["class"], organisation=entry["owner"])


def _equipment(team: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    item = facts.supply_items()[line["item"]]
    return {
        "code": f"{team['code']}.{item.key}", "name": item.name, "scope": team["region"], "team": team["code"],
        "item": item.key, "quantity": line["quantity"], "unit": item.unit,
    }  # fmt: skip


def _stock(warehouse: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    item = facts.supply_items()[line["item"]]
    made = date.fromisoformat(f"{line['made']}-01")
    return {
        "code": f"{warehouse['code']}.{item.key}", "name": item.name, "scope": warehouse["region"],
        "warehouse": warehouse["code"], "item": item.key, "quantity": line["quantity"], "unit": item.unit, "made": made,
        "expires": _after(made, item.life_months),
    }  # fmt: skip


def _after(made: date, months: int | None) -> date | None:
    """The first day of the month in which the shelf life ends; None for what does not age."""
    if months is None:
        return None
    total = made.month - 1 + months
    return date(made.year + total // 12, total % 12 + 1, 1)


def _enterprise(unit: Any) -> dict[str, Any]:
    kinds = {"park": "park", "site": "construction", "mall": "commerce"}
    return {
        "code": unit.code, "name": unit.name, "scope": unit.region.code, "organisation": unit.code,
        "kind": kinds.get(unit.code.rsplit(".", 1)[-1], "other"), "_sample": unit.sample,
    }  # fmt: skip


def _load(ctx: Context, key: str, entries: list[dict[str, Any]], *, home: str, shared: str) -> int:
    """What lies outside the district (stations of other counties) is shared with it."""
    ledger = ledger_of(key)
    known = {r.code: r for r in ledger.model.objects.in_world(ctx).filter(code__in=[e["code"] for e in entries])}
    for entry in entries:
        sample = entry.pop("_sample", True)
        outside = not region(entry["scope"]).path.startswith(home)
        save_row(
            ctx, ledger, entry, known.get(entry["code"]), sample=sample, shared_with=[shared] if outside else (),
            note=_("演示数据"),
        )  # fmt: skip
    return len(entries)
