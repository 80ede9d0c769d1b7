"""Which reporting clocks run for an incident: the strictest rule per recipient and form, naming those it supersedes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from anlan.analysis.data.incident_grades import shipped_grades
from anlan.kernel.conditions import BadFacts, Problem, deciding_unknowns, evaluate
from anlan.kernel.facts import FactError

from .data.reporting_deadlines import TIERS, Reporting, Route, Rule, shipped_reporting
from .locality import Locality, read_locality
from .reporting_facts import CONTEXT_KEYS, TIMES, reporting_facts
from .timing import Timing, timing_of

#: Forms in which party and government are told apart; a filing into a system reaches both.
_DUAL_FORMS = frozenset({"phone", "written"})

#: What a warning, a forecast, a drill or a season asks for: nothing has happened that could be a first report.
WITHOUT_INCIDENT = frozenset({"alert", "routine"})


@dataclass(frozen=True, slots=True)
class Loser:
    """A rule that also applies (or may) to the same recipient and form, less strict than the winner."""

    rule: str
    rule_zh: str
    minutes: int | None
    due_at: datetime | None
    certain: bool
    clause: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "rule_zh": self.rule_zh,
            "minutes": self.minutes,
            "due_at": _iso(self.due_at),
            "certain": self.certain,
            "clause": self.clause,
        }


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock: a sender owes a recipient a report in one form.

    `minutes` from `start` (a start id) at `start_at`, due at `due_at`; None where the rule gives no number or the start
    is not known yet (`start_fact` says which fact would tell). `immediate`: the rule says at once, without a number;
    `backstop` is then the next rule that has one. `repeats` counts again from the last report. `certain` is False where
    an unknown fact (`needs`) decides whether the rule applies: run it until that is known. `period`: the end of a time
    during which changes must be reported the same day, not a deadline to wait for.
    """

    rule: str
    rule_zh: str
    stage: str
    sender: str
    sender_zh: str
    recipient: str
    recipient_zh: str
    form: str
    form_zh: str
    minutes: int | None
    immediate: bool
    repeats: bool
    period: bool
    start: str
    start_zh: str
    start_fact: str
    start_at: datetime | None
    due_at: datetime | None
    then: str
    certain: bool
    needs: tuple[str, ...]
    clause: str
    confidence: str
    suggested: bool
    note: str
    locality: str
    strictest: bool = True
    supersedes: tuple[Loser, ...] = ()

    @property
    def backstop(self) -> Loser | None:
        """For a clock that says at once: the strictest rule beneath it that has a number."""
        return next((one for one in self.supersedes if one.minutes), None) if self.immediate else None

    @property
    def late_after(self) -> datetime | None:
        """When a report not made counts as late; None where no rule gives a number or the start is unknown."""
        if not self.immediate:
            return self.due_at
        return self.backstop.due_at if self.backstop else None

    def as_dict(self) -> dict[str, Any]:
        out = {name: getattr(self, name) for name in self.__dataclass_fields__}
        backstop = self.backstop
        return out | {
            "start_at": _iso(self.start_at),
            "due_at": _iso(self.due_at),
            "late_after": _iso(self.late_after),
            "needs": list(self.needs),
            "supersedes": [one.as_dict() for one in self.supersedes],
            "backstop": backstop.as_dict() if backstop else None,
        }


