"""What sensing does when the base database changes: the things that measure are kept in step with it."""

from __future__ import annotations

from anlan.events.ledgers import LedgerChanged, LedgerImported
from anlan.kernel.context import Context
from anlan.kernel.models import AuditEntry
from anlan.kernel.reactions import reacts_to

from .following import FOLLOWED, follow_registry


@reacts_to(LedgerChanged)
def follow_changed_row(ctx: Context, event: LedgerChanged) -> None:
    if event.ledger in FOLLOWED:
        follow_registry(ctx, ledger=event.ledger, rows=[event.row])


@reacts_to(LedgerImported)
def follow_imported_rows(ctx: Context, event: LedgerImported) -> None:
    """The rows of an import are named by the audit rows that it wrote."""
    if event.ledger in FOLLOWED:
        written = AuditEntry.objects.filter(object_type=event.ledger, data__import=event.batch)
        follow_registry(ctx, ledger=event.ledger, rows=written.values_list("object_id", flat=True))
