"""The names in the top bar and on the home page come from the roster where one covers the time."""

from __future__ import annotations

from anlan.kernel.context import Context
from anlan.places.models import Person, Post
from anlan.places.queries import add_duty_source

from .queries import on_duty_near


def rostered(ctx: Context, path: str) -> list[tuple[Post, Person]]:
    """Posts of the duty room with who sits there by the roster, leader first; empty without a roster."""
    return [(o.post, o.person) for o in on_duty_near(ctx, path) if o.post is not None]


add_duty_source(rostered)
