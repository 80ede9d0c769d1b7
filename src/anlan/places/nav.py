"""Pages of places on the rail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.kernel.web.nav import NavItem, add_nav

from .directory.queries import my_checks

add_nav(
    NavItem("places.tokens", "system", _("接入令牌"), "tokens", permission="places.token.view", order=56),
    NavItem(
        "places.directory",
        "home",
        _("通讯录"),
        "directory",
        permission="places.directory.view",
        order=30,
        rows=my_checks,
    ),
    NavItem("places.me", "home", _("我的岗位"), "me", order=90),
    NavItem(
        "places.administration", "system", _("系统管理"), "admin:index", permission="places.person.change", order=90
    ),
)
