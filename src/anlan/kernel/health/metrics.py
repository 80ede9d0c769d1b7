"""What monitoring reads: every figure as Prometheus text, for whoever brings the token (or, where allowed, from this machine)."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from anlan.kernel.runtime.paths import kept_secret

from .figures import Measured, measure

LOOPBACK = ("127.0.0.1", "::1")
UNREAD = "anlan_figure_unread"


class _Figures(Collector):
    """Figures that were read just now; nothing is kept between two questions."""

    def __init__(self, measured: Iterable[Measured]) -> None:
        self.measured = list(measured)

    def collect(self) -> Iterator[Metric]:
        unread = GaugeMetricFamily(UNREAD, "1 for a figure that could not be read now, by its name", labels=["figure"])
        for found in self.measured:
            if found.error:
                unread.add_metric([found.gauge.name], 1)
            elif found.samples:
                yield _family(found)
        yield unread


def _family(found: Measured) -> Metric:
    gauge = found.gauge
    kind = CounterMetricFamily if gauge.counter else GaugeMetricFamily
    family = kind(gauge.name, gauge.help, labels=list(gauge.labels))
    for labels, value in sorted(found.samples.items()):
        family.add_metric(list(labels), value)
    return family


def exposition(measured: Iterable[Measured] | None = None) -> bytes:
    """The figures in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Figures(measure() if measured is None else measured))
    return generate_latest(registry)


def token() -> str:
    """What monitoring has to bring: ANLAN_METRICS_TOKEN, else what is kept in ``var/metrics-token`` (made the first time)."""
    return settings.METRICS_TOKEN or kept_secret(Path(settings.VAR_DIR) / "metrics-token")


def may_read(request: HttpRequest) -> bool:
    expected = token()
    kind, _sep, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), expected.encode()):
        return True
    # Behind a proxy everything comes from this machine; what a proxy passed on says so.
    near = request.META.get("REMOTE_ADDR") in LOOPBACK and "X-Forwarded-For" not in request.headers
    return settings.METRICS_LOOPBACK and near


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not may_read(request):
        answer = HttpResponse(
            "bring the token of var/metrics-token as Authorization: Bearer …\n", status=401, content_type="text/plain"
        )
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
