"""The ledger of the groups that a district keeps for its orders."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from anlan.kernel.context import Context
from anlan.kernel.errors import BadInput
from anlan.kernel.ledgers import Field, Ledger, add_ledger
from anlan.places.models import Post
from anlan.places.queries import Organisation

from ...data.address_groups import shipped_groups
from ...models import AddressGroup


def _guard(ctx: Context, row: AddressGroup, verb: str) -> None:
    """Only codes that exist and are in use: a group with a dead name in it would be silently smaller than it says."""
    if verb not in ("create", "change"):
        return
    if row.code in {g.id for g in shipped_groups()}:
        raise BadInput(
            gettext("编号“%(code)s”是系统自带的组") % {"code": row.code}, field="code", mend=gettext("请换一个编号")
        )
    if not row.codes:
        raise BadInput(gettext("没有写成员"), field="members", mend=gettext("请写单位或岗位的编号"))
    known = set(Organisation.objects.filter(pk__in=row.codes, retired_at__isnull=True).values_list("pk", flat=True))
    known |= set(Post.objects.filter(code__in=row.codes, retired_at__isnull=True).values_list("code", flat=True))
    strange = [code for code in row.codes if code not in known]
    if strange:
        raise BadInput(
            gettext("没有这些单位或岗位：%(codes)s") % {"codes": "、".join(strange[:5])}, field="members",
            mend=gettext("请从单位、岗位台账里抄编号"),
        )  # fmt: skip


add_ledger(
    Ledger(
        key="command.address_group", model=AddressGroup, title=_("下达对象组"), stage="command", order=76, guard=_guard,
        name_field="name", ordering=("scope", "code"), on_map=False,
        fields=[Field("code", search=True, fixed=True), Field("name", search=True), Field("members"), Field("note", listed=False)],
        basis=_("指令可以下达给一组单位和岗位；全部街道、全部委办局等组系统自带，不必录入"),
        empty=_("录入或用表格导入后，下达指令时可以一次选中整组。"),
    )
)  # fmt: skip
