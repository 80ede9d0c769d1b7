"""Readings are accepted as arrays: the door of gateways, which know the numbers of their datastreams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _
from numpy.typing import ArrayLike, NDArray

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotAllowed

from .. import store
from ..arrivals import arrived
from ..calibrating import calibrated
from ..feeding import FEED, bounds_of, settle_bounds
from ..models import RejectedReading
from ..reading import AHEAD, EARLIEST
from ..roll import Roll, roll

MAX_ARRAYS = 200_000
MAX_REJECTED_KEPT = 1000

#: By code: what is said about a refused reading, and how to mend it.
REASONS: dict[str, Callable[[], tuple[str, str]]] = {
    "unknown": lambda: (_("没有登记这个数据流，或不在您的权限范围内"), _("请核对数据流编号，或先在基础库登记测站")),
    "foreign": lambda: (_("您的岗位不能报这个测站的读数"), _("请由该站的管理单位报送")),
    "bound": lambda: (_("这个账号只报指定的测站，不能替别的测站报数"), _("请用该站自己的账号报送，或请管理员核对账号与测站的对应")),
    "future": lambda: (_("时间在将来"), _("请校准设备时钟；比现在晚 5 分钟以上的读数不收")),
    "early": lambda: (_("时间早于 1971 年"), _("设备时钟可能没有校过")),
    "period": lambda: (_("时间不在时段终点"), _("时段量的时间是时段终点，例如整点")),
    "thinned": lambda: (_("时间早于逐条读数的保存期"), _("这一时段只保存小时值，不能再补报单条读数")),
    "infinite": lambda: (_("数值不是有限的数字"), _("没有读数时请留空，不要填 0")),
    "range": lambda: (_("数值超出可信范围"), _("请核对仪器和单位")),
    "twin": lambda: (_("与本批前面一条是同一站同一时刻，数值却不同"), _("请核对后只报一个值")),
}  # fmt: skip


@transaction.atomic
def accept_arrays(
    ctx: Context, *, stream: ArrayLike, time_us: ArrayLike, value: ArrayLike, source: str = "", history: bool = False
) -> dict[str, Any]:
    """Store readings given as arrays of one length: datastream numbers, microseconds since 1970 UTC (ends of periods), values
    (NaN: known to be missing).

    Answers like `accept_readings`; a refused reading also bears its `code` (see `REASONS`). Of two different values for one time in
    one call the first is taken. Raises BadInput for arrays of different or too great length, NotAllowed when the actor may feed
    nothing at all.
    """
    streams, times, values = (np.asarray(a, d) for a, d in ((stream, np.int64), (time_us, np.int64), (value, float)))
    if not ctx.paths(FEED):
        raise NotAllowed(permission=FEED)
    if not (streams.shape == times.shape == values.shape) or streams.ndim != 1:
        raise BadInput(_("三列的长度不一样"), mend=_("请让数据流、时间、数值一一对应"))
    if len(streams) > MAX_ARRAYS:
        raise BadInput(
            _("一批有 %(n)d 条读数，最多 %(most)d 条") % {"n": len(streams), "most": MAX_ARRAYS}, mend=_("请分批报送")
        )
    known = roll(streams)
    values = _calibrated(known, streams, times, values)
    code = _judge(ctx, known, streams, times, values)
    if (code == "").any() and settle_bounds(ctx, int(times[code == ""].min())):
        code = _judge(ctx, known, streams, times, values)
    good = np.flatnonzero(code == "")
    kept = store.keep(
        ctx, stream=streams[good], time_us=times[good], value=values[good], source=source, history=history
    )
    if kept.entry is not None:
        arrived(ctx, kept.entry)
    rejected = _rejected(code)
    _keep_rejected(ctx, known, streams, times, values, rejected, source)
    return {
        "accepted": int((kept.outcome != store.KNOWN).sum()), "duplicates": int((kept.outcome == store.KNOWN).sum()),
        "corrected": int((kept.outcome == store.AMENDED).sum()), "rejected": rejected,
    }  # fmt: skip


def _judge(ctx: Context, known: Roll, stream: Any, time_us: Any, value: Any) -> NDArray[np.object_]:
    """The code of what is wrong with each reading, empty for nothing."""
    code = np.full(len(stream), "", dtype=object)
    place = known.places(stream)
    seen, fed = _allowed(ctx, known)

    def refuse(name: str, wrong: NDArray[np.bool_]) -> None:
        if wrong.any():
            code[wrong & (code == "")] = name

    there = place >= 0
    at = np.where(there, place, 0)
    if not len(known.thing):
        refuse("unknown", ~there)
        return code
    refuse("unknown", ~there | known.retired[at] | ~seen[known.audience[at]])
    refuse("foreign", ~fed[known.audience[at]])
    bounds = bounds_of(ctx)()
    if bounds.stations is not None:
        refuse("bound", ~np.isin(known.thing[at].astype(str), sorted(bounds.stations)))
    refuse("future", time_us > store.micros(ctx.now() + AHEAD))
    refuse("early", time_us < store.micros(EARLIEST))
    period = np.maximum(known.period_us[at], 1)
    refuse("period", time_us % period != 0)
    for name, before in bounds.thinned.items():
        refuse("thinned", (known.property[at] == name) & (time_us <= store.micros(before)))
    refuse("infinite", np.isinf(value))
    refuse("range", (value < known.least[at]) | (value > known.most[at]))
    refuse("twin", _twins(stream, time_us, value, code == ""))
    return code


def _allowed(ctx: Context, known: Roll) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """By audience: whether the actor sees it, and whether it may feed it."""
    views, feeds = ctx.paths("sensing.station.view"), ctx.paths(FEED)
    seen = [
        any(scope.startswith(p) for p in views) or bool(ctx.keys & set(shared)) for scope, shared in known.audiences
    ]
    fed = [any(scope.startswith(p) for p in feeds) for scope, _shared in known.audiences]
    return np.array(seen, bool), np.array(fed, bool)


def _twins(stream: Any, time_us: Any, value: Any, good: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Readings that contradict the first good one of their key in the same call."""
    wrong = np.zeros(len(stream), bool)
    places = np.flatnonzero(good)
    order = places[np.lexsort((time_us[places], stream[places]))]
    if len(order) < 2:
        return wrong
    again = np.append(False, (np.diff(stream[order]) == 0) & (np.diff(time_us[order]) == 0))
    if again.any():
        first = order[np.maximum.accumulate(np.where(again, 0, np.arange(len(order))))]
        a, b = value[order], value[first]
        wrong[order] = again & ~((a == b) | (np.isnan(a) & np.isnan(b)))
    return wrong


