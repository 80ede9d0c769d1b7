"""The ledger of compensations as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from anlan.command.models import Compensation
from anlan.kernel.spreadsheet import Column, write_xlsx


def compensations_xlsx(rows: Iterable[Compensation], *, contact: Callable[[Compensation], bool], title: str) -> bytes:
    """`contact` says of each record whether its reader may see a resident's name in full."""
    columns = [
        Column("receipt", _("征用凭证")), Column("appeal", _("动员")), Column("owner", _("权利人")), Column("what", _("征用、使用的财产")),
        Column("amount", _("数量"), kind="int"), Column("unit", _("单位")), Column("used_from", _("使用起"), kind="datetime"),
        Column("used_to", _("使用止"), kind="datetime"), Column("condition", _("返还情况")), Column("damage", _("毁损、耗用情况")),
        Column("claimed", _("申报金额（元）"), kind="decimal"), Column("assessed", _("核定金额（元）"), kind="decimal"),
        Column("basis", _("核定依据")), Column("assessed_by", _("核定人")), Column("paid_at", _("支付时间"), kind="datetime"),
        Column("paper", _("支付凭证号")), Column("state", _("状态")),
    ]  # fmt: skip
    return write_xlsx(columns, [_row(one, contact(one)) for one in rows], title=title)


def _row(one: Compensation, contact: bool) -> dict[str, Any]:
    return {
        "receipt": one.receipt, "appeal": str(one.appeal),
        "owner": one.pledge.name if contact and one.organisation is None else one.pledge.masked_name, "what": one.what,
        "amount": one.amount, "unit": one.unit, "used_from": one.used_from, "used_to": one.used_to,
        "condition": condition_of(one.condition), "damage": one.damage, "claimed": _sum(one.claimed_fen),
        "assessed": _sum(one.assessed_fen), "basis": one.basis, "assessed_by": one.assessed_by, "paid_at": one.paid_at,
        "paper": one.paper, "state": str(one.state_label),
    }  # fmt: skip


def condition_of(code: str) -> str:
    from .loops import CONDITIONS

    return str(dict(CONDITIONS).get(code, ""))


def _sum(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(fen) / 100
