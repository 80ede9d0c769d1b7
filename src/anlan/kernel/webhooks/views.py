"""Pages of subscriptions: who is told of what, what became of each message, registering and changing one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotAllowed, Refused
from anlan.kernel.paging import paged
from anlan.kernel.scope_names import scope_names
from anlan.kernel.web.entering import entered
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names, phase
from anlan.kernel.web.steps import actions
from anlan.kernel.wording import read

from . import queries, services
from .loops import CREATORS, WEBHOOK
from .models import Attempt, Progress, Subscription
from .offers import matches, offers, subjects_of

PAGE = 50
PHASES = {"waiting": "waiting", "active": "working", "paused": "open", "broken": "late", "ended": "ended"}


def _need(permission: str) -> Callable[..., Any]:
    """Signed in and holding `permission` somewhere; where exactly is decided by the scoped query."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @entered
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not _ctx(request).paths(permission):
                raise NotAllowed(permission=permission)
            return view(request, *args, **kwargs)

        return checked

    return decorate


@require_GET
@_need(queries.VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """Every receiver that this person may see, those in trouble first."""
    ctx = _ctx(request)
    ended = request.GET.get("state") == "ended"
    every = queries.subscriptions(ctx)
    found = list((every.filter(state="ended") if ended else every.exclude(state="ended"))[:500])
    places = scope_names().labels({s.scope for s in found})
    rows = [
        {"s": s, "place": places.get(s.scope, ""), "phase": PHASES[s.state], "titles": _titles(s.subjects), "why": read(s.why)}
        for s in found
    ]  # fmt: skip
    tabs = [
        {"label": _("在用"), "url": "?", "active": not ended},
        {"label": _("已停用"), "url": "?state=ended", "active": ended},
    ]
    return render(
        request, "webhooks/list.html", {"rows": rows, "tabs": tabs, "ended": ended, "may_create": _may_create(ctx)}
    )


@never_cache
@require_http_methods(["GET", "POST"])
@_need(queries.CHANGE)
def new(request: HttpRequest) -> HttpResponse:
    """Register a receiver; its secret is shown in the answer, this once."""
    ctx = _ctx(request)
    if not _may_create(ctx):
        raise NotAllowed()
    if request.method == "GET":
        return _form(request, None, {"exercises": ""}, [])
    chosen = request.POST.getlist("subject")
    try:
        path = scope_names().path_of(request.POST.get("region", ""))
        if path is None:
            raise BadInput(_("请选择地区"), field="region")
        record, secret = services.create_subscription(
            ctx, name=request.POST.get("name", ""), url=request.POST.get("url", ""), subjects=chosen, scope=path,
            exercises=bool(request.POST.get("exercises")),
        )  # fmt: skip
    except Refused as refused:
        return _form(request, None, request.POST, chosen, refused)
    return render(request, "webhooks/secret.html", {"s": record, "secret": secret, "fresh": True})


@never_cache
@require_http_methods(["GET", "POST"])
@_need(queries.CHANGE)
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change what is sent or where to."""
    ctx = _ctx(request)
    record = _changeable(ctx, pk)
    if request.method == "GET":
        typed = {"name": record.name, "url": record.url, "exercises": "true" if record.exercises else ""}
        return _form(request, record, typed, record.subjects)
    chosen = request.POST.getlist("subject")
    try:
        services.change_subscription(
            ctx, record=record, name=request.POST.get("name", ""), url=request.POST.get("url", ""), subjects=chosen,
            exercises=bool(request.POST.get("exercises")),
        )  # fmt: skip
    except Refused as refused:
        return _form(request, record, request.POST, chosen, refused)
    messages.success(request, _("已保存"))
    return redirect("webhook", pk)


@require_GET
@_need(queries.VIEW)
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One receiver: how it stands, what can be done, what became of the latest messages."""
    ctx = _ctx(request)
    record = queries.subscription(ctx, pk)
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in Attempt.Outcome.values else ""
    found = paged(request.GET, queries.deliveries(ctx, record, outcome=outcome), PAGE)
    tabs = [
        {"label": label, "url": f"?outcome={key}" if key else "?", "active": key == outcome}
        for key, label in (("", _("全部")), *Attempt.Outcome.choices)
    ]
    progress = Progress.objects.filter(subscription=record).first()
    shown = {
        "s": record, "place": scope_names().labels([record.scope]).get(record.scope, ""), "phase": PHASES[record.state],
        "late": phase(record, clock.real_now()) == "late", "why": read(record.why), "titles": _titles(record.subjects),
        "progress": progress, "error": _read(progress.error) if progress else "", "behind": queries.behind(record),
        "actions": actions(ctx, record), "may_change": queries.may_change(ctx, record),
        "may_send": queries.may_change(ctx, record) and record.state in queries.ADMITTED,
        "rows": [{"d": d, "error": _read(d.error)} for d in found.rows],
        "more": found.more, "page": found.page, "outcome": outcome, "tabs": tabs,
        "history": entries_of(WEBHOOK.key, record.pk, names=evidence_names(WEBHOOK)),
    }  # fmt: skip
    return render(request, "webhooks/one.html", shown)


@never_cache
@require_http_methods(["GET", "POST"])
@_need(queries.CHANGE)
def secret(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Another secret, shown in the answer, this once."""
    ctx = _ctx(request)
    record = _changeable(ctx, pk)
    given = services.renew_secret(ctx, record=record) if request.method == "POST" else ""
    return render(request, "webhooks/secret.html", {"s": record, "secret": given, "fresh": False})


@require_POST
@_need(queries.CHANGE)
def test(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = _ctx(request)
    services.ask_test(ctx, record=queries.subscription(ctx, pk))
    messages.success(request, _("测试消息马上发出，结果见下面的发送记录"))
    return redirect("webhook", pk)


@require_POST
@_need(queries.CHANGE)
def again(request: HttpRequest, pk: UUID, delivery: int) -> HttpResponse:
    ctx = _ctx(request)
    services.ask_again(ctx, record=queries.subscription(ctx, pk), delivery=delivery)
    messages.success(request, _("马上再发一次，结果见下面的发送记录"))
    return redirect("webhook", pk)


def _form(
    request: HttpRequest, record: Subscription | None, typed: Any, chosen: list[str], fault: Refused | None = None
) -> HttpResponse:
    ctx = _ctx(request)
    scope = record.scope if record else ""
    shown = [
        {
            "prefix": o.prefix, "title": o.title, "all": o.prefix in chosen,
            "subjects": [{"subject": s, "chosen": s in chosen and o.prefix not in chosen} for s in subjects_of(o.prefix)],
        }
        for o in offers()
        if (ctx.may(o.permission, scope) if record else ctx.paths(o.permission))
    ]  # fmt: skip
    regions = [] if record else scope_names().options(ctx, queries.CHANGE)
    place = scope_names().labels([scope]).get(scope, "") if record else ""
    page = {"s": record, "typed": typed, "offers": shown, "regions": regions, "place": place, "fault": fault}
    return render(request, "webhooks/form.html", page, status=fault.status if fault else 200)


def _titles(subjects: list[str]) -> list[str]:
    """What a subscription asks for, as people call it; a single subject by itself is named too."""
    found = []
    for o in offers():
        if o.prefix in subjects:
            found.append(str(o.title))
        else:
            found += [f"{o.title}（{s}）" for s in subjects_of(o.prefix) if matches(subjects, s)]
    return found


def _read(error: str) -> str:
    """What went wrong in the reader's language; after the colon stand the words of whoever noticed it."""
    what, colon, detail = error.partition("：")
    return read(what) + colon + detail


def _changeable(ctx: Context, pk: UUID) -> Subscription:
    record = queries.subscription(ctx, pk)
    if not queries.may_change(ctx, record):
        raise NotAllowed(_("只有登记人和系统管理员可以改动这项推送"))
    return record


def _may_create(ctx: Context) -> bool:
    return any(ctx.holds(role, path) for path in ctx.paths(queries.CHANGE) for role in CREATORS)


def _ctx(request: HttpRequest) -> Context:
    return request.ctx  # type: ignore[attr-defined]
