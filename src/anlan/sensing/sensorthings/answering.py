"""From an address to its answer: walks the steps, each seen only by whoever may see it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotFound

from .addresses import Address, Key
from .entities import ENTITIES, Entity, Link
from .finding import find, find_one, key_over
from .options import Options
from .rendering import Renderer, as_json, check_names, key_of, properties_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address leads: a row (`row`), or a set that `link` leads to from a row with `key`, or a property (`rest`)."""

    entity: Entity
    row: Any = None
    link: Link | None = None
    key: Any = None
    rest: tuple[str, ...] = ()


#: What a JSON answer is made of; text for a bare value; None for a property without a value.
Answer = dict[str, Any] | str | None


def walk(ctx: Context, address: Address) -> Place:
    """Raises NotFound for what does not exist or is not to be seen."""
    first, *others = address.steps
    if first.name not in ENTITIES:
        raise NotFound()
    place = _into(ctx, Place(ENTITIES[first.name]), first.key)
    for n, step in enumerate(others):
        if place.row is None:
            raise NotFound()
        link = place.entity.links.get(step.name)
        if link is None:
            rest = tuple(s.name for s in others[n:])
            if rest[0] not in (*place.entity.properties, "id") or any(s.key is not None for s in others[n:]):
                raise NotFound()
            return Place(place.entity, place.row, rest=rest)
        key = key_over(link, place.row)
        place = _into(ctx, Place(ENTITIES[link.target], link=link, key=key), step.key)
    return place


def _into(ctx: Context, place: Place, key: Key | None) -> Place:
    """The row of an id, or the one row that a link leads to; otherwise the set itself."""
    if key is not None:
        row = find_one(ctx, place.entity, key)
        if row is None or (place.link is not None and not _belongs(place, row)):
            raise NotFound()
        return Place(place.entity, row)
    if place.link is None or place.link.many:
        return place
    rows = find(ctx, place.entity, Options(), place.link, [place.key])[place.key].rows
    if not rows:
        raise NotFound()
    return Place(place.entity, rows[0])


def _belongs(place: Place, row: Any) -> bool:
    link = place.link
    assert link is not None
    if place.entity.set == "Observations":
        return bool(row.stream == place.key or row.thing == place.key)
    at = row
    for part in link.theirs.split("__"):
        at = getattr(at, f"{part}_id") if part == "current_of" else getattr(at, part)
    return bool(at == place.key)


def answer(ctx: Context, root: str, address: Address, options: Options, asked_at: str) -> Answer:
    """The content of an answer. `asked_at`: the address without its query, for the link to the next page."""
    place = walk(ctx, address)
    renderer = Renderer(ctx, root)
    if place.rest:
        return _property(place, address.value)
    if address.value:
        raise NotFound()
    if place.row is not None:
        if address.reference:
            return {"@iot.selfLink": renderer.link_to(place.entity, place.row)}
        return renderer.rows(place.entity, [place.row], options)[0]
    check_names(place.entity, options)
    if place.link is not None and place.key is None:
        return {"value": []}
    if options.table and place.entity.set != "Observations":
        raise BadInput(
            _("只有 Observations 能用 dataArray 格式，%(set)s 不能") % {"set": place.entity.set}, mend=_("请去掉 $resultFormat"),
            field="$resultFormat",
        )  # fmt: skip
    page = find(ctx, place.entity, options, place.link, [] if place.link is None else [place.key])[place.key]
    if address.reference:
        only = replace(options, select=("@iot.selfLink",), expand=(), table=False)
        return renderer.collection(place.entity, page, only, asked_at)
    return renderer.collection(place.entity, page, options, asked_at)


def _property(place: Place, bare: bool) -> Answer:
    found: Any = {"id": key_of(place.entity, place.row), **properties_of(place.entity, place.row)}
    for name in place.rest:
        if not isinstance(found, dict) or name not in found:
            if name in place.entity.properties:
                return None
            raise NotFound()
        found = found[name]
    if found is None:
        return None
    if bare:
        return found if isinstance(found, str) else as_json(found)
    return {place.rest[-1]: found}
