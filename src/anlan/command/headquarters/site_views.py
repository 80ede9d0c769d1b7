"""Pages of the command post at the scene: all that run, one of them, signing in on the phone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.command.data.site_post import site_rules
from anlan.command.models import Incident, SitePost, SitePresence
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.errors import BadInput
from anlan.kernel.ids import new_id
from anlan.kernel.web.history import entries_of
from anlan.kernel.web.loops import evidence_names, phase
from anlan.kernel.web.papers import paper_answer
from anlan.kernel.web.refusals import wants_json
from anlan.kernel.web.steps import actions
from anlan.places.web import signed_in

from . import site_layouts
from . import site_queries as queries
from . import site_services as services
from .layout import layout_svg
from .loops import SITE_POST
from .queries import body_for
from .site_papers import appointment_paper


@require_GET
@signed_in
def listing(request: HttpRequest) -> HttpResponse:
    """Scenes that run now, side by side; then those that ended."""
    ctx = ctx_of(request)
    running = list(queries.site_posts(ctx).open().order_by("-opened_at"))
    heads = queries.heads(ctx, running)
    rows = [{"post": p, "head": heads[p.pk], "phase": phase(p, ctx.now())} for p in running]
    ended = list(queries.site_posts(ctx).filter(closed_at__isnull=False).order_by("-closed_at")[:30])
    return render(request, "command/site_posts.html", {"rows": rows, "ended": ended})


@require_GET
@signed_in
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One scene: who commands, who is there, the log, the handover."""
    ctx = ctx_of(request)
    found = queries.site_post(ctx, pk)
    runs = services.may_run(ctx, found)
    handovers = [{"row": h, "actions": actions(ctx, h)} for h in queries.handovers(ctx, found)]
    return render(request, "command/site_post.html", {
        "post": found, "incident": Incident.objects.visible_to(ctx).filter(pk=found.incident_id).first(),
        "head": queries.heads(ctx, [found])[found.pk], "entries": queries.entries(ctx, found),
        "actions": actions(ctx, found),
        "handovers": handovers, "phase": phase(found, ctx.now()), "may_hand_over": found.is_open and runs, "runs": runs,
        "commanders": queries.commanders(found.incident) if found.is_open and runs else [], "rules": site_rules(),
        "layouts": [(n, kept) for n, kept in enumerate(found.layouts, 1) if "removed_at" not in kept][::-1],
        "link_rows": [*found.links, *({"name": "", "url": ""} for _n in range(2))],
        "body": body_for(ctx, found.scope, kind=found.incident.kind), "record": found, "loop": SITE_POST,
        "history": entries_of(SITE_POST.key, found.pk, names=evidence_names(SITE_POST)),
    })  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def set_up(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Set up the command post of an incident."""
    ctx = ctx_of(request)
    incident = Incident.objects.select_related("region").get_visible(ctx, pk=pk)
    ctx.require(services.SET_UP, incident.scope)
    fault: BadInput | None = None
    if request.method == "POST":
        try:
            made = services.set_up_site_post(
                ctx, incident=incident, commander=request.POST.get("commander", ""), groups=request.POST.getlist("groups"),
                place=request.POST.get("place", ""),
            )  # fmt: skip
            return done(request, _("现场指挥部已成立"), to=made.get_absolute_url())
        except BadInput as wrong:
            if wants_json(request):
                raise
            fault = wrong
    return render(request, "command/site_post_new.html", {
        "incident": incident, "groups": site_rules().groups.values(), "commanders": queries.commanders(incident), "fault": fault,
        "given": request.POST, "chosen": request.POST.getlist("groups"), "body": body_for(ctx, incident.scope, kind=incident.kind),
    }, status=fault.status if fault else 200)  # fmt: skip


@require_http_methods(["GET", "POST"])
@signed_in
def sign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The phone's page: I have come, I am safe, I leave; or a team is written down."""
    ctx = ctx_of(request)
    found = queries.site_post(ctx, pk)
    if request.method == "POST":
        given = request.POST
        made = services.sign_in(
            ctx, site_post=found, name=given.get("name", ""), unit=given.get("unit", ""), phone=given.get("phone", ""),
            group=given.get("group", ""), headcount=given.get("headcount") or 1, position=given.get("position", ""),
            client_id=_id(given.get("client_id", "")),
        )  # fmt: skip
        return done(request, _("%(who)s 已签到") % {"who": made}, to=request.path)
    rows = SitePresence.objects.visible_to(ctx).filter(site_post=found, left_at=None).order_by("-arrived_at")
    mine = [r for r in rows if r.person_key == ctx.actor.key or r.by_key == ctx.actor.key]
    here = next((r for r in mine if r.person_key == ctx.actor.key), None)
    return render(request, "command/site_sign.html", {"post": found, "mine": mine, "here": here, "client_id": new_id()})


@require_POST
@signed_in
def presence(request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
    """Safe, or gone."""
    ctx = ctx_of(request)
    row = SitePresence.objects.get_visible(ctx, pk=pk)
    verbs: dict[str, Any] = {"safe": (services.report_safe, _("已报平安")), "out": (services.sign_out, _("已签离"))}
    if verb not in verbs:
        raise Http404
    act, said = verbs[verb]
    act(ctx, presence=row)
    back = request.POST.get("next", "")
    own = (f"/site-posts/{row.site_post_id}/", f"/site-posts/{row.site_post_id}/sign/")
    return done(request, said, to=back if back in own else own[0])


@require_POST
@signed_in
def links(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The video meeting, cameras and devices of the scene, all anew."""
    ctx = ctx_of(request)
    found = queries.site_post(ctx, pk)
    given = list(zip(request.POST.getlist("name"), request.POST.getlist("url"), strict=False))
    site_layouts.set_links(ctx, site_post=found, links=given)
    return done(request, _("现场链接已更新"), to=found.get_absolute_url())


@require_POST
@signed_in
def keep_layout(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = queries.site_post(ctx, pk)
    site_layouts.keep_layout(ctx, site_post=found, title=request.POST.get("title", ""))
    return done(request, _("布置图已保存"), to=found.get_absolute_url())


@require_POST
@signed_in
def drop_layout(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    ctx = ctx_of(request)
    found = queries.site_post(ctx, pk)
    site_layouts.drop_layout(ctx, site_post=found, number=number)
    return done(request, _("布置图已撤下"), to=found.get_absolute_url())


@require_GET
@signed_in
def layout(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """A kept plan of the area as a picture."""
    found = queries.site_post(ctx_of(request), pk)
    if not 0 < number <= len(found.layouts):
        raise Http404
    kept = found.layouts[number - 1]
    answer = HttpResponse(
        layout_svg(kept["features"], title=kept["title"]), content_type="image/svg+xml; charset=utf-8"
    )
    answer["Content-Security-Policy"] = "default-src 'none'"
    return answer


@require_POST
@signed_in
def hand_over(request: HttpRequest, pk: UUID) -> HttpResponse:
    ctx = ctx_of(request)
    found = queries.site_post(ctx, pk)
    made = services.offer_handover(
        ctx, site_post=found, to=request.POST.get("to", ""), situation=request.POST.get("situation", "")
    )
    return done(request, _("已签字，等待%(who)s接任") % {"who": made.to_name}, to=found.get_absolute_url())


@require_GET
@signed_in
def of_incident(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The card of the command post on an incident's page."""
    ctx = ctx_of(request)
    incident = Incident.objects.select_related("region").get_visible(ctx, pk=pk)
    post = queries.running_of(ctx, incident)
    return render(request, "command/site_post_panel.html", {
        "incident": incident, "post": post, "head": queries.heads(ctx, [post])[post.pk] if post else None,
        "may_set_up": incident.is_open and (post is None or not post.is_open) and ctx.may(services.SET_UP, incident.scope),
        "body": body_for(ctx, incident.scope, kind=incident.kind),
    })  # fmt: skip


@require_GET
@signed_in
def paper(request: HttpRequest, pk: UUID, form: str) -> HttpResponse:
    """The appointment as a paper."""
    found: SitePost = queries.site_post(ctx_of(request), pk)
    return paper_answer(appointment_paper(found), form)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise BadInput(_("签到编号不对"), field="client_id", mend=_("请刷新页面后重试")) from None
