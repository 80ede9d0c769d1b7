"""The book of criteria changed: drafted cell by cell, tried on past data, released by a second person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict, NotFound, Refused
from anlan.kernel.loops import open_record, transition
from anlan.kernel.loops.evidence import accept
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.wording import words as _
from anlan.places.models import Region
from anlan.sensing.models import Thing

from ..book.bodies import BadBody, read_body, shipped_bodies
from ..book.composing import composed
from ..book.in_force import layer_from, versions_at
from ..book.table import add_beside, put_cells, remove, row_key
from ..book.trial import try_content
from ..models import CriteriaVersion

WORKED_ON = ("draft", "tried")
MOST_STATIONS = 2000
"""Stations that one version may have criteria of their own for."""
MOST_CRITERIA = 300
"""Criteria that a region may have of its own, and that ship and are changed there. Several times what the national books name."""
MOST_FORMS = 5000
"""Forms of criteria that hold at single stations, over all stations of one version."""


def open_draft(ctx: Context, *, region: Region) -> CriteriaVersion:
    """Begin a new version of a region's criteria from the one in force there. Raises Conflict when one is being worked on."""
    ctx.require("analysis.criteria.change", region.path)
    only_in_reality(ctx)
    with transaction.atomic():
        rows = (
            CriteriaVersion.objects.unscoped("versions are counted per region")
            .select_for_update()
            .filter(region=region)
        )
        last = rows.order_by("-number").first()
        if rows.filter(state__in=[*WORKED_ON, "submitted"]).exists():
            raise Conflict(_("这个地区已有一版判据正在修改"), mend=_("请打开那一版继续，或先作废它"))
        base = next((row for row in versions_at(ctx.now()) if row.region_id == region.pk), None)
        draft: CriteriaVersion = open_record(
            ctx, CriteriaVersion, scope=region.path, shared_with=[region.key], region=region,
            number=last.number + 1 if last else 1, based_on=base, content=deepcopy(base.content) if base else _empty(),
            editors=[ctx.actor.key], author=ctx.actor.name,
        )  # fmt: skip
    return draft


def edit_cells(
    ctx: Context, *, version: CriteriaVersion, rows: Sequence[Mapping[str, Any]]
) -> tuple[CriteriaVersion, list[dict[str, str]]]:
    """Put typed cells into a draft: ``[{"criterion", "level", "path", "cells": {column: text}, "station": ""}]``.

    Each row counts as a whole: what cannot be read is left as it was. Returns the draft and, for each refused row,
    ``{"key", "column", "message", "mend"}``.
    """
    with transaction.atomic():
        fresh = editable(ctx, version)
        content, problems = deepcopy(fresh.content), []
        for row in rows:
            name, station = str(row["criterion"]), str(row.get("station") or "")
            try:
                body = put_cells(body_of(content, name, station), str(row["level"]), str(row["path"]), row["cells"])
                read_body(body)
            except BadBody as bad:
                key = row_key(name, str(row["level"]), str(row["path"]), station)
                problems.append({"key": key, "column": bad.column, "message": str(bad), "mend": bad.mend})
                continue
            _put(content, name, station, body)
        return _keep(ctx, fresh, content), problems


def reshape(
    ctx: Context,
    *,
    version: CriteriaVersion,
    criterion: str,
    action: str,
    level: str = "",
    path: str = "",
    station: str = "",
) -> CriteriaVersion:
    """Change the rows of a criterion: ``any``/``all`` put a copy of the row beside it, ``remove`` takes it away, ``off`` takes
    the criterion out of force here, ``own`` gives a station its own form of it, ``reset`` goes back to what ships (of a station: to
    what the region has). Raises BadInput."""
    with transaction.atomic():
        fresh = editable(ctx, version)
        content = deepcopy(fresh.content)
        if action == "own":
            _give_own(fresh, content, criterion, station)
        elif action == "off":
            if station:
                raise BadInput(
                    _("只能对整个地区停用判据"), field="action", mend=_("单站请恢复为全区判据，或改它的阈值")
                )
            content["off"] = sorted({*content["off"], criterion})
            content["criteria"].pop(criterion, None)
        elif action == "reset":
            content["off"] = [name for name in content["off"] if name != criterion]
            (content["stations"].get(station, {}) if station else content["criteria"]).pop(criterion, None)
            content["stations"] = {code: own for code, own in content["stations"].items() if own}
        else:
            try:
                body = body_of(content, criterion, station)
                changed = remove(body, level, path) if action == "remove" else add_beside(body, level, path, action)
                read_body(changed)
            except BadBody as bad:
                raise _said(bad) from None
            _put(content, criterion, station, changed)
        return _keep(ctx, fresh, content)


