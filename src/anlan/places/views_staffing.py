"""Pages of an administrator: accounts and passwords, and who holds a post from when."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from anlan.kernel import clock
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, NotFound, Refused
from anlan.kernel.moments import read_moment
from anlan.kernel.texts import whole

from . import queries, services, staffing
from .keeping import CHANGE_PEOPLE
from .models import Holding, Person, Post
from .web import need

#: So many people may be offered by name in the form; others are found by typing the account.
OFFERED = 400


@never_cache
@require_http_methods(["GET", "POST"])
@need(CHANGE_PEOPLE)
def account(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One account: whether it can sign in, its latest attempts; a temporary password, an end to a lock-out."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    person = _person(ctx, pk=pk)
    given: list[tuple[Person, str]] = []
    if request.method == "POST" and request.POST.get("do") == "unlock":
        services.unlock(ctx, person=person)
        messages.success(request, _("已解锁，可以马上再登录"))
        return redirect("person-account", person.pk)
    if request.method == "POST":
        given = [(person, services.reset_password(ctx, person=person))]
    signins = queries.latest_signins(person)
    page = {"account": person, "given": given, "signins": signins, "locked": services.is_locked(person)}
    return render(request, "places/account.html", page)


@never_cache
@require_http_methods(["GET", "POST"])
@need(CHANGE_PEOPLE)
def passwords(request: HttpRequest) -> HttpResponse:
    """Temporary passwords for the ticked people; each is shown once and has to be changed at the first sign-in."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    asked = request.POST if request.method == "POST" else request.GET
    chosen = [_person(ctx, pk=pk) for pk in dict.fromkeys(asked.getlist("id"))]
    if not chosen:
        raise BadInput(_("没有选中任何人"), mend=_("请先在人员列表里打勾"))
    given = services.reset_passwords(ctx, people=chosen) if request.method == "POST" else []
    return render(request, "places/passwords.html", {"chosen": chosen, "given": given})


@require_http_methods(["GET", "POST"])
@need(CHANGE_PEOPLE)
def handover(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Who holds a post and held it; appoint, hand over, relieve, each with its time."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    post: Post = Post.objects.get_visible(ctx, pk=pk)
    ctx.require(CHANGE_PEOPLE, post.scope)
    fault: Refused | None = None
    if request.method == "POST":
        try:
            _hand_over(ctx, post, request.POST)
        except Refused as refused:
            fault = refused
        else:
            messages.success(request, _("已办理：%(post)s") % {"post": post.name})
            return redirect(post.get_absolute_url())
    held = Holding.objects.filter(post=post).select_related("person").order_by("-since")
    now = clock.real_now()
    page = {
        "post": post,
        "current": [h for h in held if h.is_current],
        "ahead": [h for h in held if h.since > now],
        "past": [h for h in held if h.until and h.until <= now],
        "people": Person.objects.visible_to(ctx).filter(is_active=True)[:OFFERED],
        "typed": request.POST,
        "ticked": request.POST.getlist("ends"),
        "fault": fault,
        "now": f"{localtime(now):%Y-%m-%dT%H:%M}",
    }
    return render(request, "places/handover.html", page, status=fault.status if fault else 200)


@require_POST
@need(CHANGE_PEOPLE)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back an appointment that has not begun."""
    ctx: Context = request.ctx  # type: ignore[attr-defined]
    holding = Holding.objects.filter(pk=pk).select_related("post", "person").first()
    if holding is None:
        raise NotFound()
    Post.objects.get_visible(ctx, pk=holding.post_id)
    staffing.withdraw(ctx, holding=holding)
    messages.success(request, _("已撤销这项安排"))
    return redirect("post-handover", holding.post_id)


def _hand_over(ctx: Context, post: Post, typed: Any) -> None:
    named = typed.get("to", "").strip()
    to = Person.objects.visible_to(ctx).filter(username=named).first() if named else None
    if named and to is None:
        raise BadInput(
            _("没有找到账号“%(name)s”") % {"name": named[:60]}, field="to",
            mend=_("请从名单里选；新来的人先到“人员”里录入") + f" {reverse('ledger', args=['places.person'])}",
        )  # fmt: skip
    ends = Person.objects.filter(pk__in=[pk for pk in typed.getlist("ends") if _is_uuid(pk)])
    staffing.hand_over(
        ctx,
        post=post,
        to=to,
        at=read_moment(typed.get("at", ""), "at"),
        relieves=ends,
        note=whole(typed.get("note", ""), 200, "note"),
    )


def _person(ctx: Context, **lookup: Any) -> Person:
    """A person whose account is kept where this administrator may keep people."""
    person: Person = Person.objects.get_visible(ctx, **lookup)
    if not ctx.may(CHANGE_PEOPLE, person.scope):
        raise NotFound()
    return person


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
