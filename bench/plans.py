"""Plans: facts → ranked proposals with trace over 500 plans, a plan checked, a three-day event tried.

    .venv/bin/python bench/plans.py [--json]

The 500 plans are the seven shipped ones with every figure moved a little, so that no two of the same hazard share a threshold but by
chance; the facts are twelve random figures out of all hazards at once (the worst case: most plans are touched), then those of a storm.
"""

from __future__ import annotations

import argparse
import copy
import gc
import json
import random
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from anlan.decision.checking import check_documents
from anlan.decision.data.response_levels import parse_plan, shipped_plan_data
from anlan.decision.proposing import propose
from anlan.decision.trying import read_event, try_plan

PLANS, ROUNDS = 500, 400


def moved(condition: Any, by: float) -> None:
    """Every figure of a condition a little higher."""
    if isinstance(condition, dict):
        for key in ("value", "min", "max"):
            if isinstance(condition.get(key), int | float) and not isinstance(condition[key], bool):
                condition[key] = round(condition[key] * by, 2)
        for part in condition.values():
            moved(part, by)
    elif isinstance(condition, list):
        for part in condition:
            moved(part, by)


def plans() -> list[Any]:
    made = []
    for number in range(PLANS):
        data = copy.deepcopy(shipped_plan_data()[number % 7])
        data["id"] = f"{data['id']}-{number}"
        moved([level["triggers"] for level in data["levels"]], 1 + 0.01 * (number // 7 % 50))
        made.append(parse_plan(data))
    return made


def timed(act: Callable[[], Any], rounds: int) -> dict[str, float]:
    spent = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        spent.append(1000 * (time.perf_counter() - began))
    spent.sort()
    return {f"p{p}_ms": round(spent[min(len(spent) - 1, rounds * p // 100)], 2) for p in (50, 95, 99)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    chance = random.Random(7)
    given = plans()
    variables = {k: v for plan in given for k, v in plan.variables.items()}

    def anything() -> dict[str, Any]:
        facts: dict[str, Any] = {"area_pct": chance.choice([10, 40, 60])}
        for key, variable in chance.sample(sorted(variables.items()), 12):
            if variable.kind == "text":
                facts[key] = chance.choice(variable.texts)
            elif variable.kind == "flag":
                facts[key] = chance.random() < 0.5
            else:
                facts[key] = chance.choice([0, 3, 12, 55, 120, 260, 4000])
        return facts

    def storm() -> dict[str, Any]:
        return {
            "rain_1h_mm": chance.uniform(0, 90), "rain_3h_mm": chance.uniform(0, 180), "area_pct": 60,
            "rain_24h_mm": [[chance.uniform(100, 300), 40.0], [chance.uniform(0, 100), 60.0]], "signal.rainstorm": "orange",
            "waterlog_points": {"each": [30, 28, 12], "unread": 1}, "relocated": {"at_least": 200},
        }  # fmt: skip

    propose(anything(), None, given)
    gc.freeze()
    start = datetime(2016, 7, 19)
    lines = "\n".join(
        json.dumps(
            {
                "time": (start + timedelta(minutes=m)).isoformat(),
                "facts": {"rain_1h_mm": m * 7 % 90, "rain_24h_mm": m / 20},
            }
        )
        for m in range(3 * 1440)
    )
    flood = parse_plan(shipped_plan_data()[0])
    found = {
        "proposals over 500 plans, facts of every hazard": timed(lambda: propose(anything(), None, given), ROUNDS),
        "proposals over 500 plans, facts of a storm": timed(lambda: propose(storm(), None, given), ROUNDS),
        "a plan checked": timed(lambda: check_documents(shipped_plan_data()[0]), 40),
        "a three-day event by the minute tried": timed(lambda: try_plan(flood, read_event(lines)[0]), 10),
    }
    print(json.dumps(found, ensure_ascii=False) if options.json else "\n".join(f"{k:<52}{v}" for k, v in found.items()))


if __name__ == "__main__":
    main()
