"""The rosters of the demonstration district: the month of the storm as it was sat through, and the present month to work with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import get_current_timezone, localtime

from anlan.command.models import DutyTemplate, KeyPeriod, Roster, Shift
from anlan.kernel import clock
from anlan.kernel.context import Context, system
from anlan.kernel.loops import open_record, open_records, transition, transition_all
from anlan.places.models import Person, Region

from .cells import Cell, changed
from .circumstances import seats_of
from .services.rosters import laid_out, shift_fields
from .services.templates import save_template

DISTRICT = "11/110107/"
#: The day of the scenario: its people are those whom the list of accounts names.
STORM = date(2016, 7, 20)
TOLD_ONE_BY_ONE = timedelta(days=1)
#: Who sits by turns, on one day and on the next: seat → time of beginning → accounts, as many as sit at once in a key period.
TURNS: dict[str, dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "leader": {"0830": (("daiban", "fuzhihui"), ("fangbanzhuren", "zhihuizhang"))},
    "chief": {"0830": (("zhibanzhang",), ("fangban",))},
    "officer": {
        "0830": (("zhibanyuan", "jiuzai"), ("yingji", "caizheng")),
        "2030": (("zhibanyuan2", "yuanlin"), ("shangwu", "jiaowei")),
    },
}
WHY = "示例：部分人员按值班表临时授岗"


def load_rosters() -> int:
    """Rosters of the storm's month and of the present one, where there are none yet; returns how many were made."""
    district = Region.objects.filter(path=DISTRICT).first()
    names = {name for places in TURNS.values() for turns in places.values() for turn in turns for name in turn}
    people = {p.username: p for p in Person.objects.filter(username__in=names, sample=True, is_active=True)}
    if district is None or names - set(people):
        return 0
    today = localtime(clock.real_now()).date()
    made = 0
    with transaction.atomic():
        _templates(district, people)
        for month, anchor in ((STORM.replace(day=1), STORM), (today.replace(day=1), today)):
            if not Roster.everything.filter(region=district, month=month).exists():
                _publish(district, month, anchor, people)
                made += 1
    return made


def _at(moment: datetime) -> Context:
    """The platform in reality at a moment, also a past one."""
    still = clock.Reading(anchor_real=clock.real_now(), anchor_world=moment, rate=0)
    return replace(system("demonstration"), reading=still)


def _templates(district: Region, people: dict[str, Person]) -> None:
    rows = DutyTemplate.objects.unscoped("the demonstration's own region")
    for kind in DutyTemplate.Kind.values:
        if rows.filter(region=district, kind=kind).exists():
            continue
        seats: list[dict[str, Any]] = []
        for seat in seats_of(district, kind):
            turns = TURNS.get(seat.key, {}).values()
            group = [str(people[name].pk) for turn in zip(*turns, strict=True) for part in turn for name in part]
            seats.append({**seat.as_dict(), "group": group})
        save_template(system("demonstration"), region=district, kind=kind, seats=seats)
    if not KeyPeriod.everything.filter(scope=DISTRICT, name="七下八上主汛期").exists():
        KeyPeriod.everything.create(
            scope=DISTRICT, name="七下八上主汛期", since=date(2016, 7, 16), until=date(2016, 8, 15),
            source="本区防汛工作安排（示例）", sample=True,
            updated_at=clock.real_now(),
        )  # fmt: skip


def _publish(district: Region, month: date, anchor: date, people: dict[str, Person]) -> None:
    now = clock.real_now()
    zone = get_current_timezone()
    made_at = min(now, datetime.combine(month - timedelta(days=5), time(10), zone))
    ctx = _at(made_at if month < localtime(now).date().replace(day=1) else now)
    cells = _manned(laid_out(district, month), anchor, people)
    roster: Roster = open_record(
        ctx,
        Roster,
        region=district,
        scope=DISTRICT,
        month=month,
        cells=[c.as_dict() for c in cells],
        note={"sample": True},
    )
    chief, leader = people["zhibanzhang"], people["daiban"]
    transition(ctx, roster, "submit", planned_by=chief.key, planned_by_name=chief.name)
    transition(
        ctx,
        roster,
        "publish",
        evidence={"accepted": WHY},
        published_by_name=leader.name,
        published_at=ctx.now(),
        accepted=WHY,
    )
    wanted = [c for c in cells if c.person and (c.ends > now or month <= STORM)]
    shifts: list[Shift] = open_records(ctx, Shift, [shift_fields(roster, c) for c in wanted])
    _sit_through([s for s in shifts if s.starts_at <= now], now)


def _manned(cells: list[Cell], anchor: date, people: dict[str, Person]) -> list[Cell]:
    chosen = {}
    for cell in cells:
        _day, seat, at, number = cell.key.rsplit(":", 3)
        if at in TURNS.get(seat, {}):
            turn = TURNS[seat][at][(cell.day - anchor).days % 2]
            chosen[cell.key] = str(people[turn[int(number)]].pk)
    return changed(cells, chosen)


def _sit_through(shifts: list[Shift], now: datetime) -> None:
    """Whoever sat has signed on in time and handed over at the end; around the storm each at the very minute."""
    near = [s for s in shifts if abs(s.day - STORM) <= TOLD_ONE_BY_ONE]
    for shift in near:
        came = shift.starts_at - timedelta(minutes=5)
        transition(_at(came), shift, "sign_on", signed_on_at=came)
    others = [s for s in shifts if s not in near]
    came_at = {s.pk: {"signed_on_at": s.starts_at - timedelta(minutes=5)} for s in others}
    at = _at(min(now, max((s.ends_at for s in others), default=now)))
    on_duty = transition_all(at, others, "sign_on", changes=came_at)
    for shift in near:
        transition(_at(shift.ends_at), shift, "sign_off", evidence={"note": "已交接"}, ended_at=shift.ends_at)
    over = [s for s in on_duty if s.ends_at <= now]
    transition_all(
        _at(min(now, max((s.ends_at for s in over), default=now))),
        over,
        "sign_off",
        changes={s.pk: {"ended_at": s.ends_at} for s in over},
        evidence={"note": "已交接"},
    )
