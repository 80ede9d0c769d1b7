"""Task cards become tasks: one per card and organisation, none doubled; and what becomes of them when the level falls."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.timezone import localtime

from anlan.events.decision import ProposalApproved
from anlan.kernel.context import Context
from anlan.kernel.loops import move_deadline, open_records, transition_all
from anlan.kernel.wording import words as _

from ...data.response_rules import response_rules
from ...models import Response, Task
from ..members import Assignment, Roster

RUNNING = ("issued", "acknowledged")


@dataclass(slots=True)
class Issued:
    """`keys`: audience keys of everybody concerned; `unfilled`: cards that nobody answers for."""

    tasks: list[Task] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    unfilled: list[dict[str, str]] = field(default_factory=list)


def issue_cards(ctx: Context, response: Response, approved: ProposalApproved, roster: Roster) -> Issued:
    """Issue the cards of the level. A card that runs already keeps running with the stricter of both times; one that was done
    under a lower level is not asked for again, except those that every order asks for."""
    rules, issued = response_rules(), Issued()
    before = {
        (t.card, t.organisation_id): t
        for t in Task.objects.in_world(ctx).filter(response=response).order_by("opened_at")
    }
    rows: list[dict[str, Any]] = []
    superseded: list[Task] = []
    for card in approved.tasks:
        if card["id"] in rules.done_by_signing:
            continue
        assignments = roster.answering_for(card["role"])
        if not assignments:
            issued.unfilled.append({"card": card["id"], "role": card["role"], "text": card["text"]})
        due, note = due_of(card, approved)
        for who in assignments:
            issued.keys.add(who.organisation.key)
            known = before.get((card["id"], who.organisation.pk))
            if known is not None and known.state != "cancelled":
                if card["id"] not in rules.renewed_at_raise:
                    _tighten(ctx, known, due, approved.level)
                    continue
                if known.is_open:
                    superseded.append(known)
            rows.append(_row(response, approved, card, who, due, note))
    transition_all(
        ctx, superseded, "cancel", evidence={"reason": _("随%(level)s级启动令重新下达") % {"level": approved.level}}
    )
    issued.tasks = open_records(ctx, Task, rows, note={"proposal": approved.proposal, "level": approved.level})
    return issued


def due_of(card: dict[str, Any], approved: ProposalApproved) -> tuple[datetime, str]:
    """When a card falls due, and a note where its time could not be taken as the plan has it.

    Cards counted from the report, the proposal or the event run from when the proposal was made; one whose time had run out
    before the order was signed is counted from the signature instead.
    """
    signed, made = datetime.fromisoformat(approved.approved_at), datetime.fromisoformat(approved.made_at)
    within = timedelta(minutes=int(card["within_min"]))
    due = (signed if card["t0"] == "start" else made) + within
    if due <= signed:
        return signed + within, _("签发时原时限已过，自签发起重新计时")
    return due, ""


def _row(
    response: Response, approved: ProposalApproved, card: dict[str, Any], who: Assignment, due: datetime, note: str
) -> dict[str, Any]:
    return {
        "scope": who.scope,
        "shared_with": [who.organisation.key],
        "owner_keys": list(who.owner_keys),
        "response": response,
        "card": card["id"],
        "role": card["role"],
        "organisation": who.organisation,
        "text": card["text"],
        "level": approved.level,
        "issued_by": approved.approved_by,
        "due_from_plan": due,
        "within_min": card["within_min"],
        "note": note,
    }


def _tighten(ctx: Context, task: Task, due: datetime, level: str) -> None:
    """The same card under a higher level: no second task, but the stricter time."""
    if task.state not in RUNNING:
        return
    words = {"level": level, "old": _clock(task.due_from_plan), "new": _clock(min(due, task.due_from_plan))}
    note = _("并入%(level)s级同一任务，时限取较严者 %(new)s（原 %(old)s）") % words
    task.note = f"{task.note}；{note}" if task.note else note
    task.level = level
    if due < task.due_from_plan:
        task.due_from_plan = due
    task.save(update_fields=["note", "level", "due_from_plan"])
    wanted = task.acknowledge_by() if task.state == "issued" else task.finish_by()
    if task.due_at is None or wanted < task.due_at:
        move_deadline(ctx, task, due_at=wanted, reason=note)


def release_tasks(ctx: Context, response: Response, approved: ProposalApproved) -> list[Task]:
    """Withdraw running tasks that the lower level (or the end) no longer asks for; those that must be finished go on."""
    rules = response_rules()
    ended = approved.kind == "end"
    asked = {card["id"] for card in approved.tasks}
    kept = rules.kept_when_ended if ended else rules.kept_when_lowered | asked
    running = Task.objects.in_world(ctx).open().filter(response=response, state__in=RUNNING).exclude(card="")
    drop = [t for t in running if t.card not in kept]
    reason = _("响应已终止") if ended else _("响应降到%(level)s级，不再要求") % {"level": approved.level}
    return transition_all(ctx, drop, "cancel", evidence={"reason": reason})


def _clock(at: datetime) -> str:
    return localtime(at).strftime("%m-%d %H:%M")