def put_body(ctx: Context, *, version: CriteriaVersion, body: Mapping[str, Any], station: str = "") -> CriteriaVersion:
    """Put a whole criterion into a draft: one of the region's own, or another form of one that ships. Raises BadInput."""
    with transaction.atomic():
        fresh = editable(ctx, version)
        try:
            read_body(body)
        except BadBody as bad:
            raise _said(bad) from None
        content = deepcopy(fresh.content)
        _put(content, str(body["id"]), station, dict(body))
        return _keep(ctx, fresh, content)


def add_criterion(ctx: Context, *, version: CriteriaVersion, given: Mapping[str, str]) -> CriteriaVersion:
    """Put a new criterion of the region's own into a draft, from the fields of a form (`book.composing`). Raises BadInput."""
    fresh = editable(ctx, version, lock=False)
    try:
        body = composed(given)
    except BadBody as bad:
        raise _said(bad) from None
    if body["id"] in shipped_bodies() or body["id"] in fresh.content["criteria"]:
        raise BadInput(_("编号“%(id)s”已有了") % {"id": body["id"]}, field="id", mend=_("请换一个编号"))
    return put_body(ctx, version=version, body=body)


def try_draft(ctx: Context, *, version: CriteriaVersion, since: datetime, until: datetime) -> CriteriaVersion:
    """Try a draft on the readings kept between two instants, against what is in force, and keep what came out.

    It takes as long as the stations and the span ask for: pages and the API ask for it as a job (`services.trials`).
    """
    tried = editable(ctx, version, lock=False)
    return keep_trial(ctx, tried=tried, found=try_content(ctx, tried, since, until))


def keep_trial(ctx: Context, *, tried: CriteriaVersion, found: dict[str, Any]) -> CriteriaVersion:
    """Keep what came out of trying a version as it was read then. Raises Conflict when it was changed meanwhile."""
    with transaction.atomic():
        fresh = editable(ctx, tried)
        if fresh.content != tried.content:
            raise Conflict(_("试算的时候，这一版又改了"), mend=_("请改完后重新试算"))
        return transition(ctx, fresh, "try", trial=found, editors=_with(fresh, ctx))  # type: ignore[no-any-return]


@step_service("analysis.criteria", "submit")
def submit(ctx: Context, record: CriteriaVersion, evidence: dict[str, Any]) -> CriteriaVersion:
    """Hand a tried version in; why it was changed stands with it."""
    return transition(ctx, record, "submit", evidence=evidence, why=str(evidence.get("why") or "")[:500])  # type: ignore[no-any-return]


@step_service("analysis.criteria", "release")
def release(ctx: Context, record: CriteriaVersion, evidence: dict[str, Any]) -> CriteriaVersion:
    """Bring a version into force, now or at a later time, in the place of the one before it."""
    only_in_reality(ctx)
    now = ctx.now()
    asked = accept(record.loop.step("release"), dict(evidence), record).get("from")
    since = datetime.fromisoformat(asked) if isinstance(asked, str) else asked
    if since is not None and since < now:
        since = None if (now - since).total_seconds() < 60 else since
    if since is not None and since < now:
        raise BadInput(_("生效时间早于现在"), field="from", mend=_("不填即立即生效，或写一个以后的时间"))
    since = since or now
    with transaction.atomic():
        layer_from(record.content, record.scope)
        # What was to come into force later is replaced before it ever did.
        later = _released(record.region).filter(effective_from__gte=since, effective_from__gt=now)
        for planned in later.exclude(pk=record.pk):
            transition(_system(ctx), planned, "supersede", effective_until=planned.effective_from)
        released: CriteriaVersion = transition(
            ctx, record, "release", evidence=evidence, effective_from=since, released_by=ctx.actor.name
        )
        supersede_passed(ctx, region=record.region)
        return released


def supersede_passed(ctx: Context, *, region: Region | None = None) -> list[CriteriaVersion]:
    """End the versions (of a region, or all) that a later one has taken the place of. Until then the earlier one holds, so that a
    later one may still be withdrawn."""
    now, ended = ctx.now(), []
    with transaction.atomic():
        by_region: dict[Any, list[CriteriaVersion]] = {}
        for row in _released(region).filter(effective_from__lte=now).order_by("effective_from", "number"):
            by_region.setdefault(row.region_id, []).append(row)
        for rows in by_region.values():
            for before, after in pairwise(rows):
                ended.append(transition(_system(ctx), before, "supersede", effective_until=after.effective_from))
    return ended


