"""An event played through a plan: levels proposed over time, and the cards that people would be given.

What is assumed, and said in the result: whoever signs takes the time that the plan gives for signing and signs what is proposed;
lowering and ending are proposed when the conditions of the level in force have been known to be false for the hold time of
`proposing_rules.yaml`; a card whose time is over counts as done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from anlan.kernel.conditions import evaluate
from anlan.kernel.figures import BadFacts

from ..data.plan_document import Plan, ResponseLevel, TaskCard
from ..data.proposing_rules import proposing_rules
from ..data.trying_rules import trying_rules
from ..plan_files import Finding
from ..proposing import PlanJudged, judge_plan, without_bad_facts
from .event import Moment

NONE = 5


@dataclass(slots=True)
class Change:
    """A level proposed: `kind` start, raise, lower or end; `because` the conditions that were true (or had become false)."""

    time: datetime
    kind: str
    level: str
    number: int
    signer: str
    signed_at: datetime
    because: list[dict[str, Any]]
    unknown: list[str]


@dataclass(slots=True)
class Given:
    """A card given to a role. `merged`: it was asked for again at a higher level before its time was over."""

    card: TaskCard
    level: str
    given_at: datetime
    due_at: datetime
    merged: bool = False
    dropped_at: datetime | None = None

    @property
    def late_from_the_start(self) -> bool:
        return self.due_at < self.given_at


@dataclass(slots=True)
class Tried:
    plan: Plan
    moments: int
    begins: datetime | None
    ends: datetime | None
    changes: list[Change] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def play(plan: Plan, moments: Sequence[Moment]) -> Tried:
    """Play the moments (in the order of time) through one plan."""
    tried = Tried(plan, len(moments), moments[0].time if moments else None, moments[-1].time if moments else None)
    state = _State(plan, tried)
    known: dict[str, Any] = {}
    unknown: dict[str, None] = {}
    refused: set[str] = set()
    judged: PlanJudged | None = None
    for moment in moments:
        if judged is None or any(known.get(k, _NOTHING) != v for k, v in moment.facts.items()):
            known.update(moment.facts)
            try:
                judged = judge_plan(plan, known)
            except BadFacts:
                judged, problems = without_bad_facts(plan, known)
                for problem in problems:
                    if problem.var not in refused:
                        refused.add(problem.var)
                        where = f"第 {moment.line} 行 {problem.var}"
                        tried.findings.append(
                            Finding(problem.code, where, problem.message, "改正后重试；这个量先按不详处理")
                        )
            unknown |= dict.fromkeys(judged.unknown)
        if len(tried.given) >= trying_rules().most_cards:
            where, what = f"第 {moment.line} 行", f"派出的任务已有 {len(tried.given)} 项，以后的没有推演"
            tried.findings.append(Finding("too_many_cards", where, what, "请把事件分段推演", "warning"))
            break
        state.step(moment.time, judged, known)
    tried.unknown = sorted(unknown)
    return tried


_NOTHING = object()


class _State:
    """What is in force while the event goes by."""

    def __init__(self, plan: Plan, tried: Tried) -> None:
        self.plan, self.tried = plan, tried
        self.number = NONE
        self.began: datetime | None = None
        self.below_since: datetime | None = None
        self.open: dict[tuple[str, str], Given] = {}
        hold = proposing_rules().hold_of(plan.hazard)
        self.hold, self.when = hold.hold, hold.when

    def step(self, now: datetime, judged: PlanJudged, known: Mapping[str, Any]) -> None:
        number = judged.proposed.number if judged.proposed else NONE
        if number < self.number:
            self._up(now, number, judged)
        elif self.number < NONE:
            self._down(now, number, judged, known)

    def _up(self, now: datetime, number: int, judged: PlanJudged) -> None:
        level = self._level(number)
        kind = "start" if self.number == NONE else "raise"
        if self.began is None:
            self.began = now
        result = next(r for lv, r in judged.results if lv is level)
        signed = now + timedelta(minutes=_sign_min(level))
        self.number, self.below_since = number, None
        self.tried.changes.append(
            Change(now, kind, level.level, number, level.approve.role, signed, [t.as_dict() for t in result.trace if t.result],
                   list(judged.unknown))
        )  # fmt: skip
        self._give(level, now, signed)

    def _give(self, level: ResponseLevel, now: datetime, signed: datetime) -> None:
        began = self.began or now
        bases = {"receive": now, "proposal": now, "start": signed, "event": began}
        ids = {card.id for card in level.tasks}
        for (card_id, role), one in list(self.open.items()):
            moved = card_id in ids and role not in {c.role for c in level.tasks if c.id == card_id}
            if moved and one.due_at > now:
                one.dropped_at = now
                del self.open[card_id, role]
        for card in level.tasks:
            given_at = now if card.t0 in ("receive", "proposal") else signed
            due = bases[card.t0] + timedelta(minutes=card.within_min)
            before = self.open.get((card.id, card.role))
            if before is not None and before.due_at >= now:
                # the order before is being carried out: the same card is pressed for, not given twice
                before.due_at, before.level, before.merged = min(before.due_at, due), level.level, True
                continue
            if before is not None and not card.renew:
                continue
            one = Given(card, level.level, given_at, due)
            self.open[card.id, card.role] = one
            self.tried.given.append(one)

    def _down(self, now: datetime, number: int, judged: PlanJudged, known: Mapping[str, Any]) -> None:
        present = next(r for lv, r in judged.results if lv.number == self.number)
        if number <= self.number or present.value is not False:
            self.below_since = None
            return
        if self.below_since is None:
            self.below_since = now
        if now - self.below_since < self.hold:
            return
        if self.when is not None and self._when_fails(known):
            return
        signer = self._level(self.number)
        level = self._level(number) if number < NONE else signer
        kind = "lower" if number < NONE else "end"
        self.tried.changes.append(
            Change(now, kind, level.level, number, signer.approve.role, now + timedelta(minutes=_sign_min(signer)),
                   [t.as_dict() for t in present.trace if t.result is False], list(judged.unknown))
        )  # fmt: skip
        self.number, self.below_since = number, None
        if number == NONE:
            self.began = None
            self.open.clear()

    def _when_fails(self, known: Mapping[str, Any]) -> bool:
        assert self.when is not None
        try:
            return evaluate(self.when, known).value is not True
        except BadFacts:
            return True

    def _level(self, number: int) -> ResponseLevel:
        return next(lv for lv in self.plan.levels if lv.number == number)


def _sign_min(level: ResponseLevel) -> int:
    cards = [c for c in level.tasks if c.t0 == "proposal"]
    return min((c.within_min for c in cards), default=trying_rules().sign_min)
