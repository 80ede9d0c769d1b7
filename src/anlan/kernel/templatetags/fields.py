"""What a form field shows at first."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.simple_tag
def first_shown(value: Any, field: Any) -> Any:
    """The given value, else the field's default, else nothing. 0 is a value; None and "" are not."""
    if value is not None and value != "":
        return value
    default = field.get("default") if isinstance(field, dict) else getattr(field, "default", None)
    return "" if default is None else default
