"""The API of every closed loop, made from its declaration: records, log, and one operation per step with its evidence."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from anlan.kernel.context import Context
from anlan.kernel.loops import Loop, available_steps, model_of
from anlan.kernel.loops.diagram import mermaid

from .history import entries_of
from .loops import evidence_names, offered_step, record_of
from .schemas import TROUBLES, HistoryEntry, evidence_schema
from .steps import record_url, step_from_data


class Record(Schema):
    """A record of a loop: where it stands, who owes what by when, and the steps this person could take now."""

    id: str
    loop: str
    headline: str
    state: str
    state_label: str
    region: str
    owner_role: str
    owner_keys: list[str]
    opened_at: str
    state_since: str
    due_at: str | None = None
    closed_at: str | None = None
    late: bool
    steps: list[str]
    url: str


class RecordPage(Schema):
    count: int
    page: int
    pages: int
    items: list[Record]


class Declared(Schema):
    key: str
    title: str
    states: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    mermaid: str


def plain_loop(loop: Loop) -> dict[str, Any]:
    states = [
        {
            "name": s.name, "label": str(s.label), "owner": s.owner, "final": s.final,
            "within": s.within if isinstance(s.within, int | float) else None,
            "escalate": [{"notify": r.notify, "after": r.after} for r in s.escalate],
        }
        for s in loop.states
    ]  # fmt: skip
    steps = [
        {
            "name": s.name, "label": str(s.label), "source": list(s.source), "target": s.target, "may": list(s.may),
            "automatic": s.automatic, "evidence": [e.name for e in s.evidence],
        }
        for s in loop.steps
    ]  # fmt: skip
    return {"key": loop.key, "title": str(loop.title), "states": states, "steps": steps, "mermaid": mermaid(loop)}


def router_of(loop: Loop) -> Router:
    """A router for one loop; paths are relative to ``/loops/<key>``."""
    router = Router(tags=[f"loop {loop.key}"])
    name, title = loop.key.replace(".", "_"), str(loop.title)

    @router.get("", response={200: RecordPage, **TROUBLES}, operation_id=f"list_loop_{name}", summary=f"{title}：列表")
    def list_records(request: HttpRequest, state: str = "open", page: int = 1, size: int = 50) -> Any:
        """`state`: open, all, or the name of a state. Those that fall due first come first."""
        ctx = _ctx(request)
        rows = model_of(loop.key).objects.visible_to(ctx)
        rows = rows.open() if state == "open" else rows if state == "all" else rows.filter(state=state)
        count, size, at = rows.count(), min(max(size, 1), 200), min(max(page, 1), 10**6)
        found = rows.order_by("due_at", "opened_at", "pk")[(at - 1) * size : at * size]
        return {
            "count": count,
            "page": at,
            "pages": max(1, -(-count // size)),
            "items": [plain_record(ctx, r) for r in found],
        }

    @router.get("/{pk}", response={200: Record, **TROUBLES}, operation_id=f"get_loop_{name}", summary=f"{title}：一件")
    def get_record(request: HttpRequest, pk: UUID) -> Any:
        ctx = _ctx(request)
        return plain_record(ctx, record_of(ctx, loop.key, pk))

    @router.get(
        "/{pk}/log",
        response={200: list[HistoryEntry], **TROUBLES},
        operation_id=f"log_loop_{name}",
        summary=f"{title}：办理过程",
    )
    def log(request: HttpRequest, pk: UUID) -> Any:
        record = record_of(_ctx(request), loop.key, pk)
        return entries_of(loop.key, record.pk, names=evidence_names(loop))

    for step in loop.steps:
        if not step.automatic:
            _add_step(router, loop, step, name)
    return router


def _add_step(router: Router, loop: Loop, step: Any, name: str) -> None:
    body_schema = evidence_schema(loop.key, step)
    summary = f"{loop.title}：{step.label}"

    if step.evidence:

        @router.post(
            f"/{{pk}}/{step.name}",
            response={200: Record, **TROUBLES},
            operation_id=f"step_{name}_{step.name}",
            summary=summary,
        )
        def take(request: HttpRequest, pk: UUID, body: body_schema) -> Any:  # type: ignore[valid-type]  # made from the step
            given: Schema = body
            return _take(_ctx(request), loop, pk, step.name, given.dict(exclude_unset=True))

    else:

        @router.post(
            f"/{{pk}}/{step.name}",
            response={200: Record, **TROUBLES},
            operation_id=f"step_{name}_{step.name}",
            summary=summary,
        )
        def take_plain(request: HttpRequest, pk: UUID) -> Any:
            return _take(_ctx(request), loop, pk, step.name, {})


def _take(ctx: Context, loop: Loop, pk: UUID, step: str, evidence: dict[str, Any]) -> dict[str, Any]:
    record = record_of(ctx, loop.key, pk)
    declared = offered_step(ctx, record, step)
    step_from_data(ctx, record, declared, evidence)
    fresh = type(record).objects.in_world(ctx).get(pk=pk)
    return plain_record(ctx, fresh)


def plain_record(ctx: Context, record: Any) -> dict[str, Any]:
    from anlan.kernel.scope_names import scope_names

    return {
        "id": str(record.pk), "loop": record.loop.key, "headline": str(record.headline), "state": record.state,
        "state_label": str(record.state_label), "region": scope_names().code_of(record.scope), "owner_role": record.owner_role,
        "owner_keys": list(record.owner_keys), "opened_at": record.opened_at.isoformat(),
        "state_since": record.state_since.isoformat(), "due_at": record.due_at.isoformat() if record.due_at else None,
        "closed_at": record.closed_at.isoformat() if record.closed_at else None, "late": record.is_late(ctx.now()),
        "steps": [s.name for s in available_steps(ctx, record)], "url": record_url(record),
    }  # fmt: skip


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]
