"""Taking a merge back: what was joined to another event turns out to be one of its own."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from anlan.command.models import Followup, Incident
from anlan.events.command import IncidentOpened
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import Conflict
from anlan.kernel.loops import open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.wording import words as _

from . import clocks, reports
from .incidents import KEY, add_followup, confirm_facts, grade_anew, next_number

#: What an event takes with it from the report that was merged.
CARRIED = (
    "title", "kind", "kind_name", "region", "place", "position", "accuracy_m", "occurred_at", "received_at", "source", "source_phone",
    "text", "intake", "facts", "sensitive", "shared_with",
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
        )  # fmt: skip
        announce(
            ctx,
            IncidentOpened(
                incident=str(fresh.pk), number=fresh.number, title=fresh.title, kind=fresh.kind, region=fresh.region.short_code,
                occurred_at=(fresh.occurred_at or fresh.received_at).isoformat(), facts=fresh.facts,
            ),
            scope=fresh.scope, shared_with=fresh.shared_with,
        )  # fmt: skip
        moved: Incident = transition(ctx, old, "separate", evidence=evidence, merged_into=fresh)
        _give_back(ctx, target, old, fresh)
        grade_anew(ctx, fresh, tell=False)
        clocks.sync_clocks(ctx, fresh)
        reports.draft_report(ctx, fresh, "first")
    incident.refresh_from_db()
    return moved


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
