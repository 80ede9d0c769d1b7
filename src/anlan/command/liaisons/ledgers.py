"""The ledger from which the published list comes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.command.models import Liaison, LiaisonDoubt
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.ledgers import Field, Ledger, add_ledger
from anlan.kernel.telephone import clean_number


def _guard(ctx: Context, row: Liaison, verb: str) -> None:
    if verb in ("create", "change"):
        try:
            row.phone = clean_number(row.phone)
        except ValueError:
            raise BadInput(
                gettext("“%(text)s”不是电话号码") % {"text": row.phone[:40]},
                field="phone",
                mend=gettext("写成 010-68607000 的样子"),
            ) from None


def _doubts(ctx: Context, row: Liaison) -> list[dict[str, Any]]:
    rows = LiaisonDoubt.objects.visible_to(ctx).filter(liaison=row).order_by("-opened_at")[:20]
    items = [
        {"text": d.get_wrong_display(), "url": d.get_absolute_url(), "state": str(d.state_label), "phase": ""}
        for d in rows
    ]
    return [{"title": gettext("社会纠错"), "items": items or [{"text": gettext("没有"), "url": "", "state": ""}]}]


add_ledger(
    Ledger(
        key="command.liaison", model=Liaison, title=_("灾情报送联络员"), stage="command", order=75, guard=_guard, related=_doubts,
        name_field="area", ordering=("scope", "code"), on_map=False,
        fields=[
            Field("code", search=True, fixed=True), Field("area", search=True), Field("name", search=True), Field("duty"),
            Field("phone", search=True), Field("published", filter=True), Field("since", listed=False), Field("confirmed_on"),
        ],
        basis=_("灾情报送联络员名册向社会公布，接受监督"),
        empty=_("录入或用表格导入后，勾选“公示”的联络员就出现在不用登录的公示页上。"),
    )
)  # fmt: skip
