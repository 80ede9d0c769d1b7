"""Programs of the command line that need the whole house."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

#: So many steps of priority the engine stands behind pages, readings and alarms, where these have processes of their own.
BEHIND = 4


def engine(argv: list[str]) -> int:
    """Everything that runs by itself; with ``--beside-relay`` all but what `relay` runs."""
    if argv not in ([], ["--beside-relay"]):
        return _usage(argv, "anlan engine [--beside-relay]", "run what happens by itself: deadlines, reactions, jobs")
    from anlan.kernel.engine.main import PROMPT, run_engine
    from anlan.kernel.runtime.turns import USUAL_NS, ask_for_turns

    if argv:
        # Pages, readings and alarms have somebody waiting for them; when the cores are short they come first.
        os.nice(BEHIND)
        ask_for_turns(USUAL_NS)
        # Where the system gives every session an equal share, it is the session's priority that counts.
        with contextlib.suppress(OSError), open("/proc/self/autogroup", "w", encoding="ascii") as share:
            share.write(str(BEHIND))
    asyncio.run(run_engine(runs=lambda name: not (argv and name in PROMPT)))
    return 0


def relay(argv: list[str]) -> int:
    """What somebody waits for at every moment: announcements to the bus, webhooks."""
    if argv:
        return _usage(argv, "anlan relay", "take announcements to the bus and to webhooks")
    import uvloop

    from anlan.kernel.engine.main import PROMPT, run_engine

    uvloop.run(run_engine(runs=PROMPT.__contains__))
    return 0


def watchdog(argv: list[str]) -> int:
    """Send probes through the platform and call the duty room when none comes out (`analysis.watchdog`)."""
    if argv:
        return _usage(
            argv, "anlan watchdog", "send probes through the platform and call the duty room when none comes out"
        )
    from anlan.analysis.watchdog.program import run_watchdog

    asyncio.run(run_watchdog())
    return 0


def manage(argv: list[str]) -> int:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["anlan manage", *argv])
    return 0


def prepare(argv: list[str]) -> int:
    """Migrate and load the shipped data; ``--demonstration`` loads the demonstration district in the same process."""
    from django.core.management import call_command

    from anlan.decision.services import load_shipped_handbooks, load_shipped_plans
    from anlan.places.seeding import load_regions

    call_command("migrate", interactive=False, verbosity=0)
    if "--demonstration" in argv:
        return seed_demo([])
    load_regions()
    load_shipped_plans()
    load_shipped_handbooks()
    return 0


def seed_demo(argv: list[str]) -> int:
    from anlan.review.demonstration import seed

    seed()
    return 0


def audit(argv: list[str]) -> int:
    """``audit verify``: exit 0 intact, 1 broken (with the first row that does not fit), 2 misuse."""
    import json

    from django.conf import settings

    from anlan.kernel import auditing

    if argv != ["verify"]:
        return _usage(argv, "anlan audit verify", "check the chain of audit rows; 0 intact, 1 broken")
    known, path = None, os.path.join(settings.VAR_DIR, "audit", "heads")
    if os.path.exists(path):
        with open(path, encoding="ascii") as file:
            lines = file.read().split("\n")
        pairs = [line.split(" ") for line in lines if " " in line]
        known = (int(pairs[-1][0]), pairs[-1][1]) if pairs else None
    verdict = auditing.verify(known_head=known)
    print(json.dumps({
        "intact": verdict.intact, "linked": verdict.linked, "unlinked_tail": verdict.unlinked, "head": verdict.head,
        "first_bad": verdict.first_bad, "reason": verdict.reason,
    }))  # fmt: skip
    return 0 if verdict.intact else 1


def openapi(argv: list[str]) -> int:
    if argv:
        return _usage(argv, "anlan openapi", "print the OpenAPI document of the public API")
    import json

    from anlan.config.api import api

    print(json.dumps(api.get_openapi_schema(), ensure_ascii=False, indent=1))
    return 0


def loops(argv: list[str]) -> int:
    if argv:
        return _usage(argv, "anlan loops", "print the diagrams of all closed loops as Markdown")
    from anlan.kernel.loops import loops as declared
    from anlan.kernel.loops.diagram import mermaid

    for key, loop in declared().items():
        print(f"## {loop.title} `{key}`\n\n```mermaid\n{mermaid(loop)}```\n")
    return 0


def _usage(argv: list[str], usage: str, what: str) -> int:
    """Say how the command is called: 0 when that was asked for, 2 for arguments that it does not take."""
    asked = argv in (["-h"], ["--help"])
    print(f"usage: {usage}\n\n{what}", file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2
