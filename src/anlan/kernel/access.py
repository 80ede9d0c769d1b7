"""Telling the open pages of somebody that their rights must be read anew."""

from __future__ import annotations

from anlan.events.access import AccessChanged

from .announcing import announce
from .context import Context
from .worlds import REAL


def tell_access_changed(ctx: Context, *keys: str) -> None:
    """Announce, in the caller's transaction, that rights or world of all who answer to one of `keys` may have changed."""
    announce(ctx.inside(REAL), AccessChanged(keys=sorted(set(keys))), scope="")
