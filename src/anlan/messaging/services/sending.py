"""Saying something to people: one message, its deliveries, their jobs; and noting that it was read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from anlan.events.messaging import MessageSent
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.jobs import enqueue, enqueue_all
from anlan.kernel.wording import words as _
from anlan.places.queries import Person, people_behind

from ..channels.mail import mail_server, may_mail
from ..channels.telephone import telephone_of
from ..models import Delivery, Message

Channel = Delivery.Channel
#: What may be asked for in `channels`; "phone" becomes the simulated telephone or a call by hand, person by person.
CHANNELS = ("app", "email", "phone")


def send(
    ctx: Context, *, text: str, to_keys: Iterable[str] = (), people: Iterable[Person] = (),
    about: tuple[str, Any, str] = ("", "", ""), urgent: bool = False, channels: Sequence[str] | None = None,
    scope: str = "", dedupe: str | None = None,
) -> Message | None:  # fmt: skip
    """Send `text` to the people behind `to_keys` (``post:…``, ``org:…``, ``person:…``) and to `people`.

    `about` is (type, id, address of its page). `channels` None means in the app, by mail where mail is on, and by telephone
    when `urgent`. `scope` lets those with a right on that path see the message too. With `dedupe` the same occasion is said
    once in a world. Returns the message; None when it was said before or when nobody is there to hear it (audited).
    """
    if not text.strip():
        raise BadInput(_("消息没有内容"), field="text")
    recipients = unique([*people, *people_behind(to_keys)])
    with transaction.atomic():
        if dedupe and Message.objects.in_world(ctx).filter(dedupe=dedupe).exists():
            return None
        if not recipients:
            auditing.record(
                ctx, action="messaging.message.nobody", label=_("无人可收"), object_type=about[0] or "messaging.message",
                object_id=about[1] or "-", scope=scope, data={"text": text[:300], "to": sorted(to_keys)},
            )  # fmt: skip
            return None
        try:
            with transaction.atomic():
                message = write_message(ctx, text=text, about=about, urgent=urgent, scope=scope, dedupe=dedupe)
        except IntegrityError:
            return None
        deliver(ctx, message, recipients, channels=channels or default_channels(urgent))
        auditing.record(
            ctx, action="messaging.message.sent", label=_("发出消息"), object_type="messaging.message", object_id=message.pk,
            scope=scope, data={"text": text[:300], "to": [p.username for p in recipients], "about": [about[0], str(about[1])]},
        )  # fmt: skip
    return message


def write_message(
    ctx: Context, *, text: str, about: tuple[str, Any, str] = ("", "", ""), urgent: bool = False, scope: str = "",
    dedupe: str | None = None,
) -> Message:  # fmt: skip
    """The row alone. In an exercise the text begins with the mark, wherever it is shown or sent."""
    if ctx.is_exercise and not text.startswith("【演练】"):
        text = f"【演练】{text}"
    message = Message(
        text=text, about_type=about[0], about_id=str(about[1]), about_url=about[2], urgent=urgent, sender=ctx.actor.key,
        sender_name=ctx.actor.name[:120], sent_at=ctx.now(), dedupe=dedupe, scope=scope, world_id=ctx.world,
    )  # fmt: skip
    message.save(force_insert=True)
    return message


def default_channels(urgent: bool) -> tuple[str, ...]:
    return ("app", "email", "phone") if urgent else ("app", "email")


def deliver(
    ctx: Context, message: Message, people: Iterable[Person], *, channels: Sequence[str]
) -> dict[tuple[UUID, str], Delivery]:
    """Queue the deliveries that are not there yet; returns this call's new ones by (person id, channel asked for)."""
    unknown = set(channels) - set(CHANNELS)
    if unknown:
        raise BadInput(_("没有“%(name)s”这种发送渠道") % {"name": "、".join(sorted(unknown))}, field="channels")
    people, now, server = unique(people), ctx.now(), mail_server()
    there = set(message.deliveries.filter(person__in=people).values_list("person_id", "channel"))
    made: dict[tuple[UUID, str], Delivery] = {}
    for person in people:
        for asked in channels:
            channel = _channel(ctx, person, asked, server)
            if channel is None or ((person.pk, channel) in there and channel in (Channel.APP, Channel.EMAIL)):
                continue
            delivery = Delivery(message=message, person=person, channel=channel, queued_at=now, world_id=ctx.world)
            if channel == Channel.APP:
                delivery.state, delivery.sent_at, delivery.attempts = Delivery.State.DELIVERED, now, 1
            else:
                delivery.address = person.email if channel == Channel.EMAIL else person.phone
            made[person.pk, asked] = delivery
    Delivery.objects.bulk_create(made.values(), batch_size=500)
    _start_jobs(made.values())
    inboxes = [d.person.key for d in made.values() if d.channel == Channel.APP]
    if inboxes:
        event = MessageSent(message=str(message.pk), count=len(inboxes), urgent=message.urgent)
        announce(ctx, event, scope="", shared_with=inboxes)
    return made


def _channel(ctx: Context, person: Person, asked: str, server: Any) -> Channel | None:
    if asked == "app":
        return Channel.APP
    if asked == "email":
        return Channel.EMAIL if may_mail(person.email, server) else None
    return telephone_of(ctx, person)


def _start_jobs(deliveries: Iterable[Delivery]) -> None:
    from ..tasks import ring, send_mail

    deliveries = list(deliveries)
    enqueue_all(send_mail, [{"delivery": str(d.pk)} for d in deliveries if d.channel == Channel.EMAIL])
    ringing = [str(d.pk) for d in deliveries if d.channel == Channel.PHONE]
    for start in range(0, len(ringing), 500):
        enqueue(ring, deliveries=ringing[start : start + 500])


def mark_read(ctx: Context, *, delivery: UUID | str) -> Delivery:
    """The person has opened the message. Raises NotFound for somebody else's."""
    with transaction.atomic():
        row = _mine(ctx).select_for_update(of=("self",)).select_related("message").filter(pk=delivery).first()
        if row is None:
            raise NotFound()
        if row.read_at is None:
            row.read_at, row.state = ctx.now(), Delivery.State.READ
            row.save(update_fields=["read_at", "state"])
    return row


def mark_read_about(ctx: Context, *, about_type: str, about_id: Any) -> int:
    """The person has opened the thing itself: what was sent to them about it counts as read; returns how many were not."""
    rows = _mine(ctx).filter(read_at=None, message__about_type=about_type, message__about_id=str(about_id))
    return rows.update(read_at=ctx.now(), state=Delivery.State.READ)


def mark_all_read(ctx: Context) -> int:
    """Everything in the person's inbox counts as read; returns how many were not."""
    return _mine(ctx).filter(read_at=None).update(read_at=ctx.now(), state=Delivery.State.READ)


def _mine(ctx: Context) -> Any:
    return Delivery.objects.filter(
        person_id=ctx.actor.key.removeprefix("person:"), world_id=ctx.world, channel=Channel.APP
    )


def unique(people: Iterable[Person]) -> list[Person]:
    return list({person.pk: person for person in people}.values())
