"""What may be asked of messaging: one's inbox, rounds of calls and how far they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When

from anlan.kernel.context import Context
from anlan.kernel.scope import scope_filter
from anlan.places.queries import Region

from .channels.mail import BadMailServer, mail_server
from .loops import OPEN
from .models import Call, CallAttempt, CallRound, Delivery

ANSWERED = ("answered", "answered_late", "reached")


def inbox(ctx: Context) -> QuerySet[Delivery]:
    """The person's messages of this world: unread first, then the newest."""
    return _own(ctx).select_related("message").order_by(F("read_at").asc(nulls_first=True), "-queued_at", "-pk")


def unread(ctx: Context) -> QuerySet[Delivery]:
    return _own(ctx).filter(read_at=None)


def unread_count(ctx: Context) -> int:
    return unread(ctx).count()


def _own(ctx: Context) -> QuerySet[Delivery]:
    kind, _sep, person = ctx.actor.key.partition(":")
    if kind != "person":
        return Delivery.objects.none()
    return Delivery.objects.filter(person_id=person, world_id=ctx.world, channel=Delivery.Channel.APP)


def mail_is_on() -> bool:
    """Whether messages also go out by mail, so that pages can say so."""
    try:
        return mail_server() is not None
    except BadMailServer:
        return False


def rounds(ctx: Context) -> QuerySet[CallRound]:
    """Rounds that this person may see, newest first: those of the person's own scope, and those with a call in it."""
    calls = Call.objects.visible_to(ctx).filter(round=OuterRef("pk"))
    reach = scope_filter(ctx, CallRound.view_permission) | Q(Exists(calls))
    everything = CallRound.objects.unscoped("a street sees the round in which it is called, with its own calls only")
    return everything.filter(reach, world=ctx.world).order_by("-started_at")


def tally(ctx: Context, rounds_: Iterable[CallRound]) -> dict[UUID, dict[str, int]]:
    """{round id: {"total", "answered", "open", "exhausted"}} over the calls that this person may see, in one query."""
    rows = (
        Call.objects.visible_to(ctx)
        .filter(round__in=[r.pk for r in rounds_])
        .order_by()
        .values("round_id")
        .annotate(
            total=Count("pk"),
            answered=Count("pk", filter=Q(state__in=ANSWERED)),
            open=Count("pk", filter=Q(closed_at=None)),
            exhausted=Count("pk", filter=Q(state__in=("exhausted", "visiting"))),
        )
    )
    return {row.pop("round_id"): row for row in rows}


def open_calls(ctx: Context) -> QuerySet[Call]:
    """Calls that nobody has answered yet, the most pressing first: where nobody is left to call, then by the next attempt."""
    return (
        Call.objects.visible_to(ctx)
        .open()
        .select_related("round", "region__parent")
        .order_by(pressing(), F("due_at").asc(nulls_last=True), "region_id")
    )


