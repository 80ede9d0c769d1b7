"""What the jobs do: hand a mail over, ring the simulated telephone. Each may run twice and does its work once."""

from __future__ import annotations

import smtplib
from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db import transaction

from anlan.events.messaging import MessageDelivered, PhoneRang
from anlan.kernel.announcing import announce, announce_all
from anlan.kernel.context import system
from anlan.kernel.wording import words as _

from ..channels.mail import compose, hand_over, is_final, mail_server, may_mail
from ..models import CallAttempt, Delivery

#: Tries before a mail counts as failed: about two hours with growing pauses.
MAIL_ATTEMPTS = 8


class TryAgain(Exception):
    """The mail did not go out now; the job is to be run again later."""


def deliver_mail(delivery: str) -> bool:
    """Send one queued mail; returns whether it went out now. Raises TryAgain while another attempt makes sense."""
    again: Exception | None = None
    with transaction.atomic():
        rows = Delivery.objects.select_for_update(of=("self",), skip_locked=True).select_related("message", "person")
        row = rows.filter(pk=delivery, channel=Delivery.Channel.EMAIL, state=Delivery.State.QUEUED).first()
        if row is None:
            return False
        ctx = system("mail", world=row.world_id, cause=row.key)
        server = mail_server()
        row.attempts += 1
        if server is None or not may_mail(row.address, server):
            row.state, row.detail = Delivery.State.FAILED, _("邮件通道没有启用，或地址是示例地址")
        else:
            message = row.message
            url = public_address(message.about_url)
            mail = compose(
                to=row.address, name=row.person.name, subject=message.text.splitlines()[0], text=message.text, url=url,
                key=row.key, server=server,
            )  # fmt: skip
            try:
                hand_over(mail, server)
                row.state, row.sent_at, row.detail = Delivery.State.SENT, ctx.now(), ""
            except (smtplib.SMTPException, OSError) as error:
                row.detail = str(error)[:300]
                if is_final(error) or row.attempts >= MAIL_ATTEMPTS:
                    row.state = Delivery.State.FAILED
                else:
                    again = error
        row.save(update_fields=["attempts", "state", "sent_at", "detail"])
        if row.state != Delivery.State.QUEUED:
            ok = row.state == Delivery.State.SENT
            event = MessageDelivered(message=str(row.message_id), channel=row.channel, ok=ok)
            announce(ctx, event, scope="", shared_with=[row.message.sender, row.person.key])
    if again is not None:
        raise TryAgain(str(again)) from again
    return row.state == Delivery.State.SENT


def waiting_about(about_type: str, about_id: str) -> list[tuple[str, str]]:
    """Deliveries of messages about something that have not gone out: ``(channel, id)``, for whoever must not wait for the jobs."""
    rows = Delivery.objects.filter(
        message__about_type=about_type, message__about_id=about_id, state=Delivery.State.QUEUED,
        channel__in=(Delivery.Channel.EMAIL, Delivery.Channel.PHONE),
    )  # fmt: skip
    kinds = {Delivery.Channel.EMAIL: "email", Delivery.Channel.PHONE: "phone"}
    return [(kinds[Delivery.Channel(channel)], str(pk)) for channel, pk in rows.values_list("channel", "pk")]


def public_address(path: str) -> str:
    """The page as a link for a mail; empty until an operator has said under which address the platform is reached."""
    origins = settings.CSRF_TRUSTED_ORIGINS
    return origins[0].rstrip("/") + path if origins and path else ""


def ring_telephones(deliveries: Iterable[str]) -> int:
    """Let the simulated telephone ring at each; whoever plays the person hears it as an event. Returns how many rang."""
    with transaction.atomic():
        rows = list(
            Delivery.objects.select_for_update(of=("self",))
            .select_related("message", "person")
            .filter(pk__in=list(deliveries), channel=Delivery.Channel.PHONE, state=Delivery.State.QUEUED)
            .order_by("pk")
        )
        if not rows:
            return 0
        calls: dict[object, list[str]] = defaultdict(list)
        about = CallAttempt.objects.filter(delivery__in=rows)
        for delivery, call in about.values_list("delivery_id", "call_id"):
            calls[delivery].append(str(call))
        by_world: dict[UUID, list[Delivery]] = defaultdict(list)
        for row in rows:
            by_world[row.world_id].append(row)
        for world, ringing in by_world.items():
            ctx = system("telephone", world=world)
            now = ctx.now()
            for row in ringing:
                row.state, row.sent_at, row.attempts = Delivery.State.SENT, now, row.attempts + 1
            announce_all(
                ctx,
                [
                    (
                        PhoneRang(
                            delivery=str(row.pk), message=str(row.message_id), person=row.person.key,
                            username=row.person.username, name=row.person.name, calls=calls[row.pk], text=row.message.text,
                        ),
                        row.message.scope,
                        [row.person.key],
                    )
                    for row in ringing
                ],
            )  # fmt: skip
        Delivery.objects.bulk_update(rows, ["state", "sent_at", "attempts"], batch_size=500)
        about.filter(outcome=CallAttempt.Outcome.CALLED).update(outcome=CallAttempt.Outcome.RANG)
    return len(rows)
