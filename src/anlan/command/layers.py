"""Open incidents on the map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    F,
    Func,
    IntegerField,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Concat, NullIf
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.errors import NotFound
from anlan.kernel.layers import Layer, Mark, add_layer, add_marks
from anlan.kernel.web.maps import moment_of

from . import past_events  # noqa: F401 (incidents as events that a plan is tried on)
from .facts import shown_figures
from .map import cameras  # noqa: F401 (cameras as a layer)
from .map.targets import PLACE, moving
from .mobilisation import map_offer as appeals  # noqa: F401 (an appeal to a drawn area)
from .models import Incident, Order, Task
from .queries.incidents import incident, open_incidents
from .responses.instructions import map_offer  # noqa: F401 (an order to everybody in a drawn area)
from .responses.kindcards.queries import handbooks_of


def _inspect(ctx: Context, pk: str) -> tuple[str, dict[str, Any]]:
    found = incident(ctx, pk)
    return "command/incident_inspect.html", {
        "incident": found, "figures": shown_figures(found.facts), "handbooks": handbooks_of(found),
    }  # fmt: skip


def _incidents(ctx: Context, query: Mapping[str, Any]) -> QuerySet[Any]:
    """Open ones that lie somewhere; with ``at`` those that were known and not over then."""
    at = moment_of(query.get("at"))
    rows = open_incidents(ctx)
    if at is not None:
        rows = Incident.objects.visible_to(ctx).filter(received_at__lte=at).exclude(closed_at__lte=at)
    return rows.filter(position__isnull=False)


def _tasks(ctx: Context, query: Mapping[str, Any]) -> QuerySet[Any]:
    """Tasks that are not finished, where they are to be done, else where their incident is; with who has to do them by when."""
    rows = Task.objects.visible_to(ctx).open().select_related("organisation", "incident")
    by = Func(
        Func(Value(settings.TIME_ZONE), F("due_from_plan"), function="timezone", output_field=DateTimeField()),
        Value("HH24:MI"),
        function="to_char",
        output_field=TextField(),
    )
    unit = Coalesce(NullIf("organisation__short_name", Value("")), "organisation__name")
    return rows.filter(Q(target__isnull=False) | Q(incident__position__isnull=False)).annotate(
        place=Coalesce("target", "incident__position"),
        # A point that somebody has set is meant as it is; that of the incident is as exact as the incident's.
        accuracy=Case(When(target__isnull=True, then=F("incident__accuracy_m")), output_field=IntegerField()),
        glyph=Case(*(When(state=state, then=Value(glyph)) for state, glyph in _GLYPHS.items()), default=Value("任")),
        overdue=Case(When(due_at__lt=ctx.now(), then=Value(True)), output_field=BooleanField()),
        words=Concat(unit, Value(" "), by, Value(str(_("前")) + " "), "text", output_field=TextField()),
    )


#: How far a task is, in one character.
_GLYPHS = {"issued": "签", "acknowledged": "办", "done": "验", "refused": "拒"}


def _inspect_task(ctx: Context, pk: str) -> tuple[str, dict[str, Any]]:
    try:
        found = _tasks(ctx, {}).filter(pk=pk).first()
    except ValidationError:
        found = None
    if found is None:
        raise NotFound()
    return "command/task_inspect.html", {
        "task": found, "movable": bool(moving(ctx)) and ctx.may(PLACE, found.scope), "late": found.overdue,
    }  # fmt: skip


def _marks(ctx: Context, since: datetime, until: datetime) -> Iterator[Mark]:
    for found in Incident.objects.visible_to(ctx).filter(received_at__range=(since, until)):
        yield Mark(found.received_at, found.title, "incident", found.get_absolute_url())
    for order in Order.objects.visible_to(ctx).filter(signed_at__range=(since, until)).select_related("response"):
        yield Mark(
            order.signed_at,
            f"{order.response.title}{order.level}级响应 · {order.get_change_display()}",
            "response",
            order.response.get_absolute_url(),
        )


add_marks("command.command", _marks, live="command.incident.>,command.response.>")

add_layer(
    Layer(
        key="command.incident", title=_("突发事件"), stage="command",
        rows=_incidents, inspect=_inspect, permission="command.incident.view",
        properties={"name": "title", "accuracy_m": "accuracy_m"}, symbol="事", shape="diamond", live="command.incident.>", timed=True,
        label=lambda i: i.title, detail=lambda i: f"{localtime(i.received_at):%m-%d %H:%M} {i.grade or ''}".strip(),
        link=lambda i: i.get_absolute_url(), order=10,
    ),
    Layer(
        key="command.task", title=_("未办结任务"), stage="command", rows=_tasks, geometry="place", inspect=_inspect_task,
        permission="command.task.view", properties={"name": "words", "accuracy_m": "accuracy", "glyph": "glyph", "late": "overdue"},
        symbol="任", shape="circle", live="kernel.loop.command.task,command.task.placed", label=lambda t: str(t), shown=False, order=12,
        detail=lambda t: f"{t.organisation} {t.state_label} {localtime(t.due_from_plan):%m-%d %H:%M}",
        link=lambda t: t.get_absolute_url(),
    ),
)  # fmt: skip
