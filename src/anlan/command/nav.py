"""Pages of the command room on the rail."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.utils.translation import gettext_lazy as _

from anlan.kernel.web.nav import NavItem, add_nav

from .incoming import waiting
from .queries.incidents import open_incidents

add_nav(
    NavItem("command.reports", "command", _("信息报送"), "reports", permission="command.report.view", order=25),
    NavItem("command.desk", "command", _("值班台"), "desk", permission="command.incident.open", order=10, rows=waiting),
    NavItem(
        "command.incidents",
        "command",
        _("事件"),
        "incidents",
        permission="command.incident.view",
        order=20,
        rows=open_incidents,
    ),
)
if find_spec("anlan.command.responses.nav") is not None:
    import_module("anlan.command.responses.nav")
import_module("anlan.command.rollcall.nav")
import_module("anlan.command.gateways.nav")
import_module("anlan.command.circulars.nav")
import_module("anlan.command.dutychecks.nav")
import_module("anlan.command.opinion.nav")
import_module("anlan.command.briefs.nav")
import_module("anlan.command.headquarters.nav")
import_module("anlan.command.consultation.nav")
import_module("anlan.command.cooperation.nav")
import_module("anlan.command.whistle.nav")
import_module("anlan.command.mobilisation.nav")
import_module("anlan.command.meetings.nav")
