"""Background work of review."""

from __future__ import annotations

import uuid

from anlan.kernel.context import system
from anlan.kernel.jobs import job
from anlan.kernel.models import Attachment


@job(queue="papers")
def make_pdf(paper: str, world: str) -> None:
    """The PDF of an after-action report. Runs twice without harm."""
    from .after_action.services import lay_down_pdf

    row = Attachment.objects.unscoped("the job makes the same paper in another form").get(pk=paper)
    lay_down_pdf(system("papers", world=uuid.UUID(world)), row)
