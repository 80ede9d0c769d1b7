"""A paper as the answer to a request: .docx, or the PDF made from it."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from anlan.kernel.documents import Document, PdfFailed, PdfUnavailable, render_docx, render_pdf
from anlan.kernel.errors import Refused

TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


def paper_answer(document: Document, form: str, name: str = "") -> HttpResponse:
    """The document to download under `name` (its full title). 404 for a form that there is not; Refused when no PDF could be made."""
    if form not in TYPES:
        raise Http404
    content = render_docx(document)
    if form == "pdf":
        try:
            content = render_pdf(content)
        except (PdfUnavailable, PdfFailed) as error:
            raise Refused(
                _("没有生成 PDF：%(why)s") % {"why": error}, mend=_("可先下载 .docx，或请系统管理员检查转换程序")
            ) from error
    answer = HttpResponse(content, content_type=TYPES[form])
    answer["Content-Disposition"] = content_disposition_header(True, f"{name or document.full_title}.{form}")
    answer["Cache-Control"] = "no-store"
    return answer
