"""Making an after-action report and keeping it with what it is about."""

from __future__ import annotations

import io
import logging
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from anlan.command.models import Incident, Response
from anlan.events.review import ReportMade
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.documents import PdfUnavailable, render_docx, render_pdf
from anlan.kernel.errors import NotFound
from anlan.kernel.jobs import enqueue
from anlan.kernel.models import Attachment
from anlan.kernel.services.attachments import attach, attachments_of, object_of
from anlan.kernel.services.files import file_store
from anlan.kernel.wording import own_language

from .gathering import gather
from .paper import compose
from .paper_brief import compose_brief

log = logging.getLogger("anlan.review")

LABEL = "after_action"
#: The two forms of a report: a few pages for a leader, and everything.
BRIEF, FULL = "brief", "full"
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


def report_sets(ctx: Context, record: Any) -> list[dict[str, Any]]:
    """The reports made about a record, newest first: ``{"at", "by", "brief": [Attachment], "full": [Attachment]}``, .docx before PDF."""
    papers = papers_of(ctx, record)
    pdfs = {label.removeprefix("of:"): a for a in papers for label in a.labels if label.startswith("of:")}
    sets: dict[Any, dict[str, Any]] = {}
    for docx in (a for a in papers if a.name.endswith(".docx")):
        form = BRIEF if BRIEF in docx.labels else FULL
        together = next((label for label in docx.labels if label.startswith("set:")), str(docx.pk))
        found = sets.setdefault(together, {
            "at": docx.uploaded_at, "by": docx.uploaded_by_name, BRIEF: [], FULL: [],
        })  # fmt: skip
        found[form] += [docx, *([pdfs[str(docx.pk)]] if str(docx.pk) in pdfs else [])]
    return list(sets.values())


def make_report(ctx: Context, record: Any) -> dict[str, Attachment]:
    """The report in both forms as .docx, kept with the record: ``{"brief", "full"}``; the PDFs follow within seconds by jobs.

    Raises NotAllowed. A later report does not replace an earlier one: each says when it was made.
    """
    ctx.require(MAKE, record.scope)
    with own_language():
        story = gather(ctx, record)
        papers = {FULL: compose(story), BRIEF: compose_brief(story)}
        written = {form: render_docx(paper) for form, paper in papers.items()}
    with transaction.atomic():
        together = f"set:{uuid4().hex}"
        kept = {
            form: _keep(ctx, record, docx, f"{papers[form].full_title}.docx", form, together)
            for form, docx in written.items()
        }
        auditing.record(
            ctx, action="review.report.made", label=gettext_lazy("生成评估报告"), object_type=record.loop.key, object_id=record.pk,
            scope=record.scope, data={"paper": str(kept[FULL].pk), "brief": str(kept[BRIEF].pk)},
        )  # fmt: skip
        from ..tasks import make_pdf

        for form in (BRIEF, FULL):
            enqueue(make_pdf, paper=str(kept[form].pk), world=str(ctx.world))
    return kept


def lay_down_pdf(ctx: Context, paper: Attachment) -> Attachment | None:
    """The PDF of a report, from the very .docx that was kept. Running twice does no harm; None without LibreOffice."""
    record = object_of(ctx, paper.object_type, paper.object_id)
    name = f"{paper.name.removesuffix('.docx')}.pdf"
    mark = f"of:{paper.pk}"
    before = [a for a in papers_of(ctx, record) if mark in a.labels]
    if before:
        return before[0]
    form = next((label for label in paper.labels if label in (BRIEF, FULL)), FULL)
    try:
        content = render_pdf(file_store().read(paper.digest))
    except PdfUnavailable:
        # The .docx says everything; the log says what this machine lacks.
        log.warning("no PDF of %s: LibreOffice is not installed", paper.name)
        return None
    with transaction.atomic():
        return _keep(ctx, record, content, name, mark, form)


def _keep(ctx: Context, record: Any, content: bytes, name: str, *labels: str) -> Attachment:
    kept = attach(
        ctx, object_type=record.loop.key, object_id=record.pk, scope=record.scope, shared_with=record.shared_with,
        file=_File(content), name=name.replace("/", "、"), labels=[LABEL, *labels],
    )  # fmt: skip
    event = ReportMade(subject_type=record.loop.key, about=str(record.pk), paper=str(kept.pk), name=kept.name)
    announce(ctx, event, scope=record.scope, shared_with=record.shared_with)
    return kept
