"""One report from a gateway into the queue of the desk: once, with its original, and what comes later to where it belongs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.gis.geos import Point
from django.core.files.base import ContentFile
from django.db import connection, transaction

from anlan.command import incoming as queue
from anlan.command import services
from anlan.command.models import Incident, Incoming, IncomingOriginal
from anlan.kernel import auditing
from anlan.kernel.context import Context, system
from anlan.kernel.errors import NotFound, Refused
from anlan.kernel.services.attachments import attach
from anlan.kernel.wording import words as _
from anlan.places.models import Region
from anlan.places.queries import region as region_of

from .formats import Report

#: A clock that is farther off than this is not believed; the report is.
OLDEST, AHEAD = timedelta(days=30), timedelta(minutes=10)
MOST_FILES = 20
#: How exact the position of an alarm is taken to be where the other side does not say (platform default).
ACCURACY_M = 100
#: Without a number of its own the same words are a repeat for so long; later they are a report again.
REPEATED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Original:
    """What came, byte by byte; `files` are (name, bytes) that came with it. `digest`: of what was said, where the bytes change on
    the way (relays write into the head of a mail); without it that of the bytes.
    """

    body: bytes
    media_type: str
    files: Sequence[tuple[str, bytes]] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Delivered:
    """`outcome`: new, added (to the report or its incident), repeated."""

    incoming: Incoming
    outcome: str
    incident: Incident | None = None


def deliver(
    ctx: Context,
    *,
    gateway: str,
    report: Report,
    original: Original,
    scope: str,
    channel: str = Incoming.Channel.SYSTEM,
) -> Delivered:
    """Keep a report of `gateway` (token:<id>, mail, drop) for the desk of `scope`.

    The same number with the same content is known; without a number, the same content within the hour. New content under a known
    number is added: to the report while it waits, to the timeline of its incident once it is one; after that has ended it is a report
    of its own. One transaction.
    Raises BadInput (no text), TooLarge never (a file that cannot be kept is named in the report).
    """
    digest = original.digest or hashlib.sha256(original.body).hexdigest()
    with transaction.atomic():
        with connection.cursor() as cursor:
            key = f"delivery:{ctx.world}:{gateway}:{report.foreign_id}"
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        known_ones = IncomingOriginal.objects.in_world(ctx).filter(gateway=gateway).select_related("incoming")
        if report.numbered:
            number, known_ones = report.foreign_id, known_ones.filter(foreign_id=report.foreign_id)
        else:
            number = f"{report.foreign_id}.{ctx.now():%Y%m%d%H%M%S%f}"
            known_ones = known_ones.filter(digest=digest, at__gt=ctx.now() - REPEATED_WITHIN)
        earlier = list(known_ones.order_by("at", "id"))
        for known in earlier:
            if known.digest == digest:
                return Delivered(known.incoming, "repeated", known.incident)
        where, doubts = _where(ctx, report, scope)
        text = _text(report, [*report.doubts, *doubts])
        found = _added(ctx, earlier[-1].incoming, text, report) if earlier else None
        if found is None:
            found = Delivered(_received(ctx, report, text, where, scope, channel), "new")
        _keep_files(ctx, found, original.files)
        IncomingOriginal.objects.create(
            gateway=gateway, foreign_id=number, digest=digest, at=ctx.now(), incoming=found.incoming, incident=found.incident,
            outcome=found.outcome, media_type=original.media_type[:100], body=original.body, doubts=[*report.doubts, *doubts],
            scope=found.incoming.scope, shared_with=found.incoming.shared_with, world_id=ctx.world,
        )  # fmt: skip
    return found


def _received(
    ctx: Context, report: Report, text: str, where: Region | None, scope: str, channel: str
) -> Incoming:  # fmt: skip
    position = _position(report)
    # A report that a system sends is never turned away for the length of its sender's name; the original is kept.
    return queue.receive(
        ctx, text=text, source=report.source[:120], phone=report.phone[:40], channel=channel,
        scope=where.path if where else scope, region=where, position=position,
        accuracy_m=ACCURACY_M if position else None, happened_at=report.at if _believable(ctx, report) else None,
        facts=dict(report.facts),
    )  # fmt: skip


class _Taken(Exception):
    """Somebody took the report while we waited for it."""


def _added(ctx: Context, incoming: Incoming, text: str, report: Report) -> Delivered | None:
    """To the report that waits, or to the incident that it became; None when both are over."""
    with suppress(_Taken), transaction.atomic():
        return _added_to_waiting(ctx, incoming, text, report)
    # The report is not held any more: whoever joins reports holds the incident first.
    fresh: Incoming = Incoming.objects.in_world(ctx).get(pk=incoming.pk)
    incident = fresh.incident
    while incident is not None and incident.merged_into_id:
        incident = incident.merged_into
    if incident is None or not incident.is_open:
        return None
    position = _position(report)
    services.add_followup(
        system("gateway", world=ctx.world, cause=ctx.cause), incident, text=text, kind="system", facts=report.facts,
        source=report.source, position=position, accuracy_m=ACCURACY_M if position else None,
    )  # fmt: skip
    return Delivered(fresh, "added", incident)


def _added_to_waiting(ctx: Context, incoming: Incoming, text: str, report: Report) -> Delivered:
    fresh: Incoming = Incoming.objects.in_world(ctx).select_for_update(of=("self",)).get(pk=incoming.pk)
    if not fresh.is_open:
        raise _Taken
    fresh.text = _longer(fresh.text, f"\n{_('更新')}：{text}")
    fresh.facts = {**fresh.facts, **report.facts}
    position = _position(report)
    if position is not None:
        # What the other side says last is its best knowledge of its own alarm.
        fresh.position, fresh.accuracy_m = position, ACCURACY_M
    if fresh.happened_at is None and _believable(ctx, report):
        fresh.happened_at = report.at
    fresh.save(update_fields=["text", "facts", "position", "accuracy_m", "happened_at"])
    auditing.record(
        ctx, action=f"{Incoming.loop.key}.added", label=_("来报有更新"), object_type=Incoming.loop.key, object_id=fresh.pk,
        scope=fresh.scope, data={"text": text[:500], "facts": dict(report.facts), "at": [report.lon, report.lat] if position else None},
    )  # fmt: skip
    return Delivered(fresh, "added")


def _position(report: Report) -> Point | None:
    if report.lon is None or report.lat is None:
        return None
    return Point(report.lon, report.lat, srid=4326)


def _longer(text: str, more: str) -> str:
    """With what came last, whole: of a text that has grown too long the middle gives way, never the news."""
    more, gap = more[: queue.LONGEST // 2], str(_("……（全文见原件）"))
    room = queue.LONGEST - len(more)
    return (text if len(text) <= room else text[: room - len(gap)] + gap) + more


def _where(ctx: Context, report: Report, scope: str) -> tuple[Region | None, list[str]]:
    """The region that the report names, when it lies in the gateway's; else none, and the words that say so."""
    if not report.region:
        return None, []
    try:
        found = region_of(report.region)
    except NotFound:
        return None, [_("没有区划“%(code)s”") % {"code": report.region[:20]}]
    if not found.path.startswith(scope):
        return None, [_("“%(name)s”不在本接入单位的辖区") % {"name": found.full_name}]
    return found, []


