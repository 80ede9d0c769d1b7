"""The verbs of 吹哨报到: blow, call more departments, answer, rule, grade. Whoever moves a call holds its whistle first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.timezone import localtime

from anlan.command.data.whistle import Times, whistle_rules
from anlan.command.models import Incident, Whistle, WhistleCall
from anlan.command.responses.instructions.giving import still_open
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.loops import once, open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.services.attachments import attach
from anlan.kernel.texts import whole_line
from anlan.kernel.wording import words as _
from anlan.messaging.services import send
from anlan.places.queries import Organisation, Region, keys_with_role, organisations

from .departments import callable_departments, others_for

BLOW = "command.whistle.blow"
MOST_DEPARTMENTS = 20
MOST_TEXT = 500


@once(Whistle, by="blown_by_key")
def blow_whistle(
    ctx: Context, *, region: Region, kind: str, text: str, place: str, departments: Sequence[str],
    reasons: Mapping[str, str] | None = None, urgent: bool = False, report_min: int | None = None, close_min: int | None = None,
    position: tuple[float, float] | None = None, incident: Incident | None = None, files: Iterable[Any] = (),
    request: UUID | None = None,
) -> Whistle:  # fmt: skip
    """Call departments (organisation codes) to a matter in `region`, the caller's own street or community or a place below it.

    `reasons`: what each is needed for, by code. Times are the kind's unless given (minutes). `position`: longitude, latitude.
    `request`: the form's own number; sent twice, the first answer comes back. Raises BadInput naming the field, NotAllowed, Conflict.
    """
    ctx.require(BLOW, region.path)
    rule = whistle_rules().kinds.get(kind)
    text, place = whole_line(text, MOST_TEXT, "text", _("情况")), whole_line(place, 200, "place", _("地点"))
    if rule is None:
        raise BadInput(_("没有这种事项"), field="kind", mend=_("请从列出的事项中选择"))
    for value, field, what in ((text, "text", _("情况")), (place, "place", _("地点"))):
        if not value:
            raise BadInput(
                _("没有写%(what)s") % {"what": what}, field=field, mend=_("部门要凭它判断去哪里、带什么，请写清楚")
            )
    usual = rule.times(urgent)
    times = _times(usual, report_min, close_min)
    called = _chosen(departments, callable_departments(region.path))
    at = Point(*position, srid=4326) if position else incident.position if incident is not None else None
    with transaction.atomic():
        if incident is not None:
            still_open(ctx, incident)
        by = _own_unit(ctx, region)
        made: Whistle = open_record(
            ctx, Whistle, scope=region.path, shared_with=[by.key], owner_keys=[by.key], region=region, organisation=by,
            kind=kind, text=text, urgent=urgent, place=place, position=at, incident=incident, report_min=times.report,
            close_min=times.close, set_by_hand=times != usual, blown_by=ctx.actor.signature, blown_by_key=ctx.actor.key,
            request=request, note={"text": text, "to": [str(o) for o in called]},
        )  # fmt: skip
        for file in files:
            attach(ctx, object_type=made.loop.key, object_id=made.pk, scope=made.scope, shared_with=made.shared_with,
                   file=file, name=file.name)  # fmt: skip
        _call(ctx, made, called, reasons or {})
    made.refresh_from_db()
    return made


def call_more(
    ctx: Context, *, whistle: Whistle, departments: Sequence[str], reasons: Mapping[str, str] | None = None
) -> list[WhistleCall]:
    """Call further departments to the same matter, each with the whole time. Raises as `blow_whistle`; Conflict when it is over."""
    with transaction.atomic():
        held = _held(ctx, whistle)
        _require_caller(ctx, held)
        return _call(ctx, held, _chosen(departments, others_for(held)), reasons or {})


@step_service("command.whistle", "withdraw")
def withdraw_whistle(ctx: Context, whistle: Whistle, given: dict[str, Any]) -> Whistle:
    """The matter needs nobody any more: every open call ends with it, and the departments are told."""
    with transaction.atomic():
        held = _held(ctx, whistle)
        moved: Whistle = transition(ctx, held, "withdraw", evidence=given)
        calls = list(WhistleCall.objects.in_world(ctx).open().filter(whistle=held))
        for call in calls:
            transition(
                system("whistles", world=ctx.world),
                call,
                "withdraw",
                evidence={"reason": str(given.get("reason") or "")},
            )
        _tell(
            ctx,
            moved,
            [call.organisation.key for call in calls],
            _("已撤哨：%(what)s（%(why)s）") % {"what": moved, "why": given.get("reason")},
        )
    return moved


@step_service("command.whistle_call", "respond")
def respond(ctx: Context, call: WhistleCall, given: dict[str, Any]) -> WhistleCall:
    with transaction.atomic():
        _held(ctx, call.whistle)
        moved: WhistleCall = transition(
            ctx, call, "respond", evidence=given, who=_word(given, "who", 120), latest=_word(given, "note", 300),
            responded_at=call.responded_at or ctx.now(), latest_at=ctx.now(),
        )  # fmt: skip
    return moved


@step_service("command.whistle_call", "arrive")
def arrive(ctx: Context, call: WhistleCall, given: dict[str, Any]) -> WhistleCall:
    """Somebody of the department is at the place; the time is that of the report, so that nobody dates it back."""
    return _arrived(ctx, call, "arrive", given)


@step_service("command.whistle_call", "note_arrival")
def note_arrival(ctx: Context, call: WhistleCall, given: dict[str, Any]) -> WhistleCall:
    """The street writes down that a department came which has not said so itself."""
    return _arrived(ctx, call, "note_arrival", given)


@step_service("command.whistle_call", "report")
def report_progress(ctx: Context, call: WhistleCall, given: dict[str, Any]) -> WhistleCall:
    moved: WhistleCall = transition(
        ctx, call, "report", evidence=given, latest=_word(given, "text", 2000), latest_at=ctx.now()
    )
    return moved


@step_service("command.whistle_call", "finish")
def finish(ctx: Context, call: WhistleCall, given: dict[str, Any]) -> WhistleCall:
    """The department has done its part; it now rests on whoever called."""
    now = ctx.now()
    with transaction.atomic():
        held = _held(ctx, call.whistle)
        moved: WhistleCall = transition(
            ctx, call, "finish", evidence=given, latest=_word(given, "text", 2000), latest_at=now, answered_at=now,
            answered_late=bool(call.close_due_at and now > call.close_due_at), owner_keys=_graders(held),
        )  # fmt: skip
        _tell(
            ctx,
            held,
            _graders(held),
            _("%(who)s已办结，请核实评价：%(what)s") % {"who": moved.organisation, "what": held},
        )
    return moved


@step_service("command.whistle_call", "dispute")
def dispute(ctx: Context, call: WhistleCall, given: dict[str, Any]) -> WhistleCall:
    """The department holds that it is another's matter: the duty room of the bureau rules. Its own clock stands until then."""
    with transaction.atomic():
        _held(ctx, call.whistle)
        moved: WhistleCall = transition(
            ctx, call, "dispute", evidence=given, responded_at=call.responded_at or ctx.now(), disputes=call.disputes + 1,
            latest=_word(given, "reason", 1000), latest_at=ctx.now(),
        )  # fmt: skip
    return moved


