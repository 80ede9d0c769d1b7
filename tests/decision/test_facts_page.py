"""The code on the page about facts runs as it is written there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "developer" / "facts.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_of_the_page_runs(block):
    exec(compile(block, str(PAGE), "exec"), {})


def test_the_page_has_blocks():
    assert len(BLOCKS) == 2
