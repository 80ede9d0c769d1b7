"""A world with stations that are read every hour, and the arrays that reach its store."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from anlan.kernel.context import system
from anlan.places.seeding import load_regions
from anlan.sensing import store
from anlan.sensing.models import Datastream
from anlan.sensing.seeding import load_stations
from tests.remembered import put_back

HOUR_US = store.HOUR_US
NOON = store.micros(datetime(2016, 7, 20, 4, tzinfo=UTC))


class House:
    """The gauges of the district in an exercise whose clock stands at noon."""

    def __init__(self, world):
        self.world = world
        self.gauges = list(Datastream.objects.filter(property="rain_mm").order_by("pk").values_list("pk", flat=True))

    @property
    def ctx(self):
        """A new one each time, as each request has its own: it remembers what was asked."""
        return system("gateway", world=self.world)

    def keep(self, *rows, source="", history=False):
        """Rows are (gauge 0…, hours from noon, value or None); returns the outcomes."""
        return store.keep(
            self.ctx, stream=np.array([self.gauges[g] for g, _h, _v in rows]),
            time_us=np.array([NOON + round(h * HOUR_US) for _g, h, _v in rows]),
            value=np.array([np.nan if v is None else v for _g, _h, v in rows], float), source=source, history=history,
        ).outcome.tolist()  # fmt: skip

    def held(self):
        """{(gauge, hours from noon): value or None} of the whole store."""
        return {
            (self.gauges.index(pk), (at - NOON) / HOUR_US): None if np.isnan(v) else v
            for pk, c in store.read(self.world, None).items()
            for at, v in zip(c.time_us.tolist(), c.value.tolist(), strict=True)
        }

    def fold(self):
        return store.fold(self.world)


@pytest.fixture
def house(db, exercise):
    put_back("gauges", lambda: (load_regions(), load_stations()))
    return House(exercise.pk)
