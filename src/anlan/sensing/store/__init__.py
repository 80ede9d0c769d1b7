"""The observation store. Others use what is named here; how it works is told in docs/developer/observations.md."""

from .cells import Cells
from .folding import fold, fold_due, hold, waiting
from .frames import frames
from .hours import hours_of, kept_hours, month_of, thin
from .journal import (
    CHANNEL,
    Entry,
    Tail,
    append,
    entries_after,
    entry,
    judged_elsewhere,
    lock,
    next_entries,
    remember,
    tail,
)
from .keeping import AMENDED, FRESH, KNOWN, Kept, keep
from .latest import keep_latest, newest_of, unwritten
from .packing import CORRECTED, GOOD, HOUR_US, MISSING, Columns, micros, moment
from .reading import Flat, read, read_flat

__all__ = [
    "AMENDED",
    "CHANNEL",
    "CORRECTED",
    "FRESH",
    "GOOD",
    "HOUR_US",
    "KNOWN",
    "MISSING",
    "Cells",
    "Columns",
    "Entry",
    "Flat",
    "Kept",
    "Tail",
    "append",
    "entries_after",
    "entry",
    "fold",
    "fold_due",
    "frames",
    "hold",
    "hours_of",
    "judged_elsewhere",
    "keep",
    "keep_latest",
    "kept_hours",
    "lock",
    "micros",
    "moment",
    "month_of",
    "newest_of",
    "next_entries",
    "read",
    "read_flat",
    "remember",
    "tail",
    "thin",
    "unwritten",
    "waiting",
]
