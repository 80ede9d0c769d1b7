"""The answer of a unit: by itself with one press, written down by the desk, or an absence explained and judged."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from anlan.command.models import RollCallAnswer
from anlan.kernel.context import Context
from anlan.kernel.loops import transition
from anlan.kernel.loops.stepping import step_service

from .calling import finish_when_answered

ANSWERED = ("answered", "answered_late")


def answer_rollcall(ctx: Context, *, answer: RollCallAnswer | UUID | str, means: str = "app") -> RollCallAnswer:
    """Whoever holds the duty post answers. Answering twice is no error: the first answer stands, with its time.

    Raises NotFound for another unit's, NotAllowed for somebody of the unit who was not asked, Conflict after the end.
    """
    with transaction.atomic():
        rows = RollCallAnswer.objects.select_for_update(of=("self",)).select_related("rollcall", "organisation")
        found: RollCallAnswer = rows.get_visible(ctx, pk=answer.pk if isinstance(answer, RollCallAnswer) else answer)
        if found.state in ANSWERED:
            return found
        step = "answer_late" if found.state == "absent" else "answer"
        return _move(ctx, found, step, {}, answered_at=ctx.now(), answered_by=ctx.actor.signature, means=means)


@step_service("command.rollcall_answer", "answer")
def _answer(ctx: Context, answer: Any, given: dict[str, Any]) -> Any:
    return answer_rollcall(ctx, answer=answer)


@step_service("command.rollcall_answer", "answer_late")
def _answer_late(ctx: Context, answer: Any, given: dict[str, Any]) -> Any:
    return answer_rollcall(ctx, answer=answer)


def record_answer(
    ctx: Context, *, answer: RollCallAnswer, answered_by: str, how: str, note: str = ""
) -> RollCallAnswer:
    """The desk heard the unit by another way and writes down who answered and how (`how`: see loops.HOW_HEARD)."""
    step = "record_late" if answer.state == "absent" else "record"
    given = {"answered_by": answered_by, "how": how, "note": note}
    with transaction.atomic():
        return _move(
            ctx, answer, step, given, answered_at=ctx.now(), answered_by=answered_by[:160], means=str(how)[:12],
            note=note[:500],
        )  # fmt: skip


@step_service("command.rollcall_answer", "record")
def _record(ctx: Context, answer: Any, given: dict[str, Any]) -> Any:
    return record_answer(ctx, answer=answer, **_texts(given, "answered_by", "how", "note"))


@step_service("command.rollcall_answer", "record_late")
def _record_late(ctx: Context, answer: Any, given: dict[str, Any]) -> Any:
    return record_answer(ctx, answer=answer, **_texts(given, "answered_by", "how", "note"))


@step_service("command.rollcall_answer", "explain")
def explain_absence(ctx: Context, answer: Any, given: dict[str, Any]) -> Any:
    """The unit says why nobody answered; the duty room judges it."""
    owner = {"owner_role": "town"} if answer.rollcall.by_street else {}
    return transition(ctx, answer, "explain", evidence=given, note=str(given.get("reason") or "")[:500], **owner)


def judge_absence(ctx: Context, *, answer: RollCallAnswer, excused: bool, opinion: str) -> RollCallAnswer:
    """Whether the absence had a good reason. Either way the unit did not answer in time."""
    with transaction.atomic():
        return _move(ctx, answer, "excuse" if excused else "count", {"opinion": opinion})


@step_service("command.rollcall_answer", "excuse")
def _excuse(ctx: Context, answer: Any, given: dict[str, Any]) -> Any:
    return judge_absence(ctx, answer=answer, excused=True, opinion=str(given.get("opinion") or ""))


@step_service("command.rollcall_answer", "count")
def _count(ctx: Context, answer: Any, given: dict[str, Any]) -> Any:
    return judge_absence(ctx, answer=answer, excused=False, opinion=str(given.get("opinion") or ""))


def _move(ctx: Context, answer: RollCallAnswer, step: str, evidence: dict[str, Any], **fields: Any) -> RollCallAnswer:
    moved: RollCallAnswer = transition(ctx, answer, step, evidence=evidence, **fields)
    finish_when_answered(ctx, moved.rollcall)
    return moved


def _texts(given: dict[str, Any], *names: str) -> dict[str, str]:
    return {name: str(given.get(name) or "") for name in names}
