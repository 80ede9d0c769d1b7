"""Pages of decision on the rail."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.nav import NavItem, add_nav

from .queries import proposals
from .water import nav as water  # noqa: F401 (guides of water works)


def _waiting(ctx: Context) -> QuerySet[Any]:
    return proposals(ctx, state="waiting")


add_nav(
    NavItem(
        "decision.proposals",
        "decide",
        _("响应建议"),
        "proposals",
        permission="decision.proposal.view",
        order=10,
        rows=_waiting,
    ),
    NavItem("decision.facts", "decide", _("事实板"), "facts", permission="decision.fact.view", order=30),
    NavItem("decision.plans", "decide", _("数字预案"), "plans", permission="decision.plan.view", order=40),
    NavItem("decision.handbooks", "decide", _("行业手册"), "handbooks", permission="decision.plan.view", order=41),
    NavItem("decision.kind_cards", "decide", _("处置卡"), "kind-cards", permission="decision.plan.view", order=42),
    NavItem(
        "decision.filings", "decide", _("企业预案备案"), "plan-filings", permission="decision.filing.view", order=45
    ),
    NavItem(
        "decision.filings.own",
        "decide",
        _("企业预案备案"),
        "plan-filings",
        permission="decision.filing.hand_in",
        order=45,
    ),
)
