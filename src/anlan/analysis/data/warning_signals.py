"""Warning signals (`warning_signals.yaml`): standards per colour, CAP values, channels, calling rules, event codes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from anlan.kernel.conditions import Condition, Vocabulary, guarded
from anlan.kernel.facts import Provenance, Record, Variable, load_record, read_vocabulary, variables_of

from .incident_kinds import shipped_kinds

FILE = Path(__file__).with_name("warning_signals.yaml")
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")


@dataclass(frozen=True, slots=True)
class Colour:
    """`level` 1 is red."""

    colour: str
    zh: str
    level: int
    cap_severity: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class SignalLevel:
    """`when` is the standard under the signal's premises, `observed` the same for what is measured now."""

    colour: str
    window_h: float
    when: Condition
    observed: Condition
    cap: dict[str, str]
    stage: str


@dataclass(frozen=True, slots=True)
class Signal:
    """A kind of warning signal; `levels` are red first."""

    id: str
    zh: str
    event_code: str
    cma_short: str
    issuer: str
    hq: str
    levels: tuple[SignalLevel, ...]
    guide_gov: tuple[str, ...]
    guide_public: tuple[str, ...]
    variables: dict[str, Variable]
    provenance: Provenance
    applies_when: Condition | None = None
    excluded_when: Condition | None = None


@dataclass(frozen=True, slots=True)
class CallRule:
    """Who must be called and answer, and when the call goes on to the telephone and to the next rung (minutes)."""

    colours: tuple[str, ...]
    to: tuple[str, ...]
    phone_after_min: int
    escalate_after_min: int
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class CapRules:
    severity_aliases: dict[str, str]
    severity_other: str
    urgency_within_h: tuple[tuple[float, str], ...]
    urgency_later: str
    urgency_cancelled: str
    certainty_occurring: str
    certainty_forecast: dict[str, str]
    msg_types: dict[str, str]
    references_required: tuple[str, ...]
    identifier_pattern: str
    event_code_pattern: str
    short_colours: dict[str, str]
    required_fields: tuple[str, ...]
    call: CallRule

    def urgency(self, hours_ahead: float) -> str:
        """CAP urgency of what is expected within so many hours."""
        return next((u for most, u in self.urgency_within_h if hours_ahead <= most), self.urgency_later)


@dataclass(frozen=True, slots=True)
class Named:
    id: str
    zh: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class PeriodMeasures:
    id: str
    zh: str
    colours: tuple[str, ...]
    items: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Signals:
    signals: dict[str, Signal]
    colours: dict[str, Colour]
    cap: CapRules
    channels: dict[str, Named]
    period_measures: dict[str, PeriodMeasures]
    event_codes: dict[str, Named]

    def by_event_code(self, code: str) -> list[Signal]:
        return [s for s in self.signals.values() if s.event_code == code]


@cache
def shipped_signals() -> Signals:
    return load_signals(FILE)


def load_signals(path: Path) -> Signals:
    """Read the signals strictly; event codes, headquarters and colours must be resolvable."""
    root = load_record(path)
    meta = root.record("meta")
    for key in ("about", "updated"):
        meta.text(key)
    meta.texts("rules", ())
    meta.done()
    vocabulary = read_vocabulary(root)
    root.raw("vocabulary", {})
    colours = {}
    for r in _items(root, "colours", "colour"):
        one = Colour(
            r.text("colour"),
            r.text("zh"),
            r.integer("level", least=1),
            r.one_of("cap_severity", SEVERITIES),
            r.provenance,
        )
        r.done()
        colours[one.colour] = one
    codes = {r.text("code"): _named(r, "code") for r in _items(root, "event_codes", "code")}
    channels = {r.text("id"): _named(r, "id") for r in _items(root, "channels", "id")}
    measures = {}
    for r in root.records("period_measures"):
        measures[r.text("id")] = PeriodMeasures(
            r.text("id"), r.text("zh"), r.refer_all("colours", colours, "colour"), r.texts("items"), r.provenance
        )
        r.done()
    signals = {r.text("id"): _read_signal(r, vocabulary, colours, codes) for r in root.records("signals")}
    cap = _read_cap(root.record("cap"), colours)
    root.done()
    return Signals(signals, colours, cap, channels, measures, codes)


def _items(root: Record, section: str, id_key: str) -> list[Record]:
    part = root.record(section)
    found = part.records("items", id_key)
    part.done()
    return found


def _named(r: Record, id_key: str) -> Named:
    one = Named(r.text(id_key), r.text("zh"), r.provenance)
    r.done()
    return one


