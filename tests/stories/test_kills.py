"""Ten kills (-9) at seeded moments of the real platform while it is fed: nothing acknowledged is lost, nothing doubled, nothing missed.

The two hundred are in `bench/kills.py`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def test_ten_kills_lose_no_reading_and_neither_double_nor_miss_a_signal():
    # A platform, a database and a bus of its own: those of the other tests stay alive.
    env = {name: value for name, value in os.environ.items() if not name.startswith(("ANLAN_", "DJANGO_"))}
    command = [
        sys.executable,
        str(PROJECT / "bench" / "kills.py"),
        "--kills",
        "10",
        "--seed",
        "20160720",
        "--stations",
        "12",
    ]
    told = subprocess.run(
        [*command, "--pause", "0.05", "0.4"], env=env, cwd=PROJECT, capture_output=True, text=True,
        timeout=900,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr[-3000:]
    found = json.loads(told.stdout)
    assert sum(found["kills"].values()) == 10
    assert found["acknowledged"] > 100
    assert (found["lost"], found["stored_twice"], found["signals_missed"], found["signals_doubled"]) == (0, 0, 0, 0)
