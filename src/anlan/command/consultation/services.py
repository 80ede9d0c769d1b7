"""The verbs of consultations: propose, convene, ask, record views, give guidance, conclude."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from anlan.command.models import Consultation, ConsultationView, Expert, Incident, Task
from anlan.command.responses.services import issue_tasks
from anlan.command.services.links import https_link
from anlan.command.services.papers import district_path
from anlan.kernel import auditing
from anlan.kernel.context import Context, system
from anlan.kernel.errors import BadInput, Conflict, NotAllowed
from anlan.kernel.loops import once, open_record, transition
from anlan.kernel.loops.stepping import step_service
from anlan.kernel.texts import whole, whole_line
from anlan.kernel.wording import words as _
from anlan.messaging.services import send
from anlan.places.queries import Organisation, Region, keys_with_role, region_at

from .loops import CONVENERS
from .queries import gather

CONVENE = "command.consultation.convene"


@once(Consultation)
def convene_consultation(
    ctx: Context, *, title: str = "", reason: str = "", incident: Incident | None = None, region: Region | None = None,
    about: tuple[str, str, str] = ("", "", ""), organisations: Iterable[str] = (), experts: Iterable[str] = (), meeting_url: str = "",
    proposed: Consultation | None = None, request: UUID | None = None,
) -> Consultation:  # fmt: skip
    """Call a consultation now: the material is gathered and frozen, everybody asked has half an hour for a view.

    `about`: (type, id, address) of the signal or warning; `proposed`: one that the platform proposed. `meeting_url` must be https.
    `request`: the form's own number; sent twice, the first answer comes back.
    Raises NotAllowed, BadInput naming the field, Conflict (one about the same is under way, the incident is over).
    """
    meeting_url = https_link(meeting_url, "meeting_url")
    title, reason = whole_line(title, 200, "title", _("主题")), whole(reason, 500, "reason", _("缘由"))
    if proposed is not None:
        incident, region = proposed.incident, proposed.region
    if incident is not None:
        region = region_at(district_path(incident.scope)) or incident.region
        title = title or _("%(title)s会商") % {"title": incident.title}
    region = region or next((r for p in ctx.paths(CONVENE) if (r := region_at(p))), None)
    if region is None:
        raise NotAllowed(permission=CONVENE)
    ctx.require(CONVENE, region.path)
    with transaction.atomic():
        if incident is not None and not Incident.objects.get_visible(ctx, pk=incident.pk).is_open:
            raise Conflict(_("事件已结束"), mend=_("请刷新后查看最新状态"))
        made = proposed or _open(ctx, region, title, reason, incident, about, request=request, request_by=ctx.actor.key)
        moved: Consultation = transition(
            ctx, made, "convene", material=gather(ctx, region, incident), material_at=ctx.now(), meeting_url=meeting_url,
            convened_by=ctx.actor.signature, convened_at=ctx.now(), reason=reason or made.reason,
        )  # fmt: skip
        ask_participants(ctx, consultation=moved, organisations=organisations, experts=experts)
    moved.refresh_from_db()
    return moved


def propose_consultation(
    ctx: Context, *, region: Region, title: str, reason: str, about: tuple[str, str, str], by: datetime | None = None
) -> Consultation | None:
    """The platform proposes one to the office and the duty chief; a person convenes it or says why not. None when one about the same
    was there already. `by`: when it has to be called, else within the hour."""
    if Consultation.objects.in_world(ctx).filter(region=region, about_type=about[0], about_id=about[1]).exists():
        return None
    try:
        with transaction.atomic():
            office = keys_with_role("hq_office", region.path)
            made = _open(ctx, region, title, reason, None, about, convene_by=by, owner_keys=office, shared_with=office)
            if office:
                send(
                    ctx, text=_("%(title)s：请召集，或说明不召开的理由") % {"title": made.title}, to_keys=office, scope=made.scope,
                    about=(made.loop.key, made.pk, made.get_absolute_url()), dedupe=f"consultation:{made.pk}",
                )  # fmt: skip
            return made
    except Conflict:
        return None


def ask_participants(
    ctx: Context, *, consultation: Consultation, organisations: Iterable[str] = (), experts: Iterable[str] = ()
) -> list[ConsultationView]:
    """Ask departments (codes) and experts (ids) for their views; nobody is asked twice. Raises BadInput for who is not of the region."""
    _require(ctx, consultation)
    codes, ids = list(dict.fromkeys(organisations)), list(dict.fromkeys(str(e) for e in experts))
    units = Organisation.objects.filter(
        pk__in=codes, retired_at__isnull=True, scope__startswith=consultation.region.path
    )
    found = {o.pk: o for o in units}
    known = {str(e.pk): e for e in Expert.objects.visible_to(ctx).filter(retired_at=None)} if ids else {}
    strange = [c for c in codes if c not in found] + [e for e in ids if e not in known]
    if strange:
        raise BadInput(
            _("没有这些参加人：%(codes)s") % {"codes": "、".join(strange[:5])},
            field="organisations",
            mend=_("请从列出的单位和专家中选择"),
        )
    made = []
    with transaction.atomic():
        held = _held(ctx, consultation)
        there = ConsultationView.objects.in_world(ctx).filter(consultation=held)
        units_there = set(there.values_list("organisation_id", flat=True))
        experts_there = set(there.values_list("expert_id", flat=True))
        asked: list[tuple[Any, Any, str, str]] = [
            (o, None, o.key, str(o)) for o in (found[c] for c in codes) if o.pk not in units_there
        ]
        asked += [
            (None, e, f"person:{e.person_id}" if e.person_id else "", str(e))
            for e in (known[i] for i in ids)
            if e.pk not in experts_there
        ]
        keys = sorted({key for _o, _e, key, _n in asked if key})
        held.shared_with = sorted({*held.shared_with, *keys})
        held.save(update_fields=["shared_with"])
        for unit, expert, key, name in asked:
            made.append(open_record(
                ctx, ConsultationView, scope=held.scope, shared_with=[key] if key else [], owner_keys=[key] if key else [],
                consultation=held,
                organisation=unit, expert=expert, name=name,
            ))  # fmt: skip
        if keys:
            send(
                ctx, text=_("%(title)s：请在 30 分钟内发表会商意见") % {"title": held.title}, to_keys=keys, urgent=True, scope=held.scope,
                about=(Consultation.loop.key, held.pk, held.get_absolute_url()),
            )  # fmt: skip
    consultation.refresh_from_db()
    return made


def give_guidance(
    ctx: Context, *, consultation: Consultation, text: str, organisations: Iterable[str], minutes: int,
    request: UUID | None = None,
) -> list[Any]:  # fmt: skip
    """Point-to-point guidance: a task for each organisation, kept with the consultation and in its minutes.

    `request`: the form's own number; sent twice, the tasks of the first time come back. Raises as `issue_tasks`.
    """
    _require(ctx, consultation)
    with transaction.atomic():
        held = _held(ctx, consultation, over=True)
        # The consultation is held: of two that come at the same moment the second finds the first.
        given = [g["task"] for g in held.guidance if request is not None and g.get("request") == str(request)]
        if given:
            return list(Task.objects.visible_to(ctx).filter(pk__in=given).order_by("pk"))
        incident = held.incident if held.incident and held.incident.is_open else None
        tasks = issue_tasks(ctx, text=text, organisations=organisations, minutes=minutes, incident=incident)
        held.guidance = [
            *held.guidance,
            *(
                {"task": str(t.pk), "text": t.text, "to": str(t.organisation), "request": str(request or "")}
                for t in tasks
            ),
        ]
        held.save(update_fields=["guidance"])
        auditing.record(
            ctx, action="command.consultation.guide", label=_("点对点指导"), object_type=Consultation.loop.key, object_id=held.pk,
            scope=held.scope, data={"text": text[:300], "to": [str(t.organisation) for t in tasks]},
        )  # fmt: skip
    return tasks


@step_service("command.consultation", "conclude")
def conclude(ctx: Context, found: Consultation, given: dict[str, Any]) -> Consultation:
    """The conclusion stands; whoever has not answered is written down as silent."""
    with transaction.atomic():
        held = _held(ctx, found)
        moved: Consultation = transition(
            ctx,
            held,
            "conclude",
            evidence=given,
            conclusion=str(given.get("conclusion") or "").strip(),
            concluded_by=ctx.actor.signature,
        )
        _lapse(ctx, moved)
    return moved


@step_service("command.consultation", "drop")
def drop(ctx: Context, found: Consultation, given: dict[str, Any]) -> Consultation:
    with transaction.atomic():
        moved: Consultation = transition(ctx, found, "drop", evidence=given)
        _lapse(ctx, moved)
    return moved


@step_service("command.consultation_view", "give")
def give_view(ctx: Context, view: ConsultationView, given: dict[str, Any]) -> ConsultationView:
    said = {
        "text": str(given.get("text") or "").strip(),
        "said_by": ctx.actor.signature,
        "means": "app",
        "answered_at": ctx.now(),
    }
    moved: ConsultationView = transition(ctx, view, "give", evidence=given, **said)
    return moved


@step_service("command.consultation_view", "record")
def record_view(ctx: Context, view: ConsultationView, given: dict[str, Any]) -> ConsultationView:
    """The secretary writes down what somebody said, by what means."""
    said = {
        "text": str(given.get("text") or "").strip(), "said_by": str(given.get("who") or "")[:160],
        "means": str(given.get("means") or "")[:10],
        "recorded_by": ctx.actor.signature, "answered_at": ctx.now(),
    }  # fmt: skip
    moved: ConsultationView = transition(ctx, view, "record", evidence=given, **said)
    return moved


@step_service("command.consultation_view", "decline")
def decline_view(ctx: Context, view: ConsultationView, given: dict[str, Any]) -> ConsultationView:
    reason = str(given.get("reason") or "").strip()
    moved: ConsultationView = transition(
        ctx, view, "decline", evidence=given, text=reason, recorded_by=ctx.actor.signature, answered_at=ctx.now()
    )
    return moved


def _lapse(ctx: Context, found: Consultation) -> None:
    for view in ConsultationView.objects.in_world(ctx).open().filter(consultation=found):
        transition(system("consultations", world=ctx.world), view, "lapse")


def _open(
    ctx: Context,
    region: Region,
    title: str,
    reason: str,
    incident: Incident | None,
    about: tuple[str, str, str],
    **fields: Any,
) -> Consultation:
    title, reason = whole_line(title, 200, "title", _("会商主题")), whole(reason, 500, "reason", _("召集理由"))
    if not title:
        raise BadInput(_("没有写会商主题"), field="title", mend=_("例如：强降雨防范会商"))
    try:
        with transaction.atomic():
            made: Consultation = open_record(
                ctx, Consultation, scope=region.path, region=region, title=title, reason=reason, incident=incident,
                about_type=about[0][:40], about_id=about[1][:60], about_url=about[2][:200],
                **fields,
            )  # fmt: skip
            return made
    except IntegrityError:
        raise Conflict(_("这件事的会商已在进行"), mend=_("请打开已有的会商")) from None


def _held(ctx: Context, found: Consultation, *, over: bool = False) -> Consultation:
    rows = Consultation.objects.select_for_update(of=("self",)).select_related("region", "incident")
    held: Consultation = rows.get_visible(ctx, pk=found.pk)
    if not held.is_open and not (over and held.state == "concluded"):
        raise Conflict(_("会商已结束"), mend=_("请刷新后查看最新状态"))
    return held


def _require(ctx: Context, found: Consultation) -> None:
    if not any(ctx.holds(role, found.scope) for role in CONVENERS):
        raise NotAllowed(_("只有召集会商的一方可以办理"))
