"""The template of a region: its seats, and who takes turns on them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from anlan.command.data.duty_rules import ROLES, duty_rules
from anlan.command.models import DutyTemplate
from anlan.command.views.answers import ctx_of, done
from anlan.kernel.errors import BadInput, NotFound
from anlan.places.data.roster import read_role_names
from anlan.places.models import Person, Region
from anlan.places.web import need

from .. import services
from ..circumstances import near, seats_of
from .months import PLAN, month_of, own_region

ROWS = 12


@require_http_methods(["GET", "POST"])
@need(PLAN)
def template(request: HttpRequest, kind: str) -> HttpResponse:
    ctx = ctx_of(request)
    if kind not in DutyTemplate.Kind.values:
        raise NotFound()
    given = request.POST if request.method == "POST" else request.GET
    here = own_region(ctx, given.get("region", ""), PLAN)
    if request.method == "POST":
        services.save_template(ctx, region=here, kind=kind, seats=_seats(given, here, ctx))
        return done(
            request, _("已保存；以后生成的值班表按新模板"), to=f"/duty/template/{kind}/?region={here.short_code}"
        )
    names = {str(p.pk): p for p in Person.objects.filter(pk__in=[g for s in seats_of(here, kind) for g in s.group])}
    rows: list[dict[str, Any]] = [
        {
            "n": n, "seat": seat, "at": " ".join(seat.at),
            "group": "、".join(names[g].name for g in seat.group if g in names),
        }
        for n, seat in enumerate(seats_of(here, kind))
    ]  # fmt: skip
    own = DutyTemplate.objects.visible_to(ctx).filter(region=here, kind=kind).exists()
    return render(request, "command/duty/template.html", {
        "region": here, "kind": kind, "kind_name": dict(DutyTemplate.Kind.choices)[kind], "rows": rows, "own": own,
        "blank": len(rows), "people": near(here, month_of("", ctx)), "provenance": duty_rules().provenance,
        "roles": [(r, read_role_names().get(r, r)) for r in ROLES],
        "tabs": [
            {"label": label, "url": f"/duty/template/{key}/?region={here.short_code}", "active": key == kind, "count": None}
            for key, label in DutyTemplate.Kind.choices
        ],
    })  # fmt: skip


def _seats(given: Any, here: Region, ctx: Any) -> list[dict[str, Any]]:
    """The lines of the form; one without a name is left out. People are named as in a list: by name or account."""
    people: dict[str, list[Person]] = {}
    for person in near(here, month_of("", ctx)):
        for name in {person.name, person.username}:
            people.setdefault(name, []).append(person)
    seats = []
    for n in range(ROWS):
        name = given.get(f"name-{n}", "").strip()
        if not name:
            continue
        group = []
        for text in given.get(f"group-{n}", "").replace(",", "、").replace("，", "、").replace("\n", "、").split("、"):
            if not (text := text.strip()):
                continue
            found = people.get(text, [])
            if len(found) != 1:
                raise BadInput(
                    _("班位“%(seat)s”的名单里没有“%(name)s”，或有人同名") % {"seat": name, "name": text}, field=f"group-{n}",
                    mend=_("请写本地区在任人员的姓名，重名写账号，用顿号隔开"),
                )  # fmt: skip
            group.append(str(found[0].pk))
        seats.append({
            "key": given.get(f"key-{n}", "") or f"seat{n}", "name": name, "role": given.get(f"role-{n}", ""),
            "at": given.get(f"at-{n}", "").replace("，", " ").replace("、", " ").split(), "hours": given.get(f"hours-{n}", ""),
            "count": given.get(f"count-{n}", ""), "desk": f"desk-{n}" in given, "required": f"required-{n}" in given,
            "days": given.get(f"days-{n}", "all"), "group": group,
        })  # fmt: skip
    return seats