@step_service("command.whistle_call", "rule_stay")
def rule_stay(ctx: Context, call: WhistleCall, given: dict[str, Any]) -> WhistleCall:
    """It stays with the department, which has the whole time again from now."""
    with transaction.atomic():
        held = _held(ctx, call.whistle)
        moved: WhistleCall = transition(
            ctx, call, "rule_stay", evidence=given, owner_keys=[call.organisation.key],
            report_due_at=ctx.now() + timedelta(minutes=held.report_min), **_ruled(ctx, given),
        )  # fmt: skip
        _tell(
            ctx,
            held,
            [call.organisation.key],
            _("值班室裁定由您单位办理：%(what)s（%(why)s）") % {"what": held, "why": given.get("reason")},
            ring=True,
        )
    return moved


@step_service("command.whistle_call", "rule_transfer")
def rule_transfer(ctx: Context, call: WhistleCall, given: dict[str, Any]) -> WhistleCall:
    """Another department is called in its place, with the whole time; where it came from stays written on it."""
    with transaction.atomic():
        held = _held(ctx, call.whistle)
        new = _chosen([str(given.get("organisation") or "")], others_for(held), field="organisation")
        moved: WhistleCall = transition(ctx, call, "rule_transfer", evidence=given, **_ruled(ctx, given))
        _call(ctx, held, new, {new[0].pk: call.reason}, came_from=moved)
        _tell(
            ctx,
            held,
            [call.organisation.key, call.caller_key],
            _("值班室裁定由%(to)s办理：%(what)s") % {"to": new[0], "what": held},
        )
    return moved


