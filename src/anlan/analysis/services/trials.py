"""Trials of drafts run as jobs: asked for, watched, cancelled; killed at any instant they begin anew."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from anlan.kernel import clock
from anlan.kernel.context import Context, system
from anlan.kernel.errors import Conflict, NotFound, Refused
from anlan.kernel.jobs import enqueue
from anlan.kernel.wording import words as _
from anlan.places.identity import contexts_of_keys

from ..book.trial import check_span, try_content
from ..models import CriteriaVersion, Trial
from .criteria import editable, keep_trial

log = logging.getLogger("anlan.analysis")


class Stopped(Exception):
    """Somebody cancelled the trial, or it was begun anew elsewhere."""


def ask_trial(ctx: Context, *, version: CriteriaVersion, since: datetime, until: datetime) -> Trial:
    """Have a draft tried in the background. Raises BadInput (span), Conflict (one is under way, or the version is handed in)."""
    from ..tasks import run_trial as task

    check_span(since, until)
    try:
        with transaction.atomic():
            fresh = editable(ctx, version)
            trial = Trial.objects.create(
                version=fresh, since=since, until=until, asked_by=ctx.actor.key, asked_by_name=ctx.actor.name[:120],
                asked_at=clock.real_now(),
            )  # fmt: skip
            enqueue(task, trial=str(trial.pk))
    except IntegrityError:
        raise Conflict(_("这一版正在试算"), mend=_("请等它算完，或先取消")) from None
    return trial


def cancel_trial(ctx: Context, *, version: CriteriaVersion) -> Trial:
    """Stop the trial that is under way: what it had found so far is not kept. Raises NotFound when there is none."""
    with transaction.atomic():
        editable(ctx, version)
        trial = Trial.objects.select_for_update().filter(version=version, state__in=Trial.UNDER_WAY).first()
        if trial is None:
            raise NotFound(_("没有正在进行的试算"), mend=_("请刷新页面"))
        _end(trial.pk, Trial.State.CANCELLED, str(_("%(name)s取消") % {"name": ctx.actor.name}))
        trial.refresh_from_db()
    return trial


def run_trial(pk: Any) -> None:
    """Do what was asked for, with the rights that whoever asked has now. Runs twice without harm."""
    begun = Trial.objects.filter(pk=pk, state__in=Trial.UNDER_WAY)
    # Of two that begin it at the same moment the later one goes on.
    if not begun.update(state=Trial.State.RUNNING, run=F("run") + 1, done=0, total=0):
        return
    trial = Trial.objects.select_related("version").get(pk=pk)
    mine = Trial.objects.filter(pk=pk, state=Trial.State.RUNNING, run=trial.run)

    def watch(done: int, total: int) -> None:
        if not mine.update(done=done, total=total):
            raise Stopped

    try:
        ctx = _asker(trial)
        tried = editable(ctx, trial.version, lock=False)
        found = try_content(ctx, tried, trial.since, trial.until, watch)
        with transaction.atomic():
            keep_trial(ctx, tried=tried, found=found)
            if not mine.update(state=Trial.State.DONE, ended_at=clock.real_now()):
                raise Stopped
    except Stopped:
        return
    except Refused as refused:
        _end(pk, Trial.State.FAILED, f"{refused.message} {refused.mend}".strip())
    except Exception:
        log.exception("trial %s came to nothing", pk)
        _end(pk, Trial.State.FAILED, str(_("平台出错，已记入日志；请再试一次，仍不成请告诉系统管理员")))


def latest_trial(version: CriteriaVersion) -> Trial | None:
    """The last one asked for. The caller has made sure that the version may be seen."""
    return Trial.objects.filter(version=version).order_by("-asked_at").first()


def _asker(trial: Trial) -> Context:
    if trial.asked_by.startswith("system:"):
        return system(trial.asked_by.removeprefix("system:"))
    ctx = contexts_of_keys([trial.asked_by]).get(trial.asked_by)
    if ctx is None:
        raise Refused(_("申请试算的人已不能登录"), mend=_("请由别的起草人再试算"))
    return ctx


def _end(pk: Any, state: str, why: str) -> None:
    rows = Trial.objects.filter(pk=pk, state__in=Trial.UNDER_WAY)
    rows.update(state=state, why=why[:300], ended_at=clock.real_now())
