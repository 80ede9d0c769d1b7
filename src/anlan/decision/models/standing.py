"""Where a hazard's response stands in a region, as decided here."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from anlan.kernel.scope import ScopedModel

#: No response in force: below level IV.
NONE = 5


class Standing(ScopedModel):
    """`level_number` 1 (highest) … 4, or 5 while no response is in force.

    A person's word holds: until `quiet_until` the machine proposes nothing up to `ceiling` again; `calm_until` is the same
    for lowering and ending. `below_since`: since when the figures prove nothing as high as the level in force.
    """

    view_permission = "decision.fact.view"

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey("places.Region", on_delete=models.PROTECT, related_name="+")
    hazard = models.CharField(max_length=40)
    level_number = models.PositiveSmallIntegerField(default=NONE)
    since = models.DateTimeField()
    proposal = models.ForeignKey("decision.Proposal", on_delete=models.PROTECT, null=True, related_name="+")
    response = models.UUIDField(null=True, help_text="the response that command keeps")
    ceiling = models.PositiveSmallIntegerField(null=True)
    quiet_until = models.DateTimeField(null=True)
    calm_until = models.DateTimeField(null=True)
    below_since = models.DateTimeField(null=True)

    class Meta(ScopedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["world", "region", "hazard"], name="standing_once")]

    def __str__(self) -> str:
        return f"{self.hazard} {self.level_number}"

    @property
    def in_force(self) -> bool:
        return self.level_number < NONE

    def silenced(self, level_number: int, now: datetime) -> bool:
        """Whether a person has already said no (or less) to this level, and it is still quiet."""
        return bool(self.quiet_until and now < self.quiet_until and self.ceiling and level_number >= self.ceiling)
