"""Processes as the supervisor wrote them down and the system sees them now."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from anlan.kernel.health.processes import processes
from anlan.kernel.runtime import paths, process
from tests.running import until


@pytest.fixture
def child():
    started = subprocess.Popen(
        [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"], stdout=subprocess.PIPE
    )
    started.stdout.readline()
    yield started
    started.kill()
    started.wait()
    started.stdout.close()


def test_one_that_runs_one_that_stands_still_and_one_that_is_gone(tmp_path, child):
    entry = process.describe(child.pid)
    gone = {**entry, "pid": 2**22 - 7}
    paths.write_runtime(tmp_path, {"pids": {"engine": entry, "bus": gone}, "restarts": {"engine": 3}})
    engine, bus = processes(tmp_path)
    assert (engine.name, engine.state, engine.restarts) == ("engine", "running", 3)
    assert engine.memory > 1_000_000
    assert (bus.state, bus.memory, bus.restarts) == ("gone", 0, 0)
    child.send_signal(signal.SIGSTOP)
    until(lambda: processes(tmp_path)[0].state == "standing", what="the process standing still")


def test_where_nothing_was_started_there_is_nothing(tmp_path):
    assert processes(tmp_path) == []
