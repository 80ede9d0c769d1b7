"""The words in which a loop is declared. A declaration is data: checked once, when it is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

#: Stands in `may`, `owner` and `notify` for whoever the record itself is assigned to (its `owner_keys`).
ASSIGNEE = "assignee"

EvidenceKind = Literal["text", "longtext", "int", "decimal", "bool", "choice", "datetime", "photo", "place", "level"]


class BadLoop(ValueError):
    """A loop declaration that does not hold together."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a step must prove. `label` and `help` are shown; `unit` follows the field; bounds are inclusive."""

    name: str
    label: Any
    kind: EvidenceKind = "text"
    required: bool = True
    choices: tuple[tuple[str, Any], ...] = ()
    help: Any = ""
    unit: Any = ""
    minimum: float | None = None
    maximum: float | None = None
    max_length: int = 2000
    #: Prefilled value, or the name of a record attribute that gives it.
    default: Any = None


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of an escalation: `after` minutes past the previous one (the first: past the due time), tell `notify`.

    `notify`: a role, ASSIGNEE, or ``.name``: a property of the record that gives a role or audience keys with commas between.
    `urgent`: it is told urgently although it is the first; the later ones always are.
    """

    notify: str
    after: float = 0
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """A state of the loop. Unless `final`, it names its `owner` role, a time limit and an escalation.

    `within`: minutes, or the name of a method of the record that returns an aware datetime, a number of minutes or None (no
    clock yet). A state without any clock says why in `timeless`.

    `together`: the foreign key of the record to what many of its kind belong to (a round, an appeal). Those of one whole that fall
    late within a quarter of an hour are told of by one message about the whole, which has an address and an `about`.
    """

    name: str
    label: Any
    owner: str = ""
    within: float | str | None = None
    escalate: tuple[Rung, ...] = ()
    final: bool = False
    timeless: Any = ""
    #: What the owner is asked to do, said as on a button of a to-do list.
    todo: Any = ""
    together: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A transition. `may` lists roles (any of them, held on the record's path) or ASSIGNEE.

    `guard(ctx, record, evidence)` returns a refusal text or None. `main` marks the one obvious next thing. `keeps_clock`
    leaves the running deadline alone (for steps that report progress within the same obligation). `afterwards`: a step of what is
    over, from one end to an end; it stays over since when it was. `narrowed_by` names a property
    of the record that gives the roles which may at present, out of `may` (a level decides who signs).
    """

    name: str
    label: Any
    source: tuple[str, ...]
    target: str
    may: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    guard: Callable[[Any, Any, dict[str, Any]], Any] | None = None
    main: bool = False
    confirm: Any = ""
    keeps_clock: bool = False
    afterwards: bool = False
    #: Steps that only reactions of the platform take are not offered as buttons.
    automatic: bool = False
    narrowed_by: str = ""


@dataclass(frozen=True)
class Loop:
    """A closed loop. `key` is ``room.noun``; `title` and `noun` are shown."""

    key: str
    title: Any
    states: tuple[State, ...]
    steps: tuple[Step, ...]
    initial: str
    #: Roles that may open a record by hand; empty when only services of the house do.
    opened_by: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [s.name for s in self.states]
        self._check(len(set(names)) == len(names), "a state is declared twice")
        self._check(self.initial in names, f"initial state {self.initial!r} is not declared")
        self._check(len({s.name for s in self.steps}) == len(self.steps), "a step is declared twice")
        for step in self.steps:
            unknown = {*step.source, step.target} - set(names)
            self._check(not unknown, f"step {step.name!r} names unknown states {sorted(unknown)}")
            self._check(bool(step.source) and bool(step.may), f"step {step.name!r} needs a source and somebody who may")
            ends = [s for s in step.source if self.state(s).final]
            if step.afterwards:
                over = len(ends) == len(step.source) and self.state(step.target).final
                self._check(over, f"step {step.name!r} is no step from one final state to another")
            else:
                self._check(not ends, f"step {step.name!r} leaves a final state {ends}")
        for state in self.states:
            if state.final:
                continue
            self._check(bool(state.owner), f"state {state.name!r} has no owner")
            timed = state.within is not None and bool(state.escalate)
            self._check(timed or bool(state.timeless), f"state {state.name!r} needs a time limit with an escalation")
            self._check(self._reaches_end(state.name), f"no end can be reached from state {state.name!r}")

    def _check(self, holds: bool, why: str) -> None:
        if not holds:
            raise BadLoop(f"loop {self.key}: {why}")

    def _reaches_end(self, start: str) -> bool:
        seen, todo = {start}, [start]
        while todo:
            for step in self.steps:
                if todo[-1] in step.source and step.target not in seen:
                    if self.state(step.target).final:
                        return True
                    seen.add(step.target)
                    todo.insert(0, step.target)
            todo.pop()
        return False

    def state(self, name: str) -> State:
        for state in self.states:
            if state.name == name:
                return state
        raise KeyError(f"loop {self.key} has no state {name!r}")

    def step(self, name: str) -> Step:
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(f"loop {self.key} has no step {name!r}")

    def steps_from(self, state: str) -> Sequence[Step]:
        return [s for s in self.steps if state in s.source]

    @property
    def open_states(self) -> list[str]:
        return [s.name for s in self.states if not s.final]

    @property
    def choices(self) -> list[tuple[str, Any]]:
        return [(s.name, s.label) for s in self.states]
