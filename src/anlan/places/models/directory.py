"""That a unit looked at its own entry in the directory."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.loops import LoopRecord

from ..loops import DIRECTORY_CHECK


class DirectoryCheck(LoopRecord):
    """One unit's look at its entry in one month (`month` is its first day)."""

    loop = DIRECTORY_CHECK
    view_permission = "places.directory_check.view"

    organisation = models.ForeignKey("places.Organisation", on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    note = models.CharField(max_length=300, blank=True, default="")

    class Meta(LoopRecord.Meta):
        verbose_name = _("通讯录核实")
        constraints = [models.UniqueConstraint(fields=["organisation", "month"], name="directory_check_once")]

    def __str__(self) -> str:
        return str(_("核实通讯录（%(month)s）：%(unit)s") % {"month": f"{self.month:%Y-%m}", "unit": self.organisation})

    @property
    def phone_now(self) -> str:
        return str(self.organisation.duty_phone)
