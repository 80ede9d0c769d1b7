"""Ledgers (台账): a list of things that exist, from one screen of declaration to pages, spreadsheets, map, history and API."""

from .declaration import BadLedger, BulkAction, Field, Ledger
from .registry import add_ledger, ledger_of, ledgers
from .rows import KnownRow, KnownRows, LedgerRow, PlacedRow
from .services import restore_row, retire_row, save_row

__all__ = [
    "BadLedger", "BulkAction", "Field", "KnownRow", "KnownRows", "Ledger", "LedgerRow", "PlacedRow", "add_ledger", "ledger_of",
    "ledgers", "restore_row", "retire_row", "save_row",
]  # fmt: skip