def _read_signal(r: Record, vocabulary: Vocabulary, colours: dict[str, Colour], codes: dict[str, Named]) -> Signal:
    applies, excluded = (r.condition(k, vocabulary, None) for k in ("applies_when", "excluded_when"))
    levels, conditions = [], []
    for part in r.records("levels", "colour"):
        colour = part.refer("colour", colours, "colour")
        when = part.condition("when", vocabulary)
        observed = part.condition("observed", vocabulary, when)
        cap = part.record("cap")
        values = {
            "severity": cap.one_of("severity", SEVERITIES),
            "urgency": cap.one_of("urgency", URGENCIES),
            "certainty": cap.one_of("certainty", CERTAINTIES),
        }
        cap.done()
        if values["severity"] != colours[colour].cap_severity:
            raise part.error(f"CAP severity {values['severity']} does not belong to {colour}")
        levels.append(
            SignalLevel(
                colour,
                part.number("window_h", least=0),
                guarded(when, applies, excluded),
                guarded(observed, applies, excluded),
                values,
                part.text("stage", ""),
            )
        )
        conditions += [(part.path, levels[-1].when), (part.path, levels[-1].observed)]
        part.done()
    levels.sort(key=lambda level: colours[level.colour].level)
    signal = Signal(
        r.text("id"), r.text("zh"), r.refer("event_code", codes, "event code"), r.text("cma_short", ""),
        r.text("issuer", ""), r.refer("hq", shipped_kinds().headquarters, "headquarters"), tuple(levels),
        r.texts("guide_gov"), r.texts("guide_public"), variables_of(r.file, conditions), r.provenance,
        applies, excluded,
    )  # fmt: skip
    r.done()
    return signal


def _texts_by_colour(r: Record, key: str, colours: dict[str, Colour], choices: tuple[str, ...] | None = None) -> dict:
    part = r.record(key)
    found = {c: part.one_of(c, choices) if choices else part.text(c) for c in part.data if c in colours}
    part.done()
    return found


def _pattern(r: Record, key: str = "pattern") -> str:
    pattern = r.text(key)
    try:
        re.compile(pattern)
    except re.error as wrong:
        raise r.error(f"is no regular expression: {wrong}", key) from None
    return str(pattern)


def _read_cap(cap: Record, colours: dict[str, Colour]) -> CapRules:
    parts: dict[str, Any] = {k: cap.record(k) for k in cap.data}
    for part in parts.values():
        _ = part.provenance
    severity, urgency, certainty = parts["severity"], parts["urgency"], parts["certainty"]
    msg, identifier, code = parts["msg_type"], parts["identifier"], parts["event_code"]
    aliases = severity.record("aliases")
    steps = []
    for step in urgency.records("within_h", None):
        steps.append((step.number("at_most", least=0), step.one_of("urgency", URGENCIES)))
        step.done()
    if [s for s, _ in steps] != sorted({s for s, _ in steps}):
        raise urgency.error("hours must rise", "within_h")
    call, supersede = parts["call_response"], parts["supersede"]
    for key in ("replaces", "raised", "lowered"):
        supersede.text(key)
    parts["special_groups"].texts("groups")
    pattern, example = _pattern(identifier), identifier.text("example")
    if not re.match(pattern, example):
        raise identifier.error(f"the example {example} does not match the pattern")
    rules = CapRules(
        severity_aliases={a: aliases.refer(a, colours, "colour") for a in aliases.data},
        severity_other=severity.one_of("other", SEVERITIES),
        urgency_within_h=tuple(steps),
        urgency_later=urgency.one_of("later", URGENCIES),
        urgency_cancelled=urgency.one_of("cancelled", URGENCIES),
        certainty_occurring=certainty.one_of("occurring", CERTAINTIES),
        certainty_forecast=_texts_by_colour(certainty, "forecast", colours, CERTAINTIES),
        msg_types={k: msg.text(k) for k in ("first", "change", "cancel")},
        references_required=msg.texts("references_required"),
        identifier_pattern=pattern,
        event_code_pattern=_pattern(code),
        short_colours=_texts_by_colour(code, "short_colour", colours),
        required_fields=parts["fields"].texts("required"),
        call=CallRule(
            call.refer_all("colours", colours, "colour"),
            call.texts("to"),
            call.integer("phone_after_min", least=0),
            call.integer("escalate_after_min", least=0),
            call.provenance,
        ),
    )
    for part in parts.values():
        part.done()
    return rules
