"""The home page: what must I do now, what is happening, what is abnormal, who is on duty. In this order."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from anlan.kernel.loops import loops
from anlan.kernel.loops.todo import Todo, todos
from anlan.kernel.web.panels import live_subjects, panels_for
from anlan.places.web import signed_in

LIMIT = 10
#: Of one kind at most so many, so that a wave of calls does not hide the one report that must go up; ``?all=1`` shows all.
PER_LOOP = 5


@require_GET
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Answers the four questions for the posts of the person who asks. Every number opens the list it counts."""
    ctx = request.ctx  # type: ignore[attr-defined]
    whole = bool(request.GET.get("all"))
    mine = todos(ctx, limit=300 if whole else LIMIT, per_loop=None if whole else PER_LOOP)
    page = {
        "mine": mine,
        "todo": [_row(item) for item in mine.items],
        "kinds": [
            _kind(key, total, late) for key, (total, late) in sorted(mine.by_loop.items(), key=lambda k: -k[1][1])
        ],
        "whole": whole,
        "more": mine.total > len(mine.items),
        "happening": panels_for(ctx, "happening"),
        "abnormal": panels_for(ctx, "abnormal"),
        "duty_panels": panels_for(ctx, "duty"),
        "live": ",".join(s for s in ("kernel.loop.>,kernel.deadline.>", live_subjects()) if s),
    }
    return render(request, "home.html", page)


def _row(item: Todo) -> dict[str, Any]:
    """One to-do as parts/todo.html shows it. A step is answered at once unless it needs evidence: then on its form; on the
    record's own page where that has to be read first.
    """
    record = item.record
    action = None
    if item.step is not None:
        url = f"/loop/{record.loop.key}/{record.pk}/step/{item.step.name}/"
        simple = not any(e.required for e in item.step.evidence) and not item.step.confirm
        if record.reasons_first:
            action = {"label": item.step.label, "url": item.url, "method": "get"}
        else:
            action = {
                "label": item.step.label,
                "url": url if simple else f"{url}?next=/",
                "method": "post" if simple else "get",
            }
    return {
        "id": record.pk, "text": item.text, "where": f"{record.loop.title} · {item.asked}", "url": item.url,
        "due": item.due_at.isoformat() if item.due_at else "", "phase": "late" if item.late else "open", "action": action,
    }  # fmt: skip


def _kind(key: str, total: int, late: int) -> dict[str, Any]:
    return {"title": loops()[key].title, "url": f"/loop/{key}/", "total": total, "late": late}
