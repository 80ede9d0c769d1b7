"""Following an instruction up: who has it, who is silent, chasing by message and telephone, giving it to somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime

from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotAllowed, Refused
from anlan.kernel.loops import transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.wording import words as _
from anlan.messaging.models import Delivery
from anlan.messaging.services import send
from anlan.places.queries import Organisation, ladders_of, people_behind

from ...models import Instruction, Task
from ..loops import CHECKERS, DUTY, LEADERS
from .addressing import takers_instead
from .giving import KEY, about_of

CHASERS = (*CHECKERS, *DUTY, *LEADERS)
#: Chasing the same people again within so many minutes says nothing new.
CHASE_AGAIN_MIN = 5
LADDER_MINUTES = 10


@dataclass(frozen=True, slots=True)
class Chased:
    """How a chase went out: units, people told in the app, telephones that ring by themselves (simulated), numbers that
    somebody has to dial by hand; `superiors` who were told besides."""

    units: int
    people: int
    rang: int
    by_hand: int
    superiors: int


def may_chase(ctx: Context, instruction: Instruction) -> bool:
    return any(ctx.holds(role, instruction.scope) for role in CHASERS)


def silent_of(ctx: Context, instruction: Instruction) -> list[Task]:
    """Tasks that nobody has taken, or that are past their time, the longest overdue first."""
    rows = Task.objects.visible_to(ctx).open().filter(instruction=instruction, state__in=("issued", "acknowledged"))
    now = ctx.now()
    tasks = rows.select_related("organisation__region").order_by("due_at", "organisation_id")
    return [t for t in tasks if t.state == "issued" or t.is_late(now)]


def chase_silent(ctx: Context, *, instruction: Instruction, superiors: bool = False) -> Chased:
    """One press: everybody who is silent or late hears it again, as message and by telephone; with `superiors` also the next
    post on the ladder of each one's place. Not twice within five minutes. Raises NotAllowed, Refused when nobody is silent.
    """
    if not may_chase(ctx, instruction):
        raise NotAllowed(_("只有指挥部办公室、值班室和指挥人员可以催办"))
    tasks = silent_of(ctx, instruction)
    if not tasks:
        raise Refused(_("没有未签收、超时的单位"), mend=_("请刷新后查看最新状态"))
    bucket = int(ctx.now().timestamp()) // (CHASE_AGAIN_MIN * 60)
    with transaction.atomic():
        keys = {key for t in tasks for key in t.owner_keys}
        said = send(
            ctx, text=_("【催办】%(text)s：请立即签收、反馈") % {"text": instruction.text}, to_keys=keys, urgent=True,
            scope=instruction.scope, about=about_of(instruction), dedupe=f"instruction-chase:{instruction.pk}:{superiors}:{bucket}",
        )  # fmt: skip
        if said is None and people_behind(keys):
            raise Refused(_("5 分钟内已催过"), mend=_("请过几分钟再催，或直接打值班电话"))
        told = _tell_superiors(ctx, instruction, tasks) if superiors else 0
        went = list(Delivery.objects.filter(message=said).values_list("channel", flat=True)) if said else []
        done = Chased(
            len(tasks), went.count(Delivery.Channel.APP), went.count(Delivery.Channel.PHONE),
            went.count(Delivery.Channel.BY_HAND), told,
        )  # fmt: skip
        auditing.record(
            ctx, action="command.instruction.chase", label=_("催办"), object_type=KEY, object_id=instruction.pk,
            scope=instruction.scope, data={"units": [t.organisation_id for t in tasks][:200], "superiors": told},
        )  # fmt: skip
    return done


def _tell_superiors(ctx: Context, instruction: Instruction, tasks: list[Task]) -> int:
    """The second rung of each place's ladder hears which of its own are silent; returns how many posts were told."""
    ladders = ladders_of([t.organisation.region for t in tasks], LADDER_MINUTES)
    by_post: dict[str, list[str]] = {}
    for task in tasks:
        ladder = ladders.get(task.organisation.region_id, [])
        if task.organisation.kind in ("street", "committee") and len(ladder) > 1:
            by_post.setdefault(ladder[1]["post"], []).append(str(task.organisation))
    for post, names in by_post.items():
        send(
            ctx, text=_("【催办】%(who)s对指令没有回应：%(text)s") % {"who": "、".join(names), "text": instruction.text},
            to_keys=[f"post:{post}"], urgent=True, scope=instruction.scope, about=about_of(instruction),
        )  # fmt: skip
    return len(by_post)


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known of a unit's receipt: people told, how many of them opened it, when first; how its telephones went."""

    told: int
    read: int
    delivered_at: Any = None
    read_at: Any = None
    phone: str = ""


