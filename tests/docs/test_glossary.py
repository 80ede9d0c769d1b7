"""docs/glossary.md and docs/integrator/events.md follow the code."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from django.apps import apps
from django.utils import translation

from anlan.kernel.ledgers.registry import ledgers
from anlan.kernel.loops import loops
from anlan.kernel.web.nav import STAGES
from scripts import write_docs

TEXT = write_docs.GLOSSARY.read_text(encoding="utf-8")
OWN = [
    key
    for key in loops()
    if key.startswith(tuple(f"{c.label}." for c in apps.get_app_configs() if c.name.startswith("anlan.")))
]


def table(heading: str) -> list[list[str]]:
    section = TEXT.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


@pytest.mark.parametrize(
    "model", [m for c in apps.get_app_configs() if c.name.startswith("anlan.") for m in c.get_models()]
)
def test_every_model_has_a_word(model: type) -> None:
    rows = [row for row in table("Records") if row[1] == f"`{model.__name__}`"]
    assert len(rows) == 1
    assert rows[0][2] == model._meta.app_label  # type: ignore[attr-defined]
    assert re.search(r"[\u4e00-\u9fff]", rows[0][0])


def test_no_word_and_no_model_is_used_twice() -> None:
    rows = table("Records")
    assert [word for word, n in Counter(row[0] for row in rows).items() if n > 1] == []
    known = {m.__name__ for c in apps.get_app_configs() if c.name.startswith("anlan.") for m in c.get_models()}
    assert [row[1] for row in rows if row[1].strip("`") not in known] == []


@pytest.mark.parametrize("key", OWN)
def test_every_loop_and_each_of_its_states_has_its_word(key: str) -> None:
    row = next(row for row in table("Loops, states, steps") if row[1] == f"`{key}`")
    with translation.override("zh-hans"):
        assert row[0] == str(loops()[key].title)
        for state in loops()[key].states:
            assert f"{state.label} `{state.name}`" in row[2]


@pytest.mark.parametrize("key", list(STAGES))
def test_every_stage_is_there(key: str) -> None:
    assert [str(STAGES[key][1]), STAGES[key][0], f"`{key}`"] in table("Stages")


def test_ledgers_and_loops_are_called_by_the_word_of_their_records() -> None:
    words = {row[1].strip("`"): row[0] for row in table("Records")}
    with translation.override("zh-hans"):
        for ledger in ledgers().values():
            if ledger.model.__module__.startswith("anlan."):
                assert words[ledger.model.__name__] == str(ledger.title)


def test_written_parts_are_up_to_date() -> None:
    """When this fails: .venv/bin/python scripts/write_docs.py"""
    with translation.override("zh-hans"):
        assert write_docs.glossary(TEXT) == TEXT


def test_the_list_of_events_is_up_to_date() -> None:
    """When this fails: .venv/bin/python scripts/write_docs.py"""
    with translation.override("zh-hans"):
        assert write_docs.events_page() == Path(write_docs.EVENTS).read_text(encoding="utf-8")
