"""When the database fails: is it away, or is it this one piece of work that it does not carry out?"""

from __future__ import annotations

from django.db import OperationalError

#: Classes of SQLSTATE (and single codes) by which the work itself failed: rolled back in a deadlock, a limit exceeded, a lock not
#: had, cancelled after too long. Everything else (no connection, shutting down, disk full) is waited for.
OF_THE_WORK = ("40", "54", "55", "57014")


def is_outage(error: BaseException) -> bool:
    """True when nothing is wrong with the work and it has to wait until the database is back."""
    if not isinstance(error, OperationalError):
        return False
    return not (getattr(error.__cause__, "sqlstate", None) or "").startswith(OF_THE_WORK)
