"""Follows a recipe in a copy of the product, as a person would: writes the blocks into the files they name, runs the commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECIPES = ("add-a-ledger", "add-a-closed-loop", "add-an-event-and-a-reaction", "add-a-map-layer")
_FENCE = re.compile(r"^```(?P<kind>\w+)(?: title=\"(?P<file>[^\"]+)\")?\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    kind: str
    file: str
    body: str


def blocks(recipe: str) -> list[Block]:
    text = (ROOT / "docs" / "recipes" / f"{recipe}.md").read_text(encoding="utf-8")
    return [Block(m["kind"], m["file"] or "", m["body"]) for m in _FENCE.finditer(text)]


def copy_of_the_product(place: Path) -> Path:
    """Sources, tests and settings; nothing that runs, nothing that was recorded."""
    skip = shutil.ignore_patterns("__pycache__", "*.pyc", ".mypy_cache", "node_modules")
    for part in ("src", "tests"):
        shutil.copytree(ROOT / part, place / part, ignore=skip)
    for name in ("pyproject.toml", ".importlinter", "README.md"):
        shutil.copy(ROOT / name, place / name)
    return place


def write(place: Path, block: Block) -> None:
    target = place / block.file
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(block.body, encoding="utf-8")
        return
    known = target.read_text(encoding="utf-8")
    if block.kind != "python":
        target.write_text(f"{known.rstrip()}\n{block.body}", encoding="utf-8")
        return
    imports, rest = _parted(block.body)
    target.write_text(f"{_with_imports(known, imports).rstrip()}\n\n\n{rest.strip()}\n", encoding="utf-8")


def _parted(body: str) -> tuple[list[str], str]:
    """The import lines at the head of a block, and the rest."""
    lines = body.splitlines()
    at = 0
    while at < len(lines) and (not lines[at].strip() or lines[at].startswith(("from ", "import "))):
        at += 1
    return [line for line in lines[:at] if line.strip()], "\n".join(lines[at:])


def _with_imports(known: str, imports: list[str]) -> str:
    lines = known.splitlines()
    heads = [i for i, line in enumerate(lines) if line.startswith(("from ", "import "))]
    at = heads[-1] if heads else -1
    while (at >= 0 and lines[at].rstrip().endswith("(")) or (at >= 0 and _is_open(lines, heads[-1], at)):
        at += 1
    fresh = [line for line in imports if line not in lines]
    return "\n".join([*lines[: at + 1], *fresh, *lines[at + 1 :]])


def _is_open(lines: list[str], start: int, at: int) -> bool:
    text = "\n".join(lines[start : at + 1])
    return text.count("(") > text.count(")")


def environment(place: Path) -> dict[str, str]:
    """Only the copy's own: no platform of the run that started this one."""
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("ANLAN_", "DJANGO_", "PYTEST_")) or k == "ANLAN_SHARED"
    }
    return {**kept, "PYTHONPATH": f"{place / 'src'}{os.pathsep}{place}", "PYTHONDONTWRITEBYTECODE": "1"}


def run(place: Path, line: str) -> None:
    """A line of a console block, with the copy's sources behind the names of the project's commands."""
    words = line.split()
    extra = {}
    while "=" in words[0]:
        name, _sep, value = words.pop(0).partition("=")
        extra[name] = value
    if words[0] == "bin/anlan":
        argv = [sys.executable, "-W", "ignore", "-m", "anlan.config.command", *words[1:]]
    elif words[0] == "bin/test":
        argv = [sys.executable, "-W", "ignore", "-m", "pytest", *words[1:]]
    else:
        raise AssertionError(f"a recipe asks for {line!r}, which this test does not know")
    done = subprocess.run(
        argv, cwd=place, env={**environment(place), **extra}, capture_output=True, text=True, timeout=1800
    )
    assert done.returncode == 0, f"{line}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"


def follow(place: Path, *, commands: bool = True) -> list[str]:
    """Write all blocks of all recipes; returns the console lines in order."""
    lines: list[str] = []
    for recipe in RECIPES:
        for block in blocks(recipe):
            if block.file:
                write(place, block)
            elif block.kind == "console":
                lines += [line for line in block.body.splitlines() if line.strip()]
    return lines
