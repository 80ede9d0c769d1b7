"""Papers of records: rendered documents kept as attachments of what they belong to."""

from __future__ import annotations

import io
from typing import Any

from django.db import connection, transaction

from anlan.kernel.context import Context
from anlan.kernel.loops import LoopRecord
from anlan.kernel.models import Attachment
from anlan.kernel.worlds import REAL

from .attachments import attach

PAPER = "paper"


class _File(io.BytesIO):
    """Bytes as an upload has them."""

    @property
    def size(self) -> int:
        return len(self.getbuffer())


def keep_paper(ctx: Context, record: LoopRecord, data: bytes, *, name: str) -> Attachment:
    """Keep a paper of a record under `name` (with its ending); in an exercise the name carries its mark."""
    mark = "【演练】" if record.world_id != REAL else ""
    return attach(
        ctx, object_type=record.loop.key, object_id=record.pk, scope=record.scope, shared_with=record.shared_with, file=_File(data),
        name=f"{mark}{name}".replace("/", "、"), labels=[PAPER],
    )  # fmt: skip


def keep_paper_once(ctx: Context, record: LoopRecord, data: bytes, *, name: str) -> Attachment:
    """Keep a paper unless one with this ending is kept already: whoever asked for it at the same moment gets that one."""
    ending = name.rpartition(".")[2]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"paper:{record.pk}:{ending}"])
        return kept_paper(record, ending) or keep_paper(ctx, record, data, name=name)


def kept_paper(record: Any, ending: str) -> Attachment | None:
    """The paper of a record that was kept, newest first; None when there is none. The caller has shown that the record is visible."""
    rows = Attachment.objects.unscoped("the caller has shown that the record itself is visible")
    found = rows.filter(
        object_type=record.loop.key, object_id=str(record.pk), labels__contains=[PAPER], name__endswith=f".{ending}"
    )
    return found.order_by("-uploaded_at", "-pk").first()
