"""Writing and revising plans: opened by a person or by the rules, drafted, reviewed, approved, filed."""

from __future__ import annotations

import calendar
import json
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from anlan.kernel import auditing, clock
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict, Refused
from anlan.kernel.layers.within import Area
from anlan.kernel.loops import open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.texts import whole, whole_line
from anlan.kernel.wording import words as _
from anlan.places.queries import Organisation, Region, posts_with_role

from ..data.plan_document import FORMAT, TYPES
from ..data.plan_validity import validity_rules
from ..drafting import form_of, placed
from ..models import PlanRecord, PlanRevision, PlanVersion
from ..queries import upper_record
from .draft_checking import demand_fit
from .files import carry_files
from .plans import keep_version, readable, record_of

CHANGE = "decision.plan.change"
MOST_CHARACTERS = 2_000_000
#: Characters of what a person gives as the reason; what the platform writes itself may be as long as its findings.
MOST_WHY = 2000


def open_revision(ctx: Context, *, record: PlanRecord, reason: str, why: str = "", kind: str = "") -> PlanRevision:
    """Open work on a plan that exists, from its newest version. `reason`: id of plan_validity.yaml; `kind` follows from it.

    A shipped plan is revised as the region's own: use `start_plan` with the shipped one as model. Raises Conflict when work is open.
    """
    _only_real(ctx)
    rules = validity_rules()
    if reason not in rules.reasons:
        raise BadInput(_("请选择编修的情形"), field="reason")
    if not ctx.actor.key.startswith("system:"):
        why = whole(why, MOST_WHY, "why")
    if record.region is None:
        raise Refused(_("平台自带的预案不能直接修改"), mend=_("请以它为底稿新编本区的预案"))
    if not ctx.actor.key.startswith("system:"):
        ctx.require(CHANGE, record.region.path)
    if record.ended_at is not None:
        raise Conflict(_("这个预案已经失效"), mend=_("需要时请新编一个预案"))
    base = newest(record)
    return open_work(
        ctx, record, base, dict(base.content) if base else {}, reason, kind or rules.reasons[reason].then, why
    )


def start_plan(
    ctx: Context, *, region: Region, content: dict[str, Any], owner: Organisation | None = None, owner_name: str = "",
    upper: PlanRecord | None = None, why: str = "", imported_from: str = "", source: list[Any] | None = None,
) -> PlanRevision:  # fmt: skip
    """Begin a new plan of a region from a draft in the exported form; it need not hold together yet, but has id, title and type.

    Raises BadInput naming the field, Conflict when there is a plan of that code already.
    """
    _only_real(ctx)
    ctx.require(CHANGE, region.path)
    content, why = _draft(content), whole(why, MOST_WHY, "why")
    given = {}
    for key, said, most in (("id", _("编号"), 60), ("zh", _("名称"), 120), ("hazard", _("灾种"), 40)):
        given[key] = whole_line(str(content.get(key) or ""), most, key, said)
        if not given[key]:
            raise BadInput(_("请填写%(what)s") % {"what": said}, field=key)
    type_ = str(content.get("type") or "special")
    if type_ not in TYPES:
        raise BadInput(_("请选择预案类型"), field="type")
    known = PlanRecord.objects.unscoped("codes are counted per region").filter(region=region, code=given["id"]).first()
    if known is not None:
        raise Conflict(
            _("本区已有编号为 %(code)s 的预案：%(title)s") % {"code": given["id"], "title": known.title}, field="id",
            mend=_("请换一个编号，或打开该预案提出修订"),
        )  # fmt: skip
    with transaction.atomic():
        record = record_of(
            ctx, region=region, code=given["id"], title=given["zh"], type_=type_, hazard=given["hazard"],
            owner=owner, owner_name=whole(owner_name, 120, "owner_name"), upper=upper, shared_with=[region.key],
        )  # fmt: skip
        return open_work(
            ctx, record, None, content, "new", "rewrite", why, imported_from=imported_from, source=source or []
        )


def save_draft(ctx: Context, revision: PlanRevision, *, content: Any, edition: int) -> PlanRevision:
    """Keep a draft. `edition` is the one that was edited; Conflict when somebody saved meanwhile. Faults are allowed until the review."""
    _only_real(ctx)
    draft = _draft(content)
    with transaction.atomic():
        fresh: PlanRevision = PlanRevision.objects.select_for_update(of=("self",)).get_visible(ctx, pk=revision.pk)
        if not (ctx.keys & set(fresh.owner_keys)):
            ctx.require(CHANGE, fresh.scope)
        if fresh.state != "drafting":
            raise Conflict(
                _("草稿已经%(state)s，不能再改") % {"state": fresh.state_label}, mend=_("需要修改时请审查人退回")
            )
        if fresh.edition != edition:
            raise Conflict(
                _("别人刚保存过这份草稿（第 %(n)d 稿）") % {"n": fresh.edition},
                mend=_("请打开最新一稿，把您的修改并进去"),
            )
        if draft.get("id") != fresh.record.code:
            raise BadInput(_("编号不能改，应为 %(code)s") % {"code": fresh.record.code}, field="id")
        fresh.content, fresh.edition = draft, edition + 1
        fresh.save(update_fields=["content", "edition"])
        auditing.record(
            ctx, action="decision.plan_revision.saved", label=_("保存草稿"), object_type=fresh.loop.key, object_id=fresh.pk,
            scope=fresh.scope, data={"edition": fresh.edition},
        )  # fmt: skip
    return fresh


