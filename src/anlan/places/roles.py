"""The roles that a post may carry, as a form offers them."""

from __future__ import annotations

from .permissions import role_groups
from .scope_names import RegionNames


def role_choices() -> tuple[tuple[str, str], ...]:
    """(code, name) of every role, in the order in which the groups of roles.yaml name them; the administrator last."""
    order = ("duty", "leaders", "headquarters", "street", "community", "departments")
    known = dict.fromkeys(role for group in order for role in sorted(role_groups()[group]))
    names = RegionNames()
    return tuple((role, names.role_label(role)) for role in (*known, "district_duty", "admin"))
