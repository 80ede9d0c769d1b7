"""Pages of every closed loop: its diagram, its records, one record, a step, the log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from anlan.kernel.context import Context
from anlan.kernel.errors import NotAllowed, NotFound, Refused
from anlan.kernel.loops import Loop, LoopRecord, Step, available_steps, loops, model_of
from anlan.kernel.loops.services import moved_on
from anlan.kernel.paging import page_within
from anlan.kernel.scope_names import scope_names

from .drawing import drawn
from .entering import entered
from .history import entries_of
from .refusals import wants_json
from .steps import action, actions, record_url, step_from_form

PAGE = 50


def record_of(ctx: Context, key: str, pk: Any) -> Any:
    """The record, or NotFound for an unknown loop, a foreign or an absent record."""
    return _model(key).objects.get_visible(ctx, pk=pk)


def _model(key: str) -> Any:
    if key not in loops():
        raise NotFound()
    return model_of(key)


def evidence_names(loop: Loop) -> dict[str, str]:
    return {e.name: str(e.label) for s in loop.steps for e in s.evidence}


def evidence_choices(loop: Loop) -> dict[str, dict[str, str]]:
    """The labels of what evidence is chosen from, by its name and the code that is stored."""
    found: dict[str, dict[str, str]] = {}
    for one in (e for s in loop.steps for e in s.evidence):
        found.setdefault(one.name, {}).update({str(code): str(label) for code, label in one.choices})
    return found


@require_GET
@entered
def all_loops(request: HttpRequest) -> HttpResponse:
    """Every closed loop of the house with its diagram, drawn from its declaration."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    shown = [{"loop": loop, "drawing": drawn(loop), "records": _open_count(ctx, key)} for key, loop in loops().items()]
    return render(request, "loop/all.html", {"loops": shown})


def _open_count(ctx: Context, key: str) -> int | None:
    model = model_of(key)
    return model.objects.visible_to(ctx).open().count() if model.view_permission else None


@require_GET
@entered
def records(request: HttpRequest, key: str) -> HttpResponse:
    """Records of one loop, the late ones first."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    model = _model(key)
    # A loop may have a state that is itself called "open": what has not ended needs a name of its own.
    state = request.GET.get("state", "unended")
    rows = model.objects.visible_to(ctx)
    rows = rows.open().order_by("due_at", "opened_at") if state == "unended" else rows.order_by("-opened_at")
    if state not in ("unended", "all"):
        rows = rows.filter(state=state)
    count = rows.count()
    page, last = page_within(request.GET, count, PAGE)
    found = list(rows[(page - 1) * PAGE : page * PAGE])
    names = scope_names().labels({r.scope for r in found})
    now = ctx.now()
    shown = [
        {
            "record": r,
            "url": record_url(r),
            "place": names.get(r.scope, ""),
            "phase": phase(r, now),
            "due": r.due_at.isoformat() if r.due_at else "",
        }
        for r in found
    ]
    choices = [("unended", _("未办结")), ("all", _("全部")), *model.loop.choices]
    tabs = [{"label": label, "url": f"?state={name}", "active": name == state} for name, label in choices]
    pages = {"count": count, "page": page, "pages": last, "state": state}
    return render(request, "loop/records.html", {"loop": model.loop, "rows": shown, "tabs": tabs, **pages})


def phase(record: LoopRecord, now: Any) -> str:
    """How the record stands, for position and weight on the page: ended, late or open."""
    if not record.is_open:
        return "ended"
    return "late" if record.is_late(now) else "open"


@require_GET
@entered
def record_page(request: HttpRequest, key: str, pk: UUID) -> HttpResponse:
    """One record: where it stands, what can be done, what has been done."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    return render(request, "loop/record.html", record_context(ctx, record_of(ctx, key, pk)))


