"""The verbs of subscriptions. They belong to the real world, whatever exercise the person takes part in."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from anlan.events.webhooks import WebhookAsked
from anlan.kernel import auditing, clock
from anlan.kernel.announcing import announce
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.loops import open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.models import Outbox
from anlan.kernel.wording import words as _
from anlan.kernel.worlds import REAL

from . import queries
from .addresses import is_listed, target_of
from .loops import WEBHOOK
from .message import TEST_SUBJECT
from .models import Attempt, Progress, Subscription
from .offers import offers, subjects_of
from .rights import lacking

#: So many messages asked for by hand may wait for one receiver.
MOST_ASKED = 20


def create_subscription(
    ctx: Context, *, name: str, url: str, subjects: Iterable[str], scope: str, exercises: bool = False
) -> tuple[Subscription, str]:
    """Register a receiver for events of a region in which the actor may see them; returns it with its secret, shown this once.

    It sends at once when the installation names the host; otherwise it waits for the second look of an administrator.
    Raises BadInput (url, subjects, name), NotAllowed (region, rights).
    """
    ctx = ctx.inside(REAL)
    ctx.require(queries.CHANGE, scope)
    if not ctx.actor.key.startswith("person:"):
        raise NotAllowed(_("推送按登记人的权限进行，只能由人登记"))
    target = target_of(url)
    with transaction.atomic():
        record: Subscription = open_record(
            ctx, Subscription, scope=scope, owner_keys=[ctx.actor.key], shared_with=[ctx.actor.key], name=_name(name),
            url=url.strip(), subjects=_subjects(ctx, subjects, scope), exercises=exercises, acts_for=ctx.actor.key,
            acts_for_name=ctx.actor.name[:120], created_by=ctx.actor.key, note={"url": url.strip(), "subjects": list(subjects)},
        )  # fmt: skip
        Progress.objects.create(subscription=record, position=queries.head())
        if is_listed(target.host):
            transition(_machine(ctx), record, "admit")
    return record, queries.secret(record)


def change_subscription(
    ctx: Context, *, record: Subscription, name: str, url: str, subjects: Iterable[str], exercises: bool
) -> Subscription:
    """Change what is sent or where to. Another host is looked at by a second person again unless the installation names it."""
    ctx = ctx.inside(REAL)
    _require_change(ctx, record)
    target = target_of(url)
    with transaction.atomic():
        fresh = _locked(ctx, record)
        before = {"name": fresh.name, "url": fresh.url, "subjects": fresh.subjects, "exercises": fresh.exercises}
        moved = _place(url) != _place(fresh.url)
        fresh.name, fresh.url, fresh.exercises = _name(name), url.strip(), exercises
        fresh.subjects = _subjects(ctx, subjects, fresh.scope)
        # Whoever names a new address is no fit second person for it.
        fresh.created_by = ctx.actor.key if moved else fresh.created_by
        fresh.save(update_fields=["name", "url", "subjects", "exercises", "created_by"])
        after = {"name": fresh.name, "url": fresh.url, "subjects": fresh.subjects, "exercises": fresh.exercises}
        _note(ctx, fresh, "change", _("修改推送"), {"before": before, "after": after})
        if moved and fresh.state in queries.ADMITTED and not is_listed(target.host):
            transition(ctx, fresh, "submit")
        _wake(ctx, fresh)
    return fresh


def renew_secret(ctx: Context, *, record: Subscription) -> str:
    """Another secret in place of the present one, which holds no longer; shown this once."""
    ctx = ctx.inside(REAL)
    _require_change(ctx, record)
    with transaction.atomic():
        fresh = _locked(ctx, record)
        fresh.secret_serial += 1
        fresh.save(update_fields=["secret_serial"])
        _note(ctx, fresh, "renew", _("更换密钥"), {"serial": fresh.secret_serial})
        _wake(ctx, fresh)
    return queries.secret(fresh)


def ask_test(ctx: Context, *, record: Subscription) -> Attempt:
    """Have a test message sent to the receiver now, once."""
    return _ask(ctx, record, kind=Attempt.Kind.TEST, event=uuid.uuid4(), subject=TEST_SUBJECT)


def ask_again(ctx: Context, *, record: Subscription, delivery: int) -> Attempt:
    """Have the event of an earlier attempt sent once more now, with the same id: the receiver knows it when it has it."""
    former = queries.delivery(ctx, record, delivery)
    if former.kind == Attempt.Kind.TEST:
        raise BadInput(_("这是一条测试消息"), mend=_("请按“发测试消息”"))
    if not Outbox.objects.filter(event=former.event).exists():
        raise Conflict(_("这条事件已经不在库里，不能再发"), mend=_("请从业务页面查看当时的情况"))
    return _ask(
        ctx, record, kind=Attempt.Kind.AGAIN, event=former.event, subject=former.subject, position=former.position,
        exercise=former.exercise, attempt=former.attempt + 1,
    )  # fmt: skip


@step_service(WEBHOOK.key, "resume")
def resume(ctx: Context, record: Subscription, evidence: dict[str, Any]) -> Subscription:
    """Send again: from where it stopped, or from now on."""
    real = ctx.inside(REAL)
    with transaction.atomic():
        fresh: Subscription = transition(real, record, "resume", evidence=evidence, why="")
        start = {"position": queries.head()} if evidence.get("since") == "now" else {}
        Progress.objects.filter(subscription=fresh).update(failing_since=None, tries=0, error="", **start)
    return fresh


@step_service(WEBHOOK.key, "take_over")
def take_over(ctx: Context, record: Subscription, evidence: dict[str, Any]) -> Subscription:
    """Go on by the rights of whoever takes it over, from where it stopped."""
    real = ctx.inside(REAL)
    if lacking(real, record.subjects, record.scope):
        raise NotAllowed(_("您无权看这些事件，不能接管"), mend=_("请由有权看的人接管，或先减少推送的事件"))
    key = real.actor.key
    with transaction.atomic():
        fresh: Subscription = transition(
            real, record, "take_over", evidence=evidence, why="", acts_for=key, acts_for_name=real.actor.name[:120],
            owner_keys=[key], shared_with=[key],
        )  # fmt: skip
        Progress.objects.filter(subscription=fresh).update(failing_since=None, tries=0, error="")
    return fresh


def _in_the_real_world(step: str) -> None:
    @step_service(WEBHOOK.key, step)
    def take(ctx: Context, record: Subscription, evidence: dict[str, Any]) -> Subscription:
        moved: Subscription = transition(ctx.inside(REAL), record, step, evidence=evidence)
        return moved


for _step in ("release", "refuse", "pause", "end"):
    _in_the_real_world(_step)


def break_off(subscription: uuid.UUID, why: str) -> None:
    """The engine gives up for now: the administrator is told, the place where it stopped is kept."""
    ctx = system("webhooks")
    record = Subscription.objects.in_world(ctx).filter(pk=subscription, state="active").first()
    if record is not None:
        transition(ctx, record, "break", why=why[:300])


def _ask(ctx: Context, record: Subscription, **fields: Any) -> Attempt:
    ctx = ctx.inside(REAL)
    _require_change(ctx, record)
    with transaction.atomic():
        fresh = _locked(ctx, record)
        if fresh.state not in queries.ADMITTED:
            raise Conflict(
                _("「%(name)s」还没有放行，不能发送") % {"name": fresh.name}, mend=_("请先由系统管理员复核放行")
            )
        if Attempt.objects.filter(subscription=fresh, outcome="asked").count() >= MOST_ASKED:
            raise Conflict(_("已有 %(n)d 条在等待发送") % {"n": MOST_ASKED}, mend=_("请等它们发出后再试"))
        asked = Attempt.objects.create(
            subscription=fresh, outcome="asked", at=clock.real_now(), asked_by=ctx.actor.name[:120], **fields
        )
        _note(ctx, fresh, str(fields["kind"]), asked.get_kind_display(), {"event": str(asked.event)})
        _wake(ctx, fresh)
    return asked


def _require_change(ctx: Context, record: Subscription) -> None:
    if not queries.may_change(ctx, queries.subscription(ctx, record.pk)):
        raise NotAllowed(_("只有登记人和系统管理员可以改动这项推送"))


def _locked(ctx: Context, record: Subscription) -> Subscription:
    fresh: Subscription = Subscription.objects.select_for_update(of=("self",)).get_visible(ctx, pk=record.pk)
    if not fresh.is_open:
        raise Conflict(_("「%(name)s」已停用") % {"name": fresh.name}, mend=_("需要时请重新登记"))
    return fresh


def _name(name: str) -> str:
    if not name.strip() or len(name.strip()) > 120:
        raise BadInput(_("请写明接收方名称"), mend=_("例如：区水务局防汛平台（120 字以内）"), field="name")
    return name.strip()


def _subjects(ctx: Context, subjects: Iterable[str], scope: str) -> list[str]:
    """Patterns in their kept form, every one naming something that is offered and that the actor may see."""
    wanted = sorted({s.strip().removesuffix("*").removesuffix(">") for s in subjects if s.strip()})
    offered = "、".join(o.prefix + "*" for o in offers())
    if not wanted:
        raise BadInput(_("请至少选一类事件"), mend=_("可以选：%(all)s") % {"all": offered}, field="subjects")
    unknown = [s for s in wanted if not subjects_of(s)]
    if unknown:
        raise BadInput(
            _("没有“%(subject)s”这类可以推送的事件") % {"subject": unknown[0][:80]},
            mend=_("可以选：%(all)s") % {"all": offered}, field="subjects",
        )  # fmt: skip
    if foreign := lacking(ctx, wanted, scope):
        raise BadInput(
            _("您在这个地区无权看“%(subject)s”") % {"subject": foreign[0]},
            mend=_("请去掉这一类，或由有权的岗位登记"), field="subjects",
        )  # fmt: skip
    return wanted


def _place(url: str) -> tuple[str, str, int]:
    target = target_of(url)
    return target.scheme, target.host, target.port


def _machine(ctx: Context) -> Context:
    return system("webhooks", cause=ctx.cause)


def _note(ctx: Context, record: Subscription, verb: str, label: Any, data: dict[str, Any]) -> None:
    auditing.record(
        ctx, action=f"{WEBHOOK.key}.{verb}", label=label, object_type=WEBHOOK.key, object_id=record.pk, scope=record.scope,
        data=data,
    )  # fmt: skip


def _wake(ctx: Context, record: Subscription) -> None:
    announce(ctx, WebhookAsked(subscription=str(record.pk)), scope=record.scope, shared_with=record.shared_with)


__all__ = [
    "ask_again", "ask_test", "break_off", "change_subscription", "create_subscription", "renew_secret", "resume", "take_over",
]  # fmt: skip
