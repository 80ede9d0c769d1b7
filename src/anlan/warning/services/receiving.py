"""Taking in a message: read, judged, logged; accepted, recognised as a duplicate, or refused with everything that is wrong.

The platform receives, calls and passes on. There is no door here by which it could issue a meteorological signal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import Any

from django.utils.translation import override

from anlan.kernel.context import Context
from anlan.kernel.errors import NotAllowed
from anlan.kernel.wording import kept, shown
from anlan.kernel.wording import words as _
from anlan.places.queries import region_at

from ..areas import Resolved, acting_scope, by_codes, by_names, with_shape, world_scope
from ..cap import china
from ..cap.compose import compose_cap
from ..cap.container import read_messages
from ..cap.faults import CapRefused
from ..cap.model import CapAlert
from ..cap.notice import WarningNotice
from ..cap.parse import CapReading
from ..models import Notice, WarningIntake
from ..shapes import GEOMETRY, shape_of
from ..signal_text import MAX_LENGTH, parse_signal_text
from .logging import RECEIVE, log_message
from .taking import already_received, end_named, take_notice

AHEAD = timedelta(minutes=15)
#: A text and a message of one warning are sent within this of each other.
SAME_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True)
class Reception:
    """What became of a message. `outcome`: accepted, duplicate, refused. `faults`: what is wrong, all of it at once.

    `notice` is the warning that it opened, or the one that it repeats or ended. `others`: further messages of an envelope.
    """

    outcome: str
    said: str
    intake: WarningIntake
    notice: Notice | None = None
    faults: tuple[dict[str, str], ...] = ()
    unknown_regions: tuple[str, ...] = ()
    others: tuple[Reception, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome,
            "message": self.said,
            "warning": str(self.notice.pk) if self.notice else None,
            "intake": str(self.intake.pk),
            "faults": list(self.faults),
            "unknown_regions": list(self.unknown_regions),
            "others": [o.as_dict() for o in self.others],
        }


def receive_cap(ctx: Context, data: bytes, source: str = "") -> Reception:
    """Take in a CAP message, or an envelope with several; each is judged by itself.

    Never raises for what is wrong with a message: the Reception says it and the log keeps it. Raises NotAllowed when the
    actor may take in no warnings at all.
    """
    _check_may(ctx)
    receptions = [_receive_reading(ctx, reading, data, source) for reading in read_messages(data, forgive=GEOMETRY)]
    first = next((r for r in receptions if r.outcome == "accepted"), receptions[0])
    return replace(first, others=tuple(r for r in receptions if r is not first))


def receive_text(ctx: Context, text: str, source: str = "") -> Reception:
    """Take in the plain text of a 预警信号, as it comes by fax or message. What the text does not say is named, not guessed."""
    _check_may(ctx)
    raw = text.encode("utf-8", "replace")
    if len(text) > MAX_LENGTH:
        return _refuse(
            ctx, raw, "text", source, [_fault("", "too_long", _("文字超过 2 万字"), _("请只粘贴预警信号本身"))]
        )
    read = parse_signal_text(text, now=ctx.now(), issuer_place=_own_name(ctx))
    if read.status == "Actual" and "模拟" in text:
        read = replace(read, status="Exercise")
    needed = ["issuer", "hazard", "action", *([] if read.action == "解除" else ["colour"])]
    faults = [
        _fault(name, f"{name}_unknown", read.unknown[name], _("请补全文字后再录入，或向发布单位核实"))
        for name in needed
        if name in read.unknown
    ]
    if faults:
        return _refuse(ctx, raw, "text", source, faults, read)
    sent = (read.sent or ctx.now()).replace(microsecond=0)
    read = replace(read, sent=sent, effective=read.effective or sent, sender=read.issuer)
    where = with_shape(by_names(read.area_names, read.issuer or ""), shape_of((), ()))
    return _judge(ctx, read, where, raw, "text", source)


def _check_may(ctx: Context) -> None:
    if not ctx.paths(RECEIVE):
        raise NotAllowed(permission=RECEIVE)


def _own_name(ctx: Context) -> str | None:
    """Whose 市气象台 a text means when it does not say: the city or county of the desk that reads it."""
    path = world_scope(ctx) or next(iter(ctx.paths(RECEIVE)), "")
    first = region_at("/".join(path.split("/")[:1]) + "/") if path else None
    return first.name if first else None


def _receive_reading(ctx: Context, reading: CapReading, data: bytes, source: str) -> Reception:
    unsound = [n for n in reading.notices if n.code in GEOMETRY]
    if reading.alert is None:
        return _refuse(ctx, data, "cap", source, [e.as_dict() for e in (*reading.errors, *unsound)])
    alert = reading.alert
    read = china.to_warning(alert)
    codes = read.region_codes or tuple(
        g.value for i in alert.infos for a in i.areas for g in a.geocodes if g.value.strip().isdigit()
    )
    known = by_codes(codes)
    shape = shape_of(read.polygons, read.circles)
    if unsound and not known.regions:
        return _refuse(ctx, data, "cap", source, [e.as_dict() for e in unsound], read, known.unknown)
    where = with_shape(known, replace(shape, faults=tuple(unsound)))
    return _judge(ctx, read, where, data, "cap", source, alert)


def _judge(
    ctx: Context,
    read: WarningNotice,
    where: Resolved,
    raw: bytes,
    form: str,
    source: str,
    alert: CapAlert | None = None,
) -> Reception:
    """The rules that hold for both forms, then the taking itself."""
    faults = _wrong_world(ctx, read) + _wrong_time(ctx, read)
    if read.msg_type not in ("Alert", "Update", "Cancel"):
        words = _("这是 %(kind)s 报文，不是预警") % {"kind": read.msg_type or _("未写明类型的")}
        faults.append(_fault("/alert/msgType", "not_a_warning", words, _("只接收 Alert、Update、Cancel")))
    if faults:
        return _refuse(ctx, raw, form, source, faults, read)
    key = _key(read)
    before = already_received(ctx, read, key, form, SAME_MOMENT)
    if before is not None:
        return _repeat(ctx, before, read, raw, form, source, alert)
    if read.msg_type == "Cancel":
        return _lift(ctx, read, where, raw, form, source)
    if not where.regions:
        named = "、".join(where.unknown) or _("（没有写）")
        fault = _fault(
            "area", "region_unknown", _("影响区域 %(names)s 都不在本平台的行政区划内") % {"names": named},
            _("请核对区划码；若确属本地，请管理员先更新行政区划"),
        )  # fmt: skip
        outside = [d.as_dict() for d in where.notes]
        return _refuse(ctx, raw, form, source, outside or [fault], read, where.unknown)
    ctx.require(RECEIVE, acting_scope(ctx, where.regions))
    notice = take_notice(ctx, read, where, key)
    if notice is None:
        again = already_received(ctx, read, key, form, SAME_MOMENT)
        assert again is not None
        return _repeat(ctx, again, read, raw, form, source, alert)
    said = _("已接收：%(title)s") % {"title": notice.title}
    reasons = [
        _fault("area", "region_unknown", _("不认识的区划：%(names)s，已按认识的部分处理") % {"names": "、".join(where.unknown)}, "")
    ] if where.unknown else []  # fmt: skip
    reasons += [d.as_dict() for d in (*where.notes, *read.doubts)]
    intake = log_message(
        ctx, raw=raw, form=form, source=source, outcome="accepted", said=said, reasons=reasons, read=read, notice=notice
    )
    return Reception("accepted", said, intake, notice, tuple(reasons), where.unknown)


def _wrong_world(ctx: Context, read: WarningNotice) -> list[dict[str, str]]:
    if ctx.is_exercise and read.live:
        words, mend = _("这是实况预警，不能进入演练"), _("请返回实况后接收；演练用的报文应注明 Exercise、演练或模拟")
        return [_fault("/alert/status", "real_in_exercise", words, mend)]
    if not ctx.is_exercise and not read.live:
        words = _("这是演练或测试报文（%(status)s），不能进入实况") % {"status": read.status or ""}
        return [_fault("/alert/status", "exercise_in_reality", words, _("请进入演练后接收"))]
    if read.status in ("System", "Draft"):
        words = _("%(status)s 报文不是预警") % {"status": read.status}
        return [_fault("/alert/status", "not_public", words, _("请发送方用 Actual、Exercise 或 Test"))]
    return []


def _wrong_time(ctx: Context, read: WarningNotice) -> list[dict[str, str]]:
    now = ctx.now()
    found = []
    if read.sent is not None and read.sent > now + AHEAD:
        words = _("发布时间 %(time)s 在将来") % {"time": read.sent.isoformat()}
        found.append(_fault("/alert/sent", "sent_ahead", words, _("请核对报文的时间和时区")))
    if read.expires is not None and read.expires <= now and read.msg_type != "Cancel":
        words = _("这份预警已于 %(time)s 失效") % {"time": read.expires.isoformat()}
        found.append(_fault("/alert/info/expires", "expired", words, _("请向发布单位索取最新预警")))
    return found


def _repeat(
    ctx: Context, before: Notice | WarningIntake, read: WarningNotice, raw: bytes, form: str, source: str,
    alert: CapAlert | None,
) -> Reception:  # fmt: skip
    """The same message again is harmless and said; another message under the same identifier is refused."""
    notice = before if isinstance(before, Notice) else before.notice
    if alert is not None and _differs(ctx, alert):
        words = _("标识 %(id)s 已有另一份内容不同的报文") % {"id": read.identifier}
        fault = _fault("/alert/identifier", "identifier_reused", words, _("请发送方换一个标识重发"))
        return _refuse(ctx, raw, form, source, [fault], read)
    said = _("这份预警已经收到过，没有重复处理")
    intake = log_message(
        ctx, raw=raw, form=form, source=source, outcome="duplicate", said=said, read=read, notice=notice
    )
    return Reception("duplicate", said, intake, notice)


def _differs(ctx: Context, alert: CapAlert) -> bool:
    """Whether the first message taken under this identifier says something else. Spelling of the XML does not matter."""
    rows = WarningIntake.objects.in_world(ctx).filter(identifier=alert.identifier, form="cap", outcome="accepted")
    for row in rows.order_by("at"):
        for reading in read_messages(bytes(row.raw), forgive=GEOMETRY):
            if reading.alert is not None and reading.alert.key == alert.key:
                return _as_said(reading.alert) != _as_said(alert)
    return False


def _as_said(alert: CapAlert) -> bytes | CapAlert:
    """In canonical spelling; as it was read when an outline that is kept in spite of its faults cannot be written again."""
    try:
        return compose_cap(alert)
    except CapRefused:
        return alert


def _lift(ctx: Context, read: WarningNotice, where: Resolved, raw: bytes, form: str, source: str) -> Reception:
    """A Cancel ends what it names; when nothing of it stands, this is said and remembered for messages that come late."""
    ended = end_named(ctx, read, where)
    said = (
        _("已解除：%(names)s") % {"names": "、".join(n.title for n in ended)}
        if ended
        else _("没有对应的在效预警可解除")
    )
    notice = ended[0] if ended else None
    intake = log_message(
        ctx, raw=raw, form=form, source=source, outcome="accepted", said=said, read=read, notice=notice
    )
    return Reception("accepted", said, intake, notice, unknown_regions=where.unknown)


def _refuse(
    ctx: Context, raw: bytes, form: str, source: str, faults: list[dict[str, str]], read: WarningNotice | None = None,
    unknown: tuple[str, ...] = (),
) -> Reception:  # fmt: skip
    said = "；".join(f["message_zh"] for f in faults)
    intake = log_message(
        ctx, raw=raw, form=form, source=source, outcome="refused", said=said, reasons=faults, read=read
    )
    return Reception("refused", said, intake, None, tuple(faults), unknown)


def _fault(path: str, code: str, message: Any, mend: Any) -> dict[str, str]:
    """In the shape of the message reader's faults: both languages, whoever asked."""
    with override("en"):
        said, how = shown(message), shown(mend)
    return {
        "path": path, "code": code, "message_zh": str(kept(message)), "message_en": said, "mend_zh": str(kept(mend)), "mend_en": how,
        "level": "error",
    }  # fmt: skip


def _key(read: WarningNotice) -> str:
    assert read.sent is not None
    sent = read.sent.astimezone(UTC).isoformat()
    name = read.identifier or f"{read.hazard}:{read.colour}:{read.action}"
    return f"{read.sender}|{name}|{sent}"[:300]
