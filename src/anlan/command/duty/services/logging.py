"""Own entries of the 24-hour log."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from anlan.command.models import LogEntry
from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.places.models import Region

WRITE = "command.duty_log.write"
MOST_TEXT = 2000


def note_log(
    ctx: Context, *, region: Region, text: str, kind: str = "note", about: tuple[str, Any, str] | None = None
) -> LogEntry:
    """Write an entry into the 24-hour log of a region. `kind`: one of `LogEntry.Kind`; `about`: (type, id, address).

    Called by people for what the platform cannot know (a telephone call, a leader's word) and by other parts of the house for
    what leaves no record of its own. Raises NotAllowed, BadInput.
    """
    ctx.require(WRITE, region.path)
    text = whole(text, MOST_TEXT, "text", _("内容"))
    if not text:
        raise BadInput(_("没有写内容"), field="text", mend=_("请写明什么时间、什么事、怎么办的"))
    if kind not in LogEntry.Kind.values or kind == LogEntry.Kind.CORRECTION:
        raise BadInput(_("没有这种分类"), field="kind", mend=_("请从列出的分类中选择"))
    return _write(ctx, region, kind, text, list(map(str, about or ())), None)


def correct_log(ctx: Context, *, entry: LogEntry, text: str) -> LogEntry:
    """Say what is right instead; what was written stays as it is. Raises NotAllowed, NotFound, BadInput."""
    wrong: LogEntry = LogEntry.objects.get_visible(ctx, pk=entry.pk)
    ctx.require(WRITE, wrong.region.path)
    if not text.strip():
        raise BadInput(_("没有写更正内容"), field="text", mend=_("请写出正确的内容；原来的记录会保留"))
    return _write(ctx, wrong.region, LogEntry.Kind.CORRECTION, whole(text, MOST_TEXT, "text"), wrong.about, wrong)


def _write(ctx: Context, region: Region, kind: str, text: str, about: list[str], corrects: LogEntry | None) -> LogEntry:
    with transaction.atomic():
        entry: LogEntry = LogEntry.objects.create(
            region=region, scope=region.path, world_id=ctx.world, at=ctx.now(), kind=kind, text=text, by=ctx.actor.key,
            by_name=ctx.actor.name[:120], by_post=ctx.actor.post[:160], simulated=ctx.actor.simulated, about=about, corrects=corrects,
        )  # fmt: skip
        auditing.record(
            ctx, action="command.duty_log.correct" if corrects else "command.duty_log.note", object_type="command.duty_log",
            object_id=entry.pk, scope=region.path, label=_("值班日志更正") if corrects else _("值班日志"),
            data={"kind": str(kind), "text": text, **({"corrects": str(corrects.pk)} if corrects else {})},
        )  # fmt: skip
    return entry
