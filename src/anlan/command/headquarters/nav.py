"""Headquarters and scenes on the rail."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.nav import NavItem, add_nav

from .site_queries import site_posts


def _running(ctx: Context) -> Any:
    return site_posts(ctx).open()


add_nav(
    NavItem("command.site_posts", "command", _("现场指挥部"), "site-posts", order=33, rows=_running),
    NavItem("command.headquarters", "command", _("指挥机构"), "headquarters", permission="command.headquarters.view", order=34),
)  # fmt: skip
