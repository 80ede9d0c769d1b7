"""Pictures and files of a plan: brought to the draft, carried over to the version that it becomes."""

from __future__ import annotations

from anlan.kernel.context import Context
from anlan.kernel.models import Attachment
from anlan.kernel.services.attachments import attachments_of

from ..models import PlanRevision, PlanVersion

VERSION = "decision.plan"


def files_of(ctx: Context, version: PlanVersion | None) -> list[Attachment]:
    """Files of a version that the caller may see."""
    return attachments_of(ctx, object_type=VERSION, object_id=version.pk) if version else []


def draft_files(ctx: Context, revision: PlanRevision) -> list[Attachment]:
    """What the version it starts from has, and what was added."""
    return [*files_of(ctx, revision.base), *attachments_of(ctx, object_type=revision.loop.key, object_id=revision.pk)]


def carry_files(ctx: Context, revision: PlanRevision) -> None:
    """The files of the draft are files of the approved version too, for everybody who may read it. The content is kept once."""
    made = revision.made
    if made is None:
        return
    known = {row.digest for row in files_of(ctx, made)}
    for row in draft_files(ctx, revision):
        if row.digest in known:
            continue
        known.add(row.digest)
        row.pk = None
        row._state.adding = True
        row.object_type, row.object_id, row.scope, row.shared_with = VERSION, str(made.pk), made.scope, made.shared_with
        row.save(force_insert=True)