@step_service("command.whistle_call", "rule_release")
def rule_release(ctx: Context, call: WhistleCall, given: dict[str, Any]) -> WhistleCall:
    with transaction.atomic():
        held = _held(ctx, call.whistle)
        moved: WhistleCall = transition(ctx, call, "rule_release", evidence=given, **_ruled(ctx, given))
        _tell(ctx, held, [call.organisation.key, call.caller_key],
              _("值班室裁定%(who)s不需办理：%(what)s") % {"who": moved.organisation, "what": held})  # fmt: skip
        _end_with_last(ctx, held)
    return moved


@step_service("command.whistle_call", "close")
def grade(ctx: Context, call: WhistleCall, given: dict[str, Any]) -> WhistleCall:
    """The street is satisfied; with the last department the whistle is over."""
    with transaction.atomic():
        held = _held(ctx, call.whistle)
        moved: WhistleCall = transition(
            ctx, call, "close", evidence=given, grade=_word(given, "grade", 10), opinion=_word(given, "opinion", 500),
            graded_by=ctx.actor.signature,
        )  # fmt: skip
        _end_with_last(ctx, held)
    return moved


@step_service("command.whistle_call", "reopen")
def reopen(ctx: Context, call: WhistleCall, given: dict[str, Any]) -> WhistleCall:
    """Not satisfied: it rests on the department again, with the time to close from now."""
    with transaction.atomic():
        held = _held(ctx, call.whistle)
        moved: WhistleCall = transition(
            ctx, call, "reopen", evidence=given, owner_keys=[call.organisation.key], returned=call.returned + 1,
            close_due_at=ctx.now() + timedelta(minutes=held.close_min), opinion=_word(given, "reason", 1000), answered_at=None,
        )  # fmt: skip
        _tell(ctx, held, [call.organisation.key],
              _("街道不满意，请继续办理：%(what)s（%(why)s）") % {"what": held, "why": given.get("reason")}, ring=True)  # fmt: skip
    return moved


@step_service("command.whistle_call", "withdraw")
def withdraw_call(ctx: Context, call: WhistleCall, given: dict[str, Any]) -> WhistleCall:
    with transaction.atomic():
        held = _held(ctx, call.whistle)
        moved: WhistleCall = transition(ctx, call, "withdraw", evidence=given)
        _tell(ctx, held, [call.organisation.key], _("不再需要到场：%(what)s") % {"what": held})
        _end_with_last(ctx, held)
    return moved


def _arrived(ctx: Context, call: WhistleCall, step: str, given: dict[str, Any]) -> WhistleCall:
    now = ctx.now()
    with transaction.atomic():
        held = _held(ctx, call.whistle)
        moved: WhistleCall = transition(
            ctx, call, step, evidence=given, who=_word(given, "who", 120), arrived_at=now, responded_at=call.responded_at or now,
            arrived_late=now > call.report_due_at, close_due_at=now + timedelta(minutes=held.close_min), latest_at=now,
            people=int(n) if (n := str(given.get("people") or "")).isascii() and n.isdigit() and len(n) < 6 else None,
            arrived_place=_point(given.get("place")),
        )  # fmt: skip
        _tell(ctx, held, [call.caller_key], _("%(who)s已到场：%(what)s") % {"who": moved.organisation, "what": held})
    return moved


def _call(
    ctx: Context, held: Whistle, called: Sequence[Organisation], reasons: Mapping[str, str], came_from: WhistleCall | None = None
) -> list[WhistleCall]:  # fmt: skip
    """Everybody who is called sees the matter and each other's part; each is told at once."""
    due = ctx.now() + timedelta(minutes=held.report_min)
    caller = held.organisation.key
    held.shared_with = sorted({*held.shared_with, *(o.key for o in called)})
    held.save(update_fields=["shared_with"])
    WhistleCall.objects.in_world(ctx).filter(whistle=held).update(shared_with=held.shared_with)
    made = []
    for unit in called:
        why = whole_line(str(reasons.get(unit.pk) or ""), 300, f"why-{unit.pk}", _("需要什么"))
        made.append(open_record(
            ctx, WhistleCall, scope=held.scope, shared_with=held.shared_with, owner_keys=[unit.key], whistle=held,
            incident=held.incident, organisation=unit, caller_key=caller, reason=why, report_due_at=due, came_from=came_from,
            note={"reason": why},
        ))  # fmt: skip
        words = {
            "place": held.place,
            "text": held.text,
            "why": why or held.kind_name,
            "by": f"{localtime(due):%m-%d %H:%M}",
        }
        _tell(
            ctx,
            held,
            [unit.key],
            _("【吹哨报到】%(place)s：%(text)s。需要：%(why)s。请于 %(by)s 前到场报到") % words,
            ring=True,
        )
    return made