def _released(region: Region | None) -> QuerySet[CriteriaVersion]:
    rows = CriteriaVersion.objects.unscoped("versions follow each other whoever may see them").select_for_update()
    return rows.filter(state="released", **({} if region is None else {"region": region}))


@step_service("analysis.criteria", "withdraw")
def withdraw(ctx: Context, record: CriteriaVersion, evidence: dict[str, Any]) -> CriteriaVersion:
    """Take a version out of force: the region goes back to what ships and what the regions above it have."""
    only_in_reality(ctx)
    until = max(ctx.now(), record.effective_from or ctx.now())
    return transition(ctx, record, "withdraw", evidence=evidence, effective_until=until)  # type: ignore[no-any-return]


def body_of(content: Mapping[str, Any], name: str, station: str = "") -> dict[str, Any]:
    """A criterion as a draft has it: the station's own, else the region's, else as it ships. Raises BadBody."""
    own = content["stations"].get(station, {}).get(name) if station else None
    found = own or content["criteria"].get(name) or shipped_bodies().get(name)
    if found is None:
        raise BadBody(name, "criterion", "没有这条判据", "请刷新后再改")
    return found  # type: ignore[no-any-return]


def _put(content: dict[str, Any], name: str, station: str, body: dict[str, Any]) -> None:
    content["off"] = [other for other in content["off"] if other != name]
    if station:
        if station not in content["stations"] and len(content["stations"]) >= MOST_STATIONS:
            raise Refused(_("单站判据最多 %(n)d 个测站") % {"n": MOST_STATIONS}, mend=_("请改用全区判据"))
        if sum(len(own) for own in content["stations"].values()) >= MOST_FORMS:
            raise Refused(_("单站判据合计最多 %(n)d 条") % {"n": MOST_FORMS}, mend=_("请改用全区判据"))
        content["stations"].setdefault(station, {})[name] = body
    elif body == shipped_bodies().get(name):
        content["criteria"].pop(name, None)
    else:
        if name not in content["criteria"] and len(content["criteria"]) >= MOST_CRITERIA:
            raise Refused(_("一版里本地的判据最多 %(n)d 条") % {"n": MOST_CRITERIA}, mend=_("请先恢复或删去用不着的"))
        content["criteria"][name] = body


def _give_own(version: CriteriaVersion, content: dict[str, Any], name: str, station: str) -> None:
    """A station's own form of a criterion, to begin with as the region has it."""
    inside = Thing.everything.filter(pk=station, retired=False, scope__startswith=version.scope).exists()
    if not station or not inside:
        raise BadInput(
            _("本地区没有编号为“%(code)s”的测站") % {"code": station[:60]}, field="station", mend=_("请从清单里选")
        )
    if name in content["stations"].get(station, {}):
        raise BadInput(_("这个测站已有自己的这条判据"), field="station", mend=_("请直接在表里改它的阈值"))
    try:
        body = body_of(content, name)
    except BadBody as bad:
        raise _said(bad) from None
    _put(content, name, station, deepcopy(body))


def _empty() -> dict[str, Any]:
    return {"criteria": {}, "off": [], "stations": {}}


def editable(ctx: Context, version: CriteriaVersion, *, lock: bool = True) -> CriteriaVersion:
    """The version as it is now, where the actor may work on it. Raises NotFound, NotAllowed, Conflict (handed in already)."""
    ctx.require("analysis.criteria.change", version.scope)
    only_in_reality(ctx)
    rows = CriteriaVersion.objects.visible_to(ctx).filter(pk=version.pk).select_related("region")
    fresh: CriteriaVersion | None = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if fresh is None:
        raise NotFound()
    if fresh.state not in WORKED_ON:
        raise Conflict(_("这一版已送审或已发布，不能再改"), mend=_("请退回后再改，或另起一版"))
    return fresh


def _keep(ctx: Context, fresh: CriteriaVersion, content: dict[str, Any]) -> CriteriaVersion:
    if content == fresh.content:
        return fresh
    return transition(ctx, fresh, "edit", content=content, trial={}, editors=_with(fresh, ctx))  # type: ignore[no-any-return]


def _with(version: CriteriaVersion, ctx: Context) -> list[str]:
    return sorted({*version.editors, ctx.actor.key})


def _said(bad: BadBody) -> BadInput:
    return BadInput(str(bad), field=bad.column, mend=bad.mend)


def _system(ctx: Context) -> Context:
    return system("criteria", world=ctx.world, cause=ctx.cause)


def only_in_reality(ctx: Context) -> None:
    if ctx.is_exercise:
        raise Refused(_("演练中不能改判据：判据在演练和实战中是同一套"), mend=_("请退出演练后再改"))
