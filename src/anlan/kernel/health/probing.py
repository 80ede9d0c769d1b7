"""The platform's own probe: who it is, and that nothing of it piles up. It knocks at the front door like any sender.

It lives on a path of its own that no region lies above, so that no person's rights reach it: it is on no map, in no list and in no
figure, and its notices go to nobody but itself.
"""

from __future__ import annotations

import hmac
from datetime import datetime

from django.db import transaction
from django.utils.crypto import salted_hmac

from anlan.kernel.context import EVERYTHING, Actor, Context, Grant
from anlan.kernel.models import FailedReaction, Inbox, Outbox
from anlan.kernel.reactions import reactions_to

SCOPE = "~/probe/"
ACTOR = "system:probe"
_BEARER = "Bearer "


def token() -> str:
    """What the probe shows at the door: made from the installation's signing key, so that it is kept nowhere."""
    return salted_hmac("anlan.kernel.health.probing", "probe", algorithm="sha256").hexdigest()


def shows_token(authorization: str) -> bool:
    """Whether an Authorization header is the probe's."""
    return authorization.startswith(_BEARER) and hmac.compare_digest(
        authorization.removeprefix(_BEARER).strip().encode(), token().encode()
    )


def probe_context() -> Context:
    """Everything on the probe's own path, nothing anywhere else."""
    grant = Grant(role="probe", path=SCOPE, permissions=frozenset({EVERYTHING}))
    return Context(actor=Actor(key=ACTOR, name="平台自检", simulated=True), grants=(grant,))


def forget_announcements(before: datetime, most: int = 5000) -> int:
    """Delete the probe's announcements recorded before an instant, with what remembers that they were reacted to; returns how many.

    The last position given stays, since the next one is counted from it; so does what failed and waits for a person.
    """
    with transaction.atomic():
        last = list(
            Outbox.objects.filter(position__isnull=False).order_by("-position").values_list("pk", flat=True)[:1]
        )
        old = Outbox.objects.filter(scope=SCOPE, recorded_at__lt=before, published_at__isnull=False).exclude(
            pk__in=last
        )
        rows = list(old.order_by("pk").values_list("pk", "event", "subject")[:most])
        kept = set(
            FailedReaction.objects.filter(event__in=[e for _pk, e, _s in rows]).values_list("event_id", flat=True)
        )
        rows = [row for row in rows if row[1] not in kept]
        names = {reaction.name for _pk, _event, subject in rows for reaction in reactions_to(subject)}
        Inbox.objects.filter(reaction__in=names, event__in=[event for _pk, event, _subject in rows]).delete()
        Outbox.objects.filter(pk__in=[pk for pk, _event, _subject in rows]).delete()
    return len(rows)
