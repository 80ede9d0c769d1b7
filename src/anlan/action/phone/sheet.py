"""The sheet of data that a phone keeps for the time without a network."""

from __future__ import annotations

import json
from typing import Any

from django.db.models.functions import Length
from django.utils.translation import gettext as _

from anlan.command.circulars.queries import my_receipts
from anlan.command.models import Circular, CircularReceipt, RollCallAnswer, Task, WhistleCall
from anlan.command.rollcall.queries import my_answers
from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.loops import LoopRecord, available_steps
from anlan.kernel.models import World
from anlan.kernel.scope import above
from anlan.kernel.services.attachments import attachment_counts
from anlan.messaging.queries import my_calls
from anlan.places.models import Region
from anlan.places.queries import regions_under

from .kinds import field_kinds
from .owed import owed_reports
from .points import points
from .sites import my_sites

#: So many circulars at most, the most urgent first.
MOST_CIRCULARS = 50
#: A long circular is read on its own page; the phone keeps its beginning.
MOST_CIRCULAR = 3000
#: Kinds of evidence that a phone form can ask for; photos go with every item anyway.
_FIELDS = ("text", "longtext", "int", "decimal", "choice", "bool")


def sheet(ctx: Context) -> dict[str, Any]:
    """Everything the field client shows, small enough for a bad line (see docs/developer/frontend.md for the shape)."""
    now = ctx.now()
    home = min((g.path for g in ctx.grants), key=len, default="")
    region = Region.objects.filter(path=home).first()
    return {
        "as_of": clock.real_now().isoformat(),
        "clock": {
            "now": now.isoformat(),
            "rate": ctx.reading.rate if ctx.reading else 1,
            "anchor": clock.real_now().isoformat(),
        },
        "person": {"key": ctx.actor.key, "name": ctx.actor.name, "post": ctx.actor.post},
        "world": str(ctx.world),
        "exercise": World.objects.get(pk=ctx.world).title if ctx.is_exercise else "",
        "kinds": [{"code": code, "label": str(label)} for code, label in field_kinds()],
        "villages": _villages(home),
        **_outline(home),
        # Circulars to be read or done and reports that are owed stand among the tasks, the urgent ones of all first.
        "tasks": sorted(
            [
                *(_task(ctx, task, latest=task.latest, place=str(task.response or "")) for task in my_tasks(ctx)),
                *(_whistle(ctx, call) for call in my_whistles(ctx)),
                *_circulars(ctx),
                *owed_reports(ctx),
                *my_sites(ctx),
            ],
            key=lambda shown: shown["due"] or "9",
        ),
        "calls": [*(_rollcall(a) for a in my_answers(ctx)[:20]), *(_call(call) for call in my_calls(ctx)[:50])],
        "grid": _grid(ctx, region),
    }


def _grid(ctx: Context, region: Region | None) -> dict[str, Any]:
    """What somebody of a street or community looks after; without a title for whoever has no such place."""
    if region is None or region.level not in ("township", "village"):
        return {"title": "", "members": []}
    return {"title": region.name, "members": points(ctx, region.path)}


def my_tasks(ctx: Context) -> Any:
    """Open tasks whose present obligation rests on this person, the next due first."""
    return (
        Task.objects.visible_to(ctx)
        .filter(closed_at__isnull=True, owner_keys__overlap=sorted(ctx.keys), state__in=("issued", "acknowledged"))
        .select_related("response")
        .order_by("due_at")[:100]
    )


def my_whistles(ctx: Context) -> Any:
    """Whistles that rest on this person: a department that is called, the street that has to grade what was done."""
    return (
        WhistleCall.objects.visible_to(ctx)
        .open()
        .filter(owner_keys__overlap=sorted(ctx.keys))
        .exclude(state="disputed")
        .select_related("organisation", "whistle")
        .order_by("due_at")[:50]
    )


def _whistle(ctx: Context, call: WhistleCall) -> dict[str, Any]:
    page = {"url": call.get_absolute_url(), "label": _("看吹哨和其他部门")}
    return {**_task(ctx, call, latest=call.latest or call.reason, place=call.whistle.place), "page": page}


def _villages(home: str) -> list[dict[str, Any]]:
    levels = ("village", "township") if home.count("/") > 2 else ("township",)
    rows = regions_under(home, levels=levels).values_list("code", "name", "position")[:400]
    return [{"code": c, "name": n, "lon": p.x if p else None, "lat": p.y if p else None} for c, n, p in rows]


#: The outline goes over bad lines with every refresh: so many characters at most.
MOST_OUTLINE = 30_000


