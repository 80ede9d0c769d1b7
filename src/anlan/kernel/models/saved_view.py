"""A person's own ways of looking at a ledger."""

from __future__ import annotations

from django.db import models

from anlan.kernel.ids import new_id


class SavedView(models.Model):
    """A named query of one ledger, kept by the person who made it (`person` is the actor key)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.CharField(max_length=80)
    ledger = models.CharField(max_length=80)
    title = models.CharField(max_length=40)
    query = models.CharField(max_length=1000, help_text="query string without the leading question mark")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "ledger", "title"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.title
