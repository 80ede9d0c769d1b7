"""docs/coverage.md: every row is well formed and shows something that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from django.urls import Resolver404, resolve

from anlan.config.command import COMMANDS
from anlan.kernel.ledgers.registry import ledgers
from anlan.kernel.loops import loops

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {folder.name for folder in (ROOT / "src" / "anlan").iterdir() if folder.is_dir()} | {"whole house", "all rooms"}


def rows() -> list[list[str]]:
    lines = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| (SYS|OV)", line)]


def test_each_row_has_one_full_id_once() -> None:
    ids = [row[0] for row in rows()]
    assert ids
    assert [i for i in ids if not re.fullmatch(r"SYS-\d{3}|OV-\d{2}", i)] == []
    assert len(set(ids)) == len(ids)


def test_ids_are_those_of_the_seed_systems(shared: Path) -> None:
    known = yaml.safe_load((shared / "reference" / "seed-systems.yaml").read_text(encoding="utf-8"))
    ids = {row["id"] for row in [*known["systems"], *known["overlooked"]]}
    assert [row[0] for row in rows() if row[0] not in ids] == []


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_row_says_its_state_its_place_and_what_is_missing(row: list[str]) -> None:
    assert len(row) == 6
    _id, requirement, state, place, _see, missing = row
    assert requirement
    assert state in ("works", "partial")
    assert bool(missing) is (state == "partial")
    assert set(place.split(", ")) <= ROOMS


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_what_shows_it_exists(row: list[str]) -> None:
    see = re.fullmatch(r"`([^`]+)`", row[4])
    assert see, f"{row[0]} names no page and no command"
    if see[1].startswith("anlan "):
        assert see[1].split()[1] in COMMANDS
        return
    try:
        found = resolve(see[1])
    except Resolver404:
        pytest.fail(f"{row[0]}: there is no page {see[1]}")
    if found.url_name == "ledger":
        assert found.kwargs["key"] in ledgers()
    if found.url_name == "loop-records":
        assert found.kwargs["key"] in loops()
