"""The log of messages that came in: every one is written down with what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from anlan.kernel import clock
from anlan.kernel.context import Context

from ..areas import world_scope
from ..cap.notice import WarningNotice
from ..models import Notice, WarningIntake

RECEIVE = "warning.notice.receive"
KEPT_BYTES = 1024 * 1024


def log_message(
    ctx: Context, *, raw: bytes, form: str, source: str, outcome: str, said: str, reasons: Sequence[dict[str, Any]] = (),
    read: WarningNotice | None = None, notice: Notice | None = None,
) -> WarningIntake:  # fmt: skip
    """Write the message down. What is refused is seen where it was taken in, the rest where the warning is seen."""
    home = notice.scope if notice is not None else (world_scope(ctx) or next(iter(ctx.paths(RECEIVE)), ""))
    return WarningIntake.objects.create(
        at=ctx.now(), recorded_at=clock.real_now(), form=form, source=source[:120], outcome=outcome,
        identifier=(read.identifier or "")[:160] if read else "", message_type=(read.msg_type or "")[:10] if read else "",
        references=[r.identifier[:160] for r in read.references] if read else [], reasons=list(reasons), said=said[:300],
        digest=hashlib.sha256(raw).hexdigest(), size=len(raw), raw=raw[:KEPT_BYTES], notice=notice, scope=home,
        shared_with=list(notice.shared_with) if notice else [], world_id=ctx.world, by=ctx.actor.key,
        by_name=ctx.actor.name[:120],
    )  # fmt: skip
