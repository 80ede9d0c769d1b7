"""Pure doors of the decision room: `anlan plan propose`, `check`, `try` and `export`. No database, no running platform.

Exit codes: 0 for an answer; 2 for input that cannot be used, in whole (nothing on stdout) or in part (the answer on stdout says
under ``problems`` what was left out).
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Collection, Mapping
from typing import Any

from anlan.kernel.doors import BAD_INPUT, read_json, read_text
from anlan.kernel.facts import FactError
from anlan.kernel.figures import BadFacts, Problem

from .checking import check_documents
from .data.plan_document import FORMAT, Plan, parse_plan
from .data.response_levels import shipped_plan_data, shipped_plans
from .plan_files import open_plans, read_plan_file, shipped
from .proposing import propose_door
from .trying import read_event, try_plan
from .trying.telling import as_lines


def plan_door(argv: list[str]) -> int:
    """Dispatch `anlan plan …`."""
    parser = ArgumentParser(prog="anlan plan", description="Plans as data.")
    actions = parser.add_subparsers(dest="action", required=True)
    propose = actions.add_parser("propose", help="response levels that the facts prove, with the trace")
    propose.add_argument("--facts", required=True, metavar="FILE|-")
    propose.add_argument("--plans", metavar="FILE", help="judge these plans instead of the shipped ones")
    check = actions.add_parser("check", help="whether an exported plan holds together: what, where, how to mend it")
    check.add_argument("file", metavar="FILE|-")
    check.add_argument("--roster", metavar="FILE", help='who holds each role: {"role": ["post", …]}')
    trial = actions.add_parser("try", help="play an event through a plan: who does what by when, and where it jams")
    trial.add_argument("plan", metavar="PLAN", help="id of a shipped plan, or a file with an exported one")
    trial.add_argument("--event", required=True, metavar="FILE|-", help='JSON lines {"time", "facts"}')
    trial.add_argument("--roster", metavar="FILE", help='who holds each role: {"role": ["post", …]}')
    shown = trial.add_mutually_exclusive_group()
    shown.add_argument("--json", action="store_true", help="JSON (the default when the output is no terminal)")
    shown.add_argument("--text", action="store_true", help="lines to read")
    export = actions.add_parser("export", help="a shipped plan in the exported form; without id the list of them")
    export.add_argument("id", nargs="?", metavar="ID")
    options = parser.parse_args(argv)
    return _answer({"propose": _propose, "check": _check, "try": _try, "export": _export}[options.action], options)


def _answer(act: Callable[[Namespace], Any], options: Namespace) -> int:
    """Print the answer; problems also go to stderr, and make the exit code 2 when something could not be used."""
    try:
        found = act(options)
    except BadFacts as wrong:
        for problem in wrong.problems:
            print(problem.message, file=sys.stderr)
        return BAD_INPUT
    if options.action == "try" and (options.text or (sys.stdout.isatty() and not options.json)):
        print("\n".join(as_lines(found)))
    else:
        print(json.dumps(found, ensure_ascii=False, allow_nan=False))
    problems = found.get("problems", []) if isinstance(found, Mapping) else []
    bad = [p for p in problems if p.get("severity", "error") == "error"]
    for problem in bad:
        print(f"{problem['where']}：{problem['what']}；{problem['mend']}", file=sys.stderr)
    return BAD_INPUT if bad else 0


def _propose(options: Namespace) -> Any:
    plans = _read_plans(options.plans) if options.plans else None
    return propose_door(read_json(options.facts), plans)


def _check(options: Namespace) -> Any:
    return check_documents(read_plan_file(options.file), _roster(options.roster))


def _try(options: Namespace) -> Any:
    plan = _one_plan(options.plan)
    moments, findings = read_event(read_text(options.event))
    return try_plan(plan, moments, _roster(options.roster), findings)


def _export(options: Namespace) -> Any:
    if options.id is None:
        return {"plans": [{"id": p.id, "zh": p.zh, "hazard": p.hazard, "type": p.type} for p in shipped_plans()]}
    data = shipped(options.id)
    if data is None:
        raise BadFacts(
            [_no_such_plan(options.id, "本区自己的预案请在预案页导出，或用 GET /api/v1/decision/plans/{id}")]
        )
    return {"format": FORMAT, **data}


def _one_plan(name: str) -> Plan:
    data = shipped(name)
    if data is not None:
        return parse_plan(data)
    if "/" not in name and "." not in name and name != "-":
        raise BadFacts([_no_such_plan(name, "或给出导出的预案文件")])
    plans = _read_plans(name)
    if len(plans) > 1:
        listed = "、".join(p.id for p in plans)
        raise BadFacts([Problem(name, "many_plans", f"“{name}”里有 {len(plans)} 个预案（{listed}）；请一次推演一个")])
    return plans[0]


def _read_plans(name: str) -> list[Plan]:
    """The plans of a file. Raises BadFacts when one of them cannot be read (anlan plan check says all that is wrong)."""
    found: list[Plan] = []
    for data in open_plans(read_plan_file(name)).plans:
        try:
            found.append(parse_plan(data))
        except FactError as wrong:
            message = f"预案在 {wrong.path} 处有误：{wrong.what}；请用 anlan plan check 核对并改正"
            raise BadFacts([Problem(wrong.path, "not_a_plan", message)]) from None
    if not found:
        raise BadFacts([Problem(name, "not_a_plan", f"“{name}”里没有可用的预案；请用 anlan plan check 核对")])
    return found


def _no_such_plan(name: str, besides: str) -> Problem:
    listed = "、".join(str(data["id"]) for data in shipped_plan_data())
    return Problem("plan", "unknown_plan", f"没有“{name}”这个预案；平台自带的有 {listed}，{besides}")


def _roster(name: str | None) -> Mapping[str, Collection[str]] | None:
    if name is None:
        return None
    given = read_plan_file(name)
    if not isinstance(given, Mapping) or any(not isinstance(v, list) for v in given.values()):
        raise BadFacts([Problem(name, "not_a_roster", '名册应写成 {"角色": ["岗位", …]}，没有人承担时写空列表')])
    return {str(role): [str(one) for one in holders] for role, holders in given.items()}
