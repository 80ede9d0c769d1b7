"""What a room offers to do with the record of another room below it, as links beside the buttons of the record's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from anlan.kernel.context import Context
from anlan.kernel.loops import LoopRecord

#: ``offer(ctx, record)`` gives (label, address) or None where the person may not.
Offer = Callable[[Context, Any], tuple[str, str] | None]

_OFFERS: dict[str, list[Offer]] = {}


def add_record_offer(loop: str, offer: Offer) -> None:
    """Declare it in a module that the room always loads (its `nav`): ``add_record_offer("analysis.signal", offer)``."""
    known = _OFFERS.setdefault(loop, [])
    if offer not in known:
        known.append(offer)


def record_offers(ctx: Context, record: LoopRecord) -> list[dict[str, Any]]:
    """The links in the form of `steps.action`, to be shown after the record's own buttons."""
    found = [made for offer in _OFFERS.get(record.loop.key, ()) if (made := offer(ctx, record))]
    return [
        {
            "name": f"offer-{n}",
            "label": label,
            "url": url,
            "method": "get",
            "evidence": [],
            "main": False,
            "confirm": "",
        }
        for n, (label, url) in enumerate(found)
    ]
