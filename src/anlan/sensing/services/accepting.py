"""Readings are accepted: the one door for rows from people and from the API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotAllowed
from anlan.kernel.exchanges import in_flight, sent
from anlan.kernel.scope import sees

from .. import store
from ..arrivals import arrived
from ..calibrating import calibrated
from ..feeding import FEED, bounds_of, settle_bounds
from ..models import Datastream, RejectedReading, Thing
from ..properties import properties as known_properties
from ..reading import BadReading, Reading, read_reading

MAX_BATCH = 20_000
MAX_REJECTED_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as they were given, by whom and from where."""

    ctx: Context
    rows: Sequence[Any]
    source: str = ""
    history: bool = False


def accept_readings(
    ctx: Context, readings: Iterable[Mapping[str, Any]], *, history: bool = False, source: str = ""
) -> dict[str, Any]:
    """Store readings ``{"station", "time", "value", "property"?: "rain_mm", "unit"?}``; the bad ones never hold up the good ones.

    `time` is ISO 8601 with offset (or an aware datetime) and ends the period; `value` None says missing. `history`: readings
    from before a replay began; they are stored without an announcement, so that nothing is raised for the past.

    Returns ``{"accepted": n, "duplicates": n, "corrected": n, "rejected": [{"index", "reason", "mend"}]}``; a corrected reading
    counts as accepted. The same reading twice is one. Raises BadInput when the batch is larger than 20,000 rows, NotAllowed
    when the actor may feed nothing at all.
    """
    batch = Batch(ctx, list(readings), source, history)
    check_batch(batch)
    return accept_together([batch])[0]


def check_batch(batch: Batch) -> None:
    """Raises BadInput or NotAllowed for what is refused as a whole."""
    if not batch.ctx.paths(FEED):
        raise NotAllowed(permission=FEED)
    if len(batch.rows) > MAX_BATCH:
        raise BadInput(
            _("一批有 %(n)d 条读数，最多 %(most)d 条") % {"n": len(batch.rows), "most": MAX_BATCH}, mend=_("请分批报送")
        )


@transaction.atomic
def accept_together(batches: Sequence[Batch]) -> list[dict[str, Any]]:
    """Several batches of one actor, world, source and kind as one journal entry, one after the other; an answer for each."""
    head = batches[0]
    ctx = head.ctx
    known = _Known(ctx, [row for batch in batches for row in batch.rows])
    judged = [_judge(batch.ctx, batch.rows, known) for batch in batches]
    oldest = min((store.micros(r.time) for own, _rejected in judged for r in own), default=None)
    if oldest is not None and settle_bounds(ctx, oldest):
        known.bounds = bounds_of(ctx)()
        judged = [_judge(batch.ctx, batch.rows, known) for batch in batches]
    good = [reading for own, _rejected in judged for reading in own]
    kept = store.keep(
        ctx, source=head.source, history=head.history, stream=np.array([r.stream.pk for r in good], np.int64),
        time_us=np.array([store.micros(r.time) for r in good], np.int64),
        value=np.array([np.nan if r.value is None else r.value for r in good], float),
    )  # fmt: skip
    if kept.entry is not None:
        arrived(ctx, kept.entry)
    answers, at = [], 0
    for batch, (own, rejected) in zip(batches, judged, strict=True):
        _keep_rejected(batch, rejected)
        outcome = kept.outcome[at : at + len(own)]
        at += len(own)
        answers.append(
            {
                "accepted": int((outcome != store.KNOWN).sum()), "duplicates": int((outcome == store.KNOWN).sum()),
                "corrected": int((outcome == store.AMENDED).sum()),
                "rejected": sorted(rejected, key=lambda r: r["index"]),
            }
        )  # fmt: skip
    return answers


class _Known:
    """What must be known of the stations that some rows name, looked up once: their scope, their datastreams, who may report."""

    def __init__(self, ctx: Context, rows: Sequence[Any]) -> None:
        codes = {str(r.get("station") or "").strip() for r in rows if isinstance(r, Mapping)}
        self.streams: dict[tuple[str, str], Datastream] = {}
        self.scopes: dict[str, str] = {}
        with in_flight():
            measured, bounds = _measured(codes), bounds_of(ctx)
        self.bounds = bounds()
        for thing, stream in measured():
            if sees(ctx, thing):
                self.streams[thing.code, stream.property] = stream
                self.scopes[thing.code] = thing.scope
        if silent := codes - self.scopes.keys():
            # Unknown ones, or stations that measure nothing: another reason is said.
            things = Thing.objects.visible_to(ctx).filter(pk__in=codes, retired=False)
            self.scopes |= dict(things.filter(pk__in=silent).values_list("pk", "scope"))


