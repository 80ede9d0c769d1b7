"""What all registered things share: a code that is unique within its region, and a name."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ledgers import LedgerRow, PlacedRow


class Numbered(models.Model):
    code = models.CharField(_("编号"), max_length=60)
    name = models.CharField(_("名称"), max_length=120)

    class Meta:
        abstract = True
        # Retired rows keep their code; a successor may bear it.
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "code"],
                condition=models.Q(retired_at__isnull=True),
                name="%(app_label)s_%(class)s_code",
            )
        ]

    def __str__(self) -> str:
        return self.name


class RegisteredRow(Numbered, LedgerRow):
    class Meta(LedgerRow.Meta):
        abstract = True
        constraints = Numbered.Meta.constraints


class RegisteredPlace(Numbered, PlacedRow):
    class Meta(PlacedRow.Meta):
        abstract = True
        constraints = Numbered.Meta.constraints
