"""Pages of plans in the making: begin one, revise one, fill in the draft, end a plan."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from anlan.kernel.context import Context
from anlan.kernel.doors import parse_json
from anlan.kernel.errors import BadInput
from anlan.kernel.figures import BadFacts
from anlan.kernel.layers.within import area_of, read_area
from anlan.kernel.services.attachments import shown_attachments
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names, phase
from anlan.kernel.web.refusals import wants_json
from anlan.kernel.web.steps import actions
from anlan.places.queries import Region
from anlan.places.web import need, signed_in

from .. import queries, services, showing
from ..comparing import compare_plans
from ..data.response_levels import shipped_plan_data
from ..data.variables import words
from ..drafting import beside_rows, filled, form_of, placed
from ..importing import Imported, read_docx, recognise
from ..importing.document import MAX_BYTES
from ..models import PlanRecord, PlanRevision
from ..names import role_names
from ..plan_files import open_plans
from ..services.draft_checking import check_draft
from ..services.feasibility import resource_choices
from ..services.files import draft_files
from ..showing import channel_names
from .plans import _is_uuid

CHANGE = "decision.plan.change"
SIGNERS = ("hq_office_head", "deputy", "commander", "top_leader")


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]


def _done(request: HttpRequest, said: str, to: str) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"message": said, "redirect": to}, json_dumps_params={"ensure_ascii": False})
    messages.success(request, said)
    return redirect(to)


@require_http_methods(["GET", "POST"])
@need(CHANGE)
def new(request: HttpRequest) -> HttpResponse:
    """Begin a plan: from a plan of the platform as model, or from a file in the exported form."""
    ctx = _ctx(request)
    error: BadInput | None = None
    if request.method == "POST":
        try:
            made = services.start_plan(ctx, region=_region(ctx), **_begun(request))
            return _done(request, _("已开始编写：%(title)s") % {"title": made.record.title}, made.get_absolute_url())
        except BadInput as wrong:
            if wants_json(request):
                raise
            error = wrong
    models = [(p["id"], p["zh"]) for p in shipped_plan_data()]
    fields: list[dict[str, Any]] = [
        {"name": "model", "label": _("以哪个预案为底稿"), "kind": "choice", "required": False, "choices": models,
         "help": _("上传文件时不必选")},
        {"name": "zh", "label": _("名称"), "kind": "text", "required": False, "max_length": 120, "help": _("不填用底稿或文件的名称")},
        {"name": "id", "label": _("编号"), "kind": "text", "required": True, "max_length": 60,
         "help": _("英文、数字和连字符，如 sjs-flood")},
        {"name": "type", "label": _("类型"), "kind": "choice", "required": True, "choices": PlanRecord.Type.choices, "default": "special"},
        {"name": "owner_name", "label": _("编制单位"), "kind": "text", "required": False, "max_length": 120,
         "help": _("企业预案填企业名称；不填为本级指挥部办公室")},
    ]  # fmt: skip
    given = request.POST if request.method == "POST" else request.GET
    faults = {error.field: str(error.message)} if error else {}
    shown = [
        {"field": f, "value": given.get(f["name"], f.get("default", "")), "fault": faults.get(str(f["name"]), "")}
        for f in fields
    ]
    return render(
        request, "decision/plan_new.html", {"fields": shown, "error": error}, status=error.status if error else 200
    )


def _begun(request: HttpRequest) -> dict[str, Any]:
    """What `start_plan` begins with. Raises BadInput."""
    given = request.POST
    upload = request.FILES.get("file")
    more: dict[str, Any] = {}
    if upload is not None and str(upload.name).lower().endswith((".docx", ".doc")):
        imported = _from_paper(upload, given.get("id", "").strip(), given.get("zh", "").strip())
        content = imported.content
        more = {"imported_from": str(upload.name)[:200], "source": imported.source}
    elif upload is not None:
        content = _uploaded(upload)
    else:
        model = next((p for p in shipped_plan_data() if p["id"] == given.get("model")), None)
        if model is None:
            raise BadInput(_("请选择底稿"), field="model")
        content = {k: v for k, v in model.items() if k not in ("note",)}
    for key in ("zh", "id", "type"):
        if text := given.get(key, "").strip():
            content = {**content, key: text}
    return {"content": content, "owner_name": given.get("owner_name", ""), "why": given.get("why", ""), **more}


def _from_paper(upload: Any, plan_id: str, title: str) -> Imported:
    """A plan on paper (.docx) read into a draft. Raises BadInput."""
    if (upload.size or 0) > MAX_BYTES:
        raise BadInput(_("文件超过 %(n)d MB") % {"n": MAX_BYTES // 2**20}, field="file", mend=_("请删去图片后再导入"))
    try:
        return recognise(read_docx(upload.read(), str(upload.name)), plan_id=plan_id, title=title)
    except BadFacts as wrong:
        raise BadInput(str(wrong), field="file") from None


def _uploaded(upload: Any) -> dict[str, Any]:
    """The one plan of a file in the exported form. Raises BadInput."""
    if (upload.size or 0) > 2_000_000:
        raise BadInput(_("文件超过 2 MB"), field="file")
    try:
        plans = open_plans(parse_json(upload.read().decode("utf-8-sig"))).plans
    except (ValueError, RecursionError, BadFacts) as wrong:
        raise BadInput(
            _("读不懂这个文件：%(what)s") % {"what": wrong}, field="file", mend=_("请上传导出的预案（JSON）")
        ) from None
    if len(plans) != 1:
        raise BadInput(_("文件里有 %(n)d 个预案") % {"n": len(plans)}, field="file", mend=_("请一次上传一个"))
    return plans[0]


@require_POST
@need(CHANGE)
def revise(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open work on a plan for a reason."""
    ctx = _ctx(request)
    found = queries.plan_record(ctx, pk)
    made = services.open_revision(
        ctx, record=found, reason=request.POST.get("reason", ""), why=request.POST.get("why", "")
    )
    return _done(request, _("已开始：%(title)s") % {"title": made}, made.get_absolute_url())


