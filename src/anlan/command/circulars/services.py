"""The verbs of circulars: taking one in, sending one to units, reading, reporting, sending on to another unit, chasing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime

from anlan.command.models import Circular, CircularReceipt, Incident
from anlan.command.units import Unit, asking_street, chosen_units, path_of_asking
from anlan.kernel import auditing
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict, NotAllowed, Refused
from anlan.kernel.loops import open_record, open_records, transition, transition_all
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.services.attachments import attach
from anlan.kernel.texts import whole
from anlan.kernel.wording import words as _
from anlan.messaging.services import send

from .loops import CIRCULAR

SEND = "command.circular.send"
RECEIVE = "command.circular.receive"
MOST_DAYS = 90
#: So soon is answered what a level above asks to be verified, where it names no time (建议值: half an hour is the common practice).
VERIFY_MIN = 30
CHASE_AGAIN_MIN = 5


def register_circular(
    ctx: Context, *, title: str, kind: str, issuer: str, text: str = "", number: str = "", urgency: str = "normal",
    means: str = "typed", done_by: datetime | None = None, incident: Incident | None = None, files: Iterable[Any] = (),
    source_id: str = "",
) -> Circular:  # fmt: skip
    """Take in a circular or instruction from above, with its original (`files`: uploads with ``name``, ``size``, ``read``).

    It waits for the desk to pass it on, to write down what was done, or to file it. `source_id` is the sender's own id: the
    same one of the same issuer is taken once, a second time gives the first. What is to be verified (核实要求) is owed within half an hour
    unless `done_by` says otherwise. Raises BadInput naming the field.
    """
    paths = ctx.paths(RECEIVE)
    if not paths:
        raise NotAllowed(permission=RECEIVE)
    _check(title=title, kind=kind, urgency=urgency, means=means, issuer=issuer)
    if kind == Circular.Kind.VERIFY and done_by is None:
        done_by = ctx.now() + timedelta(minutes=VERIFY_MIN)
    files = list(files)
    if not text.strip() and not files:
        raise BadInput(_("没有正文，也没有原件"), field="text", mend=_("请录入正文，或上传原件"))
    with transaction.atomic():
        if source_id:
            known = (
                Circular.objects.in_world(ctx).filter(issuer=issuer.strip()[:120], source_id=source_id[:120]).first()
            )
            if known is not None:
                return known
        made: Circular = open_record(
            ctx, Circular, scope=paths[0], from_above=True, kind=kind, urgency=urgency, means=means, title=whole(title, 200, "title"),
            number=whole(number, 60, "number"), issuer=whole(issuer, 120, "issuer"), text=text.strip(), done_by=done_by, incident=incident,
            registered_by=ctx.actor.signature, by_street=asking_street(ctx, paths[0]), source_id=source_id[:120] or None,
            **_owner(asking_street(ctx, paths[0])),
        )  # fmt: skip
        _keep(ctx, made, files)
    return made


def issue_circular(
    ctx: Context, *, title: str, kind: str, organisations: Iterable[str], read_by: datetime | None = None, text: str = "",
    number: str = "", urgency: str = "normal", done_by: datetime | None = None, incident: Incident | None = None,
    files: Iterable[Any] = (),
) -> Circular:  # fmt: skip
    """Write a circular and send it to units (codes): to be read by `read_by`, and with `done_by` to be done and reported.

    Raises BadInput naming the field (a unit that is out of use, a time that has passed), NotAllowed for others' places.
    """
    units = chosen_units(ctx, SEND, organisations)
    path = path_of_asking(ctx, SEND, units)
    street = asking_street(ctx, path)
    issuer = _issuer(ctx)
    _check(title=title, kind=kind, urgency=urgency, means="typed", issuer=issuer)
    files = list(files)
    if not text.strip() and not files:
        raise BadInput(_("没有正文，也没有附件"), field="text", mend=_("请写明要知道什么、做什么"))
    read_by, done_by = _checked_times(ctx, read_by, done_by)
    with transaction.atomic():
        made: Circular = open_record(
            ctx, Circular, scope=path, kind=kind, urgency=urgency, title=whole(title, 200, "title"), number=whole(number, 60, "number"),
            issuer=issuer, text=text.strip(), read_by=read_by, done_by=done_by, incident=incident, registered_by=ctx.actor.signature,
            by_street=street, **_owner(street),
        )  # fmt: skip
        _keep(ctx, made, files)
        return _send(ctx, made, units)


def pass_on(
    ctx: Context, *, circular: Circular, organisations: Iterable[str], read_by: datetime | None = None,
    done_by: datetime | None = None,
) -> Circular:  # fmt: skip
    """Send a circular that came from above to units, or one that is under way to further units; nobody gets it twice."""
    with transaction.atomic():
        held: Circular = Circular.objects.select_for_update(of=("self",)).get_visible(ctx, pk=circular.pk)
        require_sender(ctx, held)
        if not held.is_open:
            raise Conflict(
                _("“%(title)s”已%(state)s") % {"title": held.title, "state": held.state_label},
                mend=_("请刷新后查看最新状态"),
            )
        units = chosen_units(ctx, SEND, organisations)
        there = set(
            CircularReceipt.objects.in_world(ctx).filter(circular=held).values_list("organisation_id", flat=True)
        )
        units = [u for u in units if u.organisation.pk not in there]
        if not units:
            raise BadInput(_("这些单位都已收到"), field="organisations", mend=_("请选择还没有收到的单位"))
        if held.state == "registered":
            held.read_by, held.done_by = _checked_times(ctx, read_by, done_by or held.done_by)
            held.save(update_fields=["read_by", "done_by"])
        return _send(ctx, held, units)


def hand_to(ctx: Context, *, receipt: CircularReceipt, organisation: str, reason: str) -> CircularReceipt:
    """The unit was merged or the matter is another's: its receipt ends with the reason, the other unit gets one of its own."""
    if not reason.strip():
        raise BadInput(_("没有写改送原因"), field="reason", mend=_("例如：已并入区发展改革委"))
    with transaction.atomic():
        held: CircularReceipt = (
            CircularReceipt.objects.select_for_update(of=("self",)).select_related("circular", "organisation")
            .get_visible(ctx, pk=receipt.pk)
        )  # fmt: skip
        require_sender(ctx, held.circular)
        machine = _machine(ctx)
        transition(machine, held, "withdraw", evidence={"reason": _("改送：%(why)s") % {"why": reason.strip()[:200]}})
        pass_on(ctx, circular=held.circular, organisations=[organisation])
        moved: CircularReceipt = CircularReceipt.objects.in_world(ctx).get(
            circular=held.circular, organisation=organisation
        )
    return moved


