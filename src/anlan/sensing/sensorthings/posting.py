"""Observations that are sent: singly, below a datastream, or as tables. All go through the one door of readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotFound
from anlan.sensing.models import Datastream
from anlan.sensing.services import accept_readings
from anlan.sensing.store import micros, moment

from .bodies import record
from .entities import ENTITIES
from .readings import Observed, one_reading

SOURCE = "sensorthings"
#: Of one request; the door of readings takes as many.
MOST_ROWS = 20_000
#: What of an observation may be sent. What the platform says itself is read over: it is the same for whoever sends it back.
SENT = {
    "phenomenonTime", "result", "resultTime", "resultQuality", "validTime", "parameters", "Datastream", "FeatureOfInterest", "id",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sent:
    """One observation as it was sent, and the id under which it is kept when it is taken."""

    stream: Datastream
    row: dict[str, Any]
    key: str


def streams_by_id(ctx: Context, ids: Sequence[Any]) -> dict[int, Datastream]:
    """Visible datastreams."""
    rows = ENTITIES["Datastreams"].rows
    assert rows is not None
    wanted = {i for i in ids if isinstance(i, int) and 0 < i < 2**63}
    return {s.pk: s for s in rows(ctx).filter(pk__in=wanted)}


def stream_id(given: Any) -> Any:
    """The id in ``{"@iot.id": 17}``, also when the number is sent as text."""
    found = record(given, "Datastream").get("@iot.id")
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 19:
        return int(found)
    return None if isinstance(found, bool) else found


def post_one(ctx: Context, body: Any, stream: Datastream | None = None) -> Observed:
    """Take one observation and give it back as it is kept. The same again is the same observation. Raises BadInput, NotFound."""
    fields = record(body)
    strange = [name for name in fields if name not in SENT and "@" not in name]
    if strange:
        raise BadInput(
            _("观测里没有“%(name)s”这一项") % {"name": str(strange[0])[:60]},
            mend=_("请核对名称，大小写要与标准一致"),
            field=str(strange[0])[:60],
        )
    if stream is None:
        if "Datastream" not in fields:
            raise BadInput(
                _("没有说明是哪个数据流"), mend=_('请写 "Datastream": {"@iot.id": 17} 的样子'), field="Datastream"
            )
        stream = streams_by_id(ctx, [stream_id(fields["Datastream"])]).get(stream_id(fields["Datastream"]))
    if stream is None:
        raise NotFound(_("没有这个数据流，或不在您的权限范围内"), field="Datastream")
    _check_feature(fields, stream)
    if "result" not in fields:
        raise BadInput(_("没有 result"), mend=_("知道缺测时写 null"), field="result")
    sent = _sent(ctx, stream, fields.get("phenomenonTime") or fields.get("resultTime"), fields["result"])
    said = accept_readings(ctx, [sent.row], source=SOURCE)
    if said["rejected"]:
        bad = said["rejected"][0]
        raise BadInput(bad["reason"], mend=bad["mend"], field="result")
    kept = one_reading(ctx, sent.key)
    if kept is None:
        raise NotFound()
    return kept


def post_tables(ctx: Context, body: Any) -> list[Sent | BadInput]:
    """Take tables of observations, row by row; for each what is kept, or why not. Raises BadInput for what is no table."""
    if not isinstance(body, list) or not body:
        raise BadInput(_("这里要一组表（JSON 数组）"), mend=_("每张表写 Datastream、components 和 dataArray"))
    rows: list[tuple[Any, Any, Any]] = []
    for table in body:
        rows += _rows_of(record(table))
        if len(rows) > MOST_ROWS:
            raise BadInput(_("一次最多报 %(most)d 条") % {"most": MOST_ROWS}, mend=_("请分批报送"), field="dataArray")
    streams = streams_by_id(ctx, [pk for pk, _time, _result in rows])
    found: list[Sent | BadInput] = []
    for pk, time, result in rows:
        stream = streams.get(pk)
        try:
            if stream is None:
                raise BadInput(
                    _("没有这个数据流，或不在您的权限范围内"), mend=_("请核对数据流的 @iot.id"), field="Datastream"
                )
            found.append(_sent(ctx, stream, time, result))
        except BadInput as bad:
            found.append(bad)
    taken = [n for n, one in enumerate(found) if isinstance(one, Sent)]
    said = accept_readings(ctx, [one.row for one in found if isinstance(one, Sent)], source=SOURCE)
    for refused in said["rejected"]:
        found[taken[refused["index"]]] = BadInput(refused["reason"], mend=refused["mend"])
    return found


def correct(ctx: Context, observed: Observed, body: dict[str, Any]) -> Observed:
    """Another result for an observation: what it was before is kept as well. Raises BadInput."""
    strange = [name for name in body if name != "result" and "@" not in name]
    if strange or "result" not in body:
        raise BadInput(
            _("观测只能订正 result"),
            mend=_("时间或数据流报错了，请按正确的时间另报一条"),
            field=str((strange or ["result"])[0])[:60],
        )
    if body["result"] is None and observed.value is not None:
        raise BadInput(_("已有读数的时刻不能改为缺测"), mend=_("请写订正后的数值"), field="result")
    stream = streams_by_id(ctx, [observed.stream])[observed.stream]
    row = {
        "station": stream.thing_id,
        "property": stream.property,
        "time": moment(observed.time_us).isoformat(),
        "value": body["result"],
    }
    said = accept_readings(ctx, [row], source=SOURCE)
    if said["rejected"]:
        raise BadInput(said["rejected"][0]["reason"], mend=said["rejected"][0]["mend"], field="result")
    return one_reading(ctx, observed.pk) or observed


def _rows_of(table: dict[str, Any]) -> list[tuple[Any, Any, Any]]:
    """Rows of one table: (datastream, time, result)."""
    names, rows = table.get("components"), table.get("dataArray")
    if not isinstance(names, list) or not isinstance(rows, list):
        raise BadInput(_("表里缺少 components 或 dataArray"), mend=_("两项都写成数组"), field="dataArray")
    if "result" not in names or not {"phenomenonTime", "resultTime"} & {n for n in names if isinstance(n, str)}:
        raise BadInput(_("components 里要有 phenomenonTime 和 result"), mend=_("请补上列名"), field="components")
    pk = stream_id(table.get("Datastream"))
    when = names.index("phenomenonTime" if "phenomenonTime" in names else "resultTime")
    what = names.index("result")
    for row in rows:
        if not isinstance(row, list) or len(row) != len(names):
            raise BadInput(
                _("dataArray 有一行与 components 的列数不同"),
                mend=_("每行 %(n)d 列") % {"n": len(names)},
                field="dataArray",
            )
    return [(pk, row[when], row[what]) for row in rows]


def _sent(ctx: Context, stream: Datastream, time: Any, result: Any) -> Sent:
    if time is None and not stream.period_s:
        time = ctx.now().isoformat()
    end = _end(time, stream)
    row = {"station": stream.thing_id, "property": stream.property, "time": end.isoformat(), "value": result}
    return Sent(stream, row, f"{stream.pk}-{micros(end)}")


def _end(time: Any, stream: Datastream) -> datetime:
    """The end of a phenomenonTime; of a period its length must be that of the datastream. Raises BadInput."""
    first, sign, last = str(time or "").partition("/")
    begin, end = _instant(first), _instant(last if sign else first)
    if sign and (end - begin) != timedelta(seconds=stream.period_s):
        raise BadInput(
            _("时段“%(time)s”的长度不对，应为 %(s)d 秒") % {"time": str(time)[:60], "s": stream.period_s},
            mend=_("请写这个数据流规定的时段，或只写时段终点"), field="phenomenonTime",
        )  # fmt: skip
    return end


def _instant(text: str) -> datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise BadInput(
            _("时间“%(time)s”认不出来，或没有时区") % {"time": text[:40]}, mend=_("请写成 2016-07-20T12:00:00+08:00 的样子"),
            field="phenomenonTime",
        )  # fmt: skip
    return found


def _check_feature(fields: dict[str, Any], stream: Datastream) -> None:
    given = fields.get("FeatureOfInterest")
    if given is not None and record(given, "FeatureOfInterest").get("@iot.id") != stream.thing_id:
        raise BadInput(
            _("观测对象就是测站本身，不能另外指定"), mend=_("请去掉 FeatureOfInterest；别处的观测请登记为另一个测站"),
            field="FeatureOfInterest",
        )  # fmt: skip
