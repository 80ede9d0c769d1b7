"""Public opinion on the rail."""

from django.utils.translation import gettext_lazy as _

from anlan.kernel.web.nav import NavItem, add_nav

from .queries import waiting_topics

add_nav(
    NavItem(
        "command.opinion",
        "command",
        _("舆情"),
        "opinion",
        permission="command.opinion.view",
        order=60,
        group="duty",
        rows=waiting_topics,
    )
)
