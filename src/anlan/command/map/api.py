"""The API of plotting on the map of an incident."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import AwareDatetime

from anlan.command.queries.incidents import incident
from anlan.kernel.context import Context

from . import plotting

router = Router()


class PlotIn(Schema):
    """`symbol`: key of a sign. `geometry`: GeoJSON (WGS84) point, line or polygon as the sign asks, at most 500 corners."""

    symbol: str
    geometry: dict[str, Any]
    label: str = ""


class PlotChangeIn(Schema):
    """What is left out stays. `seen`: the version that was changed; the last writer wins and is told over whom."""

    seen: int
    geometry: dict[str, Any] | None = None
    label: str | None = None
    symbol: str = ""


class PlotOut(Schema):
    """A GeoJSON feature; `over` says whose change this one was made over, empty otherwise."""

    type: str
    id: UUID
    geometry: dict[str, Any]
    properties: dict[str, Any]
    over: str = ""


class PlotsOut(Schema):
    type: str = "FeatureCollection"
    features: list[PlotOut]


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


def _out(made: plotting.Drawn) -> dict[str, Any]:
    return {**plotting.feature(made.mark), "over": made.over}


@router.get("/incidents/{uuid:pk}/plotting", response=PlotsOut, summary="What is drawn on the map of an incident")
def get_plotting(request: HttpRequest, pk: UUID, at: AwareDatetime | None = None) -> dict[str, Any]:
    """`at`: what stood there then."""
    ctx = _ctx(request)
    return {"features": plotting.marks_of(ctx, incident(ctx, pk), at)}


@router.post("/incidents/{uuid:pk}/plotting", response={201: PlotOut}, summary="Draw a sign, a line or an area")
def post_plotting(request: HttpRequest, pk: UUID, given: PlotIn) -> tuple[int, dict[str, Any]]:
    ctx = _ctx(request)
    made = plotting.draw(
        ctx, incident=incident(ctx, pk), symbol=given.symbol, geometry=given.geometry, label=given.label
    )
    return 201, _out(made)


@router.put("/incidents/{uuid:pk}/plotting/{uuid:mark}", response=PlotOut, summary="Change what is drawn")
def put_plotting(request: HttpRequest, pk: UUID, mark: UUID, given: PlotChangeIn) -> dict[str, Any]:
    ctx = _ctx(request)
    made = plotting.redraw(ctx, incident=incident(ctx, pk), mark=mark, **given.dict())
    return _out(made)


@router.delete("/incidents/{uuid:pk}/plotting/{uuid:mark}", response=PlotOut, summary="Take off what is drawn")
def delete_plotting(request: HttpRequest, pk: UUID, mark: UUID) -> dict[str, Any]:
    """Its versions stay."""
    ctx = _ctx(request)
    return _out(plotting.remove(ctx, incident=incident(ctx, pk), mark=mark))