def add_map(ctx: Context, revision: PlanRevision, *, title: str, text: str, area: Area) -> PlanRevision:
    """A region drawn on the map becomes a map of the draft."""
    if not title.strip():
        raise BadInput(_("请填写图名"), field="title")
    ring: Any = area.shape.coords[0]
    corners = [[round(x, 6), round(y, 6)] for x, y in ring[:-1]]
    made: dict[str, Any] = {"title": whole(title, 80, "title"), "area": corners}
    if text.strip():
        made["text"] = whole(text, 1000, "text")
    content = {**revision.content, "maps": [*(revision.content.get("maps") or ()), made]}
    return save_draft(ctx, revision, content=content, edition=revision.edition)


@step_service("decision.plan_revision", "submit")
def submit(ctx: Context, revision: PlanRevision, evidence: dict[str, Any]) -> PlanRevision:
    """To whoever approves a plan of that type."""
    _only_real(ctx)
    demand_fit(revision.content, revision.record.region)
    posts = _posts(revision.approver, revision.record.region)
    keys = sorted({p.key for p in posts})
    shared = sorted({*revision.shared_with, *keys})
    return transition(ctx, revision, "submit", evidence=evidence, owner_keys=keys, shared_with=shared)


@step_service("decision.plan_revision", "send_back")
def send_back(ctx: Context, revision: PlanRevision, evidence: dict[str, Any]) -> PlanRevision:
    """Back to whoever drafted it."""
    _only_real(ctx)
    return transition(ctx, revision, "send_back", evidence=evidence, owner_keys=revision.drafters)


@step_service("decision.plan_revision", "approve")
def approve_plan(ctx: Context, revision: PlanRevision, evidence: dict[str, Any]) -> PlanRevision:
    """Approve: the draft becomes the next version, in force from now on. Raises Conflict when another version came in meanwhile."""
    _only_real(ctx)
    demand_fit(revision.content, revision.record.region)
    who = ctx.actor.signature
    with transaction.atomic():
        record = PlanRecord.objects.unscoped("the plan of a revision that the person sees").select_for_update(
            of=("self",)
        )
        plan_row = record.get(pk=revision.record_id)
        done: PlanRevision = transition(
            ctx,
            revision,
            "approve",
            evidence=evidence,
            owner_keys=revision.drafters,
            approved_by=who,
            approved_at=ctx.now(),
        )
        last = newest(plan_row)
        if (last.pk if last else None) != done.base_id:
            raise Conflict(
                _("编修期间又启用了新版本（第 %(n)d 版）") % {"n": last.version if last else 0},
                mend=_("请退回修改，按新版本核对后再送审"),
            )
        content = {**done.content, "format": FORMAT}
        plan = readable(content)
        row = record_of(
            ctx, region=plan_row.region, code=plan_row.code, title=plan.zh, type_=plan.type, hazard=plan.hazard,
            shared_with=plan_row.shared_with,
        )  # fmt: skip
        _place_under(row, plan.upper)
        done.made = keep_version(ctx, plan, content, region=plan_row.region, record=row, approved_by=who)
        done.save(update_fields=["made"])
        carry_files(ctx, done)
    return done


def _place_under(row: PlanRecord, code: str) -> None:
    """The plan above is the one that the approved version names."""
    upper = upper_record(row.region, code) if code else None
    if upper is not None and upper.pk == row.pk:
        upper = None
    if row.upper_id != (upper.pk if upper else None):
        row.upper = upper
        row.save(update_fields=["upper"])


@step_service("decision.plan_revision", "file")
def file_plan(ctx: Context, revision: PlanRevision, evidence: dict[str, Any]) -> PlanRevision:
    """Note with whom the plan was filed, and under which number."""
    _only_real(ctx)
    number = str(evidence.get("filing_number") or "")
    return transition(ctx, revision, "file", evidence=evidence, filing_number=number)


def end_plan(ctx: Context, *, record: PlanRecord, why: str) -> PlanRecord:
    """The plan holds no more (失效); where a shipped one covers its hazard, that one holds again."""
    _only_real(ctx)
    if record.region is None:
        raise Refused(_("平台自带的预案不能废止"), mend=_("请用本区自己的预案替代它"))
    ctx.require(CHANGE, record.region.path)
    if not why.strip():
        raise BadInput(_("请写明失效的理由"), field="why")
    with transaction.atomic():
        rows = PlanRecord.objects.unscoped("a plan that the person has seen").select_for_update(of=("self",))
        fresh = rows.get(pk=record.pk)
        if fresh.ended_at is not None:
            raise Conflict(_("这个预案已经失效"))
        fresh.ended_at, fresh.ended_why = clock.real_now(), whole(why, 400, "why")
        fresh.save(update_fields=["ended_at", "ended_why"])
        auditing.record(
            ctx, action="decision.plan.ended", label=_("预案失效"), object_type="decision.plan_record", object_id=fresh.pk,
            scope=fresh.scope, data={"why": fresh.ended_why},
        )  # fmt: skip
    return fresh


