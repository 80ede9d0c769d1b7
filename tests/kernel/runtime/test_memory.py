"""What a process has loaded is not gone through again."""

import subprocess
import sys

WORK = """
import gc
from anlan.kernel.runtime.memory import YOUNG, keep_loaded
loaded = [{} for _ in range(1000)]
keep_loaded()
found = {id(one) for one in gc.get_objects()}
assert not any(id(one) in found for one in loaded)
assert gc.get_threshold()[0] == YOUNG
ring = []
ring.append(ring)
del ring
assert gc.collect() >= 1
"""


def test_what_is_loaded_stays_and_what_comes_later_is_still_cleared_away():
    told = subprocess.run([sys.executable, "-c", WORK], capture_output=True, text=True, timeout=300)
    assert told.returncode == 0, told.stderr
