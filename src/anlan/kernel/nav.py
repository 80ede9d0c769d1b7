"""Pages of the shared machinery on the rail."""

from django.utils.translation import gettext_lazy as _

from .web.nav import NavItem, add_nav

add_nav(
    NavItem(key="kernel.home", stage="home", label=_("首页"), url_name="home", order=0),
    NavItem(key="kernel.map", stage="home", label=_("一张图"), url_name="map", order=20),
    NavItem(key="kernel.wall", stage="home", label=_("大屏"), url_name="wall", order=30),
    NavItem(key="kernel.loops", stage="system", label=_("闭环流程"), url_name="loops", order=60),
    NavItem(
        key="kernel.webhooks",
        stage="system",
        label=_("事件推送"),
        url_name="webhooks",
        permission="kernel.webhook.view",
        order=55,
    ),
)
