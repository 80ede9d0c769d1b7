from django.utils.translation import gettext_lazy as _

from anlan.kernel.web.nav import NavItem, add_nav

add_nav(
    NavItem("action.shelters", "act", _("安置与转移"), "shelters", "action.shelter.view", 20),
    NavItem("action.phone", "act", _("手机页"), "phone", order=80),
)
