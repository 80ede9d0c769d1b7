"""Briefs and day sheets on the rail."""

from django.utils.translation import gettext_lazy as _

from anlan.kernel.web.nav import NavItem, add_nav

from .queries import owed_lines

add_nav(
    NavItem(
        "command.briefs", "command", _("值班日报"), "briefs", permission="command.brief.view", order=70, group="duty"
    ),
    NavItem(
        "command.sheets",
        "command",
        _("每日调度"),
        "sheets",
        permission="command.day_sheet.fill",
        order=71,
        group="duty",
        rows=owed_lines,
    ),
)
