"""A spreadsheet that somebody brought in: previewed first, then taken over, always traceable."""

from __future__ import annotations

from django.db import models

from anlan.kernel.ids import new_id


class LedgerImport(models.Model):
    """One uploaded table of one ledger. The file lies in the attachment store under `digest`; only its uploader sees it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    ledger = models.CharField(max_length=80)
    digest = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    actor = models.CharField(max_length=80)
    actor_name = models.CharField(max_length=120)
    uploaded_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict, help_text="new, changed, unchanged, error")

    class Meta:
        indexes = [models.Index(fields=["ledger", "uploaded_at"])]

    def __str__(self) -> str:
        return f"{self.ledger} {self.name}"
