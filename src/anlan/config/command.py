"""The `anlan` command: names, and where each one lives. Pure doors run without Django, a database or a bus."""

from __future__ import annotations

import os
import sys
from importlib import import_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anlan.config.settings")

#: name → (module:function, needs Django, what it does). Functions take the remaining arguments and return an exit code.
COMMANDS: dict[str, tuple[str, bool, str]] = {
    "demo": ("anlan.kernel.runtime.cli:demo", False, "start the demonstration in the foreground"),
    "run": ("anlan.kernel.runtime.cli:run", False, "start the platform in the foreground"),
    "backup": ("anlan.kernel.runtime.cli:backup", False, "write a backup of everything to one file"),
    "restore": ("anlan.kernel.runtime.cli:restore", False, "restore a backup into an empty place"),
    "engine": ("anlan.config.programs:engine", True, "run the engine process (started by demo and run)"),
    "relay": ("anlan.config.programs:relay", True, "announcements to the bus, webhooks (started by demo and run)"),
    "judge": ("anlan.analysis.watching.program:main", True, "judge readings as they arrive (started by demo and run)"),
    "watchdog": ("anlan.config.programs:watchdog", True, "watch the whole chain with probes (started by demo and run)"),
    "manage": ("anlan.config.programs:manage", True, "Django's own administration commands"),
    "prepare": ("anlan.config.programs:prepare", True, "migrate and load the shipped data (idempotent)"),
    "seed-demo": ("anlan.config.programs:seed_demo", True, "load the demonstration district (demonstration only)"),
    "basemap": ("anlan.places.base_map.door:main", True, "roads and waters under the map: import a file, list, remove"),
    "audit": ("anlan.config.programs:audit", True, "audit verify: check the chain of audit rows"),
    "messages": ("anlan.config.messages:main", False, "collect screen texts and check their translations"),
    "openapi": ("anlan.config.programs:openapi", True, "print the OpenAPI document of the public API"),
    "loops": ("anlan.config.programs:loops", True, "print the diagrams of all closed loops"),
    "observe": ("anlan.sensing.observing:main", False, "feed readings from a file or a pipe into a running platform"),
    "replay": ("anlan.review.replay_cli:main", True, "play a recorded event as an exercise on a running platform"),
    "grade": ("anlan.analysis.doors:grade_door", False, "grade an incident from facts (pure)"),
    "criteria": ("anlan.analysis.doors:criteria_door", False, "criteria try: judge a series (pure)"),
    "deadlines": ("anlan.command.doors:deadlines_door", False, "reporting clocks that apply to facts (pure)"),
    "intake": ("anlan.command.doors:intake_door", False, "intake parse: recognise a report sentence (pure)"),
    "plan": ("anlan.decision.doors:plan_door", False, "plan propose, check, try, export: plans as files (pure)"),
    "cap": ("anlan.warning.doors:cap_door", False, "cap check: validate a CAP message (pure)"),
}


def main(argv: list[str] | None = None) -> int:
    """Run a command; returns its exit code (2 for input that cannot be used)."""
    argv = list(sys.argv[1:] if argv is None else argv)
    if not argv or argv[0] in ("-h", "--help", "help"):
        print("usage: anlan COMMAND …\n", file=sys.stderr)
        for name, (_target, _django, what) in COMMANDS.items():
            print(f"  {name:<12} {what}", file=sys.stderr)
        return 0 if argv else 2
    if argv[0] not in COMMANDS:
        print(f"anlan: there is no command {argv[0]!r}; `anlan --help` lists them", file=sys.stderr)
        return 2
    target, needs_django, _what = COMMANDS[argv[0]]
    if needs_django:
        import django

        django.setup()
    module, function = target.split(":")
    return getattr(import_module(module), function)(argv[1:]) or 0


if __name__ == "__main__":
    raise SystemExit(main())
