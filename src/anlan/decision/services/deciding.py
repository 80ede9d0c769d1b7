"""A named person decides; what was decided is announced, and command carries it out."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from anlan.events.decision import ProposalApproved
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from anlan.kernel.loops import reassign, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.wording import Words
from anlan.kernel.wording import words as _
from anlan.places.queries import Region

from ..data.proposing_rules import proposing_rules
from ..data.response_levels import LEVELS
from ..loops import APPROVERS
from ..models import NONE, Proposal, Standing
from ..queries import parsed, plans_in_force
from .board import board, with_incidents
from .evaluating import judge, lapse
from .learning import lock_region
from .opening import open_proposal, signing_posts

Kind = Proposal.Kind
REQUEST = "decision.proposal.request"


@step_service("decision.proposal", "approve")
def approve(ctx: Context, proposal: Proposal, evidence: dict[str, Any]) -> Proposal:
    """Approve: keep the order as signed, note the new standing, announce. Raises Conflict for the second of two people."""
    with transaction.atomic():
        lock_region(ctx, proposal.region)
        order = {
            "matter": evidence.get("matter") or proposal.order_matter, "level": proposal.level,
            "expected_hours": _hours(evidence.get("expected_hours")), "measures": evidence.get("measures") or "",
            "checked": evidence.get("checked") or "", "note": evidence.get("note") or "",
        }  # fmt: skip
        who = ctx.actor.signature
        done = transition(
            ctx, proposal, "approve", evidence=evidence, decided_by=who, decided_at=ctx.now(), order=order
        )
        _stand(ctx, done)
        announce(ctx, _approved(done), scope=done.scope, shared_with=done.shared_with)
    return done


@step_service("decision.proposal", "decline")
def decline(ctx: Context, proposal: Proposal, evidence: dict[str, Any]) -> Proposal:
    """Say no: the machine keeps quiet about that level for a while (data)."""
    with transaction.atomic():
        lock_region(ctx, proposal.region)
        who = ctx.actor.signature
        done = transition(ctx, proposal, "decline", evidence=evidence, decided_by=who, decided_at=ctx.now())
        standing, now, rules = _standing(ctx, done), ctx.now(), proposing_rules()
        if done.kind in (Kind.START, Kind.RAISE):
            _silence(standing, done.level_number, now)
        else:
            standing.calm_until = now + rules.calm
        standing.save()
    return done


def request_change(ctx: Context, *, region: Region, hazard: str, kind: str, reason: str, level: str = "") -> Proposal:
    """Ask for a start, raise, lower or end by hand. It replaces whatever the machine had waiting.

    Needs `decision.proposal.request` on the region; the one who signs is the same as for the machine's proposals. Raises
    BadInput (level, reason), Conflict (it stands so already, or the same is waiting).
    """
    ctx.require(REQUEST, region.path)
    if not reason.strip():
        raise BadInput(_("请写明理由"), field="reason")
    if kind not in Kind.values:
        raise BadInput(_("请选择启动、提升、降低或终止"), field="kind")
    with transaction.atomic():
        lock_region(ctx, region)
        row = next((p for p in plans_in_force(region) if p.hazard == hazard), None)
        if row is None:
            raise NotFound(_("本区没有这个灾种的预案"), field="hazard")
        standing = Standing.objects.in_world(ctx).filter(region=region, hazard=hazard).first()
        present = standing.level_number if standing else NONE
        number = _target(kind, level, present)
        if parsed(row).level(_roman(number)) is None:
            raise BadInput(_("预案没有这个级别"), field="level")
        known, incidents = board(ctx, region, ctx.now())
        judgement = judge(row, with_incidents(known, incidents, parsed(row))) or judge(row, {})
        assert judgement is not None
        waiting = Proposal.objects.in_world(ctx).filter(region=region, hazard=hazard).open().first()
        if waiting is not None:
            if waiting.kind == kind and waiting.level_number == number:
                raise Conflict(
                    _("已有同样的建议在等待决定：%(title)s") % {"title": waiting},
                    mend=_("请打开该建议决定"),
                    proposal=str(waiting.pk),
                )
            lapse(_for_the_house(ctx), waiting, _("由%(who)s的申请取代") % {"who": ctx.actor.name})
        down = kind in (Kind.LOWER, Kind.END)
        return open_proposal(
            ctx, region=region, judgement=judgement, kind=kind, number=number, reason=reason.strip(),
            approve_number=present if down else None,
        )  # fmt: skip


def order_change(
    ctx: Context, *, region: Region, hazard: str, kind: str, reason: str, level: str = "", expected_hours: int = 24,
    measures: str = "", checked: str = "",
) -> Proposal:  # fmt: skip
    """Ask and approve in one go, for a person who has the power. `checked`: how the conditions of an end were verified.

    When just that is already waiting for a decision, it is what gets approved.
    """
    with transaction.atomic():
        lock_region(ctx, region)
        open_ones = Proposal.objects.in_world(ctx).filter(region=region, hazard=hazard, kind=kind).open()
        same = open_ones.first() if kind == Kind.END else open_ones.filter(level=level).first()
        proposal = same or request_change(ctx, region=region, hazard=hazard, kind=kind, reason=reason, level=level)
        given: dict[str, Any] = {
            "matter": proposal.order_matter, "measures": measures or str(proposal.order_measures), "note": reason,
            "checked": checked or (reason if kind == Kind.END else ""),
        }  # fmt: skip
        if kind != Kind.END:
            given["expected_hours"] = expected_hours
        if not any(ctx.holds(role, proposal.scope) for role in proposal.deciders):
            raise NotAllowed(_("您的岗位不能签发%(level)s级响应的变更") % {"level": proposal.level})
        return approve(ctx, proposal, given)


def may_sign(ctx: Context, *, region: Region, hazard: str, kind: str, level: str = "") -> bool:
    """Whether this person may sign such a change: the role of the level asked for, or of the one in force when going down."""
    row = next((p for p in plans_in_force(region) if p.hazard == hazard), None)
    standing = Standing.objects.in_world(ctx).filter(region=region, hazard=hazard).first()
    down = kind in (Kind.LOWER, Kind.END)
    signer = _roman(standing.level_number) if down and standing else level
    wanted = parsed(row).level(signer) if row else None
    if wanted is None or wanted.approve.role not in APPROVERS:
        return False
    return any(ctx.holds(role, region.path) for role in APPROVERS[APPROVERS.index(wanted.approve.role) :])


def pass_on(ctx: Context, *, proposal_id: str, role: str) -> None:
    """Nobody answered: it also becomes the next post's to decide. The clock runs on."""
    proposal = Proposal.objects.in_world(ctx).filter(pk=proposal_id).open().select_related("region").first()
    if proposal is None:
        return
    keys = {p.key for p in signing_posts(role, proposal.region)}
    if keys - set(proposal.owner_keys):
        reassign(ctx, proposal, owner_keys={*proposal.owner_keys, *keys}, reason=_("逾时未决定，同时送上一职务"))


