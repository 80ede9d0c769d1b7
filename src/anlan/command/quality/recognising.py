"""What facts suggest about the reporting of one unit on one event: late, omitted, false, concealed. Pure; suspicions, never verdicts.

Definitions and their clauses are those of `violations` in reporting_deadlines.yaml. Times are aware datetimes, figures are people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.timezone import localtime

from anlan.command.data.reporting_deadlines import Violation, shipped_reporting

PEOPLE = {"deaths": "死亡", "missing": "失联", "serious_injuries": "重伤", "injured": "受伤", "trapped": "被困"}
STAGES = {"first": "首报", "continue": "续报", "final": "终报", "zero": "零报告", "verify": "核报"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One piece of evidence: when, what, from whom, where to look it up. `figures`: people by name, as it had them."""

    at: datetime
    what: str
    who: str = ""
    url: str = ""
    figures: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"at": self.at.isoformat(), "what": self.what, "who": self.who, "url": self.url}


@dataclass(frozen=True, slots=True)
class OwedReport:
    """One legal limit of the unit. `met_at` None: not reported (yet)."""

    stage: str
    form: str
    recipient: str
    rule: str
    clause: str
    started_at: datetime
    legal_at: datetime
    met_at: datetime | None


@dataclass(frozen=True, slots=True)
class SentReport:
    """A report that went up: `figures` as its words state them (None: it says that it is not known), `missing`: element keys."""

    id: str
    at: datetime
    serial: str
    figures: Mapping[str, int | None]
    missing: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything on record about one unit and one event at `now`.

    `evidence`: what anybody told, with its time; `aware`: how the unit itself knew of the event; `outside`: what others told
    independently of the unit; `told_at`: when the unit first reported by any way, None: never. `limit`: what it may take.
    """

    event: str
    unit_name: str
    now: datetime
    owed: tuple[OwedReport, ...] = ()
    sent: tuple[SentReport, ...] = ()
    evidence: tuple[Fact, ...] = ()
    aware: tuple[Fact, ...] = ()
    outside: tuple[Fact, ...] = ()
    told_at: datetime | None = None
    limit: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """`kind` is an id of `violations`; `subject` tells it from every other one; `report` is the id of the report concerned."""

    kind: str
    subject: str
    why: str
    evidence: tuple[Fact, ...]
    clause: str
    report: str = ""


def recognise(dossier: Dossier) -> list[Suspicion]:
    """All that the facts suggest, in the order late, omitted, false, concealed."""
    concealed = list(recognise_concealed(dossier))
    omitted = [] if concealed else list(recognise_unreported(dossier))
    return [
        *recognise_late(dossier), *omitted, *recognise_left_out(dossier), *recognise_false(dossier), *concealed,
    ]  # fmt: skip


def recognise_late(dossier: Dossier) -> Iterable[Suspicion]:
    """迟报: reported after the limit of the rule, or the limit has passed and nothing was reported. One per stage."""
    for stage, name in STAGES.items():
        late = [o for o in dossier.owed if o.stage == stage and (o.met_at or dossier.now) > o.legal_at]
        if not late:
            continue
        facts = [
            Fact(
                o.legal_at,
                f"{name}（{o.form}）应在{_clock(o.legal_at)}前报{o.recipient}，"
                + (f"{_clock(o.met_at)}报出，迟{_minutes(o.met_at - o.legal_at)}" if o.met_at else "至今没有报出")
                + f"；依据：{o.clause}",
            )
            for o in late
        ]
        worst = max((o.met_at or dossier.now) - o.legal_at for o in late)
        yield _suspicion(
            "late",
            f"{dossier.event}:{stage}",
            f"{dossier.unit_name}{name}有{len(late)}处超过规定时限，最长{_minutes(worst)}",
            facts,
        )


def recognise_unreported(dossier: Dossier) -> Iterable[Suspicion]:
    """漏报 of an event: the first report is still not made when twice its limit has passed."""
    first = [o for o in dossier.owed if o.stage == "first"]
    if not first or dossier.told_at is not None or any(o.met_at for o in first):
        return
    gone = [o for o in first if dossier.now >= o.legal_at + (o.legal_at - o.started_at)]
    if not gone:
        return
    strictest = min(gone, key=lambda o: o.legal_at)
    facts = [
        *dossier.evidence[:5],
        Fact(strictest.legal_at, f"首报时限到（{strictest.rule}），没有报告；依据：{strictest.clause}"),
    ]
    yield _suspicion(
        "omit", f"{dossier.event}:unreported", f"{dossier.unit_name}对这一事件没有报告，已超过规定时限一倍以上", facts
    )


def recognise_left_out(dossier: Dossier) -> Iterable[Suspicion]:
    """漏报 of an element: a report went up without people or loss that were on record when it went, and none later made it good."""
    for sent in dossier.sent:
        later = [other for other in dossier.sent if other.at > sent.at]
        left = []
        for name, label in PEOPLE.items():
            known = _latest(dossier.evidence, name, sent.at)
            made_good = any(other.figures.get(name) is not None for other in later)
            if known and known.figures[name] and sent.figures.get(name, 0) is None and not made_good:
                left.append((label, known, known.figures[name]))
        if left:
            said = "、".join(f"{label}（记录为{n}人）" for label, _fact, n in left)
            facts = [
                *(fact for _label, fact, _n in left),
                Fact(sent.at, f"{sent.serial}发出，未写明{said}", url=sent.url),
            ]
            yield _suspicion(
                "omit", f"report:{sent.id}:left_out", f"{sent.serial}漏报要素：{said}", facts, report=sent.id
            )


def recognise_false(dossier: Dossier) -> Iterable[Suspicion]:
    """谎报: a report states figures that contradict what was on record when it went. Whether on purpose only a person can say."""
    for sent in dossier.sent:
        wrong = []
        for name, label in PEOPLE.items():
            stated = sent.figures.get(name)
            for fact in _by_source(dossier.evidence, name, sent.at):
                if (
                    stated is not None
                    and fact.figures[name] != stated
                    and not _grown(dossier.evidence, name, stated, fact, sent.at)
                ):
                    wrong.append((label, stated, fact, fact.figures[name]))
        if wrong:
            said = "；".join(
                f"报告写{label}{stated}人，{fact.who or '记录'}为{n}人" for label, stated, fact, n in wrong
            )
            facts = [*(fact for _l, _s, fact, _n in wrong), Fact(sent.at, f"{sent.serial}发出", url=sent.url)]
            yield _suspicion(
                "false", f"report:{sent.id}:false", f"{sent.serial}与当时已知情况不符：{said}", facts, report=sent.id
            )


def recognise_concealed(dossier: Dossier) -> Iterable[Suspicion]:
    """瞒报: the unit knew, others told of it, and its own report is missing (or came) beyond the limit after it knew."""
    if not dossier.aware or not dossier.outside:
        return
    knew = min(dossier.aware, key=lambda f: f.at)
    until = knew.at + dossier.limit
    if (dossier.told_at or dossier.now) <= until:
        return
    told = f"{_clock(dossier.told_at)}才报告" if dossier.told_at else "至今没有报告"
    why = f"{dossier.unit_name}{_clock(knew.at)}已知情，外部渠道另有记录，{_minutes(dossier.limit)}时限过后{told}"
    yield _suspicion("conceal", f"{dossier.event}:concealed", why, [*dossier.aware[:5], *dossier.outside[:5]])


def ignored(event: str, unit_name: str, fact: Fact, handled: str) -> Suspicion:
    """漏报: a message that speaks of people in danger was put aside, or left lying, without a report."""
    said = "、".join(f"{label}{fact.figures[name]}人" for name, label in PEOPLE.items() if fact.figures.get(name))
    return _suspicion(
        "omit", f"{event}:ignored", f"来报载明{said}，{unit_name}{handled}，没有立为事件、没有报告", [fact]
    )


def _suspicion(kind: str, subject: str, why: str, facts: Iterable[Fact], report: str = "") -> Suspicion:
    rule: Violation = shipped_reporting().violations[kind]
    ordered = tuple(sorted(facts, key=lambda f: f.at))
    return Suspicion(kind, subject, why, ordered, f"{rule.zh}：{rule.test}（{rule.provenance.source}）"[:300], report)


def _latest(facts: Iterable[Fact], name: str, at: datetime) -> Fact | None:
    return max((f for f in facts if f.at <= at and name in f.figures), key=lambda f: f.at, default=None)


def _by_source(facts: Iterable[Fact], name: str, at: datetime) -> list[Fact]:
    """The last word of each source by then: a source that corrected itself is taken at its correction."""
    last: dict[str, Fact] = {}
    for fact in sorted((f for f in facts if f.at <= at and name in f.figures), key=lambda f: f.at):
        last[fact.who] = fact
    return list(last.values())


def _grown(facts: Iterable[Fact], name: str, stated: int, fact: Fact, at: datetime) -> bool:
    """Whether the report states what somebody told later than `fact`, and more of it: figures rise while an event goes on. One that
    goes down against an earlier source stays a contradiction."""
    later = (f for f in facts if fact.at <= f.at <= at and f.figures.get(name) == stated)
    return stated > fact.figures[name] and any(later)


def _clock(at: datetime) -> str:
    return f"{localtime(at):%m-%d %H:%M}"


def _minutes(span: timedelta) -> str:
    minutes = max(1, int(span.total_seconds() // 60))
    return f"{minutes}分钟" if minutes < 120 else f"{minutes // 60}小时{minutes % 60}分"
