"""Drawing on the map of an incident: each verb keeps a version, tells the other seats, and can be taken back by who did it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.timezone import localtime

from anlan.command.models import Incident, PlotMark, PlotVersion
from anlan.events.command import PlottingChanged
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotFound
from anlan.kernel.wording import words as _

from .shapes import read_shape
from .symbols import Symbol, symbols

DRAW = "command.plotting.draw"
LABEL = 80
#: More signs than this nobody reads; the map of one incident is cleared up first.
MOST = 2000
Change = PlotVersion.Change


@dataclass(frozen=True)
class Drawn:
    """The mark as it stands now. `over`: who had changed it since the page that changed it saw it, and when; empty otherwise."""

    mark: PlotMark
    over: str = ""


def draw(ctx: Context, *, incident: Incident, symbol: str, geometry: Any, label: str = "") -> Drawn:
    """Put a sign on the map of an incident. `geometry`: GeoJSON. Raises BadInput, Conflict (the incident is over), NotAllowed."""
    sign, label = _sign(symbol), _label(label)
    shape = read_shape(sign.kind, geometry)
    with transaction.atomic():
        incident = _ready(ctx, incident)
        if PlotMark.objects.in_world(ctx).filter(incident=incident, removed_at=None).count() >= MOST:
            raise Conflict(_("这张图上已有 %(n)d 处标绘") % {"n": MOST}, mend=_("请先去掉不再需要的"))
        now = ctx.now()
        mark = PlotMark(
            incident=incident, symbol=sign.key, label=label, geometry=shape, drawn_at=now, drawn_by=ctx.actor.name,
            changed_at=now, changed_by=ctx.actor.name, changed_key=ctx.actor.key, scope=incident.scope,
            shared_with=incident.shared_with, world_id=ctx.world,
        )  # fmt: skip
        mark.save(force_insert=True)
        _keep(ctx, mark, Change.DRAWN)
    return Drawn(mark)


def redraw(
    ctx: Context,
    *,
    incident: Incident,
    mark: UUID,
    seen: int,
    geometry: Any = None,
    label: str | None = None,
    symbol: str = "",
) -> Drawn:
    """Change a mark; what is left out stays. `seen`: the version that the page had when it was changed.

    The last writer wins, and is told over whose change. Raises BadInput, Conflict (taken off meanwhile), NotFound, NotAllowed.
    """
    with transaction.atomic():
        incident = _ready(ctx, incident)
        found = _locked(ctx, incident, mark)
        if found.removed_at is not None:
            raise Conflict(
                _("这处标绘已被%(who)s于 %(at)s 去掉") % {"who": found.changed_by, "at": _clock(found.changed_at)},
                mend=_("还需要的，请重新画上"),
            )
        over = _told(found) if seen < found.version and found.changed_key != ctx.actor.key else ""
        sign = _sign(symbol or found.symbol)
        if geometry is not None:
            found.geometry = read_shape(sign.kind, geometry)
        elif sign.kind != _sign(found.symbol).kind:
            raise BadInput(_("换成另一类符号时要重新画"), field="symbol", mend=_("请换同一类的符号，或去掉后重画"))
        found.symbol = sign.key
        if label is not None:
            found.label = _label(label)
        _step(ctx, found, Change.CHANGED)
    return Drawn(found, over)


def remove(ctx: Context, *, incident: Incident, mark: UUID, seen: int = 0) -> Drawn:
    """Take a mark off the map; its versions stay. Taking off what is off already changes nothing. Raises NotFound, NotAllowed."""
    with transaction.atomic():
        incident = _ready(ctx, incident)
        found = _locked(ctx, incident, mark)
        if found.removed_at is not None:
            return Drawn(found)
        over = _told(found) if seen and seen < found.version and found.changed_key != ctx.actor.key else ""
        found.removed_at = ctx.now()
        _step(ctx, found, Change.REMOVED)
    return Drawn(found, over)


def undo(ctx: Context, *, incident: Incident) -> Drawn:
    """Take back the caller's own last change on this map, again and again back to the first.

    Raises Conflict when there is nothing to take back, or when somebody else has changed the mark since.
    """
    with transaction.atomic():
        incident = _ready(ctx, incident)
        mine = PlotVersion.objects.in_world(ctx).filter(mark__incident=incident, by_key=ctx.actor.key, undone=False)
        last = mine.exclude(change=Change.UNDONE).order_by("-pk").first()
        if last is None:
            raise Conflict(_("没有可以撤销的标绘"), mend=_("只能撤销自己画的、改的"))
        found = _locked(ctx, incident, last.mark_id)
        after = PlotVersion.objects.in_world(ctx).filter(mark=found, version__gt=last.version)
        if after.exclude(by_key=ctx.actor.key).exists():
            raise Conflict(
                _("之后%(who)s于 %(at)s 又改过这处标绘，不能撤销")
                % {"who": found.changed_by, "at": _clock(found.changed_at)},
                mend=_("请直接改动或去掉它"),
            )
        before = PlotVersion.objects.in_world(ctx).filter(mark=found, version=last.version - 1).first()
        last.undone = True
        last.save(update_fields=["undone"])
        if before is None or before.gone:
            found.removed_at = ctx.now()
        else:
            found.symbol, found.label, found.geometry = before.symbol, before.label, before.geometry
            found.removed_at = None
        _step(ctx, found, Change.UNDONE)
    return Drawn(found)


def marks_of(ctx: Context, incident: Incident, at: datetime | None = None) -> list[dict[str, Any]]:
    """What stands on the map now, or stood there at `at`, as GeoJSON features. `incident` is one that the caller sees."""
    if at is None:
        rows: Sequence[Any] = list(_of(ctx, incident).filter(removed_at=None).order_by("drawn_at", "pk"))
        return [feature(row) for row in rows]
    versions = (
        PlotVersion.objects.in_world(ctx)
        .filter(mark__incident__in=_seen(ctx, [incident.pk]), at__lte=at)
        .select_related("mark")
    )
    newest = versions.order_by("mark_id", "-version").distinct("mark_id")
    return [feature(v.mark, v) for v in newest if not v.gone]


def marks_on(ctx: Context, incidents: Sequence[Incident]) -> list[dict[str, Any]]:
    """What stands now on the maps of several incidents that the caller sees."""
    seen = _seen(ctx, [i.pk for i in incidents])
    rows = PlotMark.objects.in_world(ctx).filter(incident__in=seen, removed_at=None)
    return [feature(row) for row in rows.order_by("drawn_at", "pk")]


def mark_of(ctx: Context, incident: Incident, pk: UUID) -> PlotMark:
    """One mark, on the map or taken off. Raises NotFound."""
    found: PlotMark | None = _of(ctx, incident).filter(pk=pk).first()
    if found is None:
        raise NotFound()
    return found


def history_of(ctx: Context, mark: PlotMark) -> list[PlotVersion]:
    """Who drew what when, the newest first."""
    return list(PlotVersion.objects.in_world(ctx).filter(mark=mark).order_by("-version"))


def feature(mark: PlotMark, version: PlotVersion | None = None) -> dict[str, Any]:
    """A mark as a GeoJSON feature; `version` for how it was."""
    shown: Any = version or mark
    sign = symbols().get(shown.symbol)
    return {
        "type": "Feature", "id": str(mark.pk), "geometry": _geojson(shown.geometry),
        "properties": {
            "mark": str(mark.pk), "version": shown.version, "symbol": shown.symbol, "label": shown.label,
            "sign": sign.name if sign else shown.symbol, "kind": sign.kind if sign else "point", "code": sign.code if sign else "",
            "by": version.by if version else mark.changed_by,
            "at": (version.at if version else mark.changed_at).isoformat(),
            "gone": version.gone if version else mark.removed_at is not None,
        },
    }  # fmt: skip


def _of(ctx: Context, incident: Incident) -> Any:
    # Not by the mark's own audiences: whoever the incident was shared with later sees what was drawn before.
    return PlotMark.objects.in_world(ctx).filter(incident__in=_seen(ctx, [incident.pk]))


def _seen(ctx: Context, ids: Sequence[UUID]) -> Any:
    return Incident.objects.visible_to(ctx).filter(pk__in=ids).order_by().values("pk")


def _geojson(shape: Any) -> dict[str, Any]:
    return {"type": shape.geom_type, "coordinates": shape.coords}


def _ready(ctx: Context, incident: Incident) -> Incident:
    """The incident, held so that it cannot end meanwhile, while the caller may draw on its map."""
    found: Incident = Incident.objects.select_for_update(no_key=True).get_visible(ctx, pk=incident.pk)
    ctx.require(DRAW, found.scope)
    if not found.is_open:
        raise Conflict(_("事件已经结束，不能再标绘"), mend=_("要更正的，请先重新打开事件"))
    return found


def _locked(ctx: Context, incident: Incident, pk: UUID) -> PlotMark:
    found = PlotMark.objects.in_world(ctx).filter(incident=incident, pk=pk).select_for_update().first()
    if found is None:
        raise NotFound()
    mark: PlotMark = found
    mark.shared_with = incident.shared_with
    return mark


def _step(ctx: Context, mark: PlotMark, change: Change) -> None:
    mark.version += 1
    mark.changed_at, mark.changed_by, mark.changed_key = ctx.now(), ctx.actor.name, ctx.actor.key
    mark.save()
    _keep(ctx, mark, change)


def _keep(ctx: Context, mark: PlotMark, change: Change) -> None:
    gone = mark.removed_at is not None
    PlotVersion(
        mark=mark, version=mark.version, change=change, symbol=mark.symbol, label=mark.label, geometry=mark.geometry, gone=gone,
        at=mark.changed_at, by=mark.changed_by, by_key=mark.changed_key, scope=mark.scope, shared_with=mark.shared_with,
        world_id=mark.world_id,
    ).save(force_insert=True)  # fmt: skip
    auditing.record(
        ctx, action=f"command.plotting.{change.value}", label=_("标绘"), object_type="command.plotting", object_id=mark.pk,
        scope=mark.scope, data={"incident": str(mark.incident_id), "symbol": mark.symbol, "label": mark.label, "version": mark.version},
    )  # fmt: skip
    announce(
        ctx,
        PlottingChanged(
            incident=str(mark.incident_id), mark=str(mark.pk), revision=mark.version, change=change.value, by=ctx.actor.name
        ),
        scope=mark.scope, shared_with=mark.shared_with,
    )  # fmt: skip


def _sign(key: str) -> Symbol:
    found = symbols().get(key)
    if found is None:
        raise BadInput(
            _("没有这个符号：%(key)s") % {"key": str(key)[:40]}, field="symbol", mend=_("请从符号表中选一个")
        )
    return found


def _label(text: Any) -> str:
    label = " ".join(str(text or "").split())
    if "\x00" in label or len(label) > LABEL:
        raise BadInput(_("标注最多 %(n)d 个字") % {"n": LABEL}, field="label", mend=_("请写短些"))
    return label


def _told(mark: PlotMark) -> str:
    said = _("%(who)s已在 %(at)s 改过，现在以您的为准") % {"who": mark.changed_by, "at": _clock(mark.changed_at)}
    return said.shown()


def _clock(at: datetime) -> str:
    return f"{localtime(at):%H:%M:%S}"
