"""The daily brief: composed by the platform, worded by the officer, signed by the leader, sent with receipts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.timezone import localtime

from anlan.command.duty.log import duty_day
from anlan.command.models import Brief
from anlan.kernel import auditing
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.loops import open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.wording import own_language
from anlan.kernel.wording import words as _
from anlan.messaging.services import send
from anlan.places.queries import Organisation, Region, organisations_acting_as, regions_under

from .. import papers
from ..composing import compose, figures_of
from ..loops import DUTY

KEY = Brief.loop.key
LONGEST_WORDS = 3000
#: Who gets a brief unless the officer says otherwise, by their actor code.
USUAL = ("hq", "hq_office", "emergency")


def composer(ctx: Context) -> Context:
    """The part of the platform that composes, in the world and for the cause of `ctx`."""
    return system("briefs", world=ctx.world, cause=ctx.cause)


def may_write(ctx: Context, path: str) -> bool:
    return any(ctx.holds(role, path) for role in DUTY)


def draft_brief(ctx: Context, *, region: Region, day: date) -> Brief:
    """The brief of a day: composed, or the one that is there already. Raises NotAllowed, BadInput for a day to come."""
    if not may_write(ctx, region.path):
        raise NotAllowed(_("只有值班岗位能拟值班日报"))
    since, until = duty_day(day)
    if since > ctx.now():
        raise BadInput(
            _("%(day)s 还没有开始") % {"day": f"{day:%Y-%m-%d}"}, field="day", mend=_("请选今天或以前的日期")
        )
    me = composer(ctx)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"brief:{ctx.world}:{region.pk}:{day}"]
            )
        known = Brief.objects.in_world(me).filter(region=region, day=day).exclude(state="withdrawn").first()
        if known is not None:
            return known
        facts = compose(me, region, since, until, figures_before(me, region, day))
        return open_record(
            me, Brief, scope=region.path, region=region, day=day, since=since, until=until, facts=facts, composed_at=me.now(),
            title=_title(region), recipients=_usual(region), note={"day": day.isoformat(), "by": ctx.actor.key},
        )  # fmt: skip


@own_language()
def _title(region: Region) -> str:
    return str(_("%(region)s值班日报") % {"region": region.name})


def _usual(region: Region) -> list[dict[str, str]]:
    found = [o for actor in USUAL for o in organisations_acting_as(actor, region.path) if o.region_id == region.pk]
    return [{"key": o.key, "name": o.name} for o in {o.pk: o for o in found}.values()]


def figures_before(ctx: Context, region: Region, day: date) -> dict[str, Any]:
    """Figures of the brief of the day before; empty when there was none."""
    rows = Brief.objects.in_world(ctx).filter(region=region, day=day - timedelta(days=1)).exclude(state="withdrawn")
    found = rows.first()
    return figures_of(found.facts) if found else {}


def refresh_brief(ctx: Context, brief: Brief) -> Brief:
    """Count anew; the officer's own words stay. Raises Conflict once it went to be signed."""
    with transaction.atomic():
        fresh = _editable(ctx, brief)
        me = composer(ctx)
        fresh.facts = compose(me, fresh.region, fresh.since, fresh.until, figures_before(me, fresh.region, fresh.day))
        fresh.composed_at = ctx.now()
        fresh.save(update_fields=["facts", "composed_at"])
        auditing.record(
            ctx, action=f"{KEY}.refresh", label=_("重新汇总"), object_type=KEY, object_id=fresh.pk, scope=fresh.scope
        )
    return fresh


def edit_brief(
    ctx: Context, brief: Brief, *, own: Mapping[str, str], recipients: Sequence[str], seen: str = ""
) -> Brief:
    """The officer's words by section and who gets it (audience keys of organisations). `seen`: the `fingerprint` the editor was shown.

    Raises NotAllowed, Conflict (signed meanwhile, or changed by somebody else), BadInput.
    """
    words = {k: str(v).strip() for k, v in own.items() if k in {s["key"] for s in brief.facts} and str(v).strip()}
    if too_long := next((k for k, v in words.items() if len(v) > LONGEST_WORDS), ""):
        raise BadInput(_("这一节超过 %(n)d 字") % {"n": LONGEST_WORDS}, field=f"own-{too_long}", mend=_("请删减"))
    keys = list(dict.fromkeys(recipients))
    known = {
        o.key: o.name
        for o in Organisation.objects.filter(code__in=[k.removeprefix("org:") for k in keys], retired_at__isnull=True)
    }
    if strange := [k for k in keys if k not in known]:
        raise BadInput(
            _("没有这些单位：%(names)s") % {"names": "、".join(strange)},
            field="recipients",
            mend=_("请从列出的单位中选择"),
        )
    with transaction.atomic():
        fresh = _editable(ctx, brief)
        if seen and seen != fingerprint(fresh):
            raise Conflict(_("这份日报刚被别人改过，您的修改没有保存"), mend=_("请先复制您写的内容，刷新后再改"))
        before = fresh.own
        fresh.own, fresh.recipients = words, [{"key": k, "name": known[k]} for k in keys]
        fresh.save(update_fields=["own", "recipients"])
        auditing.record(
            ctx, action=f"{KEY}.edit", label=_("修改日报"), object_type=KEY, object_id=fresh.pk, scope=fresh.scope,
            data={"before": before, "after": words},
        )  # fmt: skip
    return fresh


