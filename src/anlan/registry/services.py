"""The verbs of the base database are those of every ledger; other rooms find them here."""

from anlan.kernel.ledgers import restore_row, retire_row, save_row

__all__ = ["restore_row", "retire_row", "save_row"]