def note_response(ctx: Context, *, region: Region, hazard: str, response: str) -> None:
    """Command says which response carries out what was decided here."""
    Standing.objects.in_world(ctx).filter(region=region, hazard=hazard).update(response=response)


def _stand(ctx: Context, done: Proposal) -> None:
    standing, now = _standing(ctx, done), ctx.now()
    before = standing.level_number
    standing.level_number = NONE if done.kind == Kind.END else done.level_number
    standing.since, standing.below_since, standing.calm_until = now, None, None
    if done.kind in (Kind.LOWER, Kind.END):
        _silence(standing, before, now)
        if done.kind == Kind.END:
            standing.proposal = None
    elif standing.ceiling is not None and done.level_number <= standing.ceiling:
        standing.ceiling = standing.quiet_until = None
    if done.kind != Kind.END:
        standing.proposal = done
    standing.save()


def _silence(standing: Standing, number: int, now: Any) -> None:
    """No proposal up to that level for a while; a higher one that is already silent stays so."""
    if standing.quiet_until is not None and now < standing.quiet_until and standing.ceiling is not None:
        number = min(number, standing.ceiling)
    standing.ceiling, standing.quiet_until = number, now + proposing_rules().quiet


def _standing(ctx: Context, proposal: Proposal) -> Standing:
    rows = Standing.objects.in_world(ctx).filter(region=proposal.region, hazard=proposal.hazard)
    return rows.select_for_update(of=("self",)).first() or Standing(
        region=proposal.region, hazard=proposal.hazard, since=ctx.now(), scope=proposal.scope, world_id=ctx.world
    )


def _approved(p: Proposal) -> ProposalApproved:
    level = parsed(p.plan).level(p.level)
    assert level is not None
    assert p.decided_at is not None
    cards = [] if p.kind == Kind.END else level.tasks
    return ProposalApproved(
        proposal=str(p.pk), plan=p.plan.key, plan_version=p.plan.version, hazard=p.hazard, kind=p.kind, level=p.level,
        level_number=p.level_number, region=p.region.short_code, approve_role=p.approve_role,
        report_every_min=level.report_every_min, made_at=p.opened_at.isoformat(), approved_at=p.decided_at.isoformat(),
        approved_by=p.decided_by, order={**p.order, "title": p.plan.title, "reason": p.reason, "because": p.because},
        tasks=[{"id": t.id, "role": t.role, "text": t.zh, "t0": t.t0, "within_min": t.within_min} for t in cards],
    )  # fmt: skip


def _target(kind: str, level: str, present: int) -> int:
    if kind == Kind.END:
        if present == NONE:
            raise Conflict(_("现在没有响应可以终止"))
        return present
    number = LEVELS.get(level)
    if number is None:
        raise BadInput(_("请选择级别 I、II、III 或 IV"), field="level")
    wrong = {
        Kind.START: present != NONE and _("已有%(level)s级响应，请选择提升或降低"),
        Kind.RAISE: (present == NONE and _("现在没有响应，请选择启动"))
        or (number >= present and _("要提升的级别须高于现在的%(level)s级")),
        Kind.LOWER: (present == NONE and _("现在没有响应可以降低"))
        or (number <= present and _("要降到的级别须低于现在的%(level)s级")),
    }[Kind(kind)]
    if wrong:
        assert isinstance(wrong, Words)
        raise Conflict(wrong % {"level": _roman(present)}, field="level")
    return number


def _roman(number: int) -> str:
    return next((name for name, n in LEVELS.items() if n == number), "")


def _hours(value: Any) -> int | None:
    return int(value) if value not in (None, "") else None


def _for_the_house(ctx: Context) -> Context:
    """The lapse is the platform's act, caused by the person's request."""
    from anlan.kernel.context import system

    return system("decision", world=ctx.world, cause=ctx.cause)
