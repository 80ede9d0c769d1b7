"""What was really done: shelters in use and people moved."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ids import new_id
from anlan.kernel.loops import LoopRecord
from anlan.kernel.scope import ScopedModel

from .loops import SHELTER_USE


class ShelterUse(LoopRecord):
    """A shelter opened in this world. `people`: the latest head count; None until somebody counted."""

    loop = SHELTER_USE
    view_permission = "action.shelter.view"

    shelter = models.ForeignKey("registry.Shelter", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    capacity = models.PositiveIntegerField(null=True, help_text="as registered when it was opened; null is unknown")
    people = models.PositiveIntegerField(null=True)
    counted_at = models.DateTimeField(null=True)
    opened_by_name = models.CharField(max_length=160, default="")

    class Meta(LoopRecord.Meta):
        verbose_name = _("启用的避难场所")
        constraints = [
            models.UniqueConstraint(
                fields=["world", "shelter"], condition=models.Q(closed_at__isnull=True), name="shelter_open_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_over_capacity(self) -> bool:
        return self.people is not None and self.capacity is not None and self.people > self.capacity


class HeadCount(ScopedModel):
    """One count of the people in a shelter. Never changed: a wrong one is followed by a right one."""

    view_permission = "action.shelter.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    use = models.ForeignKey(ShelterUse, on_delete=models.PROTECT, related_name="counts")
    at = models.DateTimeField()
    people = models.PositiveIntegerField()
    note = models.TextField(blank=True, default="")
    by_name = models.CharField(max_length=160)
    simulated = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.people}"


class Relocation(ScopedModel):
    """People moved out of a danger area: an entry of the roll, by number. `to_shelter` null: with relatives or elsewhere."""

    view_permission = "action.relocation.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    people = models.PositiveIntegerField()
    from_place = models.CharField(max_length=200)
    to_shelter = models.ForeignKey("registry.Shelter", on_delete=models.PROTECT, null=True, related_name="+")
    to_place = models.CharField(max_length=200, blank=True, default="")
    by_name = models.CharField(max_length=160)
    task = models.UUIDField(null=True, unique=True, help_text="the task it was reported with: counted once")
    simulated = models.BooleanField(default=False)

    class Meta(ScopedModel.Meta):
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["world", "at"])]

    def __str__(self) -> str:
        return f"{self.from_place} {self.people}"


class PhoneItem(models.Model):
    """An item that a phone sent, under the id that the phone made: the same id again gets the same answer and does nothing."""

    id = models.UUIDField(primary_key=True)
    person = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    world = models.ForeignKey("kernel.World", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(null=True, help_text="by the phone's own clock")
    received_at = models.DateTimeField()
    answer = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class PointCheck(ScopedModel):
    """A grid worker looked at a point on the ground (a risk site, a protected site, a shelter) and found it so."""

    view_permission = "action.check.view"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    ledger = models.CharField(max_length=40)
    row = models.CharField(max_length=64)
    name = models.CharField(max_length=160)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    by_name = models.CharField(max_length=160)
    simulated = models.BooleanField(default=False)

    class Meta(ScopedModel.Meta):
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["world", "ledger", "row", "-at"])]

    def __str__(self) -> str:
        return self.name
