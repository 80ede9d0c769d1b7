"""Who answers the telephone, and after how long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from anlan.kernel.context import Context
from anlan.messaging.models import Call, CallAttempt
from anlan.messaging.services import Answer, answer_call, answer_calls

from .cast import Cast
from .due import Act, Together

NOTE = "已收到，正在落实（模拟应答）"


def calls_due(ctx: Context, cast: Cast) -> Iterator[Act]:
    """For each open call, the first of the people called so far who answers; whoever is silent never comes up here."""
    calls = {c.pk: c for c in Call.objects.in_world(ctx).open()}
    if not calls:
        return
    tried: dict[Any, dict[str, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    outcomes = (CallAttempt.Outcome.ANSWERED, CallAttempt.Outcome.NOBODY)
    rows = CallAttempt.objects.filter(call__in=calls).exclude(outcome__in=outcomes).order_by("id")
    for call, post, at in rows.values_list("call_id", "post", "at"):
        times = tried[call][post]
        if not times or at > times[-1]:
            times.append(at)
    for pk, by_post in tried.items():
        answers = [found for post, times in by_post.items() if (found := _answer(cast, post, times)) is not None]
        if answers:
            due, post, channel = min(answers)
            yield _act(calls[pk], due, post, channel)


def _act(call: Call, due: datetime, post: str, channel: str) -> Act:
    return Act(
        f"call:{call.pk}:{post}", due, post,
        lambda player: answer_call(player, call=call.pk, means=channel, note=NOTE),
        Together("answer", (call, channel), _answer_all),
    )  # fmt: skip


def _answer_all(answering: Sequence[tuple[Context, Any]]) -> list[Any]:
    return answer_calls([Answer(player, call, channel, NOTE) for player, (call, channel) in answering])


def _answer(cast: Cast, post: str, times: list[datetime]) -> tuple[datetime, str, str] | None:
    """When the holder of a post answers one of the attempts, and by what."""
    if not cast.plays(post):
        return None
    how = cast.behaviour(post, "calls")
    minutes = cast.turn(post, "calls", "answer_min")
    passed = int(str(how.get("silent_attempts", 0)))
    if how.get("silent") or minutes is None or len(times) <= passed:
        return None
    return times[passed] + timedelta(minutes=minutes), post, str(how.get("channel", "app"))