#: What is needed of stations and their datastreams, asked at every batch: as rows, judged by the one rule for a row at hand.
_MEASURED = """SELECT t.code, t.scope, t.shared_with, d.id, d.property, d.unit, d.least, d.most, d.interval_s, d.period_s, d.calibration
FROM sensing_thing t JOIN sensing_datastream d ON d.thing_id = t.code WHERE t.code = ANY(%s) AND NOT t.retired"""


def _measured(codes: Iterable[str]) -> Callable[[], list[tuple[Thing, Datastream]]]:
    return sent(_MEASURED, [sorted(codes)], _measured_of)


def _measured_of(row: tuple[Any, ...]) -> tuple[Thing, Datastream]:
    code, scope, shared_with, pk, name, unit, least, most, interval_s, period_s, calibration = row
    stream = Datastream(
        id=pk, thing_id=code, property=name, unit=unit, least=least, most=most, interval_s=interval_s, period_s=period_s,
        calibration=json.loads(calibration),
    )  # fmt: skip
    return Thing(code=code, scope=scope, shared_with=shared_with), stream


def _judge(ctx: Context, rows: Sequence[Any], known: _Known) -> tuple[list[Reading], list[dict[str, Any]]]:
    """Readings that may be stored, and the refused ones."""
    now = ctx.now()
    good: dict[tuple[int, Any], Reading] = {}
    rejected: list[dict[str, Any]] = []
    for index, row in enumerate(rows):
        try:
            reading = _read(ctx, index, row, known, now)
            twin = good.setdefault(reading.key, reading)
            if twin.value != reading.value:
                raise BadReading(
                    _("与本批第 %(n)d 条是同一站同一时刻，数值却不同") % {"n": twin.index + 1}, _("请核对后只报一个值")
                )
        except BadReading as bad:
            rejected.append({"index": index, "reason": bad.reason, "mend": bad.mend})
    return list(good.values()), rejected


def _read(ctx: Context, index: int, row: Any, known: _Known, now: Any) -> Reading:
    if not isinstance(row, Mapping):
        raise BadReading(_("这一条不是一组字段"), _("每条读数写成 {station, time, value}"))
    code = str(row.get("station") or "").strip()
    scope = known.scopes.get(code)
    if scope is None:
        raise BadReading(_("没有登记测站“%(code)s”") % {"code": code[:60]}, _("请核对站码，或先在基础库登记该站"))
    name = str(row.get("property") or "rain_mm").strip()
    observed = known_properties().get(name)
    stream = known.streams.get((code, observed.id)) if observed else None
    if stream is None:
        raise BadReading(
            _("测站“%(code)s”不测“%(name)s”") % {"code": code[:60], "name": name[:40]},
            _("请核对观测量，或先为该站登记"),
        )
    if not ctx.may(FEED, scope):
        raise BadReading(_("您的岗位不能报测站“%(code)s”的读数") % {"code": code[:60]}, _("请由该站的管理单位报送"))
    if not known.bounds.may_feed(code):
        raise BadReading(
            _("这个账号只报指定的测站，不能替测站“%(code)s”报数") % {"code": code[:60]},
            _("请用该站自己的账号报送，或请管理员核对账号与测站的对应"),
        )
    reading = read_reading(index, row, stream, now, calibrate=_calibrate if stream.calibration else None)
    if known.bounds.is_thinned(stream.property, reading.time):
        raise BadReading(
            _("时间“%(time)s”早于逐条读数的保存期") % {"time": str(row.get("time"))[:40]},
            _("这一时段只保存小时值，不能再补报单条读数"),
        )
    return reading


def _calibrate(value: float, time: Any, stream: Datastream) -> float:
    return float(calibrated(np.array([value]), np.array([store.micros(time)]), stream.calibration)[0])


def _keep_rejected(batch: Batch, rejected: Sequence[dict[str, Any]]) -> None:
    if not rejected:
        return
    ctx, rows = batch.ctx, batch.rows
    home = ctx.paths(FEED)[0]
    now = ctx.now()
    kept = []
    for bad in rejected[:MAX_REJECTED_KEPT]:
        row = rows[bad["index"]]
        text = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False, default=str)[:2000]
        station = str(row.get("station") or "")[:80] if isinstance(row, Mapping) else ""
        kept.append(
            RejectedReading(
                station=station, given={"row": text}, reason=bad["reason"][:200], mend=bad["mend"][:200], scope=home,
                source=(batch.source or ctx.actor.name)[:80], at=now, world_id=ctx.world,
            )
        )  # fmt: skip
    RejectedReading.everything.bulk_create(kept, batch_size=500)
