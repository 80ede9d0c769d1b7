"""Which ledgers exist. Declaring one brings its page on the rail and, when its rows lie somewhere, its map layer."""

from __future__ import annotations

from typing import Any

from anlan.kernel.errors import NotFound
from anlan.kernel.web.nav import NavItem, add_nav

from .declaration import BadLedger, Ledger

_LEDGERS: dict[str, Ledger] = {}


def add_ledger(*declared: Ledger) -> None:
    """Called from a room's `ledgers.py`. The model's view permission becomes ``<key>.view``."""
    for ledger in declared:
        if ledger.key in _LEDGERS:
            raise BadLedger(f"ledger {ledger.key} is declared twice")
        if ledger.model.view_permission not in ("", ledger.permission("view")):
            raise BadLedger(f"ledger {ledger.key}: its model is seen with {ledger.model.view_permission!r}")
        ledger.model.view_permission = ledger.permission("view")
        _LEDGERS[ledger.key] = ledger
        add_nav(
            NavItem(
                key=ledger.key, stage=ledger.stage, label=ledger.title, url_name="ledger", args=(ledger.key,),
                permission=ledger.permission("view"), order=ledger.order, group="kept",
            )
        )  # fmt: skip
        if ledger.has_position:
            _add_layer(ledger)


def _add_layer(ledger: Ledger) -> None:
    from anlan.kernel.layers import add_layer

    from .mapping import layer_of

    add_layer(layer_of(ledger))


def ledgers() -> dict[str, Ledger]:
    return dict(sorted(_LEDGERS.items(), key=lambda pair: (pair[1].stage, pair[1].order, pair[0])))


def ledger_of(key: str) -> Ledger:
    """Raises NotFound for a ledger that does not exist."""
    try:
        return _LEDGERS[key]
    except KeyError:
        raise NotFound() from None


def ledger_of_model(model: Any) -> Ledger:
    for ledger in _LEDGERS.values():
        if ledger.model is model:
            return ledger
    raise BadLedger(f"{model.__name__} is kept in no ledger")
