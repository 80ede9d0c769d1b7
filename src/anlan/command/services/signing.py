"""The way of a draft to its signature: put forward, reviewed, returned, signed. Who may and who may not is said by name."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.utils.timezone import localtime

from anlan.command.models import Report
from anlan.kernel.context import Context
from anlan.kernel.errors import NotAllowed
from anlan.kernel.loops import transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.wording import words as _
from anlan.places.models import Holding, Organisation, Person, Post
from anlan.places.queries import people_behind, person_of, posts_with_role, region_at

from . import papers

KEY = Report.loop.key
#: Required elements that the signature itself brings.
GIVEN_BY_SIGNING = frozenset({"signer", "serial"})
#: What each step asks for, as somebody who may not is told.
_DOES = {"pass_review": _("审核"), "sign": _("签发"), "return": _("退回")}


def move(ctx: Context, report: Report, step: str, evidence: dict[str, Any], **fields: Any) -> Report:
    """Take a step of a report. That of a street or department stays with it in every state."""
    if not report.is_of_desk:
        fields["owner_role"] = report.owner_role
    moved: Report = transition(ctx, report, step, evidence=evidence, **fields)
    return moved


@step_service(KEY, "submit")
def submit(ctx: Context, report: Report, evidence: dict[str, Any]) -> Report:
    """Straight to the signer: the duty room's own way when minutes count."""
    return move(ctx, report, "submit", evidence, submitted_by=ctx.actor.key)


@step_service(KEY, "ask_review")
def ask_review(ctx: Context, report: Report, evidence: dict[str, Any]) -> Report:
    return move(ctx, report, "ask_review", evidence, submitted_by=ctx.actor.key)


@step_service(KEY, "pass_review")
def pass_review(ctx: Context, report: Report, evidence: dict[str, Any]) -> Report:
    """Reviewed, by somebody else than whoever put it forward where there is anybody else."""
    demand_entitled(ctx, report, "pass_review")
    who = f"{ctx.actor.name} {ctx.actor.post}".strip()[:160]
    return move(ctx, report, "pass_review", evidence, reviewed_by=who, reviewed_at=ctx.now())


@step_service(KEY, "return")
def hand_back(ctx: Context, report: Report, evidence: dict[str, Any]) -> Report:
    return move(ctx, report, "return", evidence)


@step_service(KEY, "withdraw")
def withdraw(ctx: Context, report: Report, evidence: dict[str, Any]) -> Report:
    return move(ctx, report, "withdraw", evidence)


def pass_over_review(ctx: Context, report: Report) -> Report | None:
    """A review that took its share of the legal limit goes on to the signer by itself. None when it has gone on already."""
    if report.state != "reviewing" or report.due_at is None or report.due_at > ctx.now():
        return None
    return move(ctx, report, "skip_review", {"reason": _("审核用时已到，法定时限不等人，转签发")})


@step_service(KEY, "sign")
def sign(ctx: Context, report: Report, evidence: dict[str, Any]) -> Report:
    """Signed: the paper gets its serial number and is laid down as .docx; the PDF follows by a job.

    Raises NotAllowed naming who may sign now: for one who has no such post (any more), and for one who put it forward and is not alone.
    """
    with transaction.atomic():
        demand_entitled(ctx, report, "sign")
        missing = [m for m in report.body.get("missing", []) if m.get("key") not in GIVEN_BY_SIGNING]
        signed = move(
            ctx, report, "sign", evidence, serial=_next_serial(ctx, report), signed_by=f"{ctx.actor.name}"[:120], signed_at=ctx.now(),
            missing=[m["zh"][:60] for m in missing], body={**report.body, "missing": missing},
        )  # fmt: skip
        papers.lay_down(ctx, signed)
    return signed


def demand_entitled(ctx: Context, report: Report, step: str) -> None:
    """Raise NotAllowed, saying who may, unless the actor may review or sign this report."""
    does, who = str(_DOES[step]), entitled(report, step)
    named = "、".join(f"{p.name}" for p in who) or str(_("暂无在岗人员，请先交接岗位"))
    mend = _("现在可以%(does)s的是：%(who)s") % {"does": does, "who": named}
    roles = report.signers if step == "sign" else report.reviewers
    mine = any(ctx.holds(role, report.scope) for role in roles) or bool(ctx.keys & set(report.owner_keys))
    if not mine:
        lost = lost_post(ctx, report, roles)
        said = (
            _("您的“%(post)s”岗位已于 %(at)s 结束，不能再%(does)s")
            % {"post": lost.post.name, "at": f"{localtime(lost.until):%m-%d %H:%M}", "does": does}
            if lost
            else _("您的岗位不能%(does)s「%(title)s」") % {"does": does, "title": report.title}
        )
        raise NotAllowed(said, mend=mend)
    if not report.is_of_desk and report.submitted_by == ctx.actor.key and any(p.key != ctx.actor.key for p in who):
        others = "、".join(p.name for p in who if p.key != ctx.actor.key)
        raise NotAllowed(
            _("送审的人不能自己%(does)s") % {"does": does},
            mend=_("请由本单位另一人%(does)s：%(who)s") % {"does": does, "who": others},
        )


def entitled(report: Report, step: str = "sign") -> list[Person]:
    """Who may review or sign this report at this moment."""
    if not report.is_of_desk:
        return people_behind(report.owner_keys)
    roles = report.signers if step == "sign" else report.reviewers
    posts = [p for role in roles for p in posts_with_role(role, papers.district_path(report.scope))]
    return list({p.pk: p for p in people_behind([post.key for post in posts])}.values())


def lost_post(ctx: Context, report: Report, roles: tuple[str, ...]) -> Holding | None:
    """The post by which the actor might have acted, when it has ended: the one that ended last."""
    person = person_of(ctx)
    if person is None:
        return None
    rows = (
        Holding.objects.filter(person=person, until__isnull=False).exclude(Holding.now()).select_related("post__region")
    )
    for held in rows.order_by("-until"):
        if _would_do(held.post, report, roles):
            return held
    return None


def _would_do(post: Post, report: Report, roles: tuple[str, ...]) -> bool:
    if not report.is_of_desk:
        return f"org:{post.organisation_id}" in report.owner_keys
    return bool(set(post.roles) & set(roles)) and report.scope.startswith(post.region.path)


def _next_serial(ctx: Context, report: Report) -> str:
    """石应急信〔2016〕1号, counted per year, office and world; a street's begins with its name."""
    stem = f"{_agency(report)}〔{localtime(ctx.now()).year}〕"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"report:{ctx.world}:{stem}"])
    used = Report.objects.in_world(ctx).filter(serial__startswith=stem).values_list("serial", flat=True)
    numbers = [int(s.removeprefix(stem).removesuffix("号")) for s in used]
    return f"{stem}{max(numbers, default=0) + 1}号"


def _agency(report: Report) -> str:
    if report.is_of_desk:
        district = region_at(papers.district_path(report.scope))
        return f"{district.name[0] if district else ''}应急信"
    body = Organisation.objects.filter(code__in=[k.removeprefix("org:") for k in report.owner_keys]).first()
    return f"{body or report.office_name}信"


__all__ = ["ask_review", "demand_entitled", "entitled", "pass_over_review", "pass_review", "sign", "submit"]
