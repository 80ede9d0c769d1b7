"""Seats at the command map: what is on at first, and what a person has chosen there."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml
from django.db import transaction

from anlan.command.models import MapSeat
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.wording import words as _

_FILE = Path(__file__).parent / "data" / "seats.yaml"
MOST_LAYERS = 200


class Seat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A seat; `layers` are patterns of layer keys."""

    id: str
    zh: str
    layers: list[str]


class _Seats(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    confidence: str
    seats: list[Seat]


@cache
def seats() -> dict[str, Seat]:
    """The seats in their order. Raises msgspec.ValidationError when the file says something of the wrong kind."""
    return {s.id: s for s in msgspec.convert(yaml.safe_load(_FILE.read_text(encoding="utf-8")), _Seats).seats}


def seat_of(ctx: Context) -> str:
    """Where the person sat last; the first seat for whoever has not sat anywhere."""
    last = MapSeat.objects.filter(person=ctx.actor.key).order_by("-used_at").first()
    return last.seat if last and last.seat in seats() else next(iter(seats()))


def layers_at(ctx: Context, seat: str, known: Iterable[str]) -> list[str]:
    """Which of the `known` layers are on at a seat: the person's choice, else the seat's own."""
    known = list(known)
    kept = MapSeat.objects.filter(person=ctx.actor.key, seat=seat).first()
    if kept is not None and kept.layers:
        return [key for key in known if key in kept.layers]
    return [key for key in known if any(fnmatchcase(key, pattern) for pattern in seats()[seat].layers)]


def take_seat(ctx: Context, *, seat: str, layers: Any = None) -> None:
    """Sit down at a seat; with `layers` the layers shown there are kept. Raises BadInput."""
    if seat not in seats():
        raise BadInput(_("没有这个席位"), field="seat", mend=_("请选列出的席位"))
    if layers is not None and not (
        isinstance(layers, list)
        and len(layers) <= MOST_LAYERS
        and all(isinstance(k, str) and len(k) <= 80 for k in layers)
    ):
        raise BadInput(_("图层名单写错了"), field="layers", mend=_("写成图层标识的列表"))
    given: dict[str, Any] = {"used_at": ctx.now(), **({} if layers is None else {"layers": layers})}
    with transaction.atomic():
        MapSeat.objects.update_or_create(person=ctx.actor.key, seat=seat, defaults=given)
