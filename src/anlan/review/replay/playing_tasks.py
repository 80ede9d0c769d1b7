"""How simulated members take their tasks: acknowledged, reported with figures and pictures, or left lying."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from anlan.command.models import Task
from anlan.kernel.context import Context
from anlan.kernel.loops.stepping import take_each, take_step
from anlan.kernel.services.attachments import attach

from .cast import Cast
from .drawing import draw_scene
from .due import Act, Together

ACKNOWLEDGED = {"note": "已收令，在岗（模拟）"}

#: The plan's names of figures → those that a task is reported with.
_ASKED = {
    "evacuated": "evacuated", "relocated": "evacuated", "people": "people", "pump_trucks": "pumps", "pumps": "pumps",
    "affected": "people",
}  # fmt: skip


def tasks_due(ctx: Context, cast: Cast) -> Iterator[Act]:
    rows = Task.objects.in_world(ctx).open().filter(state__in=("issued", "acknowledged"))
    for task in rows.select_related("organisation__region"):
        post = _player(cast, task)
        if post is None:
            continue
        how = cast.behaviour(post, "tasks")
        if how.get("silent") or task.card in (how.get("silent_tasks") or ()):
            continue
        name = "acknowledge_min" if task.state == "issued" else "report_min"
        minutes = cast.turn(post, "tasks", name)
        if minutes is None:
            continue
        since = task.state_since if task.state == "issued" else task.acknowledged_at or task.state_since
        key, due = f"task:{task.pk}:{task.state}", since + timedelta(minutes=minutes)
        if task.state == "issued":
            yield Act(key, due, post, _acknowledging(task), Together("acknowledge", task, _acknowledge_all))
        else:
            yield Act(key, due, post, _finishing(cast, task, post))


def _player(cast: Cast, task: Task) -> str | None:
    """The post that reacts; None when a present person holds one of the posts that the task rests on."""
    named = [k.removeprefix("post:") for k in task.owner_keys if k.startswith("post:")]
    if any(not cast.plays(p) for p in named):
        return None
    if named:
        return next((p for p in named if cast.behaviour(p, "tasks")), None)
    if any(p in cast.present for p in posts_behind(task)):
        return None
    return cast.task_player(task.organisation_id)


def posts_behind(task: Task) -> list[str]:
    from .cast import _posts_of

    return _posts_of(task.organisation_id)


def _acknowledging(task: Task) -> Callable[[Context], Any]:
    return lambda player: take_step(player, task, "acknowledge", ACKNOWLEDGED)


def _acknowledge_all(taking: Sequence[tuple[Context, Any]]) -> list[Any]:
    return take_each([(player, task, ACKNOWLEDGED) for player, task in taking], "acknowledge")


def _finishing(cast: Cast, task: Task, post: str) -> Callable[[Context], Any]:
    def run(player: Context) -> None:
        said = cast.scenario.report_of(task.card, post)
        text = str(said["text"]) if said else f"已落实：{task.text[:60]}"
        figures = dict(said.get("figures", {})) if said else {}
        words = cast.scenario.words_of(figures)
        evidence: dict[str, Any] = {"text": f"{text}{words}（模拟）"}
        for name, value in figures.items():
            if name in _ASKED:
                evidence[_ASKED[name]] = value
        if said and said.get("photo"):
            evidence["photo"] = _picture(player, task, text)
        take_step(player, task, "finish", evidence)

    return run


def _picture(player: Context, task: Task, text: str) -> Any:
    """A drawing in place of a photo, with its mark in the picture itself."""
    content = draw_scene(f"{task.organisation}：{text}", player.now())
    file = SimpleUploadedFile("模拟照片.png", io.BytesIO(content).getvalue(), content_type="image/png")
    return [
        str(
            attach(
                player, object_type=Task.loop.key, object_id=task.pk, scope=task.scope, shared_with=task.shared_with, file=file,
                name=file.name or "模拟照片.png", labels=["simulated"],
            ).pk
        )
    ]  # fmt: skip
