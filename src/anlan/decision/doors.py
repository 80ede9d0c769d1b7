"""Pure doors of the decision room: `anlan plan propose` and `anlan plan check`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from anlan.kernel.doors import answer, read_json
from anlan.kernel.facts import FactError
from anlan.kernel.figures import BadFacts, Problem

from .data.response_levels import parse_plan
from .proposing import propose_door


def plan_door(argv: list[str]) -> int:
    """`anlan plan propose --facts FILE|-` and `anlan plan check FILE`."""
    parser = ArgumentParser(prog="anlan plan", description="Plans as data.")
    actions = parser.add_subparsers(dest="action", required=True)
    propose = actions.add_parser("propose", help="response levels that the facts prove, with the trace")
    propose.add_argument("--facts", required=True, metavar="FILE|-")
    check = actions.add_parser("check", help="whether an exported plan is machine-readable throughout")
    check.add_argument("file", metavar="FILE|-")
    options = parser.parse_args(argv)
    if options.action == "check":
        return answer(lambda: check_plan(read_json(options.file)))
    return answer(lambda: propose_door(read_json(options.facts)))


def check_plan(data: Any) -> dict[str, Any]:
    """What a plan holds: ``{"plan", "hazard", "levels", "tasks", "roles", "variables"}``. BadFacts if it is faulty."""
    try:
        plan = parse_plan(data)
    except FactError as wrong:
        raise BadFacts([Problem(wrong.path, "not_a_plan", f"预案在 {wrong.path} 处有误：{wrong.what}")]) from None
    return {
        "plan": plan.id,
        "hazard": plan.hazard,
        "levels": [level.level for level in plan.levels],
        "tasks": {level.level: len(level.tasks) for level in plan.levels},
        "roles": sorted({t.role for lv in plan.levels for t in lv.tasks} | {lv.approve.role for lv in plan.levels}),
        "variables": sorted(plan.variables),
    }
