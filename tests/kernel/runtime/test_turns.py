"""What somebody waits for takes short turns of a core."""

from __future__ import annotations

import subprocess
import sys

import pytest

from anlan.kernel.runtime.process import start_child
from anlan.kernel.runtime.turns import SHORT_NS, turns_ns

ASKED = "from anlan.kernel.runtime.turns import USUAL_NS, ask_for_turns, turns_ns; import os, subprocess, sys; "
OF_ITS_OWN = (
    "subprocess.run([sys.executable, '-c', 'from anlan.kernel.runtime.turns import turns_ns; print(turns_ns())']); "
)


@pytest.mark.skipif(turns_ns() is None, reason="this system knows no length of turns")
def test_a_child_takes_short_turns_as_does_what_it_starts_until_it_asks_for_the_usual_ones(tmp_path):
    said = tmp_path / "said"
    back = "os.nice(3); ask_for_turns(USUAL_NS); print(turns_ns(), os.nice(0))"
    with said.open("wb") as log:
        child = start_child(
            [sys.executable, "-u", "-c", f"{ASKED}print(turns_ns()); {OF_ITS_OWN}{back}"], log=log.fileno()
        )
        assert child.wait(60) == 0
    usual = subprocess.run(
        [sys.executable, "-c", f"{ASKED}print(turns_ns())"], capture_output=True, text=True, check=True
    )
    own, started, given_back = said.read_text(encoding="utf-8").splitlines()
    assert (own, started) == (str(SHORT_NS), str(SHORT_NS))
    assert given_back == f"{usual.stdout.strip()} 3"
