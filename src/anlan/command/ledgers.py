"""The ledgers of the command room, declared by its parts."""

from __future__ import annotations

from . import local_rules  # noqa: F401 (registers what regions rule otherwise about reporting)
from .briefs import ledgers as briefs  # noqa: F401 (registers what day sheets ask for)
from .consultation import ledgers as consultation  # noqa: F401 (registers the experts)
from .cooperation import ledgers as cooperation  # noqa: F401 (registers partners and their contacts)
from .duty import ledgers as duty  # noqa: F401 (registers the tables that rosters go by)
from .headquarters import ledgers as headquarters  # noqa: F401 (registers bodies and seats)
from .liaisons import ledgers as liaisons  # noqa: F401 (registers the published liaisons)
from .opinion import ledgers as opinion  # noqa: F401 (registers feeds and sensitive words)
from .responses.instructions import ledgers as instructions  # noqa: F401 (registers the groups that orders may be addressed to)
