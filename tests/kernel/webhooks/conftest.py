"""Receivers that end with the test, and people who may have events sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from anlan.events.analysis import SignalRaised
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context, system
from anlan.kernel.webhooks import services
from anlan.kernel.worlds import REAL
from anlan.places.identity import context_of
from tests.cast import DISTRICT, GUCHENG, person
from tests.kernel.webhooks.receiver import Receiver

HOSTS, NETS = ["127.0.0.1"], ["127.0.0.0/8"]


@pytest.fixture
def listed(settings):
    """The installation lists this machine: receivers on it need no second look."""
    settings.WEBHOOK_HOSTS, settings.WEBHOOK_NETS = HOSTS, NETS


@pytest.fixture
def receiver():
    made: list[Receiver] = []

    def make(**options) -> Receiver:
        made.append(Receiver(**options).start())
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def chief(db) -> Context:
    """The district's duty chief."""
    return context_of(person("chief", DISTRICT, "duty_chief"))


@pytest.fixture
def street(db) -> Context:
    """Somebody of one street's office."""
    return context_of(person("street", GUCHENG, "town"))


@pytest.fixture
def subscribe():
    """``subscribe(ctx, url, scope=…)``: a subscription to signals; returns it with its secret."""

    def make(ctx: Context, url: str, *, scope: str = DISTRICT, exercises: bool = False, name: str = "水务平台（示例）"):
        return services.create_subscription(
            ctx, name=name, url=url, subjects=["analysis.signal.*"], scope=scope, exercises=exercises
        )

    return make


@pytest.fixture
def signal() -> Callable[..., str]:
    """``signal(3.0, GUCHENG)``: a signal is raised somewhere; returns the event's id."""

    def raise_one(value: float, scope: str = GUCHENG, world=REAL, shared_with=()) -> str:
        event = SignalRaised(
            signal="s", criterion="c", station="S1", region=scope, level="orange", value=value, unit="mm", clause="第 1 条",
            text="达到橙色标准",
        )  # fmt: skip
        with transaction.atomic():
            return str(announce(system("judge", world=world), event, scope=scope, shared_with=shared_with))

    return raise_one
