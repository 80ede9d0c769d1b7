"""Buttons of a loop record, as parts/actions.html shows them, and the evidence that comes back with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.loops import LoopRecord, Step, available_steps
from anlan.kernel.loops.declaration import Evidence
from anlan.kernel.loops.stepping import take_step
from anlan.kernel.models import Attachment


def actions(ctx: Context, record: LoopRecord, *, only: Sequence[str] = ()) -> list[dict[str, Any]]:
    """What this person can do with the record now, the main thing first."""
    steps = [s for s in available_steps(ctx, record) if not only or s.name in only]
    return [action(record, step) for step in steps]


def action(record: LoopRecord, step: Step) -> dict[str, Any]:
    """One button: ``{name, label, url, method, evidence, main, confirm}``."""
    return {
        "name": step.name,
        "label": step.label,
        "url": step_url(record, step.name),
        "method": "post",
        "evidence": [evidence_field(spec, record) for spec in record.asked(step)],
        "main": step.main,
        "confirm": step.confirm,
    }


def one_main(shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Buttons of `actions` of which only the first main one stands out: one obvious next thing."""
    for n, one in enumerate(shown):
        one["main"] = one["main"] and not any(other["main"] for other in shown[:n])
    return shown


def step_url(record: LoopRecord, step: str) -> str:
    return reverse("loop-step", args=[record.loop.key, record.pk, step])


def record_url(record: LoopRecord) -> str:
    """The room's own page of the record when it has one, else the page that every loop has."""
    own = getattr(record, "get_absolute_url", None)
    return own() if own else reverse("loop-record", args=[record.loop.key, record.pk])


def evidence_field(spec: Evidence, record: Any) -> dict[str, Any]:
    """The evidence as parts/field.html wants it."""
    default = getattr(record, spec.default, spec.default) if isinstance(spec.default, str) else spec.default
    if callable(default):
        default = default()
    if spec.kind == "datetime" and isinstance(default, datetime):
        default = localtime(default).strftime("%Y-%m-%d %H:%M")
    return {
        "name": spec.name, "label": spec.label, "kind": spec.kind, "required": spec.required, "choices": spec.choices,
        "help": spec.help, "unit": spec.unit, "minimum": spec.minimum, "maximum": spec.maximum, "max_length": spec.max_length,
        "default": default,
    }  # fmt: skip


def step_from_form(ctx: Context, record: LoopRecord, step: Step, request: HttpRequest) -> Any:
    """Take the step with what the form brought. Photos are kept as attachments of the record in the same transaction."""
    given: dict[str, Any] = {
        s.name: request.POST.get(s.name) for s in step.evidence if s.kind != "photo" and s.name in request.POST
    }
    with transaction.atomic():
        for spec in step.evidence:
            if spec.kind == "photo":
                kept = [str(a.pk) for a in _keep(ctx, record, request.FILES.getlist(spec.name))]
                # A file field that was left empty arrives from a browser as an empty word.
                given[spec.name] = [*kept, *filter(None, request.POST.getlist(spec.name))]
        return step_from_data(ctx, record, step, given)


def step_from_data(ctx: Context, record: LoopRecord, step: Step, evidence: Mapping[str, Any]) -> Any:
    """Take the step with evidence as data; photos are named by the ids of attachments of this very record."""
    for spec in step.evidence:
        if spec.kind == "photo" and evidence.get(spec.name):
            _check_photos(record, spec, evidence[spec.name])
    return take_step(ctx, record, step.name, dict(evidence))


def _keep(ctx: Context, record: LoopRecord, files: Sequence[Any]) -> list[Attachment]:
    from anlan.kernel.services.attachments import attach

    return [
        attach(
            ctx, object_type=record.loop.key, object_id=record.pk, scope=record.scope, shared_with=record.shared_with,
            file=file, name=file.name,
        )
        for file in files
    ]  # fmt: skip


def _check_photos(record: LoopRecord, spec: Evidence, ids: Any) -> None:
    wanted = {str(i) for i in (ids if isinstance(ids, list | tuple) else [ids])}
    mine = Attachment.everything.filter(object_type=record.loop.key, object_id=str(record.pk), world_id=record.world_id)
    known = {str(pk) for pk in mine.values_list("pk", flat=True)}
    if wanted - known:
        raise BadInput(
            _("“%(label)s”里有不属于这件事的照片") % {"label": spec.label},
            field=spec.name,
            mend=_("请先把照片传到这件事上，再提交"),
        )
