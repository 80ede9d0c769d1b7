"""What a region asks for on its day sheets instead of the shipped form."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from anlan.kernel.ledgers import LedgerRow


class SheetField(LedgerRow):
    """One figure or remark of a form. A region that has any for a form asks for these and for nothing of the shipped form; places
    below it that have none of their own ask for the same.
    """

    view_permission = "command.sheet_field.view"

    class Kind(models.TextChoices):
        INT = "int", _("整数")
        DECIMAL = "decimal", _("小数")
        TEXT = "text", _("文字")

    class Total(models.TextChoices):
        SUM = "sum", _("相加")
        MAX = "max", _("取最大")
        LIST = "list", _("逐条列出")
        NONE = "none", _("不汇总")

    form = models.CharField(_("调度表"), max_length=40)
    order = models.PositiveSmallIntegerField(_("次序"), default=10)
    label = models.CharField(_("填报项"), max_length=40)
    kind = models.CharField(_("填写"), max_length=8, choices=Kind, default=Kind.INT)
    unit = models.CharField(_("单位"), max_length=12, blank=True, default="")
    required = models.BooleanField(_("必填"), default=False)
    maximum = models.PositiveIntegerField(_("最大"), null=True, blank=True, validators=[MaxValueValidator(100_000_000)])
    total = models.CharField(_("汇总"), max_length=6, choices=Total, default=Total.SUM)

    class Meta(LedgerRow.Meta):
        constraints = [models.UniqueConstraint(fields=["scope", "form", "label"], name="sheet_field_once")]

    def __str__(self) -> str:
        return self.label
