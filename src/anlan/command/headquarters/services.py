"""Setting up the bodies of a region from a pattern. What is in use already stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from anlan.command.data.headquarters import Body, SeatRule, Template, patterns
from anlan.command.models import Headquarters, HeadquartersSeat
from anlan.kernel import auditing, clock
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput, Conflict
from anlan.kernel.ledgers import ledger_of
from anlan.kernel.ledgers.services import restore_row
from anlan.kernel.wording import words as _
from anlan.places.queries import Organisation, Post, organisations, organisations_acting_as, posts_with_role
from anlan.places.queries import region as region_of

CHANGE = "command.headquarters.change"
BODIES, SEATS = "command.headquarters", "command.headquarters_seat"


@dataclass(frozen=True, slots=True)
class SetUp:
    bodies: int
    seats: int
    empty: int


def set_up_headquarters(ctx: Context, *, template: str, region: str) -> SetUp:
    """Set up the bodies and seats of a pattern in a region; posts that the region has fill the seats, the rest stay empty.

    Bodies and seats that exist already stay as they are, so that it may be run again after posts were added; one that was taken out of
    the pattern in use stays out. Where the whole pattern was retired, its bodies and seats are brought back. Raises BadInput for an
    unknown pattern, NotAllowed, Conflict when the region has another pattern in use or the context is an exercise.
    """
    known = patterns().templates.get(template)
    if known is None:
        raise BadInput(_("没有这种体系"), field="template", mend=_("请从列出的体系中选择"))
    if ctx.is_exercise:
        raise Conflict(_("演练中不能设置指挥机构"), mend=_("请回到实际工作中设置"))
    place = region_of(region)
    ctx.require(CHANGE, place.path)
    with transaction.atomic():
        # The region is held: two who set up at once do it one after the other.
        type(place).objects.select_for_update().get(pk=place.pk)
        rows = Headquarters.objects.in_world(ctx).filter(scope=place.path, retired_at=None).exclude(template="")
        other = rows.exclude(template=template).first()
        if other is not None:
            named = (
                patterns().templates[other.template].zh if other.template in patterns().templates else other.template
            )
            raise Conflict(
                _("本区已按“%(name)s”设置") % {"name": named},
                mend=_("请先停用现有机构，再换一种体系；也可以在台账中增改"),
            )
        made = _Maker(ctx, known, place, anew=not rows.exists())
        made.run()
        auditing.record(
            ctx, action="command.headquarters.set_up", label=_("设置指挥机构"), object_type="places.region", object_id=place.pk,
            scope=place.path, data={"template": template, "bodies": made.bodies, "seats": made.seats, "source": known.provenance.source},
        )  # fmt: skip
    return SetUp(made.bodies, made.seats, made.empty)


class _Maker:
    """`anew`: no body of the pattern is in use, what was retired is brought back."""

    def __init__(self, ctx: Context, template: Template, place: Any, *, anew: bool) -> None:
        self.ctx, self.template, self.place, self.anew = ctx, template, place, anew
        self.bodies = self.seats = self.empty = 0

    def run(self) -> None:
        for order, body in enumerate(self.template.bodies, 1):
            if body.per:
                for unit in organisations(self.place.path).filter(kind=body.per).order_by("code"):
                    self.make(body, order, unit)
            else:
                self.make(body, order, None)

    def make(self, body: Body, order: int, unit: Organisation | None) -> None:
        code = f"{self.place.short_code}.{self.template.id}.{body.id}{f'.{unit.pk}' if unit else ''}"[:60]
        office = unit or self.office(body)
        row, new = Headquarters.everything.get_or_create(code=code, defaults={
            "name": f"{unit or self.place.name}{body.zh}", "kind": body.kind, "concerns": list(body.concerns), "office": office,
            "template": self.template.id, "order": order, "settled": self.template.named, "source": self.template.provenance.source,
            "scope": unit.scope if unit else self.place.path, "updated_at": clock.real_now(),
        })  # fmt: skip
        self.bodies += new or self.brought_back(BODIES, row)
        for rule in body.seats:
            self.seat(row, rule.rank, rule.title, self.post(rule, office, unit), None)
        if body.kind != "sub":
            for rank, actor in enumerate(patterns().members, 20):
                unit_of = self.acting(actor)
                if unit_of is not None and unit_of != office:
                    self.seat(row, rank, _("成员单位"), self.first_post(unit_of), unit_of)

    def seat(
        self, body: Headquarters, rank: int, title: str, post: Post | None, organisation: Organisation | None
    ) -> None:
        row, new = HeadquartersSeat.everything.get_or_create(code=f"{body.code}.{rank}"[:80], defaults={
            "headquarters": body, "title": title, "rank": rank, "post": post, "scope": body.scope, "updated_at": clock.real_now(),
            "organisation": organisation or (post.organisation if post else None),
        })  # fmt: skip
        made = new or self.brought_back(SEATS, row)
        self.seats += made
        self.empty += made and row.post_id is None

    def brought_back(self, ledger: str, row: Any) -> bool:
        if not self.anew or not row.is_retired:
            return False
        restore_row(self.ctx, ledger_of(ledger), row)
        return True

    def office(self, body: Body) -> Organisation | None:
        return self.acting(body.office) if body.office else None

    def acting(self, actor: str) -> Organisation | None:
        found = [o for o in organisations_acting_as(actor, self.place.path) if o.scope == self.place.path]
        return found[0] if found else None

    def post(self, rule: SeatRule, office: Organisation | None, unit: Organisation | None) -> Post | None:
        if rule.role:
            posts = [p for p in posts_with_role(rule.role, self.place.path) if p.scope == self.place.path]
            return posts[0] if posts else None
        if rule.own and unit is not None:
            kept = list(_posts(unit))
            return kept[rule.own - 1] if len(kept) >= rule.own else None
        return self.first_post(office) if rule.office and office is not None else None

    def first_post(self, unit: Organisation) -> Post | None:
        found: Post | None = _posts(unit).first()
        return found


def _posts(unit: Organisation) -> Any:
    rows = Post.objects.filter(organisation=unit, retired_at__isnull=True).exclude(roles__contains=["admin"])
    return rows.order_by("rank", "code")
