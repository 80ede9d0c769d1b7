"""Reading the organisation of a place: its YAML file expanded into one plain row per organisation, post and person.

Pure: no database. The file's own head documents its form. Whatever does not fit together (a role nobody declared, a
parent or region that does not exist, a sign-in name given twice) is refused with the place and what is wrong.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from anlan.kernel.facts import Record, load_record

DATA = Path(__file__).parent
KINDS = ("government", "headquarters", "bureau", "street", "committee", "enterprise", "team")


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A division: 12-digit `code`, `level` province…village, `parent` code or ""."""

    code: str
    level: str
    name: str
    parent: str


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    code: str
    name: str
    short_name: str
    kind: str
    actor: str
    region: str
    parent: str


@dataclass(frozen=True, slots=True)
class PostRow:
    code: str
    name: str
    organisation: str
    region: str
    roles: tuple[str, ...]
    rank: int


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A sample person holding `post`; `phone` cannot be dialled and `email` cannot be delivered."""

    username: str
    name: str
    phone: str
    email: str
    post: str


@dataclass(frozen=True, slots=True)
class RungRow:
    """Rung `order` (from 0) of the contact ladder of `region`; `after_min` counts from the rung before."""

    region: str
    order: int
    post: str
    after_min: int


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything in one place's file, parents before children."""

    place: str
    organisations: tuple[OrganisationRow, ...]
    posts: tuple[PostRow, ...]
    people: tuple[PersonRow, ...]
    ladders: tuple[RungRow, ...]


@cache
def read_regions() -> dict[str, RegionRow]:
    """All shipped divisions by code, parents before children."""
    with (DATA / "regions.csv").open(encoding="utf-8", newline="") as lines:
        rows = [RegionRow(row["code"], row["level"], row["name"], row["parent"]) for row in csv.DictReader(lines)]
    return {row.code: row for row in rows}


@cache
def read_role_names() -> dict[str, str]:
    """Chinese name of each role and actor code of organisation.yaml."""
    root = load_record(DATA / "organisation.yaml")
    names = {actor.text("code"): actor.text("zh") for actor in root.records("actors", id_key="code")}
    names |= {role.text("id"): role.text("zh") for role in root.records("roles")}
    return names


@cache
def read_roster(name: str = "shijingshan") -> Roster:
    """The organisation in `<name>.yaml`. Raises FactError where the file does not fit together."""
    return expand_roster(DATA / f"{name}.yaml")


def expand_roster(path: Path) -> Roster:
    """The organisation in any file of that form. Raises FactError where it does not fit together."""
    return _Expansion(load_record(path)).roster()


class _Expansion:
    """Collects rows in the order of the file; the words of templates are filled in on the way."""

    def __init__(self, root: Record) -> None:
        self.root = root
        self.place = root.refer("place", read_regions(), "region")
        self.roles = {*read_role_names(), *root.raw("extra_roles", {})}
        self.person_format = root.text("person")
        self.phone_format = root.text("phone")
        self.email_format = root.text("email")
        self.organisations: dict[str, OrganisationRow] = {}
        self.posts: dict[str, PostRow] = {}
        self.people: dict[str, PersonRow] = {}
        self.ladders: list[RungRow] = []

    def roster(self) -> Roster:
        for item in self.root.records("organisations", id_key="code"):
            self.add_organisation(item, item.records("posts", "code"), {}, None)
        streets = {region.code: words for region, words in self.words_of("township")}
        missing = sorted(set(self.root.raw("streets")) ^ set(streets))
        if missing:
            raise self.root.error(
                f"must name exactly the streets of the place; differs in {', '.join(missing)}", "streets"
            )
        for level in ("township", "village"):
            template = self.root.record("templates").record(level)
            for region, words in self.words_of(level):
                self.add_organisation(
                    template.record("organisation"), template.records("posts", "code"), words, region.code
                )
        ladders = self.root.record("ladders")
        for level in ladders.data:
            for region, words in self.words_of(level):
                self.add_ladder(ladders.records(level, id_key=None), words, region.code)
        return Roster(
            self.place,
            tuple(self.organisations.values()),
            tuple(self.posts.values()),
            tuple(self.people.values()),
            tuple(self.ladders),
        )

    def words_of(self, level: str) -> Iterator[tuple[RegionRow, Mapping[str, str]]]:
        """The regions of a level in the place, each with the words that its templates may use."""
        streets: Mapping[str, Mapping[str, Any]] = self.root.raw("streets")
        for region in read_regions().values():
            if region.level != level or not (region.code == self.place or region.code.startswith(self.place[:6])):
                continue
            words = {"code": region.code, "name": region.name}
            if level == "township":
                key = streets.get(region.code, {}).get("key", "")
                words |= {"key": key, "street": key}
            elif level == "village":
                street = streets.get(region.parent, {})
                example = street.get("example") == region.name
                words |= {"key": street.get("key", "") if example else region.code[6:], "street": street.get("key", "")}
            yield region, words

    def add_organisation(self, item: Record, posts: list[Record], words: Mapping[str, str], region: str | None) -> None:
        code = self.fill(item, "code", words)
        parent = self.fill(item, "parent", words) if item.has("parent") else ""
        if code in self.organisations:
            raise item.error(f"organisation {code} is given twice")
        if parent and parent not in self.organisations:
            raise item.error(f"parent {parent} is not given before {code}")
        row = OrganisationRow(
            code,
            self.fill(item, "name", words),
            self.fill(item, "short", words),
            item.one_of("kind", KINDS),
            item.refer("actor", read_role_names(), "actor", ""),
            region or item.refer("region", read_regions(), "region", self.place),
            parent,
        )
        item.raw("posts", None)
        item.done()
        self.organisations[code] = row
        for post in posts:
            self.add_post(post, row, words)

    def add_post(self, item: Record, organisation: OrganisationRow, words: Mapping[str, str]) -> None:
        code = f"{organisation.code}.{item.text('code')}"
        roles = item.refer_all("roles", self.roles, "role")
        name = f"{organisation.short_name}{item.text('name')}"
        self.posts[code] = PostRow(code, name, organisation.code, organisation.region, roles, item.integer("rank"))
        office = organisation.short_name.removesuffix("（示例）")
        usernames = [self.filled(item, "people", text, words) for text in item.texts("people")]
        item.done()
        for number, username in enumerate(usernames, start=1):
            if username in self.people:
                raise item.error(f"sign-in name {username} is given twice")
            post_name = item.text("name") + (str(number) if len(usernames) > 1 else "")
            self.people[username] = PersonRow(
                username,
                self.person_format.format(organisation=office, post=post_name),
                self.phone_format.format(number=len(self.people) + 1),
                self.email_format.format(username=username),
                code,
            )

    def add_ladder(self, rungs: list[Record], words: Mapping[str, str], region: str) -> None:
        for order, item in enumerate(rungs):
            post = self.fill(item, "post", words)
            if post not in self.posts:
                raise item.error(f"post {post} does not exist")
            self.ladders.append(RungRow(region, order, post, item.integer("after_min", least=0)))

    def fill(self, item: Record, key: str, words: Mapping[str, str]) -> str:
        return self.filled(item, key, item.text(key), words)

    @staticmethod
    def filled(item: Record, key: str, text: str, words: Mapping[str, str]) -> str:
        try:
            return text.format(**words)
        except KeyError as wrong:
            raise item.error(f"knows no word {wrong}", key) from None
