"""Announced by the kernel for every ledger: what exists was entered, corrected or retired."""

from __future__ import annotations

from typing import Any, ClassVar

from .base import Event, contract


@contract
class LedgerChanged(Event):
    """A row of a ledger changed. `change`: created, changed, retired, restored. `fields` names what changed."""

    subject: ClassVar[str] = "kernel.ledger.changed"
    ledger: str
    row: str
    change: str
    fields: list[str] = []

    def live(self) -> dict[str, Any]:
        return {"ledger": self.ledger, "row": self.row, "change": self.change}


@contract
class LedgerImported(Event):
    """A spreadsheet was taken into a ledger: `created` and `changed` rows, all in the region of the notice or below it.

    Announced once per import instead of `LedgerChanged` per row; who needs the rows reads them by the import's id.
    """

    subject: ClassVar[str] = "kernel.ledger.imported"
    ledger: str
    batch: str
    created: int
    changed: int

    def live(self) -> dict[str, Any]:
        return {"ledger": self.ledger, "created": self.created, "changed": self.changed}
