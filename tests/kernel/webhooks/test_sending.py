"""From an announcement to another system's door, through the real engine and the real bus."""

from __future__ import annotations

import hashlib
import hmac
import os
import signal as signals
from datetime import timedelta

import pytest
from django.db import transaction

from anlan.kernel.access import tell_access_changed
from anlan.kernel.context import system
from anlan.kernel.models import Attempt, Progress, Subscription
from anlan.kernel.webhooks import services
from anlan.messaging.models import Message
from anlan.places.models import Holding
from tests.cast import BAJIAO, DISTRICT, GUCHENG, person
from tests.kernel.webhooks.conftest import HOSTS, NETS
from tests.running import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def engine(running, listed):
    running.env |= {"ANLAN_WEBHOOK_HOSTS": ",".join(HOSTS), "ANLAN_WEBHOOK_NETS": ",".join(NETS)}
    return running.engine


def state_of(record) -> str:
    return Subscription.objects.unscoped("test").get(pk=record.pk).state


def test_each_receiver_gets_what_is_its_own_in_order_and_signed_and_a_dead_one_holds_up_nobody(
    engine, receiver, chief, street, subscribe, signal, exercise
):
    mute = receiver(answer=lambda _got: None)
    district, guarded, training = receiver(), receiver(), receiver()
    record, secret = subscribe(chief, district.url)
    subscribe(chief, mute.url)
    subscribe(street, guarded.url, scope=GUCHENG)
    subscribe(chief, training.url, exercises=True)
    before = [signal(float(n)) for n in range(3)]
    engine()
    until(lambda: len(district.got) == 3)
    after = [signal(3.0), signal(4.0, BAJIAO), signal(5.0, DISTRICT)]
    pretended = signal(6.0, GUCHENG, world=exercise.pk)
    after.append(signal(7.0))
    until(lambda: len(district.got) == 7 and len(guarded.got) == 5 and len(training.got) == 8)

    assert [g.event["id"] for g in district.got] == before + after, "in order, nothing twice, nothing of the exercise"
    assert guarded.values == [0.0, 1.0, 2.0, 3.0, 7.0], "a street is told of its own"
    drill = training.got[6]
    assert (drill.event["id"], drill.event["exercise"], drill.headers["X-Anlan-World"]) == (pretended, True, "exercise")
    sequence = [g.event["sequence"] for g in training.got]
    assert sequence == sorted(set(sequence))
    for got in district.got:
        stamp, _comma, given = got.headers["X-Anlan-Signature"].partition(",v1=")
        text = stamp.removeprefix("t=").encode() + b"." + got.body
        assert given == hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
        assert got.headers["Content-Type"].startswith("application/cloudevents+json")
    until(lambda: Attempt.objects.filter(subscription=record, outcome="delivered").count() == 7)
    assert {g.event["id"] for g in mute.got} == {before[0]}, (
        "the first of a receiver that says nothing is tried again and again"
    )

    # What a person asks for goes out beside the stream; the same event keeps its id.
    services.ask_test(chief, record=record)
    services.ask_again(
        chief, record=record, delivery=Attempt.objects.filter(event=before[0], subscription=record).get().pk
    )
    until(lambda: len(district.got) == 9)
    tests = {g.event["type"]: g for g in district.got[7:]}
    assert set(tests) == {"anlan.kernel.webhook.test", "anlan.analysis.signal.raised"}
    repeated = tests["anlan.analysis.signal.raised"]
    assert (repeated.event["id"], repeated.headers["X-Anlan-Kind"]) == (before[0], "again")

    # Rights are read anew: from now on nothing is the street's any more.
    with transaction.atomic():
        Holding.objects.filter(person__username="street").delete()
        tell_access_changed(system("places"), street.actor.key)
    until(lambda: not Attempt.objects.filter(outcome="asked").exists())
    signal(8.0)
    until(lambda: len(district.got) == 10)
    last = signal(9.0)
    until(lambda: district.got[-1].event["id"] == last)
    assert guarded.values == [0.0, 1.0, 2.0, 3.0, 7.0]


def test_an_engine_killed_between_sending_and_writing_down_sends_the_same_event_again(
    engine, receiver, chief, subscribe, signal
):
    victims: list = []

    def answer(got) -> int | None:
        if got.event["data"]["value"] == 2.0 and victims:
            os.kill(victims.pop().pid, signals.SIGKILL)
            return None
        return 200

    door = receiver(answer=answer)
    subscribe(chief, door.url)
    victims.append(engine())
    first = victims[0]
    ids = [signal(float(n)) for n in range(5)]
    first.wait()
    ids += [signal(float(n)) for n in range(5, 8)]
    engine()
    until(lambda: door.got[-1].event["id"] == ids[-1])
    arrived = [g.event["id"] for g in door.got]
    assert arrived.count(ids[2]) >= 2, "what was sent and not written down is sent again, with its id"
    assert list(dict.fromkeys(arrived)) == ids, "nothing is lost, and the first arrivals are in order"


def test_a_receiver_that_was_away_gets_everything_in_order_and_one_that_is_gone_is_given_up(
    engine, receiver, chief, subscribe, signal
):
    away, gone, elsewhere = receiver(), receiver(answer=lambda _got: 410), receiver()
    away.stop()
    elsewhere.answer, elsewhere.headers = lambda _got: 302, {"Location": away.url}
    waiting, _secret = subscribe(chief, away.url)
    given_up, _secret = subscribe(chief, gone.url)
    redirecting, _secret = subscribe(chief, elsewhere.url)
    inside, _secret = subscribe(chief, "http://127.0.0.1:9/x")
    Subscription.objects.unscoped("test").filter(pk=inside.pk).update(url="http://10.255.255.1/x")
    tired, _secret = subscribe(chief, "http://127.0.0.1:9/x", name="市平台（示例）")
    Progress.objects.filter(subscription=tired).update(failing_since=chief.now() - timedelta(hours=25), tries=30)
    person("admin-one", DISTRICT, "admin")
    engine()
    ids = [signal(float(n)) for n in range(4)]
    until(lambda: state_of(given_up) == "broken" and state_of(tired) == "broken")
    until(
        lambda: Message.everything.filter(text__contains="市平台（示例）：连续一天没有送到").exists(),
        what="telling the administrator",
    )
    until(lambda: Progress.objects.get(subscription=waiting).tries >= 2)
    away.start()
    until(lambda: len(away.got) == 4)
    assert [g.event["id"] for g in away.got] == ids, "all of it, in order; and no redirect led here"
    until(lambda: "302" in Progress.objects.get(subscription=redirecting).error)
    until(lambda: "内部网络" in Progress.objects.get(subscription=inside).error)
    assert len(gone.got) == 1, "who says gone is asked once"
    until(lambda: Progress.objects.get(subscription=waiting).failing_since is None)

    # A person looks at it; it goes on where it stopped.
    gone.answer = lambda _got: 200
    services.resume(chief, given_up, {"since": "left"})
    until(lambda: len(gone.got) == 5)
    assert [g.event["id"] for g in gone.got[1:]] == ids
