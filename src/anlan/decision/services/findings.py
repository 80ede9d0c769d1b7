"""What exercises and real events showed to be wrong with a plan: each finding puts the plan into revision by itself."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction

from anlan.kernel import auditing
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, NotFound
from anlan.kernel.loops import once
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.places.queries import Region

from ..data.plan_validity import validity_rules
from ..models import PlanFinding, PlanRecord, PlanRevision, PlanVersion
from ..queries import plans_in_force
from .plans import record_of
from .revising import newest, open_work

RECORD = "decision.plan_finding.record"
REASON = "exercise"
#: The longest texts, in characters.
MOST_PLACE, MOST_TEXT = 120, 1000


@once(PlanFinding)
def record_finding(
    ctx: Context, *, region: Region, hazard: str, about: str, about_id: UUID, about_url: str, place: str, text: str, mend: str,
    request: UUID | None = None,
) -> PlanFinding:  # fmt: skip
    """Keep a finding about the plan that holds in `region` for the hazard, made in the caller's world, and open or join the one revision
    of that plan in reality. A shipped plan is revised as the region's own: its text becomes the draft.

    `request`: the form's own number; given twice, the first answer comes back. Raises BadInput naming the field, NotAllowed, NotFound
    (no plan holds there for it).
    """
    ctx.require(RECORD, region.path)
    said = {
        "place": _text("place", _("哪一部分"), place, MOST_PLACE), "text": _text("text", _("问题"), text, MOST_TEXT),
        "mend": _text("mend", _("改进建议"), mend, MOST_TEXT),
    }  # fmt: skip
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Two at once about one plan: the second joins what the first has opened.
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"plan-finding:{region.pk}:{hazard}"]
            )
        held = next((version for version in plans_in_force(region) if version.hazard == hazard), None)
        if held is None:
            raise NotFound(_("本区现在没有这个灾种的预案"), mend=_("请到预案页新编一个"))
        made = PlanFinding(
            plan=held.record if held.region_id else _own(region, held), about=about[:200], about_id=about_id, about_url=about_url,
            at=ctx.now(), by_name=ctx.actor.signature, request=request, request_by=ctx.actor.key, scope=region.path, world_id=ctx.world,
            **said,
        )  # fmt: skip
        made.revision = _revision_for(made, held)
        made.save(force_insert=True)
        auditing.record(
            ctx, action="decision.plan_finding.record", label=_("记录预案问题"), object_type="decision.plan_record",
            object_id=made.plan_id, scope=made.scope, data={"finding": str(made.pk), "about": made.about, **said},
        )  # fmt: skip
    return made


def open_for_findings() -> int:
    """Open the revisions of plans whose findings came while an approved revision waited to be filed. Once a day."""
    waiting = PlanFinding.objects.unscoped("whatever world it was found in, the plan is one").filter(revision=None)
    opened = 0
    for finding in waiting.select_related("plan__region", "plan__owner").order_by("at"):
        held = newest(finding.plan)
        with transaction.atomic():
            finding.revision = None if finding.plan.ended_at or held is None else _revision_for(finding, held)
            if finding.revision is not None:
                finding.save(update_fields=["revision"])
                opened += 1
    return opened


def _revision_for(finding: PlanFinding, held: PlanVersion) -> PlanRevision | None:
    """The plan's open revision while it can still be changed, else a new one; None while an approved one waits to be filed."""
    running = PlanRevision.everything.filter(record=finding.plan, closed_at__isnull=True).first()
    if running is not None:
        return running if running.state in ("drafting", "review") else None
    own = held.region_id is not None
    kind = validity_rules().reasons[REASON].then if own else PlanRevision.Kind.REWRITE
    why = _("%(about)s发现：%(place)s，%(text)s；建议：%(mend)s") % {
        "about": finding.about, "place": finding.place, "text": finding.text, "mend": finding.mend,
    }  # fmt: skip
    content = {name: value for name, value in held.content.items() if own or name != "note"}
    # Plans are one for all worlds, and the work on them is real, wherever the finding was made.
    return open_work(system("decision"), finding.plan, held if own else None, content, REASON, kind, str(why))


def _own(region: Region, shipped: PlanVersion) -> PlanRecord:
    """The region's own plan in place of a shipped one, without a version until its first draft is approved."""
    return record_of(
        system("decision"), region=region, code=shipped.key, title=shipped.title, type_=shipped.record.type, hazard=shipped.hazard,
        shared_with=[region.key],
    )  # fmt: skip


def _text(field: str, label: object, given: str, most: int) -> str:
    text = whole(given, most, field, label)
    if not text:
        raise BadInput(_("没有写“%(label)s”") % {"label": label}, field=field)
    return text