@require_POST
@need(CHANGE)
def end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The plan holds no more."""
    ctx = _ctx(request)
    found = services.end_plan(ctx, record=queries.plan_record(ctx, pk), why=request.POST.get("why", ""))
    return _done(request, _("已废止：%(title)s") % {"title": found.title}, "/plans/")


@require_http_methods(["GET", "POST"])
@signed_in
def draft(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A draft: what is wrong with it, what changes against the version in force, the form, the steps."""
    ctx = _ctx(request)
    found = queries.revision(ctx, pk)
    if request.method == "POST":
        upload = request.FILES.get("file")
        content = (
            _uploaded(upload)
            if upload is not None
            else filled(found.content, request.POST.dict(), request.POST.getlist)
        )
        edition = request.POST.get("edition", "")
        kept = services.save_draft(
            ctx, found, content=content, edition=int(edition) if edition.isdecimal() and len(edition) < 7 else 0
        )
        return _done(request, _("已保存第 %(n)d 稿") % {"n": kept.edition}, kept.get_absolute_url())
    region = found.record.region
    checked = check_draft(found.content, region, ctx)
    sections = [s for s in compare_plans(found.base.content, found.content) if s["changes"]] if found.base else []
    editing = found.state == "drafting" and (bool(ctx.keys & set(found.owner_keys)) or ctx.may(CHANGE, found.scope))
    names = role_names()
    beside = placed(found.content, checked["problems"])
    files = draft_files(ctx, found)
    return render(request, "decision/draft.html", {
        "draft": found, "record": found, "phase": phase(found, ctx.now()), "actions": actions(ctx, found), "checked": checked,
        "beside": beside, "errors": [p for ps in beside.values() for p in ps if p["severity"] == "error"],
        "others": [p for ps in beside.values() for p in ps if p["severity"] != "error"],
        "sections": [{**s, "rows": [r for r in s["rows"] if r["change"] != "same"]} for s in sections],
        "levels": showing.level_rows(found.content) if checked["valid"] and not editing else [],
        "form": beside_rows(form_of(found.content), beside) if editing else None, "editing": editing,
        "roles": sorted(names.items(), key=lambda r: r[1]),
        "unread": sum(1 for piece in found.source if piece.get("wanted") and not piece.get("used")),
        "signers": [(r, names.get(r, r)) for r in SIGNERS], "starts": _starts(), "ops": _ops(),
        "level_names": ("IV", "III", "II", "I"), "channels": channel_names().items(),
        "uppers": queries.possible_uppers(ctx, region, found.record.code), "items": resource_choices(), "loop": PlanRevision.loop,
        "history": entries_of(PlanRevision.loop.key, found.pk, names=evidence_names(PlanRevision.loop)),
        "findings": [{"row": f, "here": f.world_id == ctx.world} for f in queries.findings_of(found)],
        "files": shown_attachments(files), "upload_url": reverse("attachment-upload", args=[PlanRevision.loop.key, found.pk]),
    })  # fmt: skip


def _ops() -> list[tuple[str, str]]:
    signs = {">=": "≥ ", ">": "＞ ", "<=": "≤ ", "<": "＜ ", "==": "＝ ", "!=": "≠ "}
    return [(op, f"{signs.get(op, '')}{said}") for op, said in words().operators.items()]


@require_http_methods(["GET", "POST"])
@need(CHANGE)
def mapped(request: HttpRequest) -> HttpResponse:
    """A region drawn on the one map becomes a map of a draft: which draft, and what the region is."""
    ctx = _ctx(request)
    given = request.POST if request.method == "POST" else request.GET
    text = given.get("area", "")
    area = read_area(area_of(text) or {})
    mine = [d for d in queries.revisions(ctx).open() if d.state == "drafting"]
    if request.method == "POST":
        found = queries.revision(ctx, given.get("draft", "")) if _is_uuid(given.get("draft", "")) else None
        if found is None:
            raise BadInput(_("请选择草稿"), field="draft")
        kept = services.add_map(ctx, found, title=given.get("title", ""), text=given.get("text", ""), area=area)
        return _done(request, _("已写入第 %(n)d 稿") % {"n": kept.edition}, f"{kept.get_absolute_url()}#d-maps")
    fields: list[dict[str, Any]] = [
        {"name": "draft", "label": _("写入哪份草稿"), "kind": "choice", "required": True,
         "choices": [(str(d.pk), str(d)) for d in mine]},
        {"name": "title", "label": _("图名"), "kind": "text", "required": True, "max_length": 80,
         "help": _("如：转移范围、警戒范围、集结点")},
        {"name": "text", "label": _("说明"), "kind": "longtext", "required": False, "max_length": 1000},
    ]  # fmt: skip
    return render(request, "decision/map_new.html", {
        "fields": [{"field": f, "value": "", "fault": ""} for f in fields], "area": text, "km2": round(area.km2, 3), "drafts": mine,
    })  # fmt: skip


def _starts() -> list[tuple[str, str]]:
    return [("receive", _("接报起")), ("proposal", _("建议提交起")), ("start", _("签发起")), ("event", _("事发起"))]


def _region(ctx: Context) -> Region:
    """The region of the person's own post that may change plans."""
    here = Region.objects.filter(path__in=ctx.paths(CHANGE)).order_by("path").first()
    if here is None:
        raise BadInput(_("请选择地区"), field="region")
    return here
