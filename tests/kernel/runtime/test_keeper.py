"""A child that ends unasked is started again, each time a little later."""

from anlan.kernel.runtime import keeper
from anlan.kernel.runtime.keeper import Keeper


class Ended:
    """A process that has ended with a code."""

    pid = 1

    def __init__(self, code):
        self.code = code

    def poll(self):
        return self.code


def test_each_failure_in_a_row_waits_longer_up_to_the_limit():
    said, kept = [], []
    child = Keeper("web-1", lambda: kept.append(1) or Ended(-9), said.append)
    child.begin()
    delays, now = [], child.started
    for _failure in range(10):
        assert not child.look(now)
        delays.append(round(child.due - now, 3))
        now = child.due
        assert child.look(now)
        now = child.started
    assert delays[:5] == [0.0, 0.2, 0.4, 0.8, 1.6]
    assert delays[-1] == keeper.LONGEST_DELAY
    assert "9" in said[0]
    assert "web-1" in said[0]


def test_a_start_that_fails_is_tried_again_later():
    def start():
        raise OSError("no memory")

    said = []
    child = Keeper("engine", start, said.append, child=Ended(1))
    child.look(10.0)
    child.look(child.due)
    assert child.failures == 2
    assert "no memory" in said[-1]


def test_a_long_calm_run_forgives_earlier_failures_and_loses_no_time():
    child = Keeper("engine", lambda: Ended(1), lambda _line: None)
    child.begin()
    child.failures = 6
    now = child.started + keeper.CALM_SECONDS + 1
    child.look(now)
    assert child.failures == 1
    assert child.due == now
    # One that ends again right away waits its turn.
    child.look(now)
    child.look(child.started + 1)
    assert child.due == child.started + 1 + keeper.FIRST_DELAY


def test_a_running_child_is_left_alone():
    child = Keeper("engine", lambda: Ended(None), lambda _line: None)
    child.begin()
    assert not child.look(child.started + 5)
    assert child.due is None
