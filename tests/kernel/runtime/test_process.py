"""Proof of whose a process is, and ending only what is ours."""

import subprocess
import sys

import pytest

from anlan.kernel.runtime import process


@pytest.fixture
def waiting():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield child
    child.kill()
    child.communicate()


def test_a_recorded_process_is_recognised_and_ended(waiting):
    record = process.describe(waiting.pid)
    assert process.is_same(record)
    assert process.end_recorded([record]) == [waiting.pid]
    assert waiting.wait(5) != 0


@pytest.mark.parametrize(
    "change", [{"start": 1}, {"command": "something else"}, {"boot": "another"}], ids=lambda change: next(iter(change))
)
def test_a_process_that_only_has_the_same_number_is_left_alone(waiting, change):
    record = {**process.describe(waiting.pid), **change}
    assert process.end_recorded([record]) == []
    assert waiting.poll() is None


def test_an_ended_process_is_not_described(waiting):
    waiting.kill()
    waiting.wait()
    assert process.describe(waiting.pid) is None


def test_records_of_an_older_shape_are_passed_over():
    assert process.end_recorded([{}, {"pid": "7"}]) == []
