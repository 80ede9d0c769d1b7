"""What was published stays: subjects, versions and fields of events, states and steps of loops.

When an event gains an optional field or a loop changes on purpose, write the new snapshot with
``ANLAN_WRITE_SNAPSHOTS=1 bin/test tests/contracts/test_events.py`` and look at the difference before committing it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from anlan.events.base import known
from anlan.kernel.loops import loops

HERE = Path(__file__).parent


def events_now() -> dict[str, Any]:
    found = {}
    for subject, event in sorted(known().items()):
        if not event.__module__.startswith("anlan."):
            continue
        hints = get_type_hints(event)
        fields = {f.name: {"type": _word(hints[f.name]), "required": f.required} for f in msgspec.structs.fields(event)}
        found[subject] = {"class": event.__name__, "version": event.version, "fields": fields}
    return found


def _word(hint: Any) -> str:
    return (
        hint.__name__
        if isinstance(hint, type) and not getattr(hint, "__args__", None)
        else str(hint).replace("typing.", "")
    )


def loops_now() -> dict[str, Any]:
    return {
        key: {
            "initial": loop.initial,
            "states": [s.name for s in loop.states],
            "final": [s.name for s in loop.states if s.final],
            "steps": {
                s.name: {"from": list(s.source), "to": s.target, "evidence": [e.name for e in s.evidence]}
                for s in loop.steps
            },
        }
        for key, loop in loops().items()
        if not key.startswith("sample.")
    }


def snapshot(name: str, now: dict[str, Any]) -> dict[str, Any]:
    file = HERE / name
    if os.environ.get("ANLAN_WRITE_SNAPSHOTS") == "1":
        file.write_text(json.dumps(now, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return json.loads(file.read_text(encoding="utf-8"))


def test_published_events_keep_their_fields():
    now = events_now()
    for subject, then in snapshot("events.json", now).items():
        assert subject in now, f"{subject} was published and is gone"
        event = now[subject]
        if event["version"] != then["version"]:
            assert event["version"] > then["version"]
            continue
        for name, field in then["fields"].items():
            assert event["fields"].get(name, {}).get("type") == field["type"], (
                f"{subject}.{name} was renamed, removed or retyped"
            )
        for name in set(event["fields"]) - set(then["fields"]):
            assert not event["fields"][name]["required"], (
                f"{subject}.{name} is new and must be optional (or the version must rise)"
            )


def test_every_event_is_in_the_snapshot():
    missing = set(events_now()) - set(snapshot("events.json", events_now()))
    assert not missing, f"write the snapshot: {sorted(missing)}"


def test_every_event_says_who_announces_it_and_why():
    assert not [
        s for s, e in known().items() if not (e.__doc__ or "").strip() or (e.__doc__ or "").startswith(f"{e.__name__}(")
    ]


def test_loops_are_as_they_were_published():
    assert snapshot("loops.json", loops_now()) == loops_now(), (
        "a loop changed: write the snapshot and look at the difference"
    )
