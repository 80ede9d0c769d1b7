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
from ...models.task import serving
from ..members import Assignment, Roster

RUNNING = ("issued", "acknowledged")


@dataclass(slots=True)
class Issued:
    """`keys`: audience keys of everybody concerned; `unfilled`: cards that nobody answers for; `shared`: running tasks of other
    responses that serve this one too."""

    tasks: list[Task] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    unfilled: list[dict[str, str]] = field(default_factory=list)
    shared: list[Task] = field(default_factory=list)


def issue_cards(ctx: Context, response: Response, approved: ProposalApproved, roster: Roster) -> Issued:
    """Issue the cards of the level. A card that runs already keeps running with the stricter of both times, also where it was issued
    under another response of the region (rule `parallel`: merged, none doubled); one that was done under a lower level is not asked
    for again, except those that every order asks for."""
    rules, issued = response_rules(), Issued()
    stand = Task.objects.in_world(ctx).filter(serving(response)).exclude(state="cancelled")
    before = {(t.card, t.organisation_id): t for t in stand.order_by("opened_at")}
    running = _running_beside(ctx, response)
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
            if known is not None:
                if card["id"] not in rules.renewed_at_raise:
                    _tighten(ctx, known, response, due, approved)
                    continue
                if known.is_open and known.response_id == response.pk:
                    superseded.append(known)
            beside = running.get((card["id"], who.organisation.pk, card["text"]))
            if known is None and beside is not None and card["id"] not in rules.renewed_at_raise:
                _share(ctx, beside, response, due, approved)
                issued.shared.append(beside)
                continue
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


def _tighten(ctx: Context, task: Task, response: Response, due: datetime, approved: ProposalApproved) -> None:
    """The same card under a higher level: no second task, but the stricter time. The level is that of the response whose task it is."""
    if task.state not in RUNNING:
        return
    own = task.response_id == response.pk
    if own:
        task.level = approved.level
    elif due >= task.due_from_plan:
        return  # Another response's task, in good time for this one already.
    words = {
        "title": response.title,
        "level": approved.level,
        "old": _clock(task.due_from_plan),
        "new": _clock(min(due, task.due_from_plan)),
    }
    if own:
        note = _("并入%(level)s级同一任务，时限取较严者 %(new)s（原 %(old)s）") % words
    else:
        note = _("%(title)s提升到%(level)s级，时限取较严者 %(new)s（原 %(old)s）") % words
    _make_stricter(ctx, task, due, note)


def _make_stricter(ctx: Context, task: Task, due: datetime, note: str) -> None:
    """Write the note and the earlier of both times on a running task."""
    task.note = f"{task.note}；{note}" if task.note else note
    task.due_from_plan = min(due, task.due_from_plan)
    task.save(update_fields=["note", "level", "also_for", "due_from_plan"])
    wanted = task.acknowledge_by() if task.state == "issued" else task.finish_by()
    if task.due_at is None or wanted < task.due_at:
        move_deadline(ctx, task, due_at=wanted, reason=note)


def _running_beside(ctx: Context, response: Response) -> dict[tuple[str, str, str], Task]:
    """(card, organisation, text) → the running task of another response in force in the same region."""
    rows = Task.objects.in_world(ctx).open().filter(state__in=RUNNING, response__region=response.region)
    rows = rows.filter(response__closed_at__isnull=True).exclude(response=response).exclude(card="")
    found = rows.select_related("response").select_for_update(of=("self",)).order_by("opened_at", "pk")
    return {(t.card, t.organisation_id, t.text): t for t in found}


def _share(ctx: Context, task: Task, response: Response, due: datetime, approved: ProposalApproved) -> None:
    """The task that runs under another response serves this one too: no second task, but the stricter time. It is seen by whom it was
    given to, as before: the members of this response have tasks of their own."""
    task.also_for = [*task.also_for, response.pk]
    words = {"title": response.title, "level": approved.level, "at": _clock(min(due, task.due_from_plan))}
    _make_stricter(ctx, task, due, _("%(title)s%(level)s级响应的同一任务，不另下达，时限取较严者 %(at)s") % words)


def release_tasks(ctx: Context, response: Response, approved: ProposalApproved) -> list[Task]:
    """Withdraw running tasks that the lower level (or the end) no longer asks for; those that must be finished go on."""
    rules = response_rules()
    ended = approved.kind == "end"
    asked = {card["id"] for card in approved.tasks}
    kept = rules.kept_when_ended if ended else rules.kept_when_lowered | asked
    rows = Task.objects.in_world(ctx).open().filter(serving(response), state__in=RUNNING).exclude(card="")
    locked = rows.select_related("response").select_for_update(of=("self",)).order_by("pk")
    given_up = [t for t in locked if t.card not in kept]
    drop = [t for t in given_up if not _passed_on(ctx, t, response)]
    reason = _("响应已终止") if ended else _("响应降到%(level)s级，不再要求") % {"level": approved.level}
    return transition_all(ctx, drop, "cancel", evidence={"reason": reason})


def _passed_on(ctx: Context, task: Task, response: Response) -> bool:
    """Whether another response in force still asks for the task: it goes on for that one, under its name."""
    if task.response_id != response.pk:
        task.also_for = [pk for pk in task.also_for if pk != response.pk]
        task.save(update_fields=["also_for"])
        return True
    others = Response.objects.in_world(ctx).open().filter(pk__in=task.also_for).exclude(pk=response.pk)
    heir = others.order_by("level_number", "started_at").first()
    if heir is None:
        return False
    own = Task.objects.in_world(ctx).open().filter(response=heir, card=task.card, organisation=task.organisation_id)
    if own.exists():
        return False  # The heir has asked for it by itself: that one goes on.
    note = _("%(from)s不再要求，随%(to)s继续办理") % {"from": str(response), "to": str(heir)}
    task.response, task.level = heir, heir.level
    task.also_for = [pk for pk in task.also_for if pk != heir.pk]
    task.note = f"{task.note}；{note}" if task.note else note
    task.save(update_fields=["response", "level", "also_for", "note"])
    return True


def _clock(at: datetime) -> str:
    return localtime(at).strftime("%m-%d %H:%M")
