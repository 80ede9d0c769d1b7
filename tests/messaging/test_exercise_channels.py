"""An exercise alarms nobody outside: whatever it says, by every channel there is, bears the mark or stays on the platform."""

from datetime import timedelta
from email.header import decode_header, make_header

import pytest

from anlan.kernel.engine.timers import pass_due
from anlan.kernel.models import Outbox
from anlan.kernel.reactions import drain
from anlan.messaging import services
from anlan.messaging.models import Call, CallAttempt, Delivery, Message
from anlan.places.identity import context_of
from anlan.places.models import Person, Region

from .test_messages import mailbox  # noqa: F401

#: Every way out, and what becomes of it in an exercise. A new channel has to be thought of here before it is used.
IN_AN_EXERCISE = {"app": "marked", "email": "marked", "phone_simulated": "inside", "call_by_hand": "never"}
MARK = "【演练】"


@pytest.fixture
def real_people(people):
    """People who are no samples: with a telephone that rings and a mailbox that is read."""
    Person.objects.update(sample=False, phone="010-00000000")
    for person in Person.objects.all():
        person.email = f"{person.username}@city.gov"
        person.save(update_fields=["email"])


def speak(ctx):
    """Everything that messaging says: a message, a round of calls, its chasing, its ladder, its lateness."""
    street = Region.objects.get(code="110107004000")
    services.send(
        ctx,
        text="请上报水深\n按预案上岗",
        to_keys=["org:sjs.st.gucheng"],
        urgent=True,
        channels=("app", "email", "phone"),
    )
    round_ = services.start_calls(ctx, why="暴雨橙色预警", text="请到岗到位", regions=[street], urgent=True)
    services.chase_calls(ctx, round=round_)


def test_every_channel_of_an_exercise_is_marked_or_kept_inside(acting, real_people, mailbox, clock_to, exercise):  # noqa: F811
    assert set(IN_AN_EXERCISE) == {channel.value for channel in Delivery.Channel}
    duty = acting("zhibanyuan")
    speak(duty)
    due = Call.everything.get().due_at
    for hours in range(1, 7):
        clock_to(due + timedelta(hours=hours))
        pass_due()
        drain()
    sent = list(Delivery.objects.filter(world=exercise))
    assert {d.channel for d in sent} == {"app", "email", "phone_simulated"}
    for delivery in [d for d in sent if d.channel == "email"]:
        services.deliver_mail(str(delivery.pk))
    services.ring_telephones([str(d.pk) for d in sent if d.channel == Delivery.Channel.PHONE])
    assert mailbox.mails
    for mail in mailbox.mails:
        assert str(make_header(decode_header(mail["Subject"]))).startswith(MARK)
        assert mail.get_payload(decode=True).decode().startswith(MARK)
    assert len(Message.everything.filter(world=exercise)) > 2
    for message in Message.everything.filter(world=exercise):
        assert message.text.startswith(MARK)
        assert message.text.count(MARK) == 1
    rang = Outbox.objects.filter(subject="messaging.phone.rang")
    assert rang
    for row in rang:
        assert row.world_id == exercise.pk
        assert row.payload["text"].startswith(MARK)
    assert not CallAttempt.objects.filter(call__world=exercise, channel=Delivery.Channel.BY_HAND).exists(), (
        "nobody is asked to dial"
    )


def test_the_same_words_in_reality_are_dialled_by_hand_and_bear_no_mark(real_people, mailbox):  # noqa: F811
    duty = context_of(Person.objects.get(username="zhibanyuan"))
    speak(duty)
    assert {d.channel for d in Delivery.objects.all()} == {"app", "email", "call_by_hand"}
    assert not Message.everything.filter(text__contains="演练").exists()
