"""The memory of processes that run for long."""

import gc

#: Allocations beyond releases after which the youngest objects are looked through.
YOUNG = 10_000


def keep_loaded() -> None:
    """Take what is loaded by now for lasting: the collector looks through it no more.

    Modules, models, templates and addresses are half a million objects; going through all of them stops a process for a tenth of
    a second, and every process did it again and again. To be called once, when everything is loaded.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
