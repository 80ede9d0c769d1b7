"""Names of roles, as the organisation data has them."""

from __future__ import annotations

from anlan.places.data.roster import read_role_names


def role_names() -> dict[str, str]:
    return read_role_names()