def chase_unread(ctx: Context, *, circular: Circular) -> int:
    """Remind every unit that has not read it, or not reported what was done; returns how many. Not twice within five minutes."""
    require_sender(ctx, circular)
    waiting = list(
        CircularReceipt.objects.in_world(ctx).filter(circular=circular, state__in=("sent", "read")).order_by("pk")
    )
    if not waiting:
        raise Refused(_("没有未签阅、未反馈的单位"), mend=_("请刷新后查看最新状态"))
    bucket = int(ctx.now().timestamp()) // (CHASE_AGAIN_MIN * 60)
    with transaction.atomic():
        said = send(
            ctx, text=_("【催办】%(title)s：请立即签阅、反馈办理情况") % {"title": circular.headline},
            to_keys={key for r in waiting for key in r.owner_keys}, urgent=True, scope=circular.scope, about=about(circular),
            dedupe=f"circular-chase:{circular.pk}:{bucket}",
        )  # fmt: skip
        if said is None:
            return 0
        auditing.record(
            ctx, action="command.circular.chase", label=_("催办"), object_type=CIRCULAR.key, object_id=circular.pk,
            scope=circular.scope, data={"units": len(waiting)},
        )  # fmt: skip
    return len(waiting)


@step_service("command.circular_receipt", "read")
def _read(ctx: Context, receipt: Any, given: dict[str, Any]) -> Any:
    return _move(ctx, receipt, "read", given, read_at=ctx.now(), read_name=ctx.actor.signature, read_how="app")


@step_service("command.circular_receipt", "note")
def _note(ctx: Context, receipt: Any, given: dict[str, Any]) -> Any:
    return _move(ctx, receipt, "note", given, read_at=ctx.now(), read_name=ctx.actor.signature, read_how="app")


