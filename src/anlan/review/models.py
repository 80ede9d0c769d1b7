"""What is kept of a replay: how far it is, what was fed into it, who is present in it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedModel


class Replay(ScopedModel):
    """A scenario played in an exercise world of its own. `done` inputs of the scenario have been fed, in their order.

    `chosen_rate` is what a person asked for; the world may run slower for the time being, and `held_reason` says why.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("进行中")
        PAUSED = "paused", _("已暂停")
        ENDED = "ended", _("已结束")

    view_permission = "review.replay.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    scenario = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    chosen_rate = models.FloatField()
    held_reason = models.CharField(max_length=200, blank=True, default="")
    held_url = models.CharField(max_length=300, blank=True, default="")
    done = models.PositiveIntegerField(default=0)
    inputs = models.PositiveIntegerField(help_text="how many inputs the scenario has")
    starts_at = models.DateTimeField(help_text="clock of the world")
    ends_at = models.DateTimeField(help_text="clock of the world")
    beat_at = models.DateTimeField(help_text="wall clock: when the player last looked; a gap is not played through")
    beat_world = models.DateTimeField(help_text="what the world's clock showed then")
    started_at = models.DateTimeField(help_text="wall clock")
    started_by_name = models.CharField(max_length=160)
    ended_at = models.DateTimeField(null=True, help_text="wall clock")

    class Meta(ScopedModel.Meta):
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(fields=["world"], name="replay_once_a_world"),
            models.UniqueConstraint(fields=["scope"], condition=~models.Q(state="ended"), name="replay_one_running"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state != self.State.ENDED


#: What a scenario may feed, in words.
KIND_LABELS = {
    "readings": _("读数"), "warning": _("预警"), "call": _("来电"), "note": _("来信"), "waterlogging": _("积水"),
    "shelter": _("安置"), "response": _("响应"), "incident": _("事件"),
}  # fmt: skip


class FedInput(models.Model):
    """One input of the scenario and what became of it. Its row commits together with its effects: fed once, or not at all."""

    class Outcome(models.TextChoices):
        DONE = "done", _("已送入")
        LEFT = "left", _("留给在线人员")
        WAITING = "waiting", _("条件未到，稍后再办")
        FAILED = "failed", _("没有办成")

    id = models.BigAutoField(primary_key=True)
    replay = models.ForeignKey(Replay, on_delete=models.CASCADE, related_name="fed")
    index = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    planned_at = models.DateTimeField()
    at = models.DateTimeField(help_text="clock of the world")
    tried_at = models.DateTimeField(help_text="clock of the world")
    outcome = models.CharField(max_length=10, choices=Outcome)
    said = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["replay", "index"]
        constraints = [models.UniqueConstraint(fields=["replay", "index"], name="input_fed_once")]

    def __str__(self) -> str:
        return f"{self.index} {self.kind} {self.outcome}"

    @property
    def kind_label(self) -> str:
        """What kind of input it was, in words."""
        return str(KIND_LABELS.get(self.kind, self.kind))


class Presence(models.Model):
    """A signed-in person was seen in a world. Whoever was seen lately is not played by anybody."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey("places.Person", on_delete=models.CASCADE, related_name="+")
    world = models.ForeignKey("kernel.World", on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(help_text="wall clock")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "world"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.seen_at:%F %T}"
