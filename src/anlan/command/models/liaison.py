"""Reporting liaisons, and what outsiders say is wrong about them."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from anlan.command.liaisons.loops import LIAISON_DOUBT, WRONG
from anlan.kernel.ledgers import LedgerRow
from anlan.kernel.loops import LoopRecord
from anlan.places.queries import lies_in


class Liaison(LedgerRow):
    """Who reports disasters for a place or a unit. Everything here is written to be published; a private number has no field."""

    view_permission = "command.liaison.view"

    code = models.CharField(_("编号"), max_length=40, unique=True)
    area = models.CharField(_("负责的村、社区或单位"), max_length=120)
    name = models.CharField(_("公示姓名"), max_length=60)
    duty = models.CharField(_("职务"), max_length=60, blank=True, default="")
    phone = models.CharField(_("公示电话"), max_length=40, help_text=_("值班或办公电话，会向社会公布；不要填个人手机"))
    published = models.BooleanField(_("公示"), default=True)
    since = models.DateField(_("任职日期"), null=True, blank=True)
    confirmed_on = models.DateField(_("核实日期"), null=True, blank=True)

    class Meta(LedgerRow.Meta):
        verbose_name = _("灾情报送联络员")

    def __str__(self) -> str:
        return f"{self.area} {self.name}"


class LiaisonDoubt(LoopRecord):
    """Somebody outside says that a published entry is wrong. `address_key` is a keyed digest of the sender's network address,
    kept to hold back floods; the address itself is not stored. `browser_key` is one of the browser behind it, empty where it keeps
    no cookie.
    """

    loop = LIAISON_DOUBT
    view_permission = "command.liaison.view"

    liaison = models.ForeignKey(Liaison, on_delete=models.PROTECT, related_name="doubts")
    wrong = models.CharField(max_length=10, choices=WRONG)
    text = models.CharField(max_length=300, blank=True, default="")
    contact = models.CharField(max_length=60, blank=True, default="")
    address_key = models.CharField(max_length=40, db_index=True)
    browser_key = models.CharField(max_length=40, blank=True, default="")

    class Meta(LoopRecord.Meta):
        verbose_name = _("联络员纠错")

    def __str__(self) -> str:
        return f"{self.liaison}：{self.get_wrong_display()}"

    def get_absolute_url(self) -> str:
        return reverse("loop-record", args=[self.loop.key, self.pk])

    @property
    def keeper(self) -> str:
        return keeper_of(self.scope)


def keeper_of(scope: str) -> str:
    """The role that looks after an entry: the street for what lies in it, the duty room for the rest."""
    return "town" if lies_in(scope, "township") else "duty_officer"
