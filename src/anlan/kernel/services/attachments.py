"""Files as proof: kept once under their digest, attached to one thing, seen by whoever may see that thing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.urls import reverse
from django.utils.timezone import is_naive, make_aware

from anlan.kernel import auditing
from anlan.kernel.attachments import PictureFacts, read_facts, shown_name, thumbnail
from anlan.kernel.context import Context
from anlan.kernel.errors import NotAllowed, NotFound, Refused
from anlan.kernel.models import Attachment
from anlan.kernel.wording import words as _
from anlan.kernel.worlds import REAL

from .files import file_store


class TooLarge(Refused):
    """More bytes than the installation takes."""

    status = 413
    code = "too_large"


def attach(
    ctx: Context, *, object_type: str, object_id: Any, scope: str, shared_with: Iterable[str] = (), file: Any, name: str,
    labels: Iterable[str] = (),
) -> Attachment:  # fmt: skip
    """Keep an uploaded file as proof of one thing. `file` has ``size`` and ``read()``.

    The caller has made sure that `ctx` may work on the thing. Raises TooLarge and BadInput (not a kind of file that is taken).
    """
    limit = settings.MAX_UPLOAD_BYTES
    if file.size > limit:
        raise _too_large(file, name, limit)
    content = file.read()
    kept = file_store().put(content, name=name, limit=limit)
    facts = read_facts(content) if kept.kind.group == "picture" else PictureFacts()
    with transaction.atomic():
        row = Attachment.objects.create(
            object_type=object_type,
            object_id=str(object_id),
            scope=scope,
            shared_with=sorted(set(shared_with)),
            world_id=ctx.world,
            digest=kept.digest,
            name=shown_name(name, kept.kind),
            media_type=kept.kind.media_type,
            size=kept.size,
            taken_at=_moment(facts.taken_at),
            lon=facts.lon,
            lat=facts.lat,
            uploaded_by=ctx.actor.key,
            uploaded_by_name=ctx.actor.name[:120],
            uploaded_at=ctx.now(),
            labels=sorted(set(labels)),
        )
        auditing.record(
            ctx,
            action="kernel.attachment.attach",
            label=_("上传附件"),
            object_type=object_type,
            object_id=object_id,
            scope=scope,
            data={"attachment": str(row.pk), "note": row.name, "digest": row.digest, "size": row.size},
        )
    return row  # fmt: skip


def _too_large(file: Any, name: str, limit: int) -> TooLarge:
    said = {"name": name, "now": file.size / 2**20, "n": limit // 2**20}
    return TooLarge(
        _("“%(name)s”有 %(now).1f MB，最多收 %(n)d MB") % said, field="file", limit=limit, size=file.size,
        mend=_("请在手机上改用较小的照片尺寸，或压缩后再传"),
    )  # fmt: skip


def _moment(taken: datetime | None) -> datetime | None:
    """Cameras without a zone show the time of the place."""
    return make_aware(taken) if taken is not None and is_naive(taken) else taken


def open_attachment(ctx: Context, pk: Any) -> tuple[Attachment, BinaryIO]:
    """The attachment and its content as an open file, or NotFound."""
    row = _visible(ctx, pk)
    return row, file_store().open(row.digest)


def open_thumbnail(ctx: Context, pk: Any) -> tuple[Attachment, bytes]:
    """A small picture (WebP), or NotFound when it is no picture."""
    row = _visible(ctx, pk)
    if not row.media_type.startswith("image/"):
        raise NotFound()
    return row, thumbnail(file_store().read(row.digest))


def _visible(ctx: Context, pk: Any) -> Attachment:
    """Seen by whoever sees the thing that it belongs to; where that has no page of its own, by its path and audiences."""
    from anlan.kernel.ledgers import ledgers
    from anlan.kernel.loops import loops

    row = Attachment.objects.unscoped("the thing it belongs to decides").filter(pk=pk).first()
    if row is None or row.world_id not in (ctx.world, REAL):
        raise NotFound()
    if row.object_type in ledgers() or row.object_type in loops():
        # Not by the path: a street covers the path of a report that goes up, and may not read the report.
        object_of(ctx, row.object_type, row.object_id)
        return row
    found: Attachment = Attachment.objects.get_visible(ctx, pk=pk)
    return found


def object_of(ctx: Context, object_type: str, object_id: Any, *, to_change: bool = False) -> Any:
    """The ledger row or loop record that an attachment belongs to, as `ctx` sees it. Raises NotFound, or NotAllowed when
    `to_change` and the person may look but not work on it.
    """
    from anlan.kernel.ledgers import ledger_of, ledgers
    from anlan.kernel.ledgers.services import demand_reality
    from anlan.kernel.loops import loops, model_of

    if object_type in ledgers():
        ledger = ledger_of(object_type)
        row = ledger.model.objects.get_visible(ctx, pk=object_id)
        if to_change:
            demand_reality(ctx, ledger)
            ctx.require(ledger.permission("change"), row.scope)
        return row
    if object_type in loops():
        # Whoever sees a record may add proof to it: that is what it is shared for, unless its kind says otherwise.
        found = model_of(object_type).objects.get_visible(ctx, pk=object_id)
        if to_change and not found.takes_files(ctx):
            raise NotAllowed()
        return found
    raise NotFound()


def attachments_of(ctx: Context, *, object_type: str, object_id: Any) -> list[Attachment]:
    """All attachments of a thing that the caller has already been allowed to see, oldest first."""
    rows = Attachment.objects.unscoped("the caller has shown that the thing itself is visible")
    found = rows.filter(object_type=object_type, object_id=str(object_id), world_id__in={ctx.world, REAL})
    return list(found.order_by("uploaded_at", "pk"))


def attachment_counts(ctx: Context, *, object_type: str, object_ids: Iterable[Any]) -> dict[str, int]:
    """How many each of several things has, by id, in one query; what has none is not in it. The caller may see the things."""
    rows = Attachment.objects.unscoped("the caller has shown that the things themselves are visible")
    mine = rows.filter(
        object_type=object_type, object_id__in=[str(pk) for pk in object_ids], world_id__in={ctx.world, REAL}
    )
    return dict(mine.order_by().values_list("object_id").annotate(n=Count("pk")))


def shown_attachments(rows: Iterable[Attachment]) -> list[dict[str, Any]]:
    """In the shape that parts/attachments.html documents."""
    return [
        {
            "id": str(r.pk), "name": r.name, "url": reverse("attachment", args=[r.pk]),
            "thumb": reverse("attachment-thumb", args=[r.pk]) if r.media_type.startswith("image/") else "",
            "size": _size(r.size), "at": r.uploaded_at.isoformat(), "by": r.uploaded_by_name, "media_type": r.media_type,
        }
        for r in rows
    ]  # fmt: skip


def _size(size: int) -> str:
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{max(1, round(size / 1024))} KB"
