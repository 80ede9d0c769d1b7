"""The verbs of the command post at the scene: set up, write the log, sign people in and out, hand the command over, end it."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.gis.geos import Point
from django.db import transaction

from anlan.command.data.site_post import site_rules
from anlan.command.models import Incident, SiteEntry, SiteHandover, SitePost, SitePresence
from anlan.command.services import hide_from_commander, name_commander, show_to_commander
from anlan.command.services.papers import district_path
from anlan.kernel import auditing
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.ids import new_id
from anlan.kernel.loops import open_record, reassign, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.texts import whole, whole_line
from anlan.kernel.wording import words as _
from anlan.messaging.services import send
from anlan.places.queries import organisations_acting_as

from .site_queries import commanders

SET_UP = "command.site_post.set_up"
SIGN = "command.site_post.sign"
MOST_HEADS = 2000
#: The longest texts, in characters: an account of a handover, a line of the log, places, who came.
MOST_TEXT, MOST_PLACE, MOST_AT, MOST_NAME, MOST_UNIT, MOST_PHONE = 2000, 200, 120, 60, 120, 40


def set_up_site_post(
    ctx: Context, *, incident: Incident, commander: str, groups: list[str] | None = None, place: str = ""
) -> SitePost:
    """Set up the command post of an incident; `commander` is the code of a post, `groups` ids of site_post.yaml (None: the usual ones).

    Raises NotAllowed, BadInput (a post that nobody holds, an unknown group), Conflict (the incident is over or has one).
    """
    rules = site_rules()
    chosen = (
        [g for g in rules.groups.values() if g.usual]
        if groups is None
        else [rules.groups[g] for g in groups if g in rules.groups]
    )
    if groups and len(chosen) != len(set(groups)):
        raise BadInput(_("没有这个工作组"), field="groups", mend=_("请从列出的工作组中选择"))
    with transaction.atomic():
        held: Incident = (
            Incident.objects.select_for_update(of=("self",)).select_related("region").get_visible(ctx, pk=incident.pk)
        )
        ctx.require(SET_UP, held.scope)
        if not held.is_open:
            raise Conflict(
                _("“%(title)s”已%(state)s") % {"title": held, "state": held.state_label}, mend=_("请刷新后查看最新状态")
            )
        if SitePost.objects.in_world(ctx).open().filter(incident=held).exists():
            raise Conflict(_("这起事件已设立现场指挥部"), mend=_("请刷新后查看；更换指挥官请办理交接"))
        post, people = _commander(held, commander)
        path, shown, keys = district_path(held.scope), [], {post.key, post.organisation.key}
        for group in chosen:
            lead = next((o for o in organisations_acting_as(group.lead, path) if o.scope == path), None)
            shown.append({
                "id": group.id, "name": group.zh, "duty": group.duty, "lead": str(lead) if lead else "",
                "organisation": lead.pk if lead else "",
            })  # fmt: skip
            keys |= {lead.key} if lead else set()
        name = _named(post, people[0].name)
        made: SitePost = open_record(
            ctx, SitePost, scope=held.scope, shared_with=sorted({*held.shared_with, *keys}), owner_keys=[post.key], incident=held,
            place=whole_line(place or held.place, MOST_PLACE, "place", _("地点")), groups=shown, commander=post, commander_name=name,
            commander_since=ctx.now(), appointed_by=ctx.actor.signature,
        )  # fmt: skip
        write_entry(ctx, made, _("成立现场指挥部，%(name)s 任现场指挥官") % {"name": name}, made.place)
        show_to_commander(_machine(ctx), held, post.key)
        if held.commander != name:
            name_commander(_machine(ctx), held, name=name, reason=_("成立现场指挥部"))
        send(
            ctx, text=_("%(title)s：您被指定为现场指挥官，请到 %(place)s 履职") % {"title": held.title, "place": made.place or held.title},
            to_keys=[post.key], urgent=True, scope=made.scope, about=_about(made), dedupe=f"site-post:{made.pk}",
        )  # fmt: skip
        leads = sorted({f"org:{g['organisation']}" for g in shown if g["organisation"]})
        if leads:
            send(
                ctx, text=_("%(title)s：已成立现场指挥部，请派员到场签到") % {"title": held.title}, to_keys=leads, scope=made.scope,
                about=_about(made), dedupe=f"site-post-groups:{made.pk}",
            )  # fmt: skip
    return made


def sign_in(
    ctx: Context, *, site_post: SitePost, name: str = "", unit: str = "", phone: str = "", group: str = "", headcount: Any = 1,
    position: Any = None, client_id: UUID | None = None, at: datetime | None = None,
) -> SitePresence:  # fmt: skip
    """Somebody, or a team of `headcount`, has come. Without a name it is the actor. `client_id`: the same one is taken once, a second
    time gives the first. `position` is ``lon,lat``. `at`: when the device noted it,
    for what was sent later (`_when`). Raises BadInput naming the field, NotFound, Conflict (the post is closed)."""
    named = whole_line(name, MOST_NAME, "name", _("姓名"))
    phone = whole_line(phone, MOST_PHONE, "phone", _("电话"))
    own = not named or named == ctx.actor.name
    unit = whole_line(unit, MOST_UNIT, "unit", _("单位")) or (ctx.actor.post if own else "")
    with transaction.atomic():
        held = _held(ctx, site_post)
        _may_sign(ctx, held)
        client_id = client_id or new_id()
        known = SitePresence.objects.in_world(ctx).filter(client_id=client_id).first()
        if known is not None:
            if known.site_post_id != held.pk or known.by_key != ctx.actor.key:
                raise Conflict(_("这次签到的编号已被使用"), mend=_("请重新打开签到页面"))
            return known
        _running(held)
        if group and group not in {g["id"] for g in held.groups}:
            raise BadInput(_("没有这个工作组"), field="group", mend=_("请从列出的工作组中选择"))
        if own:
            here = (
                SitePresence.objects.in_world(ctx)
                .filter(site_post=held, person_key=ctx.actor.key, left_at=None)
                .first()
            )
            if here is not None:
                return here
        came = _when(ctx, at, since=held.opened_at)
        made = SitePresence(
            site_post=held, client_id=client_id, group=group, name=named or ctx.actor.name[:MOST_NAME],
            unit=unit[:MOST_UNIT], phone=phone, headcount=_heads(headcount),
            person_key=ctx.actor.key if own else "", position=_point(position),
            arrived_at=came, seen_at=came, by_key=ctx.actor.key, by_name=ctx.actor.signature,
            simulated=ctx.actor.simulated, scope=held.scope,
            shared_with=held.shared_with, world_id=ctx.world,
        )  # fmt: skip
        made.save(force_insert=True)
        _note(ctx, held, "sign_in", _("到场签到"), made, at)
    return made


def report_safe(ctx: Context, *, presence: SitePresence, at: datetime | None = None) -> SitePresence:
    """Heard of just now, or at `at` by the device: the clock of silence begins anew. Raises Conflict when the person has left."""
    return _move(ctx, presence, "seen", _("报平安"), leave=False, at=at)


def sign_out(ctx: Context, *, presence: SitePresence, at: datetime | None = None) -> SitePresence:
    """Has left the scene, with everybody of the team, now or at `at` by the device. Raises Conflict when that was written down
    already."""
    return _move(ctx, presence, "sign_out", _("签离"), leave=True, at=at)


def offer_handover(ctx: Context, *, site_post: SitePost, to: str, situation: str) -> SiteHandover:
    """The commander (or who appoints) hands over to the holder of the post `to`: signed now by the one, accepted by the other."""
    situation = whole(situation, MOST_TEXT, "situation", _("交接情况"))
    if not situation:
        raise BadInput(_("没有写交接情况"), field="situation", mend=_("写明现场情况、在场人数、正在进行的工作和风险"))
    with transaction.atomic():
        held = _held(ctx, site_post)
        _running(held)
        if held.commander.key not in ctx.keys and not ctx.may(SET_UP, held.scope):
            raise NotAllowed(_("只有现场指挥官和指定他的单位可以办理交接"))
        post, people = _commander(held.incident, to)
        if post.pk == held.commander_id:
            raise BadInput(_("接任人就是现任指挥官"), field="to", mend=_("请选择另一个岗位"))
        if SiteHandover.objects.in_world(ctx).open().filter(site_post=held).exists():
            raise Conflict(_("已有一份交接等待接任"), mend=_("请等对方签字，或由值班长撤回"))
        made: SiteHandover = open_record(
            ctx, SiteHandover, scope=held.scope, shared_with=sorted({*held.shared_with, post.key}), owner_keys=[post.key], site_post=held,
            from_name=held.commander_name, to_post=post, to_name=_named(post, people[0].name),
            situation=situation, signed_by=ctx.actor.signature, signed_at=ctx.now(),
        )  # fmt: skip
        held.shared_with = sorted({*held.shared_with, post.key})
        held.save(update_fields=["shared_with"])
        for model in (SiteEntry, SitePresence):
            model.objects.in_world(ctx).filter(site_post=held).update(shared_with=held.shared_with)
        send(
            ctx, text=_("%(title)s：请接任现场指挥官") % {"title": held}, to_keys=[post.key], urgent=True, scope=held.scope,
            about=_about(held), dedupe=f"site-handover:{made.pk}",
        )  # fmt: skip
    return made


@step_service("command.site_handover", "accept")
def accept_handover(ctx: Context, handover: SiteHandover, given: dict[str, Any]) -> SiteHandover:
    """The other one signs: from this moment the command, its clock and its powers are theirs."""
    with transaction.atomic():
        # The post before its handover, as closing locks them.
        held = _held(ctx, handover.site_post)
        _running(held)
        name = _named(handover.to_post, ctx.actor.name)
        moved: SiteHandover = transition(
            ctx,
            handover,
            "accept",
            evidence=given,
            accepted_by=ctx.actor.signature,
            accepted_at=ctx.now(),
            to_name=name,
        )
        relieved = held.commander.key
        held.commander, held.commander_name, held.commander_since = moved.to_post, name, ctx.now()
        held.save(update_fields=["commander", "commander_name", "commander_since"])
        show_to_commander(_machine(ctx), held.incident, moved.to_post.key)
        hide_from_commander(_machine(ctx), held.incident, relieved)
        reassign(_machine(ctx), held, owner_keys=[moved.to_post.key], reason=_("现场指挥交接"))
        write_entry(
            ctx,
            held,
            _("%(old)s 向 %(new)s 移交现场指挥：%(what)s")
            % {"old": moved.from_name, "new": name, "what": moved.situation},
            "",
        )
        if held.incident.commander != name:
            name_commander(_machine(ctx), held.incident, name=name, reason=_("现场指挥交接"))
    return moved


@step_service("command.site_post", "log")
def write_log(ctx: Context, post: SitePost, given: dict[str, Any]) -> SitePost:
    text = whole(str(given.get("text") or ""), MOST_TEXT, "text", _("情况"))
    place = whole_line(str(given.get("place") or ""), MOST_AT, "place", _("地点"))
    with transaction.atomic():
        moved: SitePost = transition(ctx, post, "log", evidence=given)
        write_entry(ctx, moved, text, place)
    return moved


@step_service("command.site_post", "close")
def close_site_post(ctx: Context, post: SitePost, given: dict[str, Any]) -> SitePost:
    """Nobody is left behind: as long as somebody is signed in it is not closed by hand."""
    with transaction.atomic():
        held = _held(ctx, post)
        here = SitePresence.objects.in_world(ctx).filter(site_post=held, left_at=None)
        names = [str(p) for p in here.order_by("arrived_at")[:5]]
        if names and held.is_open:
            raise Conflict(
                _("还有人员没有签离：%(names)s") % {"names": "、".join(names)}, mend=_("请清点人员，逐一签离后再撤销")
            )
        moved: SitePost = transition(ctx, held, "close", evidence=given)
        _finish(ctx, moved, str(given.get("conclusion") or ""))
    return moved


def end_with_incident(ctx: Context, *, incident: str) -> None:
    """The incident is over: so is its command post. Who had not signed out by then is written into the log by name."""
    for found in SitePost.objects.in_world(ctx).open().filter(incident=incident):
        with transaction.atomic():
            held = (
                SitePost.objects.in_world(ctx)
                .select_for_update(of=("self",))
                .select_related("incident", "commander")
                .get(pk=found.pk)
            )
            if not held.is_open:
                continue
            here = SitePresence.objects.in_world(ctx).filter(site_post=held, left_at=None)
            names = "、".join(str(p) for p in here.order_by("arrived_at"))
            reason = _("事件已结束")
            moved: SitePost = transition(_machine(ctx), held, "end", evidence={"reason": reason})
            _finish(
                ctx,
                moved,
                _("%(why)s；尚未签离：%(names)s") % {"why": reason, "names": names} if names else str(reason),
            )


def running_for(ctx: Context, post: SitePost) -> SitePost:
    held = _held(ctx, post)
    if not may_run(ctx, held):
        raise NotAllowed(_("只有现场指挥官和指定他的单位可以办理"))
    _running(held)
    return held


def _finish(ctx: Context, post: SitePost, text: str) -> None:
    for waiting in SiteHandover.objects.in_world(ctx).open().filter(site_post=post):
        transition(_machine(ctx), waiting, "lapse", evidence={"reason": _("现场指挥部已撤销")})
    hide_from_commander(_machine(ctx), post.incident, post.commander.key)
    write_entry(ctx, post, _("撤销现场指挥部：%(text)s") % {"text": text}, "")


def _move(
    ctx: Context, presence: SitePresence, verb: str, label: Any, *, leave: bool, at: datetime | None
) -> SitePresence:
    with transaction.atomic():
        rows = SitePresence.objects.select_for_update(of=("self",)).select_related("site_post__incident")
        row: SitePresence = rows.get_visible(ctx, pk=presence.pk)
        own = row.person_key == ctx.actor.key or row.by_key == ctx.actor.key
        if not own and not may_run(ctx, row.site_post):
            raise NotAllowed(_("只有本人、登记人和现场指挥部可以办理"))
        if row.left_at is not None:
            raise Conflict(_("%(who)s 已签离") % {"who": row}, mend=_("请刷新后查看；再次到场请重新签到"))
        # A sign of life that comes late does not make a newer one forgotten.
        when = _when(ctx, at, since=row.arrived_at)
        row.seen_at = max(row.seen_at, when)
        row.left_at = when if leave else None
        row.save(update_fields=["seen_at", "left_at"])
        _note(ctx, row.site_post, verb, label, row, at)
    return row


def _when(ctx: Context, at: datetime | None, *, since: datetime) -> datetime:
    """The time that counts: what the device says, between `since` and now. A clock that goes wrong keeps nobody out; what it said
    stays in the history."""
    now = ctx.now()
    return now if at is None else min(max(at, since), now)


def may_run(ctx: Context, post: SitePost) -> bool:
    """Whether the actor commands there, or appoints who does."""
    return post.commander.key in ctx.keys or ctx.may(SET_UP, post.scope)


def _may_sign(ctx: Context, post: SitePost) -> None:
    """Who sees the post and may sign in somewhere may sign in here. Raises NotAllowed."""
    if not ctx.paths(SIGN):
        raise NotAllowed(permission=SIGN)


def _held(ctx: Context, post: SitePost) -> SitePost:
    rows = SitePost.objects.select_for_update(of=("self",)).select_related(
        "incident__region", "commander__organisation"
    )
    held: SitePost = rows.get_visible(ctx, pk=post.pk)
    return held


def _running(post: SitePost) -> None:
    if not post.is_open:
        raise Conflict(_("现场指挥部已撤销"), mend=_("请刷新后查看最新状态"))


def _commander(incident: Incident, code: str) -> Any:
    for post, people in commanders(incident):
        if post.code == code:
            return post, people
    raise BadInput(_("没有这个岗位，或岗位无人"), field="commander", mend=_("请从列出的在任岗位中选择"))


def _named(post: Any, person: str) -> str:
    """Office and name, as the scene says it; many posts carry their unit in their own name already."""
    unit, title = str(post.organisation), str(post)
    return f"{title if title.startswith(unit) else unit + title} {person}"[:120]


def _heads(value: Any) -> int:
    try:
        number = int(str(value).strip() or 1)
    except ValueError:
        number = 0
    if not 1 <= number <= MOST_HEADS:
        raise BadInput(
            _("人数应在 1 到 %(n)d 之间") % {"n": MOST_HEADS}, field="headcount", mend=_("一支队伍登记总人数")
        )
    return number


def _point(value: Any) -> Point | None:
    if not value:
        return None
    try:
        lon, lat = (float(part) for part in str(value).split(","))
    except ValueError:
        lon = math.nan
        lat = math.nan
    if not (math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90):
        raise BadInput(_("位置写成 经度,纬度"), field="position", mend=_("可留空，或点“取当前位置”"))
    return Point(lon, lat, srid=4326)


def write_entry(ctx: Context, post: SitePost, text: Any, place: str) -> None:
    SiteEntry(
        site_post=post, at=ctx.now(), place=place[:120], text=str(text)[:4000], by_name=ctx.actor.signature, simulated=ctx.actor.simulated,
        scope=post.scope, shared_with=post.shared_with, world_id=ctx.world,
    ).save(force_insert=True)  # fmt: skip


def _note(ctx: Context, post: SitePost, verb: str, label: Any, row: SitePresence, at: datetime | None = None) -> None:
    auditing.record(
        ctx, action=f"command.site_post.{verb}", label=label, object_type=SitePost.loop.key, object_id=post.pk, scope=post.scope,
        data={"who": str(row), "heads": row.headcount, **({"noted_at": at.isoformat()} if at else {})},
    )  # fmt: skip


def _about(post: SitePost) -> tuple[str, Any, str]:
    return (SitePost.loop.key, post.pk, post.get_absolute_url())


def _machine(ctx: Context) -> Context:
    return system("site_posts", world=ctx.world, cause=ctx.cause)
