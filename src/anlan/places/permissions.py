"""Which permissions a role carries: read from every room's ``data/permissions.yaml`` (permission → roles and @groups)."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import yaml
from django.apps import apps

_ROLES = Path(__file__).parent / "data" / "roles.yaml"


class BadPermissions(ValueError):
    """A permissions file names an unknown group or is not a mapping."""


@lru_cache(maxsize=1)
def role_groups() -> dict[str, frozenset[str]]:
    """Group name → role codes, nested groups resolved."""
    raw: dict[str, list[str]] = yaml.safe_load(_ROLES.read_text(encoding="utf-8"))["groups"]

    def members(name: str, trail: tuple[str, ...] = ()) -> set[str]:
        if name not in raw or name in trail:
            raise BadPermissions(f"role group @{name} is unknown or contains itself")
        found: set[str] = set()
        for entry in raw[name]:
            found |= members(entry[1:], (*trail, name)) if entry.startswith("@") else {entry}
        return found

    return {name: frozenset(members(name)) for name in raw}


@lru_cache(maxsize=1)
def permissions_by_role() -> dict[str, frozenset[str]]:
    """Role code → permissions, over all installed rooms."""
    table: dict[str, set[str]] = defaultdict(set)
    for app in apps.get_app_configs():
        file = Path(app.path) / "data" / "permissions.yaml"
        if app.name.startswith("anlan.") and file.exists():
            for permission, holders in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).items():
                for holder in holders:
                    for role in roles_named(holder):
                        table[role].add(permission)
    return {role: frozenset(found) for role, found in table.items()}


def roles_named(holder: str) -> frozenset[str]:
    """The roles behind ``role`` or ``@group``."""
    if not holder.startswith("@"):
        return frozenset({holder})
    try:
        return role_groups()[holder[1:]]
    except KeyError:
        raise BadPermissions(f"role group {holder} is unknown") from None
