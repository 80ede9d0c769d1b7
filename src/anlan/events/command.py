"""指挥: incidents, official reports, responses, tasks."""

from __future__ import annotations

from typing import Any, ClassVar

from .base import Event, contract


@contract
class IncidentOpened(Event):
    """A report became an incident. `facts` holds the recognised figures (null unknown)."""

    subject: ClassVar[str] = "command.incident.opened"
    incident: str
    number: str
    title: str
    kind: str
    region: str
    occurred_at: str
    facts: dict[str, Any]

    def live(self) -> dict[str, Any]:
        return {"incident": self.incident, "title": self.title}


@contract
class IncidentUpdated(Event):
    """Facts or grade of an incident changed."""

    subject: ClassVar[str] = "command.incident.updated"
    incident: str
    region: str
    grade: str
    facts: dict[str, Any]

    def live(self) -> dict[str, Any]:
        return {"incident": self.incident, "grade": self.grade}


@contract
class IncidentClosed(Event):
    """An incident is over and dealt with; announced once by the duty desk, so that review can finish its timeline."""

    subject: ClassVar[str] = "command.incident.closed"
    incident: str
    region: str

    def live(self) -> dict[str, Any]:
        return {"incident": self.incident}


@contract
class ReportSent(Event):
    """An official report was signed and went up. `stage`: first, continued, final."""

    subject: ClassVar[str] = "command.report.sent"
    report: str
    incident: str
    stage: str
    recipient: str
    sent_at: str

    def live(self) -> dict[str, Any]:
        return {"report": self.report, "incident": self.incident, "stage": self.stage}


@contract
class ResponseChanged(Event):
    """A response was started, raised, lowered or ended (`change`)."""

    subject: ClassVar[str] = "command.response.changed"
    response: str
    hazard: str
    region: str
    change: str
    level: str
    level_number: int

    def live(self) -> dict[str, Any]:
        return {"response": self.response, "change": self.change, "level": self.level}


@contract
class TaskFigures(Event):
    """Figures that came back with a task (people moved, pumps running …): decision, action and review use them.

    `by`: who reported them, by name; `simulated`: a simulated person did.
    """

    subject: ClassVar[str] = "command.task.figures"
    task: str
    response: str
    region: str
    figures: dict[str, float]
    by: str = ""
    simulated: bool = False

    def live(self) -> dict[str, Any]:
        return {"task": self.task, "figures": self.figures}


@contract
class TaskPlaced(Event):
    """The place where a task is to be done was moved on the map, or put back to that of the incident (`lon` and `lat` None)."""

    subject: ClassVar[str] = "command.task.placed"
    task: str
    incident: str
    lon: float | None
    lat: float | None
    by: str

    def live(self) -> dict[str, Any]:
        return {"task": self.task, "incident": self.incident}


@contract
class OpinionRaised(Event):
    """A new topic of public opinion came up. `unreported`: nobody had reported such an event from there by then, which whoever judges
    omitted reports takes into account. `first_at`: when its first item was published."""

    subject: ClassVar[str] = "command.opinion.raised"
    topic: str
    title: str
    region: str
    kind: str
    first_at: str
    sensitive: list[str]
    unreported: bool

    def live(self) -> dict[str, Any]:
        return {"topic": self.topic}


@contract
class OpinionGrown(Event):
    """A topic of public opinion got a further item, or one of its items was seen at a further place."""

    subject: ClassVar[str] = "command.opinion.grown"
    topic: str
    region: str
    items: int

    def live(self) -> dict[str, Any]:
        return {"topic": self.topic}


@contract
class OpinionJudged(Event):
    """A unit has verified a topic. `verdict`: true, partly, false; `incident`: "" when it belongs to none."""

    subject: ClassVar[str] = "command.opinion.judged"
    topic: str
    region: str
    verdict: str
    incident: str

    def live(self) -> dict[str, Any]:
        return {"topic": self.topic, "verdict": self.verdict}


@contract
class PlottingChanged(Event):
    """Somebody drew on the map of an incident, changed or took off what was there. `change`: drawn, changed, removed, undone;
    `revision` counts the changes of the mark."""

    subject: ClassVar[str] = "command.plotting.changed"
    incident: str
    mark: str
    revision: int
    change: str
    by: str

    def live(self) -> dict[str, Any]:
        return {"incident": self.incident, "mark": self.mark, "revision": self.revision, "by": self.by}
