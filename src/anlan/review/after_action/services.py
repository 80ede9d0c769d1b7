"""Making an after-action report and keeping it with what it is about."""

from __future__ import annotations

import contextlib
import io
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from anlan.command.models import Incident, Response
from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.documents import PdfUnavailable, render_docx, render_pdf
from anlan.kernel.errors import NotFound
from anlan.kernel.models import Attachment
from anlan.kernel.services.attachments import attach, attachments_of

from .gathering import gather
from .paper import compose

LABEL = "after_action"
KINDS: dict[str, Any] = {"response": Response, "incident": Incident}
MAKE = "review.report.make"


class _File(io.BytesIO):
    """Bytes as an upload has them."""

    @property
    def size(self) -> int:
        return len(self.getbuffer())


def subjects(ctx: Context, limit: int = 60) -> list[dict[str, Any]]:
    """What can be reported on, as far as `ctx` sees it: ``{kind, record, title, what, from, until}``, the newest first."""
    rows: list[dict[str, Any]] = []
    for response in Response.objects.visible_to(ctx).select_related("region").order_by("-started_at")[:limit]:
        rows.append({
            "kind": "response", "record": response, "title": str(response), "what": _("应急响应"), "from": response.started_at,
            "until": response.closed_at,
        })  # fmt: skip
    for incident in Incident.objects.visible_to(ctx).order_by("-received_at")[:limit]:
        rows.append({
            "kind": "incident", "record": incident, "title": incident.title, "what": _("突发事件"), "from": incident.received_at,
            "until": incident.closed_at,
        })  # fmt: skip
    return sorted(rows, key=lambda r: r["from"], reverse=True)[:limit]


def subject(ctx: Context, kind: str, pk: Any) -> Any:
    """The response or incident. Raises NotFound."""
    if kind not in KINDS:
        raise NotFound()
    return KINDS[kind].objects.select_related("region").get_visible(ctx, pk=pk)


def papers_of(ctx: Context, record: Any) -> list[Attachment]:
    """Reports made about a record that the caller sees, the newest first."""
    found = attachments_of(ctx, object_type=record.loop.key, object_id=record.pk)
    return [a for a in reversed(found) if LABEL in a.labels]


def make_report(ctx: Context, record: Any) -> list[Attachment]:
    """The report as .docx and, where the machine can, as PDF; both are kept as attachments of the record.

    Raises NotAllowed. A later report does not replace an earlier one: each says when it was made.
    """
    ctx.require(MAKE, record.scope)
    paper = compose(gather(ctx, record))
    docx = render_docx(paper)
    files = [(docx, "docx")]
    # Without LibreOffice on the machine the .docx still says everything.
    with contextlib.suppress(PdfUnavailable):
        files.append((render_pdf(docx), "pdf"))
    kept: list[Attachment] = []
    with transaction.atomic():
        for content, ending in files:
            kept.append(attach(
                ctx, object_type=record.loop.key, object_id=record.pk, scope=record.scope, shared_with=record.shared_with,
                file=_File(content), name=f"{paper.full_title}.{ending}".replace("/", "、"), labels=[LABEL],
            ))  # fmt: skip
        auditing.record(
            ctx, action="review.report.made", label=_("生成评估报告"), object_type=record.loop.key, object_id=record.pk,
            scope=record.scope, data={"papers": [str(a.pk) for a in kept]},
        )  # fmt: skip
    return kept
