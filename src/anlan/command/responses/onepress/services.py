"""The verbs of 一键通: preparing a set, pressing it once, trying again what failed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy

from anlan.kernel import auditing, clock
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from anlan.kernel.texts import whole
from anlan.kernel.wording import own_language
from anlan.kernel.wording import words as _
from anlan.messaging.services import send, start_calls

from ...models import Incident, PreparedSet, Press
from ...services.sharing import share_incident
from ..instructions.addressing import reach_of
from ..instructions.giving import MOST_DIGITS, MOST_MINUTES, give_instruction
from ..loops import DUTY, LEADERS

KEY = "command.press"
CHANGE = "command.prepared_set.change"
KINDS = {"call": gettext_lazy("叫应"), "order": gettext_lazy("下令"), "share": gettext_lazy("共享")}
#: Roles that may be allowed to press.
PRESSERS = tuple(dict.fromkeys((*DUTY, "hq_office", *LEADERS)))
MOST_PARTS = 12
MOST_TEXT = 500


def save_set(
    ctx: Context, *, code: str, name: str, may_press: Sequence[str], parts: Sequence[dict[str, Any]], seen: int | None = None
) -> PreparedSet:  # fmt: skip
    """A new version of the set of this code (or the first). `seen`: the version that was on the screen.

    Raises BadInput naming the field, NotAllowed, Conflict when somebody else has saved a version meanwhile.
    """
    path = own_path(ctx)
    if ctx.is_exercise:
        raise Refused(_("演练中不能改一键通"), mend=_("请退出演练后再改"))
    if not re.fullmatch(r"[a-z0-9_-]{2,40}", code):
        raise BadInput(_("编号只用小写字母、数字和横线"), field="code", mend=_("例如 flood"))
    if not name.strip():
        raise BadInput(_("没有写名称"), field="name", mend=_("例如 城市内涝一键通"))
    roles = [r for r in PRESSERS if r in may_press]
    if not roles:
        raise BadInput(_("没有选谁可以按"), field="may_press", mend=_("请至少选一个岗位角色"))
    kept = [_part(ctx, n, part) for n, part in enumerate(parts, 1)]
    if not 1 <= len(kept) <= MOST_PARTS:
        raise BadInput(
            _("应有 1 到 %(n)d 项内容") % {"n": MOST_PARTS}, field="parts", mend=_("请写明叫应、下令或共享的内容")
        )
    with transaction.atomic():
        before = current_set(ctx, code, rows=PreparedSet.objects.select_for_update(of=("self",)))
        if seen is not None and (before.version if before else 0) != seen:
            raise Conflict(
                _("有人已改过这一套，现在是第 %(n)d 版") % {"n": before.version if before else 0},
                mend=_("请刷新后再改"),
            )
        if before is not None:
            before.current = False
            before.save(update_fields=["current"])
        made = PreparedSet(
            scope=path, code=code, name=whole(name, 60, "name"), version=before.version + 1 if before else 1, may_press=roles, parts=kept,
            made_at=clock.real_now(), made_by_name=ctx.actor.name[:160],
        )  # fmt: skip
        made.save(force_insert=True)
        auditing.record(
            ctx, action="command.prepared_set.save", label=_("修改一键通"), object_type="command.prepared_set", object_id=made.pk,
            scope=path, data={"code": code, "version": made.version, "parts": len(kept)},
        )  # fmt: skip
    return made


def own_path(ctx: Context) -> str:
    """Where the sets lie that this person keeps. Raises NotAllowed."""
    path = next(iter(ctx.paths(CHANGE)), None)
    if path is None:
        raise NotAllowed(permission=CHANGE)
    return path


def current_set(ctx: Context, code: str, *, rows: Any = PreparedSet.objects) -> PreparedSet | None:
    """The version in use of the set of this code that the person keeps, not one of another place that they only see. Raises NotAllowed."""
    found: PreparedSet | None = rows.visible_to(ctx).filter(scope=own_path(ctx), code=code, current=True).first()
    return found


def _part(ctx: Context, number: int, given: dict[str, Any]) -> dict[str, Any]:
    kind, text = str(given.get("kind") or ""), str(given.get("text") or "").strip()
    groups = [str(g) for g in given.get("groups") or []]
    where = {"n": number}
    if kind not in KINDS:
        raise BadInput(_("第 %(n)d 项没有选做什么") % where, field="parts", mend=_("叫应、下令或共享"))
    if not 1 <= len(text) <= MOST_TEXT:
        raise BadInput(_("第 %(n)d 项没有写内容，或超过 500 字") % where, field="parts", mend=_("请写明要做什么"))
    if not groups:
        raise BadInput(_("第 %(n)d 项没有选对象") % where, field="parts", mend=_("请选一组"))
    reach_of(ctx, asked=[f"group:{g}" for g in groups])
    part: dict[str, Any] = {"kind": kind, "text": text, "groups": groups, "urgent": bool(given.get("urgent"))}
    if kind == "order":
        minutes = str(given.get("minutes") or "")
        if not minutes.isdecimal() or len(minutes) > MOST_DIGITS or not 1 <= int(minutes) <= MOST_MINUTES:
            raise BadInput(
                _("第 %(n)d 项的时限应在 1 分钟到 72 小时之间") % where, field="parts", mend=_("请填写分钟数")
            )
        part["minutes"] = int(minutes)
    return part


def may_press(ctx: Context, prepared: PreparedSet) -> bool:
    return any(ctx.holds(role, prepared.scope) for role in prepared.may_press)


def press(ctx: Context, *, prepared: PreparedSet, incident: Incident | None = None, request: UUID) -> Press:
    """Run every part of the set once. For one incident a set is pressed once; without one, once for each `request`.

    A second press, whoever's, gives the first one back. A part that is refused does not keep the others from running. Raises
    NotAllowed (also for an incident outside the set's region), Conflict when the set has a newer version or the incident is over.
    """
    if not may_press(ctx, prepared):
        raise NotAllowed(_("您的岗位不能按“%(name)s”") % {"name": prepared})
    if incident is not None and not incident.scope.startswith(prepared.scope):
        raise NotAllowed(
            _("“%(title)s”不在“%(name)s”的区域内") % {"title": incident, "name": prepared},
            mend=_("请按事件所在地的一键通"),
        )
    occasion = str(incident.pk) if incident is not None else str(request)
    known = Press.objects.in_world(ctx).filter(scope=prepared.scope, code=prepared.code, occasion=occasion)
    found: Press | None = known.first()
    if found is not None:
        return found
    if not prepared.current or prepared.retired_at is not None:
        raise Conflict(_("“%(name)s”已有新版或已停用") % {"name": prepared}, mend=_("请刷新后再按"))
    if incident is not None and not incident.is_open:
        raise Conflict(
            _("“%(title)s”已%(state)s") % {"title": incident, "state": incident.state_label},
            mend=_("请刷新后查看最新状态"),
        )
    try:
        with transaction.atomic():
            made = Press(
                prepared=prepared, code=prepared.code, incident=incident, occasion=occasion, pressed_at=ctx.now(),
                pressed_by=ctx.actor.key, pressed_by_name=ctx.actor.name[:160], scope=prepared.scope, world_id=ctx.world,
            )  # fmt: skip
            made.save(force_insert=True)
            made.results = [_run(ctx, made, n, part) for n, part in enumerate(prepared.parts)]
            made.save(update_fields=["results"])
            auditing.record(
                ctx, action="command.press.run", label=_("一键通"), object_type=KEY, object_id=made.pk, scope=made.scope,
                data={
                    "set": prepared.code, "name": prepared.name, "version": prepared.version,
                    "parts": [r["state"] for r in made.results],
                },
            )  # fmt: skip
    except IntegrityError:
        found = known.first()
        if found is None:
            raise
        return found
    return made


def try_again(ctx: Context, *, pressed: Press) -> Press:
    """Run again what failed, and only that. Raises NotAllowed, Refused when nothing failed."""
    with transaction.atomic():
        held: Press = (
            Press.objects.select_for_update(of=("self",))
            .select_related("prepared", "incident")
            .get_visible(ctx, pk=pressed.pk)
        )
        if not may_press(ctx, held.prepared):
            raise NotAllowed(_("您的岗位不能按“%(name)s”") % {"name": held.prepared})
        if all(r["state"] == "done" for r in held.results):
            raise Refused(_("没有失败的项目"), mend=_("请刷新后查看最新状态"))
        held.results = [
            r if r["state"] == "done" else _run(ctx, held, n, held.prepared.parts[n])
            for n, r in enumerate(held.results)
        ]
        held.save(update_fields=["results"])
        auditing.record(
            ctx, action="command.press.again", label=_("重试失败项"), object_type=KEY, object_id=held.pk, scope=held.scope,
            data={"parts": [r["state"] for r in held.results]},
        )  # fmt: skip
    return held


def _run(ctx: Context, made: Press, number: int, part: dict[str, Any]) -> dict[str, Any]:
    """One part on its own: what it did, or why it was refused."""
    result = {"kind": part["kind"], "by": ctx.actor.name, "at": ctx.now().isoformat()}
    try:
        with transaction.atomic(), own_language():
            return {**result, "state": "done", **_RUNS[part["kind"]](ctx, made, number, part)}
    except Refused as refused:
        return {**result, "state": "failed", "said": str(refused.message), "url": "", "id": ""}


def _asked(part: dict[str, Any]) -> list[str]:
    return [f"group:{g}" for g in part["groups"]]


def _call(ctx: Context, made: Press, number: int, part: dict[str, Any]) -> dict[str, Any]:
    reach = reach_of(ctx, asked=_asked(part))
    regions = {
        u.organisation.region_id: u.organisation.region
        for u in reach.units
        if u.organisation.kind in ("street", "committee")
    }
    round_ = start_calls(
        ctx, why=str(made.incident or made.prepared), text=part["text"], regions=regions.values(), urgent=part["urgent"],
        about=(KEY, f"{made.pk}:{number}", made.get_absolute_url()),
    )  # fmt: skip
    return {
        "said": _("叫应 %(n)d 个地方") % {"n": len(regions)},
        "url": round_.get_absolute_url(),
        "id": str(round_.pk),
    }


def _order(ctx: Context, made: Press, number: int, part: dict[str, Any]) -> dict[str, Any]:
    given = give_instruction(
        ctx, text=part["text"], asked=_asked(part), minutes=part["minutes"], source="one_press", source_ref=str(made.pk),
        urgent=part["urgent"], incident=made.incident,
    )  # fmt: skip
    return {
        "said": _("下达 %(n)d 个单位") % {"n": len(given.reach["units"])},
        "url": given.get_absolute_url(),
        "id": str(given.pk),
    }


def _share(ctx: Context, made: Press, number: int, part: dict[str, Any]) -> dict[str, Any]:
    reach = reach_of(ctx, asked=_asked(part))
    if made.incident is not None:
        share_incident(ctx, made.incident, {u.organisation.key for u in reach.units})
    url = made.incident.get_absolute_url() if made.incident is not None else made.get_absolute_url()
    message = send(
        ctx, text=part["text"], people=reach.people, urgent=part["urgent"], scope=made.scope,
        about=(KEY, f"{made.pk}:{number}", url), dedupe=f"press:{made.pk}:{number}",
    )  # fmt: skip
    if message is None:
        raise Refused(_("没有人能收到"), mend=_("请检查这一组的岗位"))
    return {"said": _("已发 %(n)d 人") % {"n": len(reach.people)}, "url": url, "id": str(message.pk)}


_RUNS = {"call": _call, "order": _order, "share": _share}
