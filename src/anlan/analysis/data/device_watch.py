"""When a device counts as silent or says too little (`device_watch.yaml`), read strictly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from anlan.kernel.facts import Provenance, load_record

FILE = Path(__file__).with_name("device_watch.yaml")


@dataclass(frozen=True, slots=True)
class DeviceWatch:
    silent_intervals: float
    silent_least_min: float
    obtained_pct: float
    obtained_h: float
    provenance: Provenance

    def silent_after_s(self, interval_s: float) -> float:
        """How long (s) a device that reports every `interval_s` may say nothing."""
        return max(self.silent_intervals * interval_s, self.silent_least_min * 60)


@cache
def device_watch() -> DeviceWatch:
    return load_device_watch(FILE)


def load_device_watch(path: Path) -> DeviceWatch:
    root = load_record(path)
    meta = root.record("meta")
    for key in ("about", "updated"):
        meta.text(key)
    meta.done()
    part = root.record("devices")
    found = DeviceWatch(
        part.number("silent_intervals", least=1), part.number("silent_least_min", least=0),
        part.number("obtained_pct", least=0), part.number("obtained_h", least=1), part.provenance,
    )  # fmt: skip
    part.done()
    root.done()
    return found
