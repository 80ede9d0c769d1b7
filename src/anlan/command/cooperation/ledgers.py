"""The ledgers of partners and of the posts under which they are reached."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.command.models import Partner, PartnerContact
from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.ledgers import Field, Ledger, add_ledger
from anlan.kernel.telephone import clean_number

from . import queries


def _number(ctx: Context, row: Any, verb: str) -> None:
    if verb in ("create", "change"):
        try:
            row.phone = clean_number(row.phone)
        except ValueError:
            raise BadInput(
                gettext("“%(text)s”不是电话号码") % {"text": row.phone[:40]},
                field="phone",
                mend=gettext("写成 010-68607000 的样子"),
            ) from None


def _contact(ctx: Context, row: PartnerContact, verb: str) -> None:
    """A contact lies where its partner lies: nobody puts numbers under the partners of other places."""
    _number(ctx, row, verb)
    if verb in ("create", "change") and row.partner.scope != row.scope:
        raise BadInput(gettext("联系人和伙伴不在同一区划"), field="scope", mend=gettext("请把区划写成伙伴所在的区划"))


def _about(ctx: Context, row: Partner) -> list[dict[str, Any]]:
    people = [
        {"text": f"{c.post} {c.name} {c.phone}", "url": c.get_absolute_url(), "state": c.hours, "phase": ""}
        for c in queries.contacts(ctx, [row]).get(row.pk, [])
    ]
    agreed = [
        {"text": a.subject, "url": a.get_absolute_url(), "state": str(a.state_label), "phase": "late" if a.is_late(ctx.now()) else ""}
        for a in queries.agreements(ctx).filter(partner=row)
    ]  # fmt: skip
    nothing = [{"text": gettext("没有"), "url": "", "state": ""}]
    return [
        {"title": gettext("联系人"), "items": people or nothing},
        {"title": gettext("协议"), "items": agreed or nothing},
    ]


add_ledger(
    Ledger(
        key="command.partner", model=Partner, title=_("协同伙伴"), stage="command", order=73, ordering=("kind", "code"), on_map=False,
        guard=_number, related=_about,
        fields=[
            Field("code", search=True, fixed=True, listed=False), Field("name", search=True), Field("kind", filter=True),
            Field("organisation", filter=True, help=_("本平台上的单位：请求直接发到它的岗位；没有的由值班室电话联系")),
            Field("phone", search=True), Field("brings", search=True), Field("superior", listed=False),
        ],
        basis=_("部门、区域、军地、社会四项协同机制"),
        empty=_("录入或用表格导入协同伙伴，事件中就可以向它们提出请求。"),
    ),
    Ledger(
        key="command.partner_contact", model=PartnerContact, title=_("协同联系人"), stage="command", order=74, guard=_contact,
        ordering=("partner", "order"), on_map=False, name_field="post",
        fields=[
            Field("code", search=True, fixed=True, listed=False), Field("partner", filter=True), Field("post", search=True),
            Field("name", search=True), Field("phone", search=True), Field("hours"), Field("order", listed=False),
        ],
        empty=_("先录入协同伙伴，再录入联系人。"),
    ),
)  # fmt: skip
