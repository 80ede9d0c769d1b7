"""A loop of no domain, for testing the kernel by itself."""

from datetime import datetime

from django.db import models

from anlan.kernel.loops import ASSIGNEE, Evidence, Loop, LoopRecord, Rung, State, Step

ERRAND = Loop(
    key="sample.errand",
    title="差事",
    initial="sent",
    opened_by=("boss",),
    states=(
        State("sent", "已下达", owner="clerk", within=10, escalate=(Rung("chief", 0), Rung("boss", 5)), todo="签收"),
        State("accepted", "办理中", owner="clerk", within="due_by_promise", escalate=(Rung("chief", 0),)),
        State("done", "已办结", final=True),
    ),
    steps=(
        Step("accept", "签收", ("sent",), "accepted", may=(ASSIGNEE,), main=True),
        Step(
            "finish", "办结", ("accepted",), "done", may=(ASSIGNEE, "chief"), main=True,
            evidence=(Evidence("people", "人数", "int", minimum=0), Evidence("note", "说明", required=False, max_length=10)),
            guard=lambda ctx, record, given: "人数不能超过一百" if given["people"] > 100 else None,
        ),
        Step("report", "报进展", ("accepted",), "accepted", may=(ASSIGNEE,), keeps_clock=True),
    ),
)  # fmt: skip


class Errand(LoopRecord):
    loop = ERRAND
    view_permission = "sample.errand.view"

    title = models.CharField(max_length=40)
    promised_at = models.DateTimeField(null=True)

    def due_by_promise(self) -> datetime | None:
        return self.promised_at

    def __str__(self) -> str:
        return self.title


class Tally(models.Model):
    record = models.CharField(max_length=64)
    step = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.step
