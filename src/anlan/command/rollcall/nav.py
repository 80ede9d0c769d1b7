"""The page of roll calls on the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.web.nav import NavItem, add_nav

from .queries import my_answers

add_nav(
    NavItem(
        "command.rollcall",
        "command",
        _("点名"),
        "rollcalls",
        permission="command.rollcall.answer",
        order=60,
        group="duty",
        rows=my_answers,
    )
)
