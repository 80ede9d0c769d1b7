from django.utils.translation import gettext_lazy as _

from anlan.kernel.web.nav import NavItem, add_nav

add_nav(
    NavItem("review.reports", "review", _("评估报告"), "after-action", "review.report.view", 20),
    NavItem("review.replays", "review", _("演练与回放"), "replays", "review.replay.view", 30),
)
