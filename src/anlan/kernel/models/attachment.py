"""Photos, recordings and papers that prove something. Content lives in the store under its digest."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from anlan.kernel.ids import new_id
from anlan.kernel.scope import ScopedModel


class Attachment(ScopedModel):
    """One uploaded file as evidence of one object."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    object_type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField(help_text="bytes")
    taken_at = models.DateTimeField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    uploaded_by = models.CharField(max_length=80)
    uploaded_by_name = models.CharField(max_length=120, default="")
    uploaded_at = models.DateTimeField()
    labels = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    view_permission = "kernel.attachment.view"

    class Meta(ScopedModel.Meta):
        indexes = [*ScopedModel.Meta.indexes, models.Index(fields=["object_type", "object_id"])]

    def __str__(self) -> str:
        return self.name
