"""Verification: a unit is asked, answers with a verdict and its grounds, and the topic moves on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime

from anlan.command.models import OpinionCheck, OpinionItem, OpinionTopic
from anlan.command.services.papers import district_path
from anlan.events.command import OpinionJudged
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput
from anlan.kernel.loops import open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.messaging.services import send
from anlan.places.queries import Organisation, organisations

from .topics import _locked

CHECK = OpinionCheck.loop.key
MOST_MINUTES = 24 * 60


def takers(topic: OpinionTopic) -> list[tuple[str, str]]:
    """Organisations of the district that may be asked: the street of the place first."""
    rows = organisations(district_path(topic.scope)).exclude(kind__in=("committee", "enterprise"))
    at = topic.region.path

    def order(o: Any) -> tuple[Any, ...]:
        return (o.kind != "street" or not at.startswith(o.region.path), o.kind, o.code)

    return [(o.code, str(o)) for o in sorted(rows, key=order)]


def ask_to_verify(
    ctx: Context, topic: OpinionTopic, *, organisation: str, minutes: int, question: str = ""
) -> OpinionCheck:
    """Ask a unit (code) to verify within so many minutes. Raises BadInput naming the field, Conflict, NotAllowed."""
    if not 1 <= minutes <= MOST_MINUTES:
        raise BadInput(_("时限应在 1 分钟到 24 小时之间"), field="minutes", mend=_("请填写分钟数"))
    unit = Organisation.objects.select_related("region").filter(code=organisation, retired_at__isnull=True).first()
    if unit is None or not unit.region.path.startswith(district_path(topic.scope)):
        raise BadInput(_("没有这个单位"), field="organisation", mend=_("请从列出的单位中选择"))
    with transaction.atomic():
        fresh = _locked(ctx, topic)
        until = ctx.now() + timedelta(minutes=minutes)
        asked = whole(question, 1000, "question") or _question(ctx, fresh)
        moved: OpinionTopic = transition(
            ctx, fresh, "verify", evidence={"unit": str(unit)}, asked_until=until, seen_count=fresh.items_count
        )
        check: OpinionCheck = open_record(
            ctx, OpinionCheck, scope=moved.scope, shared_with=[unit.key], owner_keys=[unit.key], topic=moved, organisation=unit,
            question=asked, asked_from=f"{ctx.actor.name} {ctx.actor.post}".strip()[:160], due_in_min=minutes,
            note={"unit": str(unit), "question": asked},
        )  # fmt: skip
        send(
            ctx, text=_("请核实（%(due)s前反馈）：%(text)s") % {"due": f"{localtime(until):%m-%d %H:%M}", "text": asked},
            to_keys=[unit.key], about=(CHECK, check.pk, check.get_absolute_url()), scope=check.scope, urgent=bool(moved.sensitive),
            dedupe=f"opinion_check:{check.pk}",
        )  # fmt: skip
    return check


def _question(ctx: Context, topic: OpinionTopic) -> str:
    """What the unit is asked when nobody says it otherwise, with the address of the first item: it sees nothing else of the topic."""
    said = str(_("网上反映：%(title)s。请核实是否属实") % {"title": topic.title.rstrip("。")})
    first = OpinionItem.objects.in_world(ctx).filter(topic=topic).exclude(url="").order_by("seen_at").first()
    return f"{said}。{_('原文：%(url)s') % {'url': first.url}}" if first else said


@step_service(CHECK, "answer")
def answer(ctx: Context, check: OpinionCheck, evidence: dict[str, Any]) -> OpinionCheck:
    """The unit says whether it is so; the topic carries the verdict from then on."""
    with transaction.atomic():
        verdict, grounds = str(evidence.get("verdict") or ""), str(evidence.get("grounds") or "").strip()
        me = system("opinion", world=ctx.world, cause=ctx.cause)
        # The topic before its verification, as the other verbs lock them.
        topic = (
            OpinionTopic.objects.select_related("region")
            .select_for_update(of=("self",))
            .in_world(me)
            .get(pk=check.topic_id)
        )
        done: OpinionCheck = transition(
            ctx, check, "answer", evidence=evidence, verdict=verdict, grounds=grounds,
            answered_by=f"{ctx.actor.name} {ctx.actor.post}".strip()[:160],
        )  # fmt: skip
        if topic.state == "verifying":
            transition(
                me, topic, "conclude", evidence={"verdict": verdict, "grounds": grounds}, verdict=verdict, verdict_grounds=grounds,
                verdict_at=ctx.now(),
            )  # fmt: skip
            announce(
                ctx,
                OpinionJudged(topic=str(topic.pk), region=topic.region.short_code, verdict=verdict, incident=str(topic.incident_id or "")),
                scope=topic.scope, shared_with=topic.shared_with,
            )  # fmt: skip
    return done


@step_service(CHECK, "recall")
def recall(ctx: Context, check: OpinionCheck, evidence: dict[str, Any]) -> OpinionCheck:
    """The unit need not verify any more; the topic is watched on."""
    with transaction.atomic():
        topic = _locked(ctx, check.topic)
        done: OpinionCheck = transition(ctx, check, "recall", evidence=evidence)
        if topic.state == "verifying":
            transition(ctx, topic, "recall", evidence=evidence)
    return done
