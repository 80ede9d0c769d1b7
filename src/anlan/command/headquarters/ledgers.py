"""The ledgers of bodies and seats: the region adds, names and retires what its pattern does not say."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.command.models import Headquarters, HeadquartersSeat
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.ledgers import Field, Ledger, add_ledger

from .queries import concern_choices, seats_of


def _seats(ctx: Context, row: Headquarters) -> list[dict[str, Any]]:
    items = [
        {"text": f"{s.seat.title} {s.seat.post or s.seat.organisation or ''}", "url": s.seat.get_absolute_url(),
         "state": s.empty or "、".join(p.name for p in s.people), "phase": ""}
        for s in seats_of(ctx, [row]).get(row.pk, [])
    ]  # fmt: skip
    return [{"title": gettext("席位"), "items": items or [{"text": gettext("没有"), "url": "", "state": ""}]}]


def _guard(ctx: Context, row: HeadquartersSeat, verb: str) -> None:
    """A seat lies where its body lies: nobody puts people into the bodies of other places."""
    if verb in ("create", "change") and row.headquarters.scope != row.scope:
        raise BadInput(
            gettext("席位和指挥机构不在同一区划"), field="scope", mend=gettext("请把区划写成指挥机构所在的区划")
        )


add_ledger(
    Ledger(
        key="command.headquarters", model=Headquarters, title=_("指挥机构"), stage="command", order=70, ordering=("scope", "order"),
        on_map=False, related=_seats,
        fields=[
            Field("code", search=True, fixed=True, listed=False), Field("name", search=True), Field("kind", filter=True),
            Field("concerns", filter=True, choices=concern_choices(), help=_("哪些事件和灾种由它负责；都不归口的由总指挥部负责")),
            Field("office", filter=True), Field("order", listed=False), Field("settled", filter=True), Field("source", listed=False),
        ],
        basis=_("突发事件应对法（2024）第十九条"),
        empty=_("在“指挥机构”页按一种体系设置，或在这里逐个录入。"),
    ),
    Ledger(
        key="command.headquarters_seat", model=HeadquartersSeat, title=_("指挥机构席位"), stage="command", order=71,
        ordering=("headquarters", "rank"), on_map=False, guard=_guard, name_field="title",
        fields=[
            Field("code", search=True, fixed=True, listed=False), Field("headquarters", filter=True), Field("title", search=True),
            Field("post", filter=True), Field("organisation", filter=True), Field("rank", listed=False),
        ],
        empty=_("先设置指挥机构，再录入席位；填岗位编号，谁任岗谁在席。"),
    ),
)  # fmt: skip