def _outline(home: str) -> dict[str, Any]:
    """Under ``outline`` the nearest known outline around `home` as GeoJSON, drawn coarser until it is small enough."""
    found = Region.objects.filter(path__in=above(home), outline__isnull=False).order_by(Length("path").desc()).first()
    if found is None:
        return {}
    outline: Any = found.outline
    for metres in (20, 60, 200, 600, 2000):
        coarse = outline.simplify(metres / 111_320, preserve_topology=True)
        # Five decimals are one metre.
        shape = {"type": coarse.geom_type, "coordinates": _rounded(coarse.coords)}
        feature = {"type": "Feature", "geometry": shape, "properties": {"name": found.name}}
        if len(json.dumps(feature)) <= MOST_OUTLINE:
            return {"outline": {"type": "FeatureCollection", "features": [feature]}}
    return {}


def _rounded(coords: Any) -> Any:
    return [_rounded(c) for c in coords] if isinstance(coords[0], list | tuple) else [round(c, 5) for c in coords]


def _task(ctx: Context, task: LoopRecord, *, latest: str, place: str) -> dict[str, Any]:
    """A record with its steps, and what each asks for that a phone can take."""
    steps = available_steps(ctx, task)
    fields: dict[str, dict[str, Any]] = {}
    for step in steps:
        for spec in task.asked(step):
            if spec.kind in _FIELDS and spec.name not in fields:
                fields[spec.name] = {
                    "name": spec.name,
                    "label": str(spec.label),
                    "kind": spec.kind,
                    "unit": str(spec.unit),
                    "max_length": spec.max_length,
                    "required": False,
                    "choices": [[value, str(label)] for value, label in spec.choices],
                }
    return {
        "id": str(task.pk),
        "title": task.headline,
        "detail": latest,
        "place": place,
        "due": task.due_at.isoformat() if task.due_at else None,
        "state": task.state,
        "state_label": str(task.state_label),
        "fields": list(fields.values()),
        "steps": [
            {
                "name": s.name,
                "label": str(s.label),
                "main": s.main,
                "fields": [e.name for e in task.asked(s) if e.kind in _FIELDS],
                "evidence": any(e.required for e in s.evidence) or s.name == "report",
            }
            for s in steps
        ],
    }


def _circulars(ctx: Context) -> list[dict[str, Any]]:
    rows = list(my_receipts(ctx)[:MOST_CIRCULARS])
    files = attachment_counts(ctx, object_type=Circular.loop.key, object_ids={r.circular_id for r in rows})
    return [_circular(row, files.get(str(row.circular_id), 0)) for row in rows]


def _circular(receipt: CircularReceipt, count: int) -> dict[str, Any]:
    """A circular as a task: 签阅 is one press, 已办 too; whoever has more to say writes it or takes a photo."""
    about = receipt.circular
    text = {"name": "text", "label": _("办理情况"), "kind": "longtext", "unit": "", "required": False, "choices": []}
    steps = []
    if receipt.state == "sent":
        steps.append(_press("read" if receipt.to_act else "note", _("已阅"), main=not receipt.to_act))
    if receipt.to_act:
        steps += [
            _press("done", _("已办"), main=True),
            {**_press("report", _("写明情况…")), "evidence": True, "fields": ["text"]},
        ]
    whole = {"url": about.get_absolute_url(), "label": _("看原件（%(n)d 个附件）") % {"n": count}}
    return {
        "id": str(receipt.pk), "title": about.headline, "detail": about.text[:MOST_CIRCULAR],
        "place": f"{about.issuer} {about.number}".strip(),
        "due": receipt.due_at.isoformat() if receipt.due_at else None, "state": receipt.state, "state_label": str(receipt.state_label),
        "fields": [text] if receipt.to_act else [], "steps": steps,
        "page": whole if count or len(about.text) > MOST_CIRCULAR else None,
    }  # fmt: skip


def _press(name: str, label: str, *, main: bool = False) -> dict[str, Any]:
    return {"name": name, "label": label, "main": main, "fields": [], "evidence": False}


def _rollcall(answer: RollCallAnswer) -> dict[str, Any]:
    return {
        "id": str(answer.pk), "title": answer.headline, "text": answer.rollcall.text, "from": answer.rollcall.drawn_by,
        "due": answer.due_at.isoformat() if answer.due_at else None, "answered_at": None,
    }  # fmt: skip


def _call(call: Any) -> dict[str, Any]:
    return {
        "id": str(call.pk),
        "title": call.round.why,
        "text": call.round.text,
        "from": call.round.started_by_name,
        "due": call.due_at.isoformat() if call.due_at else None,
        "answered_at": None,
    }