def newest(record: PlanRecord) -> PlanVersion | None:
    rows = PlanVersion.objects.unscoped("versions of a plan that the person has seen").filter(record=record)
    return rows.order_by("-version").first()


def open_work(
    ctx: Context,
    record: PlanRecord,
    base: PlanVersion | None,
    content: dict[str, Any],
    reason: str,
    kind: str,
    why: str,
    **more: Any,
) -> PlanRevision:
    """Open the plan's one piece of work from a draft, for those who own it. Raises Conflict when one is open."""
    region = record.region
    assert region is not None
    keys = sorted({record.owner.key} if record.owner else {p.key for p in _posts("hq_office", region)})
    try:
        with transaction.atomic():
            opened: PlanRevision = open_record(
                ctx, PlanRevision, scope=region.path, record=record, base=base, kind=kind, reason=reason, why=why.strip(),
                content=content, owner_keys=keys, drafters=keys, shared_with=keys,
                note={"reason": validity_rules().reasons[reason].zh, "why": why.strip()}, **more,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(_("这个预案已有编修在办"), mend=_("请打开在办的编修继续")) from None
    return opened


def _draft(content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise BadInput(_("草稿应是一个对象"), field="content")
    if len(json.dumps(content, ensure_ascii=False)) > MOST_CHARACTERS:
        raise BadInput(_("草稿太长"), field="content", mend=_("附件请作为文件上传"))
    try:
        form_of(content), placed(content, [])
    except (TypeError, ValueError, AttributeError, KeyError):
        # Nobody could open the page of such a draft any more to put it right.
        raise BadInput(_("草稿的格式不对"), field="content", mend=_("请上传导出的预案（JSON）")) from None
    return content


def _posts(role: str, region: Region | None) -> list[Any]:
    posts = posts_with_role(role, region.path if region else "")
    return [p for p in posts if p.region.path == posts[0].region.path]


def _only_real(ctx: Context) -> None:
    if ctx.is_exercise:
        raise Refused(_("演练中不能编修预案"), mend=_("请退出演练后办理，演练发现的问题可作为修订的理由"))


def open_due_revisions() -> int:
    """Open the revisions that have come with time (three years). Once a day; a plan with work already open is left alone."""
    now = clock.real_now()
    opened = 0
    dated = [r for r in validity_rules().reasons.values() if r.by_itself and r.after_months]
    busy = set(PlanRevision.everything.filter(closed_at__isnull=True).values_list("record_id", flat=True))
    rows = PlanRecord.objects.unscoped("every plan grows old").filter(region__isnull=False, ended_at__isnull=True)
    for record in rows.exclude(pk__in=busy).select_related("region", "owner"):
        version = newest(record)
        for reason in dated:
            assert reason.after_months is not None
            if version is None or now < months_after(version.in_force_from, reason.after_months) - timedelta(
                days=reason.lead_days
            ):
                continue
            why = _("第 %(n)d 版自 %(at)s 起施行") % {"n": version.version, "at": f"{version.in_force_from:%Y-%m-%d}"}
            open_revision(system("decision"), record=record, reason=reason.id, why=str(why))
            opened += 1
            break
    return opened


def months_after(at: datetime, months: int) -> datetime:
    """The same day so many months later; the last day of the month where there is no such day."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, calendar.monthrange(year, month + 1)[1]))


def duties_changed(ctx: Context, *, organisation: Organisation) -> list[PlanRevision]:
    """An organisation's duties changed (三定): the plans of its region that give it work have to be written anew."""
    region, actor = organisation.region, organisation.actor
    rows = PlanRecord.objects.unscoped("plans of the region whose duties changed").filter(
        region=region, ended_at__isnull=True
    )
    opened = []
    for record in rows.select_related("region", "owner"):
        version = newest(record)
        if version is None or not actor or actor not in _roles_in(version.content):
            continue
        if PlanRevision.everything.filter(record=record, closed_at__isnull=True).exists():
            continue
        why = _("“%(name)s”的机构职责有调整") % {"name": organisation.name}
        opened.append(open_revision(ctx, record=record, reason="duties", why=str(why)))
    return opened


def _roles_in(content: dict[str, Any]) -> set[str]:
    levels = [lv for lv in content.get("levels", []) if isinstance(lv, dict)]
    cards = [t for lv in levels for t in lv.get("tasks", []) if isinstance(t, dict)]
    signers = [lv["approve"] for lv in levels if isinstance(lv.get("approve"), dict)]
    return {str(one.get("role")) for one in (*cards, *signers)}
