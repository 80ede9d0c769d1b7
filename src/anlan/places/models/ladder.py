"""Whom to call for a region, one after another, until somebody answers."""

from __future__ import annotations

from django.db import models


class LadderRung(models.Model):
    """Rung `order` of the contact ladder of a region: the post that is called, `after_min` minutes past the rung before."""

    id = models.BigAutoField(primary_key=True)
    region = models.ForeignKey("places.Region", on_delete=models.CASCADE, related_name="ladder")
    order = models.PositiveSmallIntegerField()
    post = models.ForeignKey("places.Post", on_delete=models.PROTECT, related_name="+")
    after_min = models.PositiveSmallIntegerField(default=10)

    class Meta:
        ordering = ["region", "order"]
        constraints = [models.UniqueConstraint(fields=["region", "order"], name="ladder_order_once")]

    def __str__(self) -> str:
        return f"{self.region} {self.order} {self.post}"
