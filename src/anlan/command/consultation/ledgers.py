"""The roster of experts."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.command.models import ConsultationView, Expert
from anlan.kernel.context import Context
from anlan.kernel.ledgers import Field, Ledger, add_ledger


def _asked(ctx: Context, row: Expert) -> list[dict[str, Any]]:
    views = (
        ConsultationView.objects.visible_to(ctx)
        .filter(expert=row)
        .select_related("consultation")
        .order_by("-opened_at")
    )
    items = [
        {"text": str(v.consultation), "url": v.get_absolute_url(), "state": str(v.state_label), "phase": ""}
        for v in views[:20]
    ]
    return [{"title": gettext("请过的会商"), "items": items or [{"text": gettext("没有"), "url": "", "state": ""}]}]


add_ledger(
    Ledger(
        key="command.expert", model=Expert, title=_("专家"), stage="command", order=72, ordering=("field", "code"), on_map=False,
        related=_asked,
        fields=[
            Field("code", search=True, fixed=True, listed=False), Field("name", search=True), Field("field", search=True),
            Field("title"), Field("unit", search=True), Field("phone", search=True),
            Field("person", listed=False, found_by="username", help=_("填账号，会商邀请直接发给本人；没有账号的由值班室电话联系")),
        ],
        empty=_("录入或用表格导入专家，召集会商时可以选请。"),
    )
)  # fmt: skip
