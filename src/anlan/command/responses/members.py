"""From a plan's roles to the organisations that answer for them in a region."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from anlan.places.queries import (
    Organisation,
    Region,
    organisations,
    organisations_acting_as,
    posts_below,
    posts_with_role,
)

#: Kinds of organisations that are members of a headquarters when a plan says "members".
MEMBER_KINDS = ("bureau", "team", "enterprise")
MEMBERS = "members"
EVERY_STREET = ("street",)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Who a card goes to: the organisation, the audience keys its obligation rests on, the path that it belongs to."""

    organisation: Organisation
    owner_keys: tuple[str, ...]
    scope: str


class Roster:
    """Resolves roles in one region, each once."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self._known: dict[str, list[Assignment]] = {}

    def answering_for(self, role: str) -> list[Assignment]:
        """Organisations that act as `role`; failing that, the posts that carry it in each street, or nearest above. Empty: nobody."""
        if role not in self._known:
            self._known[role] = self._resolve(role)
        return self._known[role]

    def _resolve(self, role: str) -> list[Assignment]:
        if role == MEMBERS:
            rows = organisations(self.region.path).filter(region=self.region, kind__in=MEMBER_KINDS)
            return [self._whole(o) for o in rows.exclude(actor="").order_by("code")]
        found = organisations_acting_as(role, self.region.path)
        if found:
            return [self._whole(o) for o in sorted(found, key=lambda o: o.code)]
        in_streets = [p for p in posts_below(role, self.region.path) if p.organisation.kind in EVERY_STREET]
        posts = in_streets or posts_with_role(role, self.region.path)
        nearest = in_streets or [p for p in posts if p.region.path == posts[0].region.path]
        by_organisation: dict[str, list[str]] = {}
        for post in nearest:
            by_organisation.setdefault(post.organisation_id, []).append(post.key)
        whole = {p.organisation_id: p.organisation for p in nearest}
        paths = {p.organisation_id: p.region.path for p in nearest}
        return [
            Assignment(whole[code], tuple(sorted(keys)), self._path(paths[code]))
            for code, keys in sorted(by_organisation.items())
        ]

    def _whole(self, organisation: Organisation) -> Assignment:
        return Assignment(organisation, (organisation.key,), self._path(organisation.region.path))

    def _path(self, path: str) -> str:
        """Its own path inside the region, else the region's (an organisation above it works for it here)."""
        return path if path.startswith(self.region.path) else self.region.path


def keys_of(assignments: Iterable[Assignment]) -> list[str]:
    return sorted({a.organisation.key for a in assignments})