def proofs_of(ctx: Context, instruction: Instruction, tasks: list[Task]) -> dict[str, Proof]:
    """Proof of receipt by organisation code, in two queries: messages about the instruction and about its tasks."""
    about = {str(instruction.pk), *(str(t.pk) for t in tasks)}
    rows = Delivery.objects.filter(
        message__about_type__in=(KEY, "command.task"), message__about_id__in=about, world_id=ctx.world
    )
    by_person: dict[str, list[Delivery]] = {}
    for row in rows.order_by("queued_at"):
        by_person.setdefault(str(row.person_id), []).append(row)
    units = instruction.reach.get("units", {})
    found: dict[str, Proof] = {}
    for task in tasks:
        # Given to somebody else since, the people of then say nothing of it.
        people = units.get(task.organisation_id, {}).get("people")
        if people is None:
            people = [str(p.pk) for p in people_behind(task.owner_keys)]
        found[task.organisation_id] = _proof([d for person in people for d in by_person.get(person, [])], len(people))
    return found


def _proof(rows: list[Delivery], people: int) -> Proof:
    app = [d for d in rows if d.channel == Delivery.Channel.APP]
    rings = [d for d in rows if d.channel in (Delivery.Channel.PHONE, Delivery.Channel.BY_HAND)]
    read = [d for d in app if d.read_at]
    return Proof(
        told=len({d.person_id for d in app}) if app else 0, read=len({d.person_id for d in read}),
        delivered_at=min((d.sent_at for d in app if d.sent_at), default=None),
        read_at=min((d.read_at for d in read if d.read_at), default=None),
        phone=f"{rings[-1].get_channel_display()} {rings[-1].get_state_display()}" if rings else "",
    )  # fmt: skip


@step_service("command.task", "reassign")
def reassign_task(ctx: Context, task: Task, given: dict[str, Any]) -> Task:
    """改派: the task goes to another organisation with the reason; who had it stays written on it and is told.

    Raises BadInput for an organisation that is unknown or has the same order already, and whatever `transition` raises.
    """
    code, reason = str(given.get("organisation") or ""), str(given.get("reason") or "").strip()
    with transaction.atomic():
        held = (
            Task.objects.select_for_update(of=("self",))
            .select_related("organisation__region")
            .get_visible(ctx, pk=task.pk)
        )
        new = next((o for o in takers_instead(held) if o.pk == code), None)
        if new is None:
            raise BadInput(_not_to(code), field="organisation", mend=_("请从列出的单位中选择"))
        old, old_keys = held.organisation, list(held.owner_keys)
        row = {
            "organisation": old.pk, "name": str(old), "at": ctx.now().isoformat(), "reason": reason[:500], "by": ctx.actor.name,
        }  # fmt: skip
        moved: Task = transition(
            ctx, task, "reassign", evidence=given, organisation=new, owner_keys=[new.key], scope=new.region.path,
            shared_with=sorted({*held.shared_with, new.key}), moved=[*held.moved, row], acknowledged_at=None,
        )  # fmt: skip
        if moved.instruction_id:
            _share(moved)
        about = ("command.task", moved.pk, moved.get_absolute_url())
        words = {
            "text": moved.text,
            "to": new,
            "why": reason,
            "due": localtime(moved.due_from_plan).strftime("%m-%d %H:%M"),
        }
        send(
            ctx,
            text=_("任务已改派%(to)s（%(why)s），您单位不再承担：%(text)s") % words,
            to_keys=old_keys,
            about=about,
            scope=moved.scope,
        )
        send(
            ctx,
            text=_("新任务（%(due)s前，改派）：%(text)s") % words,
            to_keys=[new.key],
            about=about,
            scope=moved.scope,
            urgent=True,
        )
    return moved


def _not_to(code: str) -> str:
    known = Organisation.objects.filter(pk=code).first()
    if known is None:
        return _("没有这些单位：%(codes)s") % {"codes": code[:40]}
    return _("不能改派给%(name)s：它已有这项任务，或不在本区") % {"name": known}


def _share(task: Task) -> None:
    """Whoever takes it over may read the order that it comes from."""
    order = Instruction.objects.unscoped("its new unit is added to those who may read it").filter(
        pk=task.instruction_id
    )
    for made in order.select_for_update(of=("self",)):
        made.shared_with = sorted({*made.shared_with, task.organisation.key})
        made.save(update_fields=["shared_with"])
