"""What a message changes: a warning is opened, replaces those it names or outranks, or ends them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction

from anlan.events.warning import WarningReceived
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.loops import open_record
from anlan.places.models import Region

from ..areas import Resolved, acting_scope, outline_of
from ..cap.faults import Fault
from ..cap.notice import WarningNotice
from ..loops import OPEN
from ..models import Notice, WarningIntake
from .ending import end_notice
from .receipts import ask_receipts


def already_received(
    ctx: Context, read: WarningNotice, key: str, form: str, near: timedelta
) -> Notice | WarningIntake | None:
    """The warning that this very message opened before, or the same warning received in the other form."""
    same = Notice.objects.in_world(ctx).filter(key=key).first()
    if same is not None:
        return same
    if read.msg_type == "Cancel" and read.identifier:
        rows = WarningIntake.objects.in_world(ctx).filter(identifier=read.identifier, outcome="accepted")
        return rows.filter(message_type="Cancel").select_related("notice").first()
    if read.msg_type == "Cancel" or not (read.hazard and read.colour and read.sent and read.issuer):
        return None
    twins = Notice.objects.in_world(ctx).filter(
        hazard=read.hazard, color=read.colour, issuer=read.issuer, sent_at__range=(read.sent - near, read.sent + near)
    )
    other = "text" if form == "cap" else "cap"
    return twins.filter(intakes__form=other).first()


def take_notice(ctx: Context, read: WarningNotice, where: Resolved, key: str) -> Notice | None:
    """Open the warning with all its consequences; None when a twin delivery was quicker."""
    try:
        with transaction.atomic():
            return _take(ctx, read, where, key)
    except IntegrityError:
        if Notice.objects.in_world(ctx).filter(key=key).exists():
            return None
        raise


def _take(ctx: Context, read: WarningNotice, where: Resolved, key: str) -> Notice:
    regions = list(where.regions)
    replaced = _replaced(ctx, read, regions)
    action = _action(read, replaced)
    assert read.sent is not None
    notice: Notice = open_record(
        ctx, Notice, scope=acting_scope(ctx, regions), shared_with=sorted(r.key for r in regions), key=key,
        identifier=(read.identifier or "")[:160], sender=(read.sender or "")[:160], issuer=(read.issuer or "")[:120],
        hazard=read.hazard or "", hazard_zh=(read.hazard_zh or "")[:60], event_code=(read.event_code or "")[:8],
        color=read.colour or "", level=read.level, action=action,
        headline=(read.headline or f"{read.issuer or ''}{read.hazard_zh or ''}")[:300], text=read.text or "",
        instruction=read.instruction or "", sent_at=read.sent, effective_at=read.effective, expires_at=read.expires,
        unknown_regions=[u[:60] for u in where.unknown], area_names=[a[:120] for a in read.area_names],
        area=where.area or outline_of(regions), area_notes=[_said(n) for n in where.notes][:20], simulated=read.status != "Actual",
        note={"identifier": read.identifier, "headline": read.headline, "action": action},
    )  # fmt: skip
    notice.regions.set(regions)
    ask_receipts(ctx, notice, regions)
    ended_by = _ended_before_it_came(ctx, read)
    if ended_by:
        # The message that ends it was quicker: it is kept, but nobody is called any more.
        return end_notice(ctx, notice=notice, cause=ended_by)
    event = WarningReceived(
        warning=str(notice.pk), identifier=notice.identifier, hazard=notice.hazard, color=notice.color, action=action,
        issuer=notice.issuer, sent_at=notice.sent_at.isoformat(), headline=notice.headline,
        regions=[r.short_code for r in regions], simulated=notice.simulated,
    )  # fmt: skip
    announce(ctx, event, scope=notice.scope, shared_with=notice.shared_with)
    for old in replaced:
        end_notice(ctx, notice=old, cause="replaced", by=notice)
    return notice


def _said(note: Fault) -> str:
    return f"{note.message_zh}{note.mend_zh}"[:400]


def end_named(ctx: Context, read: WarningNotice, where: Resolved) -> list[Notice]:
    """End what a Cancel refers to; without references, the issuer's warnings of that hazard in those places."""
    named = _referenced(ctx, read) or _same_chain(ctx, read, list(where.regions))
    return [end_notice(ctx, notice=n, cause="cancelled") for n in named]


def _open(ctx: Context) -> Iterable[Notice]:
    return Notice.objects.in_world(ctx).filter(state__in=OPEN).order_by("sent_at").prefetch_related("regions")


def _referenced(ctx: Context, read: WarningNotice) -> list[Notice]:
    names = {r.identifier for r in read.references}
    return [n for n in _open(ctx) if n.identifier and n.identifier in names]


def _same_chain(ctx: Context, read: WarningNotice, regions: list[Region]) -> list[Notice]:
    return [
        n for n in _open(ctx)
        if read.hazard and n.hazard == read.hazard and n.issuer == (read.issuer or "") and n.sent_at <= (read.sent or n.sent_at)
        and (not regions or _touches(n, regions))
    ]  # fmt: skip


def _replaced(ctx: Context, read: WarningNotice, regions: list[Region]) -> list[Notice]:
    """Those it names; those of its issuer that it continues; and lower ones of the same hazard in the same place."""
    found = {n.pk: n for n in _referenced(ctx, read)}
    if read.msg_type == "Update":
        found |= {n.pk: n for n in _same_chain(ctx, read, regions)}
    for n in _open(ctx):
        lower = bool(read.hazard) and n.hazard == read.hazard and n.level and read.level and n.level > read.level
        if lower and all(_inside(r, regions) for r in n.regions.all()):
            found[n.pk] = n
    return list(found.values())


def _inside(region: Region, regions: list[Region]) -> bool:
    return any(region.path.startswith(r.path) for r in regions)


def _touches(notice: Notice, regions: list[Region]) -> bool:
    return any(a.path.startswith(b.path) or b.path.startswith(a.path) for a in notice.regions.all() for b in regions)


def _action(read: WarningNotice, replaced: list[Notice]) -> str:
    """issue, raise, lower or continue, by the highest level that it takes the place of. Level 1 is red."""
    before = min((n.level for n in replaced if n.level and n.hazard == read.hazard), default=None)
    if before is None or read.level is None:
        return "issue"
    if read.level == before:
        return "continue"
    return "raise" if read.level < before else "lower"


def _ended_before_it_came(ctx: Context, read: WarningNotice) -> str:
    if not read.identifier:
        return ""
    rows = WarningIntake.objects.in_world(ctx).filter(outcome="accepted", references__contains=[read.identifier[:160]])
    kinds = set(rows.values_list("message_type", flat=True))
    return "cancelled" if "Cancel" in kinds else ("replaced" if "Update" in kinds else "")
