"""Figures of messaging: what was said and has not reached anybody."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Count
from django.utils.translation import gettext_lazy

from anlan.kernel import clock
from anlan.kernel.health import add_gauge
from anlan.kernel.health.figures import Value
from anlan.kernel.worlds import REAL

from .models import Delivery


def _by_channel(state: str) -> Value:
    since = clock.real_now() - timedelta(days=1)
    rows = Delivery.objects.filter(world_id=REAL, state=state, queued_at__gte=since).values_list("channel")
    return {(channel,): n for channel, n in rows.annotate(n=Count("pk"))} or {("app",): 0}


add_gauge(
    "anlan_messages_waiting", "Deliveries of the last 24 hours that have not gone out, by channel.",
    lambda: _by_channel(Delivery.State.QUEUED), labels=("channel",), title=gettext_lazy("待发的送达"), url="/messages/",
    limit=500, order=60,
)  # fmt: skip
add_gauge(
    "anlan_messages_failed_of_day", "Deliveries of the last 24 hours that failed for good, by channel.",
    lambda: _by_channel(Delivery.State.FAILED), labels=("channel",), title=gettext_lazy("没有送到的消息"), url="/messages/",
    limit=0, order=61,
)  # fmt: skip
