"""The recipes work: followed in a copy of the product, they give what they promise."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.recipes.following import RECIPES, blocks, copy_of_the_product, environment, follow, run


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_is_made_of_blocks_that_name_their_files(recipe):
    assert all(b.file or b.kind == "console" for b in blocks(recipe))
    assert any(b.kind == "python" for b in blocks(recipe))


def test_the_ledger_is_one_screen():
    lines = sum(b.body.count("\n") for b in blocks("add-a-ledger") if b.kind in ("python", "yaml"))
    assert lines <= 70


def test_followed_in_a_copy_they_give_what_they_promise(tmp_path):
    place = copy_of_the_product(tmp_path)
    lines = follow(place)
    for line in dict.fromkeys(lines):
        if line.startswith("bin/anlan"):
            run(place, line)
    # One run for everything that needs a platform: the snapshots, the proofs, and the new things' share of the contracts.
    proof = [
        sys.executable, "-W", "ignore", "-m", "pytest", "-o", "python_files=proof_*.py test_*.py", "tests/recipes/proofs",
        "tests/contracts", "-k", "proof or broadcast or Broadcast or snapshot or published or imports_go or furniture",
    ]  # fmt: skip
    env = {**environment(place), "ANLAN_WRITE_SNAPSHOTS": "1"}
    done = subprocess.run(proof, cwd=place, env=env, capture_output=True, text=True, timeout=3000)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert "error" not in done.stdout.lower().splitlines()[-1]
