"""The ledger of what a bureau asks for on its day sheets."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.command.models import SheetField
from anlan.kernel.ledgers import Field, Ledger, add_ledger

from .data import sheet_forms


def check_field(values: dict[str, Any]) -> list[tuple[str, Any]]:
    """Words cannot be added up, and have no greatest value."""
    faults: list[tuple[str, Any]] = []
    if values.get("kind") == "text":
        if values.get("total") in ("sum", "max"):
            faults.append(("total", gettext("文字不能相加或取最大，请选逐条列出或不汇总")))
        if values.get("maximum") is not None:
            faults.append(("maximum", gettext("文字没有最大值，请留空")))
    return faults


add_ledger(
    Ledger(
        key="command.sheet_field", model=SheetField, title=_("调度表填报项"), stage="command", order=64,
        identity=("scope", "form", "label"), name_field="label", ordering=("form", "order", "label"), check=check_field,
        fields=[
            Field("form", filter=True, kind="choice", choices=tuple((f.id, f.title) for f in sheet_forms().values())),
            Field("order"), Field("label", search=True), "kind", "unit", "required", "maximum", "total",
        ],
        empty=_("没有录入时用平台建议的填报项。录入任何一项后，该表只问这里列出的各项；已发起的不变。"),
    )
)  # fmt: skip