def record_context(ctx: Context, record: Any) -> dict[str, Any]:
    """What the page of a record needs; rooms with a page of their own may use parts of it."""
    from anlan.kernel.services.attachments import attachments_of, shown_attachments

    loop = record.loop
    return {
        "loop": loop,
        "record": record,
        "where": scope_names().labels([record.scope]).get(record.scope, ""),
        "phase": phase(record, ctx.now()),
        "due": record.due_at.isoformat() if record.due_at and record.is_open else "",
        "actions": actions(ctx, record),
        "history": entries_of(loop.key, record.pk, names=evidence_names(loop), choices=evidence_choices(loop)),
        "attachments": shown_attachments(attachments_of(ctx, object_type=loop.key, object_id=record.pk)),
        "drawing": drawn(loop, here=record.state),
    }


@require_GET
@entered
def log(request: HttpRequest, key: str, pk: UUID) -> HttpResponse:
    """The history of a record as a fragment."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    record = record_of(ctx, key, pk)
    entries = entries_of(key, record.pk, names=evidence_names(record.loop), choices=evidence_choices(record.loop))
    return render(request, "loop/log.html", {"history": entries, "loop": record.loop, "record": record})


@require_http_methods(["GET", "POST"])
@entered
def step(request: HttpRequest, key: str, pk: UUID, name: str) -> HttpResponse:
    """The form of a step, and the step itself. A refusal shows the fault at its field and keeps what was typed."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    record = record_of(ctx, key, pk)
    declared = offered_step(ctx, record, name)
    if request.method == "GET":
        return _form(request, record, declared, {}, {})
    try:
        moved = step_from_form(ctx, record, declared, request)
    except (NotFound, NotAllowed):
        raise
    except Refused as error:
        if wants_json(request):
            raise
        faults = {
            f["field"]: f["message"]
            for f in error.details.get("faults", [{"field": error.field, "message": error.message}])
        }
        return _form(request, record, declared, request.POST, faults, error)
    record = moved if isinstance(moved, LoopRecord) else record
    said = _("已办理“%(step)s”") % {"step": declared.label}
    if wants_json(request):
        # The person may no longer see the record after the step, so nothing of it is sent along.
        return JsonResponse({"message": said, "state": record.state}, json_dumps_params={"ensure_ascii": False})
    if request.headers.get("HX-Request"):
        fresh = type(record).objects.visible_to(ctx).filter(pk=record.pk).first()
        context = {"record": record, "loop": record.loop, "said": said, "actions": actions(ctx, fresh) if fresh else []}
        return render(request, "loop/after.html", context)
    messages.success(request, said)
    return redirect(_next(request) or record_url(record))


def _next(request: HttpRequest) -> str:
    """Back to where the button was, when that is a page of ours."""
    given = request.POST.get("next", "") or request.GET.get("next", "")
    return given if given.startswith("/") and not given.startswith("//") and "\\" not in given else ""


def offered_step(ctx: Context, record: Any, name: str) -> Step:
    known = {s.name: s for s in record.loop.steps if not s.automatic}
    if name not in known:
        raise NotFound(_("没有“%(step)s”这一步") % {"step": name})
    if name in {s.name for s in available_steps(ctx, record)}:
        return known[name]
    if record.state not in known[name].source:
        raise moved_on(record, known[name])
    raise NotAllowed(
        _("您的岗位不能对「%(title)s」办理“%(step)s”") % {"title": record.headline, "step": known[name].label}
    )


def _form(
    request: HttpRequest, record: Any, declared: Step, given: Any, faults: dict[str, str], error: Refused | None = None
) -> HttpResponse:
    shown = action(record, declared)
    fields = [
        {"field": f, "value": given.get(f["name"], ""), "fault": faults.get(f["name"], "")} for f in shown["evidence"]
    ]
    context = {
        "record": record, "loop": record.loop, "step": shown, "fields": fields, "error": error,
        "back_url": _next(request) or record_url(record),
        "next": _next(request),
    }  # fmt: skip
    template = "loop/step_form.html" if request.headers.get("HX-Request") else "loop/step.html"
    return render(request, template, context, status=error.status if error else 200)
