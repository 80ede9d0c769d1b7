"""The verbs of duty checks: drawing a unit, writing down what was seen."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from anlan.command.data.duty_check import WAYS, duty_check_rule
from anlan.command.models import DutyCheck
from anlan.command.units import asking_street, chosen_units, path_of_asking, units_below
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotAllowed
from anlan.kernel.loops import open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.messaging.services import send

CHECK = "command.duty_check.carry_out"
VERDICTS = ("ok", "fault", "none")


def draw_check(ctx: Context, *, way: str, organisation: str = "", chance: random.Random | None = None) -> DutyCheck:
    """A check of one unit, or with no `organisation` of one by chance, where those not checked for longest have the better odds.

    `way`: call, visit or video. Raises BadInput naming the field, NotAllowed.
    """
    if way not in WAYS:
        raise BadInput(_("请选择抽查方式"), field="way", mend=_("电话、实地或视频"))
    if not ctx.paths(CHECK):
        raise NotAllowed(permission=CHECK)
    by_chance = not organisation
    unit = chosen_units(ctx, CHECK, [organisation or _by_chance(ctx, chance or random.SystemRandom())])[0]
    path = path_of_asking(ctx, CHECK, [unit])
    street = asking_street(ctx, path)
    made: DutyCheck = open_record(
        ctx, DutyCheck, scope=path, organisation=unit.organisation, way=way,
        by_chance=by_chance, by_street=street, unit_keys=unit.owner_keys, leader_keys=unit.leader_keys,
        owner_role="town" if street else "duty_officer",
    )  # fmt: skip
    return made


def _by_chance(ctx: Context, chance: random.Random) -> str:
    units = units_below(ctx, CHECK)
    if not units:
        raise BadInput(_("没有可以抽查的单位"), field="organisation", mend=_("单位在基础库的台账里维护"))
    last = dict(
        DutyCheck.objects.in_world(ctx).filter(organisation__in=units).order_by("opened_at")
        .values_list("organisation_id", "opened_at")
    )  # fmt: skip
    now = ctx.now()
    weights = [min(60.0, 1 + (now - last[u.pk]).total_seconds() / 86_400) if u.pk in last else 60.0 for u in units]
    return str(chance.choices(units, weights)[0].pk)


def record_check(
    ctx: Context, *, check: DutyCheck, met: str, verdicts: Mapping[str, str], notes: Mapping[str, str] | None = None, note: str = ""
) -> DutyCheck:  # fmt: skip
    """What was seen: a verdict (ok, fault, none) for each item of the checklist. With a fault the unit has to put it right.

    `met` is who was met or answered. Raises BadInput naming the item that is missing or that lacks its words.
    """
    notes = notes or {}
    if not met.strip():
        raise BadInput(_("没有写接受抽查人"), field="met", mend=_("写姓名或岗位；无人应答写“无人”"))
    results = []
    for item in duty_check_rule().items_for(check.way):
        verdict, words = verdicts.get(item.code, ""), whole(notes.get(item.code, ""), 200, item.code, item.text)
        if verdict not in VERDICTS:
            raise BadInput(
                _("“%(item)s”还没有选结果") % {"item": item.text}, field=item.code, mend=_("请选正常、有问题或未查")
            )
        if verdict == "fault" and not words:
            raise BadInput(
                _("“%(item)s”有什么问题没有写") % {"item": item.text}, field=item.code, mend=_("请写明看到的情况")
            )
        results.append({"item": item.code, "text": item.text, "verdict": verdict, "note": words})
    faults = [r for r in results if r["verdict"] == "fault"]
    seen = {
        "checked_at": ctx.now(), "checked_by": ctx.actor.signature, "met": whole(met, 60, "met"), "results": results, "faults": len(faults),
        "note": whole(note, 500, "note"),
    }  # fmt: skip
    with transaction.atomic():
        if not faults:
            passed: DutyCheck = transition(ctx, check, "pass", evidence={"met": met, "note": note}, **seen)
            return passed
        said = "\n".join(f"{r['text']}：{r['note']}" for r in faults)
        moved: DutyCheck = transition(
            ctx, check, "find", evidence={"met": met, "findings": said}, owner_keys=check.unit_keys,
            shared_with=sorted({*check.unit_keys, *check.leader_keys, check.organisation.key}), **seen,
        )  # fmt: skip
        told = {"n": len(faults), "said": said.replace("\n", "；")[:300]}
        send(
            ctx, text=_("【值班抽查】发现 %(n)d 个问题，请整改并反馈：%(said)s") % told,
            to_keys=moved.owner_keys, scope=moved.scope, about=("command.duty_check", moved.pk, moved.get_absolute_url()),
            dedupe=f"duty-check:{moved.pk}",
        )  # fmt: skip
    return moved


@step_service("command.duty_check", "rectify")
def _rectify(ctx: Context, check: Any, given: dict[str, Any]) -> Any:
    owner = {"owner_role": "town"} if check.by_street else {}
    return transition(ctx, check, "rectify", evidence=given, **owner)


def require_checker(ctx: Context, check: DutyCheck) -> None:
    if not any(ctx.holds(role, check.scope) for role in check.checkers):
        raise NotAllowed(_("只有抽查的值班室可以办理"))
