"""The people of a replay: each post's holder as a labelled simulated actor, and how the scenario has that post behave."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from anlan.kernel import clock
from anlan.kernel.context import Actor, Context, system
from anlan.places.identity import contexts_of
from anlan.places.models import Person, Post
from anlan.places.queries import holders_of_posts, region

from ..presence import people_present, posts_held_by
from .scenario import Scenario


def director(world: uuid.UUID, *, cause: str = "") -> Context:
    """Whoever plays the outer world: gateways, the weather bureau, the telephone line. Always marked as simulated."""
    ctx = system("回放", world=world, cause=cause)
    return replace(ctx, actor=Actor(key="system:replay", name="回放（模拟）", simulated=True))


def moment(ctx: Context, at: datetime) -> Context:
    """The same context whose clock stands at `at`: what was due then is recorded as done then, however busy the machine was."""
    reading = clock.Reading(anchor_real=clock.real_now(), anchor_world=at, rate=0, world=ctx.world)
    return replace(ctx, reading=reading)


@dataclass
class Cast:
    """Who plays what in one world at this moment. Built anew for each look, so that a person who signs in takes over at once."""

    scenario: Scenario
    world: uuid.UUID
    present: set[str] = field(default_factory=set)
    _people: dict[str, Person | None] = field(default_factory=dict)
    _contexts: dict[str, Context | None] = field(default_factory=dict)

    @classmethod
    def of(cls, scenario: Scenario, world: uuid.UUID) -> Cast:
        return cls(scenario, world, posts_held_by(people_present(world)))

    def plays(self, post: str) -> bool:
        """Whether the post is played: nobody who holds it is present."""
        return post not in self.present

    def context(self, post: str) -> Context | None:
        """The simulated holder of the post; None when a present person holds it or nobody does."""
        if not self.plays(post):
            return None
        self.meet([post])
        return self._contexts[post]

    def meet(self, posts: Iterable[str]) -> None:
        """Make the contexts of all these posts ready in a few queries."""
        unknown = {post for post in posts if post not in self._contexts}
        if not unknown:
            return
        holders = {post: people[0] for post, people in holders_of_posts(unknown).items()}
        people = list({person.pk: person for person in holders.values()}.values())
        contexts = contexts_of(people, world=self.world, cause="replay", simulated=True)
        self._contexts |= {post: contexts[holders[post].pk] if post in holders else None for post in unknown}

    def turn(self, post: str, what: str, name: str) -> float | None:
        """Minutes from a list of the post's entry (``calls.answer_min``), taken in turn by the order of the matching posts."""
        entry = self.scenario.player(post)
        minutes = (entry or {}).get(what, {}).get(name)
        if not minutes or entry is None:
            return None
        return float(minutes[_places(self.scenario)[id(entry)].index(post) % len(minutes)])

    def behaviour(self, post: str, what: str) -> dict[str, Any]:
        return dict((self.scenario.player(post) or {}).get(what, {}))

    def task_player(self, organisation: str) -> str | None:
        """The post of an organisation that reacts to its tasks: the first in rank whose entry says how."""
        return next((p for p in _posts_of(organisation) if self.behaviour(p, "tasks")), None)


_PLACES: dict[str, dict[int, list[str]]] = {}
_POSTS: dict[str, list[str]] = {}


def _places(scenario: Scenario) -> dict[int, list[str]]:
    """Codes of the posts that each entry of `players` is first to match, in their order."""
    if scenario.id not in _PLACES:
        found: dict[int, list[str]] = {}
        for code in Post.objects.order_by("code").values_list("code", flat=True):
            entry = scenario.player(code)
            if entry is not None:
                found.setdefault(id(entry), []).append(code)
        _PLACES[scenario.id] = found
    return _PLACES[scenario.id]


def _posts_of(organisation: str) -> list[str]:
    if organisation not in _POSTS:
        _POSTS[organisation] = list(
            Post.objects.filter(organisation=organisation).order_by("rank", "code").values_list("code", flat=True)
        )
    return _POSTS[organisation]


def forget() -> None:
    """Posts were added or removed: read them again."""
    _PLACES.clear()
    _POSTS.clear()


@cache
def place_of_scenario(scenario_place: str) -> str:
    """The path of the place that a scenario is played in: what lies outside is nobody's to decide here."""
    return region(scenario_place).path


def place_of(post: str) -> tuple[str, str]:
    """(scope path, name) of a post, for whatever is said in its name."""
    found = Post.objects.select_related("region", "organisation").filter(code=post).first()
    return (found.region.path, f"{found.organisation}{found.name}") if found else ("", post)