def deadlines(
    facts: Mapping[str, Any],
    *,
    locality: Locality | Mapping[str, Any] | None = None,
    tier: str = "county",
    reporting: Reporting | None = None,
    holidays: Iterable[date] = (),
) -> list[Clock]:
    """The clocks that run by `facts`, owed by senders at `tier` or below it, first due first.

    `facts` as `reporting_facts` reads them: ``event5`` or ``type``, the incident's figures, ``grade`` (else graded from
    the figures), ``sensitive``, ``occasion`` (default incident) and the times ``occurred_at``, ``received_at``,
    ``discovered_at``, ``first_reported_at``, ``last_reported_at``, ``handled_at``, ``stable_at`` (aware datetimes or
    ISO texts with offset). `locality` overrides rules (see `locality`). Per sender's tier, recipient, form and stage
    only the strictest rule runs; an uncertain rule runs beside a certain one only where it is stricter.
    Raises BadFacts.
    """
    reporting = reporting or shipped_reporting()
    if tier not in TIERS:
        raise BadFacts([Problem("tier", "unknown_tier", f"没有“{tier}”这一层级；可用的有 {'、'.join(TIERS)}")])
    place = read_locality(locality, reporting)
    known = reporting_facts(facts, reporting)
    senders = set(TIERS[1 : TIERS.index(tier) + 1])
    own = [c for rule in reporting.rules.values() for c in _clocks(rule, known, reporting, place, holidays) if c]
    own = [c for c in own if reporting.parties[c.sender].tier in senders]
    own += _twins(own, reporting)
    first = {c.recipient: False for c in own if c.stage == "first" and reporting.parties[c.sender].tier == tier}
    for c in own:
        if c.stage == "first" and c.certain and c.recipient in first:
            first[c.recipient] = True
    spread = [one for c in own for one in (_to_first_recipients(c, first, reporting) if not c.recipient else [c])]
    return sorted(_strictest(spread, reporting), key=_urgency)


def deadlines_door(given: Any) -> dict[str, Any]:
    """`bin/anlan deadlines --facts`: JSON in, JSON out; ``locality`` and ``tier`` may stand among the facts.

    ``clocks`` certainly run, ``possible`` ones run if the facts in ``unknown`` turn out so. Raises BadFacts.
    """
    if not isinstance(given, Mapping):
        raise BadFacts(
            [Problem("", "not_a_mapping", '事实应是一个 JSON 对象，例如 {"event5": "11A02", "grade": "一般"}')]
        )
    facts = {k: v for k, v in given.items() if k not in ("locality", "tier")}
    tier = given.get("tier") or "county"
    try:
        found = deadlines(facts, locality=given.get("locality"), tier=tier if isinstance(tier, str) else str(tier))
    except FactError as wrong:
        raise BadFacts([Problem("locality", "bad_locality", f"“locality”有误：{wrong.path} {wrong.what}")]) from None
    names = set(shipped_reporting().variables) | {n.split(".")[0] for n in shipped_reporting().variables}
    return {
        "clocks": [c.as_dict() for c in found if c.certain],
        "possible": [c.as_dict() for c in found if not c.certain],
        "unknown": sorted({name for c in found for name in c.needs}),
        "ignored": sorted(k for k in facts if k not in names | CONTEXT_KEYS | TIMES and not _graded_by(k)),
    }


def _graded_by(name: str) -> bool:
    return any(name in (v, v.split("@")[0]) for s in shipped_grades().scales.values() for v in s.variables)


def _clocks(
    rule: Rule, facts: Mapping[str, Any], reporting: Reporting, place: Locality, holidays: Iterable[date]
) -> Iterable[Clock]:
    if rule.id in place.off or (facts.get("occasion") != "incident" and rule.stage not in WITHOUT_INCIDENT):
        return
    applies = evaluate(rule.applies, facts).value
    if applies is False:
        return
    needs = tuple(deciding_unknowns(rule.applies, facts))
    override = place.rules.get(rule.id)
    provenance = override.provenance if override else rule.provenance
    limits = {**rule.limits, **override.limits} if override else rule.limits
    start = reporting.starts[rule.start]
    for route in _routes(rule, reporting, place):
        sender = reporting.parties[route.sender]
        for form in limits or rule.forms:
            timing: Timing = timing_of(rule, limits.get(form), start, sender.tier, facts, frozenset(holidays))
            for recipient in route.recipients or ("",):
                yield Clock(
                    rule=rule.id, rule_zh=rule.zh, stage=rule.stage, sender=sender.id, sender_zh=sender.zh,
                    recipient=recipient, recipient_zh=reporting.parties[recipient].zh if recipient else "",
                    form=form, form_zh=reporting.forms[form], minutes=timing.minutes, immediate=timing.minutes == 0,
                    repeats=timing.repeats, period=rule.period, start=start.id, start_zh=start.zh,
                    start_fact=timing.start_fact, start_at=timing.start_at, due_at=timing.due_at, then=rule.then,
                    certain=applies is True, needs=needs, clause=provenance.source, confidence=provenance.confidence,
                    suggested=provenance.suggested, note=rule.provenance.note, locality=place.name if override else "",
                )  # fmt: skip


