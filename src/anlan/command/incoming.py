"""The queue of the duty desk: receiving, registering as an incident, joining one, noting."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.loops import open_record, transition
from anlan.kernel.texts import whole_line
from anlan.kernel.wording import words as _
from anlan.places.models import Region

from .models import Incident, Incoming

LONGEST = 4000


def receive(
    ctx: Context,
    *,
    text: str,
    source: str,
    channel: str = Incoming.Channel.PHONE,
    phone: str = "",
    scope: str,
    region: Region | None = None,
    position: Any = None,
    accuracy_m: int | None = None,
    happened_at: datetime | None = None,
    facts: dict[str, Any] | None = None,
    simulated: bool = False,
    client_id: uuid.UUID | None = None,
) -> Incoming:
    """Put a report into the queue of the desk that answers for `scope`.

    The same `client_id` twice gives the row of the first time. Raises BadInput for an empty or endless text.
    """
    text = text.strip()
    if not text:
        raise BadInput(_("来报没有内容"), field="text", mend=_("请至少写一句：何时、何地、何事"))
    if len(text) > LONGEST:
        raise BadInput(_("来报超过 %(n)d 字") % {"n": LONGEST}, field="text", mend=_("请分几条报送，或用附件"))
    source, phone = whole_line(source, 120, "source", _("来源")), whole_line(phone, 40, "phone", _("电话"))
    with transaction.atomic():
        if client_id is not None:
            known = Incoming.objects.in_world(ctx).filter(client_id=client_id).first()
            if known is not None:
                return known
        return open_record(
            ctx, Incoming, channel=channel, text=text, source=source, source_phone=phone, scope=scope, region=region,
            position=position, accuracy_m=accuracy_m, happened_at=happened_at, facts=facts or {}, simulated=simulated,
            client_id=client_id, note={"channel": channel, "source": source},
        )  # fmt: skip


def register(ctx: Context, incoming: Incoming, incident: Incident) -> Incoming:
    """The report became `incident` (already opened by the same person in the same transaction)."""
    return transition(ctx, incoming, "register", evidence={"incident": str(incident.pk)}, incident=incident)


def join(ctx: Context, incoming: Incoming, incident: Incident) -> Incoming:
    """The report belongs to an incident that is known; its words become a follow-up there."""
    return transition(ctx, incoming, "join", evidence={"incident": str(incident.pk)}, incident=incident)


def waiting(ctx: Context) -> QuerySet[Incoming]:
    """Reports that nobody has taken yet, oldest first."""
    return Incoming.objects.visible_to(ctx).filter(closed_at__isnull=True).order_by("opened_at")
