"""A probe's way through the chain, and what is said when it gets stuck. Pure: times are given, nothing is asked.

The chain stands still when a probe has not come out of the live stream `deadline` seconds after it was sent; it is back when one that
was sent after that comes out in time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from anlan.kernel.wording import words as _

#: In the order in which a reading walks: door, journal, judgement, outbox, publication, bus, open page.
STAGES = ("web", "journal", "judge", "outbox", "relay", "bus", "live")
LABELS: dict[str, Any] = {
    "web": _("接收"), "journal": _("入库"), "judge": _("研判"), "outbox": _("排号"), "relay": _("发布"), "bus": _("总线"),
    "live": _("页面"), "database": _("数据库"), "watchdog": _("自检"),
}  # fmt: skip

_CALL = _("请以电话核实为准，并告诉系统管理员")
#: Stage → (what is wrong, what to do until it is mended).
STUCK: dict[str, tuple[Any, Any]] = {
    "database": (_("数据库没有应答"), _("现在存不下新情况，请先用纸笔记录、用电话联络，并告诉系统管理员")),
    "web": (_("网页服务没有应答，读数送不进来"), _("页面可能打不开，请先用纸笔记录、用电话联络，并告诉系统管理员")),
    "journal": (_("读数送到了，但没有存下"), _CALL),
    "judge": (_("读数存下了，但没有研判"), _("雨情水情不会自动提示，请直接看测站读数、用电话核实，并告诉系统管理员")),
    "outbox": (_("研判了，但消息没有排上号"), _("页面不会自动更新，请经常刷新，叫应改用电话，并告诉系统管理员")),
    "relay": (_("消息没有发布出去"), _("页面不会自动更新，请经常刷新，叫应改用电话，并告诉系统管理员")),
    "bus": (_("消息发布了，但总线上收不到"), _("页面不会自动更新，请经常刷新，叫应改用电话，并告诉系统管理员")),
    "live": (_("消息到了总线，但没有送到打开的页面"), _("页面不会自动更新，请经常刷新，并告诉系统管理员")),
}
#: A probe that got stuck is waited for so long, so that the history shows how late it came (s).
FORGET_AFTER_S = 60.0
#: After a start nobody is called before the platform has answered for the first time; from then the first probe has so long (s).
GRACE_S = 60.0
#: A platform that has not answered at all so long after its start is no longer coming up, however slow the machine (s).
NEVER_UP_S = 900.0


@dataclass(slots=True)
class Passage:
    """One probe under way. `sent` and `passed` (stage → instant) are of one monotonic clock, in seconds."""

    number: int
    sent: float
    passed: dict[str, float] = field(default_factory=dict)
    stuck_at: str = ""

    @property
    def is_through(self) -> bool:
        return "live" in self.passed

    @property
    def next_stage(self) -> str:
        """The first stage that nothing is known of: one that is known further on has passed all before."""
        done = [i for i, stage in enumerate(STAGES) if stage in self.passed]
        return STAGES[min(done[-1] + 1, len(STAGES) - 1)] if done else STAGES[0]

    def took(self, stage: str) -> float | None:
        return max(0.0, self.passed[stage] - self.sent) if stage in self.passed else None


@dataclass(slots=True)
class Chain:
    """All probes under way, and whether the chain stands still: since which probe (`since`, its number) and at which stage."""

    deadline: float
    began: float
    under_way: dict[int, Passage] = field(default_factory=dict)
    #: The last that came through: what else is known of them (the door's answer, the bus) may arrive after they did.
    through: dict[int, Passage] = field(default_factory=dict)
    stage: str = ""
    since: int | None = None
    has_passed: bool = False
    #: When a probe was first seen anywhere beyond the door.
    answered: float | None = None
    sent: int = 0
    passed: int = 0
    stuck: int = 0

    @property
    def stands_still(self) -> bool:
        return self.since is not None

    def is_coming_up(self, now: float) -> bool:
        """Whether the platform has only just been started, so that a probe that gets stuck calls nobody yet."""
        if self.has_passed or self.since is not None:
            return False
        if self.answered is None:
            return now - self.began < NEVER_UP_S
        return now - self.answered < GRACE_S

    def send(self, number: int, now: float) -> Passage:
        self.sent += 1
        self.under_way[number] = found = Passage(number, now)
        return found

    def note(self, number: int, stage: str, now: float) -> Passage | None:
        """The probe was seen at a stage; returns it when it is through by this, and no longer under way."""
        if self.answered is None:
            self.answered = now
        found = self.under_way.get(number)
        if found is None:
            if number in self.through:
                self.through[number].passed.setdefault(stage, now)
            return None
        found.passed.setdefault(stage, now)
        if not found.is_through:
            return None
        del self.under_way[number]
        self.through = {n: p for n, p in [*self.through.items(), (number, found)][-20:]}
        self.passed += 1
        if found.passed["live"] - found.sent <= self.deadline:
            self.has_passed = True
            if self.since is None or number > self.since:
                self.since, self.stage = None, ""
        return found

    def overdue(self, now: float) -> list[Passage]:
        """Probes that have just run out of time; the caller finds out where they are and says so with `get_stuck`."""
        return [p for p in self.under_way.values() if not p.stuck_at and now - p.sent > self.deadline]

    def get_stuck(self, passage: Passage, stage: str, now: float) -> None:
        """The probe is stuck before `stage`. The chain stands still, unless it has only just been started and is still coming up."""
        passage.stuck_at = stage
        self.stuck += 1
        if self.is_coming_up(now):
            return
        if self.since is None:
            self.since = passage.number
        # Probes that waited for a database that is back are late at the door: what they waited for is still the reason.
        if self.stage != "database":
            self.stage = stage

    def forget(self, now: float) -> list[Passage]:
        """Probes that nobody waits for any more."""
        gone = [p for p in self.under_way.values() if now - p.sent > FORGET_AFTER_S]
        for passage in gone:
            del self.under_way[passage.number]
        return gone


def words_for(stage: str, processes: Mapping[str, str] | None = None, why: Any = None) -> tuple[Any, Any]:
    """What is wrong and what to do. `processes`: names of processes that do not run, with `standing` or `gone`; `why`: what the
    stage itself gave as its reason."""
    text, mend = STUCK[stage]
    if not processes and not why:
        return text, mend
    said = {"standing": _("%(name)s 进程停住不动"), "gone": _("%(name)s 进程没有在运行")}
    for name, state in sorted((processes or {}).items()):
        one = said[state] % {"name": name}
        why = _("%(one)s、%(other)s") % {"one": why, "other": one} if why else one
    return _("%(text)s（%(why)s）") % {"text": text, "why": why}, mend
