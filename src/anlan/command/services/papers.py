"""A report on paper: the document in official layout, kept as an attachment of the report."""

from __future__ import annotations

from typing import Any, Literal

from django.utils.timezone import localtime

from anlan.command.models import Incident, Report
from anlan.kernel.context import Context
from anlan.kernel.documents import Document, Heading, Paragraph, render_docx, render_pdf
from anlan.kernel.jobs import enqueue
from anlan.kernel.models import Attachment
from anlan.kernel.services.files import file_store
from anlan.kernel.services.papers import keep_paper, keep_paper_once, kept_paper
from anlan.kernel.wording import own_language
from anlan.kernel.wording import words as _
from anlan.kernel.worlds import REAL
from anlan.places.queries import region_at

KEY = Report.loop.key
URGENCY: dict[str, Literal["", "特急", "加急"]] = {"first": "特急", "continue": "加急", "final": ""}


def district_path(scope: str) -> str:
    """The county in which a path lies: segments up to the six-digit one."""
    segments = [s for s in scope.split("/") if s]
    cut = next((i for i, s in enumerate(segments) if len(s) == 6), len(segments) - 1)
    return "/".join(segments[: cut + 1]) + "/"


def unit_of(incident: Incident) -> str:
    """Who reports: the duty room of the county."""
    district = region_at(district_path(incident.scope))
    return _("%(district)s总值班室") % {"district": district.name if district else ""}


@own_language()
def document_of(report: Report) -> Document:
    """The paper of a report with its serial, urgency, signer and, in an exercise, its mark."""
    unit = report.office_name or report.body.get("unit") or unit_of(report.incident)
    blocks: list[Any] = []
    for part in report.body.get("paragraphs", []):
        if part.get("heading"):
            blocks.append(Heading(part["heading"]))
        blocks.append(Paragraph(part["text"]))
    at = report.signed_at or report.opened_at
    return Document(
        title=report.title,
        body=tuple(blocks),
        head=_("%(unit)s突发事件信息") % {"unit": unit},
        serial=report.serial or None,
        urgency=URGENCY.get(report.stage, ""),
        signers=(report.signed_by,) if report.signed_by else (),
        addressee="、".join(report.addressees),
        signature=unit,
        date=localtime(at).date(),
        exercise=report.world_id != REAL,
        printed_by=unit,
        printed_on=localtime(at).date(),
    )


@own_language()
def lay_down(ctx: Context, report: Report) -> Attachment:
    """Keep the signed paper as .docx and ask for its PDF."""
    from anlan.command.tasks import make_pdf

    kept = keep_paper(ctx, report, render_docx(document_of(report)), name=_name(report, "docx"))
    enqueue(make_pdf, report=str(report.pk), world=str(ctx.world))
    return kept


def lay_down_pdf(ctx: Context, report: Report) -> Attachment:
    """The PDF of the signed paper, made from the very .docx that was laid down. Runs twice without harm."""
    done = paper(report, "pdf")
    if done is not None:
        return done
    source = paper(report, "docx")
    data = file_store().read(source.digest) if source else render_docx(document_of(report))
    return keep_paper_once(ctx, report, render_pdf(data), name=_name(report, "pdf"))


def paper(report: Report, ending: str) -> Attachment | None:
    return kept_paper(report, ending)


def _name(report: Report, ending: str) -> str:
    return f"{report.serial}{report.title}.{ending}"
