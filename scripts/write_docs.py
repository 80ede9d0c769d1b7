"""Writes the parts of the documentation that follow from declarations: loops, states, roles and stages in the glossary, events.

.venv/bin/python scripts/write_docs.py            writes them
.venv/bin/python scripts/write_docs.py --check    changes nothing; exit 1 when something is out of date
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_type_hints

DOCS = Path(__file__).resolve().parent.parent / "docs"
GLOSSARY = DOCS / "glossary.md"
EVENTS = DOCS / "integrator" / "events.md"
WATCHING = DOCS / "operator" / "watching-the-platform.md"
_PART = "<!-- written by scripts/write_docs.py: {name} -->\n"
_END = "<!-- end -->\n"

_EVENTS_HEAD = """# Events

What rooms tell each other, and what open pages hear. Written by `scripts/write_docs.py` from the contracts in
`src/anlan/events/`; do not edit.

- An event is written in the transaction that caused it and reaches everybody at least once. A reaction runs once per event.
- On the bus its subject is `anlan.event.` and the subject below; on `/live/` the name of the server-sent event is the subject
  itself and its data are `subject`, `at` and the fields marked ●. Both are scoped: nobody hears of what they may not see.
- A published field is never renamed, retyped or removed. A new meaning is a new version.
- Ids are strings, times ISO 8601 with offset, positions WGS84; an unknown figure is null, never 0.
"""


def events_page() -> str:
    """docs/integrator/events.md."""
    from anlan.events import known

    parts = [_EVENTS_HEAD]
    by_room: dict[str, list[Any]] = {}
    for subject, contract in sorted(known().items()):
        by_room.setdefault(subject.split(".")[0], []).append(contract)
    for room, contracts in by_room.items():
        parts.append(f"\n## {room}\n")
        for contract in contracts:
            said = inspect.cleandoc(contract.__doc__ or "")
            parts.append(f"\n### `{contract.subject}` v{contract.version}\n\n`{contract.__name__}`: {said}\n\n")
            parts.append("| Field | Type | Default | Live |\n| --- | --- | --- | --- |\n")
            parts += [
                f"| `{name}` | {kind} | {default} | {live} |\n" for name, kind, default, live in _fields(contract)
            ]
    return "".join(parts)


def _fields(contract: Any) -> Iterable[tuple[str, str, str, str]]:
    import msgspec

    shown = set(re.findall(r"self\.(\w+)", inspect.getsource(contract.live)))
    hints = get_type_hints(contract)
    for field in msgspec.structs.fields(contract):
        kind = getattr(hints[field.name], "__name__", "") if isinstance(hints[field.name], type) else ""
        kind = kind if kind not in ("", "list", "dict") else str(hints[field.name]).replace("typing.", "")
        if field.default is not msgspec.NODEFAULT:
            default = f"`{field.default!r}`"
        elif field.default_factory is not msgspec.NODEFAULT:
            default = "empty"
        else:
            default = "required"
        yield field.name, kind.replace("|", "\\|"), default, "●" if field.name in shown else ""


def loops_part() -> str:
    """Every closed loop, its states and its steps."""
    from anlan.kernel.loops import loops

    lines = ["| 中文 | Code | States | Steps |\n", "| --- | --- | --- | --- |\n"]
    for key, loop in sorted(loops().items()):
        if key.startswith("sample."):
            continue
        states = "<br>".join(f"{state.label} `{state.name}`" for state in loop.states)
        steps = "<br>".join(f"{step.label} `{step.name}`" for step in loop.steps)
        lines.append(f"| {loop.title} | `{key}` | {states} | {steps} |\n")
    return "".join(lines)


def stages_part() -> str:
    """What the rail shows."""
    from anlan.kernel.web.nav import STAGES

    rows = [f"| {label} | {glyph} | `{key}` |\n" for key, (glyph, label) in STAGES.items()]
    return "| 中文 | On the rail | Code |\n| --- | --- | --- |\n" + "".join(rows)


def roles_part() -> str:
    """Roles that loops, permissions and posts name."""
    from anlan.kernel.loops import loops
    from anlan.places.data.roster import read_role_names, read_roster
    from anlan.places.permissions import permissions_by_role

    names = read_role_names()
    used = set(permissions_by_role()) | {role for post in read_roster("shijingshan").posts for role in post.roles}
    for key, loop in loops().items():
        if not key.startswith("sample."):
            used |= {state.owner for state in loop.states} | {role for step in loop.steps for role in step.may}
    rows = [f"| {names[role]} | `{role}` |\n" for role in sorted(used & set(names))]
    return "| 中文 | Code |\n| --- | --- |\n" + "".join(rows)


def figures_part() -> str:
    """Every figure that monitoring reads, with its labels."""
    from anlan.kernel.health import gauges

    rows = []
    for gauge in sorted(gauges(), key=lambda g: g.name):
        labels = f"{{{', '.join(gauge.labels)}}}" if gauge.labels else ""
        rows.append(f"| `{gauge.name}{labels}` | {gauge.help} |\n")
    return "| Figure | Says |\n| --- | --- |\n" + "".join(rows)


def glossary(text: str) -> str:
    """The glossary with its written parts renewed."""
    return renewed(text, ("stages", stages_part()), ("loops", loops_part()), ("roles", roles_part()))


def renewed(text: str, *parts: tuple[str, str]) -> str:
    """`text` with its written parts renewed. Raises KeyError when a part has no place."""
    for name, part in parts:
        begin = _PART.format(name=name)
        if begin not in text:
            raise KeyError(name)
        head, rest = text.split(begin, 1)
        text = f"{head}{begin}{part}{_END}{rest.split(_END, 1)[1]}"
    return text


def main(argv: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anlan.config.settings")
    import django

    django.setup()
    from django.utils import translation

    stale = []
    with translation.override("zh-hans"):
        for file, text in (
            (EVENTS, events_page()),
            (GLOSSARY, glossary(GLOSSARY.read_text(encoding="utf-8"))),
            (WATCHING, renewed(WATCHING.read_text(encoding="utf-8"), ("figures", figures_part()))),
        ):
            if not file.exists() or file.read_text(encoding="utf-8") != text:
                stale.append(file.name)
                if argv != ["--check"]:
                    file.write_text(text, encoding="utf-8")
    print("out of date: " + ", ".join(stale) if stale else "up to date", file=sys.stderr)
    return 1 if stale and argv == ["--check"] else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
