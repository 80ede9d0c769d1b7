"""Who sees an incident beside the people of its district: units that it is shared with, and whoever commands at its scene as long as
they do."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import CharField, F, Func, Value

from anlan.command.models import Incident, SitePost, Task
from anlan.kernel import auditing
from anlan.kernel.context import Context
from anlan.kernel.wording import words as _

from .incidents import KEY


def share_incident(ctx: Context, incident: Incident, keys: Iterable[str]) -> Incident:
    """Whoever answers to one of `keys` (audience keys) sees the incident and what is drawn on its map, also what was before."""
    with transaction.atomic():
        held = _held(ctx, incident)
        fresh = sorted(set(keys) - set(held.shared_with))
        if fresh:
            _set_audience(held, {*held.shared_with, *fresh})
            _say(ctx, held, "share", _("共享事件"), fresh)
    return held


def show_to_commander(ctx: Context, incident: Incident, key: str) -> None:
    """The post that commands at the scene sees the incident, its map and everybody's tasks in it, those given later too (`scene_keys`)."""
    with transaction.atomic():
        held = share_incident(ctx, incident, [key])
        tasks = Task.objects.in_world(ctx).filter(incident=held).exclude(shared_with__contains=[key])
        tasks.update(shared_with=_changed("array_append", key))


def hide_from_commander(ctx: Context, incident: Incident, key: str) -> None:
    """Relieved, or the scene is over: the post sees what it saw before, and what rests on it."""
    with transaction.atomic():
        held = _held(ctx, incident)
        if key in held.shared_with and key not in held.owner_keys:
            _set_audience(held, {*held.shared_with} - {key})
            _say(ctx, held, "unshare", _("收回共享"), [key])
        tasks = Task.objects.in_world(ctx).filter(incident=held, shared_with__contains=[key])
        tasks.exclude(owner_keys__contains=[key]).update(shared_with=_changed("array_remove", key))


def scene_keys(ctx: Context, incident: Incident | None) -> list[str]:
    """The key of the post that commands at the incident's scene now; empty where there is none. The incident is held by the caller."""
    running = SitePost.objects.in_world(ctx).open().filter(incident=incident).select_related("commander")
    return [post.commander.key for post in running] if incident is not None else []


def _held(ctx: Context, incident: Incident) -> Incident:
    held: Incident = Incident.objects.select_for_update(of=("self",)).get_visible(ctx, pk=incident.pk)
    return held


def _set_audience(held: Incident, keys: set[str]) -> None:
    held.shared_with = sorted(keys)
    held.save(update_fields=["shared_with"])


def _changed(function: str, key: str) -> Func:
    return Func(F("shared_with"), Value(key, output_field=CharField(max_length=80)), function=function)


def _say(ctx: Context, held: Incident, action: str, label: object, keys: list[str]) -> None:
    auditing.record(
        ctx, action=f"{KEY}.{action}", label=label, object_type=KEY, object_id=held.pk, scope=held.scope, data={"with": keys[:200]},
    )  # fmt: skip
