"""Pages of access tokens: which programs come to the platform, what each may do, when it last did; making and ending one."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Refused
from anlan.kernel.moments import day_in
from anlan.kernel.scope_names import scope_names
from anlan.kernel.web.history import entries_of

from . import tokens
from .models import AccessToken, Organisation
from .token_uses import TokenUse, token_uses
from .web import need

VIEW = AccessToken.view_permission
#: So many organisations may be offered by name in the form; others are found by typing the code.
OFFERED = 1000
USUAL = timedelta(days=365)
SHOWN = 500


@require_GET
@need(VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """Tokens that hold, or those that are over."""
    ctx = _ctx(request)
    over, now = request.GET.get("state") == "over", clock.real_now()
    rows = AccessToken.objects.visible_to(ctx).select_related("organisation")
    found = [t for t in rows.order_by("expires_at") if t.holds(now) is not over][:SHOWN]
    soon = now + timedelta(days=30)
    shown = [{"t": t, "uses": _titles(t), "soon": not over and t.expires_at < soon} for t in found]
    tabs = [
        {"label": _("在用"), "url": "?", "active": not over},
        {"label": _("已过期或作废"), "url": "?state=over", "active": over},
    ]
    page = {"rows": shown, "tabs": tabs, "over": over, "may_change": _may_change(ctx)}
    return render(request, "places/tokens/list.html", page)


@never_cache
@require_http_methods(["GET", "POST"])
@need(tokens.CHANGE_TOKENS)
@sensitive_variables("secret")
def new(request: HttpRequest) -> HttpResponse:
    """Make one; its secret is in the answer, this once."""
    ctx = _ctx(request)
    if request.method == "GET":
        until = localtime(clock.real_now() + USUAL)
        return _form(request, QueryDict(f"until={until:%Y-%m-%d}"))
    typed = request.POST
    try:
        uses = typed.getlist("use")
        token, secret = tokens.make_token(
            ctx, organisation=_organisation(ctx, typed.get("organisation", "")), name=typed.get("name", ""),
            purpose=typed.get("purpose", ""), uses=uses, expires_at=_until(typed.get("until", "")),
            limits={key: _names(typed, key) for key in uses if key in token_uses() and token_uses()[key].limit},
        )  # fmt: skip
    except Refused as refused:
        return _form(request, typed, refused)
    return render(request, "places/tokens/given.html", {"t": token, "secret": secret, "uses": _titles(token)})


@require_GET
@need(VIEW)
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What it may do, what became of it, and its end."""
    ctx = _ctx(request)
    token: AccessToken = AccessToken.objects.get_visible(ctx, pk=pk)
    return _shown(request, ctx, token)


@require_POST
@need(tokens.CHANGE_TOKENS)
def revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    """It opens nothing any more."""
    ctx = _ctx(request)
    token: AccessToken = AccessToken.objects.get_visible(ctx, pk=pk)
    try:
        tokens.revoke_token(ctx, token=token, why=request.POST.get("why", ""))
    except BadInput as refused:
        return _shown(request, ctx, token, refused)
    messages.success(request, _("已作废，马上生效"))
    return redirect(token.get_absolute_url())


def _shown(request: HttpRequest, ctx: Context, token: AccessToken, fault: Refused | None = None) -> HttpResponse:
    limits = [
        {"label": use.limit.label, "names": use.limit.names_of(token.key)} for use in _uses(token) if use.limit is not None
    ]  # fmt: skip
    page = {
        "t": token, "uses": _uses(token), "limits": [found for found in limits if found["names"]], "fault": fault,
        "phase": "working" if token.holds() else "ended", "place": scope_names().labels([token.scope]).get(token.scope, ""),
        "may_revoke": token.revoked_at is None and ctx.may(tokens.CHANGE_TOKENS, token.scope),
        "refusals": token.refusals.order_by("-id")[:10], "history": entries_of("places.token", token.pk),
    }  # fmt: skip
    return render(request, "places/tokens/one.html", page, status=fault.status if fault else 200)


def _form(request: HttpRequest, typed: QueryDict, fault: Refused | None = None) -> HttpResponse:
    ctx = _ctx(request)
    chosen = typed.getlist("use")
    offered = [
        {"use": use, "on": use.key in chosen, "all": bool(typed.get(f"all.{use.key}")), "names": typed.get(f"limit.{use.key}", ""),
         "fault": fault if fault is not None and fault.field == f"limit.{use.key}" else None}
        for use in token_uses().values()
    ]  # fmt: skip
    paths = ctx.paths(tokens.CHANGE_TOKENS)
    bodies = Organisation.objects.visible_to(ctx).filter(retired_at__isnull=True)
    page = {
        "typed": typed, "fault": fault, "uses": offered,
        "organisations": [o for o in bodies[:OFFERED] if any(o.scope.startswith(path) for path in paths)],
    }  # fmt: skip
    return render(request, "places/tokens/form.html", page, status=fault.status if fault else 200)


def _organisation(ctx: Context, text: str) -> Organisation:
    """By its code or its whole name, among those that the person sees."""
    text = text.strip()
    rows = Organisation.objects.visible_to(ctx)
    found = rows.filter(pk=text).first() or (rows.filter(name=text).first() if text else None)
    if found is None:
        raise BadInput(
            _("没有找到单位“%(name)s”") % {"name": text[:60]}, field="organisation", mend=_("请输入名称后从名单里选")
        )
    return found


def _until(text: str) -> datetime:
    """The end of the day that was typed."""
    day = day_in(text)
    if day is None:
        raise BadInput(_("请填写有效期"), field="expires_at", mend=_("写成 2027-06-01 的样子"))
    return make_aware(datetime.combine(day, time(23, 59, 59)))


def _names(typed: QueryDict, key: str) -> list[str] | None:
    return None if typed.get(f"all.{key}") else typed.get(f"limit.{key}", "").split()


def _uses(token: AccessToken) -> list[TokenUse]:
    return [token_uses()[key] for key in token.uses if key in token_uses()]


def _titles(token: AccessToken) -> list[str]:
    return [str(use.title) for use in _uses(token)]


def _may_change(ctx: Context) -> bool:
    return bool(ctx.paths(tokens.CHANGE_TOKENS)) and not ctx.is_exercise


def _ctx(request: HttpRequest) -> Context:
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    return ctx
