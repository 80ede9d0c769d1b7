"""Two events under one number: a merge is taken back, or what arrived later is split off as an event of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from anlan.command.models import Followup, Incident, Incoming
from anlan.command.queries.intake import understand
from anlan.events.command import IncidentOpened
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict
from anlan.kernel.loops import open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.models import Attachment, AuditEntry
from anlan.kernel.services.attachments import attach, open_attachment
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _

from . import clocks, reports
from .incidents import KEY, _locked, _merged, _still_open, _title, add_followup, confirm_facts, grade_anew, next_number
from .sharing import scene_keys

#: What an event takes with it from the report that was merged.
CARRIED = (
    "title", "kind", "kind_name", "region", "place", "position", "accuracy_m", "occurred_at", "received_at", "source", "source_phone",
    "text", "intake", "facts", "sensitive", "disaster_since", "stable_at",
)  # fmt: skip


@step_service(KEY, "separate")
def separate(ctx: Context, incident: Incident, evidence: dict[str, Any]) -> Incident:
    """A merged incident becomes an event of its own, with a number of its own and the clocks of the time when it was received.

    Figures that the other event has only from this merge become unknown there again; whoever changed them since keeps them. Both
    stories say what happened. Returns the separated record; the new event is its `merged_into`. Raises Conflict, NotAllowed, BadInput.
    """
    with transaction.atomic():
        # The target first, then the part: the order in which merging waits does not matter to a record that is closed.
        old: Incident = Incident.objects.select_for_update(of=("self",)).get_visible(ctx, pk=incident.pk)
        target = old.merged_into
        if target is None or old.state != "merged":
            raise Conflict(_("「%(title)s」没有并入别的事件") % {"title": old.title}, mend=_("请刷新页面"))
        fresh = open_record(
            ctx, Incident, scope=old.scope, number=next_number(ctx, old.scope, ctx.now()),
            note={"text": old.text[:500], "from": old.number}, **{name: getattr(old, name) for name in CARRIED},
            shared_with=sorted({*old.shared_with} - {*scene_keys(ctx, old)}),
        )  # fmt: skip
        _announce(ctx, fresh)
        moved: Incident = transition(ctx, old, "separate", evidence=evidence, merged_into=fresh)
        _give_back(ctx, target, old, fresh)
        _begin(ctx, fresh)
    incident.refresh_from_db()
    return moved


def _announce(ctx: Context, fresh: Incident) -> None:
    announce(
        ctx,
        IncidentOpened(
            incident=str(fresh.pk), number=fresh.number, title=fresh.title, kind=fresh.kind, region=fresh.region.short_code,
            occurred_at=(fresh.occurred_at or fresh.received_at).isoformat(), facts=fresh.facts,
        ),
        scope=fresh.scope, shared_with=fresh.shared_with,
    )  # fmt: skip


def _begin(ctx: Context, fresh: Incident) -> None:
    grade_anew(ctx, fresh, tell=False)
    clocks.sync_clocks(ctx, fresh)
    reports.draft_report(ctx, fresh, "first")


def _give_back(ctx: Context, target: Incident, old: Incident, fresh: Incident) -> None:
    """The other event forgets the figures that it has from the merge, and says so."""
    if not target.is_open:
        return
    joined = (
        Followup.objects.in_world(ctx)
        .filter(incident=target, kind="merged", text=old.text.strip())
        .order_by("-at")
        .first()
    )
    target.refresh_from_db()
    taken = {n: v for n, v in (joined.facts if joined else {}).items() if target.facts.get(n) == v}
    if taken:
        confirm_facts(ctx, target, dict.fromkeys(taken), source=old.number, note=str(_("拆分后收回并入的数字")))
    said = _("「%(old)s」拆分为独立事件 %(new)s") % {"old": f"{old.number} {old.title}", "new": fresh.number}
    add_followup(ctx, target, text=str(said), kind="note", source=fresh.number)


#: What may be split off: words of somebody outside. A merged report is taken back by `separate`, a note is the desk's own.
OUTSIDE = ("call", "field", "figure", "system", "sensor")


def splittable(ctx: Context, incident: Incident) -> list[Followup]:
    """What arrived later and could be another event, oldest first."""
    rows = Followup.objects.visible_to(ctx).filter(incident=incident, kind__in=OUTSIDE, told_of=None).exclude(text="")
    return list(rows.order_by("at", "pk"))


def split_off(ctx: Context, incident: Incident, *, followups: Iterable[Any], reason: str) -> Incident:
    """What arrived later (`followups`, ids) tells of another event: it gets a number of its own, and clocks that count from when the
    first of it came in. Returns the new incident.

    The figures that the old one has from it go back to what was known before, where nobody changed them since; the words stay in both
    stories. Reports of other systems that were joined with it follow the new incident from now on. Raises BadInput (nothing chosen, no
    reason, a place outside), Conflict (over, split off already), NotAllowed.
    """
    wanted = {str(pk) for pk in followups}
    reason = whole(reason, 200, "reason")
    if not wanted:
        raise BadInput(_("没有勾选哪几条情况"), field="followups", mend=_("请勾选属于另一件事的情况"))
    if not reason:
        raise BadInput(_("没有写理由"), field="reason", mend=_("例如：另一处积水，相距两公里"))
    with transaction.atomic():
        held = _locked(ctx, incident)
        ctx.require("command.incident.open", held.scope)
        _still_open(held, _("拆分"))
        parts = [f for f in splittable(ctx, held) if str(f.pk) in wanted]
        if len(parts) != len(wanted):
            raise Conflict(_("勾选的情况有的已拆分出去，或不能拆分"), mend=_("请刷新后重新勾选"))
        fresh = _opened_from(ctx, held, parts)
        moved_rows = Followup.objects.in_world(ctx).filter(pk__in=[f.pk for f in parts])
        moved_rows.update(told_of=fresh)
        for part in parts:
            _take_back(ctx, held, part, fresh)
        photos = [str(kept.pk) for part in parts for kept in _copy_photos(ctx, held, part, fresh)]
        split = {"reason": reason, "count": len(parts), "followups": sorted(wanted)}
        _say(ctx, held, "split", {**split, "into": str(fresh.pk), "number": fresh.number})
        _say(ctx, fresh, "split_from", {**split, "from": str(held.pk), "number": held.number, "photos": photos})
        _begin(ctx, fresh)
    incident.refresh_from_db()
    return fresh


def _opened_from(ctx: Context, held: Incident, parts: list[Followup]) -> Incident:
    first = parts[0]
    text = "\n".join(part.text for part in parts)
    said = understand(ctx, text)
    figures = _merged(said.facts, *(part.facts for part in parts))
    fresh: Incident = open_record(
        ctx, Incident, scope=said.region.path, number=next_number(ctx, said.region.path, ctx.now()), title=_title(said),
        kind=said.kind or held.kind, kind_name=said.kind_name or held.kind_name, region=said.region, place=said.place[:200],
        position=said.position, accuracy_m=said.accuracy_m, occurred_at=_then(said.occurred_at, first), received_at=first.at,
        source=first.source, text=said.text, facts=figures,
        intake={**said.intake, "registered_by": clocks.registering_tier(ctx, said.region.path)},
        note={"text": said.text[:500], "from": held.number},
    )  # fmt: skip
    _announce(ctx, fresh)
    return fresh


def _then(said: Any, first: Followup) -> Any:
    """When it happened, unless the words are read as later than they were told."""
    return said if said is not None and said <= first.at else None


def _say(ctx: Context, incident: Incident, action: str, data: dict[str, Any]) -> None:
    auditing.record(
        ctx, action=f"{KEY}.{action}", label=_("拆分"), object_type=KEY, object_id=incident.pk, scope=incident.scope, data=data,
    )  # fmt: skip


def _told(held: Incident, part: Followup) -> tuple[Any, AuditEntry | None]:
    """The history's entries of an incident, and the one that says that `part` was told."""
    entries = AuditEntry.objects.filter(object_type=KEY, object_id=str(held.pk)).order_by("id")
    return entries, entries.filter(action=f"{KEY}.followup", data__followup=str(part.pk)).first()