def _routes(rule: Rule, reporting: Reporting, place: Locality) -> Iterable[Route]:
    """The routes in this place: in a municipality the levels above a district coincide; nobody reports to oneself."""
    same = reporting.municipality_same if place.municipality else {}
    for route in rule.routes:
        sender = same.get(route.sender, route.sender)
        recipients = tuple(dict.fromkeys(same.get(to, to) for to in route.recipients))
        recipients = tuple(to for to in recipients if to != sender)
        if recipients or not route.recipients:
            yield Route(sender, recipients)


def _to_first_recipients(clock: Clock, first: Mapping[str, bool], reporting: Reporting) -> list[Clock]:
    return [
        replace(clock, recipient=to, recipient_zh=reporting.parties[to].zh, certain=clock.certain and certain)
        for to, certain in first.items()
    ]


def _twins(clocks: list[Clock], reporting: Reporting) -> list[Clock]:
    """The same report to the party committee's duty room where rules name the government's only (`process.dual_push`),
    unless a rule for the party itself runs. Each is a clock of its own."""
    dual = reporting.process["dual_push"]
    twins = dual.values["twins"]
    own = {(c.recipient, c.form, c.stage, c.certain) for c in clocks}
    return [
        replace(
            c, recipient=twins[c.recipient], recipient_zh=reporting.parties[twins[c.recipient]].zh,
            rule_zh=f"{c.rule_zh}（{dual.zh}）", clause=f"{c.clause}; {dual.provenance.source}", confidence=dual.provenance.confidence,
            suggested=dual.provenance.suggested,
        )
        for c in clocks
        if c.stage == "first" and c.form in _DUAL_FORMS and c.recipient in twins
        and reporting.parties[c.sender].office == reporting.parties[c.sender].tier == "county"
        and (twins[c.recipient], c.form, c.stage, c.certain) not in own
    ]  # fmt: skip


def _strictest(clocks: Iterable[Clock], reporting: Reporting) -> Iterable[Clock]:
    groups: dict[tuple[str, ...], list[Clock]] = {}
    for clock in clocks:
        obligor = reporting.parties[clock.sender].office
        groups.setdefault((obligor, clock.recipient, clock.form, clock.stage), []).append(clock)
    for group in groups.values():
        ranked = sorted(group, key=lambda c: (_strictness(c, group), not c.certain))
        winner = ranked[0]
        yield replace(winner, supersedes=tuple(_loser(c) for c in ranked[1:] if c.rule != winner.rule))
        if not winner.certain:
            sure = [c for c in ranked if c.certain]
            if sure:
                others = [_loser(c) for c in ranked if c is not sure[0] and c.rule != sure[0].rule and c is not winner]
                yield replace(sure[0], strictest=False, supersedes=tuple(others))


def _strictness(clock: Clock, group: list[Clock]) -> tuple[float, float]:
    """At once before any number; then by due time where all have one, else by minutes; what has neither comes last."""
    if clock.immediate:
        return (0.0, 0.0)
    if clock.due_at and all(c.due_at for c in group if not c.immediate):
        return (1.0, clock.due_at.timestamp())
    return (2.0, float(clock.minutes)) if clock.minutes is not None else (3.0, 0.0)


def _loser(clock: Clock) -> Loser:
    return Loser(clock.rule, clock.rule_zh, clock.minutes, clock.due_at, clock.certain, clock.clause)


_STAGE_ORDER = ("alert", "first", "public", "continue", "zero", "correction", "verify", "final", "routine")


def _urgency(clock: Clock) -> tuple[Any, ...]:
    due = clock.late_after or clock.due_at
    return (
        not clock.certain,
        _STAGE_ORDER.index(clock.stage),
        due is None,
        due.timestamp() if due else 0.0,
        -1 if clock.immediate else clock.minutes if clock.minutes is not None else 10**9,
        clock.recipient,
        clock.form,
    )


def _iso(when: datetime | None) -> str | None:
    return when.isoformat() if when else None
