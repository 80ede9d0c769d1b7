"""What a role is called: ``{% load roles %}{{ state.owner|role }}``."""

from __future__ import annotations

from django import template

from anlan.kernel.scope_names import scope_names

register = template.Library()


@register.filter
def role(code: str) -> str:
    """The name of a role, or its code when nobody knows one; a role that the record itself names stays unsaid."""
    return "" if not code or code.startswith(".") else scope_names().role_label(code)