def _calibrated(known: Roll, stream: Any, time_us: Any, value: Any) -> Any:
    if not known.calibrated:
        return value
    value = value.copy()
    for pk in np.intersect1d(stream, np.fromiter(known.calibrated, np.int64)).tolist():
        own = stream == pk
        value[own] = calibrated(value[own], time_us[own], known.calibrated[pk])
    return value


def _rejected(code: NDArray[np.object_]) -> list[dict[str, Any]]:
    places = np.flatnonzero(code != "").tolist()
    said = {name: REASONS[name]() for name in {code[i] for i in places}}
    return [{"index": i, "code": code[i], "reason": said[code[i]][0], "mend": said[code[i]][1]} for i in places]


def _keep_rejected(
    ctx: Context, known: Roll, stream: Any, time_us: Any, value: Any, rejected: list[dict[str, Any]], source: str
) -> None:
    home, now = ctx.paths(FEED)[0], ctx.now()
    kept = []
    for bad in rejected[:MAX_REJECTED_KEPT]:
        i = bad["index"]
        place = int(known.places(stream[i : i + 1])[0])
        given = {"stream": int(stream[i]), "time_us": int(time_us[i]), "value": repr(float(value[i]))}
        kept.append(
            RejectedReading(
                station=known.thing[place] if place >= 0 else "", given=given, reason=bad["reason"][:200], mend=bad["mend"][:200],
                scope=home, source=(source or ctx.actor.name)[:80], at=now, world_id=ctx.world,
            )
        )  # fmt: skip
    RejectedReading.everything.bulk_create(kept, batch_size=500)
