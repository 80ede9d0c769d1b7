"""The verbs of an appeal: draft, publish, extend, close. Those of its answers and of compensation stand in `answering` and `paying`."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localtime

from anlan.command.data.mobilisation import mobilisation_rules
from anlan.command.models import Appeal, Incident, Pledge
from anlan.command.responses.instructions.giving import still_open
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict
from anlan.kernel.layers.within import read_area
from anlan.kernel.loops import once, open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.moments import read_moment
from anlan.kernel.texts import whole, whole_line
from anlan.kernel.wording import words as _
from anlan.messaging.services import send
from anlan.places.queries import Region

from . import answering, paying  # noqa: F401 (services of the other steps)
from .reach import firms_of

DRAFT = "command.appeal.draft"
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
LONGEST = timedelta(days=30)
MOST_WANTS = 12


@once(Appeal, by="drafted_by_key")
def draft_appeal(
    ctx: Context, *, region: Region, title: str, text: str, ground: str, wants: Sequence[Mapping[str, Any]], until: datetime,
    meeting_point: str, report_to: str, report_phone: str, regions: Sequence[Region] = (), area: Mapping[str, Any] | None = None,
    to_firms: bool = True, to_residents: bool = False, incident: Incident | None = None, request: UUID | None = None,
) -> Appeal:  # fmt: skip
    """Write an appeal for one who may publish it. `regions`: where it goes, in `region`; the whole of it when neither they nor an
    `area` are given. `wants`: ``{"kind", "what", "amount"}``. Raises BadInput naming the field, NotAllowed, Conflict."""
    ctx.require(DRAFT, region.path)
    if ground not in mobilisation_rules().grounds:
        raise BadInput(_("没有这项依据"), field="ground", mend=_("请从列出的依据中选择"))
    lines: dict[str, Any] = {
        "title": _line(title, "title", 120, _("标题")),
        "text": _written(whole(text, 1000, "text", _("情况和要求")), "text", _("情况和要求")),
        "meeting_point": _line(meeting_point, "meeting_point", 200, _("集合点")),
        "report_to": _line(report_to, "report_to", 120, _("向谁报到")),
        "report_phone": _line(report_phone, "report_phone", 40, _("报到电话")),
    }  # fmt: skip
    if not to_firms and not to_residents:
        raise BadInput(_("请选择面向企业还是居民"), field="to_firms", mend=_("至少选一项"))
    _check_until(ctx, until)
    wanted = _wants(wants)
    if any(not r.path.startswith(region.path) for r in regions):
        raise BadInput(_("动员范围超出了本区域"), field="regions", mend=_("请从列出的区划中选择"))
    drawn = read_area(area).shape if area else None
    codes = [r.code for r in regions] or ([] if drawn is not None else [region.code])
    with transaction.atomic():
        if incident is not None:
            still_open(ctx, incident)
        made: Appeal = open_record(
            ctx, Appeal, scope=region.path, region=region, regions=codes, area=drawn, incident=incident, ground=ground,
            wants=wanted, to_firms=to_firms, to_residents=to_residents, until=until, code=_code(), drafted_by=ctx.actor.signature,
            drafted_by_key=ctx.actor.key, request=request, **lines,
        )  # fmt: skip
    return made


@step_service("command.appeal", "publish")
def publish(ctx: Context, appeal: Appeal, given: dict[str, Any]) -> Appeal:
    """Approved by a second person: firms in its range are told at once; residents find it on the public page, in reality only."""
    with transaction.atomic():
        held = hold(ctx, appeal)
        _check_until(ctx, held.until)
        firms = firms_of(held) if held.to_firms else []
        keys = [o.key for o in firms]
        moved: Appeal = transition(
            ctx, held, "publish", evidence=given, published_by=ctx.actor.signature, published_at=ctx.now(),
            reached=[o.pk for o in firms], shared_with=sorted({*held.shared_with, *keys}),
        )  # fmt: skip
        if keys:
            send(
                ctx, text=_("【社会动员】%(title)s：%(text)s。请于 %(until)s 前答复可提供什么") % {
                    "title": moved.title, "text": moved.text, "until": f"{localtime(moved.until):%m-%d %H:%M}",
                },
                to_keys=keys, urgent=True, scope=moved.scope, about=moved.about, dedupe=f"appeal:{moved.pk}",
            )  # fmt: skip
    return moved


@step_service("command.appeal", "extend")
def extend(ctx: Context, appeal: Appeal, given: dict[str, Any]) -> Appeal:
    """A later end."""
    until = read_moment(str(given.get("until") or ""), "until")
    with transaction.atomic():
        held = hold(ctx, appeal)
        if until is not None:
            _check_until(ctx, until)
            if until <= held.until:
                raise BadInput(_("新的截止时间不晚于原来的"), field="until", mend=_("要提前结束，请用“结束动员”"))
        moved: Appeal = transition(ctx, held, "extend", evidence=given, until=until or held.until)
    return moved


@step_service("command.appeal", "close")
def close(ctx: Context, appeal: Appeal, given: dict[str, Any]) -> Appeal:
    """Answers that were not called up lapse; who was called or is there stays until it is released."""
    return _end(ctx, appeal, "close", given)


@step_service("command.appeal", "withdraw")
def withdraw(ctx: Context, appeal: Appeal, given: dict[str, Any]) -> Appeal:
    return _end(ctx, appeal, "withdraw", given)


def _end(ctx: Context, appeal: Appeal, step: str, given: dict[str, Any]) -> Appeal:
    with transaction.atomic():
        held = hold(ctx, appeal)
        moved: Appeal = transition(ctx, held, step, evidence=given)
        waiting = Pledge.objects.in_world(ctx).filter(appeal=held, state__in=("offered", "accepted"))
        keys = []
        for pledge in waiting.select_related("organisation", "appeal"):
            transition(system("appeals", world=ctx.world), pledge, "lapse")
            keys += [pledge.organisation.key] if pledge.organisation else []
        if keys:
            send(ctx, text=_("动员已结束，感谢支持：%(title)s") % {"title": moved.title}, to_keys=keys, scope=moved.scope,
                 about=moved.about)  # fmt: skip
    return moved


def hold(ctx: Context, appeal: Appeal) -> Appeal:
    """The appeal, locked: whoever moves it or one of its answers holds it first."""
    rows = Appeal.objects.select_for_update(of=("self",)).select_related("region", "incident")
    held: Appeal = rows.get_visible(ctx, pk=appeal.pk)
    if not held.is_open:
        raise Conflict(
            _("“%(what)s”%(state)s") % {"what": held, "state": held.state_label}, mend=_("请刷新后查看最新状态")
        )
    return held


def _wants(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    rules = mobilisation_rules()
    found: list[dict[str, Any]] = []
    for row in given:
        what, amount, kind = (
            whole_line(str(row.get("what") or ""), 80, "wants", _("具体要求")),
            row.get("amount"),
            rules.wants.get(str(row.get("kind") or "")),
        )
        if not what and not amount:
            continue
        if kind is None or not what:
            raise BadInput(_("请写明需要什么"), field="wants", mend=_("例如：车辆，载重 5 吨以上货车，3 辆"))
        if isinstance(amount, bool) or not isinstance(amount, int) or not 1 <= amount <= 100_000:
            raise BadInput(
                _("“%(what)s”的数量应是 1 到 100000 的整数") % {"what": what}, field="wants", mend=_("请填写数量")
            )
        found.append({"id": f"w{len(found) + 1}", "kind": kind.id, "what": what, "amount": amount, "unit": kind.unit})
    if not found:
        raise BadInput(_("没有写需要什么"), field="wants", mend=_("请至少写一项需求和数量"))
    if len(found) > MOST_WANTS:
        raise BadInput(_("一份动员最多 %(n)d 项需求") % {"n": MOST_WANTS}, field="wants", mend=_("请分成几份"))
    return found


def _line(text: str, field: str, most: int, what: str) -> str:
    return _written(whole_line(text, most, field, what), field, what)


def _written(text: str, field: str, what: str) -> str:
    if not text:
        raise BadInput(_("没有写%(what)s") % {"what": what}, field=field, mend=_("应征的人要凭它准备和报到，请写清楚"))
    return text


def _check_until(ctx: Context, until: datetime) -> None:
    if until <= ctx.now():
        raise BadInput(_("截止时间已经过去"), field="until", mend=_("请填写晚于现在的时间"))
    if until > ctx.now() + LONGEST:
        raise BadInput(_("截止时间最远 %(n)d 天") % {"n": LONGEST.days}, field="until", mend=_("到期仍需要时可以延长"))


def _code() -> str:
    return "".join(secrets.choice(LETTERS) for _i in range(10))