def _end_with_last(ctx: Context, held: Whistle) -> None:
    if not WhistleCall.objects.in_world(ctx).open().filter(whistle=held).exists():
        transition(system("whistles", world=ctx.world), held, "finish")


def _held(ctx: Context, whistle: Whistle) -> Whistle:
    rows = Whistle.objects.select_for_update(of=("self",)).select_related("organisation", "incident", "region")
    held: Whistle = rows.get_visible(ctx, pk=whistle.pk)
    if not held.is_open:
        raise Conflict(
            _("“%(what)s”%(state)s") % {"what": held, "state": held.state_label}, mend=_("请刷新后查看最新状态")
        )
    return held


def _require_caller(ctx: Context, held: Whistle) -> None:
    if not ctx.may(BLOW, held.scope):
        raise NotAllowed(_("只有吹哨的街道、社区可以办理"))


def _own_unit(ctx: Context, region: Region) -> Organisation:
    """The street or community in whose name it is blown: the nearest one of the caller's own at or above the place."""
    own = [key.removeprefix("org:") for key in ctx.keys if key.startswith("org:")]
    for path in (region.path, *(p for p in ctx.paths(BLOW) if region.path.startswith(p))):
        rows = organisations(path).filter(kind__in=("street", "committee"), scope=path)
        found: Organisation | None = rows.filter(pk__in=own).first() or rows.first()
        if found is not None:
            return found
    raise NotAllowed(_("您不在任何街道或社区任职"))


def _graders(held: Whistle) -> list[str]:
    """On whom it rests to look and grade: the posts that may, of the street or community that called."""
    role = "village" if held.organisation.kind == "committee" else "town"
    return keys_with_role(role, held.organisation.scope) or [str(held.organisation.key)]


def _chosen(codes: Sequence[str], offered: Sequence[Organisation], field: str = "departments") -> list[Organisation]:
    codes = list(dict.fromkeys(codes))
    if not codes:
        raise BadInput(_("请至少选择一个部门"), field=field, mend=_("请从列出的部门中选择"))
    if len(codes) > MOST_DEPARTMENTS:
        raise BadInput(
            _("一次最多呼叫 %(n)d 个部门") % {"n": MOST_DEPARTMENTS}, field=field, mend=_("请只选确需到场的部门")
        )
    known = {o.pk: o for o in offered}
    if strange := [c for c in codes if c not in known]:
        raise BadInput(
            _("不能呼叫这些部门：%(codes)s") % {"codes": "、".join(strange[:5])[:200]}, field=field,
            mend=_("请从列出的部门中选择；已呼叫的不必再选"),
        )  # fmt: skip
    return [known[c] for c in codes]


def _times(usual: Times, report: int | None, close: int | None) -> Times:
    rules = whistle_rules()
    given = Times(usual.report if report is None else report, usual.close if close is None else close)
    bounds = (
        ("report_min", given.report, rules.least.report, rules.most.report),
        ("close_min", given.close, rules.least.close, rules.most.close),
    )
    for field, value, least, most in bounds:
        if not least <= value <= most:
            raise BadInput(
                _("时限应在 %(least)d 到 %(most)d 分钟之间") % {"least": least, "most": most},
                field=field,
                mend=_("请改填分钟数，或留空用建议值"),
            )
    return given


def _ruled(ctx: Context, given: dict[str, Any]) -> dict[str, Any]:
    return {"ruling": _word(given, "reason", 1000), "ruled_by": ctx.actor.signature}


def _word(given: Mapping[str, Any], name: str, most: int) -> str:
    return str(given.get(name) or "").strip()[:most]


def _point(given: Any) -> Point | None:
    """What the step's evidence took as a place (checked by it): ``lon,lat`` or ``{"lon", "lat"}``; None when it took none."""
    if not given:
        return None
    pair = given if isinstance(given, dict) else dict(zip(("lon", "lat"), str(given).split(","), strict=False))
    try:
        return Point(float(pair["lon"]), float(pair["lat"]), srid=4326)
    except (KeyError, TypeError, ValueError):
        return None


def _tell(ctx: Context, held: Whistle, keys: Sequence[str], text: str, *, ring: bool = False) -> None:
    """A message to each; with `ring` the telephone too when the matter is urgent."""
    if keys:
        send(ctx, text=text, to_keys=keys, urgent=ring and held.urgent, about=(held.loop.key, held.pk, held.get_absolute_url()),
             scope=held.scope)  # fmt: skip
