"""``{% csrf_token %}`` of every template: the token, and with it the world of the page, so that no form can forget it."""

from __future__ import annotations

from django import template
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html

from anlan.kernel.web.drawn import PART, SEAL
from anlan.kernel.web.page_world import FIELD, world_of_page

register = template.Library()


class SealNode(CsrfTokenNode):
    def render(self, context: Context) -> str:
        if context.get(PART):
            return SEAL
        token, world = super().render(context), world_of_page(context)
        if not world:
            return token
        return format_html('{}<input type="hidden" name="{}" value="{}">', token, FIELD, world)


@register.tag
def csrf_token(parser: Parser, token: Token) -> SealNode:
    return SealNode()
