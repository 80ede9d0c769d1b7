"""Consultations on the rail."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.web.nav import NavItem, add_nav
from anlan.kernel.web.offers import add_record_offer

from .queries import ABOUT, about_record, consultations
from .services import CONVENE


def _convene(ctx: Context, record: Any) -> tuple[str, str] | None:
    """On the page of a signal or a received warning: open the consultation about it, or call one."""
    there = about_record(ctx, record)
    if there is not None:
        return gettext("查看会商"), there.get_absolute_url()
    if not record.is_open or not ctx.paths(CONVENE):
        return None
    return gettext(
        "召集会商"
    ), f"{reverse('consultation-new')}?{urlencode({'about': f'{record.loop.key}:{record.pk}'})}"


def _open(ctx: Context) -> Any:
    return consultations(ctx).open()


add_nav(NavItem("command.consultations", "command", _("会商"), "consultations", order=32, rows=_open))
for _about in ABOUT:
    add_record_offer(_about, _convene)
