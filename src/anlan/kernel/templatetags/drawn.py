"""``{% drawn "room/row.html" row=row %}``: a part of a page that is drawn once for each content (`kernel.web.drawn`)."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString

from anlan.kernel.web import drawn as parts

from .page_world import SealNode

register = template.Library()


@register.simple_tag(takes_context=True)
def drawn(context: Context, name: str, **values: Any) -> SafeString:
    """The template `name`, which sees nothing but `values`."""
    html = parts.drawn(name, values)
    # A part of a part leaves it to the page.
    if parts.SEAL in html and not context.get(parts.PART):
        html = html.replace(parts.SEAL, _seal(context))
    return SafeString(html)


def _seal(context: Context) -> str:
    """The token and world of this page, drawn once for its request."""
    request: Any = context.get("request")
    if request is None:
        return SealNode().render(context)
    if (known := getattr(request, "page_seal", None)) is None:
        known = request.page_seal = SealNode().render(context)
    return str(known)
