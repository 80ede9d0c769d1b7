"""Carrying out what was approved: the response, its order, its tasks, in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from anlan.events.command import ResponseChanged
from anlan.events.decision import ProposalApproved
from anlan.kernel import auditing
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context
from anlan.kernel.loops import move_deadline, open_record, transition
from anlan.kernel.wording import words as _
from anlan.messaging.services import send
from anlan.places.queries import Organisation, Region, organisations_acting_as, region

from ...models import Order, Response
from ..members import Roster
from ..queries import task_lines
from .issuing import Issued, issue_cards, release_tasks


@transaction.atomic
def carry_out(ctx: Context, approved: ProposalApproved) -> Response | None:
    """Start, raise, lower or end the response as approved. The same approval twice does nothing the second time.

    A start while the hazard's response is already in force becomes a raise or lowering of that one; None when there is nothing
    to lower or end.
    """
    where = region(approved.region)
    with connection.cursor() as cur:
        cur.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"response:{ctx.world}:{where.pk}"])
    if Order.objects.in_world(ctx).filter(proposal=approved.proposal).exists():
        return None
    response = Response.objects.in_world(ctx).open().filter(region=where, hazard=approved.hazard).first()
    if response is None:
        if approved.kind in ("lower", "end"):
            return None
        return _start(ctx, approved, where)
    if approved.kind == "end":
        return _end(ctx, approved, response)
    return _change(ctx, approved, response)


def _start(ctx: Context, approved: ProposalApproved, where: Region) -> Response:
    response = open_record(
        ctx, Response,
        scope=where.path, hazard=approved.hazard, title=approved.order.get("title") or approved.hazard, region=where,
        plan=approved.plan, plan_version=approved.plan_version, level=approved.level, level_number=approved.level_number,
        highest_number=approved.level_number, approve_role=approved.approve_role,
        report_every_min=approved.report_every_min, started_at=_time(approved.approved_at),
        note={"level": approved.level, "proposal": approved.proposal, "approved_by": approved.approved_by},
    )  # fmt: skip
    return _follow_up(ctx, approved, response, "start", issue_cards(ctx, response, approved, Roster(where)))


def _change(ctx: Context, approved: ProposalApproved, response: Response) -> Response:
    change = "raise" if approved.level_number <= response.level_number else "lower"
    transition(
        ctx, response, change, evidence={"level": approved.level, "proposal": approved.proposal},
        level=approved.level, level_number=approved.level_number, approve_role=approved.approve_role,
        highest_number=min(response.highest_number, approved.level_number), plan_version=approved.plan_version,
        report_every_min=approved.report_every_min,
    )  # fmt: skip
    if approved.report_every_min:
        due = ctx.now() + timedelta(minutes=approved.report_every_min)
        if change == "lower" or response.due_at is None or due < response.due_at:
            move_deadline(ctx, response, due_at=due, reason=_("响应级别改变，报告间隔随之改变"))
    if change == "lower":
        release_tasks(ctx, response, approved)
    issued = issue_cards(ctx, response, approved, Roster(response.region)) if change == "raise" else Issued()
    return _follow_up(ctx, approved, response, change, issued)


def _end(ctx: Context, approved: ProposalApproved, response: Response) -> Response:
    release_tasks(ctx, response, approved)
    transition(ctx, response, "end", evidence={"proposal": approved.proposal, "note": approved.order.get("note", "")})
    return _follow_up(ctx, approved, response, "end", Issued())


def _follow_up(ctx: Context, approved: ProposalApproved, response: Response, change: str, issued: Issued) -> Response:
    """Order, audience, announcement, messages: the same for every change."""
    response.refresh_from_db()
    response.members = sorted({*response.members, *issued.keys})
    response.shared_with = sorted({*response.shared_with, *response.members})
    response.unfilled = issued.unfilled or response.unfilled
    response.save(update_fields=["members", "shared_with", "unfilled"])
    order = _sign_order(ctx, approved, response, change)
    event = ResponseChanged(
        response=str(response.pk), hazard=response.hazard, region=response.region.short_code, change=change,
        level=response.level, level_number=response.level_number,
    )  # fmt: skip
    announce(ctx, event, scope=response.scope, shared_with=response.shared_with)
    send(
        ctx, text=_message(response, order, change, len(issued.tasks)), to_keys=[*response.members, *_house_keys(response)],
        about=("command.response", response.pk, response.get_absolute_url()), scope=response.scope,
        urgent=change in ("start", "raise") and response.level_number <= 2, dedupe=f"order:{order.pk}",
    )  # fmt: skip
    return response


def _house_keys(response: Response) -> list[str]:
    """Duty room and headquarters hear of every order."""
    rows = Organisation.objects.filter(region=response.region, actor__in=("duty", "hq", "hq_office"))
    return [o.key for o in rows]


def _message(response: Response, order: Order, change: str, tasks: int) -> str:
    words = {"serial": order.serial, "title": response.title, "level": response.level, "by": order.signed_by}
    if change == "end":
        return _("%(serial)s：%(title)s应急响应终止，%(by)s签发") % words
    said = {
        "start": _("%(serial)s：启动%(title)s%(level)s级应急响应，%(by)s签发"),
        "raise": _("%(serial)s：%(title)s应急响应提升到%(level)s级，%(by)s签发"),
        "lower": _("%(serial)s：%(title)s应急响应降到%(level)s级，%(by)s签发"),
    }[change] % words
    return said + (_("；请打开任务签收") if tasks else "")


def _sign_order(ctx: Context, approved: ProposalApproved, response: Response, change: str) -> Order:
    signed_at = _time(approved.approved_at)
    hq = next(iter(organisations_acting_as("hq", response.region.path)), None)
    year = signed_at.astimezone(_zone()).year
    agency = f"{response.region.name}{(hq.short_name or hq.name).removeprefix('区') if hq else '应急'}令"
    number = Order.objects.in_world(ctx).filter(scope=response.scope, signed_at__year=year).count() + 1
    order = Order(
        response=response, proposal=approved.proposal, change=change, level=approved.level,
        serial=f"{agency}〔{year}〕{number}号", elements={**approved.order, "tasks": task_lines(response)}, signed_by=approved.approved_by,
        signed_at=signed_at, scope=response.scope, shared_with=response.shared_with, world_id=ctx.world,
    )  # fmt: skip
    order.save(force_insert=True)
    label = dict(Order._meta.get_field("change").flatchoices).get(change, change)
    auditing.record(
        ctx, action="command.order.signed", label=label, object_type="command.response", object_id=response.pk, scope=response.scope,
        data={"serial": order.serial, "change": change, "level": order.level, "by": order.signed_by, "order": str(order.pk),
              **{k: v for k, v in order.elements.items() if k in ("matter", "expected_hours", "measures", "checked", "note")}},
    )  # fmt: skip
    return order


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _zone() -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo("Asia/Shanghai")
