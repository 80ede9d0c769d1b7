"""The tables that rosters go by, which the bureau edits itself: days off and worked instead, key periods, who is away."""

from __future__ import annotations

from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from anlan.command.data.duty_rules import duty_rules
from anlan.command.models import DutyDay, KeyPeriod, Leave, RestRule
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.ledgers import Field, Ledger, add_ledger
from anlan.places.models import Holding


def _in_order(values: dict[str, Any]) -> list[tuple[str, Any]]:
    since, until = values.get("since"), values.get("until")
    return [("until", _("结束日期早于开始日期"))] if since and until and until < since else []


def _guard_leave(ctx: Context, row: Leave, verb: str) -> None:
    """Leave is entered where the person serves: nobody takes people of other places off their rosters."""
    held = Holding.objects.filter(Holding.now(), person=row.person, post__scope__startswith=row.scope)
    if verb in ("create", "change") and not held.exists():
        raise BadInput(
            _("“%(name)s”不在这个区划任职") % {"name": row.person.name},
            field="person",
            mend=_("请由其任职地区登记"),
        )


add_ledger(
    Ledger(
        key="command.duty_day", model=DutyDay, title=_("节假日和调休"), stage="command", order=60, identity=("scope", "day"),
        ordering=("-day",), basis=_("国务院办公厅每年的节假日安排；平台自带 2004—2026 年，本表优先"),
        fields=[
            Field("day", filter=True), Field("kind", filter=True), Field("name", search=True, aliases=("节日",)),
            Field("source", listed=False, search=True),
        ],
        empty=_("平台自带的安排有变化、或次年安排公布后，在这里逐日录入或用表格导入。"),
    ),
    Ledger(
        key="command.key_period", model=KeyPeriod, title=_("重点时段"), stage="command", order=61, identity=("scope", "name", "since"),
        ordering=("-since",), check=_in_order,
        fields=[Field("name", search=True), Field("since", filter=True), Field("until", filter=True), Field("source", search=True)],
        empty=_("录入后，这些天按重点时段模板排班（双带班、值班员加倍）。"),
    ),
    Ledger(
        key="command.leave", model=Leave, title=_("请假外出"), stage="command", order=62, identity=("person", "since"),
        name_field="note", ordering=("-since",), check=_in_order, guard=_guard_leave,
        fields=[
            Field("person", filter=True, found_by="username", help=_("填账号")), Field("since", filter=True), Field("until", filter=True),
            Field("kind", filter=True), Field("note", search=True),
        ],
        empty=_("请假、出差的人在这里登记，排班时自动避开。"),
    ),
    Ledger(
        key="command.rest_rule", model=RestRule, title=_("轮休规定"), stage="command", order=63,
        identity=("scope", "shift_hours", "since"), name_field="source", ordering=("-shift_hours", "-since"), check=_in_order,
        basis=format_lazy(
            _("平台建议值（班长→休息，小时）：{rules}"), rules="，".join(f"{r.shift_hours}→{r.rest_hours}" for r in duty_rules().rest)
        ),
        fields=[
            Field("shift_hours", unit=_("小时")), Field("rest_hours", unit=_("小时")), Field("source", search=True),
            Field("confidence", listed=False), Field("since", filter=True), "until",
        ],
        empty=_("没有录入时用平台建议值。本省、市、区对连续值班和轮休另有规定的在这里录入，排班时按最近一级的规定提示。"),
    ),
)  # fmt: skip
