"""What a person in the field chooses from: a handful of kinds, the commonest of a district first."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _


def field_kinds() -> list[tuple[str, Any]]:
    """(code, label) of the choices on the phone's report form."""
    return [
        ("waterlogging", _("道路积水")),
        ("trapped", _("人员被困")),
        ("house", _("房屋险情")),
        ("slope", _("山体滑塌")),
        ("tree", _("树木倒伏")),
        ("power", _("断电断水断气")),
        ("fire", _("火情")),
        ("other", _("其他")),
    ]