@step_service("command.circular_receipt", "record_read")
def _record_read(ctx: Context, receipt: Any, given: dict[str, Any]) -> Any:
    return _move(ctx, receipt, "record_read", given, read_at=ctx.now(), **_told(given))


@step_service("command.circular_receipt", "record_note")
def _record_note(ctx: Context, receipt: Any, given: dict[str, Any]) -> Any:
    return _move(ctx, receipt, "record_note", given, read_at=ctx.now(), **_told(given))


def _told(given: dict[str, Any]) -> dict[str, str]:
    return {"read_name": str(given.get("who") or "")[:160], "read_how": str(given.get("how") or "")[:12]}


@step_service("command.circular_receipt", "report")
def _report(ctx: Context, receipt: Any, given: dict[str, Any]) -> Any:
    return _move(
        ctx,
        receipt,
        "report",
        given,
        done_at=ctx.now(),
        done_name=ctx.actor.signature,
        done_text=str(given.get("text") or ""),
    )


@step_service("command.circular_receipt", "record_report")
def _record_report(ctx: Context, receipt: Any, given: dict[str, Any]) -> Any:
    done = {"done_name": str(given.get("who") or "")[:160], "done_text": str(given.get("text") or "")}
    return _move(ctx, receipt, "record_report", given, done_at=ctx.now(), **done)


@step_service("command.circular_receipt", "accept")
def _accept(ctx: Context, receipt: Any, given: dict[str, Any]) -> Any:
    return _move(ctx, receipt, "accept", given)


@step_service("command.circular_receipt", "return")
def _return(ctx: Context, receipt: Any, given: dict[str, Any]) -> Any:
    return _move(ctx, receipt, "return", given)


def _move(
    ctx: Context, receipt: CircularReceipt, step: str, evidence: dict[str, Any], **fields: Any
) -> CircularReceipt:
    with transaction.atomic():
        moved: CircularReceipt = transition(ctx, receipt, step, evidence=evidence, **_owner_of(receipt, step), **fields)
        _finish_when_done(ctx, moved.circular)
    return moved


def answer_done(ctx: Context, *, receipt: CircularReceipt, text: str = "", photo: Any = None) -> CircularReceipt:
    """已办 in one press, for who has the whole circular before them: read where it was not yet, then reported as done.

    `text` says more than 已办. Raises NotFound, NotAllowed, Refused where nothing is to be done, Conflict when it was reported already.
    """
    with transaction.atomic():
        held: CircularReceipt = (
            CircularReceipt.objects.select_for_update(of=("self",)).select_related("circular", "organisation")
            .get_visible(ctx, pk=receipt.pk)
        )  # fmt: skip
        if not held.to_act:
            raise Refused(_("这一件只需签阅"), mend=_("请按“签阅”"))
        if held.state == "sent":
            held = _read(ctx, held, {})
        given = {"text": text.strip() or _("已办"), **({"photo": photo} if photo else {})}
        done: CircularReceipt = _report(ctx, held, given)
    return done


def _owner_of(receipt: CircularReceipt, step: str) -> dict[str, Any]:
    reported = step in ("report", "record_report")
    return _owner(receipt.circular.by_street) if reported else {}


@step_service("command.circular", "withdraw")
def withdraw_circular(ctx: Context, circular: Circular, given: dict[str, Any]) -> Circular:
    """Called back: nobody owes anything for it any more; what was read stays in the record."""
    with transaction.atomic():
        # The receipts before their circular, as every receipt locks them.
        rows = CircularReceipt.objects.in_world(ctx).select_for_update(of=("self",)).order_by("pk")
        waiting = list(rows.filter(circular=circular, closed_at=None))
        moved: Circular = transition(ctx, circular, "withdraw", evidence=given)
        transition_all(_machine(ctx), waiting, "withdraw", evidence={"reason": given["reason"]})
        keys = {key for r in waiting for key in r.owner_keys}
        if keys:
            send(
                ctx, text=_("【撤回】%(title)s：%(why)s") % {"title": moved.headline, "why": given["reason"]}, to_keys=keys,
                scope=moved.scope, about=about(moved), dedupe=f"circular-withdrawn:{moved.pk}",
            )  # fmt: skip
    return moved


