"""Events in memory: in order, once each, none missing."""

from __future__ import annotations

from anlan.kernel.webhooks.feed import Feed


def n(position: int) -> dict:
    return {"position": position}


def positions(notices) -> list[int]:
    return [one["position"] for one in notices]


def test_what_comes_before_its_turn_waits_and_what_comes_twice_is_dropped():
    feed = Feed(10)
    assert positions(feed.take(n(12))) == []
    assert feed.has_gap
    assert positions(feed.take(n(11))) == [11, 12]
    assert positions(feed.take(n(11))) == []
    assert not feed.has_gap
    assert positions(feed.after(10)) == [11, 12]
    assert positions(feed.after(11)) == [12]
    assert feed.after(12) == []


def test_what_is_older_than_memory_is_not_answered_from_memory():
    feed = Feed(0, kept=3)
    for position in range(1, 6):
        feed.take(n(position))
    assert feed.after(1) is None
    assert positions(feed.after(2)) == [3, 4, 5]


def test_the_outbox_closes_a_gap_and_a_position_that_it_does_not_know_belongs_to_nothing():
    feed = Feed(10)
    feed.take(n(15))
    assert positions(feed.fill([n(11), n(14)])) == [11, 14, 15]
    assert feed.head == 15
    assert positions(feed.after(10)) == [11, 14, 15]
