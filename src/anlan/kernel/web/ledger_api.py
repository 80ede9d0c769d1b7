"""The API of every ledger, made from its declaration: typed rows, search, correction, history, spreadsheets."""

from typing import Any
from uuid import UUID

from django.db.models import UUIDField
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from ninja import File, Router, Schema, Status
from ninja.files import UploadedFile

from anlan.kernel.context import Context
from anlan.kernel.errors import NotAllowed, NotFound
from anlan.kernel.ledgers import Ledger, restore_row, retire_row, save_row
from anlan.kernel.ledgers.listing import Listing
from anlan.kernel.ledgers.pages import history_of
from anlan.kernel.ledgers.sheets import EXPORTS, export, template
from anlan.kernel.ledgers.showing import Shower, plain_row
from anlan.kernel.ledgers.taking_in import import_of, keep_upload, preview, take_in

from .schemas import TROUBLES, HistoryEntry, Why, input_schema, output_schema, page_schema


class SheetFault(Schema):
    line: int
    column: str
    value: str
    message: str
    mend: str


class ImportResult(Schema):
    """`counts`: new, changed, unchanged, error. Nothing is written before `taken`."""

    id: str
    taken: bool
    counts: dict[str, int]
    notes: list[str]
    errors: list[SheetFault]


def router_of(ledger: Ledger) -> Router:
    """A router for one ledger; paths are relative to ``/ledgers/<key>``."""
    router = Router(tags=[f"ledger {ledger.key}"])
    given, shown = input_schema(ledger), output_schema(ledger)
    page = page_schema(ledger, shown)
    name = ledger.key.replace(".", "_")
    title = str(ledger.title)
    Key: Any = UUID if isinstance(ledger.model._meta.pk, UUIDField) else str

    @router.get("", response={200: page, **TROUBLES}, operation_id=f"list_{name}", summary=f"{title}：列表",
                openapi_extra={"parameters": _conditions(ledger)})  # fmt: skip
    def list_rows(
        request: HttpRequest, q: str = "", sort: str = "", page: int = 1, size: int = 50, retired: bool = False
    ) -> Any:
        ctx = _ctx(request, ledger, "view")
        asked = Listing.read(ledger, request.GET)
        found = asked.rows(ctx)
        count = found.count()
        size = min(max(size, 1), 500)
        at = min(max(page, 1), 10**6)
        rows = list(found[(at - 1) * size : at * size])
        shower = Shower(ledger, rows)
        return {
            "count": count,
            "page": at,
            "pages": max(1, -(-count // size)),
            "items": [plain_row(r, shower) for r in rows],
        }

    @router.post("", response={201: shown, **TROUBLES}, operation_id=f"create_{name}", summary=f"{title}：新增")
    def create_row(request: HttpRequest, body: given) -> Any:  # type: ignore[valid-type]
        ctx = _ctx(request, ledger, "change")
        return Status(201, _plain(ledger, save_row(ctx, ledger, _values(body))))

    @router.get("/export.{form}", operation_id=f"export_{name}", summary=f"{title}：导出", response={200: None, **TROUBLES},
                openapi_extra={"parameters": _conditions(ledger)})  # fmt: skip
    def export_rows(request: HttpRequest, form: str) -> HttpResponse:
        ctx = _ctx(request, ledger, "export")
        if form not in EXPORTS:
            raise NotFound()
        content, file_name = export(ctx, Listing.read(ledger, request.GET), form)
        return _file(content, file_name, EXPORTS[form])

    @router.get(
        "/template.xlsx",
        operation_id=f"template_{name}",
        summary=f"{title}：导入模板",
        response={200: None, **TROUBLES},
    )
    def import_template(request: HttpRequest) -> HttpResponse:
        content, file_name = template(_ctx(request, ledger, "import"), ledger)
        return _file(content, file_name, EXPORTS["xlsx"])

    @router.post(
        "/import", response={201: ImportResult, **TROUBLES}, operation_id=f"import_{name}", summary=f"{title}：导入预览"
    )
    def bring_sheet(request: HttpRequest, file: UploadedFile = File(...)) -> Any:
        ctx = _ctx(request, ledger, "import")
        return Status(201, _result(ctx, ledger, keep_upload(ctx, ledger, file)))

    @router.post(
        "/import/{pk}",
        response={200: ImportResult, **TROUBLES},
        operation_id=f"take_{name}",
        summary=f"{title}：确认导入",
    )
    def take_sheet(request: HttpRequest, pk: UUID) -> Any:
        ctx = _ctx(request, ledger, "import")
        batch = import_of(ctx, ledger, pk)
        seen = preview(ctx, ledger, batch)
        counts = take_in(ctx, ledger, batch)
        return {
            "id": str(pk),
            "taken": True,
            "counts": counts,
            "notes": seen["notes"],
            "errors": [_fault(e) for e in seen["errors"]],
        }

    @router.get("/{pk}", response={200: shown, **TROUBLES}, operation_id=f"get_{name}", summary=f"{title}：一条")
    def get_row(request: HttpRequest, pk: Key) -> Any:
        return _plain(ledger, _row(_ctx(request, ledger, "view"), ledger, pk))

    @router.patch("/{pk}", response={200: shown, **TROUBLES}, operation_id=f"change_{name}", summary=f"{title}：修改")
    def change_row(request: HttpRequest, pk: Key, body: given) -> Any:  # type: ignore[valid-type]
        ctx = _ctx(request, ledger, "view")
        return _plain(ledger, save_row(ctx, ledger, _values(body), _row(ctx, ledger, pk)))

    @router.post(
        "/{pk}/retire", response={200: shown, **TROUBLES}, operation_id=f"retire_{name}", summary=f"{title}：停用"
    )
    def retire(request: HttpRequest, pk: Key, body: Why) -> Any:
        ctx = _ctx(request, ledger, "view")
        return _plain(ledger, retire_row(ctx, ledger, _row(ctx, ledger, pk), why=body.why))

    @router.post(
        "/{pk}/restore", response={200: shown, **TROUBLES}, operation_id=f"restore_{name}", summary=f"{title}：恢复使用"
    )
    def restore(request: HttpRequest, pk: Key) -> Any:
        ctx = _ctx(request, ledger, "view")
        return _plain(ledger, restore_row(ctx, ledger, _row(ctx, ledger, pk)))

    @router.get(
        "/{pk}/history",
        response={200: list[HistoryEntry], **TROUBLES},
        operation_id=f"history_{name}",
        summary=f"{title}：历史",
    )
    def history(request: HttpRequest, pk: Key) -> Any:
        return history_of(ledger, _row(_ctx(request, ledger, "view"), ledger, pk))

    return router


def _conditions(ledger: Ledger) -> list[dict[str, Any]]:
    """Conditions of the ledger as query parameters of the document."""
    return [
        {
            "name": f"f.{f.name}", "in": "query", "required": False, "schema": {"type": "array", "items": {"type": "string"}},
            "description": f"{f.label}: any of these values" + ("; a..b for a range" if f.ranged else ""),
        }
        for f in ledger.resolved
        if f.filter
    ]  # fmt: skip


def _ctx(request: HttpRequest, ledger: Ledger, verb: str) -> Context:
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    if not ctx.paths(ledger.permission(verb)) and not (verb == "view" and ctx.keys):
        raise NotAllowed(permission=ledger.permission(verb))
    return ctx


def _row(ctx: Context, ledger: Ledger, pk: Any) -> Any:
    return ledger.model.objects.get_visible(ctx, pk=pk)


def _plain(ledger: Ledger, row: Any) -> dict[str, Any]:
    return plain_row(row, Shower(ledger, [row]))


def _values(body: Any) -> dict[str, Any]:
    """What was sent, by the names that the ledger uses."""
    given = body.dict(exclude_unset=True)
    return {("scope" if name == "region" else name): value for name, value in given.items()}


def _result(ctx: Context, ledger: Ledger, batch: Any) -> dict[str, Any]:
    seen = preview(ctx, ledger, batch)
    errors = [_fault(e) for e in seen["errors"]]
    return {"id": str(batch.pk), "taken": False, "counts": seen["counts"], "notes": seen["notes"], "errors": errors}


def _fault(wrong: Any) -> dict[str, Any]:
    return {
        "line": wrong.line,
        "column": wrong.column,
        "value": wrong.value,
        "message": wrong.message,
        "mend": wrong.mend,
    }


def _file(content: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "no-store"
    return response