def require_sender(ctx: Context, circular: Circular) -> None:
    if not any(ctx.holds(role, circular.scope) for role in circular.senders):
        raise NotAllowed(_("只有发文的值班室可以办理"))


def about(circular: Circular) -> tuple[str, Any, str]:
    return (CIRCULAR.key, circular.pk, circular.get_absolute_url())


def _send(ctx: Context, circular: Circular, units: list[Unit]) -> Circular:
    open_records(ctx, CircularReceipt, [
        {
            "circular": circular, "organisation": u.organisation, "scope": u.organisation.scope, "owner_keys": u.owner_keys,
            "shared_with": sorted({u.key, *u.owner_keys, *u.leader_keys}), "leader_keys": u.leader_keys,
        }
        for u in units
    ])  # fmt: skip
    moved: Circular = transition(
        _machine(ctx), circular, "send", shared_with=sorted({*circular.shared_with, *(u.key for u in units)}),
        **_owner(circular.by_street),
    )  # fmt: skip
    due = f"{localtime(moved.read_by):%m-%d %H:%M}" if moved.read_by else ""
    send(
        ctx, text=_("【%(urgency)s】%(title)s，请在 %(due)s 前签阅") % {
            "urgency": moved.get_urgency_display(), "title": moved.headline, "due": due,
        },
        people=[p for u in units for p in u.people], urgent=moved.urgency != "normal", scope=moved.scope, about=about(moved),
    )  # fmt: skip
    return moved


def _finish_when_done(ctx: Context, circular: Circular) -> None:
    """It ends with the last receipt; held while they are counted, so that two last ones do not both look away."""
    held = Circular.objects.in_world(ctx).select_for_update(of=("self",)).get(pk=circular.pk)
    if held.is_open and not CircularReceipt.objects.in_world(ctx).open().filter(circular=held).exists():
        transition(_machine(ctx), held, "finish")


def _checked_times(
    ctx: Context, read_by: datetime | None, done_by: datetime | None
) -> tuple[datetime, datetime | None]:
    now = ctx.now()
    read_by = read_by or min(now + timedelta(minutes=30), done_by or now + timedelta(minutes=30))
    for name, at in (("read_by", read_by), ("done_by", done_by)):
        if at is not None and not now < at <= now + timedelta(days=MOST_DAYS):
            raise BadInput(
                _("时限已经过去，或在 %(n)d 天之后") % {"n": MOST_DAYS}, field=name, mend=_("请填写晚于现在的时间")
            )
    if done_by is not None and done_by < read_by:
        raise BadInput(_("办结时限早于签阅时限"), field="done_by", mend=_("请先阅后办"))
    return read_by, done_by


def _check(*, title: str, kind: str, urgency: str, means: str, issuer: str) -> None:
    if not title.strip():
        raise BadInput(_("没有写标题"), field="title", mend=_("请写标题"))
    if not issuer.strip():
        raise BadInput(_("没有写发文单位"), field="issuer", mend=_("请写是谁发的"))
    for name, value, known in (
        ("kind", kind, Circular.Kind.values), ("urgency", urgency, Circular.Urgency.values), ("means", means, Circular.Means.values),
    ):  # fmt: skip
        if value not in known:
            raise BadInput(
                _("没有“%(value)s”这一项") % {"value": value[:20]}, field=name, mend=_("请从列出的选项中选择")
            )


def _keep(ctx: Context, circular: Circular, files: Iterable[Any]) -> None:
    for file in files:
        attach(
            ctx, object_type=CIRCULAR.key, object_id=circular.pk, scope=circular.scope, shared_with=circular.shared_with,
            file=file, name=file.name, labels=["original"],
        )  # fmt: skip


def _issuer(ctx: Context) -> str:
    from anlan.places.queries import Organisation

    own = sorted(key.removeprefix("org:") for key in ctx.keys if key.startswith("org:"))
    found = Organisation.objects.filter(pk__in=own).order_by("code").first()
    return found.name if found else ctx.actor.name


def _owner(by_street: str) -> dict[str, Any]:
    return {"owner_role": "town"} if by_street else {}


def _machine(ctx: Context) -> Context:
    return system("command.circular", world=ctx.world, cause=ctx.actor.key)
