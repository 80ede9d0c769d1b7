"""The verbs of meetings: call, answer, write down who came, minute, decide, sign; a signature turns decisions into orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localtime

from anlan.command.headquarters.queries import seats_of as body_seats
from anlan.command.models import Headquarters, Meeting, MeetingSeat
from anlan.command.services.links import https_link
from anlan.command.units import units_within
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, NotAllowed
from anlan.kernel.loops import once, open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.texts import whole_line
from anlan.kernel.wording import words as _
from anlan.messaging.services import send
from anlan.places.queries import Organisation, keys_with_role

from .queries import CALL, may_run

MOST_ITEMS, MOST_ITEM = 30, 200


@once(Meeting)
def call_meeting(
    ctx: Context, *, headquarters: Headquarters, title: str, starts_at: datetime | None, agenda: Iterable[str], place: str = "",
    meeting_url: str = "", organisations: Iterable[str] = (), request: UUID | None = None,
) -> Meeting:  # fmt: skip
    """Call the members of a body, and `organisations` (codes) beside them, to a meeting: everybody is asked whether they come.

    `agenda`: one text an item. `request`: the form's own number; sent twice, the first answer comes back.
    Raises NotAllowed, BadInput naming the field.
    """
    if not may_run(ctx, headquarters):
        raise NotAllowed(permission=CALL, path=headquarters.scope)
    title = whole_line(title, 200, "title", _("会议名称"))
    if not title:
        raise BadInput(_("没有写会议名称"), field="title", mend=_("例如：区防指第二次全体会议"))
    items = [t for one in agenda if (t := whole_line(one, MOST_ITEM, "agenda", _("一项议程")))]
    if not 1 <= len(items) <= MOST_ITEMS:
        raise BadInput(_("议程应有 1 到 %(n)d 项") % {"n": MOST_ITEMS}, field="agenda", mend=_("一行写一项"))
    if starts_at is None or starts_at <= ctx.now():
        raise BadInput(_("请填晚于现在的开会时间"), field="starts_at", mend=_("写成 2016-07-20 12:40 的样子"))
    place, meeting_url = whole_line(place, 200, "place", _("地点")), https_link(meeting_url, "meeting_url")
    if not (place or meeting_url):
        raise BadInput(_("没有写开会地点"), field="place", mend=_("写地点，或填视频会议链接"))
    guests = units_within(headquarters.scope, organisations)
    office = _office_keys(headquarters)
    with transaction.atomic():
        invited = _invited(ctx, headquarters, guests)
        keys = sorted({key for key, *_rest in invited if key})
        made: Meeting = open_record(
            ctx, Meeting, scope=headquarters.scope, shared_with=sorted({*keys, *office}), owner_keys=office, headquarters=headquarters,
            title=title, starts_at=starts_at, place=place, meeting_url=meeting_url, agenda=items, office_keys=office,
            called_by=ctx.actor.signature, request=request, request_by=ctx.actor.key,
        )  # fmt: skip
        for key, seat, name, usual, rank in invited:
            open_record(
                ctx, MeetingSeat, scope=made.scope, shared_with=sorted({*([key] if key else []), *office}),
                owner_keys=[key] if key else [], meeting=made, title=seat[:60], name=name[:160], usual_attendant=usual[:60], rank=rank,
            )  # fmt: skip
        _tell(ctx, made, keys, _("%(title)s：%(at)s，%(place)s。请答复是否参加") % _words(made), "call")
    return made


def hold_meeting(ctx: Context, *, meeting: Meeting, chair: str, present: Mapping[str, str]) -> Meeting:
    """Write down who came: `present` gives for a seat (id) the name of who sat there; everybody else who had not asked for leave was
    absent. Raises NotAllowed, Conflict, BadInput (no chair, an unknown seat, nobody came)."""
    machine = system("meetings", world=ctx.world, cause=ctx.cause)
    with transaction.atomic():
        moved: Meeting = transition(
            ctx, meeting, "hold", evidence={"chair": chair}, chair=chair.strip()[:60], held_at=ctx.now()
        )
        rows = list(MeetingSeat.objects.in_world(ctx).open().filter(meeting=moved).order_by("rank", "pk"))
        strange = set(present) - {str(row.pk) for row in rows}
        if strange:
            raise BadInput(_("没有这些席位，或已请假"), field="present", mend=_("请刷新页面后重新登记"))
        if not present:
            raise BadInput(_("没有登记到会人员"), field="present", mend=_("勾选到会的席位；没有开成请取消会议"))
        for row in rows:
            if str(row.pk) not in present:
                transition(machine, row, "miss")
                continue
            who = (
                whole_line(present[str(row.pk)], 60, "present", _("到会人姓名"))
                or row.attendant
                or row.usual_attendant
                or row.name[:60]
            )
            transition(machine, row, "attend", evidence={"who": who}, attendant=who)
    return moved


@step_service("command.meeting", "cancel")
def cancel_meeting(ctx: Context, meeting: Meeting, given: dict[str, Any]) -> Meeting:
    """Everybody who was called hears that it does not take place, and why."""
    machine = system("meetings", world=ctx.world, cause=ctx.cause)
    with transaction.atomic():
        moved: Meeting = transition(ctx, meeting, "cancel", evidence=given)
        keys = set()
        for row in MeetingSeat.objects.in_world(ctx).open().filter(meeting=moved).order_by("rank", "pk"):
            keys |= set(row.owner_keys)
            transition(machine, row, "release")
        words = {**_words(moved), "why": str(given.get("reason") or "").strip()}
        _tell(ctx, moved, sorted(keys), _("%(title)s（%(at)s）取消：%(why)s") % words, "cancel")
    return moved


@step_service("command.meeting_seat", "accept")
def accept_seat(ctx: Context, seat: MeetingSeat, given: dict[str, Any]) -> MeetingSeat:
    moved: MeetingSeat = transition(
        ctx, seat, "accept", evidence=given, attendant=str(given.get("who") or "").strip()[:60], answered_at=ctx.now()
    )
    return moved


@step_service("command.meeting_seat", "excuse")
def excuse_seat(ctx: Context, seat: MeetingSeat, given: dict[str, Any]) -> MeetingSeat:
    moved: MeetingSeat = transition(
        ctx, seat, "excuse", evidence=given, reason=str(given.get("reason") or "").strip()[:200], answered_at=ctx.now()
    )
    return moved


def _office_keys(body: Headquarters) -> list[str]:
    """Who prepares the body's meetings: its office, else the posts of the headquarters' office there."""
    return [body.office.key] if body.office else keys_with_role("hq_office", body.scope)


def _invited(ctx: Context, body: Headquarters, guests: list[Organisation]) -> list[tuple[str, str, str, str, int]]:
    """(key, seat, name, who usually comes, rank) of everybody to be asked. One who holds two seats is asked once, in the higher;
    a seat that nobody holds stays on the list without a key."""
    found: list[tuple[str, str, str, str, int]] = []
    asked: set[str] = set()
    for shown in body_seats(ctx, [body]).get(body.pk, []):
        seat = shown.seat
        post = seat.post if seat.post and not seat.post.retired_at else None
        holder = post or seat.organisation
        key = holder.key if holder else ""
        if key and key in asked:
            continue
        asked.add(key)
        name = str(holder) if holder else shown.empty
        found.append((key, seat.title, name, shown.people[0].name if shown.people else "", seat.rank))
    for unit in guests:
        if unit.key not in asked:
            found.append((unit.key, str(_("列席")), str(unit), "", 90))
    return found


def _words(meeting: Meeting) -> dict[str, str]:
    where = meeting.place or str(_("视频会议"))
    return {"title": meeting.title, "at": f"{localtime(meeting.starts_at):%m-%d %H:%M}", "place": where}


def _tell(ctx: Context, meeting: Meeting, keys: list[str], text: str, what: str) -> None:
    if keys:
        send(
            ctx, text=text, to_keys=keys, scope=meeting.scope, about=meeting.about,
            dedupe=f"meeting-{what}:{meeting.pk}",
        )  # fmt: skip
