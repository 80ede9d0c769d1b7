"""What programs with an access token do here: deliver reports of their system to the duty desk."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from anlan.places.token_uses import READ, add_use

from .gateways import DELIVER

add_use(
    "command.deliver", _("推送警情和报告"), _("把 110、119、120 等系统的警情推到值班台，成为待接的来报；看不到平台里的内容"),
    permissions=[DELIVER], doors=[(["POST"], "/api/v1/command/gateways"), (READ, "/api/v1/command/gateways")],
)  # fmt: skip
