"""Sign-in, one's own page, the password, and stepping into an exercise and back."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from anlan.kernel.errors import Refused
from anlan.kernel.worlds import REAL

from . import queries, signing_in
from .base_map.tiles import base_tile
from .demonstration import demonstration_accounts, demonstration_password
from .models import Holding, Person
from .web import signed_in
from .world_switch import enter_world, worlds_open_to


@never_cache
@sensitive_post_parameters("password")
def signin(request: HttpRequest) -> HttpResponse:
    """GET shows the form; POST signs in and goes where the person wanted to go."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    onward = asked if url_has_allowed_host_and_scheme(asked, {request.get_host()}, request.is_secure()) else "/"
    username = request.POST.get("username", "")
    if request.method == "POST":
        try:
            person = signing_in.sign_in(request, username=username, password=request.POST.get("password", ""))
        except Refused as fault:
            return render(request, "signin.html", _signin_page(request, asked, username, fault), status=fault.status)
        return redirect("/password/" if person.must_change_password else onward)
    if getattr(request, "ctx", None) is not None:
        return redirect(onward)
    return render(request, "signin.html", _signin_page(request, asked, username))


def _signin_page(request: HttpRequest, asked: str, username: str, fault: Refused | None = None) -> dict[str, Any]:
    accounts: list[dict[str, str]] = []
    if settings.DEMO and signing_in.client_of(request).local:
        password = demonstration_password()
        accounts = [
            {"username": name, "post": post, "place": what, "password": password}
            for name, post, what in demonstration_accounts()
        ]
    return {
        "next": asked,
        "username": username,
        "fault": fault,
        "demo_accounts": accounts,
        "language_url": "/language/",
    }


@require_POST
def signout(request: HttpRequest) -> HttpResponse:
    if getattr(request, "ctx", None) is not None:
        signing_in.sign_out(request, request.ctx)  # type: ignore[attr-defined]
    language = request.session.get("_language")
    logout(request)
    if language:
        request.session["_language"] = language
    return redirect("/signin/")


@never_cache
@signed_in
@sensitive_post_parameters("old", "new", "again")
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; forced before anything else when it was given by an administrator."""
    person: Person = request.user  # type: ignore[assignment]
    fault: Refused | None = None
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in ("old", "new", "again")}
        try:
            signing_in.change_password(request.ctx, person=person, **given)  # type: ignore[attr-defined]
        except Refused as error:
            fault = error
        else:
            update_session_auth_hash(request, person)
            messages.success(request, _("密码已修改"))
            return redirect("/")
    labels = {"old": _("现在的密码"), "new": _("新密码（至少 10 个字符）"), "again": _("再填一次新密码")}
    fields = [
        {
            "name": name, "label": label, "kind": "password", "required": True, "default": "",
            "autocomplete": "current-password" if name == "old" else "new-password",
            "fault": str(fault.message) if fault and fault.field == name else "",
        }
        for name, label in labels.items()
    ]  # fmt: skip
    note = _("这是管理员给的临时密码，请先换成自己的，再继续使用。") if person.must_change_password else ""
    page = {
        "fields": fields,
        "fault": fault,
        "title": _("修改密码"),
        "note": note,
        "button": _("修改密码"),
        "language_url": "/language/",
    }
    return render(request, "signin.html", page, status=fault.status if fault else 200)


@signed_in
def me(request: HttpRequest) -> HttpResponse:
    """My posts and what they let me do, my worlds, my latest sign-ins."""
    ctx = request.ctx  # type: ignore[attr-defined]
    person: Person = request.user  # type: ignore[assignment]
    page = {
        "account": person,
        "holdings": Holding.objects.filter(Holding.now(), person=person).select_related(
            "post__organisation", "post__region"
        ),
        "worlds": worlds_open_to(ctx),
        "current": ctx.world,
        "real": REAL,
        "signins": queries.latest_signins(person),
    }
    return render(request, "places/me.html", page)


@require_POST
@signed_in
def world(request: HttpRequest) -> HttpResponse:
    """Step into a running exercise, or back into the real world."""
    try:
        chosen = uuid.UUID(request.POST.get("world", ""))
    except ValueError:
        chosen = REAL
    entered = enter_world(request.ctx, request.session, chosen)  # type: ignore[attr-defined]
    if entered is None:
        messages.success(request, _("已回到实况"))
    else:
        messages.success(request, _("已进入演练：%(title)s") % {"title": entered.title})
    back = request.POST.get("next") or "/"
    return redirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()) else "/")


@require_GET
@signed_in
def base_map_tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Roads and waters under the map. The address bears a stamp of what was imported, so that the tile may be kept for a day."""
    response = HttpResponse(base_tile(z, x, y), content_type="application/vnd.mapbox-vector-tile")
    response["Cache-Control"] = "private, max-age=86400"
    return response
