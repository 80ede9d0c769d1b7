"""The kernel's part of the API: every ledger and every loop by its declaration, the map, attachments."""

from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest
from ninja import File, Router, Schema, Status
from ninja.files import UploadedFile

from .context import Context
from .layers import layers_for
from .ledgers import ledgers
from .loops import loops
from .services.attachments import attach, object_of, open_attachment, shown_attachments
from .web import ledger_api, loop_api
from .web.attachments import sent
from .web.maps import asked_within
from .web.schemas import TROUBLES

router = Router()


class LedgerInfo(Schema):
    key: str
    title: str
    stage: str
    fields: list[dict[str, Any]]
    may: list[str]


class LayerInfo(Schema):
    key: str
    title: str
    stage: str
    kind: str
    tiles: str
    live: str
    count: int


class AttachmentInfo(Schema):
    id: str
    name: str
    url: str
    thumb: str
    size: str
    at: str
    by: str
    media_type: str


@router.get("/ledgers", response=list[LedgerInfo], operation_id="list_ledgers", tags=["kernel"])
def list_ledgers(request: HttpRequest) -> Any:
    """Ledgers of which this person may see something, with their fields and what the person may do."""
    ctx = _ctx(request)
    return [
        {
            "key": la.key, "title": str(la.title), "stage": la.stage,
            "fields": [
                {"name": "region" if f.name == "scope" else f.name, "label": str(f.label), "kind": f.kind, "required": bool(f.required)}
                for f in la.resolved
            ],
            "may": [v for v in ("view", "change", "import", "export") if ctx.paths(la.permission(v))],
        }
        for la in ledgers().values()
        if ctx.paths(la.permission("view"))
    ]  # fmt: skip


@router.get("/loops", response=list[loop_api.Declared], operation_id="list_loops", tags=["kernel"])
def list_loops(request: HttpRequest) -> Any:
    """Every closed loop as it is declared, with its diagram as Mermaid text."""
    return [loop_api.plain_loop(loop) for loop in loops().values()]


@router.get("/map/layers", response=list[LayerInfo], operation_id="list_layers", tags=["map"])
def list_layers(request: HttpRequest) -> Any:
    """Layers with the number of things that this person sees; tiles are Mapbox vector tiles in EPSG:3857."""
    ctx = _ctx(request)
    return [
        {
            "key": la.key, "title": str(la.title), "stage": la.stage, "kind": la.kind, "live": la.live,
            "tiles": f"/map/tiles/{la.key}/{{z}}/{{x}}/{{y}}.mvt", "count": la.rows(ctx, {}).count(),
        }
        for la in layers_for(ctx)
    ]  # fmt: skip


@router.post(
    "/map/within",
    response={200: dict[str, Any], **TROUBLES},
    operation_id="map_within",
    tags=["map"],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "center": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
                            "radius_m": {"type": "number", "exclusiveMinimum": 0},
                            "geometry": {"type": "object", "description": "GeoJSON Polygon"},
                            "layers": {"type": "array", "items": {"type": "string"}},
                        },
                    }
                }
            },
        }
    },
)
def map_within(request: HttpRequest) -> Any:
    """Totals and lists of what lies inside a circle or a polygon, over all layers that this person may see."""
    return asked_within(_ctx(request), request.body)


# Before the address of a thing's files, which would take the id for the thing's kind.
@router.get(
    "/attachments/{uuid:pk}/content",
    response={200: None, **TROUBLES},
    operation_id="get_attachment_content",
    tags=["attachments"],
)
def get_attachment_content(request: HttpRequest, pk: UUID) -> Any:
    row, stream = open_attachment(_ctx(request), pk)
    return sent(FileResponse(stream, content_type=row.media_type), row.name, attached=True)


@router.post(
    "/attachments/{object_type}/{pk}", response={201: AttachmentInfo, **TROUBLES}, operation_id="attach_file", tags=["attachments"]
)  # fmt: skip
def attach_file(request: HttpRequest, object_type: str, pk: str, file: UploadedFile = File(...)) -> Any:
    """Attach a file to a ledger row or loop record (`object_type` is the key of its ledger or loop)."""
    ctx = _ctx(request)
    found = object_of(ctx, object_type, pk, to_change=True)
    row = attach(
        ctx, object_type=object_type, object_id=found.pk, scope=found.scope,
        shared_with=getattr(found, "shared_with", ()), file=file,
        name=file.name or "file",
    )  # fmt: skip
    return Status(201, shown_attachments([row])[0])


@router.get(
    "/attachments/{pk}", response={200: AttachmentInfo, **TROUBLES}, operation_id="get_attachment", tags=["attachments"]
)
def get_attachment(request: HttpRequest, pk: UUID) -> Any:
    row, stream = open_attachment(_ctx(request), pk)
    stream.close()
    return shown_attachments([row])[0]


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


for _key, _ledger in ledgers().items():
    router.add_router(f"/ledgers/{_key}", ledger_api.router_of(_ledger))
for _key, _loop in loops().items():
    router.add_router(f"/loops/{_key}", loop_api.router_of(_loop))
