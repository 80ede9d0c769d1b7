"""Announcements: gathered and written in one go, numbered without a gap, heard near before the bus answers."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from django.db import transaction

from anlan.events.loops import LoopOpened
from anlan.kernel.announcing import (
    FEW,
    announce,
    announce_all,
    announced_after,
    gathered,
    give_positions,
    last_position,
    take_positions,
    unpublished,
)
from anlan.kernel.context import system
from anlan.kernel.engine import relay
from anlan.kernel.models import Outbox

pytestmark = pytest.mark.django_db
SCOPE = "11/110107/"
CTX = system("test")


def opened(record: str) -> LoopOpened:
    return LoopOpened(loop="sample.errand", record=record, state="sent")


def records() -> list[str]:
    return [row.payload["record"] for row in Outbox.objects.order_by("id")]


def test_what_is_gathered_is_written_in_its_order_at_the_end(django_assert_num_queries):
    with transaction.atomic():
        announce(CTX, opened("before"), scope=SCOPE)
        with gathered():
            first = announce(CTX, opened("a"), scope=SCOPE)
            announce_all(CTX, [(opened("b"), SCOPE, ["org:street"]), (opened("c"), SCOPE, [])])
            assert records() == ["before"]
            with django_assert_num_queries(0):
                announce(CTX, opened("d"), scope=SCOPE)
    assert records() == ["before", "a", "b", "c", "d"]
    assert Outbox.objects.filter(event=first, payload__record="a").exists()


def test_of_a_block_that_fails_nothing_is_announced_and_what_follows_is():
    def failing() -> None:
        with gathered():
            announce(CTX, opened("lost"), scope=SCOPE)
            raise ZeroDivisionError

    with transaction.atomic():
        with pytest.raises(ZeroDivisionError):
            failing()
        announce(CTX, opened("kept"), scope=SCOPE)
    assert records() == ["kept"]


@pytest.mark.parametrize("many", [3, FEW + 3])
def test_positions_follow_the_order_of_writing_without_a_gap(many):
    with transaction.atomic():
        announce_all(CTX, [(opened(str(n)), SCOPE, ["org:street"]) for n in range(many)])
    given = give_positions()
    assert [row.payload["record"] for row in given] == [str(n) for n in range(many)]
    begin = given[0].position
    assert [row.position for row in given] == list(range(begin, begin + many))
    assert give_positions() == []
    # Asked for afterwards they say the same, word for word.
    assert [relay.encode(row) for row in unpublished()] == [relay.encode(row) for row in given]
    assert [row.pk for row in take_positions()] == [row.pk for row in given]


def test_who_is_near_hears_of_announcements_in_order_though_the_bus_is_away():
    class Away:
        async def publish(self, *_given, **_named):
            raise ConnectionError("the bus is away")

    with transaction.atomic():
        announce_all(CTX, [(opened(str(n)), SCOPE, []) for n in range(3)])
    heard: list[bytes] = []
    rows = give_positions()
    with relay.hearing(heard.append):
        assert asyncio.run(relay._publish(Away(), rows)) == []
    assert [msgspec.json.decode(m)["position"] for m in heard] == [row.position for row in rows]
    assert asyncio.run(relay._publish(Away(), rows)) == []
    assert len(heard) == 3, "outside the block nobody hears"


def test_what_is_waited_for_gets_its_position_where_it_is_announced_and_goes_before_what_comes_later():
    last = last_position()
    with transaction.atomic():
        announce(CTX, opened("waits"), scope=SCOPE)
    with transaction.atomic(), gathered(at_once=True):
        announce_all(CTX, [(opened(name), SCOPE, ["org:street"]) for name in ("a", "b")])
    first = relay._fresh(last)
    assert [(row.payload["record"], row.position) for row in first] == [("a", last + 1), ("b", last + 2)]
    assert [(row.payload["record"], row.position) for row in relay._fresh(last + 2)] == [("waits", last + 3)]
    assert relay._fresh(last + 3) == []
    assert [relay.encode(row) for row in first] == [relay.encode(row) for row in unpublished()[:2]]


def test_positions_that_others_gave_between_two_looks_of_the_relay_go_before(monkeypatch):
    last = last_position()
    with transaction.atomic():
        announce(CTX, opened("later"), scope=SCOPE)
    looks = iter([[]])

    def looked(position):
        # Nothing yet at the first look; right after it somebody commits what has its position.
        if (found := next(looks, None)) is None:
            return announced_after(position)
        with transaction.atomic(), gathered(at_once=True):
            announce(CTX, opened("first"), scope=SCOPE)
        return found

    monkeypatch.setattr(relay, "announced_after", looked)
    assert [row.payload["record"] for row in relay._fresh(last)] == ["first", "later"]
