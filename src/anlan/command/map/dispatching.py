"""From the map to an order: the team or unit that was pressed is sent to the incident, one press, one task that comes back answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from anlan.command.models import Incident, Instruction
from anlan.command.responses.instructions.addressing import order_paths
from anlan.command.responses.instructions.giving import give_instruction
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.wording import words as _
from anlan.registry.models import Enterprise, Shelter, Team

#: Things of the base database behind which somebody answers, by the layer on which they are pressed.
SENT: dict[str, Any] = {"registry.team": Team, "registry.enterprise": Enterprise, "registry.shelter": Shelter}
#: Offered times (minutes) in which the order has to be done.
MINUTES = (15, 30, 60, 120)


@dataclass(frozen=True)
class Taker:
    """Who answers for a thing on the map. `address` as in `reach_of`; empty when nobody on the platform does."""

    name: str
    answers: str
    address: str


def taker_of(ctx: Context, layer: str, pk: str) -> Taker | None:
    """Who would get an order to the thing that was pressed; None for things that take no orders. Raises NotFound."""
    model = SENT.get(layer)
    if model is None:
        return None
    thing = model.objects.get_visible(ctx, pk=pk)
    if thing.retired_at is not None:
        return None
    leader = getattr(thing, "leader", None)
    if leader is not None and leader.retired_at is None:
        return Taker(str(thing), str(leader), f"post:{leader.code}")
    organisation = thing.organisation
    if organisation is None or organisation.retired_at is not None:
        return Taker(str(thing), "", "")
    return Taker(str(thing), str(organisation), f"org:{organisation.pk}")


def offered(ctx: Context, incident: Incident, layer: str, pk: str) -> Taker | None:
    """As `taker_of`, while the incident is open and this person may give orders."""
    return taker_of(ctx, layer, pk) if incident.is_open and order_paths(ctx) else None


def suggested(incident: Incident) -> str:
    """What is written in the form at first."""
    return str(_("请立即前往%(place)s，到达后报告人数和现场情况") % {"place": incident.place or incident.region.name})


def dispatch(
    ctx: Context, *, incident: Incident, layer: str, pk: str, text: str, minutes: int, urgent: bool = False, request: UUID | None = None
) -> Instruction:  # fmt: skip
    """Send the team or unit that was pressed: an instruction of the incident to whoever answers for it.

    Raises NotFound for what the caller does not see or what takes no orders, BadInput when nobody answers for it or the words or
    the time are wrong, NotAllowed and Conflict as `give_instruction` does.
    """
    taker = taker_of(ctx, layer, pk)
    if taker is None:
        raise NotFound()
    if not taker.address:
        raise BadInput(
            _("“%(name)s”没有登记所属单位，指令送不到") % {"name": taker.name}, field="organisations",
            mend=_("请先在台账里填写所属单位或带队岗位，或打电话"),
        )  # fmt: skip
    told = text if taker.name in text else f"{taker.name}：{text.strip()}" if text.strip() else text
    return give_instruction(
        ctx, text=told, asked=[taker.address], minutes=minutes, source="map", source_ref=f"{layer}/{pk}", urgent=urgent,
        incident=incident, request=request,
    )  # fmt: skip