def pressing() -> Any:
    """Order of states on a board: nobody answered, somebody on the way, being called, the closed ones last."""
    return Case(
        When(state="exhausted", then=Value(0)),
        When(state="visiting", then=Value(1)),
        When(state="calling", then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )


def my_calls(ctx: Context) -> QuerySet[Call]:
    """Open calls that this very person is asked to answer."""
    return (
        Call.objects.visible_to(ctx)
        .open()
        .filter(owner_keys__overlap=sorted(ctx.keys))
        .select_related("round", "region")
        .order_by("due_at")
    )


#: So many unanswered calls stand on the board at once, the most pressing; the others are asked for by place.
MOST_WAITING = 40
_LIGHT = ("pk", "state", "due_at", "scope", "region_id", "was_reached")


@dataclass(slots=True)
class Place:
    """A county or a street of a round: its own call, if it has one, and the tally of all calls on and below it. `inside`
    counts the calls below a street, which `calls_below` gives."""

    code: str
    name: str
    level: str
    call: Call | None = None
    total: int = 0
    reached: int = 0
    answered: int = 0
    exhausted: int = 0
    inside: int = 0
    first_due: datetime | None = None
    below: list[Place] = field(default_factory=list)

    @property
    def waiting(self) -> int:
        return self.total - self.answered


@dataclass(slots=True)
class Progress:
    """A round as its board shows it. `counties` → `below` townships; `waiting` the most pressing of `unanswered` calls."""

    total: int
    answered: int
    reached: int
    exhausted: int
    unanswered: int
    calling: int
    counties: list[Place]
    waiting: list[Call]


def round_progress(ctx: Context, round_: CallRound, *, most: int = MOST_WAITING) -> Progress:
    """Everything the board needs in four queries, whatever the number of calls."""
    # Somebody holds a post on its ladder and got the message.
    got_it = CallAttempt.objects.filter(call=OuterRef("pk")).exclude(outcome=CallAttempt.Outcome.NOBODY)
    rows = _calls_of(ctx, round_).annotate(was_reached=Exists(got_it)).values_list(*_LIGHT, named=True)
    calls = list(rows)
    codes = {seg.ljust(12, "0") for call in calls for seg in call.scope.rstrip("/").split("/")}
    regions = Region.objects.filter(code__in=codes, level__in=("county", "township"))
    regions = regions.only("code", "name", "level", "path").order_by("code")
    places = {r.path: Place(r.code, r.name, r.level) for r in regions}
    own = {place.code: place for place in places.values()}
    for call in calls:
        for depth, letter in enumerate(call.scope, 1):
            if letter == "/" and (place := places.get(call.scope[:depth])) is not None:
                _count(place, call)
    waiting = [c.pk for c in calls if c.state in OPEN]
    shown = {*waiting[:most], *(c.pk for c in calls if c.region_id in own)}
    full = {c.pk: c for c in _calls_of(ctx, round_).filter(pk__in=shown).select_related("region")}
    for loaded in full.values():
        loaded.round = round_
        if loaded.region_id in own:
            own[loaded.region_id].call = loaded
    attach_attempts(list(full.values()))
    answered = sum(1 for c in calls if c.state in ANSWERED)
    return Progress(
        total=len(calls), answered=answered, reached=sum(1 for c in calls if c.was_reached),
        exhausted=sum(1 for c in calls if c.state in ("exhausted", "visiting")), unanswered=len(waiting),
        calling=sum(1 for c in calls if c.state == "calling"),
        counties=_tree(places), waiting=[full[pk] for pk in waiting[:most] if pk in full],
    )  # fmt: skip


def calls_below(ctx: Context, round_: CallRound, code: str) -> list[Call]:
    """The calls of a round below the region with this code, the unanswered first, with their attempts."""
    prefix = Region.objects.filter(code=code).values_list("path", flat=True).first()
    if prefix is None:
        return []
    rows = _calls_of(ctx, round_).filter(scope__startswith=prefix).exclude(region_id=code).select_related("region")
    calls = list(rows)
    for call in calls:
        call.round = round_
    attach_attempts(calls)
    return calls


def _calls_of(ctx: Context, round_: CallRound) -> QuerySet[Call]:
    rows = Call.objects.visible_to(ctx).filter(round=round_)
    return rows.order_by(pressing(), F("due_at").asc(nulls_last=True), "region_id")


def _tree(places: dict[str, Place]) -> list[Place]:
    """Streets below their county, those that are not done and where nobody answered first."""
    tops: list[Place] = []
    for path, place in places.items():
        parent = places.get(path[: path.rstrip("/").rfind("/") + 1])
        (parent.below if parent else tops).append(place)
    for place in places.values():
        place.below.sort(key=lambda p: (p.answered == p.total, -p.exhausted, p.code))
    return tops


def _count(place: Place, call: Any) -> None:
    place.total += 1
    place.inside += call.region_id != place.code
    place.reached += call.was_reached
    place.answered += call.state in ANSWERED
    place.exhausted += call.state in ("exhausted", "visiting")
    if call.state == "calling" and call.due_at and (place.first_due is None or call.due_at < place.first_due):
        place.first_due = call.due_at


def attach_attempts(calls: list[Call]) -> None:
    """Give each call `log` (its attempts, oldest first, with the people's telephones), `last` (the latest that reached out to
    somebody) and `tries` (how many did); one query for all."""
    by_call: dict[Any, list[CallAttempt]] = defaultdict(list)
    for attempt in CallAttempt.objects.filter(call__in=[c.pk for c in calls]).select_related("person").order_by("id"):
        by_call[attempt.call_id].append(attempt)
    for call in calls:
        call.log = by_call[call.pk]
        outward = [a for a in call.log if a.outcome not in (CallAttempt.Outcome.ANSWERED, CallAttempt.Outcome.NOBODY)]
        call.last, call.tries = (outward[-1] if outward else None), len(outward)


def running_rounds(ctx: Context, limit: int = 5) -> list[dict[str, Any]]:
    """Rounds with open calls in the person's scope, newest first: {"round", "total", "answered", "open", "exhausted"}."""
    still_open = Call.objects.visible_to(ctx).open().filter(round=OuterRef("pk"))
    found = list(rounds(ctx).filter(Exists(still_open))[:limit])
    tallies = tally(ctx, found) if found else {}
    return [{"round": r, **tallies[r.pk]} for r in found if r.pk in tallies]
