"""From what was picked, named or drawn to the organisations that an order reaches, each once; and who it does not reach."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.utils.timezone import localtime

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotAllowed
from anlan.kernel.layers.within import Area
from anlan.kernel.wording import words as _
from anlan.places.models import Holding, Post
from anlan.places.queries import Organisation, Person, holders_of_posts, organisations
from anlan.registry.models import Enterprise, Shelter, Team

from ...data.address_groups import ShippedGroup, shipped_groups
from ...models import AddressGroup, Task
from ..loops import TASK

#: Things of the base database that stand somewhere and belong to an organisation with posts on the platform.
PLACED = (Team, Enterprise, Shelter)
#: A region above these is never "in" a drawn area: its bureaus work for the whole district.
SMALL = ("township", "village")
MOST_UNITS = 2000


@dataclass(slots=True)
class Reached:
    """One organisation. `keys`: who answers there (the whole organisation, or the posts that were picked); `why` it is among
    them, in words; `people` who hold those posts now, empty when nobody does."""

    organisation: Organisation
    keys: list[str]
    why: list[str]
    people: list[Person] = field(default_factory=list)


@dataclass(slots=True)
class Reach:
    """`missing`: who was meant and has nobody to hear it; `notes`: where the order goes to somebody else than was thought."""

    units: list[Reached] = field(default_factory=list)
    missing: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def people(self) -> list[Person]:
        return list({p.pk: p for unit in self.units for p in unit.people}.values())


def reach_of(ctx: Context, *, asked: Iterable[str], area: Area | None = None) -> Reach:
    """Whom an order with these addresses reaches now.

    `asked`: ``org:<code>``, ``post:<code>`` or ``post:<code>@<person id>`` (picked while that person held it), ``group:<id>``
    (shipped or of the ledger). Raises BadInput naming addresses that are unknown or out of use, NotAllowed for others' places.
    """
    found, posts = _Found(ctx), _Picked()
    for address in dict.fromkeys(asked):
        kind, _sep, value = address.partition(":")
        if kind == "org":
            found.whole([value], str(_("单独选定")))
        elif kind == "post":
            posts.add(value)
        elif kind == "group":
            _add_group(ctx, found, posts, value)
        else:
            found.strange.append(address)
    if area is not None:
        found.rows(standing_in(ctx, area), str(_("在圈定范围内")))
    reach = found.resolved(posts)
    if len(reach.units) > MOST_UNITS:
        raise BadInput(
            _("一次最多下达给 %(n)d 个单位，现在是 %(now)d 个") % {"n": MOST_UNITS, "now": len(reach.units)},
            field="organisations", mend=_("请缩小范围，或分几次下达"),
        )  # fmt: skip
    return reach


class _Picked:
    """Posts by code, with the person who held each when it was picked and why it is among them."""

    def __init__(self) -> None:
        self.expected: dict[str, str] = {}
        self.why: dict[str, list[str]] = defaultdict(list)

    def add(self, value: str, why: str = "") -> None:
        code, _sep, person = value.partition("@")
        self.expected.setdefault(code, person)
        self.why[code].append(why or str(_("指定岗位")))


class _Found:
    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.why: dict[str, list[str]] = defaultdict(list)
        self.known: dict[str, Organisation] = {}
        self.strange: list[str] = []

    def whole(self, codes: Iterable[str], why: str) -> None:
        for code in codes:
            self.why[code].append(why)

    def rows(self, rows: Iterable[Organisation], why: str) -> None:
        for row in rows:
            self.known[row.pk] = row
            self.why[row.pk].append(why)

    def resolved(self, posts: _Picked) -> Reach:
        reach = Reach()
        asked = [code for code in self.why if code not in self.known]
        self.known |= Organisation.objects.select_related("region").in_bulk(asked)
        picked = {
            p.code: p
            for p in Post.objects.filter(code__in=posts.expected).select_related("organisation__region", "region")
        }
        self.strange += [c for c in self.why if c not in self.known] + [c for c in posts.expected if c not in picked]
        retired = [str(o) for c, o in self.known.items() if c in self.why and o.retired_at is not None]
        if self.strange or retired:
            said = _("没有这些单位：%(codes)s") if self.strange else _("这些单位已停用：%(codes)s")
            raise BadInput(
                said % {"codes": "、".join((self.strange or retired)[:5])}, field="organisations",
                mend=_("请从列出的单位中选择"),
            )  # fmt: skip
        units = {code: Reached(self.known[code], [self.known[code].key], why) for code, why in self.why.items()}
        self._add_posts(reach, units, posts, picked)
        for unit in units.values():
            if not any(self.ctx.holds(role, unit.organisation.region.path) for role in TASK.opened_by):
                raise NotAllowed(_("%(name)s不在您的调度范围") % {"name": unit.organisation})
        _fill_people(units.values())
        reach.units = sorted(units.values(), key=lambda u: (u.organisation.kind, u.organisation.pk))
        reach.missing += [
            {"name": str(u.organisation), "why": str(_("没有人在岗，消息送不到；请打值班电话"))}
            for u in reach.units
            if not u.people
        ]
        return reach

    def _add_posts(self, reach: Reach, units: dict[str, Reached], posts: _Picked, picked: dict[str, Post]) -> None:
        holders = holders_of_posts(picked)
        changed = _who_left(posts, holders)
        for code, post in picked.items():
            organisation = post.organisation
            now_held = holders.get(code, [])
            why = [f"{post.name}（{'、'.join(p.name for p in now_held) or _('无人在岗')}）", *posts.why[code]]
            key = post.key
            if code in changed:
                reach.notes.append(_told(post, changed[code], now_held))
            if not now_held:
                # Nobody would hear it: the whole organisation answers for its empty post.
                reach.missing.append(
                    {"name": f"{organisation}{post.name}", "why": str(_("岗位现在无人，改送该单位其他在岗人员"))}
                )
                key = organisation.key
            unit = units.get(organisation.pk)
            if unit is None:
                units[organisation.pk] = Reached(organisation, [key], why[:1])
            elif organisation.key not in unit.keys:
                unit.keys = [organisation.key] if key == organisation.key else sorted({*unit.keys, key})
                unit.why.append(why[0])


def _who_left(posts: _Picked, holders: dict[str, list[Person]]) -> dict[str, tuple[str, str]]:
    """{post: (who held it when it was picked, since when not)} for those relieved meanwhile."""
    gone = {
        code: person for code, person in posts.expected.items()
        if person and person not in {str(p.pk) for p in holders.get(code, [])}
    }  # fmt: skip
    wanted = {uuid.UUID(person) for person in gone.values() if _is_id(person)}
    ended = Holding.objects.filter(post__code__in=gone, person__in=wanted, until__lte=clock.real_now())
    left = {
        (h.post.code, str(h.person_id)): (h.person.name, f"{localtime(h.until):%m-%d %H:%M}")
        for h in ended.select_related("post", "person").order_by("until")
    }
    return {code: left[code, person] for code, person in gone.items() if (code, person) in left}


def _told(post: Post, left: tuple[str, str], holders: list[Person]) -> str:
    words = {
        "who": left[0],
        "at": left[1],
        "post": f"{post.organisation}{post.name}",
        "now": "、".join(p.name for p in holders),
    }
    if holders:
        return str(_("%(who)s已于 %(at)s 卸任%(post)s，指令送现任%(now)s") % words)
    return str(_("%(who)s已于 %(at)s 卸任%(post)s，现在无人接任") % words)


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _fill_people(units: Iterable[Reached]) -> None:
    """Who holds the posts behind the keys of each, in four queries whatever their number."""
    units = list(units)
    whole = {u.organisation.pk for u in units if u.organisation.key in u.keys}
    posts: dict[str, list[str]] = defaultdict(list)
    for code, organisation in Post.objects.filter(organisation__in=whole, retired_at__isnull=True).values_list(
        "code", "organisation_id"
    ):
        posts[organisation].append(code)
    for unit in units:
        if unit.organisation.pk not in whole:
            posts[unit.organisation.pk] = [key.removeprefix("post:") for key in unit.keys]
    held = holders_of_posts(code for codes in posts.values() for code in codes)
    for unit in units:
        found = {p.pk: p for code in posts[unit.organisation.pk] for p in held.get(code, ())}
        unit.people = list(found.values())


def _add_group(ctx: Context, found: _Found, posts: _Picked, value: str) -> None:
    shipped = next((g for g in shipped_groups() if g.id == value), None)
    if shipped is not None:
        rows, codes = members_of(ctx, shipped)
        found.rows(rows, shipped.name)
        for code in codes:
            posts.add(code, shipped.name)
        return
    row = groups_of(ctx).filter(code=value).first()
    if row is None:
        found.strange.append(value)
        return
    known = set(Organisation.objects.filter(pk__in=row.codes).values_list("pk", flat=True))
    found.whole([c for c in row.codes if c in known], row.name)
    for code in row.codes:
        if code not in known:
            posts.add(code, row.name)


def groups_of(ctx: Context) -> QuerySet[AddressGroup]:
    """Groups of the ledger that are in use and that this person may address."""
    return AddressGroup.objects.visible_to(ctx).filter(retired_at__isnull=True).order_by("name")


def members_of(ctx: Context, group: ShippedGroup) -> tuple[list[Organisation], list[str]]:
    """(organisations, codes of posts) that a shipped group means for this person."""
    paths = order_paths(ctx)
    rows = {o.pk: o for path in paths for o in organisations(path).filter(kind__in=group.kinds)} if group.kinds else {}
    codes: list[str] = []
    if group.roles:
        reach = Q(pk__in=[])
        for path in paths:
            reach |= Q(region__path=path)
        found = Post.objects.filter(reach, roles__overlap=list(group.roles), retired_at__isnull=True)
        codes = list(found.order_by("organisation_id", "rank").values_list("code", flat=True))
    return list(rows.values()), codes


def order_paths(ctx: Context) -> list[str]:
    """Paths on which this person may give orders, none below another."""
    paths = sorted({g.path for g in ctx.grants if g.role in TASK.opened_by})
    return [p for p in paths if not any(p != q and p.startswith(q) for q in paths)]


def standing_in(ctx: Context, area: Area) -> list[Organisation]:
    """Organisations whose place touches the area: by the outline or the point of their street or village, by a post for such a
    region, by what stands in the area and belongs to them."""
    shape = area.shape
    touched = Q(region__outline__intersects=shape) | Q(region__outline__isnull=True, region__position__intersects=shape)
    touched &= Q(region__level__in=SMALL)
    ids = set(Organisation.objects.filter(touched).values_list("pk", flat=True))
    ids |= set(Post.objects.filter(touched, retired_at__isnull=True).values_list("organisation_id", flat=True))
    for model in PLACED:
        rows = model.objects.visible_to(ctx).filter(position__intersects=shape, organisation__isnull=False)
        ids |= set(rows.filter(retired_at__isnull=True).values_list("organisation_id", flat=True))
    mine = {o.pk: o for path in order_paths(ctx) for o in organisations(path).filter(pk__in=ids)}
    return list(mine.values())


def takers_instead(task: Task) -> list[Organisation]:
    """Who may take a task over: organisations of the same district that the same order did not reach already."""
    from anlan.places.queries import path_down_to

    rows = organisations(path_down_to(task.scope, "county")).exclude(kind__in=("committee", "enterprise"))
    taken = {task.organisation_id}
    others = Task.objects.unscoped("only which organisations have the same order already")
    if task.instruction_id:
        taken |= set(others.filter(instruction=task.instruction_id).values_list("organisation_id", flat=True))
    if task.response_id and task.card:
        running = others.filter(response=task.response_id, card=task.card, closed_at__isnull=True)
        taken |= set(running.values_list("organisation_id", flat=True))
    return list(rows.exclude(pk__in=taken).order_by("kind", "code"))
