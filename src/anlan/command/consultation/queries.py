"""Consultations that a person may see, and the material that one starts from."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from anlan.analysis.queries import figures, open_signals
from anlan.command.facts import shown_figures
from anlan.command.models import Consultation, ConsultationView, Expert, Incident, Task
from anlan.decision.queries import waiting_proposals
from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.kernel.loops import model_of
from anlan.places.queries import Region
from anlan.warning.queries import in_force_at

#: What one may be called about, beside an incident.
ABOUT = ("analysis.signal", "warning.notice")
#: So many lines of a kind are frozen.
MOST = 20


def consultations(ctx: Context) -> Any:
    return Consultation.objects.visible_to(ctx).select_related("region", "incident")


def consultation(ctx: Context, pk: Any) -> Consultation:
    """Raises NotFound."""
    found: Consultation = Consultation.objects.select_related("region", "incident").get_visible(ctx, pk=pk)
    return found


def about_record(ctx: Context, record: Any) -> Consultation | None:
    """The newest consultation about a signal or a warning that is under way or concluded, as far as it may be seen."""
    rows = consultations(ctx).filter(about_type=record.loop.key, about_id=str(record.pk)).exclude(state="dropped")
    found: Consultation | None = rows.order_by("-opened_at").first()
    return found


def subject(ctx: Context, about: str) -> Any:
    """The signal or warning that ``loop:id`` names. Raises NotFound."""
    key, _colon, pk = about.partition(":")
    if key not in ABOUT:
        raise NotFound()
    try:
        return model_of(key).objects.get_visible(ctx, pk=UUID(pk))
    except ValueError:
        raise NotFound() from None


def followed(ctx: Context, found: Consultation) -> list[dict[str, Any]]:
    """What became of the guidance, the late and unfinished first: the task as the person sees it, None where it may not be seen."""
    ids = [g["task"] for g in found.guidance]
    tasks = {str(t.pk): t for t in Task.objects.visible_to(ctx).filter(pk__in=ids)}
    rows = [{"task": tasks.get(g["task"]), "text": g["text"], "to": g["to"]} for g in found.guidance]
    return sorted(rows, key=lambda r: (r["task"] is None, not r["task"].is_open if r["task"] else True))


def views_of(ctx: Context, found: Consultation) -> list[ConsultationView]:
    """Those who have not answered first."""
    rows = ConsultationView.objects.visible_to(ctx).filter(consultation=found).select_related("consultation", "expert")
    return sorted(rows, key=lambda v: (v.state != "asked", v.opened_at, v.name))


def experts(ctx: Context) -> Any:
    return Expert.objects.visible_to(ctx).filter(retired_at=None).order_by("field", "code")


def gather(ctx: Context, region: Region, incident: Incident | None) -> list[dict[str, Any]]:
    """What is known now, as the convener sees it: the incident, warnings in force, standards reached, figures, proposals."""
    found = []
    if incident is not None:
        lines = [_line(f"{incident.number} {incident.title}", incident.get_absolute_url())]
        shown = "；".join(
            f"{f['label']} {_('不详') if f['value'] is None else f['value']}{f['unit'] if f['value'] is not None else ''}"
            for f in shown_figures(incident.facts)
        )
        found.append({"title": _("事件"), "lines": [*lines, *([_line(shown)] if shown else [])]})
    notices = in_force_at(ctx, region)[:MOST]
    found.append({"title": _("生效预警"), "lines": [_line(str(n), n.get_absolute_url()) for n in notices]})
    signals = [s for s in open_signals(ctx)[: MOST * 3] if s.scope.startswith(region.path)][:MOST]
    found.append({"title": _("达到的标准"), "lines": [_line(s.headline, s.get_absolute_url()) for s in signals]})
    row = figures(ctx, region)
    figure_lines = []
    if row is not None:
        at = f"{localtime(row.at):%m-%d %H:%M}"
        figure_lines = [_line(_("截至 %(at)s：%(text)s") % {"at": at, "text": _said(row.figures)})]
    found.append({"title": _("监测数据"), "lines": figure_lines})
    proposals = [p for p in waiting_proposals(ctx) if p.scope.startswith(region.path)][:MOST]
    found.append({"title": _("建议启动的预案"), "lines": [_line(str(p), p.get_absolute_url()) for p in proposals]})
    found.append({"title": _("一张图"), "lines": [_line(_("打开一张图"), "/map/")]})
    return found


def _said(values: dict[str, Any]) -> str:
    from anlan.decision.data.variables import words

    said = words()
    lines = []
    for name, value in sorted(values.items()):
        shown = value.get("max", value.get("value")) if isinstance(value, dict) else value
        if isinstance(shown, int | float):
            lines.append(f"{said.name(name)} {shown:g}")
    return "，".join(lines[:MOST])


def _line(text: str, url: str = "") -> dict[str, str]:
    return {"text": text[:400], "url": url}
