"""The thing that the platform's own probe reads: entered when it is first needed, on a path that no person's rights reach."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db.models import Count, Min

from anlan.kernel.context import system
from anlan.kernel.health.probing import SCOPE

from .models import Datastream, Journal, RejectedReading, Thing
from .properties import PROBE
from .queries import UNSCHEDULED_S, newest_readings

CODE = "~probe"


def register_probe() -> Datastream:
    """The probe's datastream. Nobody waits for it as for a device: the watchdog does."""
    thing, _made = Thing.everything.get_or_create(
        code=CODE, defaults={"name": PROBE.zh, "kind": "probe", "scope": SCOPE, "sample": True}
    )
    stream, _made = Datastream.objects.get_or_create(
        thing=thing, property=PROBE.id,
        defaults={"unit": PROBE.unit, "least": PROBE.least, "most": PROBE.most, "interval_s": UNSCHEDULED_S + 1, "period_s": 0},
    )  # fmt: skip
    return stream


def is_stored(number: int) -> bool:
    """Whether the probe of this number, or a later one, has been stored."""
    newest = newest_readings(system("probe"), list(Datastream.objects.filter(thing_id=CODE)))
    return any(value is not None and value >= number for _at, value in newest.values())


def journal_after(world: uuid.UUID, position: int) -> tuple[int, datetime | None]:
    """How many batches of a world's journal lie after a position, and when the oldest of them was recorded (wall clock)."""
    found = Journal.objects.filter(world_id=world, pk__gt=position).aggregate(n=Count("pk"), oldest=Min("recorded_at"))
    return int(found["n"]), found["oldest"]


def forget_refused(before: datetime) -> None:
    """Delete what was refused of the probe before an instant: nobody asks for it again."""
    RejectedReading.everything.filter(scope=SCOPE, at__lt=before).delete()
