"""The roster of experts."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.command.models import ConsultationRule, ConsultationView, Expert
from anlan.kernel.context import Context
from anlan.kernel.ledgers import Field, Ledger, add_ledger
from anlan.warning.cap.hazards import hazards


def hazard_choices() -> tuple[tuple[str, str], ...]:
    return tuple((hazard.id, hazard.zh) for hazard in hazards())


def _check_rule(values: dict[str, Any]) -> list[tuple[str, Any]]:
    """A row says something that its occasion can use."""
    if values.get("off"):
        return []
    if values.get("occasion") == "warning":
        return [] if values.get("color") else [("color", gettext("请选从哪种颜色起会商"))]
    return [] if values.get("days_before") else [("days_before", gettext("请填提前几天，或勾选“本地不召集”"))]


def _answered(view: ConsultationView) -> str:
    """The state, with how long the answer took."""
    if view.answered_at is None:
        return str(view.state_label)
    minutes = round((view.answered_at - view.opened_at).total_seconds() / 60)
    return gettext("%(state)s，%(n)d 分钟答复") % {"state": view.state_label, "n": minutes}


def _asked(ctx: Context, row: Expert) -> list[dict[str, Any]]:
    views = (
        ConsultationView.objects.visible_to(ctx)
        .filter(expert=row)
        .select_related("consultation")
        .order_by("-opened_at")
    )
    items = [
        {
            "text": f"{v.consultation}{f'：{v.text[:120]}' if v.text else ''}",
            "url": v.get_absolute_url(),
            "state": _answered(v),
            "phase": "",
        }
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
    ),
    Ledger(
        key="command.consultation_rule", model=ConsultationRule, title=_("会商安排"), stage="command", order=76, name_field="code",
        ordering=("occasion", "code"), on_map=False, check=_check_rule,
        fields=[
            Field("code", search=True, fixed=True, listed=False), Field("occasion", filter=True),
            Field("days_before", minimum=0, maximum=30, help=_("节假日、重点时段前几天提出")),
            Field("hazard", filter=True, choices=hazard_choices(), help=_("留空为各种预警")), Field("color", filter=True),
            Field("off", filter=True), Field("source", listed=False),
        ],
        empty=_("没有本地安排时按平台建议：三天以上假期和重点时段前 3 天、橙色以上预警（建议值）。"),
    ),
)  # fmt: skip