def _copy_photos(ctx: Context, held: Incident, part: Followup, fresh: Incident) -> list[Attachment]:
    """The photos that came with it stand in both stories; the file is kept once."""
    _entries, told = _told(held, part)
    kept = []
    for pk in (told.data.get("photos") if told else None) or ():
        row, content = open_attachment(ctx, pk)
        with content:
            kept.append(attach(
                ctx, object_type=KEY, object_id=fresh.pk, scope=fresh.scope, shared_with=fresh.shared_with,
                file=ContentFile(content.read(), name=row.name), name=row.name, labels=row.labels,
            ))  # fmt: skip
    return kept


def _take_back(ctx: Context, held: Incident, part: Followup, fresh: Incident) -> None:
    """The old event knows again what it knew before this was told; reports behind it belong to the new one."""
    entries, told = _told(held, part)
    if told is None:
        return
    if came := told.data.get("incoming"):
        Incoming.objects.in_world(ctx).filter(pk=came).update(incident=fresh)
    later = entries.filter(id__gt=told.id)
    following = later.filter(action=f"{KEY}.followup").first()
    changed = later.filter(action=f"{KEY}.facts").first()
    if changed is None or (following is not None and changed.id > following.id):
        return
    held.refresh_from_db()
    after, before = changed.data.get("after") or {}, changed.data.get("before") or {}
    back = {n: before.get(n) for n, v in after.items() if part.facts.get(n) == v and held.facts.get(n) == v}
    if back:
        confirm_facts(ctx, held, back, source=fresh.number, note=_("拆分后收回"))
