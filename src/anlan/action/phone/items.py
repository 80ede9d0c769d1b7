"""What arrives from a phone. Every kind calls the same service as a desk would; an item runs once, whatever the network does."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.dateparse import parse_datetime

from anlan.action.models import PhoneItem, PointCheck
from anlan.command.circulars.services import answer_done
from anlan.command.incoming import receive
from anlan.command.models import CircularReceipt, Incoming, ReportClock, RollCallAnswer, SitePost, Task, WhistleCall
from anlan.command.rollcall.services import answer_rollcall
from anlan.kernel import auditing, clock
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotFound
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.moments import year_is_ours
from anlan.kernel.services.attachments import attach
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.kernel.worlds import REAL
from anlan.messaging.models import Call
from anlan.messaging.services import answer_call
from anlan.places.models import Region

from .owed import record_made
from .points import point_of
from .sites import sign_from_phone

#: Photos and recordings with one item.
MOST_FILES = 9


@dataclass(frozen=True, slots=True)
class Sent:
    """An item as it came: `data` is hostile until a kind has read it; `files` are uploaded files."""

    id: uuid.UUID
    kind: str
    data: dict[str, Any]
    made_at: datetime | None
    files: list[Any] = field(default_factory=list)
    #: The world in which it was written; None where the phone does not say.
    world: uuid.UUID | None = None


def take_item(ctx: Context, sent: Sent) -> dict[str, Any]:
    """Carry out an item once and return its answer; the second time the first answer comes back.

    Raises BadInput, NotFound, NotAllowed or Conflict: then nothing of the item was kept, and the phone shows why.
    """
    kind = _KINDS.get(sent.kind)
    if kind is None:
        raise BadInput(_("不认识的条目“%(kind)s”") % {"kind": sent.kind}, field="kind", mend=_("请刷新手机页面后重试"))
    ctx = _in_its_world(ctx, sent)
    if len(sent.files) > MOST_FILES:
        raise BadInput(_("一次最多 %(n)d 个附件") % {"n": MOST_FILES}, field="files", mend=_("请分几次报送"))
    with transaction.atomic():
        known = PhoneItem.objects.select_for_update().filter(pk=sent.id).first()
        if known is not None:
            if known.person != ctx.actor.key:
                raise Conflict(_("这个条目编号已被使用"), mend=_("请重新填写后报送"))
            return known.answer
        row = PhoneItem.objects.create(
            pk=sent.id,
            person=ctx.actor.key,
            kind=sent.kind,
            world_id=ctx.world,
            made_at=sent.made_at,
            received_at=clock.real_now(),
        )
        row.answer = {"id": str(sent.id), "accepted": True, **kind(ctx, sent)}
        row.save(update_fields=["answer"])
    return row.answer


def _in_its_world(ctx: Context, sent: Sent) -> Context:
    """What waited for a network is carried out where it was written: a real report never becomes part of an exercise that began
    meanwhile, and one of an exercise that is over never becomes real.
    """
    if sent.world in (None, ctx.world):
        return ctx
    if sent.world == REAL:
        return ctx.inside(REAL)
    raise Conflict(_("这一条是在另一次演练里填的，没有报送"), mend=_("演练已结束的请放弃这一条；确属实况的请重新填报"))


def _report(ctx: Context, sent: Sent) -> dict[str, Any]:
    data = sent.data
    region, scope = _home(ctx)
    place, text = _text(data, "place", 200, _("地点")), _text(data, "text", 3000, _("情况"))
    said = "，".join(part for part in (place, _kind_name(data.get("kind")), text) if part)
    if not said and not sent.files:
        raise BadInput(_("这条报告没有内容"), field="text", mend=_("请拍照、选情况或写一句话"))
    position, accuracy = _position(data.get("position"))
    incoming = receive(
        ctx,
        text=said or str(_("现场照片（无文字）")),
        source=f"{ctx.actor.post} {ctx.actor.name}".strip()[:120],
        channel=Incoming.Channel.FIELD,
        scope=scope,
        region=region,
        position=position,
        accuracy_m=accuracy,
        happened_at=sent.made_at if not ctx.is_exercise else ctx.now(),
        facts={"trapped": _count(data, "trapped"), "injured": _count(data, "injured")},
        simulated=ctx.actor.simulated,
        client_id=sent.id,
    )
    _attach(ctx, sent, incoming.loop.key, incoming)
    return {"record": str(incoming.pk)}


def _among_tasks(ctx: Context, sent: Sent) -> dict[str, Any]:
    """A task, a circular's receipt, a limit of a report or a post at a scene: they stand in one list, and the phone names what it means
    by its id."""
    pk = _id(sent.data.get("task"))
    for model, act in _ACTS.items():
        found = model.objects.visible_to(ctx).with_relations().filter(pk=pk).first() if pk else None
        if found is not None:
            return act(ctx, found, sent)
    raise NotFound()


def _task(ctx: Context, task: Task | WhistleCall, sent: Sent) -> dict[str, Any]:
    names = {spec.name for spec in task.loop.step(_step(task, sent)).evidence}
    given = sent.data.get("evidence") or {}
    if not isinstance(given, dict):
        raise BadInput(_("反馈内容不完整"), field="evidence", mend=_("请重新填写"))
    evidence = {k: v for k, v in given.items() if k in names and v not in (None, "")}
    kept = _attach(ctx, sent, task.loop.key, task)
    if kept and "photo" in names:
        evidence["photo"] = kept
    take_step(ctx, task, _step(task, sent), evidence)
    return {"record": str(task.pk)}


def _id(value: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None


def _circular(ctx: Context, receipt: CircularReceipt, sent: Sent) -> dict[str, Any]:
    """签阅, or 已办 with or without words and photos."""
    kept = _attach(ctx, sent, receipt.loop.key, receipt)
    step, given = sent.data.get("step"), sent.data.get("evidence")
    if step in ("read", "note"):
        take_step(ctx, receipt, step, {})
    elif step in ("done", "report"):
        words = _text(given, "text", 2000, _("办理情况")) if isinstance(given, dict) else ""
        answer_done(ctx, receipt=receipt, text=words, photo=kept)
    else:
        raise BadInput(_("没有这一步"), field="step", mend=_("请刷新后重试"))
    return {"record": str(receipt.pk)}


def _limit(ctx: Context, clock: ReportClock, sent: Sent) -> dict[str, Any]:
    return record_made(ctx, clock, sent.data.get("step"), sent.data.get("evidence"))


def _site(ctx: Context, post: SitePost, sent: Sent) -> dict[str, Any]:
    data = sent.data
    return sign_from_phone(
        ctx, post, step=data.get("step"), given=data.get("evidence"), item=sent.id, made_at=sent.made_at
    )


_ACTS: dict[Any, Callable[[Context, Any, Sent], dict[str, Any]]] = {
    Task: _task, WhistleCall: _task, CircularReceipt: _circular, ReportClock: _limit, SitePost: _site,
}  # fmt: skip


def _step(task: Task | WhistleCall, sent: Sent) -> str:
    step = sent.data.get("step")
    if not isinstance(step, str) or step not in {s.name for s in task.loop.steps if not s.automatic}:
        raise BadInput(_("没有这一步"), field="step", mend=_("请刷新后重试"))
    return step


def _answer(ctx: Context, sent: Sent) -> dict[str, Any]:
    """A call for an answer, or a roll call: on the phone both are one press."""
    try:
        call = Call.objects.get_visible(ctx, pk=sent.data.get("call"))
    except NotFound:
        answer = answer_rollcall(ctx, answer=RollCallAnswer.objects.get_visible(ctx, pk=sent.data.get("call")))
        return {"record": str(answer.pk)}
    answer_call(ctx, call=call, note=_text(sent.data, "note", 200, _("说明")))
    _attach(ctx, sent, call.loop.key, call)
    return {"record": str(call.pk)}


def _grid(ctx: Context, sent: Sent) -> dict[str, Any]:
    """A point on the ground was looked at."""
    ledger, row = point_of(ctx, str(sent.data.get("member") or ""))
    check = PointCheck.objects.create(
        ledger=ledger,
        row=str(row.pk),
        name=str(row),
        at=ctx.now(),
        by=ctx.actor.key,
        by_name=ctx.actor.name,
        simulated=ctx.actor.simulated,
        scope=row.scope,
        world_id=ctx.world,
    )
    auditing.record(
        ctx,
        action="action.check.record",
        label=_("到点查看"),
        object_type=ledger,
        object_id=row.pk,
        scope=row.scope,
        data={},
    )
    _attach(ctx, sent, "action.check", check)
    return {"record": str(check.pk)}


_KINDS: dict[str, Callable[[Context, Sent], dict[str, Any]]] = {
    "report": _report,
    "task": _among_tasks,
    "answer": _answer,
    "grid": _grid,
}


def _attach(ctx: Context, sent: Sent, object_type: str, record: Any) -> list[str]:
    return [
        str(
            attach(
                ctx,
                object_type=object_type,
                object_id=record.pk,
                scope=record.scope,
                shared_with=record.shared_with,
                file=file,
                name=file.name,
            ).pk
        )
        for file in sent.files
    ]


def _home(ctx: Context) -> tuple[Region | None, str]:
    """The narrowest region in which the sender holds a post: where the report belongs until the desk says otherwise."""
    paths = sorted({g.path for g in ctx.grants}, key=len)
    if not paths:
        raise NotFound()
    return Region.objects.filter(path=paths[-1]).first(), paths[-1]


def _kind_name(code: Any) -> str:
    from .kinds import field_kinds

    return next((str(label) for known, label in field_kinds() if known == code), "")


def _text(given: dict[str, Any], field: str, most: int, what: Any) -> str:
    """What was typed, whole. Raises BadInput where it is too long; it waits on the phone then, to be put right."""
    value = given.get(field)
    return whole(value, most, field, what) if isinstance(value, str) else ""


def _count(data: dict[str, Any], name: str) -> int | None:
    value = data.get(name)
    if value in (None, ""):
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not 0 <= value <= 100_000
        or value != int(value)
    ):
        raise BadInput(_("人数须是 0 到 100000 的整数"), field=name, mend=_("不清楚就留空"))
    return int(value)


def _position(value: Any) -> tuple[Point | None, int | None]:
    if not isinstance(value, dict):
        return None, None
    try:
        lon, lat = float(value["lon"]), float(value["lat"])
        accuracy = None if value.get("accuracy_m") is None else max(0, min(int(value["accuracy_m"]), 100_000))
    except (KeyError, TypeError, ValueError, OverflowError):
        raise BadInput(_("位置无法识别"), field="position", mend=_("请在地图上重新定位，或只填地名")) from None
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise BadInput(_("位置超出范围"), field="position", mend=_("请在地图上重新定位，或只填地名"))
    return Point(lon, lat, srid=4326), accuracy


def moment(value: Any) -> datetime | None:
    """An ISO time with offset, or None when there is none to be read."""
    try:
        at = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None and year_is_ours(at) else None
