"""Tables in and out: ledgers as .xlsx or .csv, templates to fill in, and reading back what people made of them.

    from anlan.kernel.spreadsheet import Column, read_table, template_xlsx, write_csv, write_xlsx

A file that cannot be read at all raises `TableRefused`; faults of single lines are listed and the other lines go on.
"""

from .column import Column
from .opening import TableRefused
from .reading import ParsedRow, RowError, TableResult, read_table
from .template import template_xlsx
from .writing import write_csv, write_xlsx

__all__ = [
    "Column",
    "ParsedRow",
    "RowError",
    "TableRefused",
    "TableResult",
    "read_table",
    "template_xlsx",
    "write_csv",
    "write_xlsx",
]
