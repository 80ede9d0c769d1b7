"""Where a plan would jam: too much at once for one role, roles that nobody holds, times that cannot be kept, two places at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from anlan.places.data.roster import read_role_names

from ..data.plan_document import Plan
from ..data.trying_rules import trying_rules
from ..wording import minutes_text, role_name
from .playing import Given

PLACE_NAMES = {"centre": "指挥中心", "site": "现场"}


def find_bottlenecks(
    plan: Plan, given: Sequence[Given], held: Mapping[str, Collection[str]] | None = None
) -> list[dict[str, Any]]:
    """``[{"kind", "role", "role_zh", "from", "to", "cards", "what", "mend"}]``, the earliest first.

    `kind`: many_at_once, nobody_holds, late_from_the_start, waits_for_later, two_places. `held`: role → who holds it; None asks
    the plan's organisation, and failing that whether the role is known at all.
    """
    found = [*_many(given), *_nobody(plan, given, held), *_late(given), *_waiting(given), *_two_places(given)]
    return sorted(found, key=lambda b: (b["from"] or "", b["kind"], b["role"]))


def pressure(given: Sequence[Given]) -> dict[str, tuple[int, datetime, list[Given]]]:
    """Per role the greatest number of cards that press it at one moment: (how many, when, which)."""
    return {role: _peak(cards) for role, cards in _by_role(given).items()}


def _by_role(given: Sequence[Given]) -> dict[str, list[Given]]:
    found: dict[str, list[Given]] = {}
    for one in given:
        found.setdefault(one.card.role, []).append(one)
    return found


def _span(one: Given) -> tuple[datetime, datetime]:
    """From when to when a card presses its holder."""
    end = one.due_at if one.dropped_at is None else min(one.due_at, one.dropped_at)
    start = max(one.given_at, one.due_at - timedelta(minutes=trying_rules().window_min))
    return min(start, end), end


def _peak(cards: Sequence[Given]) -> tuple[int, datetime, list[Given]]:
    best: tuple[int, datetime, list[Given]] = (0, cards[0].given_at, [])
    for at in sorted({_span(one)[0] for one in cards}):
        pressing = [one for one in cards if _span(one)[0] <= at <= _span(one)[1]]
        if len(pressing) > best[0]:
            best = (len(pressing), at, pressing)
    return best


def _many(given: Sequence[Given]) -> list[dict[str, Any]]:
    rules, found = trying_rules(), []
    for role, cards in _by_role(given).items():
        marks = sorted({_span(one)[0] for one in cards})
        seen: set[int] = set()
        for at in marks:
            pressing = [one for one in cards if _span(one)[0] <= at <= _span(one)[1]]
            fresh = {id(one) for one in pressing}
            if len(pressing) < rules.many_at_once or fresh <= seen:
                continue
            seen |= fresh
            until = max(_span(one)[1] for one in pressing)
            found.append(_bottleneck(
                "many_at_once", role, at, until, pressing,
                f"“{role_name(role)}”同时被要求做 {len(pressing)} 件事，都要在 {minutes_text((until - at).total_seconds() / 60)}内完成",
                "把部分任务分给其他岗位，或错开时限",
            ))  # fmt: skip
    return found


def _nobody(plan: Plan, given: Sequence[Given], held: Mapping[str, Collection[str]] | None) -> list[dict[str, Any]]:
    own = {m.role: m.held_by for m in plan.organisation}
    known, found = set(read_role_names()), []
    for role, cards in _by_role(given).items():
        missing = not held.get(role) if held is not None else not own.get(role, role in known)
        if missing:
            found.append(_bottleneck(
                "nobody_holds", role, cards[0].given_at, max(c.due_at for c in cards), cards,
                f"“{role_name(role)}”没有人承担，{len(cards)} 项任务发不出去", "先明确由哪个岗位或单位承担",
            ))  # fmt: skip
    return found


def _late(given: Sequence[Given]) -> list[dict[str, Any]]:
    return [
        _bottleneck(
            "late_from_the_start", one.card.role, one.given_at, one.due_at, [one],
            f"“{one.card.zh}”派到时已过期限 {minutes_text((one.given_at - one.due_at).total_seconds() / 60)}",
            "提前到低一级就派出，或改由签发起算",
        )
        for one in given
        if one.late_from_the_start
    ]  # fmt: skip


def _waiting(given: Sequence[Given]) -> list[dict[str, Any]]:
    found = []
    for one in given:
        for other in given:
            if other.card.id in one.card.needs and other.given_at <= one.given_at and other.due_at > one.due_at:
                found.append(_bottleneck(
                    "waits_for_later", one.card.role, one.given_at, other.due_at, [one, other],
                    f"“{one.card.zh}”要等“{other.card.zh}”，后者的期限却更晚", "放宽前一项或收紧后一项的时限",
                ))  # fmt: skip
    return found


def _two_places(given: Sequence[Given]) -> list[dict[str, Any]]:
    """One and the same person asked to be at the centre and at the site within the same stretch of time."""
    found = []
    for role, cards in _by_role(given).items():
        bound = [one for one in cards if one.card.place]
        for i, one in enumerate(bound):
            for other in bound[i + 1 :]:
                start, end = max(one.given_at, other.given_at), min(one.due_at, other.due_at)
                if one.card.place != other.card.place and start <= end:
                    found.append(_bottleneck(
                        "two_places", role, start, end, [one, other],
                        f"“{role_name(role)}”同一时段既要在{PLACE_NAMES[one.card.place]}（{one.card.zh}）又要在{PLACE_NAMES[other.card.place]}"
                        f"（{other.card.zh}）", "明确由谁替代其中一处",
                    ))  # fmt: skip
    return found


def _bottleneck(
    kind: str, role: str, start: datetime, end: datetime, cards: Sequence[Given], what: str, mend: str
) -> dict[str, Any]:
    return {
        "kind": kind, "role": role, "role_zh": role_name(role), "from": start.isoformat(), "to": end.isoformat(),
        "count": len(cards), "cards": [{"id": c.card.id, "zh": c.card.zh, "due_at": c.due_at.isoformat()} for c in cards],
        "what": what, "mend": mend,
    }  # fmt: skip
