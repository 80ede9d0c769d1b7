"""Units below the duty desk as it deals with them: the post that answers for a unit, who holds it, who leads the unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotAllowed
from anlan.kernel.wording import words as _
from anlan.places.queries import Organisation, Person, Post, holders_of_posts, lies_in, organisations

from .duty.queries import on_duty

#: Kinds of organisations that the district's duty room deals with; a street deals with its communities.
OF_DISTRICT = ("street", "bureau", "headquarters", "team")
OF_STREET = ("committee",)


@dataclass(frozen=True, slots=True)
class Unit:
    """`duty` answers for the unit (its first post by rank), `leader` is told when it does not; either may be missing.
    `rostered`: `people` are those on shift now, not all that hold the post."""

    organisation: Organisation
    duty: Post | None
    leader: Post | None
    people: tuple[Person, ...]
    rostered: bool = False

    @property
    def key(self) -> str:
        return str(self.organisation.key)

    @property
    def name(self) -> str:
        return str(self.organisation)

    @property
    def owner_keys(self) -> list[str]:
        """Who acts for the unit: whoever holds its duty post, and who is on its shift; with no post at all anybody of the unit."""
        posts = [self.duty.key] if self.duty else [self.key]
        return sorted({*posts, *(p.key for p in self.people)}) if self.rostered else posts

    @property
    def leader_keys(self) -> list[str]:
        return [self.leader.key] if self.leader else []


def units_of(rows: Iterable[Organisation]) -> list[Unit]:
    """The units of organisations, in three queries whatever their number."""
    rows = list(rows)
    posts: dict[str, list[Post]] = defaultdict(list)
    kept = Post.objects.filter(organisation__in=rows, retired_at__isnull=True).exclude(roles__contains=["admin"])
    for post in kept.order_by("rank", "code"):
        posts[post.organisation_id].append(post)
    first = {code: found[0] for code, found in posts.items()}
    held = holders_of_posts(p.code for p in first.values())
    return [
        Unit(
            organisation=row, duty=first.get(row.pk), leader=posts[row.pk][1] if len(posts[row.pk]) > 1 else None,
            people=tuple(held.get(first[row.pk].code, ())) if row.pk in first else (),
        )
        for row in rows
    ]  # fmt: skip


def on_shift(ctx: Context, units: Iterable[Unit]) -> list[Unit]:
    """The same units; where a street keeps a published roster, its people are those on shift now."""
    found = []
    for unit in units:
        seats = on_duty(ctx, unit.organisation.region) if unit.organisation.kind == "street" else []
        people = {seat.person.pk: seat.person for seat in seats if seat.role}
        found.append(replace(unit, people=tuple(people.values()), rostered=True) if people else unit)
    return found


def units_below(ctx: Context, permission: str) -> list[Organisation]:
    """Organisations that this person deals with under `permission`: of the district for the duty room, communities for a street."""
    found: dict[str, Organisation] = {}
    own = {key.removeprefix("org:") for key in ctx.keys if key.startswith("org:")}
    for path in ctx.paths(permission):
        kinds = OF_STREET if lies_in(path, "township") else OF_DISTRICT
        for row in organisations(path).filter(kind__in=kinds).order_by("kind", "code"):
            if row.pk not in own:
                found[row.pk] = row
    return list(found.values())


def chosen_units(ctx: Context, permission: str, codes: Iterable[str]) -> list[Unit]:
    """The units behind these codes. Raises BadInput naming those that are out of use, or not this person's to ask; NotAllowed."""
    if not ctx.paths(permission):
        raise NotAllowed(permission=permission)
    codes = list(dict.fromkeys(str(code) for code in codes))
    if not codes:
        raise BadInput(_("请至少选择一个单位"), field="organisations", mend=_("请从列出的单位中选择"))
    allowed = {row.pk: row for row in units_below(ctx, permission)}
    strange = [code for code in codes if code not in allowed]
    if strange:
        gone = {o.pk: o for o in Organisation.objects.filter(pk__in=strange, retired_at__isnull=False)}
        mine = [o for o in gone.values() if any(o.scope.startswith(p) for p in ctx.paths(permission))]
        if mine:
            named = "、".join(f"{o}（{o.retired_why}）" if o.retired_why else str(o) for o in mine)
            raise BadInput(
                _("这些单位已停用：%(names)s") % {"names": named}, field="organisations",
                mend=_("如已并入别的单位，请改选并入后的单位"),
            )  # fmt: skip
        raise BadInput(
            _("没有这些单位：%(codes)s") % {"codes": "、".join(strange[:5])},
            field="organisations",
            mend=_("请从列出的单位中选择"),
        )
    return units_of(allowed[code] for code in codes)


def units_within(path: str, codes: Iterable[str]) -> list[Organisation]:
    """The organisations in use on or below a path that these codes name, in their order. Raises BadInput naming those that are none."""
    codes = list(dict.fromkeys(codes))
    rows = Organisation.objects.filter(pk__in=codes, retired_at__isnull=True, scope__startswith=path)
    found = {o.pk: o for o in rows}
    strange = [c for c in codes if c not in found]
    if strange:
        raise BadInput(
            _("没有这些单位：%(codes)s") % {"codes": "、".join(strange[:5])},
            field="organisations",
            mend=_("请从列出的单位中选择"),
        )
    return [found[c] for c in codes]


def units_to_ask(paths: Iterable[str]) -> list[Organisation]:
    """Whom a consultation or meeting of these places may ask: bureaus, streets, headquarters and teams."""
    rows = [o for path in paths for o in organisations(path).filter(kind__in=OF_DISTRICT).order_by("kind", "code")]
    return list({o.pk: o for o in rows}.values())


def common_path(units: Sequence[Unit]) -> str:
    """The path that covers all of the units."""
    parts = zip(*(u.organisation.scope.split("/")[:-1] for u in units), strict=False)
    return "".join(f"{codes[0]}/" for codes in takewhile(lambda codes: len(set(codes)) == 1, parts))


def path_of_asking(ctx: Context, permission: str, units: Sequence[Unit]) -> str:
    """Where somebody asks these units from: the person's own place that covers them all. Raises NotAllowed."""
    below = common_path(units)
    ctx.require(permission, below)
    return next(path for path in ctx.paths(permission) if below.startswith(path))


def asking_street(ctx: Context, path: str) -> str:
    """The organisation code of the street in whose name is asked; empty for the district."""
    if not lies_in(path, "township"):
        return ""
    own = [key.removeprefix("org:") for key in sorted(ctx.keys) if key.startswith("org:")]
    found = Organisation.objects.filter(pk__in=own, scope=path, kind="street").first()
    return str(found.pk) if found else ""