def _believable(ctx: Context, report: Report) -> bool:
    return report.at is not None and -OLDEST <= report.at - ctx.now() <= AHEAD


def _text(report: Report, doubts: list[str]) -> str:
    """The words for the desk. What could not be used stands behind them, so that nobody has to open the original for it."""
    head = f"{_('对方系统已撤销该警情')}：{report.text}" if report.ended else report.text
    tail = f"（{_('未采用')}：{'；'.join(str(d) for d in doubts)}）" if doubts else ""
    room = queue.LONGEST - len(tail)
    if len(head) > room:
        more = str(_("……（全文见原件）"))
        head = head[: room - len(more)] + more
    return head + tail


def _keep_files(ctx: Context, found: Delivered, files: Sequence[tuple[str, bytes]]) -> None:
    left = [name for name, _content in files[MOST_FILES:]]
    kind, record = (Incident.loop.key, found.incident) if found.incident else (Incoming.loop.key, found.incoming)
    for name, content in files[:MOST_FILES]:
        try:
            with transaction.atomic():
                attach(
                    ctx, object_type=kind, object_id=record.pk, scope=record.scope, shared_with=record.shared_with,
                    file=ContentFile(content, name=name), name=name,
                )  # fmt: skip
        except Refused as fault:
            left.append(f"{name}（{fault}）")
    if left:
        auditing.record(
            ctx, action=f"{kind}.files_left", label=_("有附件没有收下"), object_type=kind, object_id=record.pk, scope=record.scope,
            data={"files": [str(name)[:200] for name in left]},
        )  # fmt: skip


def outcomes(given: Sequence[Delivered]) -> dict[str, Any]:
    """Counts by outcome."""
    return {name: sum(d.outcome == name for d in given) for name in ("new", "added", "repeated")}
