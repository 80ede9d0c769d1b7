"""Records for a measurement, in bulk: incidents with what hangs on them, tasks, readings, a round of calls.

They are written as the services write them (same columns, audit rows, deadlines), only many at a time and without announcements
for the past. Needs a platform's database (`Platform.connect_django`).
"""

from __future__ import annotations

import itertools
import random
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.contrib.gis.geos import Point
from django.db import transaction

from anlan.analysis.data.incident_kinds import shipped_kinds
from anlan.command.data.reporting_deadlines import shipped_reporting
from anlan.command.facts import FIGURES
from anlan.command.judging import judge
from anlan.command.models import Followup, Incident, Report, ReportClock, Response, Task
from anlan.kernel import auditing, clock
from anlan.kernel.context import Actor, Context, system
from anlan.kernel.loops import LoopRecord
from anlan.kernel.models import AuditEntry, Deadline
from anlan.messaging.services import start_calls
from anlan.places.models import Organisation
from anlan.places.queries import region, regions_under
from anlan.sensing.models import Datastream
from anlan.sensing.services import accept_readings

COUNTY = "110107000000"
BATCH = 1000
_WORDS = (
    "道路积水",
    "树木倒伏",
    "停电",
    "火灾",
    "燃气泄漏",
    "道路塌陷",
    "山体落石",
    "人员被困",
    "外墙脱落",
    "交通事故",
)
_PLACES = ("南路", "东街", "北口", "地铁站", "市场", "小区 3 号楼", "桥下", "工地", "公园东门", "学校门前")


