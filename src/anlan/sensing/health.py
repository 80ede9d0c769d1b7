"""Figures and checks of sensing: what is refused, which devices say nothing."""

from __future__ import annotations

import time
from datetime import timedelta

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from anlan.kernel import clock
from anlan.kernel.context import system
from anlan.kernel.health import Verdict, add_check, add_gauge
from anlan.kernel.health.figures import Value
from anlan.kernel.health.probing import SCOPE
from anlan.kernel.worlds import REAL

from . import queries
from .models import RejectedReading

#: All devices are looked through at most so often (s).
ASKED_EVERY_S = 15.0
#: More than this share of all devices silent is trouble of ours rather than of theirs.
TROUBLE_SHARE = 0.5
_silent: tuple[float, int, int] = (float("-inf"), 0, 0)


def _devices() -> tuple[int, int]:
    """Datastreams that are late with their expected reading, and how many are expected at all, in the real world."""
    global _silent
    now = time.monotonic()
    if now - _silent[0] > ASKED_EVERY_S:
        ctx = system("health")
        expected = [s for s in queries.datastreams(ctx) if s.interval_s <= queries.UNSCHEDULED_S]
        _silent = (now, len(queries.silent_devices(ctx)), len(expected))
    return _silent[1], _silent[2]


def _refused() -> Value:
    since = clock.real_now() - timedelta(days=1)
    rows = RejectedReading.objects.unscoped("how many readings of the real world were refused").exclude(scope=SCOPE)
    found = rows.filter(world_id=REAL, at__gte=since).values_list("source").annotate(n=Count("pk"))
    return {(source or "-",): n for source, n in found} or {("-",): 0}


def _look_at_devices() -> Verdict:
    silent, expected = _devices()
    if not expected or silent <= expected * TROUBLE_SHARE:
        return Verdict("ok")
    text = _("%(all)d 路监测中有 %(n)d 路没有按时来数") % {"all": expected, "n": silent}
    return Verdict("trouble", text, _("请核对数据来源和网络，并请管理单位报送"), url="/signals/")


add_gauge(
    "anlan_devices_silent", "Datastreams whose expected reading has not come.", lambda: _devices()[0],
    title=gettext_lazy("没有按时来数的设备"), group="readings", url="/signals/", order=20,
)  # fmt: skip
add_gauge(
    "anlan_devices_expected", "Datastreams of which a reading is expected at intervals.", lambda: _devices()[1],
    title=gettext_lazy("应来数的设备"), group="readings", url="/stations/", order=21,
)  # fmt: skip
add_gauge(
    "anlan_readings_refused_of_day", "Readings refused in the last 24 hours by their source.", _refused, labels=("source",),
    title=gettext_lazy("一天内退回的读数"), group="readings", url="/system/#refused", order=22,
)  # fmt: skip
add_check("sensing.devices", gettext_lazy("多数设备按时来数"), _look_at_devices, order=50)