def fingerprint(brief: Brief) -> str:
    """Short text that changes with the officer's words and the recipients."""
    words = json.dumps([brief.own, brief.recipients], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def _editable(ctx: Context, brief: Brief) -> Brief:
    fresh: Brief = Brief.objects.select_related("region").select_for_update(of=("self",)).get_visible(ctx, pk=brief.pk)
    if not may_write(ctx, fresh.scope):
        raise NotAllowed(_("只有值班岗位能修改值班日报"))
    if fresh.state != "drafted":
        raise Conflict(
            _("「%(title)s」%(state)s，不能再改") % {"title": fresh, "state": fresh.state_label}, mend=_("请先退回修改")
        )
    return fresh


@step_service(KEY, "sign")
def sign_brief(ctx: Context, brief: Brief, evidence: dict[str, Any]) -> Brief:
    """The leader signs: number and paper. Of two who sign at once one wins, the other gets Conflict."""
    with transaction.atomic():
        signed: Brief = transition(
            ctx, brief, "sign", evidence=evidence, serial=_next_serial(ctx, brief), signed_by=ctx.actor.name[:120], signed_at=ctx.now(),
        )  # fmt: skip
        papers.lay_down(ctx, signed)
    return signed


def _next_serial(ctx: Context, brief: Brief) -> str:
    """〔2016〕第12期, counted per year, region and world."""
    year = localtime(ctx.now()).year
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"brief:{ctx.world}:{brief.region_id}:{year}"]
        )
    stem = f"〔{year}〕第"
    used = (
        Brief.objects.in_world(ctx)
        .filter(region=brief.region_id, serial__startswith=stem)
        .values_list("serial", flat=True)
    )
    return f"{stem}{max((int(s.removeprefix(stem).removesuffix('期')) for s in used), default=0) + 1}期"


@step_service(KEY, "send")
def send_brief(ctx: Context, brief: Brief, evidence: dict[str, Any]) -> Brief:
    """It goes to its recipients as a message that leads to it; who opened the message when is the receipt."""
    if not brief.recipients:
        raise BadInput(_("没有选收件单位"), field="recipients", mend=_("请先退回修改，选好收件单位"))
    with transaction.atomic():
        keys = [r["key"] for r in brief.recipients]
        sent: Brief = transition(
            ctx, brief, "send", evidence=evidence, sent_at=ctx.now(), sent_by=f"{ctx.actor.name} {ctx.actor.post}".strip()[:160],
            shared_with=sorted({*brief.shared_with, *keys}),
        )  # fmt: skip
        message = send(
            ctx, text=_("%(title)s%(serial)s已发出，请查阅") % {"title": sent, "serial": sent.serial}, to_keys=keys,
            about=(KEY, sent.pk, sent.get_absolute_url()), scope=sent.scope, dedupe=f"brief:{sent.pk}",
        )  # fmt: skip
        if message is not None:
            sent.message = message.pk
            sent.save(update_fields=["message"])
    return sent


def draft_due_briefs() -> int:
    """Begin the brief of yesterday where a duty room works and none was begun yet; returns how many. In the real world only."""
    ctx = system("briefs")
    yesterday = localtime(ctx.now()).date() - timedelta(days=1)
    made = 0
    for region in regions_under("", levels=("county",)):
        if not organisations_acting_as("duty", region.path) or not _worked(region):
            continue
        if not Brief.objects.in_world(ctx).filter(region=region, day=yesterday).exists():
            draft_brief(ctx, region=region, day=yesterday)
            made += 1
    return made


def _worked(region: Region) -> bool:
    """Somebody holds a duty post there: the sample regions of an installation have none."""
    from anlan.places.queries import people_on_duty

    return any(post.region_id == region.pk for post, _person in people_on_duty(region.path))