class Filling:
    """Everything is drawn from one seed, so that two runs measure the same records."""

    def __init__(self, *, seed: int = 110107) -> None:
        self.chance = random.Random(seed)
        self.ctx = system("bench")
        self.now = clock.real_now()
        self.county = region(COUNTY)
        self.streets = list(regions_under(self.county.path, levels=("township",)))
        self.organisations = list(
            Organisation.objects.filter(region__path__startswith=self.county.path).select_related("region")
        )
        self.kinds = sorted(shipped_kinds().kinds)
        self.numbers = itertools.count(Incident.objects.in_world(self.ctx).count() + 1)

    def incidents(self, count: int, *, open_share: float = 0.01) -> int:
        """Add incidents of the last year, the newest of them still open; each with reports, clocks, later calls and history."""
        made = 0
        while made < count:
            size = min(BATCH, count - made)
            opened = [i for i in range(size) if i < max(1, round(size * open_share))]
            self._incident_batch(size, set(opened))
            made += size
        return made

    @transaction.atomic
    def _incident_batch(self, size: int, opened: set[int]) -> None:
        incidents, rest = [], []
        for i in range(size):
            incident = self._incident(still_open=i in opened)
            incidents.append(incident)
            rest.append(self._around(incident))
        Incident.everything.bulk_create(incidents, batch_size=BATCH)
        Report.everything.bulk_create([r for part in rest for r in part[0]], batch_size=BATCH)
        ReportClock.everything.bulk_create([c for part in rest for c in part[1]], batch_size=BATCH)
        Followup.everything.bulk_create([f for part in rest for f in part[2]], batch_size=BATCH)
        AuditEntry.objects.bulk_create([a for part in rest for a in part[3]], batch_size=BATCH)
        self._deadlines([*incidents, *(x for part in rest for x in [*part[0], *part[1]])])

    def _incident(self, *, still_open: bool) -> Incident:
        street = self.chance.choice(self.streets)
        what = self.chance.choice(_WORDS)
        place = f"{street.name}{self.chance.choice(_PLACES)}"
        age = (
            timedelta(minutes=self.chance.uniform(5, 600))
            if still_open
            else timedelta(hours=self.chance.uniform(24, 8700))
        )
        received = self.now - age
        occurred = received - timedelta(minutes=self.chance.uniform(2, 25))
        number = next(self.numbers)
        facts: dict[str, Any] = dict.fromkeys(FIGURES)
        facts |= {
            "deaths": 0,
            "missing": 0,
            "injured": self.chance.choice([None, 0, 0, 1, 2]),
            "trapped": self.chance.choice([None, 0, 0, 1]),
        }
        kind = self.chance.choice(self.kinds)
        handling = not still_open or age > timedelta(minutes=10)
        state = (
            ("handling" if handling else "received")
            if still_open
            else self.chance.choices(("closed", "false"), (9, 1))[0]
        )
        since = received + min(age / 2, timedelta(hours=5)) if handling else received
        incident = Incident(
            scope=street.path, state=state, state_since=since, opened_at=received, closed_at=None if still_open else since,
            owner_role="duty_officer" if still_open else "", due_at=self._due(0.1) if still_open else None, number=f"110107-B-{number:06d}",
            title=f"{place}{what}", kind=kind, kind_name=what, region=street, place=place, accuracy_m=self.chance.choice([20, 100, 500]),
            position=Point(116.10 + self.chance.random() * 0.16, 39.88 + self.chance.random() * 0.10, srid=4326), occurred_at=occurred,
            received_at=received, source=f"{street.name}值班员（示例）", text=f"{place}发生{what}，正在核实人员情况。",
            intake={"fields": {}}, facts=facts,
        )  # fmt: skip
        judged = _judged(kind, facts["injured"], facts["trapped"])
        incident.grading, incident.grade, incident.grade_level = judged, judged["grade"] or "", judged["level"]
        return incident

    def _around(self, incident: Incident) -> tuple[list[Report], list[ReportClock], list[Followup], list[AuditEntry]]:
        """Reports, clocks, what came later and the history of one incident."""
        done = not incident.is_open
        report = Report(
            scope=incident.scope, state="sent" if done else "signing", state_since=incident.received_at, opened_at=incident.received_at,
            closed_at=incident.received_at + timedelta(minutes=18) if done else None, owner_role="" if done else "duty_leader",
            due_at=None if done else self._due(0.1), incident=incident, stage="first", ordinal=1, title=f"关于{incident.title}的报告",
            addressees=["区委区政府总值班室"], body={"paragraphs": [incident.text], "missing": []},
            sent_at=incident.received_at + timedelta(minutes=18) if done else None,
        )  # fmt: skip
        clocks = [self._report_clock(incident, rule, done) for rule in _rules()]
        told = [
            Followup(
                scope=incident.scope, incident=incident, at=incident.received_at + timedelta(minutes=12 * (n + 1)), kind="call",
                text="现场来电：已设围挡，正在处置。", facts={}, source=incident.source, by_name="值班员（示例）",
            )
            for n in range(self.chance.randint(0, 3))
        ]  # fmt: skip
        steps = ["open", "verify", "followup", *(["close"] if done else [])]
        history = [
            self._entry(incident, step, incident.received_at + timedelta(minutes=7 * n)) for n, step in enumerate(steps)
        ]
        return [report], clocks, told, history

    def _report_clock(self, incident: Incident, rule: tuple[str, str, str, str], done: bool) -> ReportClock:
        name, clause, recipient, form = rule
        legal = incident.received_at + timedelta(minutes=30) if done else self._due(0.05)
        return ReportClock(
            scope=incident.scope, state="met" if done else "running", state_since=incident.received_at, opened_at=incident.received_at,
            closed_at=incident.received_at + timedelta(minutes=18) if done else None, owner_role="" if done else "duty_officer",
            due_at=None if done else legal, incident=incident, stage="first", rule=name[:60], rule_name=name[:120], sender="county_eoc",
            sender_name="区总值班室", recipient=recipient[:60], recipient_name=recipient[:120],
            form=form, form_name={"phone": "电话"}.get(form, "书面"),
            minutes=30, started_at=incident.received_at, legal_at=legal, clause=clause[:300],
            met_at=incident.received_at + timedelta(minutes=18) if done else None,
        )  # fmt: skip

    def _entry(self, record: LoopRecord, step: str, at: datetime) -> AuditEntry:
        who = Context(actor=Actor(key="system:bench", name="值班员（示例）", post="区总值班室值班员"), grants=())
        return auditing.prepare(
            who, action=f"{record.loop.key}.{step}", label=step, object_type=record.loop.key, object_id=record.pk, scope=record.scope,
            data={"from": "received", "to": record.state, "evidence": {"how": "电话回拨"}}, at=(at, at),
        )  # fmt: skip

    @transaction.atomic
    def tasks(self, count: int) -> Response:
        """A flood response with `count` open tasks for the organisations of the district; 5 in 100 are late."""
        response = Response(
            scope=self.county.path, shared_with=[o.key for o in self.organisations], state="active", state_since=self.now,
            opened_at=self.now - timedelta(hours=3), owner_role="hq_office", due_at=self.now + timedelta(hours=2), hazard="flood",
            title="石景山区防汛", region=self.county, plan="flood", level="III", level_number=3, highest_number=3, approve_role="deputy",
            report_every_min=120, started_at=self.now - timedelta(hours=3), members=[o.key for o in self.organisations],
        )  # fmt: skip
        Response.everything.bulk_create([response])
        tasks = [self._task(response, n) for n in range(count)]
        Task.everything.bulk_create(tasks, batch_size=BATCH)
        AuditEntry.objects.bulk_create(
            [
                self._entry(t, step, t.opened_at)
                for t in tasks
                for step in (["open"] if t.state == "issued" else ["open", "acknowledge"])
            ],
            batch_size=BATCH,
        )
        self._deadlines([response, *tasks])
        return response

    def _task(self, response: Response, number: int) -> Task:
        organisation = self.organisations[number % len(self.organisations)]
        opened = self.now - timedelta(minutes=self.chance.uniform(5, 170))
        due = self._due(0.05)
        state = self.chance.choices(("issued", "acknowledged", "done"), (2, 6, 2))[0]
        return Task(
            scope=response.scope, shared_with=[organisation.key], state=state, state_since=opened, opened_at=opened,
            owner_role="hq_office" if state == "done" else "assignee", owner_keys=[] if state == "done" else [organisation.key], due_at=due,
            response=response, card=f"card-{number // len(self.organisations):02d}", role="member", organisation=organisation,
            text="巡查本辖区下凹桥、易积水点，发现险情立即处置并反馈。", level="III",
            issued_by="区防指办公室（示例）", due_from_plan=due, within_min=120,
            latest="" if state == "issued" else "已到位，正在巡查。", latest_at=None if state == "issued" else self.now,
            acknowledged_at=None if state == "issued" else opened + timedelta(minutes=4),
        )  # fmt: skip

    def readings(self, *, hours: int = 48) -> int:
        """The last hours of every rain station."""
        top = self.now.replace(minute=0, second=0, microsecond=0)
        codes = Datastream.objects.filter(property="rain_mm").values_list("thing_id", flat=True)
        rows = [
            {
                "station": code,
                "time": top - timedelta(hours=h),
                "value": round(max(0.0, self.chance.gauss(1, 2)), 1),
                "property": "rain_mm",
            }
            for h in range(hours)
            for code in codes
        ]
        taken: int = accept_readings(self.ctx, rows, history=True, source="bench")["accepted"]
        return taken

    def calls(self) -> Any:
        """One round of calls to every street and community."""
        below = regions_under(self.county.path, levels=("township", "village"))
        return start_calls(self.ctx, why="测量用叫应", text="请确认收到。", regions=below)

    def _due(self, late_share: float) -> datetime:
        late = self.chance.random() < late_share
        return self.now + timedelta(minutes=self.chance.uniform(-30, -1) if late else self.chance.uniform(240, 1800))

    def _deadlines(self, records: list[Any]) -> None:
        """Late ones have had all their reminders: a crowd of them falling due at once is not what is measured here."""
        Deadline.objects.bulk_create(
            [
                Deadline(
                    world_id=r.world_id, loop=r.loop.key, record=r.pk, state=r.state, due_at=r.due_at,
                    status=Deadline.Status.EXHAUSTED if r.due_at <= self.now else Deadline.Status.OPEN,
                )
                for r in records
                if r.is_open and r.due_at is not None
            ],
            batch_size=BATCH,
        )  # fmt: skip


@cache
def _rules() -> tuple[tuple[str, str, str, str], ...]:
    """Three rules as clocks show them: (name, clause, recipient, form)."""
    rules = list(shipped_reporting().rules.values())[:3]
    return tuple(
        (rule.id, rule.provenance.source, recipient, form)
        for rule, recipient, form in zip(
            rules, ("区委区政府总值班室", "市应急管理局", "市政府总值班室"), ("phone", "written", "phone"), strict=True
        )
    )


@cache
def _judged(kind: str, injured: int | None, trapped: int | None) -> dict[str, Any]:
    facts = {"deaths": 0, "missing": 0, "injured": injured, "trapped": trapped}
    return judge(Incident(kind=kind, facts=facts, sensitive=False))
