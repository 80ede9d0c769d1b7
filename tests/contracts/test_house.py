"""The order of the house: imports, foreign keys, furniture."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
#: From the ground up. A room may know those before it.
ROOMS = (
    "events", "kernel", "places", "registry", "messaging", "sensing", "analysis", "warning", "decision", "command", "action",
    "review", "prevention", "federation", "config",
)  # fmt: skip
#: What no other room may touch, whatever its place in the order.
PRIVATE = {
    "admin",
    "api",
    "views",
    "urls",
    "nav",
    "layers",
    "ledgers",
    "loops",
    "reactions",
    "runners",
    "steps",
    "migrations",
}


def test_imports_go_one_way():
    """The contracts of .importlinter: the tower of rooms, and the layers inside each room."""
    run = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", str(ROOT / ".importlinter")],
        cwd=ROOT, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]


def test_no_room_touches_the_private_furniture_of_another():
    import grimp

    graph = grimp.build_graph("anlan", cache_dir=None)
    found = []
    for module in sorted(graph.modules):
        here = module.split(".")
        if len(here) < 2 or here[1] in ("config", "kernel"):
            continue
        for imported in sorted(graph.find_modules_directly_imported_by(module)):
            there = imported.split(".")
            if len(there) > 2 and there[1] not in (here[1], "kernel", "events") and there[2] in PRIVATE:
                found.append(f"{module} imports {imported}")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "model", [m for m in apps.get_models() if m.__module__.startswith("anlan.")], ids=lambda m: m._meta.label
)
def test_foreign_keys_point_down_the_house(model):
    """A string foreign key is invisible to an import check."""
    here = ROOMS.index(model.__module__.split(".")[1])
    for field in model._meta.get_fields():
        target = getattr(field, "related_model", None)
        if field.concrete and target is not None and target.__module__.startswith("anlan."):
            assert ROOMS.index(target.__module__.split(".")[1]) <= here, f"{model._meta.label}.{field.name} points up"
