"""Giving an instruction: one record, one task for each organisation, one message to everybody, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localtime

from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.layers.within import Area, read_area
from anlan.kernel.loops import once, open_records
from anlan.kernel.services.attachments import attach
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.messaging.services import send

from ...models import Incident, Instruction, Response, Task
from ...services.papers import district_path
from ...services.sharing import scene_keys
from .addressing import Reach, order_paths, reach_of

KEY = "command.instruction"
MOST_MINUTES = 72 * 60
#: Longer figures are no minutes; they are refused before they are read.
MOST_DIGITS = 9
MOST_TEXT = 1000


@once(Instruction, by="issued_by")
def give_instruction(
    ctx: Context, *, text: str, asked: Sequence[str], due_at: datetime | None = None, minutes: int | None = None,
    area: dict[str, Any] | None = None, source: str = "hand", source_ref: str = "", card: str = "", urgent: bool = False,
    response: Response | None = None, incident: Incident | None = None, files: Iterable[Any] = (), request: UUID | None = None,
) -> Instruction:  # fmt: skip
    """Give the order to whom `asked` and `area` reach now, to be done by `due_at` or within `minutes`.

    `asked` as in `reach_of`; `area` as the map draws it (``{"polygon": …}``, ``{"circle": …}``). `files`: voice notes and pictures.
    `request`: the form's own number; given twice, the first answer comes back. Raises BadInput naming the field, NotAllowed for
    others' places, Conflict when the response or the incident has ended, or a unit has the card of the response already.
    """
    if not order_paths(ctx):
        raise NotAllowed(_("您的岗位不能下达任务"))
    files = list(files)
    # An order that is cut is another order.
    text = whole(text, MOST_TEXT, "text", _("任务内容")) or (str(_("语音指令，请听附件")) if files else "")
    if not text:
        raise BadInput(_("没有写任务内容"), field="text", mend=_("请写明要做什么、在哪里"))
    if source not in Instruction.Source.values:
        raise BadInput(
            _("没有“%(value)s”这一项") % {"value": source[:20]}, field="source", mend=_("请从列出的选项中选择")
        )
    drawn = read_area(area) if area else None
    if not asked and drawn is None:
        raise BadInput(_("请至少选择一个承担单位"), field="organisations", mend=_("请从列出的单位中选择"))
    due = due_of(ctx, due_at, minutes)
    reach = reach_of(ctx, asked=asked, area=drawn)
    _check_reached(reach, incident)
    with transaction.atomic():
        return _give(ctx, text, list(asked), due, area, reach, response, incident, files, {
            "source": source, "source_ref": source_ref[:200], "urgent": urgent, "request": request,
        }, card)  # fmt: skip


def preview(ctx: Context, *, asked: Sequence[str], area: dict[str, Any] | None = None) -> tuple[Reach, Area | None]:
    """Who would be reached, before anything is sent. Raises as `give_instruction` does for its addresses."""
    drawn = read_area(area) if area else None
    return reach_of(ctx, asked=asked, area=drawn), drawn


def _check_reached(reach: Reach, incident: Incident | None) -> None:
    if not reach.units:
        raise BadInput(_("范围内没有可以下达的单位"), field="organisations", mend=_("请把范围画大些，或直接选择单位"))
    if incident is None:
        return
    outside = [u for u in reach.units if not u.organisation.region.path.startswith(district_path(incident.scope))]
    if outside:
        raise BadInput(
            _("没有这些单位：%(codes)s") % {"codes": "、".join(u.organisation.pk for u in outside[:5])},
            field="organisations", mend=_("请从列出的单位中选择"),
        )  # fmt: skip


def _give(
    ctx: Context, text: str, asked: list[str], due: datetime, area: dict[str, Any] | None, reach: Reach,
    response: Response | None, incident: Incident | None, files: list[Any], told: dict[str, Any], card: str,
) -> Instruction:  # fmt: skip
    for parent in (response, incident):
        if parent is not None:
            still_open(ctx, parent)
    if response is not None and card:
        _not_given_yet(ctx, response, card, reach)
    by, scene = ctx.actor.signature, scene_keys(ctx, incident)
    made = Instruction(
        text=text, asked=asked, area=area, due_at=due, issued_at=ctx.now(), issued_by=ctx.actor.key, issued_by_name=by,
        response=response, incident=incident, scope=_scope(ctx, reach), world_id=ctx.world,
        shared_with=sorted({u.organisation.key for u in reach.units}), reach=_kept(reach), **told,
    )  # fmt: skip
    made.save(force_insert=True)
    auditing.record(
        ctx, action="command.instruction.give", label=_("下达指令"), object_type=KEY, object_id=made.pk, scope=made.scope,
        data={"text": text, "units": [str(u.organisation) for u in reach.units], "source": made.source},
    )  # fmt: skip
    within = max(1, int((due - ctx.now()).total_seconds() // 60))
    tasks = open_records(ctx, Task, [
        {
            "scope": u.organisation.region.path, "shared_with": [u.organisation.key, *scene], "owner_keys": u.keys,
            "organisation": u.organisation, "text": text, "response": response, "incident": incident, "instruction": made,
            "card": card if response is not None else "", "level": response.level if response else "", "issued_by": by,
            "due_from_plan": due, "within_min": within,
        }
        for u in reach.units
    ], note={"instruction": str(made.pk), "source": made.source})  # fmt: skip
    for file in files:
        attach(
            ctx,
            object_type=KEY,
            object_id=made.pk,
            scope=made.scope,
            shared_with=made.shared_with,
            file=file,
            name=file.name,
        )
    first = tasks[0]
    about = ("command.task", first.pk, first.get_absolute_url()) if len(tasks) == 1 else about_of(made)
    send(
        ctx, text=_("新任务（%(due)s前）：%(text)s") % {"due": localtime(due).strftime("%m-%d %H:%M"), "text": text},
        to_keys=[key for u in reach.units for key in u.keys] if not reach.people else (), people=reach.people,
        urgent=made.urgent, about=about, scope=made.scope, dedupe=f"instruction:{made.pk}",
    )  # fmt: skip
    return made


def _not_given_yet(ctx: Context, response: Response, card: str, reach: Reach) -> None:
    """A card runs once for a unit of a response; the response is held, so that two who give it at once do it one after the other."""
    units = [u.organisation.pk for u in reach.units]
    running = Task.objects.in_world(ctx).open().filter(response=response, card=card, organisation__in=units)
    named = [str(t.organisation) for t in running.select_related("organisation").order_by("organisation_id")]
    if named:
        raise Conflict(
            _("这张任务卡正由%(names)s办理，没有重复下达") % {"names": "、".join(named)},
            mend=_("请去掉这些单位后再下达；要催办、改派或撤销，请打开原任务"),
        )


def about_of(made: Instruction) -> tuple[str, Any, str]:
    return (KEY, made.pk, made.get_absolute_url())


def _kept(reach: Reach) -> dict[str, Any]:
    units = {u.organisation.pk: {"why": u.why, "people": [str(p.pk) for p in u.people]} for u in reach.units}
    return {"units": units, "missing": reach.missing, "notes": reach.notes}


def _scope(ctx: Context, reach: Reach) -> str:
    """The issuer's own place that covers everybody reached."""
    parts = zip(*(u.organisation.region.path.split("/")[:-1] for u in reach.units), strict=False)
    below = "".join(f"{codes[0]}/" for codes in takewhile(lambda codes: len(set(codes)) == 1, parts))
    return next((p for p in order_paths(ctx) if below.startswith(p)), below)


def due_of(ctx: Context, due_at: datetime | None, minutes: int | None) -> datetime:
    """When it has to be done. Raises BadInput for a time that has passed, or is further away than an order reaches."""
    if due_at is None:
        if minutes is None or not 1 <= minutes <= MOST_MINUTES:
            raise BadInput(_("时限应在 1 分钟到 72 小时之间"), field="minutes", mend=_("请填写分钟数"))
        return ctx.now() + timedelta(minutes=minutes)
    if due_at <= ctx.now():
        raise BadInput(_("完成时限已经过去"), field="due_at", mend=_("请填写晚于现在的时间"))
    return due_at


def still_open(ctx: Context, parent: Response | Incident) -> None:
    """Held until the tasks are there, so that nobody ends it in between."""
    fresh = type(parent).objects.select_for_update(of=("self",)).get_visible(ctx, pk=parent.pk)
    if not fresh.is_open:
        raise Conflict(
            _("“%(title)s”已%(state)s，不能再派任务") % {"title": fresh, "state": fresh.state_label},
            mend=_("请刷新后查看最新状态"),
        )
